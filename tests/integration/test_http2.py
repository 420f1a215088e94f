"""HTTP/2 over TLS: T21 of the poller's checks (CHECKS.md), with a real nginx and with a server that misbehaves."""
import contextlib
import socket
import struct
import threading

import pytest

from conftest import WAIT, Nginx, items, rss, wait_for
from web import tls_context

FEED = rss(items("h", 2)).encode()
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STATUS_200 = b"\x88"  # the static table's entry
REFUSED, INTERNAL = 7, 2


@pytest.fixture
def nginx_tls(tmp_path):
    made = []

    def make(more=""):
        _, certificate = tls_context(tmp_path)
        made.append(Nginx(tmp_path / "nginx", f"ssl_certificate {certificate}; ssl_certificate_key {tmp_path}/key.pem; {more}",
                          "ssl http2"))
        return made[-1], str(certificate)

    yield make
    for server in made:
        server.close()


def feeds(server, certificate, n, **keys):
    for i in range(n):
        server.put(f"f{i}.xml", rss(items(f"f{i}", 1)))
    return {f"f{i}": {"url": server.url(f"f{i}.xml"), "ca-file": certificate, **keys} for i in range(n)}


def test_T21_twenty_feeds_of_a_host_share_one_connection(daemon, nginx_tls):
    server, certificate = nginx_tls()
    daemon.configure(feeds(server, certificate, 20, interval="1h"), daemon="max-host-connections = 8").start()
    wait_for(lambda: len(daemon.polls()) >= 20, daemon.log)
    assert all(p["good"] == "yes" for p in daemon.polls())
    assert len(daemon.spool.articles()) == 20
    assert {r["protocol"] for r in server.requests()} == {"HTTP/2.0"} and len(server.requests()) == 20
    assert len({r["connection"] for r in server.requests()}) == 1


def test_T21_a_goaway_in_mid_series_is_no_failure(daemon, nginx_tls):
    server, certificate = nginx_tls("keepalive_requests 5;")
    daemon.configure(feeds(server, certificate, 20), daemon="max-host-connections = 4").start()
    for name in ("f0", "f19"):
        daemon.wait_polls(name, 3)
    wait_for(lambda: len(daemon.polls()) >= 60, daemon.log)
    assert [p for p in daemon.polls() if p["good"] != "yes"] == []
    assert len(daemon.spool.articles()) == 20
    requests = server.requests()
    assert {r["protocol"] for r in requests} == {"HTTP/2.0"}
    assert len({r["connection"] for r in requests}) >= len(requests) // 6
    assert all(r["etag"] or r["since"] for r in requests[20:])


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload


def good(stream):
    return frame(HEADERS, END_HEADERS, stream, STATUS_200) + frame(DATA, END_STREAM, stream, FEED)


class Http2:
    """Frames by hand: reply(n, stream) makes the bytes for the nth request; what it asks for is not decoded."""

    def __init__(self, context, reply):
        context.set_alpn_protocols(["h2"])
        self.context = context
        self.reply = reply
        self.requests = []  # a connection's number each
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                connection.settimeout(WAIT)
                self.connections += 1
                threading.Thread(target=self.serve, args=(connection, self.connections), daemon=True).start()

    def serve(self, connection, number):
        with contextlib.suppress(OSError, EOFError), self.context.wrap_socket(connection, server_side=True) as tls:
            stream = tls.makefile("rb")
            assert stream.read(24).startswith(b"PRI * HTTP/2.0")
            tls.sendall(frame(SETTINGS, 0, 0))
            while True:
                head = stream.read(9)
                if len(head) < 9:
                    return
                kind, flags, of = head[3], head[4], struct.unpack("!I", head[5:])[0]
                payload = stream.read(int.from_bytes(head[:3], "big"))
                if kind == HEADERS:
                    self.requests.append(number)
                    tls.sendall(self.reply(len(self.requests), of))
                elif kind in (SETTINGS, PING) and not flags & ACK:
                    tls.sendall(frame(kind, ACK, 0, payload if kind == PING else b""))

    def close(self):
        self.listener.close()


@pytest.fixture
def http2(tmp_path):
    made = []

    def make(reply):
        context, certificate = tls_context(tmp_path)
        made.append(Http2(context, reply))
        return made[-1], {"url": f"https://127.0.0.1:{made[-1].port}/feed", "ca-file": str(certificate)}

    yield make
    for server in made:
        server.close()


def code(error):
    return struct.pack("!I", error)


@pytest.mark.parametrize("bad", [
    lambda s: frame(RST_STREAM, 0, s, code(INTERNAL)),
    lambda s: frame(HEADERS, END_HEADERS, s, STATUS_200) + frame(DATA, 0, s, FEED[:200]) + frame(RST_STREAM, 0, s, code(INTERNAL)),
    lambda s: frame(HEADERS, END_HEADERS, s, STATUS_200) + frame(DATA, 0, s, FEED[:200]) + frame(GOAWAY, 0, 0, code(0) + code(INTERNAL)),
    lambda s: frame(DATA, 0, s, b"x" * 20),
    lambda s: b"not a frame at all, but words of some length",
], ids=["reset", "reset-in-body", "goaway-in-body", "data-first", "no-frames"])
def test_T21_a_reset_is_one_failure(daemon, http2, bad):
    server, keys = http2(lambda n, stream: bad(stream) if n == 1 else good(stream))
    daemon.configure({"f": keys}).start()
    first = daemon.wait_polls("f")[0]
    assert first["good"] == "no" and first["new"] == "0" and daemon.spool.titles() == []
    assert len(server.requests) == 1
    assert [p["good"] for p in daemon.wait_polls("f", 2)[:2]] == ["no", "yes"]
    assert len(daemon.spool.articles()) == 2


@pytest.mark.parametrize("refusal", [
    lambda s: frame(RST_STREAM, 0, s, code(REFUSED)), lambda s: frame(GOAWAY, 0, 0, code(0) + code(0)),
], ids=["refused-stream", "goaway-before"])
def test_T21_what_the_server_did_not_begin_is_asked_once_more_or_fails_once(daemon, http2, refusal):
    server, keys = http2(lambda n, stream: refusal(stream) if n == 2 else good(stream))
    daemon.configure({"f": keys}).start()
    polls = daemon.wait_polls("f", 4)
    assert polls[0]["good"] == "yes" and sum(p["good"] == "no" for p in polls) <= 1
    assert len(daemon.spool.articles()) == 2 and len(server.requests) <= len(daemon.polls()) + 2
