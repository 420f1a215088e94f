"""newspool's commands that read, on spools that are made here: filters, formats, cursors, signals, terminals."""
import contextlib
import email
import email.policy
import fcntl
import json
import mailbox
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import sqlite3
import struct
import subprocess
import tempfile
import termios
import time
import unicodedata
from xml.etree import ElementTree

import pytest

from conftest import BUILD, TOP, wait_for

TOOL = str(BUILD / "newspool")
DAY = "2026-11-22"
ENV = {k: v for k, v in os.environ.items() if k not in ("NEWSPOOL_CONFIG", "COLUMNS", "NO_COLOR", "PAGER")}
ENV.update(ASAN_OPTIONS="detect_leaks=0", LC_ALL="C.UTF-8")


class Made:
    """A spool; deliver() does as the daemon does."""

    def __init__(self, path):
        self.path = path
        for folder in ("articles", "tags", "tmp", "cursors"):
            (path / folder).mkdir(parents=True)

    def deliver(self, seq, title=None, tags=(), day=DAY, feed="sample", newspool=(), **members):
        name = f"{seq:016d}-{seq:016x}.json"
        record = {"id": f"tag:{seq}", "title": title or f"Title {seq}", "url": f"https://example.org/{seq}",
                  "tags": list(tags), **members,
                  "_newspool": {"schema": 1, "seq": seq, "content_hash": "sha256:" + f"{seq:064x}",
                                "feed": {"name": feed, "title": "Sample News", "url": "https://example.org/feed"},
                                "fetched_at": f"{day}T06:00:{seq % 60:02d}Z", **dict(newspool)}}
        new = self.path / "tmp" / name
        new.write_text(json.dumps({k: v for k, v in record.items() if v not in ([], None)}, ensure_ascii=False) + "\n")
        for n, tag in enumerate(tags):
            os.link(new, f"{new}.{n}")
        for n, folder in [(-1, f"articles/{day}"), *((n, f"tags/{tag}/{day}") for n, tag in enumerate(tags))]:
            (self.path / folder).mkdir(parents=True, exist_ok=True)
            os.rename(new if n < 0 else f"{new}.{n}", self.path / folder / name)
        return f"articles/{day}/{name}"

    def command(self, *args):
        return [TOOL, args[0], "--spool", str(self.path), *map(str, args[1:])]

    def run(self, *args, status=0, **env):
        done = subprocess.run(self.command(*args), capture_output=True, timeout=60, env={**ENV, **env},
                              stdin=subprocess.DEVNULL, encoding="utf-8", errors="strict")
        assert done.returncode == status, (done.stdout[-2000:], done.stderr)
        self.errors = done.stderr
        return done.stdout

    def seqs(self, *args, **kwargs):
        return [json.loads(line)["_newspool"]["seq"] for line in self.run(*args, "--json", **kwargs).splitlines()]

    def start(self, *args, **kwargs):
        """With an interrupt that is heard: a shell's background job, as the tests may be, would hand down that it is not."""
        kwargs.setdefault("preexec_fn", lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        return subprocess.Popen(self.command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                env=ENV, **kwargs)

    def cursor(self, name):
        path = self.path / "cursors" / name
        return int(path.read_text()) if path.exists() else None


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path / "spool")


@pytest.fixture
def news(made):
    made.deliver(1, "Zinsen steigen", ["stock-news"], language="de-AT", feed="wien")
    made.deliver(2, "Interest  rates rise", ["stock-news", "economy"], language="en", content_text="Banks\nfollow")
    made.deliver(3, "Chips get cheaper", ["technology-news"], language="en-GB", summary="ПРОЦЕССОРЫ and more")
    made.deliver(4, "No language", ["technology-news"], day="2026-11-23")
    made.deliver(5, "Straße", ["technology-news"], day="2026-11-23", language="de", feed="wien")
    return made


@pytest.mark.parametrize("args, expected", [
    ((), [1, 2, 3, 4, 5]),
    (("--tag", "technology-news"), [3, 4, 5]),
    (("--tag", "Technology News"), [3, 4, 5]),
    (("--feed", "wien"), [1, 5]),
    (("--feed", "wie"), []),
    (("--language", "de"), [1, 5]),
    (("--language", "EN"), [2, 3]),
    (("--language", "en-GB"), [3]),
    (("--language", "d"), []),
    (("--text", "interest rates"), [2]),
    (("--text", " INTEREST   Rates "), [2]),
    (("--text", "banks follow"), [2]),
    (("--text", "процессоры"), [3]),
    (("--text", "cheaper rates"), []),
    (("--since", "3"), [4, 5]),
    (("--tag", "technology-news", "--language", "en", "--since", "0"), [3]),
    (("--tag", "technology-news", "--feed", "wien", "--text", "stra"), [5]),
])
def test_filters_are_the_same_for_every_command(news, args, expected):
    rows = [json.loads(line)["seq"] for line in news.run("ls", "--json", *args).splitlines()]
    assert rows == expected
    assert news.seqs("tail", "-n", "100", *args) == expected


