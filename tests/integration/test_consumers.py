"""Programs that people have, all at work on one live spool: jq, a shell loop, Python, C, mutt, notmuch, inotifywait and newsboat.

The daemon delivers while they read, is killed again and again, and goes on; each of them must come to have seen every article
exactly once.
"""
import collections
import concurrent.futures
import mailbox
import os
import pathlib
import shutil
import sqlite3
import subprocess

import pytest

from conftest import BUILD, TOP, items, rss, wait_for

FEEDS, ROUNDS, MORE = 3, 4, 8  # each round every feed has so many articles more, and the daemon is killed
N = FEEDS * ROUNDS * MORE
NEEDED = ("jq", "mutt", "notmuch", "inotifywait", "newsboat", "script", "bash")
ENV = dict(os.environ, LC_ALL="C.UTF-8", TERM="vt100",
           PATH=os.environ["PATH"] + ":/usr/sbin:/usr/bin:/bin")

SHELL = """
cd "$1" || exit
while :; do
    for file in new/*.json; do
        name=${file#new/}
        mv -n "new/$name" "cur/$name" 2>/dev/null || continue
        jq -r .title "cur/$name" >>"$2" && rm -f "cur/$name"
    done
    inotifywait -qq -t 1 -e moved_to new
done
"""

PYTHON = """
import sys
from newspool import Spool
spool = Spool(sys.argv[1])
cursor = spool.cursor("python")
for entry in spool.follow(tag="news", after=cursor.read()):
    print(entry.record()["title"], flush=True)
    cursor.ack(entry.seq)
"""


class Consumers:
    def __init__(self, daemon, folder):
        self.daemon, self.folder = daemon, folder
        self.spool = daemon.spool_path
        self.processes = {}

    def out(self, name):
        return self.folder / f"out-{name}"

    def lines(self, name):
        return self.out(name).read_text().splitlines() if self.out(name).exists() else []

    def start(self, name, *command, env=()):
        with open(self.out(name), "ab") as out, open(self.folder / f"err-{name}", "ab") as err:
            self.processes[name] = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=out,
                                                    stderr=err, env=dict(ENV, **dict(env)), cwd=self.folder,
                                                    start_new_session=True)

    def run(self, *command, **more):
        return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=30, env=ENV, check=True,
                              cwd=self.folder, **more)

    def start_all(self):
        """Those who stay."""
        queue = self.spool / "queues"
        self.start("shell", "bash", "-c", SHELL, "bash", queue / "shell", self.out("shell"))
        self.start("python", "/usr/bin/python3", "-c", PYTHON, self.spool,
                   env={"PYTHONPATH": str(TOP / "tools/python")}.items())
        self.start("c", BUILD / "examples/worker", self.spool, "c")
        self.start("inotifywait", "inotifywait", "-m", "-q", "-e", "moved_to", "--format", "%f", queue / "inotifywait" / "new")
        self.start("jq", "bash", "-c", f"'{BUILD}/newspool' tail -f --cursor jq --format json --config '{self.daemon.config}' |"
                                       " jq --unbuffered -r .title")
        (self.folder / "notmuch.conf").write_text(
            f"[database]\npath={queue}/notmuch\n[user]\nname=x\nprimary_email=x@example.org\n[new]\ntags=new\n"
            "[maildir]\nsynchronize_flags=true\n")
        wait_for(lambda: all(p.poll() is None for p in self.processes.values()), "they run", 5)

    def mutt(self):
        """Saves, which is moving, all that is there into another mailbox."""
        rc = self.folder / "muttrc"
        rc.write_text("set mbox_type=mbox\nset confirmappend=no\nset confirmcreate=no\nset delete=yes\nset wait_key=no\n"
                      "set move=no\nset record=''\nset quit=yes\nset charset=utf-8\nset save_empty=no\nset mark_old=no\n"
                      f"set folder={self.folder}\nunset resolve\nset mail_check=600\n")
        keys = (f"push '<tag-pattern>~A<enter><tag-prefix><save-message>{self.folder}/mutt.mbox<enter>"
                "<sync-mailbox><quit>'")
        box = self.spool / "queues" / "mutt"
        if any(f.name.endswith(".eml") for part in ("new", "cur") for f in (box / part).iterdir()):
            self.run("timeout", "20", "script", "-qec", f"mutt -n -F {rc} -f {box} -e \"{keys}\"", "/dev/null",
                     stdin=subprocess.DEVNULL)

    def notmuch(self):
        self.run("notmuch", f"--config={self.folder}/notmuch.conf", "new", "--quiet")

    def newsboat(self):
        feed = self.folder / "news.atom"
        made = self.run(BUILD / "newspool", "export", "--format", "atom", "--tag", "news", "--limit", 10000, "--config",
                        self.daemon.config).stdout
        feed.with_suffix(".new").write_text(made)
        feed.with_suffix(".new").rename(feed)
        (self.folder / "urls").write_text(f"file://{feed}\n")
        self.run("newsboat", "-q", "-u", self.folder / "urls", "-c", self.folder / "newsboat.db", "-C", "/dev/null", "-x", "reload")

    def visit(self):
        """Those who come and go."""
        self.mutt()
        self.notmuch()
        self.newsboat()

    def seen(self):
        """How often each consumer has seen which title; the shell's jq and inotifywait's names as titles."""
        titles = {name: record["title"] for name, record in self.daemon.spool.articles().items()}
        mbox = self.folder / "mutt.mbox"
        counts = {name: collections.Counter(self.lines(name)) for name in ("shell", "python", "jq")}
        counts["c"] = collections.Counter(line.split(" ", 1)[1] for line in self.lines("c"))
        counts["inotifywait"] = collections.Counter(titles.get(name, name) for name in self.lines("inotifywait"))
        counts["mutt"] = collections.Counter(m["Subject"] for m in mailbox.mbox(mbox)) if mbox.exists() else {}
        found = self.run("notmuch", f"--config={self.folder}/notmuch.conf", "search", "--output=files", "*").stdout.split()
        counts["notmuch"] = collections.Counter(titles[pathlib.Path(f).name.split(".")[0] + ".json"] for f in found)
        with sqlite3.connect(self.folder / "newsboat.db") as db:
            counts["newsboat"] = collections.Counter(t for t, in db.execute("SELECT title FROM rss_item"))
        return counts

    def close(self):
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, 9)
            process.wait()


