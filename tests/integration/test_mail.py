"""Queues of mail: Python's email package, mutt and notmuch open them as they are."""
import email
import email.policy
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, items, rss, wait_for

TITLES = ["Plain title", "Grüße aus Zürich: «Börse» im Wandel", "日本語の見出しはとても長いので折り返される必要がある" * 4,
          "Evil&#13;&#10;Bcc: victim@example.org", "=?UTF-8?Q?not_a_word?= and &quot;quotes&quot;", "x" * 300,
          "From here on", "Жизнь, наука и «техника»"]


def documents():
    return [(f"g-{i}", title, f"From the start of body {i}: ünïcode &lt;b&gt;bold&lt;/b&gt; and a long line " + "word " * 40)
            for i, title in enumerate(TITLES)]


def maildir(daemon, name="mail"):
    return daemon.spool_path / "queues" / name


def messages(daemon, name="mail"):
    """The messages in a queue by sequence, strictly parsed."""
    found = {}
    for file in sorted((maildir(daemon, name) / "new").iterdir()):
        assert re.fullmatch(r"\d{16}-[0-9a-f]{16}\.eml", file.name)
        data = file.read_bytes()
        assert b"\r" not in data and data.isascii() and data.endswith(b"\n")
        assert all(len(line) <= 998 for line in data.split(b"\n"))
        message = email.message_from_bytes(data, policy=email.policy.strict)
        for part in message.walk():
            assert not part.defects, (file.name, part.defects)
        found[int(file.name[:16])] = message
    return found


@pytest.fixture
def mailed(daemon, nginx):
    """A daemon that has delivered eight articles with hard texts into a queue of mail."""
    nginx.put("a.xml", rss(documents(), "Tägliche &quot;Neuigkeiten&quot;, GmbH"))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "технологии, stock-news", "updates": "emit"}},
                     extra="[queue mail]\ntags = *\nformat = rfc5322\n[queue json]\ntags = *\n").start()
    daemon.wait_polls("a")
    assert len(daemon.spool.queue("mail")) == len(TITLES), daemon.log()
    return daemon


def test_fsck_knows_messages(mailed):
    wait_for(lambda: subprocess.run([str(BUILD / "newspool"), "fsck", "--config", str(mailed.config)], timeout=60,
                                    check=False).returncode == 0, "fsck finds nothing")
    (maildir(mailed) / "new" / "0000000000000099-9f2c4e11a0b37d58.eml").write_text("")
    run = subprocess.run([str(BUILD / "newspool"), "fsck", "--config", str(mailed.config)], capture_output=True, text=True,
                         timeout=60, check=False)
    assert run.returncode == 1 and "queues/mail/new/0000000000000099" in run.stdout


def test_message_says_what_the_record_says(mailed):
    records = {r["_newspool"]["seq"]: r for r in mailed.spool.articles().values()}
    for seq, message in messages(mailed).items():
        record = records[seq]
        assert message["Subject"] == record["title"]
        assert message["Message-ID"] == f"<{record['_newspool']['content_hash'][7:39]}@newspool.invalid>"
        assert message["Archived-At"] == f"<{record['url']}>"
        assert message["Content-Location"] == record["url"]
        assert "".join(str(message["Keywords"]).split()) == ",".join(record["tags"])
        sender, = message["From"].addresses
        assert (sender.display_name, sender.addr_spec) == ('Tägliche "Neuigkeiten", GmbH', "a@newspool.invalid")
        assert message["Date"].datetime is not None
        assert message["X-Newspool-Seq"] == str(seq)
        first = records.get(record["_newspool"].get("cluster"))
        assert message["In-Reply-To"] == message["References"] == (
            first and f"<{first['_newspool']['content_hash'][7:39]}@newspool.invalid>")
        assert set(message.keys()) <= {"Date", "From", "Subject", "Message-ID", "In-Reply-To", "References", "Keywords",
                                       "List-Id", "Archived-At", "Content-Location", "Content-Language",
                                       "Auto-Submitted", "X-Newspool-Seq", "MIME-Version", "Content-Type"}
        assert message.get_content_type() == "multipart/alternative"
        text, html = message.iter_parts()
        text, html = text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")
        assert text.startswith(record["content_text"].rstrip("\n"))
        assert record["content_html"] in html
        assert record["url"] in text and f'<a href="{record["url"]}">' in html


