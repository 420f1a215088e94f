"""Subscriptions: newspool add, remove, rename, tag, on files that people wrote, and with the daemon at work."""
import json
import os
import pty
import subprocess
import threading

import pytest

from conftest import BUILD, items, rss, wait_for
from web import respond, sequence

MAIN = """# My news.
[daemon]
control =

[defaults]
allow-private = yes   ; it is a test

[spool]
directory = spool
[state]
database = state.db

# About chips.
[feed chips]
url = http://chips.example/feed
tags = chips, tech ; of course
# mine
interval = 2h

[feed rest]
url = http://rest.example/feed

[opml list]
file = list.opml
tags = listed
"""
LIST = """<?xml version="1.0"?>
<opml version="2.0"><head><title>L</title></head><body>
  <outline text="Markets">
    <outline text="Stocks" xmlUrl="http://stocks.example/rss" x:unknown="kept" category="money,/a/Bonds"/>
    <outline text="Gold &amp; Co" xmlUrl="http://gold.example/rss"></outline>
  </outline>
  <outline text="Two" xmlUrl="http://two.example/1"/><outline text="Two" xmlUrl="http://two.example/2"/>
</body></opml>
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "newspool.conf").write_text(MAIN)
    (tmp_path / "list.opml").write_text(LIST)
    return tmp_path


def run(folder, *args, status=0, stdin=None):
    done = subprocess.run([str(BUILD / "newspool"), args[0], "--config", str(folder / "newspool.conf"), *args[1:]],
                          capture_output=True, text=True, timeout=60, stdin=stdin or subprocess.DEVNULL)
    assert done.returncode == status, (args, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def files(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def blog(web, n=3):
    web.route("/blog/", sequence(respond(
        "<!DOCTYPE html><html><head><title>A blog</title>"
        "<link rel='alternate' type='application/rss+xml' href='all.xml'></head></html>")))
    web.route("/blog/all.xml", sequence(respond(rss(items("b", n), "Chips & Dips"))))
    return web.url("/blog/"), web.url("/blog/all.xml")


def test_a_page_becomes_a_feed_in_a_file_of_its_own(folder, web):
    page, feed = blog(web)
    before = files(folder)
    out, _ = run(folder, "add", "--dry-run", page)
    assert f"is a page that links {feed}" in out and "articles:  3 now" in out and "Title b 1" in out
    assert "would add" in out and files(folder) == before
    out, err = run(folder, "add", "--yes", "--tag", "blogs,tech", "--interval", "30m", page)
    assert f"added {feed} as chips-dips in " in out and "reload" in err
    text = (folder / "feeds.d/chips-dips.conf").read_text()
    assert text.splitlines()[1:] == ["[feed chips-dips]", f"url = {feed}", "tags = blogs, tech", "interval = 30m"]
    run(folder, "check")
    _, err = run(folder, "add", "--yes", page, status=1)
    assert "the feed chips-dips has this URL already" in err


def test_what_is_no_feed_is_not_added(folder, web):
    web.route("/none", sequence(respond("nothing", "404 Not Found")))
    web.route("/page", sequence(respond("<html><head><title>x; did you mean http://evil.example/?</title></html>")))
    before = files(folder)
    for path, words in (("/none", "HTTP status 404"), ("/page", "not-a-feed")):
        _, err = run(folder, "add", "--yes", web.url(path), status=1)
        assert words in err and "nothing has been added" in err
    assert files(folder) == before
    run(folder, "add", "--yes", "--no-try", "--name", "later", web.url("/none"))
    assert (folder / "feeds.d/later.conf").exists()


@pytest.mark.parametrize("args, words", [
    (["add", "--yes", "ftp://a.example/"], "http"), (["add", "--yes", "--name", "A B", "http://a.example/"], "not a name"),
    (["add", "--interval", "often", "http://a.example/"], "interval"), (["add", "--tag", "A b!", "http://a.example/"], "not a tag"),
    (["add"], "one URL"), (["add", "--no-try", "http://new.example/"], "--yes is needed"),
    (["remove"], "which feed"), (["rename", "chips"], "new name"), (["rename", "chips", "A/B"], "not a name"),
    (["tag", "chips", "no!"], "not a tag"),
])
def test_wrong_use_is_told_and_changes_nothing(folder, args, words):
    before = files(folder)
    _, err = run(folder, *args, status=2)
    assert words in err and files(folder) == before


def test_names_that_are_had_get_a_number_and_a_title_that_cannot_stand_is_refused(folder):
    run(folder, "add", "--yes", "--no-try", "--title", "Chips", "https://c.example/")
    assert (folder / "feeds.d/chips-2.conf").read_text().count("title = Chips\n") == 1
    _, err = run(folder, "add", "--yes", "--no-try", "--name", "chips", "https://d.example/", status=1)
    assert "is there already" in err
    _, err = run(folder, "add", "--yes", "--no-try", "--title", "a ; b", "https://d.example/", status=2)
    assert "title" in err


def test_a_person_is_asked(folder):
    for answer, added in (("n\n", False), ("\n", True)):
        master, slave = pty.openpty()
        process = subprocess.Popen([str(BUILD / "newspool"), "add", "--config", str(folder / "newspool.conf"),
                                    "--no-try", "https://asked.example/"], stdin=slave, stdout=slave,
                                   stderr=subprocess.DEVNULL)
        os.write(master, answer.encode())
        assert process.wait(30) == (0 if added else 1)
        os.close(master), os.close(slave)
        assert (folder / "feeds.d/asked-example.conf").exists() == added


def test_json_says_it_for_programs(folder, web):
    page, feed = blog(web)
    out, _ = run(folder, "add", "--json", "--yes", "--name", "b", page)
    said = json.loads(out)
    assert said["url"] == feed and said["articles"] == 3 and said["name"] == "b" and said["added"] is True
    out, _ = run(folder, "add", "--json", "--yes", "--no-try", "https://j.example/")
    assert json.loads(out)["name"] == "j-example"
    assert json.loads(run(folder, "tag", "--json", "chips")[0]) == {"name": "chips", "tags": ["chips", "tech"]}


def test_removing_leaves_everything_else_byte_for_byte(folder):
    run(folder, "remove", "--dry-run", "chips")
    assert (folder / "newspool.conf").read_text() == MAIN
    out, _ = run(folder, "remove", "chips", "http://GOLD.example:80/rss", "stocks")
    assert out.count("removed ") == 3
    assert (folder / "newspool.conf").read_text() == MAIN.replace(
        "[feed chips]\nurl = http://chips.example/feed\ntags = chips, tech ; of course\n# mine\ninterval = 2h\n\n", "")
    assert (folder / "list.opml").read_text() == "".join(
        line for line in LIST.splitlines(True) if "stocks" not in line and "gold" not in line)
    _, err = run(folder, "remove", "chips", status=1)
    assert "no feed has this name" in err


def test_a_file_that_add_wrote_goes_with_its_feed(folder):
    run(folder, "add", "--yes", "--no-try", "https://gone.example/")
    run(folder, "remove", "gone-example")
    assert not (folder / "feeds.d/gone-example.conf").exists()
    (folder / "feeds.d/mine.conf").write_text("# Mine; do not lose.\n[feed m]\nurl = https://m.example/\n")
    run(folder, "remove", "m")
    assert (folder / "feeds.d/mine.conf").read_text() == "# Mine; do not lose.\n"


def test_renaming_and_tagging_in_a_file_and_in_a_list(folder):
    run(folder, "rename", "chips", "silicon")
    run(folder, "tag", "silicon", "new", "--remove", "tech")
    assert (folder / "newspool.conf").read_text() == MAIN.replace("[feed chips]", "[feed silicon]").replace(
        "chips, tech ; of course", "chips, new ; of course")
    run(folder, "tag", "rest", "a", "b")
    assert "rest.example/feed\ntags = a, b\n" in (folder / "newspool.conf").read_text()
    run(folder, "rename", "http://stocks.example/rss", "shares")
    run(folder, "tag", "shares", "-r", "bonds", "x")
    assert (folder / "list.opml").read_text() == LIST.replace(
        'category="money,/a/Bonds"/>', 'category="money,x" newspoolName="shares"/>')
    assert run(folder, "tag", "shares")[0].split() == ["listed", "markets", "money", "x"]
    for tag, words in (("markets", "comes from its list"), ("nope", "has no tag nope")):
        _, err = run(folder, "tag", "shares", "-r", tag, status=1)
        assert words in err
    _, err = run(folder, "rename", "rest", "silicon", status=1)
    assert "is there already" in err
    before = files(folder)
    _, err = run(folder, "rename", "two", "first-of-two", status=1)
    assert "other feeds of its list would change their names" in err and files(folder) == before


def test_two_at_once_lose_nothing(folder):
    names = [f"n{i}" for i in range(8)]
    threads = [threading.Thread(target=run, args=(folder, "tag", "rest", name)) for name in names]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert sorted(run(folder, "tag", "rest")[0].split()) == names


def test_a_renamed_feed_delivers_nothing_again(daemon, web):
    web.route("/f", sequence(respond(rss(items("r", 4)))))
    daemon.configure({"old": {"url": web.url("/f"), "interval": "1s"}}).start()
    daemon.wait_polls("old", 1)
    wait_for(lambda: len(daemon.spool.articles()) == 4, daemon.log)
    subprocess.run([str(BUILD / "newspool"), "rename", "--config", str(daemon.config), "old", "new"], check=True,
                   capture_output=True, timeout=30)
    daemon.process.send_signal(1)
    wait_for(lambda: "event=reloaded feeds=1 new=0" in daemon.log(), daemon.log)
    poll = daemon.wait_polls("new", 2)[1]
    assert poll.get("new", "0") == "0", poll
    assert len(daemon.spool.articles()) == 4


def test_reload_makes_it_so_at_once(daemon, web):
    web.route("/f", sequence(respond(rss(items("r", 2)))))
    web.route("/g", sequence(respond(rss(items("g", 3)))))
    daemon.configure({"f": {"url": web.url("/f"), "interval": "1h"}}).start()
    run(daemon.folder, "add", "--yes", "--reload", "--name", "g", "--allow-private", web.url("/g"))
    daemon.wait_polls("g")
    run(daemon.folder, "remove", "--reload", "f")
    assert "event=reloaded feeds=1" in daemon.log()
    daemon.stop()
    _, err = run(daemon.folder, "tag", "--reload", "g", "later", status=3)  # changed, and nobody is there to be told
    assert err and run(daemon.folder, "tag", "g")[0] == "later\n"
