"""Conditional requests, checked on the wire: C01 to C22 of the poller's checks (CHECKS.md)."""
import random

import pytest

from conftest import items, rss, wait_for
from web import CLOSE, not_modified, respond, sequence

FEED = rss(items("c", 3))
DATE = b"Sun, 06 Nov 1994 08:49:37 GMT"
LATER = b"Mon, 07 Nov 1994 08:49:37 GMT"


def poll(daemon, web, reply, n):
    """Polls a feed n times and returns its requests."""
    web.route("/feed.xml", reply)
    daemon.configure({"f": web.url()}).start()
    wait_for(lambda: len(web.seen("/feed.xml")) >= n, daemon.log)
    return web.seen("/feed.xml")


def test_C01_first_request_is_unconditional(daemon, web):
    first = poll(daemon, web, sequence(respond(FEED)), 1)[0]
    assert first.etag is None and first.since is None


ETAGS = [b'"abc-123"', b'W/"abc"', b"abc", b'"a,b"', b'"a\\b"', b'"x--gzip"', b'""', b'w/"x"', b'"',
         b'"\x80\xc3\xff"', b'"' + b"e" * 998 + b'"', b'"with spaces inside"', b"'x'"]


@pytest.mark.parametrize("etag", ETAGS, ids=lambda e: e[:12].hex())
def test_C02_C03_C04_etag_comes_back_byte_for_byte(daemon, web, etag):
    second = poll(daemon, web, sequence(respond(FEED, "200 OK", b"ETag: " + etag), not_modified()), 2)[1]
    assert second.etag == etag and second.since is None


DATES = [DATE, b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994", b"Sun, 06 Nov 1994 08:49:37 +0000",
         b"Sun, 6 Nov 1994 08:49:37 GMT", b"Wed, 06 Nov 2199 08:49:37 GMT", b"Thu, 01 Jan 1970 00:00:00 GMT",
         b"sun, 06 nov 1994 08:49:37 gmt", b"yesterday"]


@pytest.mark.parametrize("date", DATES, ids=lambda d: d.decode().replace(" ", "_"))
def test_C05_C06_last_modified_comes_back_byte_for_byte(daemon, web, date):
    second = poll(daemon, web, sequence(respond(FEED, "200 OK", b"Last-Modified: " + date), not_modified()), 2)[1]
    assert second.since == date and second.etag is None


def test_C07_nothing_is_invented(daemon, web):
    for request in poll(daemon, web, sequence(respond(FEED, "200 OK", b"Date: " + DATE)), 3):
        assert request.etag is None and request.since is None


def test_C08_C09_both_validators_of_the_same_last_response(daemon, web):
    requests = poll(daemon, web, sequence(
        respond(FEED, "200 OK", 'ETag: "1"', b"Last-Modified: " + DATE),
        respond(rss(items("c", 4)), "200 OK", 'ETag: "2"', b"Last-Modified: " + LATER), not_modified()), 3)
    assert (requests[1].etag, requests[1].since) == (b'"1"', DATE)
    assert (requests[2].etag, requests[2].since) == (b'"2"', LATER)


def test_C10_C11_validators_follow_an_unchanged_body(daemon, web):
    requests = poll(daemon, web, sequence(
        respond(FEED, "200 OK", 'ETag: "1"', b"Last-Modified: " + DATE),
        respond(FEED, "200 OK", 'ETag: "2"', b"Last-Modified: " + DATE),
        respond(FEED, "200 OK", 'ETag: "2"', b"Last-Modified: " + LATER), not_modified()), 4)
    assert (requests[2].etag, requests[2].since) == (b'"2"', DATE)
    assert (requests[3].etag, requests[3].since) == (b'"2"', LATER)


def test_C12_validators_that_the_server_drops_are_dropped(daemon, web):
    requests = poll(daemon, web, sequence(
        respond(FEED, "200 OK", 'ETag: "1"', b"Last-Modified: " + DATE),
        respond(FEED, "200 OK", b"Last-Modified: " + DATE),
        respond(rss(items("c", 4))), respond(FEED)), 4)
    assert (requests[2].etag, requests[2].since) == (None, DATE)
    assert (requests[3].etag, requests[3].since) == (None, None)


def test_C13_bare_304_keeps_the_validators_and_is_no_failure(daemon, web):
    requests = poll(daemon, web, sequence(
        respond(FEED, "200 OK", 'ETag: "1"', b"Last-Modified: " + DATE), not_modified()), 4)
    assert all((r.etag, r.since) == (b'"1"', DATE) for r in requests[1:])
    assert all(p["good"] == "yes" for p in daemon.polls("f"))
    assert len(daemon.spool.articles()) == 3


def test_C14_304_with_a_new_etag_replaces_it(daemon, web):
    requests = poll(daemon, web, sequence(respond(FEED, "200 OK", 'ETag: "1"'), not_modified('ETag: "2"')), 3)
    assert requests[2].etag == b'"2"'


def test_C15_304_to_an_unconditional_request(daemon, web):
    requests = poll(daemon, web, sequence(not_modified('ETag: "1"')), 2)
    assert requests[1].etag is None
    assert daemon.spool.articles() == {}


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_C16_validators_survive_a_restart(daemon, web, how):
    web.route("/feed.xml", sequence(respond(FEED, "200 OK", 'ETag: "1"', b"Last-Modified: " + DATE), not_modified()))
    daemon.configure({"f": web.url()}).start()
    daemon.wait_polls("f")
    getattr(daemon, how)()
    daemon.start().wait_polls("f")
    assert (web.seen("/feed.xml")[-1].etag, web.seen("/feed.xml")[-1].since) == (b'"1"', DATE)