def test_paths_alone_are_listed_without_reading(news):
    lines = [json.loads(line)["path"] for line in news.run("ls", "--json", "--tag", "technology-news").splitlines()]
    assert news.run("ls", "--format", "path", "--tag", "technology-news").splitlines() == lines
    assert news.run("ls", "--format", "path", "--feed", "wien", "--since", "1").splitlines() == [
        json.loads(line)["path"] for line in news.run("ls", "--json", "--feed", "wien", "--since", "1").splitlines()]
    broken, = news.path.glob("articles/2026-11-23/0000000000000004-*")
    broken.write_text("")
    assert len(news.run("ls", "--format", "path").splitlines()) == 5 and news.errors == ""
    assert len(news.run("ls", "--format", "path", "--limit", "2").splitlines()) == 2
    assert len(news.run("ls", "--format", "path", "--text", " e", status=1).splitlines()) < 5 and "not a record" in news.errors


def test_filters_by_time(news):
    for seq in range(1, 6):
        for path in news.path.glob(f"*/**/{seq:016d}-*.json"):
            day = 1795305600 if seq < 4 else 1795392000  # 2026-11-22, 2026-11-23
            os.utime(path, (day + seq, day + seq))
    assert news.seqs("tail", "--since", "2026-11-22T00:00:02Z") == [2, 3, 4, 5]
    assert news.seqs("tail", "--since", "2026-11-22", "--until", "2026-11-23") == [1, 2, 3]
    assert news.seqs("tail", "--since", "2026-11-23T00:00:05Z") == [5]
    assert news.seqs("tail", "--since", "2026-11-22", "--until", "2026-11-22") == []


@pytest.mark.parametrize("args", [("tail", "--since", "soon"), ("tail", "--until", "12"), ("tail", "--format", "xml"),
                                  ("tail", "-n", "x"), ("tail", "x"), ("tail", "--cursor", "../x"), ("tail", "--text", " "),
                                  ("tail", "--cursor", "a", "-n", "3"), ("tail", "-f", "--until", "1h"),
                                  ("ack", "A B"), ("ack", "a", "b"), ("ack", "--remove"), ("ack", "a", "1", "2"),
                                  ("ls", "--format", "x"), ("ls", "--tag", "!"), ("recent", "-n", "0"), ("recent", "-n", "10001")])
def test_what_is_asked_wrongly_is_refused(news, args):
    assert news.run(*args, status=2) == "" and news.errors.startswith(f"newspool {args[0]}: ")


def test_tail_shows_the_last_ten_or_as_many_as_asked_for(made):
    assert made.run("tail") == ""
    for seq in range(1, 31):
        made.deliver(seq, tags=["odd"] if seq % 2 else [], day=f"2026-11-{20 + seq // 8}")
    assert made.seqs("tail") == list(range(21, 31))
    assert made.seqs("tail", "-n", "3") == [28, 29, 30]
    assert made.seqs("tail", "-n", "0") == []
    assert made.seqs("tail", "-n", "2", "--tag", "odd") == [27, 29]
    assert made.seqs("tail", "-n", "2", "--since", "29") == [30]
    assert made.seqs("tail", "--since", "28") == [29, 30]


def test_tail_text_is_clean(made):
    made.deliver(1, "\x1b[2JEvil\u202e\x07\n\ttitle", feed="a\x1bb")
    line = made.run("tail")
    assert line == "2026-11-22T06:00:01Z  a\ufffdb  \ufffd[2JEvil\ufffd  title  https://example.org/1\n"


def test_tail_tsv_is_what_sfeed_reads(made):
    made.deliver(1, "A\ttitle\nof two lines", ["a", "b"], content_html="<p>x\\y\n\tz</p>", date_published="2026-11-22T05:00:00Z",
                 authors=[{"name": "Ann  Author"}], attachments=[{"url": "https://example.org/a.mp3", "mime_type": "audio/mpeg"}])
    made.deliver(2, "Plain", content_text="one\ntwo", authors=None)
    out = made.run("tail", "--format", "tsv")
    assert out == ("1795323600\tA title of two lines\thttps://example.org/1\t<p>x\\\\y\\n\\tz</p>\thtml\ttag:1\tAnn Author\t"
                   "https://example.org/a.mp3\ta|b\n"
                   "1795327202\tPlain\thttps://example.org/2\tone\\ntwo\tplain\ttag:2\t\t\t\n")
    assert made.run("ls", "--format", "tsv") == out
    if shutil.which("sfeed_plain"):
        done = subprocess.run(["sfeed_plain"], input=out, capture_output=True, text=True, timeout=30, check=True)
        assert "A title of two lines" in done.stdout and "https://example.org/2" in done.stdout
        done = subprocess.run(["sfeed_atom"], input=out, capture_output=True, text=True, timeout=30, check=True)
        entry = ElementTree.fromstring(done.stdout).find("{http://www.w3.org/2005/Atom}entry")
        assert entry.findtext("{http://www.w3.org/2005/Atom}content") == "<p>x\\y\n\tz</p>"


