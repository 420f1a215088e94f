"""What other people do to a running daemon, and what is left to find at the next start."""
import contextlib
import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import BUILD, answer, items, rss, wait_for
from web import not_modified, respond


QUEUE = "[queue q]\ntags = *\n[queue mail]\ntags = *\nformat = rfc5322\n"


def remove_database(daemon):
    for file in daemon.folder.glob("state.db*"):
        file.unlink()


def taken(daemon):
    """How many there are in the queues, which are emptied."""
    files = [*daemon.spool_path.glob("queues/*/new/*")]
    for file in files:
        file.unlink()
    return len(files)


def test_lost_database_repeats_nothing_that_the_spool_has(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 5)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "x"}}, extra=QUEUE).start()
    daemon.wait_polls("a")
    daemon.stop()
    before = list(daemon.spool.articles())
    assert taken(daemon) == 10
    remove_database(daemon)
    nginx.put("a.xml", rss(items("a", 6)))
    daemon.start()
    daemon.wait_polls("a", 2)
    after = [name for name in daemon.spool.articles() if name not in before]
    assert len(after) == 1 and min(after) > max(before)  # a reader that stood at the last one sees it
    assert taken(daemon) == 2 and daemon.spool.tag("x") == sorted(before + after)
    assert "event=adopted known=5 passed=0" in daemon.log()
    daemon.stop()
    daemon.start()
    assert "did not know" not in daemon.log()


@pytest.mark.parametrize("how", ["file", "backup"])
def test_old_copy_of_the_database_repeats_nothing_that_the_spool_has(daemon, nginx, how):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "x"}}, extra=QUEUE).start()
    daemon.wait_polls("a")
    daemon.stop()
    copy = daemon.database
    if how == "backup":
        subprocess.run([BUILD / "newspool", "backup", "--config", daemon.config, daemon.folder / "copy"], check=True)
        copy = daemon.folder / "copy/state.db"
    copy = copy.read_bytes()
    nginx.put("a.xml", rss(items("a", 6)))
    daemon.start()
    wait_for(lambda: len(daemon.spool.articles()) == 6, daemon.log)
    daemon.stop()
    assert taken(daemon) == 12
    remove_database(daemon)
    daemon.database.write_bytes(copy)
    nginx.put("a.xml", rss(items("a", 7)))
    daemon.start()
    daemon.wait_polls("a", 2)
    assert len(daemon.spool.articles()) == 7 and len(daemon.spool.tag("x")) == 7
    assert taken(daemon) == 2
    assert "event=adopted known=3 passed=0" in daemon.log()


