"""What bad input gets: a clear error, and nothing lost."""
import hashlib
import os
import sqlite3
import subprocess

import pytest

from conftest import BUILD, answer, items, rss, wait_for


def run(daemon, *args, user=None):
    command = daemon.command(*args)
    if user and os.getuid() == 0:
        command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=daemon.folder)


def expect_refused(daemon, status, *words, user=None):
    done = run(daemon, user=user)
    assert done.returncode == status, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    return done.stderr


@pytest.mark.parametrize("line, words", [
    ("intervall = 5m", ["intervall"]),
    ("interval = soon", ["interval", "soon"]),
    ("url = ftp://example.org/feed", ["url"]),
    ("timeout = -3s", ["timeout"]),
])
def test_configuration_error_names_file_line_key_and_reason(daemon, line, words):
    daemon.configure({})
    text = daemon.config.read_text() + "\n[feed x]\nurl = http://127.0.0.1/x\n" + line + "\n"
    daemon.config.write_text(text)
    number = text[:text.rindex(line)].count("\n") + 1
    for args in ((), ("--check",)):
        done = run(daemon, *args)
        assert done.returncode == 2
        assert f"{daemon.config}:{number}:" in done.stderr
        for word in words:
            assert word in done.stderr
    assert not daemon.database.exists()
    assert list(daemon.spool_path.iterdir()) == []


def test_duplicate_feed_is_an_error(daemon):
    daemon.configure({"x": "http://127.0.0.1/x"})
    with open(daemon.config, "a") as f:
        f.write("\n[feed x]\nurl = http://127.0.0.1/y\n")
    expect_refused(daemon, 2, "x")


def test_missing_configuration_file(daemon):
    daemon.config.unlink(missing_ok=True)
    expect_refused(daemon, 2, str(daemon.config))


def test_check_accepts_a_good_configuration(daemon):
    daemon.configure({"x": "http://127.0.0.1/x"})
    assert run(daemon, "--check").returncode == 0


def test_missing_spool_is_refused(daemon):
    daemon.configure({"x": "http://127.0.0.1/x"})
    daemon.spool_path.rmdir()
    expect_refused(daemon, 1, str(daemon.spool_path))


def test_spool_that_is_not_writable_is_refused(daemon, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    if os.getuid() == 0:
        os.chown(state, 65534, 65534)
    daemon.database = state / "state.db"
    daemon.configure({"x": "http://127.0.0.1/x"})
    for folder in (tmp_path, *tmp_path.parents):  # let another account come this far
        if os.access(folder, os.W_OK) and folder.owner() == tmp_path.owner() and len(folder.parts) > 2:
            folder.chmod(0o755)
    if os.getuid() != 0:
        daemon.spool_path.chmod(0o555)
    expect_refused(daemon, 1, str(daemon.spool_path), user=65534)


def test_missing_state_directory_is_refused(daemon, tmp_path):
    daemon.database = tmp_path / "nowhere" / "state.db"
    daemon.configure({"x": "http://127.0.0.1/x"})
    expect_refused(daemon, 1, "nowhere")


def test_second_daemon_on_the_same_state_is_refused(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    expect_refused(daemon, 1, "another")
    daemon.more_polls("a")


def test_database_of_a_newer_version_is_refused_untouched(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    daemon.stop()
    with sqlite3.connect(daemon.database) as db:
        db.execute("PRAGMA user_version = 4711")
    db.close()
    before = hashlib.sha256(daemon.database.read_bytes()).hexdigest()
    expect_refused(daemon, 1, "newer")
    assert hashlib.sha256(daemon.database.read_bytes()).hexdigest() == before


def test_file_that_is_no_database_is_refused_untouched(daemon):
    daemon.configure({"x": "http://127.0.0.1/x"})
    daemon.database.write_text("this is a text that somebody wrote\n" * 100)
    expect_refused(daemon, 1, "state.db")
    assert daemon.database.read_text().startswith("this is a text")


@pytest.mark.parametrize("body, kind, word", [
    ("<!DOCTYPE html><html><head><title>Sign in</title></head><body>x</body></html>", "text/html", "Sign in"),
    ("", "application/rss+xml", "empty"),
    ("{\"hello\": 1}", "application/json", ""),
    ("\x00\x01\x02 garbage", "application/octet-stream", ""),
    ("<?xml version='1.0'?><opml><body/></opml>", "text/xml", "opml"),
])
def test_what_is_no_feed_fails_alone_and_leaves_no_validators(daemon, nginx, script, body, kind, word):
    server = script(lambda s, c, r: c.sendall(
        answer(body, headers=(f"Content-Type: {kind}", 'ETag: "bad"'))))
    nginx.put("good.xml", rss(items("good", 3)))
    daemon.configure({"bad": server.url(), "good": nginx.url("good.xml")}).start()
    polls = daemon.wait_polls("bad", 2)
    daemon.wait_polls("good", 2)
    assert all(p["good"] == "no" and p["reason"] for p in polls)
    assert word in polls[0]["reason"]
    assert len(daemon.spool.articles()) == 3
    assert b"If-None-Match" not in b"".join(server.requests)
    with sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True) as db:
        reason, = [row[0] for row in db.execute("SELECT reason FROM feeds WHERE name = 'bad'")]
    assert reason


def test_truncated_body_fails_and_the_next_poll_brings_it(daemon, script):
    body = rss(items("t", 4)).encode()

    def handler(server, connection, request):
        if len(server.requests) == 1:
            connection.sendall(f'HTTP/1.1 200 OK\r\nETag: "t"\r\nContent-Length: {len(body)}\r\n\r\n'.encode()
                               + body[:-200])
        else:
            connection.sendall(answer(body, headers=('ETag: "t"',)))

    server = script(handler)
    daemon.configure({"t": server.url()}).start()
    polls = daemon.wait_polls("t", 2)
    assert polls[0]["good"] == "no" and polls[1]["good"] == "yes"
    assert b"If-None-Match" not in server.requests[1]
    assert len(daemon.spool.articles()) == 4


def test_private_addresses_are_refused_by_default(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "allow-private": "no"}}).start()
    poll = daemon.wait_polls("a")[0]
    assert poll["good"] == "no" and "allow-private" in poll["reason"]
    assert nginx.requests() == [] and daemon.spool.articles() == {}