@pytest.fixture
def consumers(daemon, tmp_path):
    missing = [name for name in NEEDED if not shutil.which(name, path=ENV["PATH"])]
    if missing:
        pytest.skip("not installed: " + ", ".join(missing))
    subprocess.run(["make", "-s", "-C", str(BUILD), "examples/worker"], check=True, timeout=300, stdout=subprocess.DEVNULL)
    made = Consumers(daemon, tmp_path)
    yield made
    made.close()


def test_every_consumer_sees_every_article_once_while_the_daemon_is_killed(daemon, nginx, consumers):
    def publish(n):
        for f in range(FEEDS):
            nginx.put(f"{f}.xml", rss(items(f"f{f}", n)))

    publish(0)
    queues = "".join(f"[queue {name}]\ntags = *\nformat = {form}\n" for name, form in (
        ("shell", "json"), ("c", "json"), ("inotifywait", "json"), ("mutt", "rfc5322"), ("notmuch", "rfc5322")))
    daemon.configure({f"f{f}": {"url": nginx.url(f"{f}.xml"), "tags": "news"} for f in range(FEEDS)}, extra=queues).start()
    consumers.start_all()
    for n in range(1, ROUNDS + 1):
        before = len(daemon.spool.articles())
        publish(n * MORE)
        wait_for(lambda: len(daemon.spool.articles()) > before, daemon.log)
        with concurrent.futures.ThreadPoolExecutor(1) as visitor:
            visit = visitor.submit(consumers.visit)
            daemon.kill()
            daemon.start()
            visit.result(60)
    wait_for(lambda: len(daemon.spool.articles()) == N, daemon.log)
    consumers.visit()
    titles = collections.Counter(f"Title f{f} {i}" for f in range(FEEDS) for i in range(1, ROUNDS * MORE + 1))

    def missing():
        return {name: len(titles - seen) for name, seen in consumers.seen().items() if titles - seen}

    wait_for(lambda: not missing(), missing)
    for f in range(FEEDS):
        daemon.more_polls(f"f{f}")
    consumers.visit()
    for name, seen in consumers.seen().items():
        assert seen == titles, (name, seen - titles, titles - seen)
    assert all(p.poll() is None for p in consumers.processes.values())
    assert daemon.spool.queue("shell") == daemon.spool.queue("c") == []