def test_second_feed_of_an_article_that_is_known_again_adds_its_tags_alone(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    nginx.put("b.xml", rss(items("b", 1)))
    feeds = {"a": {"url": nginx.url("a.xml"), "tags": "x"}, "b": {"url": nginx.url("b.xml"), "tags": "y"}}
    daemon.configure(feeds, extra=QUEUE).start()
    daemon.wait_polls("a")
    daemon.wait_polls("b")
    daemon.stop()
    assert taken(daemon) == 8
    remove_database(daemon)
    nginx.put("b.xml", rss(items("a", 3) + items("b", 1)))
    daemon.start()
    daemon.wait_polls("a")
    daemon.wait_polls("b")
    assert len(daemon.spool.articles()) == 4 and taken(daemon) == 0
    assert len(daemon.spool.tag("x")) == 3 and len(daemon.spool.tag("y")) == 4


def test_spool_without_what_the_database_delivered_is_told(daemon, nginx):
    """Its disk is not mounted, say: then the folder below is there, and empty."""
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    daemon.stop()
    mounted = daemon.spool_path.with_name("mounted")
    daemon.spool_path.rename(mounted)
    daemon.spool_path.mkdir(mode=0o750)
    nginx.put("a.xml", rss(items("a", 4)))
    daemon.start()
    assert "event=spool-behind" in daemon.log()
    daemon.wait_polls("a")
    assert daemon.spool.titles() == ["Title a 4"]
    daemon.stop()
    daemon.start()
    assert "spool-behind" not in daemon.log()


def test_lost_database_passes_over_what_is_no_record_or_of_no_feed(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    nginx.put("b.xml", rss(items("b", 1)))
    daemon.configure({"a": nginx.url("a.xml"), "b": nginx.url("b.xml")}).start()
    daemon.wait_polls("a")
    daemon.wait_polls("b")
    daemon.stop()
    broken = next(file for file in daemon.spool_path.glob("articles/*/*") if "Title a 2" in file.read_text())
    broken.chmod(0o600)
    broken.write_text("{\n")
    remove_database(daemon)
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    assert "event=adopted known=2 passed=2" in daemon.log()
    assert len([*daemon.spool_path.glob("articles/*/*")]) == 5  # the broken one came again


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


def test_database_that_is_damaged_while_nobody_looks_says_what_to_do(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    daemon.stop()
    with contextlib.closing(sqlite3.connect(daemon.database)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'identity'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with open(daemon.database, "r+b") as f:
        f.seek((page - 1) * size)
        f.write(b"\xff" * size)
    nginx.put("a.xml", rss(items("a", 6)))
    daemon.start()
    wait_for(lambda: "outcomes cannot be stored" in daemon.log(), daemon.log)
    assert "malformed" in daemon.log() and "replaced by a copy, or moved away" in daemon.log()
    assert len(daemon.spool.articles()) == 3 and daemon.spool.staged() == []


def test_last_sequence_stops_polling_and_not_the_daemon(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    daemon.stop()
    with contextlib.closing(sqlite3.connect(daemon.database)) as db, db:
        db.execute("UPDATE meta SET value = 9999999999999998 WHERE key = 'seq'")
    nginx.put("a.xml", rss(items("a", 4)))
    daemon.start()
    wait_for(lambda: len(daemon.spool.articles()) == 4, daemon.log)
    nginx.put("a.xml", rss(items("a", 5)))
    wait_for(lambda: "the last sequence is used up" in daemon.log(), daemon.log)
    assert daemon.stop()[0] == 0
    assert max(daemon.spool.articles()).startswith("9999999999999999-") and daemon.spool.staged() == []


def test_reload_that_is_asked_for_during_the_start_comes_after_it(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    daemon.stop()
    daemon.configure({"a": nginx.url("a.xml"), "b": nginx.url("b.xml")})
    with contextlib.closing(sqlite3.connect(daemon.database, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")  # it waits for this one
        daemon.start(ready=False)
        wait_for(lambda: daemon.ended() or has_open(daemon, daemon.database), daemon.log)
        daemon.process.send_signal(signal.SIGHUP)
        db.execute("ROLLBACK")
    wait_for(lambda: daemon.ended() or "event=reloaded" in daemon.log(), daemon.log)
    assert not daemon.ended(), daemon.process.returncode


@pytest.mark.parametrize("where", ["spool/tmp/.lock", "state.db.lock"])
def test_lock_that_a_killed_daemon_left_with_a_child_is_waited_for(daemon, nginx, where):
    """On a busy machine a fetcher that was just forked may hold it for seconds."""
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.kill()
    path = daemon.folder / where
    assert int(path.read_text()) == daemon.process.pid
    with open(path, "r+b") as left:
        fcntl.flock(left, fcntl.LOCK_EX)
        daemon.start(ready=False)
        wait_for(lambda: daemon.ended() or has_open(daemon, path), daemon.log)
        begin = time.monotonic()
        wait_for(lambda: daemon.ended() or time.monotonic() > begin + 2, daemon.log)
        assert not daemon.ended(), daemon.log()
    daemon.wait_polls("a")
    assert int(path.read_text()) == daemon.process.pid


@pytest.mark.parametrize("where", ["spool/tmp/.lock", "state.db.lock"])
def test_lock_of_a_process_that_lives_is_not_waited_for(daemon, nginx, where):
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.stop()
    with open(daemon.folder / where, "r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.truncate(0)
        other.write(b"%d\n" % os.getpid())
        other.flush()
        daemon.start(ready=False)
        assert daemon.process.wait(20) == 1
    assert "another newspoold is" in daemon.log()


def has_open(daemon, path):
    with contextlib.suppress(OSError):
        return str(path) in (os.readlink(fd) for fd in os.scandir(f"/proc/{daemon.process.pid}/fd"))
    return False


def test_full_disk_at_the_start_is_said_as_the_disk_says_it(daemon, nginx):
    """The database's own words, not those of a roll-back that came after them."""
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    daemon.stop()
    with contextlib.closing(sqlite3.connect(daemon.database)) as db, db:
        db.execute("CREATE TRIGGER full BEFORE DELETE ON pending BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END")
        db.execute("INSERT INTO pending VALUES (1, 0, ?, ?)",
                   (name := min(daemon.spool.articles()), f"queues/q/new/{name}"))
    daemon.start(ready=False)
    assert daemon.process.wait(30) == 1
    assert "database: the disk is full" in daemon.log()


def test_host_that_never_answers_does_not_hold_up_others(daemon, nginx, script):
    silent = script(lambda server, connection, request: server.closing.wait(60))
    nginx.put("b.xml", rss(items("b", 3)))
    feeds = {f"a{i}": silent.url(f"{i}") for i in range(100)}
    feeds["b"] = nginx.url("b.xml").replace("127.0.0.1", "localhost")
    daemon.configure(feeds, daemon="max-connections = 8").start()
    daemon.wait_polls("b", 3)
    assert len(daemon.spool.articles()) == 3
    assert len(silent.requests) > 0 and daemon.polls("a0") == []


def test_servers_are_asked_no_more_often_while_outcomes_cannot_be_stored(daemon, web):
    """What cannot be stored is due still: that must not make a server pay for a full or broken disk."""
    published = [3]

    def growing(request):
        published[0] += 1
        return respond(rss(items("a", published[0])))

    web.route("/a.xml", growing)
    for n in range(20):  # their outcomes can be stored, and each time that is seen as the trouble's end
        web.route(f"/{n}.xml", lambda request: not_modified('ETag: "1"') if request.etag == b'"1"'
                  else respond(rss(items("b", 1)), "200 OK", 'ETag: "1"'))
    feeds = {f"b{n}": {"url": web.url(f"/{n}.xml"), "interval": "1s", "min-interval": "1s"} for n in range(20)}
    feeds["a"] = {"url": web.url("/a.xml"), "interval": "4s", "min-interval": "4s"}
    daemon.configure(feeds).start()
    daemon.wait_polls("a")
    shutil.rmtree(daemon.spool_path / "tmp")
    first = len(web.seen("/a.xml"))
    wait_for(lambda: len(web.seen("/a.xml")) >= first + 3, daemon.log)
    assert "outcomes cannot be stored" in daemon.log()
    (daemon.spool_path / "tmp").mkdir(mode=0o700)
    wait_for(lambda: len(daemon.spool.articles()) == published[0] + 1, daemon.log)
    times = [request.time for request in web.seen("/a.xml")]
    assert min(b - a for a, b in zip(times, times[1:])) >= 3.9, times
    assert all(poll["good"] == "yes" for poll in daemon.polls("a"))
