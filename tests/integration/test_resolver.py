"""Names and addresses that fail: N08 and N10 of the poller's checks (CHECKS.md), in a network of the test's own."""
import socket
import struct
import threading
import time

import pytest

from apart import apart
from conftest import items, rss, wait_for
from web import not_modified, respond, sequence

FEED = rss(items("n", 3))
SERVFAIL, NXDOMAIN = 2, 3


def name_server(answer):
    """A resolver on 127.0.0.1:53 that answers every question with this code, or never."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    asked = []

    def serve():
        while True:
            question, peer = server.recvfrom(4096)
            asked.append(time.monotonic())
            if answer is not None:
                flags = struct.pack("!H", 0x8180 | answer)
                server.sendto(question[:2] + flags + question[4:6] + bytes(6) + question[12:], peer)

    threading.Thread(target=serve, daemon=True).start()
    return asked


@pytest.mark.parametrize("answer", [NXDOMAIN, SERVFAIL, None], ids=["nxdomain", "servfail", "silent"])
def test_N08_resolving_never_holds_up_others(request, daemon, web, tmp_path, answer):
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:15 attempts:2\n")
    if not apart(request, f"mount --bind '{resolv}' \"$(readlink -f /etc/resolv.conf)\""):
        return
    asked = name_server(answer)
    web.route("/feed.xml", sequence(respond(FEED, "200 OK", 'ETag: "1"'), not_modified()))
    feeds = {f"bad{i}": {"url": f"http://host{i}.example/feed.xml", "timeout": "6s", "interval": "1h"} for i in range(4)}
    daemon.configure(dict(feeds, good=web.url())).start()
    daemon.wait_polls("good", 6)
    for name in feeds:
        poll = daemon.wait_polls(name)[0]
        assert poll["good"] == "no" and poll["result"] == ("timeout" if answer is None else "network-error"), poll
    assert asked and len(daemon.polls("bad0")) == 1
    times = [r.time for r in web.seen("/feed.xml")]
    assert max(b - a for a, b in zip(times, times[1:])) <= 2.0, times


def test_N10_a_dead_ipv6_address_costs_less_than_two_seconds(request, daemon, web, tmp_path):
    hosts = tmp_path / "hosts"
    hosts.write_text("2001:db8::1 both.example\n127.0.0.1 both.example localhost\n")
    if not apart(request, f"mount --bind '{hosts}' /etc/hosts", "ip link add hole type veth peer name well",
                 "ip link set hole up", "ip link set well up", "ip -6 address add 2001:db8::2/64 dev hole nodad",
                 "ip -6 neighbour add 2001:db8::1 lladdr 02:00:00:00:00:01 dev hole"):
        return
    dead = socket.socket(socket.AF_INET6)
    dead.settimeout(0.5)
    with pytest.raises(TimeoutError):
        dead.connect(("2001:db8::1", web.port))
    assert socket.getaddrinfo("both.example", 80, type=socket.SOCK_STREAM)[0][0] == socket.AF_INET6
    web.route("/feed.xml", sequence(respond(FEED)))
    begin = time.monotonic()
    daemon.configure({"f": {"url": web.url(host="both.example"), "interval": "1h"}}).start()
    assert daemon.wait_polls("f")[0]["good"] == "yes"
    assert wait_for(lambda: web.requests, "a request")[0].time - begin < 2 + 1  # a second to start in
