"""/healthz: each thing that can stand in the way is provoked, told there, in the metrics, in status and on the page, and over
when it is over."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess

import pytest

from conftest import BUILD, items, rss, wait_for


def ask(daemon, path, *args):
    done = subprocess.run(["curl", "-sS", "-m", "30", "-w", "\n%{http_code}", *args, "--unix-socket",
                           str(daemon.folder / "control.sock"), "http://localhost" + path], capture_output=True, text=True, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def problems(daemon):
    status, body = ask(daemon, "/healthz")
    said = json.loads(body)
    assert (status == 200) == said["healthy"] == (said["problems"] == []) and status in (200, 503)
    return [problem["code"] for problem in said["problems"]]


def metric(daemon, name):
    _, body = ask(daemon, "/metrics")
    return next(float(line.split()[1]) for line in body.splitlines() if line.startswith(f"newspool_{name} "))


def is_told_everywhere(daemon, code):
    """Once /healthz has said it."""
    wait_for(lambda: code in problems(daemon), lambda: code + "\n" + daemon.log()[-3000:])
    assert metric(daemon, "healthy") == 0
    status = json.loads(ask(daemon, "/v1/status")[1])
    said, = [p["message"] for p in status["problems"] if p["code"] == code]
    assert not status["healthy"]
    page = ask(daemon, "/", "-H", "Accept: text/html")[1]
    assert "Something is wrong." in page and f'<p class="problem">{said}' in page
    told = subprocess.run([str(BUILD / "newspool"), "status", "--config", str(daemon.config)], capture_output=True, text=True)
    assert code in told.stdout or said[:20] in told.stdout, told
    doctor = subprocess.run([str(BUILD / "newspool"), "doctor", "--json", "--config", str(daemon.config)], capture_output=True, text=True)
    assert f"it says {code}" in doctor.stdout and doctor.returncode == 1


def is_over(daemon):
    wait_for(lambda: problems(daemon) == [], lambda: f"{problems(daemon)}\n" + daemon.log()[-3000:], 60)
    assert metric(daemon, "healthy") == 1


@pytest.fixture
def healthy(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "one"}}).start()
    daemon.wait_polls("a")
    assert problems(daemon) == [] and metric(daemon, "healthy") == 1
    return daemon


def test_commits_that_fail(healthy, nginx):
    with contextlib.closing(sqlite3.connect(healthy.database, timeout=30, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")  # somebody holds the database, and does not let go
        nginx.put("a.xml", rss(items("a", 6)))
        is_told_everywhere(healthy, "commits-fail")
        assert metric(healthy, "commits_failing") == 1 and len(healthy.spool.articles()) == 3
        db.execute("ROLLBACK")
    is_over(healthy)
    wait_for(lambda: len(healthy.spool.articles()) == 6, healthy.log)
    assert metric(healthy, "commits_failing") == 0


def test_moves_that_fail(healthy, nginx):
    aside = healthy.spool_path / "tags.aside"
    (healthy.spool_path / "tags").rename(aside)
    (healthy.spool_path / "tags").write_text("in the way")
    nginx.put("a.xml", rss(items("a", 6)))
    is_told_everywhere(healthy, "moves-fail")
    assert metric(healthy, "moves_failing") == 1
    (healthy.spool_path / "tags").unlink()
    aside.rename(healthy.spool_path / "tags")
    is_over(healthy)
    wait_for(lambda: len(healthy.spool.tag("one")) == 6, healthy.log)


def test_a_spool_without_room(healthy):
    right = healthy.config.read_text()
    healthy.config.write_text(right.replace("[spool]\n", "[spool]\nmin-free = 100000T\n"))
    healthy.reload()
    is_told_everywhere(healthy, "no-space")
    assert metric(healthy, "spool_low_space") == 1
    healthy.config.write_text(right)
    healthy.reload()
    is_over(healthy)


def test_a_spool_that_is_gone(healthy):
    away = healthy.spool_path.with_name("away")
    healthy.spool_path.rename(away)
    is_told_everywhere(healthy, "spool-gone")
    away.rename(healthy.spool_path)
    is_over(healthy)


def test_a_database_that_is_gone(healthy):
    away = healthy.folder / "away.db"
    healthy.database.rename(away)
    wait_for(lambda: "database-gone" in problems(healthy), healthy.log)
    away.rename(healthy.database)
    is_over(healthy)


def test_no_fetcher_runs(healthy):
    def is_without():
        for pid in healthy.fetchers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return "no-fetchers" in problems(healthy)

    wait_for(is_without, healthy.log)
    assert metric(healthy, "fetcher_restarts_total") >= 1
    is_over(healthy)
    assert metric(healthy, "fetchers_running") == 2


def test_a_schedule_that_is_behind(daemon, script):
    """Due for ten minutes, and all connections wait for a server that says nothing."""
    silent = script(lambda server, connection, request: server.closing.wait(60))
    feeds = {f"f{i:02}": {"url": silent.url(f"{i}"), "interval": "1h"} for i in range(60)}
    daemon.configure(feeds, daemon="max-connections = 2").start()
    wait_for(lambda: len(silent.requests) >= 1, daemon.log)
    assert "behind" not in problems(daemon)
    daemon.stop()
    with contextlib.closing(sqlite3.connect(daemon.database)) as db, db:
        db.execute("UPDATE feeds SET next_poll = next_poll - 600000")
    daemon.start()
    is_told_everywhere(daemon, "behind")
    assert metric(daemon, "overdue_seconds") > 300 and metric(daemon, "feeds_overdue") > 10
    with contextlib.closing(sqlite3.connect(daemon.database, timeout=30)) as db, db:
        db.execute("UPDATE feeds SET next_poll = next_poll + 86400000")
    is_over(daemon)
