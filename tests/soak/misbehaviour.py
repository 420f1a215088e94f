"""What the soak's bad and hostile servers do: a function for each, of the feed and the connection's writer.

Each is a coroutine that answers one request and returns whether the connection goes on. Many send the feed's current
validator along: who takes it from an answer that is not whole and good misses articles for good.
"""
import asyncio
import gzip
import html
import os

from conftest import rss
from web import respond

MEBI = 1 << 20
STALLED = 30  # seconds, longer than any poll may take
BOMB = gzip.compress(b"<?xml version='1.0'?><rss version='2.0'><channel><title>" + b"a" * (64 * MEBI), 9)
ENTITIES = (b"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'>"
            + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
            + b"]><rss version='2.0'><channel><title>&j;</title></channel></rss>")
NESTED = "<div>" * 100000
FLOOD = 600  # articles that a flood shows: more than flood-limit
FLOODED = 400  # one feed in so many floods: what is held is kept in the database


def answer(feed, body, status="200 OK", *headers):
    return respond(body, status, "Content-Type: application/rss+xml", f"ETag: {feed.etag}", *headers)


async def send(writer, data, goes_on=True):
    writer.write(data)
    await writer.drain()
    return goes_on


async def error(feed, writer):
    return await send(writer, answer(feed, b"out of order", "500 Internal Server Error"))


async def busy(feed, writer):
    return await send(writer, answer(feed, b"", "503 Service Unavailable", "Retry-After: 2"))


async def gone(feed, writer):
    return await send(writer, answer(feed, b"", "404 Not Found"))


async def empty(feed, writer):
    return await send(writer, answer(feed, b""))


async def page(feed, writer):
    return await send(writer, answer(feed, b"<!doctype html><title>Welcome</title><p>Please log in to go on."))


async def garbage(feed, writer):
    return await send(writer, answer(feed, os.urandom(20000)))


async def moved(feed, writer):
    return await send(writer, answer(feed, b"", "302 Found", f"Location: /elsewhere/{feed.number}"))


async def loop(feed, writer):
    return await send(writer, answer(feed, b"", "302 Found", f"Location: /loop/{feed.number}"))


async def cut(feed, writer):
    """The first half of what its length promises."""
    whole = answer(feed, feed.bodies()[0])
    return await send(writer, whole[:len(whole) - len(feed.bodies()[0]) // 2], goes_on=False)


async def cut_gzip(feed, writer):
    """A length that fits, and a stream that ends too early within it."""
    packed = feed.bodies()[1]
    return await send(writer, answer(feed, packed[:len(packed) // 2], "200 OK", "Content-Encoding: gzip"))


async def reset(feed, writer):
    await send(writer, answer(feed, feed.bodies()[0])[:200])
    writer.transport.abort()
    return False


async def silent(feed, writer):
    await asyncio.sleep(STALLED)
    return False


async def stall(feed, writer):
    """Everything but the last byte."""
    await send(writer, answer(feed, feed.bodies()[0])[:-1])
    await asyncio.sleep(STALLED)
    return False


async def drip(feed, writer):
    """Whole and good, in twenty pieces over two seconds."""
    whole = answer(feed, feed.bodies()[0])
    feed.served = max(feed.served, len(feed.items))
    step = len(whole) // 20 + 1
    for begin in range(0, len(whole), step):
        await send(writer, whole[begin:begin + step])
        await asyncio.sleep(0.1)
    return True


async def bomb(feed, writer):
    """64 MiB in 64 kB."""
    return await send(writer, answer(feed, BOMB, "200 OK", "Content-Encoding: gzip"))


async def endless(feed, writer):
    head = answer(feed, b"", "200 OK").replace(b"Content-Length: 0\r\n", b"")
    await send(writer, head + b"<?xml version='1.0'?><rss version='2.0'><channel>")
    for n in range(1000):
        await send(writer, b"<generator>and so on and on and on</generator>" * 1000)
    return False


async def entities(feed, writer):
    return await send(writer, answer(feed, ENTITIES))


async def headers(feed, writer):
    """A good document behind a third of a megabyte of headers; it may be taken or not."""
    feed.served = max(feed.served, len(feed.items))
    lines = [f"X-Header-{n}: {'x' * 100}" for n in range(3000)]
    return await send(writer, answer(feed, feed.bodies()[0], "200 OK", *lines), goes_on=False)


async def nested(feed, writer):
    nest = [(f"nested-{feed.number}", f"Nested {feed.number}", html.escape(NESTED))]
    return await send(writer, answer(feed, rss(nest)).replace(b"ETag", b"X-Tag"))


async def flood(feed, writer):
    """More articles at once than are believed in; the same ones each time, without a validator."""
    if feed.number % FLOODED >= 20:
        return await entities(feed, writer)
    items = [(f"flood-{feed.number}-{n}", f"Flood {n} of {feed.number}",
              f"Number {n} of a flood of feed {feed.number}, as long as any other text of it would be.")
             for n in range(FLOOD)]
    return await send(writer, answer(feed, rss(items)).replace(b"ETag", b"X-Tag"))


MISBEHAVIOURS = {f.__name__: f for f in (
    error, busy, gone, empty, page, garbage, moved, loop, cut, cut_gzip, reset, silent, stall, drip, bomb, endless,
    entities, headers, nested, flood)}