@pytest.mark.parametrize("bad", [
    lambda r: [b'HTTP/1.1 200 OK\r\nETag: "bad"\r\nContent-Length: 9999\r\n\r\n' + FEED.encode(), CLOSE],
    lambda r: respond("<html><title>Log in</title></html>", "200 OK", 'ETag: "bad"'),
    lambda r: respond("", "200 OK", 'ETag: "bad"'),
], ids=["short", "html", "empty"])
def test_C17_bad_responses_leave_no_validators(daemon, web, bad):
    requests = poll(daemon, web, sequence(respond(FEED, "200 OK", 'ETag: "good"'), bad, not_modified()), 3)
    assert requests[2].etag == b'"good"'


def test_C17_validators_of_a_cut_document_count_when_it_is_all_that_comes(daemon, web):
    """What was cut off must not be hidden by a 304; who always forgets </rss> is asked conditionally all the same."""
    whole, cut = rss(items("c", 9)), rss(items("c", 9))[:900]
    new = sequence(*[respond(body, "200 OK", f'ETag: "{i}"') for i, body in enumerate([whole, cut, whole, cut, cut, cut])])
    requests = poll(daemon, web, new, 6)
    assert [r.etag for r in requests[:6]] == [None, b'"0"', None, b'"2"', None, b'"4"']
    assert len(daemon.spool.titles()) == 9


def test_C18_killed_at_any_moment_of_a_200(daemon, web):
    """Twenty kills while answers arrive: never validators stored and articles lost."""
    web.route("/feed.xml", lambda r: not_modified() if r.etag == etag(r) else
              respond(rss(items("k", min(r.n, 24))), "200 OK", b"ETag: " + etag(r)))
    daemon.configure({"f": web.url()})
    random.seed(18)
    for _ in range(20):
        daemon.start(ready=False)
        n = len(web.seen("/feed.xml"))
        wait_for(lambda: daemon.ended() or len(web.seen("/feed.xml")) > n, daemon.log)
        wait_for(lambda: True, "a moment", random.random() * 0.1)
        daemon.kill()
    daemon.start().wait_polls("f", 2)
    shown = min(max(r.n for r in web.seen("/feed.xml")), 24)
    titles = daemon.spool.titles()
    assert len(titles) == len(set(titles)) and set(titles) <= {f"Title k {i}" for i in range(1, shown + 1)}
    accepted = [r for r in web.seen("/feed.xml") if r.etag is not None]
    for request in accepted:  # what a validator stands for had been delivered
        assert {f"Title k {i}" for i in range(1, int(request.etag.strip(b'"')) + 1)} <= set(titles)


def etag(request):
    return b'"%d"' % min(request.n, 24)


def test_C19_validators_of_the_last_200_alone(daemon, web):
    other = rss(items("d", 3))
    requests = poll(daemon, web, sequence(
        respond(FEED, "200 OK", 'ETag: "A"'), respond(other, "200 OK", 'ETag: "B"'),
        respond(FEED, "200 OK", 'ETag: "A"'), respond(other, "200 OK", 'ETag: "B"')), 4)
    assert [r.etag for r in requests[1:4]] == [b'"A"', b'"B"', b'"A"']


@pytest.mark.parametrize("lines, expected", [
    ((b'ETag: "1"', b'ETag: "2"'), (b'"1"', b'"2"')),
    ((b'etag:   "low"  ',), (b'"low"',)),
    ((b'ETag:"none"',), (b'"none"',)),
], ids=["two", "lower", "tight"])
def test_C20_one_etag_value_of_odd_header_lines(daemon, web, lines, expected):
    second = poll(daemon, web, sequence(respond(FEED, "200 OK", *lines), not_modified()), 2)[1]
    assert second.etag in expected


@pytest.mark.parametrize("odd", [
    b'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n',
    b'HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n',
    b'HTTP/1.1 304 Not Modified\r\n\r\nstray body that nobody asked for',
], ids=["length", "gzip", "body"])
def test_C21_odd_304_does_not_disturb_the_next_request(daemon, web, odd):
    requests = poll(daemon, web, sequence(respond(FEED, "200 OK", 'ETag: "1"'), odd, not_modified()), 4)
    assert all(r.method == b"GET" and r.version == b"HTTP/1.1" and r.etag == b'"1"' for r in requests[1:])
    assert all(p["good"] == "yes" for p in daemon.polls("f"))


def test_C22_validators_never_cross_urls(daemon, web):
    web.route("/a.xml", sequence(respond(FEED, "200 OK", 'ETag: "a"'), not_modified()))
    web.route("/b.xml", sequence(respond(FEED, "200 OK", 'ETag: "b"'), not_modified()))
    daemon.configure({"f": web.url("/a.xml")}).start()
    daemon.wait_polls("f")
    daemon.stop()
    daemon.configure({"f": web.url("/b.xml")}).start()
    daemon.wait_polls("f")
    assert web.seen("/b.xml")[0].etag is None
    assert len(daemon.spool.articles()) == 3
