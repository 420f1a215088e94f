"""RFC 5005 archives, followed back on request; and a document that names another URL as its own."""
import json
import subprocess

import pytest

from conftest import BUILD, wait_for
from web import Web, respond, sequence, tls_context


def atom(n, prev=None, itself=None):
    links = (f"<link rel='prev-archive' href='{prev}'/>" if prev else "") + (
        f"<link rel='self' href='{itself}'/>" if itself else "")
    return (f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Log</title><id>urn:log</id>{links}<entry><id>urn:{n}</id>"
            f"<title>Entry {n}</title><updated>2026-01-0{n}T00:00:00Z</updated></entry></feed>")


def fetch(url, *options):
    run = subprocess.run([str(BUILD / "newspool"), "fetch", "--allow-private", *options, url], capture_output=True,
                         text=True, timeout=30, check=False)
    return run.returncode, run.stdout, run.stderr


def serve(web, *documents):
    """Each document is (path, prev)."""
    for n, (path, prev) in enumerate(documents, 1):
        web.route(path, sequence(respond(atom(n, prev), "200 OK", 'ETag: "1"')))


def test_archives_are_followed_back_on_request_alone(web):
    serve(web, ("/feed", "2026/b.xml"), ("/2026/b.xml", "a.xml"), ("/2026/a.xml", None))
    status, text, _ = fetch(web.url("/feed"))
    assert status == 0 and "Entry 1" in text and "Entry 2" not in text
    assert [r.path for r in web.requests] == ["/feed"]
    status, text, _ = fetch(web.url("/feed"), "--archive", "--etag", '"0"')
    assert status == 0 and [f"Entry {n}" in text for n in (1, 2, 3)] == [True] * 3
    assert [(r.path, r.etag) for r in web.requests[1:]] == [("/feed", b'"0"'), ("/2026/b.xml", None), ("/2026/a.xml", None)]
    assert text.count("next poll:") == 1
    status, text, _ = fetch(web.url("/feed"), "--archive", "--json")
    whole = json.loads(text)
    assert status == 0 and [i["title"] for i in whole["items"]] == ["Entry 1", "Entry 2", "Entry 3"]
    assert [a["url"] for a in whole["archives"]] == [web.url("/2026/b.xml"), web.url("/2026/a.xml")]
    assert len(whole["hops"]) == 1 and whole["prev_archive_url"] == web.url("/2026/b.xml")


@pytest.mark.parametrize("documents, words", [
    ([("/feed", "/feed")], "circle"), ([("/feed", "/b"), ("/b", "/feed")], "circle"), ([("/feed", "/missing")], "404"),
    ([("/feed", "file:///etc/passwd")], "not followed"),
], ids=["itself", "two", "missing", "file"])
def test_archives_that_lead_nowhere_end_with_the_articles_so_far(web, documents, words):
    serve(web, *documents)
    status, text, errors = fetch(web.url("/feed"), "--archive")
    assert "Entry 1" in text and words in text + errors and "root:" not in text
    assert len(web.requests) <= 2
    assert status == 1


def test_archives_without_end_are_left_after_a_hundred(web):
    web.route("*", lambda r: respond(atom(1, prev=r.path + "x")))
    status, text, errors = fetch(web.url("/f"), "--archive")
    assert status == 1 and "100 archives" in errors and len(web.requests) == 101 and text.count("Entry 1") == 101


def test_fetch_does_not_follow_an_archive_from_https_to_http(tmp_path, web):
    context, certificate = tls_context(tmp_path)
    secure = Web(context=context)
    web.route("/old", lambda request: respond(atom(2)))
    secure.route("/feed", lambda request: respond(atom(1, prev=web.url("/old"))))
    status, text, errors = fetch(secure.url("/feed"), "--archive", "--ca-file", str(certificate))
    assert status == 1 and "Entry 1" in text and "not followed" in errors and not web.requests
    secure.close()


def log(*numbers, prev=None, itself=None):
    """A document with these entries, newest first."""
    link = "".join(f"<link rel='{rel}' href='{url}'/>" for rel, url in (("prev-archive", prev), ("self", itself)) if url)
    entries = "".join(f"<entry><id>urn:{n}</id><title>Entry {n}</title><content>What entry {n} says, at some length so that "
                      f"it stands for itself.</content></entry>" for n in numbers)
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Log</title><id>urn:log</id>{link}{entries}</feed>"


def titles(*numbers):
    return sorted(f"Entry {n}" for n in numbers)


def serve_gap(web, *between):
    """A feed that has moved on by more than it lists; what is in between stands in /b and then /a."""
    main = [respond(log(2, 1), "200 OK", 'ETag: "1"'), respond(log(8, 7, prev="/b"), "200 OK", 'ETag: "2"')]
    web.route("/feed.xml", lambda r: main[min(r.n, 2) - 1] if r.etag != b'"2"' else respond(b"", "304 Not Modified"))
    web.route("/b", lambda request: [*between, respond(log(6, 5, prev="/a"), "200 OK", 'ETag: "b"')])
    web.route("/a", lambda request: respond(log(4, 3, 2, prev="/older"), "200 OK", 'ETag: "a"'))


