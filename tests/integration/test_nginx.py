"""The same polls against a real server: files packed beforehand, and its own caching headers."""
import gzip
import re

import pytest

from conftest import Nginx, items, rss

FEED = rss(items("n", 4))


@pytest.fixture
def make(tmp_path):
    made = []

    def make(locations):
        made.append(Nginx(tmp_path / "nginx", locations))
        return made[-1]

    yield make
    for server in made:
        server.close()


def seconds(poll):
    return int(poll["next"].rstrip("s"))


def test_files_packed_beforehand_are_read_and_asked_for_conditionally(daemon, make):
    server = make("gzip_static always; gzip off;")
    packed = gzip.compress(FEED.encode())
    server.put("feed.xml.gz", packed)
    daemon.configure({"f": server.url("feed.xml")}).start()
    polls = daemon.wait_polls("f", 3)
    assert [p["status"] for p in polls[:3]] == ["200", "304", "304"] and len(daemon.spool.articles()) == 4
    requests = server.requests("feed.xml")
    assert requests[0]["sent"] == len(packed) and requests[1]["sent"] == 0
    assert requests[1]["etag"] and requests[1]["since"] and requests[1]["etag"] == requests[2]["etag"]


@pytest.mark.parametrize("directive, low, high", [
    ("expires 2h;", 7190, 7200 * 1.2),
    ("add_header Cache-Control 'public, max-age=5400';", 5390, 5400 * 1.2),
    ("expires epoch;", 1, 3),
    ("expires off;", 1, 3),
], ids=["expires", "max-age", "epoch", "off"])
def test_caching_headers_are_honoured(daemon, make, directive, low, high):
    server = make(directive)
    server.put("feed.xml", FEED)
    daemon.configure({"f": server.url("feed.xml")}).start()
    first = daemon.wait_polls("f")[0]
    assert first["good"] == "yes" and low <= seconds(first) <= high, first
    if low > 10:
        assert re.search(r"max-age|Expires", first["why"]), first


def test_etag_off_leaves_the_date_alone(daemon, make):
    server = make("etag off; gzip off;")
    server.put("feed.xml", FEED)
    daemon.configure({"f": server.url("feed.xml")}).start()
    assert [p["status"] for p in daemon.wait_polls("f", 2)[:2]] == ["200", "304"]
    second = server.requests("feed.xml")[1]
    assert second["since"] and not second["etag"]
