"""RFC 3229: N14 of the poller's checks (CHECKS.md). A 226 brings new items, and says nothing of the others."""
import sqlite3

from conftest import items, rss
from web import not_modified, respond, sequence

ALL = items("d", 4)
FULL = rss(ALL[:3])


def delta(items_, tag):
    return respond(rss(items_), "226 IM Used", "IM: feed", f'ETag: "{tag}"')


def start(daemon, web, *replies):
    web.route("/feed.xml", sequence(*replies))
    daemon.configure({"f": web.url()}).start()


def parsed(daemon):
    with sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True) as db:
        return db.execute("SELECT parsed, document_title, body_hash FROM feeds").fetchone()


def test_N14_a_226_is_new_articles_only(daemon, web):
    start(daemon, web, respond(FULL, "200 OK", 'ETag: "1"'), delta(ALL[3:], 2), not_modified(),
          respond(rss(ALL), "200 OK", 'ETag: "3"'))
    daemon.wait_polls("f", 1)
    before = parsed(daemon)
    polls = daemon.wait_polls("f", 2)
    assert polls[1]["status"] == "226" and polls[1]["good"] == "yes" and polls[1]["new"] == "1"
    after = parsed(daemon)
    assert after[:2] == before[:2] and before[2] is not None and after[2] is None
    polls = daemon.wait_polls("f", 4)
    assert [p["new"] for p in polls[:4]] == ["3", "1", "0", "0"] and polls[3]["result"] == "ok"
    assert daemon.spool.titles() == sorted(t for _, t, _ in ALL)
    assert [r.header("A-IM") for r in web.requests[:4]] == [None, b"feed", b"feed", b"feed"]
    assert [r.etag for r in web.requests[:4]] == [None, b'"1"', b'"2"', b'"2"']
    assert "shares no article" not in daemon.log()


def test_N14_an_unasked_226_gives_articles_and_the_rest_is_asked_for(daemon, web):
    start(daemon, web, delta(ALL[3:], 1), respond(FULL, "200 OK", 'ETag: "2"'), not_modified())
    daemon.wait_polls("f", 3)
    assert [r.etag for r in web.requests[:3]] == [None, None, b'"2"']
    assert daemon.spool.titles() == sorted(t for _, t, _ in ALL)


def test_N14_a_226_that_cannot_be_read_is_asked_for_whole_the_next_time(daemon, web):
    start(daemon, web, respond(FULL, "200 OK", 'ETag: "1"'),
          respond(b"\1\2 a patch in some format", "226 IM Used", "IM: vcdiff", 'ETag: "2"'),
          respond(rss(ALL), "200 OK", 'ETag: "2"'), not_modified())
    polls = daemon.wait_polls("f", 4)
    assert [p["good"] for p in polls[:4]] == ["yes", "no", "yes", "yes"]
    assert [r.etag for r in web.requests[:4]] == [None, b'"1"', None, b'"2"']
    assert daemon.spool.titles() == sorted(t for _, t, _ in ALL)