def test_a_gap_is_filled_from_the_archives_until_something_is_known(daemon, web):
    serve_gap(web)
    daemon.configure({"f": {"url": web.url(), "tags": "log", "header": "X-Mine: yes"}}).start()
    wait_for(lambda: "event=archived" in daemon.log(), daemon.log)
    assert daemon.spool.titles() == titles(*range(1, 9))
    assert len(daemon.spool.tag("log")) == 8
    assert "documents=2 new=4: it has articles that are known" in daemon.log()
    assert [(r.path, r.etag, r.since) for r in web.requests if r.path in ("/a", "/b", "/older")] == [
        ("/b", None, None), ("/a", None, None)]
    b, a = web.seen("/b")[0], web.seen("/a")[0]
    assert a.time - b.time >= 2 and b.header("x-mine") == b"yes"
    asked = len(web.seen("/feed.xml"))
    wait_for(lambda: len(web.seen("/feed.xml")) >= asked + 2, "the feed itself is polled on")
    assert web.seen("/feed.xml")[-1].etag == b'"2"'
    gaps = [y.time - x.time for x, y in zip(web.seen("/feed.xml"), web.seen("/feed.xml")[1:])]
    assert min(gaps) >= 0.99


def test_a_walk_through_archives_outlives_a_kill(daemon, web):
    serve_gap(web)
    daemon.configure({"f": web.url()}).start()
    wait_for(lambda: "event=archive " in daemon.log(), daemon.log)
    daemon.kill()
    daemon.start()
    wait_for(lambda: "event=archived" in daemon.log(), daemon.log)
    assert daemon.spool.titles() == titles(*range(1, 9))
    assert len(web.seen("/b")) == len(web.seen("/a")) == 1


def test_an_archive_that_fails_is_asked_three_times_and_left(daemon, web):
    serve_gap(web)
    web.route("/b", lambda request: respond(b"", "503 Service Unavailable"))
    daemon.configure({"f": web.url()}).start()
    wait_for(lambda: "event=archived" in daemon.log(), daemon.log)
    assert "HTTP status 503" in daemon.log() and len(web.seen("/b")) == 3
    assert daemon.spool.titles() == titles(1, 2, 7, 8)
    assert all(p["good"] == "yes" for p in daemon.polls("f"))


def test_credentials_do_not_go_to_an_archive_elsewhere(daemon, web, web_everywhere, tmp_path):
    web.route("/feed.xml", sequence(respond(log(1)), respond(log(5, prev=web_everywhere.url("/b", host="127.0.0.2")))))
    web_everywhere.route("/b", lambda request: respond(log(4, 1)))
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "password").chmod(0o600)
    daemon.configure({"f": {"url": web.url(), "user": "me", "password-file": str(tmp_path / "password")}}).start()
    wait_for(lambda: "event=archived" in daemon.log(), daemon.log)
    assert daemon.spool.titles() == titles(1, 4, 5)
    assert web.requests[0].header("authorization") and not web_everywhere.requests[0].header("authorization")


def test_the_whole_history_is_followed_when_the_operator_asks(daemon, web):
    main = respond(log(8, 7, prev="/b"), "200 OK", 'ETag: "2"')
    web.route("/feed.xml", lambda r: main if r.etag != b'"2"' else respond(b"", "304 Not Modified"))
    web.route("/b", lambda request: respond(log(7, 6, prev="/a")))
    web.route("/a", lambda request: respond(log(6, 5)))
    daemon.configure({"f": web.url()}).start()
    daemon.wait_polls("f", 2)
    assert daemon.spool.titles() == titles(7, 8) and not web.seen("/b")
    subprocess.run([str(BUILD / "newspool"), "poll", "--config", str(daemon.config), "--archive", "f"], check=True, timeout=30,
                   capture_output=True)
    wait_for(lambda: "event=archived" in daemon.log(), daemon.log)
    assert daemon.spool.titles() == titles(5, 6, 7, 8)
    assert "documents=3 new=2: it names no older one" in daemon.log()
    asked = len(web.seen("/feed.xml"))
    wait_for(lambda: len(web.seen("/feed.xml")) > asked, "the feed is polled on")
    assert web.seen("/feed.xml")[-1].etag == b'"2"'


def test_a_document_that_changes_what_it_says_of_its_place_is_reported_again(daemon, web):
    places = ["https://one.example/feed", "https://one.example/feed?t=2", "https://two.example/feed"]
    web.route("/feed.xml", lambda r: respond(log(1, r.n, itself=places[min(r.n, 3) - 1])))
    daemon.configure({"f": web.url()}).start()
    daemon.wait_polls("f", 5)
    assert daemon.log().count("says that it is at https://one.example/feed;") == 1
    assert daemon.log().count("says that it is at https://two.example/feed;") == 1
    assert daemon.log().count("says that it is at") == 2


def test_a_document_that_says_it_is_elsewhere_is_reported_once(daemon, web):
    web.route("/feed.xml", sequence(respond(atom(1, itself="https://new.example/feed"))))
    web.route("/same.xml", sequence(respond(atom(2, itself=web.url("/same.xml") + "?utm_source=x"))))
    daemon.configure({"f": web.url(), "same": web.url("/same.xml")}).start()
    daemon.wait_polls("f", 3)
    daemon.wait_polls("same")
    assert daemon.log().count("says that it is at https://new.example/feed") == 1
    assert daemon.log().count("says that it is at") == 1
    status, text, _ = fetch(web.url())
    assert status == 0 and "says that it is at: https://new.example/feed" in text
