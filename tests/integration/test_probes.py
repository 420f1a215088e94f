"""Servers that do things their own way: many odd answers, each a feed of one daemon, each judged by itself.

A case is its answers in turn (the last one for ever) and what must follow from them. Ids name the check of CHECKS.md.
"""
import email.utils
import gzip
import time
import zlib

import pytest

from conftest import Daemon, items, rss, wait_for
from web import CLOSE, RESET, Web, not_modified, respond

ROUNDS = 3  # polls of each feed that are waited for


def doc(name):
    return rss(items(name, 2)).encode()


def raw(head, body=b""):
    return head.replace("\n", "\r\n").encode("latin-1") + b"\r\n" + body


def good(name, *headers):
    return respond(doc(name), "200 OK", *headers)


def http_date(offset):
    return email.utils.formatdate(time.time() + offset, usegmt=True)


def chunked(name, *headers, trailer=""):
    body = doc(name)
    return raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n" + "".join(h + "\n" for h in headers),
               b"%x\r\n%s\r\n0\r\n" % (len(body), body) + trailer.encode() + b"\r\n")


class Case:
    """What one feed answers, and what is expected of the poll after the first answer."""

    def __init__(self, name, *replies, etag=None, since=None, result="ok", status=None, titles=True, requests=None, next=None,
                 url=None, asks=None):
        self.name = name
        self.replies = replies
        self.etag, self.since = etag, since  # of the second request
        self.result, self.status = result, status  # of the first poll
        self.titles = titles  # whether the articles came
        self.requests = requests  # in the first poll
        self.next = next  # seconds that the first poll's answer puts the second off by, as (least, most)
        self.url = url or f"/{name}"
        self.asks = asks  # paths in their order