def test_nothing_that_is_made_for_reading_steers_a_terminal(made, tmp_path):
    evil = "\x1b]0;evil\x07\x1b[2J\u009b31m\x85\u202e\u2066\x7f\r\x08x"
    made.deliver(1, evil, ["a"], id=evil, url="https://e.org/" + evil, external_url=evil, summary=evil, content_text=evil,
                 content_html=f"<p>a <a href='https://e.org/{evil}'>l</a></p>", language=evil, authors=[{"name": evil, "url": evil}],
                 attachments=[{"url": evil, "mime_type": evil, "title": evil, "size_in_bytes": 4}], date_published="2026-11-22T05:00:00Z",
                 newspool={"rights": evil, "comments_url": evil, "categories": [{"term": evil, "label": evil}],
                           "feed": {"name": evil, "title": evil, "url": evil, "home_page_url": evil}})
    (tmp_path / "newspool.conf").write_text("[rule r]\nmatch = title ~ /x/ and author ~ /evil/ and category ~ /evil/ and "
                                            "feed ~ /evil/ and link ~ /evil/\nadd-tags = b\n")
    for command, bad in (("ls", "\u202e\u2066"), ("tail", "\u202e\u2066"), ("recent", "\u202e\u2066"), ("show 1", "\u202e\u2066"),
                         ("cat --text 1", "\u202e\u2066"), ("rules test --all", "\u202e\u2066"), ("tail --format tsv", ""),
                         ("export --format tsv", ""), ("export --format mbox", ""), ("deliver --print 1", "")):
        out = made.run(*command.split(), NEWSPOOL_CONFIG=str(tmp_path / "newspool.conf"))
        found = {c for c in out if (unicodedata.category(c) == "Cc" and c not in "\n\t") or c in bad}
        assert out and not found, (command, found)


def read_lines(process, n):
    return [process.stdout.readline().decode() for _ in range(n)]


def test_tail_follows_and_ends_cleanly_by_a_signal(made):
    made.deliver(1)
    for number, signum in ((130, signal.SIGINT), (143, signal.SIGTERM)):
        process = made.start("tail", "-f", "--json", "--since", "0", "--tag", "late")
        made.deliver(number, "One", ["late"], day="2026-11-23")
        made.deliver(number + 1, "Two", ["other"], day="2026-11-24")
        made.deliver(number + 2, "Three", ["late"], day="2026-11-24")
        lines = read_lines(process, 2)
        assert [json.loads(line)["title"] for line in lines] == ["One", "Three"]
        process.send_signal(signum)
        assert process.communicate(timeout=30) == (b"", b"") and process.returncode == number
        shutil.rmtree(made.path / "tags/late")


def test_a_cursor_goes_on_where_it_stood(made):
    for seq in range(1, 6):
        made.deliver(seq)
    assert made.seqs("tail", "--cursor", "mailer") == [1, 2, 3, 4, 5]
    assert made.cursor("mailer") == 5
    assert made.seqs("tail", "--cursor", "mailer") == []
    made.deliver(6, tags=["x"])
    made.deliver(7)
    assert made.seqs("tail", "--cursor", "mailer", "--tag", "x") == [6]
    assert made.seqs("tail", "--cursor", "mailer") == [7]
    assert made.seqs("tail", "--cursor", "new", "--since", "5") == [6, 7]
    (made.path / "cursors/mailer").write_text("nonsense\n")
    made.run("tail", "--cursor", "mailer", status=1)
    assert "holds no sequence" in made.errors


def test_a_cursor_does_not_pass_what_was_not_written(made):
    for seq in range(1, 2001):
        made.deliver(seq, "long " * 50)
    process = made.start("tail", "--cursor", "reader", "--json", bufsize=0)
    first = process.stdout.readline()
    process.stdout.close()  # who reads goes away
    assert process.wait(30) in (141, -signal.SIGPIPE) and process.stderr.read() == b""
    assert json.loads(first)["_newspool"]["seq"] == 1
    stood = made.cursor("reader") or 0
    assert stood < 2000
    assert made.seqs("tail", "--cursor", "reader") == list(range(stood + 1, 2001))


