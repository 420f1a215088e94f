"""newspool deliver: to an LMTP server, to a sendmail, and what Python's email package thinks of the messages."""
import contextlib
import email
import email.policy
import json
import os
import pathlib
import random
import re
import signal
import socketserver
import subprocess
import threading
import time

import pytest

from conftest import BUILD, WAIT, items, rss, wait_for

TO = "reader@example.org"
OK, USAGE, DATAERR, NOINPUT, UNAVAILABLE, TEMPFAIL, CONFIG = 0, 64, 65, 66, 69, 75, 78


class Lmtp:
    """A server whose answers a test can change: answers[VERB] is a list that is used up, then the good one."""

    def __init__(self, path=None):
        self.messages, self.commands, self.answers = [], [], {}
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = WAIT

            def handle(self):
                outer.serve(self)

        if path:
            self.server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
            self.place = str(path)
        else:
            self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
            self.place = f"127.0.0.1:{self.server.server_address[1]}"
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, verb, good):
        queue = self.answers.get(verb)
        return queue.pop(0) if queue else good

    def serve(self, handler):
        def say(text):
            handler.wfile.write(text.encode() + b"\r\n")

        say(self.answer("CONNECT", "220-hello\r\n220 there"))
        to = []
        for line in handler.rfile:
            assert line.endswith(b"\r\n") and len(line) <= 1000
            command = line.decode("ascii").rstrip("\r\n")
            verb = command.split()[0].upper()
            self.commands.append(command)
            if verb == "DATA":
                say(self.answer("DATA", "354 go on"))
                data = []
                for text in handler.rfile:
                    assert text.endswith(b"\r\n") and len(text) <= 1000
                    if text == b".\r\n":
                        break
                    data.append(text[1:] if text.startswith(b".") else text)
                for recipient in to:
                    result = self.answer("END", "250 taken")
                    say(result)
                    if result.startswith("2"):
                        self.messages.append((recipient, b"".join(data).replace(b"\r\n", b"\n")))
                to = []
            elif verb == "QUIT":
                with contextlib.suppress(OSError):  # the client need not wait for it
                    say("221 bye")
                return
            else:
                result = self.answer(verb, "250-ok\r\n250 8BITMIME" if verb == "LHLO" else "250 ok")
                if result == "CLOSE":
                    return
                say(result)
                if verb == "RCPT" and result.startswith("2"):
                    to.append(command.split("<")[1].rstrip(">"))
                if verb in ("RSET", "MAIL"):
                    to = []

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def lmtp():
    server = Lmtp()
    yield server
    server.close()


def deliver(daemon, *args, status=OK, stdin=None):
    run = subprocess.run([str(BUILD / "newspool"), "deliver", "--config", str(daemon.config), *args],
                         capture_output=True, timeout=60, input=stdin, check=False)
    assert run.returncode == status, (run.returncode, run.stderr)
    return run


@pytest.fixture
def spooled(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 5)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "x"}},
                     extra="[queue json]\ntags = *\n[queue mail]\ntags = *\nformat = rfc5322\n").start()
    daemon.wait_polls("a")
    daemon.stop()
    return daemon


def in_queue(daemon, name="mail"):
    folder = daemon.spool_path / "queues" / name
    return sorted(f.name[:16] for part in ("new", "cur") for f in (folder / part).iterdir())


def test_both_kinds_of_queues_give_the_same_messages_in_order(spooled, lmtp):
    files = [f.read_bytes() for f in sorted((spooled.spool_path / "queues/mail/new").iterdir())]
    for queue in ("json", "mail"):
        deliver(spooled, "--lmtp", lmtp.place, "--to", TO, "--queue", queue)
        assert [m for _, m in lmtp.messages] == files
        assert in_queue(spooled, queue) == []
        lmtp.messages.clear()
    assert lmtp.commands[1:4] == ["MAIL FROM:<>", f"RCPT TO:<{TO}>", "DATA"]
    # The last one's QUIT may be read after it has ended: it waits for no answer.
    wait_for(lambda: lmtp.commands.count("QUIT") == 2, lambda: lmtp.commands)
    assert lmtp.commands.count("DATA") == 10


