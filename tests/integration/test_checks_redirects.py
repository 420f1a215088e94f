"""Redirects and the end of a feed, checked on the wire: R01 to R15 of the poller's checks (CHECKS.md)."""
import signal
import sqlite3
import subprocess

import pytest

from conftest import BUILD, items, rss, wait_for
from web import Web, not_modified, respond, sequence, tls_context

FEED = rss(items("r", 3))
HTML = respond("<!DOCTYPE html><html><head><title>Portal</title></head></html>")


def to(location, status="301 Moved Permanently", *headers):
    return respond(b"", status, f"Location: {location}", *headers)


def start(daemon, web, routes, path="/feed.xml", **keys):
    for name, reply in routes.items():
        web.route(name, reply if callable(reply) else sequence(reply))
    daemon.configure({"f": dict({"url": web.url(path)}, **keys)}).start()
    return daemon


def targets(web):
    return [r.path for r in web.requests]


@pytest.mark.parametrize("status", ["301 Moved Permanently", "308 Permanent Redirect"])
def test_R01_R02_permanent_moves_are_remembered(daemon, web, status):
    start(daemon, web, {"/feed.xml": to("/new.xml", status), "/new.xml": respond(FEED)}).wait_polls("f", 2)
    daemon.stop()
    daemon.start().wait_polls("f")
    assert targets(web)[:2] == ["/feed.xml", "/new.xml"]
    assert set(targets(web)[2:]) == {"/new.xml"}
    assert "new.xml" in daemon.log(whole=True)
    with sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True) as db:
        (moved, url), = db.execute("SELECT moved_url, url FROM feeds")
    assert moved == web.url("/new.xml") and url == web.url("/feed.xml")


@pytest.mark.parametrize("status", ["302 Found", "303 See Other", "307 Temporary Redirect"])
def test_R03_temporary_ones_are_followed_and_forgotten(daemon, web, status):
    start(daemon, web, {"/feed.xml": to("/new.xml", status), "/new.xml": respond(FEED)}).wait_polls("f", 2)
    assert targets(web)[:4] == ["/feed.xml", "/new.xml"] * 2
    assert len(daemon.spool.articles()) == 3


def test_R04_permanent_then_temporary(daemon, web):
    start(daemon, web, {"/feed.xml": to("/b.xml"), "/b.xml": to("/c.xml", "302 Found"),
                        "/c.xml": respond(FEED)}).wait_polls("f", 2)
    assert targets(web)[:5] == ["/feed.xml", "/b.xml", "/c.xml", "/b.xml", "/c.xml"]


def test_R05_temporary_then_permanent(daemon, web):
    start(daemon, web, {"/feed.xml": to("/b.xml", "302 Found"), "/b.xml": to("/c.xml"),
                        "/c.xml": respond(FEED)}).wait_polls("f", 2)
    assert targets(web)[3] == "/feed.xml"


@pytest.mark.parametrize("end", [respond(b"", "404 Not Found"), HTML, respond(b"")], ids=["404", "portal", "empty"])
def test_R06_what_ends_in_no_feed_is_not_remembered(daemon, web, end):
    start(daemon, web, {"/feed.xml": to("/portal"), "/portal": end}).wait_polls("f", 2)
    assert targets(web)[:4] == ["/feed.xml", "/portal"] * 2


@pytest.mark.parametrize("routes", [
    {"/feed.xml": to("/feed.xml")},
    {"/feed.xml": to("/b"), "/b": to("/feed.xml")},
    {"/feed.xml": lambda r: to("/feed.xml?" + "x" * (r.n + 1), "302 Found")},
], ids=["self", "pair", "growing"])
def test_R07_loops_end_soon_and_once(daemon, web, routes):
    start(daemon, web, routes)
    poll = daemon.wait_polls("f")[0]
    assert poll["good"] == "no" and poll["result"] == "redirect"
    assert len(web.requests) <= 21


def test_R07_fifty_hops_are_too_many(daemon, web):
    web.route("*", lambda r: to(f"/hop{int(r.path[4:] or 0) + 1}", "302 Found"))
    daemon.configure({"f": web.url("/hop0")}).start()
    assert daemon.wait_polls("f")[0]["result"] == "redirect"
    assert len(web.requests) <= 21


