"""Network, TLS and identity on the wire, and what the spool must show: N01 to N12, P01 to P06 (CHECKS.md)."""
import re
import socket
import subprocess
import threading

import pytest

from conftest import free_port, items, rss, wait_for
from web import Web, not_modified, respond, sequence, tls_context

FEED = rss(items("n", 3))


def start(daemon, web, reply, path="/feed.xml", **keys):
    web.route("*", reply if callable(reply) else sequence(reply))
    daemon.configure({"f": dict({"url": web.url(path)}, **keys)}).start()
    return daemon


def test_N01_N02_names_itself_and_what_it_wants(daemon, web):
    start(daemon, web, respond(FEED)).wait_polls("f", 2)
    agents = {r.header("User-Agent") for r in web.requests}
    assert len(agents) == 1
    agent, = agents
    assert re.fullmatch(rb"newspool/[0-9.]+ \(\+https://[^ ;]+; 1 feed from this host\)", agent)
    accept = web.requests[0].header("Accept").decode()
    for kind in ("application/rss+xml", "application/atom+xml", "application/feed+json", "*/*;q=0."):
        assert kind in accept


def takes(accept, kind):
    """Whether an Accept header takes a media type, and how gladly."""
    weights = {}
    for part in accept.decode().split(","):
        name, *parameters = [p.strip() for p in part.split(";")]
        weights[name] = float(next((p[2:] for p in parameters if p.startswith("q=")), 1))
    return weights.get(kind, weights.get(kind.split("/")[0] + "/*", weights.get("*/*", 0)))


@pytest.mark.parametrize("kind", ["application/rss+xml", "application/atom+xml", "application/feed+json", "text/xml", "text/rss"])
def test_N02_a_server_that_answers_406_serves_it(daemon, web, kind):
    def negotiate(request):
        accept = request.header("Accept")
        if accept is None or takes(accept, kind) <= 0 or takes(accept, "text/html") >= takes(accept, "application/rss+xml"):
            return respond(b"", "406 Not Acceptable")
        return respond(FEED, "200 OK", f"Content-Type: {kind}")

    poll = start(daemon, web, negotiate).wait_polls("f")[0]
    assert poll["status"] == "200" and poll["good"] == "yes"


def test_N03_N04_N06_no_cookie_no_referer_one_plain_get(daemon, web):
    start(daemon, web, lambda r: respond(FEED, "200 OK", "Set-Cookie: a=b; Path=/") if r.path == "/x"
          else respond(b"", "302 Found", "Location: /x", "Set-Cookie: c=d")).wait_polls("f", 3)
    for request in web.requests:
        assert request.method == b"GET"
        for name in ("Cookie", "Referer", "Range", "Origin"):
            assert request.header(name) is None
    assert {r.path for r in web.requests} == {"/feed.xml", "/x"}


@pytest.mark.parametrize("path, target", [
    ("/a%2Fb/../c?x=1&y=%20&z", b"/a%2Fb/../c?x=1&y=%20&z"), ("/./a//b/%2e%2E/c", b"/./a//b/%2e%2E/c"),
    ("/feed?", b"/feed?"), ("/feed;p=1", b"/feed;p=1"), ("/%E4%b8%AD", b"/%E4%b8%AD"), ("/feed#frag", b"/feed"),
    ("/~a!$&'()*+,;=:@b?c/?d=[e]|f", b"/~a!$&'()*+,;=:@b?c/?d=[e]|f"), ("?q", b"/?q"), ("", b"/"),
])
def test_N05_the_target_has_the_configured_bytes(daemon, web, path, target):
    start(daemon, web, respond(FEED), path, interval="1h").wait_polls("f")
    assert web.requests[0].target == target


def test_N07_host_header_with_port_and_brackets(daemon, web):
    try:
        six = Web("::1")
    except OSError:
        pytest.skip("no IPv6 loopback here")
    six.route("*", sequence(respond(rss(items("six", 1)))))
    web.route("*", sequence(respond(FEED)))
    daemon.configure({"four": web.url(), "six": six.url()}).start()
    daemon.wait_polls("four")
    daemon.wait_polls("six")
    assert web.requests[0].header("Host") == f"127.0.0.1:{web.port}".encode()
    assert six.requests[0].header("Host") == f"[::1]:{six.port}".encode()
    six.close()


def test_N08_a_name_that_does_not_resolve_fails_alone(daemon, web):
    web.route("*", sequence(respond(FEED)))
    daemon.configure({"bad": "http://no-such-host.invalid/feed.xml", "good": web.url()}).start()
    poll = daemon.wait_polls("bad")[0]
    assert poll["good"] == "no" and poll["result"] in ("network-error", "timeout")
    daemon.wait_polls("good", 3)


def test_N09_refused_and_reset(daemon, script):
    def reset(server, connection, request):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    daemon.configure({"refused": f"http://127.0.0.1:{free_port()}/", "reset": script(reset).url()}).start()
    for name in ("refused", "reset"):
        poll = daemon.wait_polls(name)[0]
        assert poll["good"] == "no" and poll["result"] in ("network-error", "truncated")