def test_socket_file_recipients_and_sender(spooled, tmp_path):
    server = Lmtp(tmp_path / "lmtp.sock")
    deliver(spooled, "--lmtp", server.place, "--to", TO, "--to", "other@example.org", "--from", "news@example.org", "1", "3")
    server.close()
    assert [to for to, _ in server.messages] == [TO, "other@example.org"] * 2
    assert server.commands[1] == "MAIL FROM:<news@example.org>"
    assert [email.message_from_bytes(m)["Subject"] for _, m in server.messages[::2]] == ["Title a 5", "Title a 3"]


@pytest.mark.parametrize("verb, answer, status, delivered, commands", [
    ("RCPT", "451 later", TEMPFAIL, 0, 1),
    ("RCPT", "550 nobody", UNAVAILABLE, 4, 5),
    ("MAIL", "421 busy", TEMPFAIL, 0, 1),
    ("END", "452 full", TEMPFAIL, 0, 1),
    ("END", "554 no", UNAVAILABLE, 4, 5),
    ("CONNECT", "421 not now", TEMPFAIL, 0, 0),
    ("CONNECT", "550 never", UNAVAILABLE, 4, 4),
    ("RCPT", "CLOSE", TEMPFAIL, 0, 1),
    ("LHLO", "x" * 5000, TEMPFAIL, 0, 0),
    ("LHLO", "250-more\r\n" * 500 + "250 end", TEMPFAIL, 0, 0),
    ("MAIL", "two fifty", TEMPFAIL, 0, 1),
], ids=["recipient-later", "no-recipient", "sender-later", "message-later", "no-message", "connection-later", "no-connection",
        "closed", "long-line", "many-lines", "no-answer"])
def test_what_is_not_taken_stays_in_the_queue(spooled, lmtp, verb, answer, status, delivered, commands):
    lmtp.answers[verb] = [answer]
    run = deliver(spooled, "--lmtp", lmtp.place, "--to", TO, "--queue", "mail", status=status)
    assert run.stderr and len(run.stderr) < 5000 and len(lmtp.messages) == delivered
    assert len(in_queue(spooled)) == 5 - delivered
    assert sum(c.startswith("MAIL") for c in lmtp.commands) == commands
    assert list((spooled.spool_path / "queues/mail/cur").iterdir()) == []
    deliver(spooled, "--lmtp", lmtp.place, "--to", TO, "--queue", "mail")
    assert sorted(email.message_from_bytes(m)["Subject"] for _, m in lmtp.messages) == [f"Title a {i}" for i in range(1, 6)]


def test_cursor_goes_on_where_it_stopped(spooled, lmtp):
    lmtp.answers["RCPT"] = ["250 ok", "250 ok", "450 later"]
    deliver(spooled, "--lmtp", lmtp.place, "--to", TO, "--cursor", "mailer", status=TEMPFAIL)
    assert len(lmtp.messages) == 2
    deliver(spooled, "--lmtp", lmtp.place, "--to", TO, "--cursor", "mailer")
    deliver(spooled, "--lmtp", lmtp.place, "--to", TO, "--cursor", "mailer")
    assert [email.message_from_bytes(m)["Subject"] for _, m in lmtp.messages] == [f"Title a {i}" for i in range(5, 0, -1)]
    deliver(spooled, "--lmtp", lmtp.place, "--to", TO, "--cursor", "tagged", "--tag", "nothing")
    deliver(spooled, "--lmtp", lmtp.place, "--to", TO, "--cursor", "tagged2", "--tag", "x")
    assert len(lmtp.messages) == 10


def sendmail(tmp_path, script):
    file = tmp_path / "sendmail"
    file.write_text("#!/bin/sh\n" + script)
    file.chmod(0o755)
    return f"'{file}' -odi \"a b\""


def test_sendmail_gets_message_and_recipients(spooled, tmp_path):
    command = sendmail(tmp_path, f'printf "%s\\n" "$@" >{tmp_path}/args; cat >>{tmp_path}/mail\n')
    deliver(spooled, "--sendmail", command, "--to", TO, "--from", "news@example.org", "--queue", "mail")
    assert (tmp_path / "args").read_text().splitlines() == ["-odi", "a b", "-i", "-f", "news@example.org", "--", TO]
    assert (tmp_path / "mail").read_text().count("Message-ID:") == 5
    assert in_queue(spooled) == []