@pytest.mark.parametrize("location, path", [
    ("new.xml", "/d/new.xml"), ("../new.xml", "/new.xml"), ("//{host}/new.xml", "/new.xml"),
    ("  /new.xml  ", "/new.xml"), ("/new.xml#part", "/new.xml"), ("HTTP://{host}/new.xml", "/new.xml"),
    ("?q=1", "/d/feed.xml"),
])
def test_R08_locations_are_resolved(daemon, web, location, path):
    host = f"127.0.0.1:{web.port}"
    web.route("*", lambda r: respond(FEED))
    web.route("/d/feed.xml", sequence(to(location.format(host=host), "302 Found"), respond(FEED)))
    daemon.configure({"f": {"url": web.url("/d/feed.xml"), "interval": "1h"}}).start()
    assert daemon.wait_polls("f")[0]["good"] == "yes"
    assert targets(web) == ["/d/feed.xml", path]
    assert b"#" not in web.requests[1].target


@pytest.mark.parametrize("reply", [respond(b"", "301 Moved Permanently"), to(""), to("/" + "x" * 20000)],
                         ids=["missing", "empty", "long"])
def test_R08_bad_locations_are_one_clean_failure(daemon, web, reply):
    start(daemon, web, {"/feed.xml": reply}, interval="1h")
    assert daemon.wait_polls("f")[0]["good"] == "no"
    assert len(web.requests) <= 2 or targets(web).count("/feed.xml") <= 21


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x",
                                      "dict://127.0.0.1/x", "data:text/xml,<rss/>", "javascript:alert(1)"])
def test_R09_foreign_schemes_are_refused(daemon, web, location):
    start(daemon, web, {"/feed.xml": to(location)}, interval="1h")
    poll = daemon.wait_polls("f")[0]
    assert poll["good"] == "no" and poll["result"] == "redirect"
    assert daemon.spool.articles() == {}


def test_R10_from_https_to_http_is_refused(daemon, web, tmp_path):
    context, _ = tls_context(tmp_path)
    secure = Web(context=context)
    secure.route("/feed.xml", sequence(to(web.url("/plain.xml"))))
    web.route("/plain.xml", sequence(respond(FEED)))
    daemon.configure({"f": {"url": secure.url(), "insecure": "yes"}}).start()
    poll = daemon.wait_polls("f")[0]
    secure.close()
    assert poll["good"] == "no" and poll["result"] == "redirect"
    assert web.requests == [] and daemon.spool.articles() == {}


def test_R11_credentials_and_validators_stay_with_their_origin(daemon, web, web_everywhere, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("open-sesame\n")
    secret.chmod(0o600)
    other = web_everywhere
    other.route("/feed.xml", sequence(respond(FEED)))
    there = other.url("/feed.xml", host="127.0.0.2")
    start(daemon, web, {"/feed.xml": sequence(respond(FEED, "200 OK", 'ETag: "mine"'), to(there, "302 Found"))},
          user="ali", **{"password-file": str(secret)}).wait_polls("f", 3)
    assert web.requests[0].header("Authorization") and web.requests[1].etag == b'"mine"'
    for request in other.requests:
        assert request.header("Authorization") is None and request.header("Cookie") is None
        assert request.etag != b'"mine"'
    for text in (daemon.log(whole=True), "".join(map(str, daemon.spool.articles().values()))):
        assert "open-sesame" not in text


def test_R12_etag_goes_only_to_the_url_that_gave_it(daemon, web):
    start(daemon, web, {"/feed.xml": to("/b.xml", "302 Found"),
                        "/b.xml": lambda r: not_modified() if r.etag == b'"b"' else
                        respond(FEED, "200 OK", 'ETag: "b"')}).wait_polls("f", 3)
    assert all(r.etag is None for r in web.seen("/feed.xml"))
    assert all(p["good"] == "yes" for p in daemon.polls("f"))
    assert len(daemon.spool.articles()) == 3


def test_R13_410_ends_the_polling_and_says_so(daemon, web):
    web.route("/feed.xml", sequence(respond(FEED), respond(b"", "410 Gone")))
    web.route("/other.xml", sequence(respond(rss(items("o", 1)))))
    daemon.configure({"f": web.url(), "other": web.url("/other.xml")}).start()
    daemon.wait_polls("f", 2)
    daemon.more_polls("other", 3)
    daemon.kill()
    daemon.start().wait_polls("other", 3)
    assert len(web.seen("/feed.xml")) == 2
    assert "410" in daemon.log(whole=True)
    assert len(daemon.spool.articles()) == 4
    said = subprocess.run([str(BUILD / "newspool"), "feed", "--config", str(daemon.config), "f"], capture_output=True,
                          text=True, check=True, timeout=30).stdout
    assert "stopped: 410 Gone" in said and "next poll" not in said


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "401 Unauthorized", "451 Unavailable",
                                    "400 Bad Request"])