CASES = [
    # Status lines, line ends, old HTTP
    Case("T09-http10", lambda n: raw("HTTP/1.0 200 OK\nETag: \"ten\"\n", doc(n)), CLOSE, etag=b'"ten"'),
    Case("T09-no-reason", lambda n: raw(f"HTTP/1.1 200\nContent-Length: {len(doc(n))}\nETag: \"r\"\n", doc(n)), etag=b'"r"'),
    Case("T09-bare-newlines", lambda n: b"HTTP/1.1 200 OK\nETag: \"lf\"\nContent-Length: %d\n\n" % len(doc(n)) + doc(n),
         etag=b'"lf"'),
    Case("T09-early-hints", lambda n: raw("HTTP/1.1 103 Early Hints\nETag: \"early\"\nLink: </x>; rel=preload\n") + good(n)),
    Case("T09-continue", lambda n: raw("HTTP/1.1 100 Continue\n") * 3 + good(n, 'ETag: "last"'), etag=b'"last"'),
    Case("T09-205", lambda n: respond(b"", "205 Reset Content", 'ETag: "205"'), result="http-error", titles=False),
    Case("T09-206", lambda n: respond(doc(n), "206 Partial Content", 'ETag: "206"', "Content-Range: bytes 0-9/99"),
         result="http-error", titles=False),
    Case("T09-300", lambda n: respond(b"", "300 Multiple Choices", "Location: /other"), result="http-error", titles=False,
         requests=1),
    Case("T09-999", lambda n: respond(b"", "999 Denied"), result="http-error", titles=False, requests=1),
    # Header lines
    Case("C20-no-blank", lambda n: good(n, 'ETag:"tight"'), etag=b'"tight"'),
    Case("C20-tabs", lambda n: good(n, 'ETag:\t "tabs" \t'), etag=b'"tabs"'),
    Case("C20-upper", lambda n: good(n, 'ETAG: "up"', "LAST-MODIFIED: Sun, 06 Nov 1994 08:49:37 GMT"), etag=b'"up"',
         since=b"Sun, 06 Nov 1994 08:49:37 GMT"),
    Case("C12-empty", lambda n: good(n, "ETag: ", "Last-Modified:")),
    Case("C06-no-date", lambda n: good(n, "Last-Modified: version 7, of today"), since=b"version 7, of today"),
    Case("C06-zero", lambda n: good(n, "Last-Modified: 0"), since=b"0"),
    Case("C04-utf8", lambda n: good(n, 'ETag: "grün, 漢 x"'.encode()), etag='"grün, 漢 x"'.encode()),
    Case("C07-trailer", lambda n: chunked(n, trailer='ETag: "trailer"\r\n')),
    Case("C13-etag-kept", lambda n: good(n, 'ETag: "a"', "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"),
         lambda n: not_modified("Last-Modified: Mon, 07 Nov 1994 08:49:37 GMT"), etag=b'"a"',
         since=b"Sun, 06 Nov 1994 08:49:37 GMT"),
    Case("C17-vary", lambda n: good(n, "Vary: *", 'ETag: "v"'), etag=b'"v"'),
    Case("C15-304-first", lambda n: not_modified('ETag: "never"'), result="http-error", status=304, titles=False),
    # When to come again: interval 1s, max-interval 10s
    Case("S06-quoted", lambda n: good(n, 'Cache-Control: max-age="4"'), next=(4, 5)),
    Case("S06-two-lines", lambda n: good(n, "Cache-Control: public", "Cache-Control: max-age=4"), next=(4, 5)),
    Case("S06-upper", lambda n: good(n, "CACHE-CONTROL: Public, MAX-AGE=4"), next=(4, 5)),
    Case("S06-field-no-cache", lambda n: good(n, 'Cache-Control: no-cache="Set-Cookie", max-age=4'), next=(4, 5)),
    Case("S07-no-store", lambda n: good(n, "Cache-Control: max-age=9, no-store"), next=(1, 2)),
    Case("S09-float", lambda n: good(n, "Cache-Control: max-age=4.5"), next=(1, 5)),
    Case("S09-empty", lambda n: good(n, "Cache-Control: max-age=", "Cache-Control: ,,;"), next=(1, 2)),
    Case("S11-s-maxage", lambda n: good(n, "Cache-Control: max-age=2, s-maxage=9"), next=(2, 3)),
    Case("S11-old", lambda n: good(n, "Cache-Control: max-age=9", "Age: 100"), next=(1, 2)),
    Case("S11-bad-age", lambda n: good(n, "Cache-Control: max-age=4", "Age: -5"), next=(4, 5)),
    Case("S08-zero", lambda n: good(n, "Expires: 0"), next=(1, 2)),
    Case("S08-minus", lambda n: good(n, "Expires: -1", f"Date: {http_date(0)}"), next=(1, 2)),
    Case("S08-skewed", lambda n: good(n, f"Date: {http_date(-7200)}", f"Expires: {http_date(-7196)}"), next=(3, 6)),
    Case("S08-ahead", lambda n: good(n, f"Date: {http_date(7200)}", f"Expires: {http_date(7200)}"), next=(1, 2)),
    Case("S15-retry-past", lambda n: respond(b"", "503 Busy", f"Retry-After: {http_date(-60)}"), result="http-error",
         titles=False, next=(1, 2), requests=1),
    Case("S16-retry-zero", lambda n: respond(b"", "503 Busy", "Retry-After: 0"), result="http-error", titles=False, next=(1, 2),
         requests=1),
    Case("S16-retry-float", lambda n: respond(b"", "503 Busy", "Retry-After: 8.5"), result="http-error", titles=False,
         next=(1, 2), requests=1),
    Case("S16-retry-huge", lambda n: respond(b"", "503 Busy", "Retry-After: 99999999999999999999"), result="http-error",
         titles=False, next=(1, 2), requests=1),
    Case("S13-retry-good", lambda n: good(n, "Retry-After: 4"), next=(4, 5)),
    # Redirects; the server is every 127.* address
    Case("R08-fragment", lambda n: respond(b"", "302 Found", f"Location: /{n}-to#part"), requests=2,
         asks=["/{n}", "/{n}-to"]),
    Case("R08-blank", lambda n: respond(b"", "302 Found", f"Location: /{n} to"), requests=2, asks=["/{n}", "/{n}%20to"]),
    Case("R08-utf8", lambda n: respond(b"", "302 Found", f"Location: /{n}-ü".encode()), requests=2,
         asks=["/{n}", "/{n}-%C3%BC"]),
    Case("R08-upper-scheme", lambda n: respond(b"", "302 Found", f"Location: HTTP://{{host}}/{n}-to"), requests=2,
         asks=["/{n}", "/{n}-to"]),
    Case("R08-query", lambda n: respond(b"", "302 Found", "Location: ?x=1"), requests=2, asks=["/{n}", "/{n}"]),
    Case("R08-port-zero", lambda n: respond(b"", "302 Found", "Location: http://127.0.0.1:0/x"), result=None, titles=False,
         requests=1),
    Case("R08-no-port", lambda n: respond(b"", "302 Found", "Location: http://127.0.0.1:99999/x"), result=None, titles=False,
         requests=1),
    Case("R11-userinfo", lambda n: respond(b"", "302 Found", f"Location: http://me:secret@{{host}}/{n}-to"), result=None,
         titles=None),
    Case("R11-cookie", lambda n: respond(b"", "302 Found", "Set-Cookie: a=b; Path=/", f"Location: /{n}-to"), requests=2,
         asks=["/{n}", "/{n}-to"]),
    Case("R03-307", lambda n: respond(b"", "307 Temporary Redirect", f"Location: /{n}-to"), requests=2,
         asks=["/{n}", "/{n}-to", "/{n}"]),
    Case("R02-308", lambda n: respond(b"", "308 Permanent Redirect", f"Location: /{n}-to"), requests=2,
         asks=["/{n}", "/{n}-to", "/{n}-to"]),
    Case("R07-itself", lambda n: respond(b"", "301 Moved", f"Location: /{n}"), result="redirect", titles=False, requests=1),
    # Codings
    Case("T04-junk-behind", lambda n: respond(gzip.compress(doc(n)) + b"junk!", "200 OK", "Content-Encoding: gzip",
                                              'ETag: "j"'), etag=b'"j"'),
    Case("T04-two-members", lambda n: respond(gzip.compress(doc(n)[:200]) + gzip.compress(doc(n)[200:]), "200 OK",
                                              "Content-Encoding: gzip", 'ETag: "two"'), etag=b'"two"'),
    Case("T02-twice", lambda n: respond(gzip.compress(gzip.compress(doc(n))), "200 OK", "Content-Encoding: gzip, gzip")),
    Case("T02-two-lines", lambda n: respond(gzip.compress(zlib.compress(doc(n))), "200 OK", "Content-Encoding: deflate",
                                            "Content-Encoding: gzip")),
    Case("T02-identity", lambda n: good(n, "Content-Encoding: identity")),
    Case("T02-empty", lambda n: good(n, "Content-Encoding: ")),
    Case("T02-chunked-gzip", lambda n: raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Encoding: gzip\n",
                                           b"".join(b"1\r\n%c\r\n" % b for b in gzip.compress(doc(n))) + b"0\r\n\r\n")),
    # Connections
    Case("S18-closed-at-once", lambda n: CLOSE, result="network-error", titles=False, requests=1),
    Case("S18-reset-at-once", lambda n: RESET, result="network-error", titles=False, requests=1),
    Case("T08-te-and-length", lambda n: chunked(n, "Content-Length: 3"), result=None, titles=None),
    Case("N02-406", lambda n: respond(b"", "406 Not Acceptable"), result="http-error", titles=False, requests=1),
]


