"""The soak's web: feeds on some two hundred loopback hosts, served by a process of its own.

Articles are published at a steady rate, each with a title of its own; every eighth is in two feeds. How well a
feed is served is its character's business (CHARACTERS): most always answer well, some only at times, until the
site is told to be calm. Feeds answer 304 to their current validator and show their newest LISTED articles; no
feed publishes more than half of that beyond what the daemon has shown, by its validator, to have.
"""
import asyncio
import collections
import gzip
import multiprocessing
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from conftest import free_port, rss  # noqa: E402
from misbehaviour import MISBEHAVIOURS  # noqa: E402
from web import not_modified, respond  # noqa: E402

LISTED = 40  # articles that a document shows
TAGS = 20
TICK = 0.05  # seconds between two looks at what is to be published
EDITS = 0.1  # edits for each new article

Character = collections.namedtuple("Character", "name chance wrong validators edits")

GOOD = Character("good", 0, (), True, False)
CHARACTERS = [GOOD] * 12 + [
    Character("edited", 0, (), True, True),
    Character("edited", 0, (), True, True),
    Character("bare", 0, (), False, False),
    Character("flaky", 0.2, ("error", "busy", "cut", "reset", "empty", "moved"), True, False),
    Character("bad", 0.5, ("error", "garbage", "page", "cut", "cut_gzip", "loop", "gone", "moved"), True, False),
    Character("hostile", 0.6, ("bomb", "endless", "entities", "headers", "nested", "flood", "garbage"), True, False),
    Character("slow", 0.5, ("silent", "drip", "stall", "reset"), True, False),
    Character("good", 0, (), True, False),
]


class Feed:
    """One feed: what it has published, newest first, and what of it was served in a whole, good answer."""

    def __init__(self, number):
        self.number = number
        self.character = CHARACTERS[number % len(CHARACTERS)]
        self.items = []
        self.edits = 0
        self.proven = 0  # articles that the daemon has, by its own validator
        self.served = 0  # articles that a good answer has told of
        self.document = None, b"", b""
        self.asked = 0.0  # when, last

    @property
    def tag(self):
        return f"t{self.number // len(CHARACTERS) % TAGS}"

    @property
    def etag(self):
        return f'"{len(self.items)}.{self.edits}"'

    @property
    def host(self):
        return f"127.{10 + self.number % len(CHARACTERS)}.1.{1 + self.number // len(CHARACTERS) // 10}"

    def may_publish(self):
        if not self.character.validators:
            return len(self.items) < LISTED
        return len(self.items) - self.proven < LISTED // 2

    def bodies(self):
        """The document as it is, plain and compressed."""
        if self.document[0] != self.etag:
            text = rss([i[:3] for i in self.items[:LISTED]], f"Feed {self.number}").encode()
            self.document = self.etag, text, gzip.compress(text, 1)
        return self.document[1:]