def test_R14_refusals_slow_down_and_go_on(daemon, web, status):
    web.route("/feed.xml", sequence(respond(FEED), respond(b"", status)))
    daemon.configure({"f": web.url()}).start()
    wait_for(lambda: len(web.requests) >= 4, daemon.log)
    times = [r.time for r in web.requests]
    assert times[3] - times[2] > 1.5 * (times[1] - times[0])
    assert len(daemon.spool.articles()) == 3


def moved(daemon):
    with sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True) as db:
        return db.execute("SELECT moved_url FROM feeds").fetchone()[0]


@pytest.mark.parametrize("end", [respond(b"", "404 Not Found"), respond(b"", "410 Gone"), HTML],
                         ids=["404", "410", "portal"])
def test_R15_a_move_to_what_is_gone_is_undone_at_once(daemon, web, end):
    start(daemon, web, {"/feed.xml": sequence(to("/new.xml"), respond(FEED)),
                        "/new.xml": sequence(respond(FEED), end)}).wait_polls("f", 4)
    assert targets(web)[:5] == ["/feed.xml", "/new.xml", "/new.xml", "/feed.xml", "/feed.xml"]
    assert "has moved for good to" in daemon.log() and "its own url is asked again" in daemon.log()
    assert moved(daemon) is None
    assert len(daemon.spool.articles()) == 3


def test_R15_a_move_outlives_two_failures_and_not_three(daemon, web):
    bad = respond(b"", "500 Internal Server Error")
    start(daemon, web, {"/feed.xml": sequence(to("/new.xml"), respond(FEED)),
                        "/new.xml": sequence(respond(FEED), bad, bad, respond(FEED), bad, bad, bad)})
    wait_for(lambda: len(web.seen("/feed.xml")) >= 2, daemon.log, 45)
    assert targets(web) == ["/feed.xml"] + ["/new.xml"] * 7 + ["/feed.xml"]


def test_R15_another_fragment_undoes_a_move(daemon, web):
    start(daemon, web, {"/feed.xml": sequence(to("/new.xml"), respond(FEED)),
                        "/new.xml": respond(FEED)}).wait_polls("f", 2)
    assert moved(daemon) == web.url("/new.xml")
    daemon.configure({"f": web.url("/feed.xml#2")})
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(web.seen("/feed.xml")) >= 3, daemon.log)
    assert targets(web)[-1] == "/feed.xml" and moved(daemon) is None
    assert len(daemon.spool.articles()) == 3


def test_R15_a_move_that_was_taken_back_is_followed_and_not_remembered(daemon, web):
    web.route("/old", lambda request: respond(b"", "301 Moved Permanently", f"Location: {web.url('/new')}"))
    web.route("/new", lambda request: respond(rss(items("a", 1)), "200 OK", 'ETag: "new"'))
    daemon.configure({"f": web.url("/old")}).start()
    wait_for(lambda: len(web.seen("/new")) >= 2, daemon.log)
    assert len(web.seen("/old")) == 1
    undone = subprocess.run([str(BUILD / "newspool"), "undo-move", "--config", str(daemon.config), "f"], capture_output=True,
                            text=True, timeout=30, check=False)
    assert undone.returncode == 0, undone.stderr
    before = len(web.requests)
    wait_for(lambda: len(web.seen("/old")) >= 3, daemon.log)
    paths = [r.path for r in web.requests[before:]]
    first = paths.index("/old")  # one to the new place may have been under way
    assert first <= 1 and paths[first:first + 4] == ["/old", "/new", "/old", "/new"]
    assert daemon.log().count("has moved for good") == 1
    assert all(r.etag is None for r in web.seen("/old"))