class Probed:
    """All cases as feeds of one daemon, polled until each has had its rounds."""

    def __init__(self, folder):
        self.web = Web("0.0.0.0")
        self.daemon = Daemon(folder)
        feeds = {}
        for i, case in enumerate(CASES):
            host = f"127.0.{3 + i // 200}.{i % 200 + 1}"
            feeds[case.name.lower()] = {"url": self.web.url(case.url, host=host), "tags": case.name.lower()}
            self.web.route(case.url, self.answer(case, f"{host}:{self.web.port}"))
        self.web.route("*", self.target)
        self.daemon.configure(feeds, defaults="max-interval = 10s\ntimeout = 10s", daemon="user-agent = probe/1")
        self.daemon.start()
        for case in CASES:
            wait_for(lambda c=case: len(self.polls(c)) >= (1 if c.next else ROUNDS),
                     lambda c=case: f"{c.name}\n{self.daemon.log()[-3000:]}", 60)
        wait_for(lambda: all(len(self.requests(c)) > 1 for c in CASES if c.next and c.next[1] < 8), "each is asked again", 60)

    @staticmethod
    def answer(case, host):
        def handler(request):
            made = case.replies[min(request.n, len(case.replies)) - 1]
            made = made(case.name) if callable(made) else made
            if b"?" in request.target:
                return good(case.name)
            if isinstance(made, bytes):
                made = made.replace(b"{host}", host.encode())
                ends = made.startswith(b"HTTP/1.0")
                return [made, CLOSE] if ends else made
            return [made]

        return handler

    @staticmethod
    def target(request):
        """Where redirects lead: the feed of the case that the path begins with."""
        for case in CASES:
            if request.path.startswith(f"/{case.name}"):
                return good(case.name)
        return respond(b"", "404 Not Found")

    def polls(self, case):
        return self.daemon.polls(case.name.lower())

    def requests(self, case):
        return [r for r in self.web.requests if r.path == case.url or r.path.startswith(case.url + "-") or
                r.path.startswith(case.url + "%")]

    def close(self):
        self.daemon.close()
        self.web.close()


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    made = Probed(tmp_path_factory.mktemp("probes"))
    yield made
    made.close()
    assert "Sanitizer" not in made.daemon.log(whole=True)


