"""What users of other readers complained about: articles that came twice, or never. Each test names the report."""
from conftest import items, rss, wait_for

BODY = "A body that is long enough to stand for itself, and that tells article {} from every other."


def document(*entries, title="A feed"):
    """Entries of (guid or None, link or None, name[, body])."""
    parts = []
    for guid, link, name, *body in entries:
        parts.append("<item>" + (f"<guid isPermaLink='false'>{guid}</guid>" if guid else "")
                     + (f"<link>{link}</link>" if link else "") + f"<title>{name}</title>"
                     f"<description>{body[0] if body else BODY.format(name)}</description></item>")
    return (f"<?xml version='1.0'?><rss version='2.0'><channel><title>{title}</title>"
            f"<link>http://publisher.example/</link><description>d</description>{''.join(parts)}</channel></rss>")


def publish(daemon, nginx, *documents, keys=None):
    """Serves one document after another, each until it has been polled; returns the titles."""
    for n, text in enumerate(documents):
        nginx.put("a.xml", text)
        if n == 0:
            daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "t", **(keys or {})}}).start()
            daemon.wait_polls("a")
        else:
            daemon.more_polls("a", 1)
    return daemon.spool.titles()


def test_one_guid_for_all_items_hides_none(daemon, nginx):
    """cocopuff2u/MOFA #24 (guid N/A everywhere), brief-rss/brief #428 (duplicated at each update)."""
    entries = [("N/A", f"http://p.example/{i}", f"Story {i}") for i in range(5)]
    found = publish(daemon, nginx, document(*entries), document(("N/A", "http://p.example/9", "Story 9"), *entries))
    assert found == [f"Story {i}" for i in (0, 1, 2, 3, 4, 9)]


def test_no_guid_and_one_link_for_all_items_hides_none(daemon, nginx):
    """Ranchero-Software/NetNewsWire #4540 (2 of 6 shown), owncloud-archive/news #217."""
    entries = [(None, "http://p.example/", f"Shirt {i}") for i in range(6)]
    assert publish(daemon, nginx, document(*entries), document(*entries[::-1])) == [f"Shirt {i}" for i in range(6)]


def test_guids_that_differ_in_their_fragment_alone_are_different(daemon, nginx):
    """FreshRSS/FreshRSS #5329 (only the last article of the feed is saved)."""
    entries = [(f"http://p.example/#{i}", "http://p.example/", f"Release {i}") for i in range(4)]
    assert publish(daemon, nginx, document(*entries)) == [f"Release {i}" for i in range(4)]


def test_a_fragment_that_counts_versions_makes_no_new_article(daemon, nginx):
    """A news site counts an article's versions in its guid's fragment: each correction came as a new article."""
    first = [(f"http://p.example/news/{i}#0", f"http://p.example/news/{i}", f"News {i}") for i in range(3)]
    second = [(f"http://p.example/news/{i}#1", f"http://p.example/news/{i}", f"News {i}", BODY.format(f"{i}, corrected"))
              for i in range(3)]
    assert publish(daemon, nginx, document(*first), document(*second)) == ["News 0", "News 1", "News 2"]


def test_guids_that_all_change_bring_nothing_again(daemon, nginx):
    """lwindolf/liferea #1195 (old items as new at random), feedbin/support #416 (the same article 20 times)."""
    texts = [document(*[(f"{site}/{i}", None, f"Post {i}") for i in range(4)])
             for site in ("http://p.example", "https://p.example/blog", "urn:x")]
    assert publish(daemon, nginx, *texts) == [f"Post {i}" for i in range(4)]


def test_a_guid_that_changes_between_two_policies_brings_nothing_again(daemon, nginx):
    """FreshRSS/FreshRSS #5909 (two entries: one by guid, one by link)."""
    good = [(f"g{i}", f"http://p.example/{i}", f"Old {i}") for i in range(3)]
    bad = [("g0", f"http://p.example/{i}", f"Old {i}") for i in range(3)]
    assert publish(daemon, nginx, document(*good), document(*bad), document(*good)) == ["Old 0", "Old 1", "Old 2"]


def test_a_feed_that_shrinks_to_nothing_and_comes_back_brings_nothing_again(daemon, nginx):
    """scripting/Scripting-News #42 (repeated items after the feed was short for a while)."""
    whole = rss(items("a", 6))
    found = publish(daemon, nginx, whole, rss([]), rss(items("a", 2)), whole)
    assert found == sorted(f"Title a {i}" for i in range(1, 7))


def test_an_article_in_two_feeds_is_one_file_under_both_tags(daemon, nginx):
    """RssBandit/RssBandit #1480 and tt-rss/tt-rss #69: read once, but to be found in both feeds."""
    for name in ("a", "b"):
        nginx.put(f"{name}.xml", document(("same", "http://p.example/same", "Shared"), title=name))
    daemon.configure({n: {"url": nginx.url(f"{n}.xml"), "tags": n} for n in ("a", "b")}).start()
    daemon.wait_polls("a")
    daemon.wait_polls("b")
    assert daemon.spool.titles() == ["Shared"]
    assert daemon.spool.tag("a") == daemon.spool.tag("b") == list(daemon.spool.articles())


def test_an_old_guid_with_another_article_is_a_revision_that_can_be_had(daemon, nginx):
    """feedbin/support #604 and #597: a post from last year was replaced under its guid and never shown."""
    found = publish(daemon, nginx, document(("g", "http://p.example/g", "The 7 best tools")),
                    document(("g", "http://p.example/g", "The 10 best tools")), keys={"updates": "emit"})
    assert found == ["The 10 best tools", "The 7 best tools"]
    new, = [a for a in daemon.spool.articles().values() if a["title"] == "The 10 best tools"]
    assert new["_newspool"]["revises"] == 1


def test_a_document_that_shares_nothing_with_the_last_warns_of_a_gap(daemon, nginx):
    """Items that were listed and gone between two polls are lost in silence elsewhere: here the log says so."""
    publish(daemon, nginx, rss(items("a", 5)), rss(items("a", 5, first=100)))
    wait_for(lambda: "gap" in daemon.log() or "missed" in daemon.log(), daemon.log)
    assert len(daemon.spool.titles()) == 10