def test_N11_certificates_are_verified(daemon, tmp_path):
    context, certificate = tls_context(tmp_path)
    good = Web(context=context)
    (tmp_path / "other").mkdir()
    wrong_context, wrong_certificate = tls_context(tmp_path / "other", "elsewhere.example", 2, "DNS:elsewhere.example")
    wrong = Web(context=wrong_context)
    for server in (good, wrong):
        server.route("*", sequence(respond(FEED)))
    daemon.configure({
        "unknown": good.url(), "trusted": {"url": good.url("/2"), "ca-file": str(certificate)},
        "insecure": {"url": good.url("/3"), "insecure": "yes"},
        "name": {"url": wrong.url(), "ca-file": str(wrong_certificate)},
    }).start()
    for name, expected in (("unknown", "no"), ("name", "no"), ("trusted", "yes"), ("insecure", "yes")):
        assert daemon.wait_polls(name)[0]["good"] == expected, name
    assert not [r for r in good.requests if r.path == "/feed.xml"] and not wrong.requests
    good.close()
    wrong.close()


def test_N12_passwords_go_to_their_host_and_nowhere_else(daemon, web, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2-and-more\n")
    secret.chmod(0o600)
    start(daemon, web, lambda r: respond(FEED) if r.header("Authorization") == b"Basic YWxpOmh1bnRlcjItYW5kLW1vcmU="
          else respond(b"", "401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'),
          user="ali", **{"password-file": str(secret)})
    assert daemon.wait_polls("f")[0]["good"] == "yes"
    titles = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    for text in (daemon.log(whole=True), str(daemon.spool.articles()), titles, daemon.database.read_bytes().decode("latin-1")):
        assert "hunter2" not in text


def test_P01_many_polls_write_each_article_once(daemon, web):
    start(daemon, web, lambda r: not_modified() if r.n % 2 == 0 and r.etag else respond(FEED, "200 OK", 'ETag: "1"'))
    daemon.wait_polls("f", 10)
    assert len(daemon.spool.articles()) == 3


def test_P02_what_only_looks_different_is_not_new(daemon, web):
    first = items("n", 3)
    variants = [
        rss(list(reversed(first))),
        rss(first).replace("<channel>", "<channel><lastBuildDate>Mon, 23 Nov 2026 10:00:00 GMT</lastBuildDate>"),
        rss([(g, t.replace(" ", "\n  "), b.replace(" ", "  \t")) for g, t, b in first]),
        rss([(g, t.replace("T", "&#84;"), b) for g, t, b in first]),
        rss(first).replace("</link><desc", "?utm_source=rss&amp;utm_medium=x</link><desc"),
    ]
    start(daemon, web, sequence(respond(FEED), *[respond(v) for v in variants]))
    polls = daemon.wait_polls("f", 7)
    assert all(p["good"] == "yes" for p in polls)
    assert len(daemon.spool.articles()) == 3


def test_P03_changed_guids_and_edited_bodies(daemon, web):
    first = items("n", 3)
    start(daemon, web, sequence(
        respond(FEED), respond(rss([("changed-" + g, t, b) for g, t, b in first])),
        respond(rss([(g, t, b + " Edited.") for g, t, b in first])), respond(rss(first + first))))
    daemon.wait_polls("f", 5)
    assert len(daemon.spool.articles()) == 3  # updates = ignore is the default


def test_P03_revisions_are_emitted_when_asked_for(daemon, web):
    first = items("n", 3)
    start(daemon, web, sequence(respond(FEED), respond(rss([(first[0][0], first[0][1], first[0][2] + " Edited.")] + first[1:]))),
          updates="emit")
    daemon.wait_polls("f", 3)
    articles = list(daemon.spool.articles().values())
    assert len(articles) == 4
    revision = articles[-1]
    original, = [a for a in articles[:-1] if a["id"] == revision["id"]]
    assert revision["_newspool"]["revises"] == original["_newspool"]["seq"]
    assert revision["content_text"].endswith("Edited.")


def test_P04_a_feed_that_shrinks_and_comes_back_floods_nobody(daemon, web):
    start(daemon, web, sequence(respond(FEED), respond(rss([])), respond(rss([])), respond(FEED)))
    daemon.wait_polls("f", 5)
    assert len(daemon.spool.articles()) == 3


def test_P05_broken_in_the_middle_then_repaired(daemon, web):
    whole = rss(items("n", 10))
    broken = whole[:whole.index("n-6")]
    start(daemon, web, sequence(respond(broken), respond(whole)))
    daemon.wait_polls("f", 3)
    titles = daemon.spool.titles()
    assert [t for t in titles if t != "Title n 6"] == sorted(f"Title n {i}" for i in range(1, 11) if i != 6)
    assert titles.count("Title n 6") >= 1


def test_P06_a_reader_never_sees_a_half_written_file(daemon, web):
    web.route("*", lambda r: respond(rss(items(r.path[1:], 100))))
    daemon.configure({f"f{n}": {"url": web.url(f"/f{n}"), "tags": "all", "interval": "1h"} for n in range(10)})
    faults, seen, stop = [], set(), threading.Event()

    def read():
        while not stop.is_set():
            for folder in ("articles", "tags/all"):
                for path in (daemon.spool_path / folder).glob("*/*"):
                    text = path.read_text(encoding="utf-8")
                    seen.add(path.name)
                    if not (text.startswith("{") and text.endswith("}\n")):
                        faults.append((path.name, text[-20:]))

    reader = threading.Thread(target=read)
    reader.start()
    daemon.start()
    try:
        wait_for(lambda: len(daemon.polls()) >= 10, daemon.log)
        wait_for(lambda: len(seen) == 1000, lambda: len(seen))
    finally:
        stop.set()
        reader.join()
    assert faults == []
