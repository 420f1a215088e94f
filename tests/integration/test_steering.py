"""newspool status, feeds, feed, poll, pause, resume, reset, reload and held, on the running daemon."""
import json
import os
import pty
import re
import subprocess

import pytest

from conftest import BUILD, answer, items, rss


def newspool(daemon, *args, status=0, columns=80, env=None):
    done = subprocess.run([str(BUILD / "newspool"), args[0], "--config", str(daemon.config), *args[1:]],
                          capture_output=True, text=True, timeout=120,
                          env={**os.environ, "COLUMNS": str(columns), "NO_COLOR": "1", **(env or {})})
    assert done.returncode == status, done.stdout + done.stderr
    assert "\033" not in done.stdout
    return done


@pytest.fixture
def polled(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3), title="A feed of many words"))
    daemon.configure({"good": {"url": nginx.url("a.xml"), "tags": "one", "interval": "1h"},
                      "bad": {"url": nginx.url("none.xml"), "interval": "1h"}}).start()
    daemon.wait_polls("good")
    daemon.wait_polls("bad")
    return daemon


def test_status_at_a_glance(polled):
    out = newspool(polled, "status").stdout
    assert "2: 1 failing" in out and re.search(r"^health +good$", out, re.M) and str(polled.process.pid) in out
    assert json.loads(newspool(polled, "status", "--json").stdout)["feeds"]["configured"] == 2


def test_without_a_daemon_it_says_so_with_a_status_of_its_own(daemon, nginx):
    daemon.configure({"good": nginx.url("a.xml")})
    for args in (["status"], ["feeds"], ["feed", "good"], ["poll", "good"], ["pause", "good"], ["reload"]):
        done = newspool(daemon, *args, status=3)
        assert "does not run" in done.stderr and done.stdout == "", done


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_tables_fit_the_terminal(polled, columns):
    lines = newspool(polled, "feeds", columns=columns).stdout.splitlines()
    assert len(lines) == 3 and lines[0].startswith("FEED") and all(len(line) <= columns for line in lines)
    assert lines[1].split()[:2] == ["bad", "failing"] and lines[2].split()[:2] == ["good", "ok"]
    for line in newspool(polled, "feed", "good", columns=columns).stdout.splitlines():
        assert len(line) <= columns


def test_feeds_are_chosen(polled):
    def names(*args):
        return [f["name"] for f in json.loads(newspool(polled, "feeds", "--json", *args).stdout)["feeds"]]

    assert names("--state", "failing") == ["bad"] and names("--tag", "one") == ["good"]
    assert names("--text", "MANY") == ["good"]
    assert "expected" in newspool(polled, "feeds", "--state", "odd", status=1).stderr


@pytest.mark.parametrize("command", ["status", "feeds", "feed", "poll", "pause", "resume", "reset", "undo-move", "reload", "held", "doctor",
                                     "add", "remove", "rename", "tag", "import", "export"])
def test_each_command_says_what_its_exit_status_means(daemon, command):
    daemon.configure({})
    assert re.search(r"exit\s+status", newspool(daemon, command, "--help").stdout, re.I)


def test_every_count_of_feeds_is_the_same(daemon, nginx, script):
    """As status, metrics, lists and the page have it: what is stopped is not failing, too."""
    gone = script(lambda self, c, _: c.sendall(answer("", "410 Gone")))
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({name: {"url": url, "interval": "1h"} for name, url in {
        "good": nginx.url("a.xml"), "bad": nginx.url("none.xml"), "worse": nginx.url("no.xml"), "gone": gone.url(),
        "still": nginx.url("b.xml")}.items()}).start()
    for name in ("good", "bad", "worse", "gone", "still"):
        daemon.wait_polls(name)
    newspool(daemon, "pause", "still")
    wanted = {"failing": 2, "stopped": 1, "paused": 1}
    status = json.loads(newspool(daemon, "status", "--json").stdout)["feeds"]
    metrics, page = ask(daemon, "/metrics"), ask(daemon, "/feeds")
    for state, n in wanted.items():
        assert status[state] == n and f"newspool_feeds_{state} {n}\n" in metrics and f"{state.capitalize()} {n}</a>" in page
        assert len(json.loads(newspool(daemon, "feeds", "--json", "--state", state).stdout)["feeds"]) == n
    assert "3 need attention." in ask(daemon, "/")


def ask(daemon, path):
    return subprocess.run(["curl", "-sS", "-m", "20", "--unix-socket", str(daemon.folder / "control.sock"), "http://localhost" + path],
                          capture_output=True, text=True, check=True).stdout


def test_a_feed_with_its_history(polled):
    out = newspool(polled, "feed", "bad").stdout
    assert "404" in out and "failing" in out and "back-off" in out
    assert len(json.loads(newspool(polled, "feed", "good", "--json").stdout)["history"]) == 1
    assert "no feed none" in newspool(polled, "feed", "none", status=1).stderr