def test_tail_f_ends_when_who_reads_has_gone(made):
    made.deliver(1)
    process = made.start("tail", "-f", "--json", bufsize=0)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) in (141, -signal.SIGPIPE) and process.stderr.read() == b""
    # the same where SIGPIPE is ignored, as under systemd
    process = made.start("tail", "-f", "--json", bufsize=0, preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN),
                         restore_signals=False)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) == 141 and process.stderr.read() == b""
    for command in ("ls", "recent"):
        process = subprocess.run(["sh", "-c", f'trap "" PIPE; "$0" {command} --spool "$1" >&-; echo $?', TOOL, made.path],
                                 capture_output=True, env=ENV, timeout=30)
        assert process.stdout == b"1\n" and b"write failed" in process.stderr  # no pipe: that is said


def test_exec_runs_once_for_each_and_stops_where_it_fails(made, tmp_path):
    for seq in range(1, 6):
        made.deliver(seq)
    out = tmp_path / "out"
    command = f'read -r line; echo "$NEWSPOOL_SEQ $NEWSPOOL_PATH" >> {out}; [ "$NEWSPOOL_SEQ" != 3 ] || [ -e {tmp_path}/ready ]'
    assert made.run("tail", "--cursor", "worker", "--exec", command, status=1) == ""
    assert "exit status 1 for articles/" in made.errors and made.cursor("worker") == 2
    (tmp_path / "ready").touch()
    made.run("tail", "--cursor", "worker", "--exec", command)
    assert made.cursor("worker") == 5
    assert [line.split()[0] for line in out.read_text().splitlines()] == ["1", "2", "3", "3", "4", "5"]
    assert out.read_text().split()[1] == f"articles/{DAY}/{1:016d}-{1:016x}.json"
    # a command that reads nothing, one that reads all, one of another format, one that is killed
    made.run("tail", "--exec", "exit 0")
    assert made.run("tail", "-n", "1", "--exec", "jq -r .title") == "Title 5\n"
    assert made.run("tail", "-n", "1", "--exec", "cut -f2", "--format", "tsv") == "Title 5\n"
    made.run("tail", "--exec", "kill -9 $$", status=1)
    assert "exit status 137" in made.errors


def test_an_interrupt_of_exec_is_no_failure_and_leaves_the_cursor(made, tmp_path):
    made.deliver(1)
    made.deliver(2)
    command = f'[ "$NEWSPOOL_SEQ" = 1 ] || {{ touch {tmp_path}/running; exec sleep 60; }}'
    for number, signum in ((130, signal.SIGINT), (143, signal.SIGTERM)):
        process = made.start("tail", "-f", "--cursor", "worker", "--exec", command, start_new_session=True)
        wait_for((tmp_path / "running").exists, "the second command")
        os.killpg(process.pid, signum)  # as a terminal does, or systemd
        assert process.communicate(timeout=30) == (b"", b"") and process.returncode == number
        assert made.cursor("worker") == 1
        (tmp_path / "running").unlink()


def test_exec_is_at_least_once_whenever_tail_is_killed(made, tmp_path):
    out = tmp_path / "out"
    out.touch()
    command = f"jq -r ._newspool.seq >> {out}"
    done = 0
    for seq in range(1, 41):
        made.deliver(seq)
    while made.cursor("worker") != 40:
        process = made.start("tail", "-f", "--cursor", "worker", "--exec", command, start_new_session=True)
        done += 5
        wait_for(lambda: len(out.read_text().split()) >= min(done, 40), lambda: process.stderr.read1())
        if done >= 40:
            wait_for(lambda: made.cursor("worker") == 40, "the cursor's end")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    seen = [int(n) for n in out.read_text().split()]
    assert sorted(set(seen)) == list(range(1, 41)) and seen == sorted(seen)


def test_ack_shows_moves_and_forgets(made):
    assert made.run("ack") == ""
    path = made.deliver(3)
    made.run("ack", "mailer", "12")
    made.run("ack", "почта", path)
    assert made.run("ack", "почта") == "почта\t3\n"
    assert made.run("ack") == "mailer\t12\nпочта\t3\n"
    assert json.loads(made.run("ack", "--json", "mailer")) == {"cursor": "mailer", "seq": 12}
    made.run("ack", "mailer", "0")
    assert made.cursor("mailer") == 0
    made.run("ack", "--remove", "mailer")
    assert made.run("ack", "mailer", status=1) == "" and "there is none" in made.errors
    made.run("ack", "--remove", "mailer", status=1)
    shutil.rmtree(made.path / "cursors")
    assert made.run("ack") == ""