def test_body_above_the_cap_is_refused(daemon, nginx):
    nginx.put("big.xml", rss(items("big", 3000)))
    nginx.put("ok.xml", rss(items("ok", 2)))
    daemon.configure({"big": {"url": nginx.url("big.xml"), "max-body": "100K"},
                      "ok": nginx.url("ok.xml")}).start()
    poll = daemon.wait_polls("big")[0]
    daemon.wait_polls("ok")
    assert poll["good"] == "no" and poll["result"] == "too-large"
    assert len(daemon.spool.articles()) == 2


def test_full_disk_is_reported_and_polling_resumes_by_itself(daemon, nginx, tmp_path):
    """A spool on a small file system of its own; needs root to mount it."""
    if os.getuid() != 0:
        pytest.skip("needs root to mount a small file system")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k,mode=0750", "tmpfs", str(daemon.spool_path)], check=True)
    try:
        ballast = daemon.spool_path / "ballast"
        ballast.write_bytes(b"x" * 560 * 1024)
        nginx.put("a.xml", rss(items("a", 40)))
        daemon.configure({"a": nginx.url("a.xml")}, extra="").config.write_text(
            daemon.config.read_text().replace("[spool]\n", "[spool]\nmin-free = 0%\n"))
        daemon.start()
        wait_for(lambda: "space" in daemon.log().lower(), daemon.log)
        assert daemon.spool.articles() == {} and not daemon.ended()
        ballast.unlink()
        wait_for(lambda: len(daemon.spool.articles()) == 40, daemon.log)
        daemon.more_polls("a")
        assert len(daemon.spool.articles()) == 40
        daemon.stop()
    finally:
        daemon.close()
        subprocess.run(["umount", "-l", str(daemon.spool_path)], check=True)


def test_tool_and_daemon_explain_themselves():
    for program in ("newspool", "newspoold"):
        for option, word in (("--help", "Usage"), ("--version", program)):
            done = subprocess.run([BUILD / program, option], capture_output=True, text=True, timeout=30)
            assert done.returncode == 0 and word.lower() in done.stdout.lower()
    done = subprocess.run([BUILD / "newspool", "no-such-command"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and "no-such-command" in done.stderr