def test_poll_and_wait_for_what_comes(polled, nginx):
    nginx.put("a.xml", rss(items("a", 5)))
    assert newspool(polled, "poll", "--wait", "good").stdout == "good: ok, 2 new, 3 known\n"
    done = newspool(polled, "poll", "--wait", "--all", status=1)
    assert sorted(line.split(":")[0] for line in done.stdout.splitlines()) == ["bad", "good"]
    assert newspool(polled, "poll", "good").stdout == ""
    newspool(polled, "poll", status=2)
    newspool(polled, "poll", "--all", "good", status=2)
    newspool(polled, "poll", "none", status=1)


def drawn_on(leader):
    """All that a terminal was given, to its end: what is written arrives there in pieces, some of them later."""
    drawn = b""
    while True:
        try:
            drawn += os.read(leader, 65536)
        except OSError:  # EIO: nobody has it open any more, and it is read
            os.close(leader)
            return drawn.decode()


def test_a_progress_bar_for_a_person(polled):
    leader, follower = pty.openpty()
    process = subprocess.Popen([str(BUILD / "newspool"), "poll", "--config", str(polled.config), "--wait", "good"],
                               stdout=subprocess.PIPE, stderr=follower)
    os.close(follower)
    drawn = drawn_on(leader)
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 0 and out.startswith(b"good: ")
    assert drawn.index("] 0 of 1") < drawn.index("] 1 of 1") and drawn.endswith("\r\033[K")


def test_force_is_needed_where_the_server_wants_peace(daemon, script):
    server = script(lambda self, c, _: c.sendall(answer("", "503 Service Unavailable", ["Retry-After: 3600"])))
    daemon.configure({"shy": {"url": server.url(), "interval": "1h"}}).start()
    daemon.wait_polls("shy")
    assert "wants no poll" in newspool(daemon, "poll", "shy", status=1).stderr
    newspool(daemon, "poll", "--force", "--wait", "shy", status=1)
    assert len(server.requests) == 2


def test_pause_resume_reset(polled, nginx):
    assert newspool(polled, "pause", "good", "bad").stdout == "good: paused\nbad: paused\n"
    assert "paused" in newspool(polled, "poll", "good", status=1).stderr
    assert newspool(polled, "resume", "good").stdout == "good: ok\n"
    newspool(polled, "reset", "good")
    polled.wait_polls("good", 2)
    assert nginx.requests("a.xml")[-1]["status"] == 200
    done = newspool(polled, "pause", "none", "good", status=1)
    assert done.stdout == "good: paused\n" and "no feed none" in done.stderr


def test_reload_says_what_is_new_or_wrong(polled, nginx):
    with open(polled.config, "a", encoding="utf-8") as f:
        f.write(f"\n[feed more]\nurl = {nginx.url('a.xml?more')}\n")
    assert newspool(polled, "reload").stdout == "3 feeds, 1 of them new\n"
    with open(polled.config, "a", encoding="utf-8") as f:
        f.write("\n[feed wrong]\n")
    done = newspool(polled, "reload", "--socket", str(polled.folder / "control.sock"), status=1)
    assert "wrong" in done.stderr and "stays as it was" in done.stderr


def test_held_is_released_through_the_daemon(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"flood": {"url": nginx.url("a.xml"), "interval": "1h", "flood-limit": "3"}}).start()
    daemon.wait_polls("flood")
    nginx.put("a.xml", rss(items("a", 20)))
    newspool(daemon, "poll", "--wait", "flood", status=1)
    number = json.loads(newspool(daemon, "held", "--json").stdout.splitlines()[0])["id"]
    assert newspool(daemon, "held", "--drop", str(number)).stdout == "1 dropped\n"
    assert newspool(daemon, "held", "--release", "flood").stdout == "18 released\n"
    assert len(daemon.spool.articles()) == 19


def test_watch_goes_on_until_the_daemon_goes(polled):
    process = subprocess.Popen([str(BUILD / "newspool"), "status", "--watch", "--json", "--config", str(polled.config)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert json.loads(process.stdout.readline())["healthy"] and json.loads(process.stdout.readline())["healthy"]
        polled.stop()
        assert process.wait(20) == 3
    finally:
        process.kill()


def test_what_publishers_write_cannot_drive_the_terminal(daemon):
    daemon.configure({"odd": {"url": "http://127.0.0.1:1/", "interval": "1h",
                              "title": "a\u202eb\u009b31mred"}}).start()
    daemon.wait_polls("odd")
    out = newspool(daemon, "feeds").stdout + newspool(daemon, "feed", "odd").stdout
    assert "\u202e" not in out and "\u009b" not in out