def test_revision_is_threaded_below_what_it_revises(mailed, nginx):
    changed = documents()
    changed[0] = (changed[0][0], "Plain title, corrected", changed[0][2])
    before = messages(mailed)
    nginx.put("a.xml", rss(changed))
    wait_for(lambda: len(mailed.spool.queue("mail")) > len(TITLES), mailed.log)
    after = messages(mailed)
    revision = after[max(after)]
    first, = [m for m in before.values() if m["Subject"] == "Plain title"]
    assert revision["Subject"] == "Plain title, corrected"
    assert revision["In-Reply-To"] == first["Message-ID"] == revision["References"].split()[-1]


def test_notmuch_finds_every_message(mailed, tmp_path):
    if not shutil.which("notmuch"):
        pytest.skip("notmuch is not installed")
    config = tmp_path / "notmuch"
    shutil.copytree(maildir(mailed), tmp_path / "box" / "news", copy_function=os.link)
    config.write_text(f"[database]\npath={tmp_path}/box\n[user]\nname=x\nprimary_email=x@example.org\n"
                      "[new]\ntags=new\n[maildir]\nsynchronize_flags=true\n")

    def notmuch(*args):
        run = subprocess.run(["notmuch", f"--config={config}", *args], capture_output=True, text=True, timeout=60,
                             check=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
        return run.stdout

    assert f"Added {len(TITLES)} new messages" in notmuch("new")
    for title in ("Zürich", "Plain", "техника"):
        assert notmuch("count", f"subject:{title}").strip() == "1"
    assert notmuch("count", "body:ünïcode").strip() == str(len(TITLES))
    # What notmuch thinks of as read gets the name of a message that was read.
    notmuch("tag", "-unread", "--", "tag:new")
    assert all(f.name.endswith(":2,S") for f in (tmp_path / "box/news/cur").iterdir())
    assert len(list((tmp_path / "box/news/cur").iterdir())) == len(TITLES)


def test_notmuch_threads_revisions_and_near_duplicates(mailed, nginx, tmp_path):
    if not shutil.which("notmuch"):
        pytest.skip("notmuch is not installed")
    story = " ".join(f"The ferry to island {i} stays in harbour {i * 7 % 100} until storm {i * i % 89} has passed." for i in range(60))
    more = documents() + [("story", "No ferry", story)]
    nginx.put("a.xml", rss(more))
    wait_for(lambda: len(mailed.spool.queue("mail")) == len(TITLES) + 1, mailed.log)
    more[-1] = ("story", "No ferry until Monday", story + " It sails on Monday.")  # a revision
    more[2] = (more[2][0], "Another title", more[2][2])
    nginx.put("a.xml", rss(more + [("again", "Ferry: harbour stays closed", "From our correspondent: " + story)]))
    wait_for(lambda: len(mailed.spool.queue("mail")) == len(TITLES) + 4, mailed.log)
    records = {r["_newspool"]["seq"]: r for r in mailed.spool.articles().values()}
    thread_of = {}  # by what the records say alone
    for seq, record in sorted(records.items()):
        earlier = record["_newspool"].get("revises") or record["_newspool"].get("cluster")
        thread_of[seq] = thread_of.get(earlier, seq)
    ferry = {thread_of[seq] for seq, record in records.items() if "erry" in record["title"]}
    assert len(ferry) == 1
    shutil.copytree(maildir(mailed), tmp_path / "box/news")
    (tmp_path / "config").write_text(f"[database]\npath={tmp_path}/box\n[user]\nname=x\nprimary_email=x@example.org\n")

    def notmuch(*args):
        return subprocess.run(["notmuch", f"--config={tmp_path}/config", *args], capture_output=True, text=True, timeout=60,
                              check=True, env=dict(os.environ, LC_ALL="C.UTF-8")).stdout

    notmuch("new", "--quiet")
    threads = notmuch("search", "--output=threads", "*").split()
    found = sorted(sorted(int(pathlib.Path(file).name[:16]) for file in notmuch("search", "--output=files", t).split())
                   for t in threads)
    expected = {}
    for seq, first in thread_of.items():
        expected.setdefault(first, []).append(seq)
    assert found == sorted(sorted(seqs) for seqs in expected.values())


def test_mutt_reads_and_files_every_message(mailed, tmp_path):
    if not shutil.which("mutt"):
        pytest.skip("mutt is not installed")
    rc = tmp_path / "muttrc"
    rc.write_text(f"set folder={mailed.spool_path}\nset mbox_type=Maildir\nset confirmappend=no\nset delete=no\n"
                  "set mail_check_recent=no\nset charset=utf-8\nset sort=mailbox-order\nset copy=no\nset mark_old=no\n"
                  f"set index_format='%N|%s'\nset wait_key=no\nset move=no\nset record=''\nset quit=yes\n"
                  "set pipe_decode=no\nset pipe_split=yes\nset pipe_sep=''\n")
    out = tmp_path / "piped"
    # All messages are tagged, and each is piped on its own; then mutt is left.
    keys = f"push '<tag-pattern>.<enter><tag-prefix><pipe-message>cat >> {out}; echo ===END=== >> {out}<enter><quit>'"
    run = subprocess.run(["script", "-qec", f"mutt -n -F {rc} -f {maildir(mailed)} -e \"{keys}\"", "/dev/null"],
                         capture_output=True, timeout=60, env=dict(os.environ, TERM="vt100", LC_ALL="C.UTF-8"),
                         stdin=subprocess.DEVNULL, check=False)
    assert out.exists(), run.stdout[-2000:]
    read = [email.message_from_string(t.lstrip("\n"), policy=email.policy.default)
            for t in out.read_text().split("===END===\n") if t.strip()]
    assert sorted(m["Subject"] for m in read) == sorted(m["Subject"] for m in messages_of(maildir(mailed)))
    assert len(read) == len(TITLES)
    # mutt has moved what it showed to cur/, and the daemon goes on beside it.
    assert len(list((maildir(mailed) / "cur").iterdir())) + len(mailed.spool.queue("mail")) == len(TITLES)


def messages_of(folder):
    return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default)
            for box in ("new", "cur") for f in (folder / box).iterdir()]


def test_killed_keeper_delivers_each_message_once(daemon, nginx):
    feeds = {}
    for f in range(4):
        nginx.put(f"{f}.xml", rss(items(f"f{f}", 20)))
        feeds[f"f{f}"] = {"url": nginx.url(f"{f}.xml"), "tags": f"t{f}"}
    daemon.configure(feeds, extra="[queue mail]\ntags = *\nformat = rfc5322\n[queue some]\ntags = t1\nformat = rfc5322\n")
    taken = []

    def take():
        for file in (maildir(daemon) / "new").glob("*.eml"):
            taken.append(file.name)
            file.unlink()

    for _ in range(4):
        daemon.start(ready=False)
        wait_for(lambda: daemon.ended() or "event=polled" in daemon.log() or (maildir(daemon) / "new").exists(), daemon.log)
        if maildir(daemon).exists():
            take()
        daemon.kill()
    daemon.start()
    wait_for(lambda: (take(), len(taken) >= 80)[1], daemon.log)
    for f in range(4):
        daemon.wait_polls(f"f{f}", 2)
    take()
    assert len(taken) == len(set(taken)) == 80
    assert len(messages(daemon, "some")) == 20
    assert daemon.spool.staged() == []