def test_help_has_examples_and_exit_statuses(made):
    for command in ("ls", "tail", "ack", "show", "recent", "export"):
        out = subprocess.run([TOOL, command, "--help"], capture_output=True, text=True, env=ENV, timeout=30).stdout
        assert f"\n  newspool {command}" in out and max(map(len, out.splitlines()[6:])) <= 100


def help_of(*args):
    return subprocess.run([TOOL, *args, "--help"], capture_output=True, text=True, env=ENV, timeout=30, check=True).stdout


def every_command():
    commands = re.findall(r"^  ([a-z][a-z-]*) ", help_of(), re.M)
    assert len(commands) > 30
    return commands


def test_the_manual_page_has_every_command_and_option():
    sections = re.split(r"^\.Ss ", (TOP / "man/newspool.1").read_text(encoding="utf-8"), flags=re.M)
    common = "".join(section for section in sections if section.startswith("Filters")) + sections[0]
    for command in every_command():
        text = common + "".join(section for section in sections if re.match(rf"[a-z, -]*\b{command}\b", section))
        assert text != common, command
        options = set(re.findall(r"^  (?:-\w, )?--([a-z-]+)", help_of(command), re.M)) - {"help"}
        for option in options - {"socket"}:  # which a section of its own explains for all
            assert re.search(rf"Fl Fl {option}\b", text), (command, option)


def test_every_usage_fits_a_terminal():
    for command in every_command():
        out = help_of(command)
        usage = out.split(f"newspool {command}: ")[0].splitlines()
        assert usage[0].startswith(f"Usage: newspool {command} [--config FILE]")
        assert all(len(line.expandtabs()) <= 82 for line in usage), usage
        assert all(line.startswith("\t") and line.count("[") == line.count("]") for line in usage[1:]), usage


@pytest.mark.parametrize("args", ("--help", "--version", "ls --help", "ls", "show 1", "cat 1", "export --format rss", "queues"))
def test_what_cannot_be_written_is_a_failure(made, tmp_path, args):
    made.deliver(1)
    (tmp_path / "newspool.conf").write_text(f"[spool]\ndirectory = {made.path}\n[queue all]\ntags = *\n")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([TOOL, *args.split()], stdout=full, stderr=subprocess.PIPE, timeout=60,
                              env={**ENV, "NEWSPOOL_CONFIG": str(tmp_path / "newspool.conf")})
    assert done.returncode == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed")
def test_who_may_not_read_is_told_who_may():
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # where everybody may go
        os.chmod(folder, 0o755)
        made = Made(pathlib.Path(folder) / "spool")
        shutil.copy(TOOL, folder)
        path = made.path / made.deliver(1)
        made.deliver(2, "Second")

        def run_as_nobody(*args):
            return subprocess.run([f"{folder}/newspool", *args, "--spool", str(made.path)], user=65534, group=65534, extra_groups=[],
                                  capture_output=True, text=True, timeout=60, env=ENV, cwd="/")

        os.chmod(path, 0o600)
        done = run_as_nobody("ls")
        assert done.returncode == 1 and done.stdout.count("\n") == 1 and "Second" in done.stdout
        assert f"{path.relative_to(made.path)}: Permission denied (members of the group newspool" in done.stderr
        done = run_as_nobody("tail", "-n", "5")
        assert done.returncode == 1 and "Second" in done.stdout
        # who keeps a place stays before it: it may be read when the mode or the disk is mended
        os.chmod(made.path / "cursors", 0o777)
        made.deliver(3, "Third")
        second = path.parent / f"{2:016d}-{2:016x}.json"
        os.chmod(second, 0o600)
        os.chmod(path, 0o644)
        for args in ((), ("-f",), ("--exec", "cut -f2")):
            done = run_as_nobody("tail", "--cursor", "place", "--format", "tsv", *args)
            assert done.returncode == 1 and "Permission denied (members of the group newspool" in done.stderr
            assert "Third" not in done.stdout and made.cursor("place") == 1
        os.chmod(second, 0o644)
        done = run_as_nobody("tail", "--cursor", "place", "--format", "tsv")
        assert done.returncode == 0 and [line.split("\t")[1] for line in done.stdout.splitlines()] == ["Second", "Third"]
        os.chmod(path, 0o600)
        for place in (path.parent, made.path / "articles", made.path):
            os.chmod(place, 0o750)
            for args in (("ls",), ("recent",), ("tail",), ("show", "1"), ("export", "--format", "rss"), ("tail", "-f")):
                done = run_as_nobody(*args)
                assert done.returncode == 1 and "Permission denied (members of the group newspool" in done.stderr, (place, args)