@pytest.mark.parametrize("script, status, left", [("exit 75\n", TEMPFAIL, 5), ("exit 67\n", UNAVAILABLE, 5),
                                                  ("kill -9 $$\n", TEMPFAIL, 5), ("exit 0\n", OK, 0)],
                         ids=["later", "never", "killed", "taken"])
def test_sendmails_status_counts(spooled, tmp_path, script, status, left):
    deliver(spooled, "--sendmail", sendmail(tmp_path, script), "--to", TO, "--queue", "mail", status=status)
    assert len(in_queue(spooled)) == left


def test_what_is_wrong_has_the_status_of_sysexits(spooled):
    config = ("--lmtp", "127.0.0.1:1", "--to", TO)
    for args in ([], ["--print"], ["--print", "--queue", "json", "1"], ["--lmtp", "x", "1"], ["--nothing"],
                 ["--lmtp", "x", "--to", "a b", "1"], ["--lmtp", "x", "--to", TO, "--from", "a\nb@c", "1"],
                 ["--print", "--tag", "x", "1"], ["--sendmail", "'x", "--to", TO, "1"]):
        deliver(spooled, *args, status=USAGE)
    deliver(spooled, *config, "99", status=NOINPUT)
    deliver(spooled, *config, "nonsense", status=NOINPUT)
    deliver(spooled, *config, "--queue", "nothing", status=NOINPUT)
    deliver(spooled, *config, "1", status=TEMPFAIL)
    deliver(spooled, "--sendmail", "/nonexistent/sendmail", "--to", TO, "1", status=TEMPFAIL)
    deliver(spooled, "--print", "-", stdin=b"{}\n", status=DATAERR)
    spooled.config.write_text("nonsense\n")
    deliver(spooled, "--print", "1", status=CONFIG)


def test_killed_in_the_middle_delivers_again_and_loses_nothing(spooled, tmp_path):
    command = sendmail(tmp_path, f'cat >>{tmp_path}/mail; echo >>{tmp_path}/n; [ $(wc -l <{tmp_path}/n) = 3 ] && '
                                 f'{{ touch {tmp_path}/third; exec sleep 60; }}; exit 0\n')
    process = subprocess.Popen([str(BUILD / "newspool"), "deliver", "--config", str(spooled.config), "--sendmail", command,
                                "--to", TO, "--queue", "mail"])
    wait_for((tmp_path / "third").exists, "third message")
    process.kill()
    process.wait()
    assert len(in_queue(spooled)) == 3
    cur = spooled.spool_path / "queues/mail/cur"
    deliver(spooled, "--sendmail", command, "--to", TO, "--queue", "mail")
    left, = cur.iterdir()  # it may be another's who is slow
    left.rename(cur / ",".join([left.name.split(",")[0], str(int(time.time()) - 601), "gone"]))
    deliver(spooled, "--sendmail", command, "--to", TO, "--queue", "mail")
    assert in_queue(spooled) == []
    subjects = re.findall(r"^Subject: (.*)$", (tmp_path / "mail").read_text(), re.M)
    assert sorted(subjects) == sorted([f"Title a {i}" for i in range(1, 6)] + ["Title a 3"])


@pytest.mark.parametrize("queue", ("json", "mail"))
def test_what_is_printed_to_nobody_stays(spooled, queue):
    command = [str(BUILD / "newspool"), "deliver", "--config", str(spooled.config), "--print", "--queue", queue]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode != 0 and b"write failed" in done.stderr and len(in_queue(spooled, queue)) == 5
    for restore in (True, False):  # with SIGPIPE as it is by default, and ignored, as under systemd
        read, write = os.pipe()
        os.close(read)
        process = subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE, restore_signals=restore,
                                   preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL if restore else signal.SIG_IGN))
        os.close(write)
        assert process.communicate(timeout=60)[1] == b"" and process.returncode in (-signal.SIGPIPE, 141)
        assert len(in_queue(spooled, queue)) == 5
        for file in (spooled.spool_path / "queues" / queue / "cur").iterdir():
            file.rename(file.parent.parent / "new" / file.name.split(",")[0])
    assert deliver(spooled, "--print", "--queue", queue).stdout.count(b"\nMessage-ID: ") == 5 and in_queue(spooled, queue) == []


