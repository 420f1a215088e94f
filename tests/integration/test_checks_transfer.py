"""Transfer and content, checked on the wire and in the spool: T01 to T20 of the poller's checks (CHECKS.md)."""
import contextlib
import gzip
import os
import socket
import subprocess
import threading
import time
import zlib

import pytest

from conftest import items, rss, wait_for
from web import CLOSE, RESET, not_modified, respond, sequence

FEED = rss(items("t", 5)).encode()
TITLES = sorted(f"Title t {i}" for i in range(1, 6))


def chunked(body, size, tail=b"0\r\n\r\n", extension=b"", upper=False):
    out = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for i in range(0, len(body), size):
        piece = body[i:i + size]
        length = b"%X" % len(piece) if upper else b"%x" % len(piece)
        out += length + extension + b"\r\n" + piece + b"\r\n"
    return out + tail


def zlib_raw(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def one(daemon, web, reply, **keys):
    """Polls once; returns the poll and the titles that came."""
    web.route("/feed.xml", reply if callable(reply) else sequence(reply))
    daemon.configure({"f": dict({"url": web.url()}, **keys)}).start()
    return daemon.wait_polls("f")[0], daemon.spool.titles()


def coded(coding, body):
    return respond(body, "200 OK", f"Content-Encoding: {coding}")


def test_T01_offers_the_codings_it_can_decode(daemon, web):
    one(daemon, web, respond(FEED))
    offered = {c.split(";")[0].strip() for c in web.requests[0].header("Accept-Encoding").decode().split(",")}
    assert "gzip" in offered and offered <= {"gzip", "deflate", "br", "zstd", "x-gzip", "identity"}


@pytest.mark.parametrize("coding, body", [
    ("gzip", gzip.compress(FEED)), ("x-gzip", gzip.compress(FEED)), ("deflate", zlib.compress(FEED)),
    ("deflate", zlib_raw(FEED)), ("deflate, gzip", gzip.compress(zlib.compress(FEED))),
    ("GZIP", gzip.compress(FEED)),
], ids=["gzip", "x-gzip", "zlib", "raw", "two", "upper"])
def test_T02_codings_give_the_same_articles(daemon, web, coding, body):
    poll, titles = one(daemon, web, coded(coding, body))
    assert poll["good"] == "yes" and titles == TITLES


@pytest.mark.parametrize("coding, packer", [("br", ["brotli", "-c"]), ("zstd", ["zstd", "-c", "-q"])], ids=["br", "zstd"])
def test_T02_brotli_and_zstd(daemon, web, coding, packer):
    packed = subprocess.run(packer, input=FEED, capture_output=True, check=True).stdout
    poll, titles = one(daemon, web, coded(coding, packed))
    assert poll["good"] == "yes" and titles == TITLES
    assert coding in web.requests[0].header("Accept-Encoding").decode()


@pytest.mark.parametrize("reply", [coded("gzip", FEED), coded("foo", FEED)], ids=["not-gzip", "unknown"])
def test_T03_wrong_codings_are_one_clean_failure_or_decoded(daemon, web, reply):
    poll, titles = one(daemon, web, reply, interval="1h")
    assert titles in ([], TITLES) and (poll["good"] == "yes") == (titles == TITLES)


@pytest.mark.parametrize("body", [
    gzip.compress(FEED)[:-60], gzip.compress(FEED)[:-8], gzip.compress(FEED)[:-1],
    gzip.compress(FEED)[:-8] + b"\1\2\3\4" + gzip.compress(FEED)[-4:],
], ids=["cut", "no-trailer", "last-byte", "crc"])
def test_T04_damaged_gzip_writes_nothing_and_keeps_no_validators(daemon, web, body):
    reply = sequence(respond(body, "200 OK", "Content-Encoding: gzip", 'ETag: "bad"'), respond(FEED))
    poll, titles = one(daemon, web, reply)
    assert poll["good"] == "no" and titles == []
    daemon.wait_polls("f", 2)
    assert web.requests[1].etag is None and daemon.spool.titles() == TITLES


@pytest.mark.parametrize("body", [
    gzip.compress(FEED[:300]) + gzip.compress(FEED[300:]), gzip.compress(FEED) + b"\0" * 8 + b"junk",
], ids=["two-members", "junk"])
def test_T04_members_are_one_body_and_junk_behind_it_is_none(daemon, web, body):
    poll, titles = one(daemon, web, coded("gzip", body))
    assert poll["good"] == "yes" and titles == TITLES


def test_T04_a_document_without_its_end_is_no_cut_gzip(daemon, web):
    """A publisher who forgets </rss> is read whether it is packed or not."""
    poll, titles = one(daemon, web, coded("gzip", gzip.compress(FEED.replace(b"</channel></rss>", b""))))
    assert poll["good"] == "yes" and titles == TITLES


def rss_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith("VmHWM:"))


