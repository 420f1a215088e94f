"""The main job, end to end: feeds on a real nginx, the daemon, and what a reader finds in the spool."""
import json
import os
import re
import signal
import threading

import jsonschema
import pytest

from conftest import TOP, answer, items, rss, wait_for

SCHEMA = json.loads((TOP / "conf" / "article.schema.json").read_text())


def test_every_article_arrives_once_under_its_tags(daemon, nginx):
    nginx.put("tech.xml", rss(items("tech", 12), "Technology"))
    nginx.put("stock.xml", rss(items("stock", 7), "Stocks"))
    daemon.configure({
        "tech": {"url": nginx.url("tech.xml"), "tags": "technology-news, engineers"},
        "stock": {"url": nginx.url("stock.xml"), "tags": "stock-news"},
    }).start()
    daemon.wait_polls("tech")
    daemon.wait_polls("stock")
    articles = daemon.spool.articles()
    assert daemon.spool.titles() == sorted(
        [f"Title tech {i}" for i in range(1, 13)] + [f"Title stock {i}" for i in range(1, 8)])
    for tag, feed in (("technology-news", "tech"), ("engineers", "tech"), ("stock-news", "stock")):
        assert daemon.spool.tag(tag) == sorted(
            n for n, a in articles.items() if a["_newspool"]["feed"]["name"] == feed)
    assert sorted(daemon.spool.tags()) == ["engineers", "stock-news", "technology-news"]
    assert daemon.spool.staged() == []


def test_records_follow_the_schema_and_their_names(daemon, nginx):
    nginx.put("tech.xml", rss(items("tech", 5), "Technology"))
    daemon.configure({"tech": {"url": nginx.url("tech.xml"), "tags": "technology-news"}}).start()
    daemon.wait_polls("tech")
    validator = jsonschema.Draft202012Validator(SCHEMA)
    articles = daemon.spool.articles()
    assert len(articles) == 5
    for name, record in articles.items():
        assert not list(validator.iter_errors(record)), name
        meta = record["_newspool"]
        digest = meta["content_hash"].split(":")[1]
        assert name == f"{meta['seq']:016d}-{digest[:16]}.json"
        assert record["tags"] == ["technology-news"]
    assert [a["_newspool"]["seq"] for a in articles.values()] == [1, 2, 3, 4, 5]


def test_files_are_immutable_and_linked_not_copied(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "one, two"}}).start()
    daemon.wait_polls("a")
    file, = (daemon.spool_path / "articles").glob("*/*.json")
    status = file.stat()
    assert status.st_mode & 0o777 == 0o440
    assert status.st_nlink == 3
    for tag in ("one", "two"):
        assert (daemon.spool_path / "tags" / tag / file.parent.name / file.name).samefile(file)


def test_second_poll_is_conditional_and_answered_304(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a", 2)
    first, second = nginx.requests("a.xml")[:2]
    assert (first["status"], first["etag"], first["since"]) == (200, "", "")
    assert second["status"] == 304
    assert second["etag"] and second["since"]
    assert len(daemon.spool.articles()) == 3


def test_one_new_item_gives_one_new_file(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 5)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    before = set(daemon.spool.articles())
    nginx.put("a.xml", rss(items("a", 1, first=6) + items("a", 5)))
    wait_for(lambda: len(daemon.spool.articles()) > 5, daemon.log)
    daemon.more_polls("a")
    new = set(daemon.spool.articles()) - before
    assert [daemon.spool.articles()[n]["title"] for n in new] == ["Title a 6"]


def test_article_in_two_feeds_is_spooled_once_under_both_tags(daemon, nginx):
    shared = items("shared", 1)
    nginx.put("a.xml", rss(items("a", 2) + shared))
    nginx.put("b.xml", rss([("other-guid",) + shared[0][1:]] + items("b", 2)))
    daemon.configure({
        "a": {"url": nginx.url("a.xml"), "tags": "from-a, both"},
        "b": {"url": nginx.url("b.xml"), "tags": "from-b, both"},
    }).start()
    daemon.wait_polls("a")
    daemon.wait_polls("b")
    articles = daemon.spool.articles()
    assert len(articles) == 5
    name, = [n for n, a in articles.items() if a["title"] == "Title shared 1"]
    for tag in ("from-a", "from-b", "both"):
        assert daemon.spool.tag(tag).count(name) == 1
    assert len(daemon.spool.tag("both")) == 5


def test_publishers_categories_become_tags_through_the_table(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)).replace("</item>", "<category>Tech</category>"
                                                  "<category>Unheard of</category></item>"))
    daemon.configure({"a": nginx.url("a.xml")},
                     extra="[tag technology-news]\nalias = Tech, Technology\n").start()
    daemon.wait_polls("a")
    record, = daemon.spool.articles().values()
    assert record["tags"] == ["technology-news"]
    assert [c["term"] for c in record["_newspool"]["categories"]] == ["Tech", "Unheard of"]
    assert daemon.spool.tags() == ["technology-news"]