def test_a_cursor_passes_what_is_no_record_and_says_so(spooled, lmtp):
    second, = spooled.spool_path.glob("articles/*/0000000000000002-*")
    second.chmod(0o640)
    second.write_text("broken\n")
    run = deliver(spooled, "--lmtp", lmtp.place, "--to", TO, "--cursor", "mailer", status=DATAERR)
    assert b"0000000000000002" in run.stderr and b"not a record" in run.stderr and len(lmtp.messages) == 4
    deliver(spooled, "--lmtp", lmtp.place, "--to", TO, "--cursor", "mailer")
    assert len(lmtp.messages) == 4


NASTY = ["", "plain", "ünïcödé wörds", "日本語", "жизнь", "\r\nBcc: evil@example.org", "\n\n.\n", "=?UTF-8?B?eA==?=", '"quoted"',
         "a\\b", "<x@y>", "From me", "  ", "\t", "e\u0301", "\U0001f600" * 30, "x" * 500, "\u2028", "\u0085", "\u202e", "--=_0",
         ",;:", "(comment)", "=", "\ufffd", "a" * 75 + " " + "b" * 76, "&<>\"'"]


def nasty(rng, most=6):
    return "".join(rng.choice(NASTY) + rng.choice(["", " ", " word "]) for _ in range(rng.randint(0, most)))


def record(rng, seq):
    meta = {"schema": 1, "seq": seq, "content_hash": "sha256:" + rng.randbytes(32).hex(),
            "feed": {"name": rng.choice(["feed", "лента", "a" * 64]), "title": nasty(rng)}, "fetched_at": "2026-11-23T18:00:00Z"}
    made = {"url": rng.choice(["https://example.org/" + "x" * rng.choice([3, 60, 890, 2000]), nasty(rng)]), "title": nasty(rng),
            "content_text": nasty(rng, 40), "content_html": "<p>" + nasty(rng, 40) + "</p>", "language": nasty(rng, 1),
            "tags": [nasty(rng) for _ in range(rng.randint(0, 9))], "authors": [{"name": nasty(rng), "url": rng.choice(
                ["mailto:a@example.org", "mailto:a@b>,<c@d", "https://x/", nasty(rng)])} for _ in range(rng.randint(0, 3))],
            "_newspool": meta}
    return {k: v for k, v in made.items() if v}


def folded(text):
    """As a header can hold a text: controls and white space, whatever their kind, are one blank."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u200b\ufeff]+", " ", text).strip()


def test_python_reads_every_message_as_it_was_meant(daemon):
    daemon.configure({})
    (daemon.spool_path / "articles").mkdir()
    rng = random.Random(6)
    records = [record(rng, i) for i in range(1, 401)]
    lines = "".join(json.dumps(r) + "\n" for r in records)
    out = deliver(daemon, "--print", "-", stdin=lines.encode()).stdout
    assert out.isascii() and b"\r" not in out and out.decode("ascii").isprintable() is False
    messages = re.findall(rb"Date: .*?\n--=_[0-9a-f]{16}--\n", out, re.S)
    assert b"".join(messages) == out and len(messages) == len(records)
    allowed = {"Date", "From", "Subject", "Message-ID", "Keywords", "List-Id", "Archived-At", "Content-Location",
               "Content-Language", "Auto-Submitted", "X-Newspool-Seq", "MIME-Version", "Content-Type"}
    for made, data in zip(records, messages):
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert all(len(line) <= 998 for line in data.split(b"\n"))
        assert not message.defects and set(message.keys()) <= allowed and len(message.keys()) == len(set(message.keys()))
        assert len(message["From"].addresses) == 1 and not message["From"].defects
        address = message["From"].addresses[0].addr_spec
        assert address == "a@example.org" or address.endswith("@newspool.invalid")
        if made.get("title") and len(made["title"].encode()) <= 1000:
            assert str(message["Subject"]) == folded(made["title"])
        assert message["Message-ID"] == f"<{made['_newspool']['content_hash'][7:39]}@newspool.invalid>"
        assert message.get_content_type() == "multipart/alternative"
        text, html = message.iter_parts()
        assert [p.get_content_type() for p in (text, html)] == ["text/plain", "text/html"]
        assert not text.defects and not html.defects
        if "content_text" in made:
            assert made["content_text"].replace("\r", "") in text.get_content().replace("\r", "")
        if "content_html" in made:
            assert made["content_html"].replace("\r", "") in html.get_content().replace("\r", "")
