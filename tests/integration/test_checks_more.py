"""Checks that need a network of the test's own, or little else: N07, N09, N11, S12 (CHECKS.md)."""
import ssl
import subprocess
import time

import pytest

from apart import apart
from conftest import items, rss
from web import Web, respond, sequence, tls_context

FEED = rss(items("m", 3))


def test_N07_names_that_are_not_ascii_are_asked_for_in_punycode(request, daemon, web, tmp_path):
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 xn--bcher-kva.example localhost\n")
    if not apart(request, f"mount --bind '{hosts}' /etc/hosts"):
        return
    web.route("*", sequence(respond(FEED)))
    daemon.configure({"f": web.url(host="bücher.example"), "g": web.url("/g", host="xn--bcher-kva.example")}).start()
    for name in ("f", "g"):
        assert daemon.wait_polls(name)[0]["good"] == "yes"
    assert {r.header("Host") for r in web.requests} == {f"xn--bcher-kva.example:{web.port}".encode()}


def test_N09_a_host_that_drops_what_is_sent_fails_within_thirty_seconds(request, daemon, tmp_path):
    if not apart(request, "ip link add hole type veth peer name well", "ip link set hole up",
                 "ip link set well up", "ip address add 192.0.2.2/24 dev hole",
                 "ip neighbour add 192.0.2.1 lladdr 02:00:00:00:00:01 dev hole"):
        return
    begin = time.monotonic()
    daemon.configure({"f": {"url": "http://192.0.2.1/feed.xml", "timeout": "60s", "interval": "1h"}}).start()
    poll = daemon.wait_polls("f")[0]
    assert poll["good"] == "no" and poll["result"] in ("timeout", "network-error")
    assert 20 < time.monotonic() - begin <= 30


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
def test_N11_old_versions_of_tls_are_refused(daemon, tmp_path, version):
    context, certificate = tls_context(tmp_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    server = Web(context=context)
    server.route("*", sequence(respond(FEED)))
    daemon.configure({"f": {"url": server.url(), "ca-file": str(certificate), "interval": "1h"}}).start()
    assert daemon.wait_polls("f")[0]["result"] == "network-error"
    assert server.requests == [] and daemon.spool.titles() == []
    server.close()


def expired_context(folder):
    (folder / "index").touch()
    (folder / "ca.conf").write_text(
        f"[ca]\ndefault_ca = d\n[d]\ndatabase = {folder}/index\nrand_serial = yes\nnew_certs_dir = {folder}\n"
        "default_md = sha256\npolicy = p\ncopy_extensions = copy\n[p]\ncommonName = supplied\n")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    for args in (
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(folder / "request")],
            ["ca", "-selfsign", "-batch", "-notext", "-config", str(folder / "ca.conf"), "-in", str(folder / "request"),
             "-keyfile", str(key), "-out", str(certificate), "-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]):
        subprocess.run(["openssl", *args], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def test_N11_an_expired_certificate_is_refused(daemon, tmp_path):
    context, certificate = expired_context(tmp_path)
    server = Web(context=context)
    server.route("*", sequence(respond(FEED)))
    daemon.configure({"f": {"url": server.url(), "ca-file": str(certificate), "interval": "1h"}}).start()
    poll = daemon.wait_polls("f")[0]
    assert poll["result"] == "network-error" and "expired" in poll["reason"]
    assert server.requests == []
    server.close()


@pytest.mark.parametrize("hint, low", [
    ("<ttl>120</ttl>", 7200), ("<ttl>0</ttl>", 1), ("<ttl>-5</ttl>", 1),
    ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1800),
    ("<skipHours>" + "".join(f"<hour>{h}</hour>" for h in range(24) if h != (time.gmtime().tm_hour + 2) % 24)
     + "</skipHours>", 3600),
], ids=["ttl", "ttl-zero", "ttl-negative", "sy", "skip-hours"])
def test_S12_what_the_document_says_only_makes_it_later(daemon, web, hint, low):
    feed = FEED.replace("<rss", "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'").replace(
        "<channel>", "<channel>" + hint)
    web.route("*", sequence(respond(feed)))
    daemon.configure({"f": web.url()}).start()
    first = daemon.wait_polls("f")[0]
    assert first["good"] == "yes" and int(first["next"].rstrip("s")) >= low
    if low == 1:
        assert len(daemon.wait_polls("f", 3)) >= 3
