"""Pages in a feed's stead: the feed that they link is named, and so is who answers in its stead."""
import json
import subprocess

import pytest

from conftest import BUILD, items, rss
from web import respond, sequence

PAGE = ("<!DOCTYPE html><html><head><title>A blog</title>"
        "<link rel='alternate' type='application/atom+xml' title='Posts' href='feeds/all.xml?a=1&amp;b=2'>"
        "</head><body><p>Words.</p></body></html>")


def fetch(url, *options):
    run = subprocess.run([str(BUILD / "newspool"), "fetch", "--allow-private", *options, url], capture_output=True,
                         text=True, timeout=30)
    return run.returncode, run.stdout, run.stderr


def test_a_page_names_the_feed_that_it_links(daemon, web):
    web.route("/old", sequence(respond(b"", "302 Found", "Location: /blog/")))
    web.route("/blog/", sequence(respond(PAGE, "200 OK", "Content-Type: text/html")))
    daemon.configure({"f": {"url": web.url("/old"), "interval": "1h"}}).start()
    poll = daemon.wait_polls("f")[0]
    meant = web.url("/blog/feeds/all.xml?a=1&b=2")
    assert poll["result"] == "not-a-feed" and f"did you mean {meant}?" in poll["reason"]
    assert f"cannot be polled: an HTML page titled 'A blog'; did you mean {meant}?" in daemon.log()
    assert [r.path for r in web.requests] == ["/old", "/blog/"]  # named, never probed


def test_fetch_says_so_too(web):
    web.route("/", sequence(respond(PAGE)))
    status, text, _ = fetch(web.url("/"))
    assert status == 1 and f"did you mean {web.url('/feeds/all.xml?a=1&b=2')}?" in text
    status, text, _ = fetch(web.url("/"), "--json")
    assert status == 1 and "did you mean" in json.loads(text)["reason"]


def test_all_feeds_of_a_page_are_named(web):
    links = "".join(f"<link rel=alternate type=application/rss+xml href=/{name}.xml>" for name in ("posts", "comments"))
    web.route("/", sequence(respond(PAGE.replace("</head>", links + "</head>"))))
    _, text, _ = fetch(web.url("/"))
    assert "did you mean " + " or ".join(map(web.url, ("/feeds/all.xml?a=1&b=2", "/posts.xml", "/comments.xml"))) + "?" in text


def test_a_page_at_quite_another_host_is_perhaps_a_portal(web):
    web.route("/", sequence(respond("<!DOCTYPE html><html><title>Hotel WiFi</title>Please accept our terms.</html>")))
    web.route("/feed", sequence(respond(b"", "302 Found", f"Location: http://localhost:{web.port}/")))
    code, text, _ = fetch(web.url("/feed"))
    assert code == 1
    assert "an HTML page titled 'Hotel WiFi' (perhaps a captive portal: it was redirected to localhost" in text


@pytest.mark.parametrize("status, headers, body, words", [
    ("403 Forbidden", ["Server: cloudflare", "cf-mitigated: challenge"],
     "<!DOCTYPE html><html><title>Just a moment...</title></html>", "HTTP status 403 (a Cloudflare challenge page)"),
    ("200 OK", ["Server: Sucuri/Cloudproxy"], "<html><title>You are being redirected...</title><script>"
     "sucuri_cloudproxy_js='';</script></html>", "(a Sucuri challenge page)"),
    ("200 OK", [], "<html><title>Hotel WLAN</title><form><input type=\"password\"></form></html>",
     "an HTML page titled 'Hotel WLAN' (a log-in page)"),
    ("511 Network Authentication Required", [], "<html></html>", "HTTP status 511 (a captive portal)"),
], ids=["cloudflare", "sucuri", "log-in", "portal"])
def test_who_answers_in_the_feeds_stead_is_named(web, status, headers, body, words):
    web.route("/", sequence(respond(body, status, *headers)))
    code, text, _ = fetch(web.url("/"))
    assert code == 1 and words in text


def test_a_feed_is_never_told_to_be_a_page(web):
    feed = rss(items("d", 2)).replace("<description>d", "<description>&lt;html&gt; type=password _cf_chl_opt")
    web.route("/", sequence(respond(feed)))
    code, text, _ = fetch(web.url("/"))
    assert code == 0 and "did you mean" not in text and "challenge" not in text


def test_fetch_asks_as_the_daemon_would(daemon, web, tmp_path):
    """A feed's own settings count, by its URL and by its name: who asks, how long it waits, what it says besides."""
    (tmp_path / "password").write_text("s3cret\n")
    (tmp_path / "password").chmod(0o600)
    web.route("/feed.xml", lambda r: respond(rss(items("f", 2))) if r.header("Authorization") == b"Basic bWU6czNjcmV0"
              and r.header("X-Key") == b"1" else respond(b"", "401 Unauthorized"))
    daemon.configure({"f": {"url": web.url(), "user": "me", "password-file": tmp_path / "password", "header": "X-Key: 1",
                            "interval": "7h"}})

    def ask(what):
        run = subprocess.run([str(BUILD / "newspool"), "fetch", "--config", str(daemon.config), what], capture_output=True,
                             text=True, timeout=30)
        assert "s3cret" not in run.stdout + run.stderr
        return run.returncode, run.stdout, run.stderr

    for what in ("f", web.url()):
        code, text, _ = ask(what)
        assert code == 0 and "with the settings of feed f" in text and "next poll: in 25200 s (interval 7h)" in text
    code, text, _ = ask(web.url("/feed.xml?other"))
    assert code == 1 and "HTTP status 401" in text and "with the settings" not in text
    (tmp_path / "password").write_text("")
    code, _, words = ask("f")
    assert code == 1 and "password-file" in words and len(web.requests) == 3


def test_fetch_reckons_with_all_hints_of_the_document(web):
    module = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
    feed = rss(items("h", 1)).replace("<rss ", f"<rss {module} ").replace(
        "<channel>", "<channel><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>"
        "<ttl>30</ttl><sy:updateBase>2000-01-01T12:00+00:00</sy:updateBase>").replace("hourly", "daily")
    web.route("/feed.xml", sequence(respond(feed)))
    _, text, _ = fetch(web.url())
    assert "next poll: in 86400 s (ttl 86400)" in text
