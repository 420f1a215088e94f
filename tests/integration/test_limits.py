"""What bounds a spool, on a running daemon: free space, queues without a consumer."""
import os

import pytest

from conftest import items, rss, wait_for

GIB = 1 << 30


def test_polling_pauses_below_min_free_and_goes_on_by_itself(daemon, nginx):
    daemon.spool_path.mkdir(exist_ok=True)
    fs = os.statvfs(daemon.spool_path)
    free = fs.f_bavail * fs.f_frsize
    if free < 8 * GIB:
        pytest.skip("too little free space to take some of it away")
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")})
    text = daemon.config.read_text()
    daemon.config.write_text(text.replace("[spool]\n", f"[spool]\nmin-free = {(free - 2 * GIB) >> 20}M\n"))
    daemon.start()
    daemon.wait_polls("a")
    ballast = daemon.folder / "ballast"
    with open(ballast, "wb") as f:
        os.posix_fallocate(f.fileno(), 0, 4 * GIB)
    wait_for(lambda: "no space" in daemon.log(), daemon.log)
    nginx.put("a.xml", rss(items("a", 6)))
    asked = len(nginx.requests("a.xml"))
    assert len(daemon.spool.articles()) == 3
    ballast.unlink()
    wait_for(lambda: "there is space again" in daemon.log(), daemon.log)
    wait_for(lambda: len(daemon.spool.articles()) == 6, daemon.log)
    assert len(nginx.requests("a.xml")) > asked


QUEUES = """
[queue keeps]
tags = *
limit = 4
[queue drops]
tags = *
limit = 4
when-full = drop-oldest
[queue refuses]
tags = *
limit = 4
when-full = drop-new
"""


def test_full_queues_do_what_when_full_says_and_say_it(daemon, nginx):
    def waiting(queue):
        return sorted(p.name for p in (daemon.spool_path / "queues" / queue / "new").iterdir())

    nginx.put("a.xml", rss(items("a", 6)))
    daemon.configure({"a": nginx.url("a.xml")}, extra=QUEUES).start()
    daemon.wait_polls("a")
    wait_for(lambda: "event=queue-dropped queue=drops" in daemon.log(), daemon.log)
    wait_for(lambda: "event=queue-full queue=keeps" in daemon.log(), daemon.log)
    names = sorted(daemon.spool.articles())
    assert waiting("keeps") == names
    assert waiting("drops") == names[2:]
    assert waiting("refuses") == names[:4]
    wait_for(lambda: "event=queue-refused queue=refuses" in daemon.log(), daemon.log, 120)
    for name in waiting("refuses"):
        (daemon.spool_path / "queues/refuses/new" / name).unlink()
    nginx.put("a.xml", rss(items("a", 7)))
    wait_for(lambda: len(waiting("refuses")) == 1, daemon.log)
