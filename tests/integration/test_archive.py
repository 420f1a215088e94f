"""RFC 5005 archives, followed back on request; and a document that names another URL as its own."""
import json
import subprocess

import pytest

from conftest import BUILD
from web import respond, sequence


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
    ([("/feed", "file:///etc/passwd")], "not http"),
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
