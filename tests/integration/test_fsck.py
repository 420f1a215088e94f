"""newspool fsck and why, beside a daemon that runs and on a spool that somebody has damaged."""
import contextlib
import os
import sqlite3
import subprocess

from conftest import BUILD, items, rss, wait_for


def tool(daemon, *args):
    done = subprocess.run([str(BUILD / "newspool"), args[0], "--config", str(daemon.config), *args[1:]],
                          capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def problems(text):
    return sorted(line.split()[:2] for line in text.splitlines()[:-1])


def fill(daemon, nginx):
    """Two feeds that share an article, one with a queue."""
    shared = items("both", 1)
    nginx.put("a.xml", rss(items("a", 4) + shared, "A"))
    nginx.put("b.xml", rss(items("b", 4) + shared, "B"))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "one, two"},
                      "b": {"url": nginx.url("b.xml"), "tags": "three"}}, extra="[queue all]\ntags = *\n").start()
    daemon.wait_polls("a")
    daemon.wait_polls("b")


def name_of(daemon, title):
    return next(n for n, a in daemon.spool.articles().items() if a["title"] == title)


def test_a_live_spool_without_damage_has_no_problems(daemon, nginx):
    fill(daemon, nginx)
    status, out, err = tool(daemon, "fsck")
    assert (status, err) == (0, "")
    assert out.startswith("9 articles and ") and out.endswith(": 0 problems\n"), out


def test_fsck_names_each_kind_of_damage_and_repairs_what_can_be(daemon, nginx):
    fill(daemon, nginx)
    daemon.stop()
    paths = {n: next((daemon.spool_path / "articles").glob(f"*/{n}")) for n in daemon.spool.articles()}
    day = next(iter(paths.values())).parent.name
    names = sorted(n for n in paths if daemon.spool.articles()[n]["title"] != "Title both 1")
    lost, unlinked, cut, changed = names[:4]
    paths[lost].unlink()
    tag = "one" if unlinked in daemon.spool.tag("one") else "three"
    (daemon.spool_path / "tags" / tag / day / unlinked).unlink()
    text = paths[changed].read_text().replace("Title", "Tittle")
    for name, content in ((cut, paths[cut].read_text()[:100]), (changed, text)):
        os.chmod(paths[name], 0o640)
        paths[name].write_text(content)  # in place: the links are the same file
    (paths[cut].parent / f"{99:016d}-{7:016x}.json").write_text("{}\n")
    (daemon.spool_path / "tmp" / "forgotten").write_text("")
    expected = [["extra", f"articles/{day}/{99:016d}-{7:016x}.json"],
                ["missing", f"articles/{day}/{lost}"],
                ["missing", f"tags/{tag}/{day}/{unlinked}"],
                ["unreadable", f"articles/{day}/{cut}"],
                ["wrong-hash", f"articles/{day}/{changed}"]]
    lost_links = [["extra", f"tags/{t}/{day}/{lost}"] for t in ("one", "two", "three") if lost in daemon.spool.tag(t)]
    status, out, _ = tool(daemon, "fsck")
    assert status == 1
    assert problems(out) == sorted(expected + lost_links)
    status, out, _ = tool(daemon, "fsck", "--repair")
    assert status == 0 and "stale       tmp/forgotten  (repaired)" in out, out
    assert f"missing     articles/{day}/{lost}  (repaired)" in out  # from a link of it that is left
    assert unlinked in daemon.spool.tag(tag)
    assert f"unreadable  articles/{day}/{cut}  (put into quarantine)" in out
    assert f"wrong-hash  articles/{day}/{changed}  (put into quarantine)" in out
    assert sorted(p.name for p in (daemon.spool_path / "quarantine").iterdir()) == sorted(
        [f"damaged-{cut}", f"damaged-{changed}", f"unknown-{99:016d}-{7:016x}.json"])
    left = sorted(n for n in paths if n not in (cut, changed))
    assert list(daemon.spool.articles()) == left and daemon.spool.queue("all") == left
    assert set(daemon.spool.tag("one")) | set(daemon.spool.tag("three")) == set(left)
    assert tool(daemon, "fsck")[:2] == (0, f"7 articles and {len(links(daemon))} links under tags looked at: 0 problems\n")
    daemon.start()
    daemon.wait_polls("a", 2)
    daemon.wait_polls("b", 2)
    assert list(daemon.spool.articles()) == left  # what was damaged stays known


def links(daemon):
    return [*daemon.spool_path.glob("tags/*/*/*")]


def test_articles_of_which_the_database_lost_its_rows_are_known_again(daemon, nginx):
    fill(daemon, nginx)
    daemon.stop()
    for file in daemon.spool_path.glob("queues/all/new/*"):
        file.unlink()
    with contextlib.closing(sqlite3.connect(daemon.database)) as db, db:
        db.executescript("DELETE FROM article WHERE seq > 3; DELETE FROM hash WHERE seq > 3;"
                         "DELETE FROM identity WHERE seq > 3")
    status, out, _ = tool(daemon, "fsck", "--repair")
    assert status == 0 and out.count("(known again)") == 6
    assert tool(daemon, "fsck")[0] == 0
    daemon.start()
    daemon.wait_polls("a", 2)
    daemon.wait_polls("b", 2)
    assert len(daemon.spool.articles()) == 9 and daemon.spool.queue("all") == []


