"""Real feeds, served by nginx and polled by one daemon: no crash, no stuck feed, articles from each.

The feeds are not part of newspool: NEWSPOOL_CORPUS names a folder of them (default: shared/corpus/real beside
the checkout); without one the test is skipped.
"""
import collections
import os
import pathlib
import xml.parsers.expat

import pytest

from conftest import TOP, WAIT, wait_for

CORPUS = pathlib.Path(os.environ.get("NEWSPOOL_CORPUS", TOP.parent / "shared" / "corpus" / "real"))


def expat_accepts_with_items(data):
    """True where expat reads the document to its end and it has items."""
    count = collections.Counter()
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: count.update([name.rsplit(":", 1)[-1].lower()])
    try:
        parser.Parse(data, True)
    except (xml.parsers.expat.ExpatError, ValueError, LookupError):
        return False
    return count["item"] + count["entry"] > 0


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of real feeds here")
def test_real_feeds_all_give_their_articles(daemon, nginx):
    files = sorted(p for p in CORPUS.iterdir() if p.is_file())
    assert files
    feeds, expected = {}, set()
    for number, file in enumerate(files):
        data = file.read_bytes()
        nginx.put(file.name, data)
        feeds[f"c{number}"] = {"url": nginx.url(file.name), "tags": "real", "interval": "1h"}
        if expat_accepts_with_items(data):
            expected.add(f"c{number}")
    daemon.configure(feeds, defaults="flood-limit = 0").start()
    wait_for(lambda: daemon.ended() or len({p["feed"] for p in daemon.polls()}) == len(files),
             lambda: f"{len(daemon.polls())} of {len(files)} polled\n" + daemon.log()[-2000:], 6 * WAIT)
    assert not daemon.ended(), daemon.log()[-4000:]

    polls = {p["feed"]: p for p in daemon.polls()}
    failed = {f: p["reason"] for f, p in polls.items() if p["good"] == "no"}
    assert not expected & set(failed), failed
    silent = {f for f in expected
              if not sum(int(polls[f].get(k, 0)) for k in ("new", "known", "linked", "revised"))}
    assert not silent, silent
    articles = daemon.spool.articles()
    assert len({a["_newspool"]["content_hash"] for a in articles.values()}) == len(articles)
    assert sorted(articles) == daemon.spool.tag("real")
    assert sum(int(p["new"]) for p in polls.values()) == len(articles)
    assert len(nginx.requests()) == len(files)
    print(f"{len(files)} feeds, {len(articles)} articles, {len(failed)} documents refused: {failed}")
