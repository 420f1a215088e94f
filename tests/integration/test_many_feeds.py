"""N13: five thousand feeds of which one in a hundred is slow and one in a hundred dead; the others are on time."""
import asyncio
import collections
import os
import sqlite3
import threading
import time

import pytest

from conftest import BUILD, free_port, items, rss, wait_for

FEEDS = 5000
INTERVAL = 20.0
IDLE = 4.0  # seconds for which nothing is due
TICKS = os.sysconf("SC_CLK_TCK")


class Server(threading.Thread):
    """Answers on every loopback address: 304 to who has the tag, /slow/ never."""

    def __init__(self):
        super().__init__(daemon=True)
        self.port = free_port()
        self.times = collections.defaultdict(list)
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        body = rss(items("n", 1)).encode()
        self.full = (b"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: %d\r\n\r\n" % len(body)) + body
        self.same = b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"
        self.start()
        assert self.ready.wait(10)

    def run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "0.0.0.0", self.port, backlog=1024))
        self.ready.set()
        self.loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0.1))

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode()
                self.times[path].append(time.monotonic())
                if path.startswith("/slow/"):
                    await asyncio.sleep(3600)
                writer.write(self.same if b"if-none-match" in head.lower() else self.full)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join(10)


def processes(daemon):
    return [daemon.process.pid, *daemon.fetchers()]


def cpu(daemon):
    """Seconds of all processes so far."""
    total = 0
    for pid in processes(daemon):
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident(daemon):
    total = 0
    for pid in processes(daemon):
        with open(f"/proc/{pid}/smaps_rollup") as maps:
            total += next(int(line.split()[1]) for line in maps if line.startswith("Pss:"))
    return total / 1024


def url_of(server, n):
    host = f"127.{1 + n % 50}.{n // 2 % 250}.{1 + n % 2}"
    if n % 100 == 7:
        return f"http://127.200.{n // 250}.{1 + n % 250}:{server.port}/slow/{n}"
    if n % 100 == 57:
        return f"http://127.201.{n // 250}.{1 + n % 250}:1/{n}"  # nobody listens there
    return f"http://{host}:{server.port}/{n}"


@pytest.mark.skipif("sanitized" in str(BUILD), reason="a sanitized build is not on time")
def test_N13_five_thousand_feeds_some_slow_some_dead_all_others_on_time(daemon):
    server = Server()
    names = [n for n in range(FEEDS) if n % 100 not in (7, 57)]
    daemon.configure({f"f{n}": url_of(server, n) for n in range(FEEDS)}, defaults="timeout = 8s")
    text = daemon.config.read_text().replace("log-level = debug", "log-level = warning")
    daemon.config.write_text(text.replace("\ninterval = 1s", f"\ninterval = {INTERVAL:.0f}s"))
    daemon.start(ready=False)
    wait_for(lambda: server.times, daemon.log)
    daemon.stop()
    server.times.clear()
    with sqlite3.connect(daemon.database) as db:  # as if it had run for long: due all over the interval
        db.execute("UPDATE feeds SET next_poll = ? + id * ? / (SELECT max(id) FROM feeds)",
                   (int((time.time() + IDLE) * 1000), int(INTERVAL * 1000)))
    db.close()
    daemon.start(ready=False)
    wait_for(lambda: len(daemon.fetchers()) == 2, daemon.log)
    time.sleep(1)  # the start itself, which is not idle
    before = cpu(daemon)
    time.sleep(1.5)
    idle = cpu(daemon) - before
    wait_for(lambda: all(len(server.times[f"/{n}"]) >= 2 for n in names), "all polled twice", 60)
    used, memory = cpu(daemon) - before, resident(daemon)
    descriptors = max(len(os.listdir(f"/proc/{pid}/fd")) for pid in processes(daemon))
    polls = sum(len(t) for t in server.times.values())
    daemon.stop()
    server.close()
    times = {n: server.times[f"/{n}"] for n in names}
    gaps = sorted(b - a for t in times.values() for a, b in zip(t, t[1:]))
    print(f"{polls} polls, {used / polls * 1e6:.0f} us each; idle {idle:.3f} s of 1.5; {memory:.0f} MiB; "
          f"{descriptors} descriptors; gaps {gaps[0]:.3f} to {gaps[-1]:.3f} s")
    assert gaps[0] >= INTERVAL and gaps[-1] <= 1.1 * INTERVAL
    assert idle <= 0.1
    assert memory <= 100 and descriptors <= 700


def test_a_backlog_does_not_wait_until_outcomes_are_committed(daemon):
    """Three hundred feeds due at once, sixteen at a time, that say nothing new: such outcomes wait for company."""
    server = Server()
    names = [f"/{n}" for n in range(300) if n % 100 not in (7, 57)]
    daemon.configure({f"f{n}": url_of(server, n) for n in range(300) if n % 100 not in (7, 57)}, daemon="max-connections = 16")
    daemon.config.write_text(daemon.config.read_text().replace("\ninterval = 1s", "\ninterval = 1d"))
    daemon.start()  # known from here on
    for _ in range(2):  # first they have an article each
        daemon.stop()
        server.times.clear()
        with sqlite3.connect(daemon.database) as db:
            db.execute("UPDATE feeds SET next_poll = 1")
        db.close()
        daemon.start()
        wait_for(lambda: all(server.times[name] for name in names), daemon.log)
    times = sorted(server.times[name][0] for name in names)
    daemon.stop()
    server.close()
    assert times[-1] - times[0] < 4  # a commit after each sixteen would make it nine