def test_what_is_on_its_way_is_neither_missing_nor_given_up(daemon, nginx):
    """The daemon was killed between commit and move."""
    fill(daemon, nginx)
    daemon.stop()
    article = min((daemon.spool_path / "articles").glob("*/*"))
    day = article.parent.name
    with contextlib.closing(sqlite3.connect(daemon.database)) as db, db:
        db.execute("INSERT INTO pending VALUES (1, 0, ?, ?)", (article.name, f"articles/{day}/{article.name}"))
    for file in [*links(daemon), *daemon.spool_path.glob("queues/all/new/*")]:
        if file.name == article.name:
            file.unlink()
    article.rename(daemon.spool_path / "tmp" / article.name)
    out = tool(daemon, "fsck", "--repair")[1]
    assert f"articles/{day}/{article.name}" not in out, out
    daemon.start()
    assert article.exists()


def test_article_without_a_whole_link_is_not_made_again(daemon, nginx):
    fill(daemon, nginx)
    daemon.stop()
    name = name_of(daemon, "Title b 1")
    article, = (daemon.spool_path / "articles").glob(f"*/{name}")
    link, = (daemon.spool_path / "tags").glob(f"three/*/{name}")
    os.chmod(link, 0o640)
    link.write_text("{}\n")  # the same file
    article.unlink()
    assert name in daemon.spool.queue("all")
    status, out, _ = tool(daemon, "fsck", "--repair")
    assert status == 0 and name not in daemon.spool.queue("all")
    assert not article.exists() and not link.exists()
    assert f"missing     articles/{article.parent.name}/{name}  (given up)\n" in out
    assert tool(daemon, "fsck")[0] == 0


def test_file_in_the_place_of_a_link_is_put_away(daemon, nginx):
    fill(daemon, nginx)
    daemon.stop()
    link = next((daemon.spool_path / "tags/one").glob("*/*.json"))
    link.unlink()
    link.write_text("mine")
    path = f"tags/one/{link.parent.name}/{link.name}"
    assert problems(tool(daemon, "fsck")[1]) == [["other-file", path]]
    assert tool(daemon, "fsck", "--repair")[0] == 0
    assert link.samefile(daemon.spool_path / "articles" / link.parent.name / link.name)
    assert (daemon.spool_path / "quarantine" / f"other-{link.name}").read_text() == "mine"
    assert tool(daemon, "fsck")[0] == 0


def test_claims_of_consumers_that_went_away_are_reported_and_given_back(daemon, nginx):
    fill(daemon, nginx)
    queue = daemon.spool_path / "queues/all"
    old, young, read, strange = sorted((queue / "new").iterdir())[:4]
    old.rename(queue / "cur" / f"{old.name},{1:012d},dead.worker")
    young.rename(queue / "cur" / young.name)  # a shell's, in this moment
    (queue / "cur" / "note.txt").write_text("whose?")
    expected = [["extra", "queues/all/cur/note.txt"], ["stale-claim", f"queues/all/cur/{old.name},{1:012d},dead.worker"]]
    status, out, _ = tool(daemon, "fsck")  # beside the daemon
    assert status == 1 and problems(out) == expected, out
    daemon.stop()
    assert "stale-claim" in tool(daemon, "fsck", "--repair")[1]
    assert old.exists() and (queue / "cur" / young.name).exists() and (queue / "cur/note.txt").exists()


def test_fsck_repairs_nothing_while_the_daemon_runs(daemon, nginx):
    fill(daemon, nginx)
    status, _, err = tool(daemon, "fsck", "--repair")
    assert status == 1 and "another newspoold" in err


def test_days_that_retention_has_taken_are_no_problem(daemon, nginx):
    fill(daemon, nginx)
    daemon.stop()
    day, = (daemon.spool_path / "articles").iterdir()
    for folder in [day, *(daemon.spool_path / "tags").glob(f"*/{day.name}")]:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    assert tool(daemon, "fsck")[:2] == (0, "0 articles and 0 links under tags looked at: 0 problems\n")


def test_why_tells_what_was_decided_and_on_what_evidence(daemon, nginx):
    fill(daemon, nginx)
    status, out, err = tool(daemon, "why", name_of(daemon, "Title both 1"))
    assert (status, err) == (0, "")
    for part in ("Title both 1", "neither the item was had in its feed", "three", "queues     all",
                 "content    by feed", "also had   by feed", "feed a had this content: its article was linked", "link to this file"):
        assert part in out, out
    seq = int(name_of(daemon, "Title a 1").split("-")[0])
    assert tool(daemon, "why", str(seq))[1] in tool(daemon, "why", "http://publisher.example/a-1")[1]
    nginx.put("a.xml", rss([("a-1", "Title a 1", "Another body altogether, which nobody has seen before.")], "A"))
    wait_for(lambda: "its content changed" in tool(daemon, "why", str(seq))[1], daemon.log)
    assert "updates = ignore" in tool(daemon, "why", str(seq))[1]


def test_why_says_what_it_does_not_know(daemon, nginx):
    fill(daemon, nginx)
    for what, word in (("99999", "no such article"), ("http://nowhere.example/", "no such article"),
                       ("nonsense", "neither a sequence")):
        status, _, err = tool(daemon, "why", what)
        assert status == 1 and word in err
