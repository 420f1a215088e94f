"""What other people do to a running daemon, and what is left to find at the next start."""
import os
import shutil
import signal

from conftest import answer, items, rss, wait_for


def test_lost_database_does_not_take_sequences_back(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 5)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    daemon.stop()
    before = list(daemon.spool.articles())
    for file in daemon.folder.glob("state.db*"):
        file.unlink()
    nginx.put("a.xml", rss(items("a", 6)))
    daemon.start()
    daemon.wait_polls("a")
    after = [name for name in daemon.spool.articles() if name not in before]
    assert len(after) == 6
    assert min(after) > max(before)  # a reader that stood at the last one sees them all
    assert "does not know" in daemon.log()
    daemon.stop()
    daemon.start()
    assert "does not know" not in daemon.log()


def test_poll_whose_fetchers_end_again_and_again_fails(daemon, nginx, script):
    def handler(server, connection, request):
        for pid in daemon.fetchers():
            os.kill(pid, signal.SIGKILL)

    server = script(handler)
    nginx.put("b.xml", rss(items("b", 3)))
    daemon.configure({"a": {"url": server.url(), "interval": "1h"}}).start()
    poll = daemon.wait_polls("a")[0]
    assert poll["good"] == "no" and "again and again" in daemon.log()
    with open(daemon.config, "a") as f:
        f.write(f"[feed b]\nurl = {nginx.url('b.xml')}\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_polls("b")
    assert len(daemon.spool.articles()) == 3


def test_staging_folder_that_is_removed_is_no_feeds_fault(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    shutil.rmtree(daemon.spool_path / "tmp")
    nginx.put("a.xml", rss(items("a", 6)))
    wait_for(lambda: "nothing is lost" in daemon.log(), daemon.log)
    (daemon.spool_path / "tmp").mkdir(mode=0o700)
    wait_for(lambda: len(daemon.spool.articles()) == 6, daemon.log)
    assert all(poll["good"] == "yes" for poll in daemon.polls("a"))


def test_spool_that_is_removed_and_made_again_is_gone_on_with(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}, extra="[queue q]\ntags = *\n").start()
    daemon.wait_polls("a")
    shutil.rmtree(daemon.spool_path)
    wait_for(lambda: "the spool" in daemon.log() and "was removed or replaced" in daemon.log(), daemon.log)
    nginx.put("a.xml", rss(items("a", 6)))
    daemon.spool_path.mkdir(mode=0o750)
    wait_for(lambda: "event=reopened" in daemon.log(), daemon.log)
    wait_for(lambda: len(daemon.spool.articles()) == 3, daemon.log)
    assert len(list((daemon.spool_path / "queues/q/new").iterdir())) == 3
    assert all(poll["good"] == "yes" for poll in daemon.polls("a"))


def test_spool_that_is_moved_away_and_back_loses_nothing(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    away = daemon.spool_path.with_name("away")
    daemon.spool_path.rename(away)
    wait_for(lambda: "put back or made again" in daemon.log(), daemon.log)
    nginx.put("a.xml", rss(items("a", 6)))
    away.rename(daemon.spool_path)
    wait_for(lambda: len(daemon.spool.articles()) == 6, daemon.log)
    assert "the spool is there again" in daemon.log()


def test_database_that_is_removed_pauses_polling_until_it_is_back(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    away = daemon.folder / "away.db"
    daemon.database.rename(away)
    wait_for(lambda: "was removed or replaced" in daemon.log(), daemon.log)
    asked = len(nginx.requests("a.xml"))
    nginx.put("a.xml", rss(items("a", 6)))
    away.rename(daemon.database)
    wait_for(lambda: len(daemon.spool.articles()) == 6, daemon.log)
    assert len(nginx.requests("a.xml")) > asked
    daemon.stop()
    daemon.start()
    daemon.wait_polls("a")
    assert len(daemon.spool.articles()) == 6


def test_header_line_without_end_says_what_is_wrong(daemon, script):
    server = script(lambda server, connection, request: connection.sendall(
        answer(rss(items("a", 1)), headers=["ETag: " + "x" * 200000])))
    daemon.configure({"a": server.url()}).start()
    poll = daemon.wait_polls("a")[0]
    assert poll["good"] == "no" and "header line is too long" in daemon.log()


def test_malformed_database_says_what_to_do(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    daemon.stop()
    with open(daemon.database, "r+b") as f:
        f.truncate(5000)
    daemon.start(ready=False)
    assert daemon.process.wait(30) == 1
    assert str(daemon.database) in daemon.log() and "move it away" in daemon.log()


def test_host_that_never_answers_does_not_hold_up_others(daemon, nginx, script):
    silent = script(lambda server, connection, request: server.closing.wait(60))
    nginx.put("b.xml", rss(items("b", 3)))
    feeds = {f"a{i}": silent.url(f"{i}") for i in range(100)}
    feeds["b"] = nginx.url("b.xml").replace("127.0.0.1", "localhost")
    daemon.configure(feeds, daemon="max-connections = 8").start()
    daemon.wait_polls("b", 3)
    assert len(daemon.spool.articles()) == 3
    assert len(silent.requests) > 0 and daemon.polls("a0") == []