def test_recent_names_five_of_what_is_related(made):
    for seq in range(1, 11):
        made.deliver(seq, newspool={"cluster": 1} if seq > 1 else ())
    out = made.run("recent")
    assert out.count("→") == 6 and "  → Title 6 · Sample News" in out and "\n  → 4 more\n" in out and "Title 7" not in out
    assert [r["seq"] for r in json.loads(made.run("recent", "--json"))["related"]] == list(range(2, 11))


def test_recent_gives_a_title_three_lines(made):
    made.deliver(1, "word " * 5000, content_text="The text.")
    made.deliver(2, "見出し" * 5000)
    lines = made.run("recent", COLUMNS="40").strip().splitlines()
    assert [len(block.split("\n")) for block in "\n".join(lines).split("\n\n")] == [4, 5]
    assert lines[3].endswith("…") and lines[-2].endswith("…") and lines[-1] == "  The text."
    assert all(sum(2 if unicodedata.east_asian_width(c) == "W" else 1 for c in line) <= 40 for line in lines)


def on_terminal(made, *args, keys=b"", columns=60, **env):
    """What a command writes to a terminal that is so wide; keys are typed ahead."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 200, columns, 0, 0))
    process = subprocess.Popen(made.command(*args), stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                               env={**ENV, "TERM": "xterm", **env})
    os.close(slave)
    os.write(master, keys)
    output = b""
    end = time.monotonic() + 30
    while time.monotonic() < end and select.select([master], [], [], 30)[0]:
        try:
            output += os.read(master, 65536)
        except OSError:
            break
    os.close(master)
    process.wait(30)
    return process.returncode, output.decode().replace("\r\n", "\n")


HTML = ("<h2>Head</h2><p>See <a href='https://example.org/a?x=1&amp;y=2'>the first</a> and <a href='https://example.org/b'>the "
        "second</a>, and <a href='https://example.org/a?x=1&amp;y=2'>the first</a> again, <a href='#note'>a note</a>.</p>"
        "<ul><li>" + "word " * 30 + "</li><li>二" + "半導体" * 30 + "</li></ul><pre>  kept\n    so</pre>")


def test_show_is_wrapped_and_links_are_numbered(made):
    made.deliver(1, "A title that is long enough to be wrapped by any narrow terminal", ["a", "b"], content_html=HTML,
                 date_published="2026-11-22T05:00:00Z", authors=[{"name": "Ann Author"}],
                 attachments=[{"url": "https://example.org/" + "x" * 90, "mime_type": "audio/mpeg", "size_in_bytes": 7}])
    out = made.run("show", "1", COLUMNS="50")
    body = out.split("\n\n", 1)[1]
    assert "Sample News · 2026-11-22 05:00 · Ann Author\na, b\nhttps://example.org/1\n" in out
    assert "the first[1]" in body and "second[2]" in body and body.count("first[1]") == 2 and "a note." in body
    assert "\n[1] https://example.org/a?x=1&y=2\n[2] https://example.org/b\n" in body and "[3]" not in body
    assert "\n  word word" in body and any(f"\n  {c}" in body for c in "半導体")
    assert "audio/mpeg, 7 bytes: https://example.org/" + "x" * 90 + "\n" in body
    assert "  kept\n    so" in body
    for line in out.splitlines():
        width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
        assert width <= 50 or "https://" in line, line
    assert made.run("show", "9", status=1) == "" and "no such article" in made.errors
    assert made.run("show", status=2) == ""
    assert made.run("show", "1", "1").count("Head") == 2


def test_nothing_remote_steers_the_terminal(made):
    evil = "\x1b]0;x\x07\x1b[2J\u202e\u009b31m\x08"
    made.deliver(1, "T" + evil, content_html=f"<p>B{evil} <a href='https://e.org/{evil}'>l</a></p>", url="https://e.org/" + evil,
                 authors=[{"name": evil}], attachments=[{"url": "https://e.org/" + evil, "mime_type": evil}], tags=[],
                 newspool={"comments_url": "https://e.org/" + evil, "feed": {"name": "f" + evil, "title": "F" + evil}})
    made.deliver(2, "E", summary=evil, newspool={"cluster": 1, "feed": {"name": "f", "title": "F" + evil}})
    for args in (("show", "1", "2"), ("recent",), ("tail",), ("ls",), ("cat", "--text", "1")):
        out = made.run(*args)
        assert not set(out) & set("\x1b\x07\x08\u202e\u009b"), (args, out)
        status, out = on_terminal(made, *args, PAGER="cat", NO_COLOR="1")
        assert status == 0 and not set(out) & set("\x1b\x07\x08\u202e\u009b"), (args, out)
        status, out = on_terminal(made, *args, PAGER="cat")
        assert set(re.findall(r"\x1b.{0,3}", out)) <= {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[36"}, out


def test_the_pager_is_for_terminals_alone(made, tmp_path):
    made.deliver(1, "Seen through", content_text="text " * 200)
    pager = f"cat > {tmp_path}/paged; echo paged"
    for args in (("show", "1"), ("recent",)):
        assert on_terminal(made, *args, PAGER=pager) == (0, "paged\n")
        assert "Seen through" in (tmp_path / "paged").read_text()
        assert "Seen through" in on_terminal(made, *args, "--no-pager", PAGER=pager)[1]
        assert "Seen through" in on_terminal(made, *args, PAGER="")[1]
        assert "Seen through" in made.run(*args, PAGER=pager)
    assert on_terminal(made, "recent", "--json", PAGER=pager)[1].startswith("{")
    # a pager that is left before the end is no failure
    made.deliver(2, content_text="line\n" * 100000)
    assert on_terminal(made, "show", "2", PAGER="head -n1")[0] == 0
    if shutil.which("less"):
        status, out = on_terminal(made, "show", "1", keys=b"q")
        assert status == 0 and "Seen through" in out


def test_recent_puts_related_articles_under_their_first(made):
    made.deliver(1, "First of a story", ["x"], summary="It happened.", date_published="2026-11-22T05:00:00Z")
    made.deliver(2, "Another", ["y"], date_published="2026-11-22T05:30:00Z")
    made.deliver(3, "The same elsewhere", ["x"], newspool={"cluster": 1}, date_published="2026-11-22T06:00:00Z")
    made.deliver(4, "Related to what has gone", newspool={"cluster": 77}, date_published="2026-11-21T06:00:00Z")
    out = made.run("recent")
    titles = ("First of a story", "  → The same elsewhere · Sample News · ", "Another", "Related to what has gone")
    places = [out.index(title) for title in titles]
    assert places == sorted(places)
    rows = [json.loads(line) for line in made.run("recent", "--json").splitlines()]
    assert [(row["seq"], [r["seq"] for r in row.get("related", [])]) for row in rows] == [(1, [3]), (2, []), (4, [])]
    assert len(made.run("recent", "-n", "1", "--json").splitlines()) == 1
    assert [json.loads(line)["seq"] for line in made.run("recent", "--tag", "y", "--json").splitlines()] == [2]
    assert "Another" not in made.run("recent", "--text", "elsewhere")


FORMATS = ("json", "atom", "rss")


@pytest.fixture
def rich(made):
    made.deliver(1, "Plain & simple <b>not bold</b>", ["stock-news", "economy"], content_html="<p>One &amp; <b>two</b></p>",
                 date_published="2026-11-22T05:00:00Z", authors=[{"name": "Ann Author"}], language="en",
                 attachments=[{"url": "https://example.org/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 1234}],
                 content_text="One & two")
    made.deliver(2, "Zweite 半導体", ["stock-news"], content_text="From here\n>From there\nText & <i>more</i>", id=None,
                 date_published="2026-11-22T05:30:00Z")
    made.deliver(3, "Third", ["economy"], content_html="<p>c</p>", content_text="c", date_published="2026-11-23T05:30:00Z",
                 day="2026-11-23", authors=[{"name": "Ünïcode Öne"}])
    return made


def parse(tmp_path, text):
    (tmp_path / "document").write_text(text, encoding="utf-8")
    done = subprocess.run([TOOL, "parse", str(tmp_path / "document")], capture_output=True, timeout=60, env=ENV, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("format", FORMATS)
def test_exported_feeds_are_read_again_as_they_were(rich, tmp_path, format):
    text = rich.run("export", "--format", format)
    feed = parse(tmp_path, text)
    records = [json.loads(line) for line in rich.run("tail", "--json", "--since", "0").splitlines()][::-1]
    assert feed["title"] == "newspool" and len(feed["items"]) == 3
    for item, record in zip(feed["items"], records):
        if format == "rss":  # its titles may be HTML, nobody knows
            record["title"] = re.sub("<.*?>", "", record["title"])
        record.setdefault("id", "urn:sha256:" + record["_newspool"]["content_hash"].split(":")[1])
        for key in ("id", "url", "title", "date_published"):
            assert item.get(key) == record.get(key), key
        assert [a.get("name") for a in item.get("authors", []) if a["name"] != "newspool"] == \
               [a["name"] for a in record.get("authors", [])]
        assert [(a["url"], a["mime_type"]) for a in item.get("attachments", [])] == \
               [(a["url"], a["mime_type"]) for a in record.get("attachments", [])]
        assert " ".join(item["content_text"].split()) == " ".join(record["content_text"].split())
        if "content_html" in record:
            assert item["content_html"] == record["content_html"]
        terms = [c["term"] for c in item.get("_newspool", {}).get("categories", [])] or item.get("tags", [])
        assert terms == record["tags"]
    assert parse(tmp_path, rich.run("export", "--format", format, "--tag", "economy", "--limit", "1"))["title"] == "economy"
    assert [i["title"] for i in parse(tmp_path, rich.run("export", "--format", format, "--limit", "2", "--title", "a < b"))["items"]] == \
           ["Third", "Zweite 半導体"]


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_of_nothing_is_whole(made, tmp_path, format):
    assert parse(tmp_path, made.run("export", "--format", format)).get("items", []) == []


@pytest.mark.parametrize("format", ("atom", "rss"))
def test_exported_xml_is_well_formed_whatever_is_in_it(made, tmp_path, format):
    evil = "]]>&<\x01\x0b\ufffe\"'\u2028<script>"
    made.deliver(1, evil, ["a"], id=evil, url="https://e.org/" + evil, summary=evil, content_html="<p>x</p>" + "&lt;",
                 authors=[{"name": evil, "url": evil}], attachments=[{"url": evil, "mime_type": evil, "title": evil}],
                 language=evil, newspool={"rights": evil, "feed": {"name": "f", "title": evil, "url": evil}})
    (tmp_path / "x.xml").write_text(made.run("export", "--format", format, "--title", evil), encoding="utf-8")
    if shutil.which("xmllint"):
        subprocess.run(["xmllint", "--noout", str(tmp_path / "x.xml")], check=True, timeout=60)
    ElementTree.parse(tmp_path / "x.xml")


def test_an_exported_mailbox_is_read_by_python_and_mutt(rich, tmp_path):
    path = tmp_path / "box.mbox"
    path.write_text(rich.run("export", "--format", "mbox"))
    messages = list(mailbox.mbox(path, factory=lambda f: email.message_from_binary_file(f, policy=email.policy.default)))
    assert [m["Subject"] for m in messages] == ["Plain & simple <b>not bold</b>", "Zweite 半導体", "Third"]
    text = messages[1].get_body(("plain",)).get_content()
    assert "here" in text and "there" in text and "Text & <i>more</i>" in text
    assert all(m["Message-ID"] and m["Date"] and not m.defects for m in messages)
    assert len(re.findall(r"^From ", path.read_text(), re.M)) == 3
    if shutil.which("mutt"):
        done = subprocess.run(["mutt", "-n", "-F", "/dev/null", "-R", "-f", str(path), "-e", "set charset=utf-8",
                               "-e", "push '<tag-pattern>~A<enter><quit>'"], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60, env={**ENV, "HOME": str(tmp_path), "TERM": "dumb"})
        assert b"not a mailbox" not in done.stdout + done.stderr


def test_newsboat_reads_an_exported_feed(rich, tmp_path):
    if not shutil.which("newsboat"):
        pytest.skip("newsboat is not installed")
    for format in ("atom", "rss"):
        home = tmp_path / format
        home.mkdir()
        (home / "feed.xml").write_text(rich.run("export", "--format", format))
        (home / "urls").write_text(f"file://{home}/feed.xml\n")
        (home / "config").write_text("")
        done = subprocess.run(["newsboat", "-q", "-u", str(home / "urls"), "-C", str(home / "config"), "-c", str(home / "cache.db"),
                               "-x", "reload"], capture_output=True, text=True, timeout=60, env={**ENV, "HOME": str(home)},
                              stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr
        with contextlib.closing(sqlite3.connect(home / "cache.db")) as cache:
            rows = cache.execute("SELECT title, url, content FROM rss_item ORDER BY pubDate").fetchall()
        assert [(r[0], r[1]) for r in rows] == [("Plain & simple <b>not bold</b>", "https://example.org/1"),
                                                ("Zweite 半導体", "https://example.org/2"), ("Third", "https://example.org/3")]
        assert "<b>two</b>" in rows[0][2]


def test_export_takes_the_filters_and_says_what_is_wrong(rich):
    assert len(rich.run("export", "--format", "tsv", "--tag", "stock-news").splitlines()) == 2
    assert [line.split("\t")[1] for line in rich.run("export", "--format", "tsv", "--limit", "2").splitlines()] == \
           ["Zweite 半導体", "Third"]
    for args in ((), ("--format", "pdf"), ("--format", "rss", "x"), ("--format", "rss", "--limit", "0")):
        rich.run("export", *args, status=2)
    (rich.path / "articles/2026-11-23" / f"{9:016d}-{9:016x}.json").write_text("broken\n")
    assert rich.run("export", "--format", "atom", status=1).count("<entry") == 3 and "not a record" in rich.errors