def test_T05_bombs_stop_at_the_cap(daemon, web):
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()  # 1 GiB in 1 MB
    begin = time.monotonic()
    poll, titles = one(daemon, web, coded("gzip", bomb), **{"max-body": "8M", "interval": "1h"})
    assert poll["result"] == "too-large" and titles == []
    assert time.monotonic() - begin < 10
    if "sanitized" not in os.environ.get("NEWSPOOL_BUILD", ""):
        assert max(rss_kb(p) for p in daemon.fetchers()) < (8 + 32) * 1024


@pytest.mark.parametrize("coding, packer", [
    ("br", "brotli -c -q 1 -w 24"), ("zstd", "zstd -c -q -1"), ("zstd", "zstd -c -q -1 --long=27"),
], ids=["br", "zstd", "zstd-window"])
def test_T05_bombs_of_other_codings_stop_too(daemon, web, coding, packer):
    bomb = subprocess.run(f"head -c 256M /dev/zero | {packer}", shell=True, capture_output=True, check=True).stdout
    assert len(bomb) < 1 << 18
    poll, titles = one(daemon, web, coded(coding, bomb), **{"max-body": "8M", "interval": "1h"})
    assert poll["result"] == "too-large" and titles == []
    assert int(poll["next"].rstrip("s")) >= 3600
    if "sanitized" not in os.environ.get("NEWSPOOL_BUILD", ""):
        assert max(rss_kb(p) for p in daemon.fetchers()) < (8 + 32) * 1024


@pytest.mark.parametrize("reply", [
    chunked(FEED, 1), chunked(FEED, 100, extension=b";name=value"),
    chunked(FEED, 100, tail=b"0\r\nTrailer: x\r\n\r\n"), chunked(FEED, 171, upper=True),
], ids=["one-byte", "extensions", "trailers", "upper"])
def test_T06_chunked_in_all_its_forms(daemon, web, reply):
    poll, titles = one(daemon, web, reply)
    assert poll["good"] == "yes" and titles == TITLES


@pytest.mark.parametrize("pieces", [
    [chunked(FEED, 100, tail=b""), CLOSE],
    [b"HTTP/1.1 200 OK\r\nETag: \"cut\"\r\nContent-Length: 99999\r\n\r\n" + FEED, CLOSE],
    [b"HTTP/1.1 200 OK\r\nETag: \"cut\"\r\nContent-Length: 99999\r\n\r\n" + FEED[:300], 0.2, RESET],
], ids=["no-last-chunk", "short", "reset"])
def test_T07_bodies_that_end_early_are_failures(daemon, web, pieces):
    poll, titles = one(daemon, web, sequence(lambda r: pieces, respond(FEED)))
    assert poll["good"] == "no" and titles == []
    daemon.wait_polls("f", 2)
    assert web.requests[1].etag is None and daemon.spool.titles() == TITLES


@pytest.mark.parametrize("head", [
    b"Content-Length: %d\r\nContent-Length: 7\r\n" % len(FEED),
    b"Content-Length: 100\r\n",
    b"Content-Length: 100\r\nTransfer-Encoding: chunked\r\n",
], ids=["two-lengths", "too-small", "both"])
def test_T08_contradicting_lengths_do_not_desynchronise(daemon, web, head):
    odd = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + (
        chunked(FEED, 100).split(b"\r\n\r\n", 1)[1] if b"chunked" in head else FEED)
    one(daemon, web, sequence(odd, respond(FEED)))
    polls = daemon.wait_polls("f", 3)
    assert polls[-1]["good"] == "yes" and daemon.spool.titles() == TITLES


@pytest.mark.parametrize("reply, good", [
    ([b"HTTP/1.0 200 OK\r\n\r\n" + FEED, CLOSE], "yes"),
    ([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + FEED, CLOSE], "yes"),
    ([b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + respond(FEED)], "yes"),
    ([respond(FEED, "203 Non-Authoritative Information")], "yes"),
    ([respond(FEED, "206 Partial Content", "Content-Range: bytes 0-9/99")], "no"),
    ([respond(b"", "204 No Content", 'ETag: "n"')], "no"),
], ids=["http10", "close", "informational", "203", "206", "204"])
def test_T09_statuses_and_endings(daemon, web, reply, good):
    poll, titles = one(daemon, web, sequence(lambda r: reply, respond(FEED)))
    assert poll["good"] == good and titles == (TITLES if good == "yes" else [])


