"""The running daemon under strace: killed at, or failed in, file-system calls of its keeper while it starts and polls.

tests/crash has every step of the same through tables of its own; here it is the kernel's calls, those of
libraries and those that no table sees among them. A sample of each kind of call; NEWSPOOL_STRACE=all
takes every one. Skipped where strace is missing or may not trace.
"""
import collections
import os
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, Daemon, items, rss, wait_for

CALLS = ("openat write pwrite64 fsync fdatasync syncfs linkat renameat2 rename unlink unlinkat mkdirat mkdir "
         "ftruncate fchmod fstat close").split()
ERRORS = {"openat": "EMFILE", "linkat": "EDQUOT", "renameat2": "EIO", "mkdirat": "EROFS", "unlinkat": "EACCES",
          "write": "ENOSPC", "pwrite64": "ENOSPC", "fsync": "EIO", "fdatasync": "EIO", "syncfs": "EIO"}
KILLS_A_CALL, ERRORS_A_CALL = 3, 2
ARTICLES = 10  # more than are flushed one by one


@pytest.fixture(scope="module")
def may_trace():
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    trial = subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", "inject=getcwd:error=EIO", "true"],
                           capture_output=True, text=True)
    if trial.returncode != 0:
        pytest.skip("strace may not trace here: " + trial.stderr.strip())


class Traced(Daemon):
    """A daemon whose keeper is traced from its start, as `how` says; the fetchers are not."""

    how = ()

    def command(self, *args):
        tracer = ["strace", "-D", "-qq", "-y", "-o", str(self.folder / "trace"), "-e",
                  "trace=" + ",".join(CALLS), *self.how] if self.how is not None else []
        return [*tracer, *super().command(*args)]


def make(folder, nginx):
    folder.mkdir()
    daemon = Traced(folder)
    return daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "x, y"}}, extra="[queue q]\ntags = *\n")


def touched(daemon):
    """How often each call was about the spool or the database, and when: {call: [ordinal]}."""
    seen, found = collections.Counter(), collections.defaultdict(list)
    for line in (daemon.folder / "trace").read_text(errors="replace").splitlines():
        call = re.match(r"([a-z0-9_]+)\(", line)
        if not call:
            continue
        seen[call[1]] += 1
        if str(daemon.spool_path) in line or str(daemon.database) in line or f"<{daemon.spool_path}" in line:
            found[call[1]].append(seen[call[1]])
    return found


def some(ordinals, n):
    """n of a list, evenly, with the first and the last; or all."""
    if os.environ.get("NEWSPOOL_STRACE") == "all" or len(ordinals) <= n:
        return ordinals
    return [ordinals[i * (len(ordinals) - 1) // (n - 1)] for i in range(n)]


def polled(daemon):
    return any(poll.get("good") == "yes" for poll in daemon.polls("a"))


def finish(daemon):
    """Polls and stops; a call that was to be the last one may come as late as here."""
    wait_for(lambda: daemon.ended() or polled(daemon), daemon.log)
    return not daemon.ended() and daemon.stop()[0] == 0


def check(daemon, expected):
    """A daemon that nobody traces finishes what is left; then all is counted."""
    if not finish(daemon):
        daemon.how = None
        daemon.start()
        assert finish(daemon), daemon.log()
    articles = daemon.spool.articles()
    assert sorted(a["title"] for a in articles.values()) == expected
    for where in (daemon.spool.tag("x"), daemon.spool.tag("y"), daemon.spool.queue("q")):
        assert where == sorted(articles)
    assert daemon.spool.staged() == []


@pytest.fixture
def calls(may_trace, monkeypatch, tmp_path, nginx):
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
    nginx.put("a.xml", rss(items("a", ARTICLES)))
    daemon = make(tmp_path / "reference", nginx)
    daemon.start()
    wait_for(lambda: polled(daemon), daemon.log)
    assert daemon.stop()[0] == 0
    found = touched(daemon)
    assert {"openat", "write", "pwrite64", "linkat", "renameat2", "mkdirat", "syncfs"} <= set(found)
    return found


def expected():
    return sorted(title for _, title, _ in items("a", ARTICLES))


def test_killed_at_a_call_everything_is_delivered_once(calls, tmp_path, nginx, capsys):
    n = collections.Counter()
    for call, ordinals in sorted(calls.items()):
        for ordinal in some(ordinals, KILLS_A_CALL):
            daemon = make(tmp_path / f"{call}-{ordinal}", nginx)
            daemon.how = ("-e", f"inject={call}:signal=KILL:when={ordinal}")
            daemon.start(ready=False)
            try:
                check(daemon, expected())
                n[call] += daemon.how is None
            finally:
                daemon.close()
    with capsys.disabled():
        print(" killed at " + ", ".join(f"{count} {call}" for call, count in sorted(n.items())), end=" ")
    assert sum(n.values()) > 2 * len(calls)


def test_failed_in_a_call_everything_is_delivered_once(calls, tmp_path, nginx, capsys):
    n = collections.Counter()
    for call, error in sorted(ERRORS.items()):
        for ordinal in some(calls.get(call, []), ERRORS_A_CALL):
            daemon = make(tmp_path / f"{call}-{ordinal}", nginx)
            daemon.how = ("-e", f"inject={call}:error={error}:when={ordinal}")
            daemon.start(ready=False)
            try:
                check(daemon, expected())
                n[f"{call} {error}"] += "INJECTED" in (daemon.folder / "trace").read_text(errors="replace")
            finally:
                daemon.close()
    with capsys.disabled():
        print(" failed in " + ", ".join(f"{count} {call}" for call, count in sorted(n.items())), end=" ")
    assert sum(n.values()) >= len(n)