def test_no_probe_ends_a_fetcher(probed):
    assert "died by signal" not in probed.daemon.log() and "hung" not in probed.daemon.log()
    assert "broke the rules" not in probed.daemon.log()


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_probe(probed, case):
    polls, requests = probed.polls(case), probed.requests(case)
    first = polls[0]
    titles = sorted(a["title"] for a in probed.daemon.spool.articles().values() if case.name.lower() in a["tags"])
    wanted = sorted(f"Title {case.name} {i}" for i in (1, 2))
    if case.result is not None:
        assert first["result"] == case.result, first
        assert titles == (wanted if case.titles else [])
    else:  # the articles, or one clean failure
        assert titles in ([], wanted) and (case.titles is not False or titles == [])
        assert (first["good"] == "yes") == (titles == wanted) or len(polls) > 1
    if case.status:
        assert first["status"] == str(case.status)
    if case.requests is None:
        assert requests[1].etag == case.etag and requests[1].since == case.since
    if case.asks:
        assert [r.path for r in requests][:len(case.asks)] == [p.format(n=case.name) for p in case.asks]
    if case.requests and not case.asks:
        gaps = [b.time - a.time for a, b in zip(requests, requests[1:])]
        assert all(g >= 0.9 for g in gaps), f"more than {case.requests} a poll: {gaps}"
    if case.next:
        least, most = case.next
        planned = int(first["next"].rstrip("s"))
        assert least <= planned <= most, first
        if len(requests) > 1:
            assert requests[1].time - requests[0].time >= least - 0.1
    for request in requests:
        assert request.method == b"GET" and request.header("cookie") is None and request.header("referer") is None
        assert request.header("range") is None and request.header("user-agent") == b"probe/1"
        assert b"secret" not in request.raw and request.header("authorization") is None
