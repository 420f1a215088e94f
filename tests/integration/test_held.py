"""A feed that suddenly shows hundreds of new items: held, listed, released, dropped, explained."""
import json
import subprocess

from conftest import BUILD, items, rss, wait_for


def tool(daemon, *args, status=0):
    done = subprocess.run([str(BUILD / "newspool"), args[0], "--config", str(daemon.config), *args[1:]],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def flooded(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "flood-limit": 5}}).start()
    daemon.wait_polls("a")
    nginx.put("a.xml", rss(items("a", 3) + items("b", 20)))
    wait_for(lambda: "held until they are released or dropped" in daemon.log(), daemon.log)
    return daemon


def test_flood_is_held_and_released_after_a_restart(daemon, nginx):
    flooded(daemon, nginx)
    assert "a: 20 held" in tool(daemon, "held")
    polls = len(daemon.polls("a"))
    daemon.wait_polls("a", polls + 2)
    assert len(daemon.spool.articles()) == 3
    rows = [json.loads(line) for line in tool(daemon, "held", "--json").splitlines()]
    assert len(rows) == 20 and all(row["why"] == "flood-limit" and row["feed"] == "a" for row in rows)
    assert "held until an operator" in tool(daemon, "why", rows[0]["url"])
    daemon.stop()
    tool(daemon, "held", "--release", status=2)
    assert "1 dropped" in tool(daemon, "held", "--drop", str(rows[0]["id"]))
    assert "19 released" in tool(daemon, "held", "--release", "a")
    assert len(daemon.spool.articles()) == 22
    assert "Nothing is held." in tool(daemon, "held")
    daemon.start()
    daemon.wait_polls("a")
    assert len(daemon.spool.articles()) == 22
    assert "then dropped: nothing was spooled" in tool(daemon, "why", rows[0]["url"])
    assert "then released" in tool(daemon, "why", rows[1]["url"])


def test_why_is_right_about_updates(daemon, nginx):
    url = "http://publisher.example/story"

    def story(text):
        return [("story", "Story", text)]

    def polled(text):
        polls = len(daemon.polls("a"))
        nginx.put("a.xml", rss(story(text)))
        daemon.wait_polls("a", polls + 2)

    nginx.put("a.xml", rss(story("first")))
    feed = {"url": nginx.url("a.xml"), "updates": "ignore"}
    daemon.configure({"a": feed}).start()
    daemon.wait_polls("a")
    assert "neither the item was had" in tool(daemon, "why", url)
    polled("second")
    why = tool(daemon, "why", url + "?utm_source=rss")
    assert "updates = ignore: article 1 stays" in why and "1 times" in why
    daemon.configure({"a": {**feed, "updates": "emit"}}).reload()
    assert "updates = ignore" in tool(daemon, "why", "1")  # what was decided then
    polled("third")
    assert "updates = emit: spooled as a revision of article 1" in tool(daemon, "why", "2")
    assert "no such article" in subprocess.run(
        [str(BUILD / "newspool"), "why", "--config", str(daemon.config), "https://example.org/other"],
        capture_output=True, text=True, timeout=60).stderr


def test_rule_holds_articles_with_the_tags_that_they_had(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    rule = "[rule doubtful]\nmatch = title ~ /a 2$/\nadd-tags = late\nhold = yes\n"
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "news"}}, extra=rule).start()
    daemon.wait_polls("a", 2)
    assert len(daemon.spool.articles()) == 2
    rows = [json.loads(line) for line in tool(daemon, "held", "--json").splitlines()]
    assert [row["why"] for row in rows] == ["rule doubtful"]
    daemon.stop()
    assert "1 released" in tool(daemon, "held", "--release", "--all")
    assert len(list(daemon.spool_path.glob("tags/late/*/*.json"))) == 1
    assert len(list(daemon.spool_path.glob("tags/news/*/*.json"))) == 3