def test_queue_gets_what_its_tags_say(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 4)))
    nginx.put("b.xml", rss(items("b", 3)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "x"},
                      "b": {"url": nginx.url("b.xml"), "tags": "y"}},
                     extra="[queue some]\ntags = x\n[queue every]\ntags = *\n").start()
    daemon.wait_polls("a")
    daemon.wait_polls("b")
    articles = daemon.spool.articles()
    assert daemon.spool.queue("every") == sorted(articles)
    assert daemon.spool.queue("some") == daemon.spool.tag("x")
    # A consumer takes its work away, and nothing of it comes back.
    for name in daemon.spool.queue("some"):
        (daemon.spool_path / "queues/some/new" / name).unlink()
    daemon.kill()
    daemon.start().wait_polls("a")
    assert daemon.spool.queue("some") == []
    assert daemon.spool.queue("every") == sorted(articles)


def test_restart_delivers_nothing_again(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 6)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    before = daemon.spool.articles()
    status, seconds = daemon.stop()
    assert status == 0 and seconds < 2, (status, seconds, daemon.log())
    assert daemon.fetchers() == []
    daemon.start().wait_polls("a", 2)
    assert daemon.spool.articles() == before
    assert all(r["status"] == 304 for r in nginx.requests("a.xml")[1:])


def test_restart_keeps_the_interval(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 2)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "interval": "1h"}}).start()
    daemon.wait_polls("a")
    for stop in (daemon.stop, daemon.kill):
        stop()
        daemon.start()
        assert "later=1" in daemon.log() and "due=0" in daemon.log(), daemon.log()
    assert len(nginx.requests("a.xml")) == 1


def test_killed_fetcher_in_mid_poll_loses_nothing(daemon, script):
    body = rss(items("slow", 20)).encode()
    killed = threading.Event()
    half = threading.Event()

    def handler(server, connection, request):
        if len(server.requests) == 1:
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            connection.sendall(head + body[:len(body) // 2])
            half.set()
            killed.wait(30)
        else:
            connection.sendall(answer(body))

    server = script(handler)
    daemon.configure({"slow": {"url": server.url(), "tags": "s"}}).start()
    assert half.wait(30)
    before = daemon.fetchers()
    assert len(before) == 2
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    killed.set()
    daemon.wait_polls("slow")
    assert daemon.spool.titles() == sorted(f"Title slow {i}" for i in range(1, 21))
    assert len(daemon.spool.tag("s")) == 20
    assert not set(before) & set(daemon.fetchers())


def test_killed_keeper_loses_and_repeats_nothing(daemon, nginx):
    feeds = {}
    for f in range(6):
        nginx.put(f"{f}.xml", rss(items(f"f{f}", 30)))
        feeds[f"f{f}"] = {"url": nginx.url(f"{f}.xml"), "tags": f"t{f}"}
    daemon.configure(feeds)
    for _ in range(5):  # at whatever moment it happens to be
        daemon.start(ready=False)
        wait_for(lambda: daemon.ended() or "event=polled" in daemon.log() or len(daemon.spool.articles()) > 0,
                 daemon.log)
        daemon.kill()
    daemon.start()
    for f in range(6):
        daemon.wait_polls(f"f{f}", 1)
    wait_for(lambda: len(daemon.spool.articles()) >= 180, daemon.log)
    assert daemon.spool.titles() == sorted(f"Title f{f} {i}" for f in range(6) for i in range(1, 31))
    for f in range(6):
        assert len(daemon.spool.tag(f"t{f}")) == 30


def test_fetchers_end_with_a_killed_keeper(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    fetchers = daemon.fetchers()
    assert fetchers
    daemon.kill()
    wait_for(lambda: not any(alive(p) for p in fetchers), "fetchers end")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("name", ["technology.xml", "stocks.rdf", "commodities.atom", "brokers.json",
                                  "european-markets.xml", "semiconductors.atom", "security.xml"])
def test_sample_feeds_are_read_whole(daemon, nginx, name):
    nginx.put(name, (TOP / "conf" / "sample" / name).read_bytes())
    daemon.configure({"sample": {"url": nginx.url(name), "tags": "sample"}}).start()
    poll = daemon.wait_polls("sample")[0]
    assert poll["good"] == "yes", daemon.log()
    articles = list(daemon.spool.articles().values())
    assert 5 <= len(articles) <= 8
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for article in articles:
        assert not list(validator.iter_errors(article))
        assert article["title"] and article["content_html"] and article["content_text"]
        assert article["date_published"].startswith("2026-11-2")
        tags = " ".join(re.findall(r"<[^>]*>", article["content_html"].lower()))
        for hostile in ("<script", "onerror", "onclick", "script:", "<iframe", "<form", "<meta",
                        "tracker.example", "position", "url("):
            assert hostile not in tags
    if name == "european-markets.xml":
        titles = [a["title"] for a in articles]
        assert "Zürich und São Paulo: zwei Börsen, ein Handelstag" in titles
        assert any("d’Étain" in t for t in titles)