@pytest.mark.parametrize("length", [True, False], ids=["said", "unsaid"])
def test_T10_bodies_above_the_limit(daemon, web, length):
    big = b"<rss>" + b" " * 300_000

    def reply(request):
        if length:
            yield respond(big)
        else:
            yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + big
            yield CLOSE

    poll, titles = one(daemon, web, reply, **{"max-body": "100K", "interval": "1h"})
    assert poll["result"] == "too-large" and titles == []


def drip(data, seconds):
    for byte in data:
        yield bytes([byte])
        yield seconds


def test_T11_slow_senders_end_and_delay_nobody(daemon, web_everywhere):
    web = web_everywhere
    web.route("/header", lambda r: drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"s" * 100, 1))
    web.route("/body", lambda r: [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", *drip(FEED, 1)])
    web.route("/never", lambda r: [60])
    web.route("/good.xml", sequence(respond(FEED, "200 OK", 'ETag: "1"'), not_modified()))
    feeds = {f"slow{n}": {"url": web.url(path, host=f"127.0.1.{n + 1}"), "timeout": "4s", "interval": "1h"}
             for n, path in enumerate(("/header", "/body", "/never") * 4)}
    feeds["good"] = web.url("/good.xml", host="127.0.2.1")
    daemon.configure(feeds).start()
    daemon.wait_polls("good", 5)
    times = [r.time for r in web.seen("/good.xml")]
    assert max(b - a for a, b in zip(times, times[1:])) <= 2.0
    for name in feeds:
        if name != "good":
            assert daemon.wait_polls(name)[0]["result"] == "timeout"


class Endless:
    """Accepts connections and reads what comes; says nothing, or a byte a second of a TLS record that never ends."""

    def __init__(self, dribbles):
        self.dribbles = dribbles
        self.ending = threading.Event()
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.9", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.ending.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        record = b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb\x03\x03" + bytes(16000)  # a ServerHello of 16 kB
        with connection, contextlib.suppress(OSError):
            for byte in record:
                if self.ending.wait(0.3):
                    return
                if self.dribbles:
                    connection.sendall(bytes([byte]))

    def close(self):
        self.ending.set()
        self.listener.close()


@pytest.mark.parametrize("dribbles", [False, True], ids=["silent", "dribbling"])
def test_T11_tls_handshakes_without_end_end(daemon, web, dribbles):
    endless = Endless(dribbles)
    web.route("/good.xml", sequence(respond(FEED, "200 OK", 'ETag: "1"'), not_modified()))
    feeds = {f"slow{n}": {"url": f"https://127.0.0.9:{endless.port}/{n}", "timeout": "3s", "interval": "1h"} for n in range(4)}
    feeds["good"] = web.url("/good.xml")
    daemon.configure(feeds).start()
    for n in range(2):  # two connections at once to a host, so the other two come later
        assert daemon.wait_polls(f"slow{n}")[0]["result"] in ("timeout", "network-error")
    for n in range(2, 4):
        assert daemon.wait_polls(f"slow{n}")[0]["good"] == "no"
    daemon.wait_polls("good", 4)
    times = [r.time for r in web.seen("/good.xml")]
    assert max(b - a for a, b in zip(times, times[1:])) <= 2.0
    assert 1 <= endless.connections <= 4  # one may wait for what another begins
    endless.close()


@pytest.mark.parametrize("reply", [
    b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * (1 << 20) + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X-Many: y\r\n" * 100_000 + b"\r\n",
    b"HTTP/1.1 200 " + b"O" * 102_400 + b"\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 1000,
], ids=["big", "many", "status", "ssh", "zeros"])
def test_T12_headers_that_are_none(daemon, web, reply):
    poll, titles = one(daemon, web, lambda r: [reply, CLOSE], interval="1h")
    assert poll["good"] == "no" and titles == []


@pytest.mark.parametrize("body", [b"", b"  \n\n  "], ids=["empty", "blank"])
def test_T13_T14_nothing_or_a_page_for_once_floods_nobody(daemon, web, body):
    page = b"<!DOCTYPE html><html><head><title>Oops</title></head><body>gone</body></html>"
    reply = sequence(respond(FEED, "200 OK", 'ETag: "1"'), respond(body, "200 OK", 'ETag: "e"'),
                     respond(page, "200 OK", 'ETag: "h"'), respond(FEED, "200 OK", 'ETag: "1"'))
    one(daemon, web, reply)
    polls = daemon.wait_polls("f", 4)
    assert [p["good"] for p in polls[:4]] == ["yes", "no", "no", "yes"]
    assert [r.etag for r in web.requests[1:4]] == [b'"1"'] * 3
    assert daemon.spool.titles() == TITLES


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/octet-stream", "image/png", None])
def test_T15_the_content_type_does_not_matter(daemon, web, kind):
    poll, titles = one(daemon, web, respond(FEED, "200 OK", *([f"Content-Type: {kind}"] if kind else [])))
    assert poll["good"] == "yes" and titles == TITLES


def text_feed(declared, encoding, bom=b""):
    head = f"<?xml version='1.0' encoding='{declared}'?>" if declared else "<?xml version='1.0'?>"
    return bom + (head + "<rss version='2.0'><channel><title>x</title><item><title>Käse für Łódź</title>"
                  "<guid>1</guid><description>Grüße, lang genug für jeden Vergleich, der hier angestellt wird."
                  "</description></item></channel></rss>").replace("Łódź", "Lodz" if encoding in ("latin-1", "cp1252")
                                                                   else "Łódź").encode(encoding)


@pytest.mark.parametrize("body, kind, word", [
    (text_feed("iso-8859-1", "utf-8", b"\xef\xbb\xbf"), "text/xml; charset=iso-8859-1", "Łódź"),
    (text_feed("iso-8859-1", "utf-8"), "application/rss+xml; charset=utf-8", "Łódź"),
    (text_feed("iso-8859-1", "latin-1"), "application/rss+xml", "Käse"),
    (text_feed("", "utf-8"), "text/xml", "Łódź"),
    (text_feed("utf-16", "utf-16-le", b"\xff\xfe"), "application/xml", "Łódź"),
    (text_feed("utf-16", "utf-16-be", b"\xfe\xff"), "application/xml", "Łódź"),
    (b"\n\n  " + text_feed("utf-8", "utf-8"), "text/xml", "Łódź"),
    (text_feed("utf-8", "utf-8") + b"<script>document.write('x')</script>", "text/xml", "Łódź"),
    (text_feed("utf-8", "cp1252"), "text/xml", "Käse"),
], ids=["bom", "charset", "declaration", "text-xml", "utf16le", "utf16be", "newline", "trailer", "lie"])
def test_T16_T17_character_sets(daemon, web, body, kind, word):
    poll, titles = one(daemon, web, respond(body, "200 OK", f"Content-Type: {kind}"))
    assert poll["good"] == "yes" and len(titles) == 1
    assert titles[0].startswith("Käse für") and word in titles[0]


LAUGHS = ("<!DOCTYPE r [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10)) + "]>")


@pytest.mark.parametrize("make", [
    lambda u: LAUGHS + "<rss><channel><item><title>&a9;</title></item></channel></rss>",
    lambda u: f"<!DOCTYPE rss SYSTEM '{u}/x.dtd'><rss><channel><item><title>t</title></item></channel></rss>",
    lambda u: f"<!DOCTYPE rss [<!ENTITY e SYSTEM '{u}/x.txt'>]><rss><channel><item><title>t&e;</title></item></channel></rss>",
    lambda u: "<!DOCTYPE rss [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><rss><channel><item><title>t&e;</title></item></channel></rss>",
    lambda u: f"<!DOCTYPE rss [<!ENTITY % p SYSTEM '{u}/x.ent'>%p;]><rss><channel><item><title>t</title></item></channel></rss>",
    lambda u: "<rss><channel><item a='" + "x" * (1 << 20) + "'><title>t</title></item></channel></rss>",
    lambda u: "<rss><channel>" + "<d>" * 100_000 + "</channel></rss>",
], ids=["laughs", "dtd", "http-entity", "file-entity", "parameter", "attribute", "deep"])
def test_T18_attacks_by_xml(daemon, web, make):
    body = make(web.url(""))
    begin = time.monotonic()
    one(daemon, web, respond(body), interval="1h")
    assert time.monotonic() - begin < 20
    assert [r.path for r in web.requests] == ["/feed.xml"]
    assert not daemon.ended() and "root:" not in str(daemon.spool.articles())
    for text in daemon.spool.titles():
        assert len(text) < 2 << 20


def test_T19_one_connection_for_two_feeds_of_a_host(daemon, web):
    web.route("/a", sequence(respond(FEED)))
    web.route("/b", sequence(respond(rss(items("b", 1)))))
    daemon.configure({n: {"url": web.url("/" + n), "interval": "1h"} for n in "ab"},
                     daemon="max-host-connections = 1").start()
    daemon.wait_polls("a")
    daemon.wait_polls("b")
    assert {r.connection for r in web.requests} == {web.requests[0].connection}


def test_T20_kept_connection_that_was_dropped_is_no_failure(daemon, web):
    def reply(request):
        yield respond(FEED)
        yield 0.3
        yield CLOSE

    web.route("/feed.xml", reply)
    daemon.configure({"f": web.url()}).start()
    assert all(p["good"] == "yes" for p in daemon.wait_polls("f", 3))
