"""Proxies: what they are asked, what they are not told, and where they must not be made to go."""
import os
import socket
import threading

import pytest

from conftest import items, rss
from web import Web, respond, sequence

FEED = rss(items("p", 3))


class Socks:
    """SOCKS 5 without passwords: tells who was asked for, and goes to one port whoever that is."""

    def __init__(self, port):
        self.port = port
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self, scheme):
        return f"{scheme}://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        try:
            while True:
                threading.Thread(target=self.serve, args=self.listener.accept()[:1], daemon=True).start()
        except OSError:
            return

    def serve(self, client):
        with client, client.makefile("rb") as stream:
            stream.read(stream.read(2)[1])
            client.sendall(b"\5\0")
            kind = stream.read(4)[3]
            size = {1: 4, 4: 16}.get(kind) or stream.read(1)[0]
            host = stream.read(size)
            stream.read(2)
            self.asked.append(host.decode() if kind == 3 else socket.inet_ntop(socket.AF_INET, host))
            with socket.create_connection(("127.0.0.1", self.port)) as server:
                client.sendall(b"\5\0\0\1\0\0\0\0\0\0")
                pump = threading.Thread(target=self.pump, args=(server, client), daemon=True)
                pump.start()
                self.pump(client, server)
                pump.join(30)

    @staticmethod
    def pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()


def configured(daemon, **keys):
    """Without the allow-private that other tests have."""
    daemon.configure({"f": {"interval": "1h", "allow-private": "no", **keys}}).start()
    return daemon.wait_polls("f")[0]


def test_an_http_proxy_is_asked_for_the_whole_url(daemon, web):
    web.route("http://feed.test/feed.xml", sequence(respond(FEED, "200 OK", 'ETag: "p"')))
    assert configured(daemon, url="http://feed.test/feed.xml?a=b", proxy=web.url("", scheme="http"))["good"] == "yes"
    request, = web.requests
    assert request.target == b"http://feed.test/feed.xml?a=b" and request.header("Host") == b"feed.test"
    assert request.header("Proxy-Authorization") is None and len(daemon.spool.articles()) == 3


def test_a_proxy_sees_no_secret_of_a_tls_feed(daemon, web, tmp_path):
    """It is asked to CONNECT, and says no: nothing but the name of the host was in that."""
    (tmp_path / "password").write_text("s3cret\n")
    (tmp_path / "password").chmod(0o600)
    web.route("feed.test:443", sequence(respond(b"", "403 Forbidden")))
    poll = configured(daemon, url="https://feed.test/feed.xml", proxy=web.url("", scheme="http"), user="me",
                      header="X-Key: k3y", **{"password-file": tmp_path / "password"})
    assert poll["good"] == "no"
    request, = web.requests
    assert request.method == b"CONNECT" and request.target == b"feed.test:443"
    assert request.header("Authorization") is None and request.header("X-Key") is None
    assert request.header("User-Agent").startswith(b"newspool/")


@pytest.mark.parametrize("scheme, asked", [("socks5h", "feed.test"), ("socks5", "93.184.216.34")])
def test_a_socks_proxy_is_used(daemon, web, scheme, asked):
    web.route("/feed.xml", sequence(respond(FEED)))
    socks = Socks(web.port)
    try:
        assert configured(daemon, url=f"http://{asked}/feed.xml", proxy=socks.url(scheme))["good"] == "yes"
    finally:
        socks.close()
    assert socks.asked == [asked] and web.requests[0].header("Host") == asked.encode()


@pytest.mark.parametrize("target", ["http://127.0.0.1/x", "http://169.254.169.254/latest/meta-data/", "http://2130706433/",
                                    "http://[::ffff:10.0.0.1]/", "http://localhost/x"])
def test_no_redirect_leads_a_proxy_into_the_private(daemon, web, target):
    web.route("*", sequence(respond(b"", "302 Found", f"Location: {target}")))
    poll = configured(daemon, url="http://feed.test/feed.xml", proxy=web.url("", scheme="http"))
    assert poll["result"] == "refused" and "allow-private = yes would permit it" in poll["reason"]
    assert [r.target for r in web.requests] == [b"http://feed.test/feed.xml"]


def test_the_environment_names_no_proxy(daemon, web, monkeypatch):
    other = Web()
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setitem(os.environ, name, other.url("", scheme="http"))
    web.route("/feed.xml", sequence(respond(FEED)))
    daemon.configure({"f": web.url()}).start()
    assert daemon.wait_polls("f")[0]["good"] == "yes" and other.requests == []
    other.close()
