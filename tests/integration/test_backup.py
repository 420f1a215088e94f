"""newspool backup of a daemon that polls and delivers, and the copy started in its place: nothing lost, nothing twice."""
import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading

import pytest

from conftest import BUILD, Daemon, rss, wait_for
from web import not_modified, respond

FEEDS = 4
LISTED = 200


class Growing:
    """Feeds that have two new items at each request; every fifth is in the next feed as well."""

    def __init__(self, web):
        self.lock = threading.Lock()
        self.items = [[] for _ in range(FEEDS)]
        self.n = 0
        self.growing = True
        self.urls = [web.url(f"/{feed}.xml") for feed in range(FEEDS)]
        for feed in range(FEEDS):
            web.route(f"/{feed}.xml", lambda request, feed=feed: self.answer(feed, request))

    def add(self, feed, title):
        body = f"The text of {title}, which nothing else has, long enough to stand for itself in any comparison."
        self.items[feed].insert(0, (f"{feed}-{title}", title, body))

    def answer(self, feed, request):
        with self.lock:
            for _ in range(2 if self.growing and self.n < LISTED else 0):
                self.n += 1
                self.add(feed, f"item {self.n}")
                if self.n % 5 == 0:
                    self.add((feed + 1) % FEEDS, f"item {self.n}")
            tag = f'"{len(self.items[feed])}"'
            if (request.etag or b"").decode() == tag:
                return not_modified(f"ETag: {tag}")
            return respond(rss(self.items[feed], f"Feed {feed}"), "200 OK", f"ETag: {tag}",
                           "Content-Type: application/rss+xml")

    def titles(self, feed=None):
        with self.lock:
            feeds = self.items if feed is None else [self.items[feed]]
            return sorted({title for items in feeds for _, title, _ in items})


def configure(daemon, site):
    return daemon.configure({f"f{i}": {"url": url, "tags": f"t{i}"} for i, url in enumerate(site.urls)},
                            extra="[queue left]\ntags = *\n[queue taken]\ntags = *\n")


def newspool(daemon, *args, status=0):
    done = subprocess.run([str(BUILD / "newspool"), *args[:1], "--config", str(daemon.config), *args[1:]],
                          capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def start_copy(copy, folder, site):
    """What newspoold(8) says: the two are moved to where a configuration names them."""
    folder.mkdir()
    (copy / "spool").rename(folder / "spool")
    (copy / "state.db").rename(folder / "state.db")
    return configure(Daemon(folder), site).start()


def check(daemon, site):
    """Each article that was ever listed is once in articles/, under its tags and in the queue nobody empties."""
    articles = daemon.spool.articles()
    titles = {name: article["title"] for name, article in articles.items()}
    assert sorted(titles.values()) == site.titles()
    for feed in range(FEEDS):
        assert sorted(titles[name] for name in daemon.spool.tag(f"t{feed}")) == site.titles(feed)
    assert daemon.spool.queue("left") == sorted(articles)
    assert daemon.spool.staged() == []
    with sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("other_disk", [False, True], ids=["links", "copies"])
def test_copy_of_a_daemon_under_load_goes_on_with_nothing_lost_or_twice(daemon, web, tmp_path, other_disk):
    site = Growing(web)
    configure(daemon, site).start()
    wait_for(lambda: len(list(daemon.spool_path.glob("articles/*/*"))) > 20, daemon.log)
    elsewhere = tempfile.mkdtemp(dir="/dev/shm") if other_disk else None
    if other_disk and os.stat("/dev/shm").st_dev == os.stat(tmp_path).st_dev:
        pytest.skip("there is one file system only")
    try:
        for n in range(2):
            copy = tmp_path / f"copy{n}" if elsewhere is None else type(tmp_path)(elsewhere) / f"copy{n}"
            assert "articles" in newspool(daemon, "backup", str(copy))
            assert not copy.with_name(copy.name + ".unfinished").exists()
            known = {name for name in daemon.spool.articles()}
            second = start_copy(copy, copy.with_name(f"second{n}"), site)
            try:
                for feed in range(FEEDS):
                    second.wait_polls(f"f{feed}", 2)
                site.growing = False
                for feed in range(FEEDS):
                    second.more_polls(f"f{feed}")
                assert second.stop()[0] == 0
                check(second, site)
                assert "missing" not in newspool(second, "fsck") and "other-file" not in newspool(second, "fsck")
                # A name that both have is the same article; what is new has another one.
                assert all(name in known or int(name[:16]) > 1000000 for name in second.spool.articles())
            finally:
                second.close()
                site.growing = True
        assert daemon.stop()[0] == 0
    finally:
        if elsewhere is not None:
            shutil.rmtree(elsewhere)


@pytest.mark.parametrize("other_disk", [False, True], ids=["links", "copies"])
def test_copy_made_while_a_delivery_waits_delivers_it(daemon, web, tmp_path, other_disk):
    site = Growing(web)
    configure(daemon, site).start()
    wait_for(lambda: daemon.spool.queue("left"), daemon.log)
    new = daemon.spool_path / "queues/taken/new"
    shutil.rmtree(new)
    new.write_text("in the way")  # nothing can be moved there: what is committed stays pending
    wait_for(lambda: "trying again until they can" in daemon.log() and daemon.spool.staged(), daemon.log)
    folder = tempfile.mkdtemp(dir="/dev/shm") if other_disk else tmp_path
    copy = type(tmp_path)(folder) / "copy"
    newspool(daemon, "backup", str(copy))
    assert daemon.spool.staged()
    with contextlib.closing(sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True)) as db:
        waiting = {name for name, in db.execute("SELECT name FROM pending WHERE path LIKE 'queues/taken/%'")}
    assert waiting
    second = start_copy(copy, copy.with_name("second"), site)
    try:
        assert waiting <= set(second.spool.queue("taken"))
        site.growing = False
        for feed in range(FEEDS):
            second.more_polls(f"f{feed}")
        assert second.stop()[0] == 0
        check(second, site)
        assert "other-file" not in newspool(second, "fsck")
    finally:
        second.close()
        if other_disk:
            shutil.rmtree(folder)


def test_copy_of_a_stopped_daemon_is_the_same(daemon, web, tmp_path):
    site = Growing(web)
    configure(daemon, site).start()
    for feed in range(FEEDS):
        daemon.wait_polls(f"f{feed}", 2)
    site.growing = False
    for feed in range(FEEDS):
        daemon.more_polls(f"f{feed}")
    assert daemon.stop()[0] == 0
    for name in daemon.spool.queue("taken")[:5]:
        (daemon.spool_path / "queues/taken/new" / name).unlink()
    (daemon.spool_path / "cursors" / "reader").write_text("12\n")
    articles, taken = daemon.spool.articles(), daemon.spool.queue("taken")
    newspool(daemon, "backup", str(tmp_path / "copy"))
    assert "exists" in newspool(daemon, "backup", str(tmp_path / "copy"), status=1)
    second = start_copy(tmp_path / "copy", tmp_path / "second", site)
    try:
        for feed in range(FEEDS):
            second.wait_polls(f"f{feed}", 1)
        assert second.stop()[0] == 0
        check(second, site)
        assert second.spool.articles() == articles
        assert second.spool.queue("taken") == taken
        assert (second.spool_path / "cursors" / "reader").read_text() == "12\n"
    finally:
        second.close()