class Site:
    """Everything in the serving process; runs on its event loop."""

    def __init__(self, feeds, rate, interval, seed):
        self.interval = interval
        self.chance = random.Random(seed)
        self.feeds = [Feed(n) for n in range(feeds)]
        self.rate = rate
        self.calm = False
        self.publishing = False
        self.published = 0
        self.tags = {}  # title -> tags
        self.requests = collections.Counter()
        self.early = 0  # requests for feeds of good character that came before their time
        self.ahead = []

    # What is published.

    def publish(self):
        feed = self.chance.choice(self.feeds)
        if not feed.may_publish():
            return False
        self.published += 1
        title = f"Article {self.published} of {feed.number}"
        body = (f"The text of article {self.published} of feed {feed.number}, which no other has, "
                "and which is long enough to stand for itself in any comparison.")
        feed.items.insert(0, (f"{feed.number}-{self.published}", title, body, False))
        self.tags[title] = {feed.tag}
        other = self.feeds[(feed.number + 7 * len(CHARACTERS)) % len(self.feeds)]
        if self.published % 8 == 0 and other.may_publish() and other is not feed:
            feed.items[0] = (*feed.items[0][:3], True)
            other.items.insert(0, (f"{other.number}-{self.published}", title, body, True))
            self.tags[title].add(other.tag)
        return True

    def edit(self):
        """A publisher touches an article; one of two feeds is left alone, for then they would be two articles."""
        feed = self.chance.choice(self.feeds)
        for n in range(min(3, len(feed.items)) if feed.character.edits else 0):
            guid, title, body, shared = feed.items[n]
            if not shared:
                feed.items[n] = (guid, title, body + " Corrected.", False)
                feed.edits += 1
                return

    async def publish_steadily(self):
        """As many as were to be published by now, whatever the load is."""
        begin, done = time.monotonic(), 0
        while True:
            await asyncio.sleep(TICK)
            if not self.publishing:
                begin, done = time.monotonic(), 0
            while self.publishing and done < (time.monotonic() - begin) * self.rate:
                done += 1
                for _ in range(20):  # feeds that may not are passed over
                    if self.publish():
                        break
                if self.chance.random() < EDITS:
                    self.edit()

    # What is served.

    async def serve(self, reader, writer):
        try:
            while True:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
                lines = head.decode("latin-1").split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
                if not await self.answer(lines[0].split(" ")[1], headers, writer):
                    break
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError, OSError):
            pass
        finally:
            writer.close()

    async def answer(self, path, headers, writer):
        """False where the connection is to end."""
        feed = self.feeds[int(path.rsplit("/", 1)[1])]
        self.look_at_time(feed)
        self.look_at_validator(feed, headers)
        if path.startswith("/loop/"):
            wrong = "loop"
        elif self.calm or not path.startswith("/feed/") or self.chance.random() >= feed.character.chance:
            self.requests["good"] += 1
            writer.write(self.good(feed, headers))
            await writer.drain()
            return True
        else:
            wrong = self.chance.choice(feed.character.wrong)
        self.requests[wrong] += 1
        return await MISBEHAVIOURS[wrong](feed, writer)

    def look_at_time(self, feed):
        now = time.monotonic()
        if feed.character is GOOD and feed.asked > now - 0.95 * self.interval:
            self.early += 1
        feed.asked = now

    def look_at_validator(self, feed, headers):
        known = headers.get("if-none-match")
        if known is None or not feed.character.validators:
            return
        had = int(known.strip('"').split(".")[0])
        feed.proven = max(feed.proven, had)
        if had > feed.served:
            self.ahead.append(f"feed {feed.number}: validator {known}, good answers up to {feed.served}")

    def good(self, feed, headers):
        validator = [f"ETag: {feed.etag}"] if feed.character.validators else []
        if validator and headers.get("if-none-match") == feed.etag:
            self.requests["304"] += 1
            return not_modified(*validator)
        plain, packed = feed.bodies()
        feed.served = max(feed.served, len(feed.items))
        if "gzip" in headers.get("accept-encoding", "") and feed.number % 3 == 0:
            return respond(packed, "200 OK", "Content-Type: application/rss+xml", "Content-Encoding: gzip", *validator)
        return respond(plain, "200 OK", "Content-Type: application/rss+xml", *validator)

    # What the soak asks of it: one word, and what answers it.

    def command(self, pipe):
        word, value = pipe.recv()
        if word == "set":
            for key, setting in value.items():
                setattr(self, key, setting)
            pipe.send(None)
        elif word == "counts":
            pipe.send((self.published, dict(self.requests), self.early))
        else:
            pipe.send({"tags": self.tags, "ahead": self.ahead,
                       "etags": {f"f{f.number}": f.etag for f in self.feeds if f.character.validators}})

    async def run(self, pipe, port):
        loop = asyncio.get_running_loop()
        loop.add_reader(pipe.fileno(), self.command, pipe)
        server = await asyncio.start_server(self.serve, "0.0.0.0", port, backlog=1024, limit=1 << 18)
        pipe.send("ready")
        async with server:
            await self.publish_steadily()


def serve(pipe, port, feeds, rate, interval, seed):
    asyncio.run(Site(feeds, rate, interval, seed).run(pipe, port))


class SiteProcess:
    """The site as the soak's other processes see it."""

    def __init__(self, feeds, rate, interval, seed):
        self.port = free_port()
        self.feeds = [Feed(n) for n in range(feeds)]
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=serve, daemon=True,
                                               args=(theirs, self.port, feeds, rate, interval, seed))
        self.process.start()
        if not self.pipe.poll(30) or self.pipe.recv() != "ready":
            raise RuntimeError("the site does not come up")

    def ask(self, word, value=None):
        self.pipe.send((word, value))
        if not self.pipe.poll(60):
            raise RuntimeError("the site does not answer")
        return self.pipe.recv()

    def urls(self):
        return {f"f{f.number}": f"http://{f.host}:{self.port}/feed/{f.number}" for f in self.feeds}

    def tag(self, name):
        return self.feeds[int(name[1:])].tag

    def close(self):
        self.process.kill()
        self.process.join()
