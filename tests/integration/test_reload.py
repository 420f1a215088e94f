"""What a reload changes in processes that run, and what it leaves alone."""
import os
import signal
import subprocess

import pytest

from conftest import BUILD, items, rss, wait_for
from web import respond


def test_fetchers_take_new_settings_while_they_run(daemon, web):
    body = rss(items("a", 1))
    web.route("/a.xml", lambda request: respond(body))
    web.route("/slow.xml", lambda request: [respond(body)[:-40], 4, respond(body)[-40:]] if request.n == 1
              else respond(body))
    feeds = {"a": web.url("/a.xml"), "slow": web.url("/slow.xml")}
    daemon.configure(feeds, daemon="user-agent = before/1").start()
    wait_for(lambda: web.seen("/slow.xml"), daemon.log)
    daemon.wait_polls("a", 1)
    fetchers = daemon.fetchers()
    assert web.seen("/a.xml")[-1].header("user-agent") == b"before/1"

    daemon.configure(feeds, daemon="user-agent = after/2")
    daemon.config.write_text(daemon.config.read_text().replace("log-level = debug", "log-level = info"))
    daemon.reload()
    asked = len(web.seen("/a.xml"))
    wait_for(lambda: len(web.seen("/a.xml")) >= asked + 2, daemon.log)
    assert web.seen("/a.xml")[-1].header("user-agent") == b"after/2"
    assert "fetcher-" not in daemon.log().split("event=reloaded")[-1], daemon.log()[-2000:]
    assert daemon.fetchers() == fetchers
    wait_for(lambda: len(web.seen("/slow.xml")) >= 2, "what was under way ends and is asked again")
    assert daemon.spool.titles() == ["Title a 1"]

    daemon.config.write_text(daemon.config.read_text().replace("log-level = info", "log-level = debug"))
    daemon.reload()
    wait_for(lambda: "fetcher-" in daemon.log().split("event=reloaded")[-1], "fetchers speak again")
    assert daemon.fetchers() == fetchers


def test_a_fetcher_started_by_hand_says_what_it_is_for(tmp_path):
    ended = subprocess.run([str(BUILD / "newspoold"), "--fetcher", "0"], capture_output=True, text=True, timeout=10,
                           cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert ended.returncode == 2
    assert "newspool fetch URL" in ended.stderr


def test_reloads_that_fail_behind_the_rules_leave_nothing_of_theirs(daemon, web):
    """Rules are made ready before feeds are read: a mistake in a feed, or a store that cannot take them, comes later."""
    web.route("/a.xml", lambda request: respond(rss(items("a", 2))))
    rules = "".join(f"[rule no-{n}]\nmatch = title ~ /never{n}/ or content ~ /nor{n}/ or title = no{n}\ndrop = yes\n"
                    for n in range(20))

    def configure(count, more=""):
        feeds = {f"a{n}": web.url(f"/a.xml?{n}") for n in range(count)}
        daemon.configure(feeds, extra=rules + "".join(f"[tag t{n}]\nalias = {'x' * (n + 1)}\n" for n in range(count)))
        with open(daemon.config, "a") as config:
            config.write(more)

    configure(1)
    daemon.start()
    for count in range(2, 8):
        refused = daemon.log().count("not reloaded")
        configure(50 * count, more="[feed last]\nurl = nowhere\n")
        daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: daemon.ended() or daemon.log().count("not reloaded") > refused, daemon.log)
        assert not daemon.ended(), daemon.process.returncode
        configure(count)
        daemon.reload()
        assert not daemon.ended(), daemon.process.returncode
    configure(1, more="[feed last]\nurl = nowhere\n")
    daemon.process.send_signal(signal.SIGHUP)
    assert daemon.stop()[0] == 0


def with_category(numbers):
    text = rss(items("a", max(numbers)))
    for n in numbers:
        text = text.replace(f"<title>Title a {n}</title>", f"<title>Title a {n}</title><category>Chips &amp; Co</category>")
    return text


def test_feeds_tags_rules_queues_and_limits_change_together(daemon, web):
    listed = [1]
    web.route("/a.xml", lambda request: respond(with_category(range(1, listed[0] + 1))))
    web.route("/b.xml", lambda request: respond(rss(items("b", 2))))
    feeds = {"a": {"url": web.url("/a.xml"), "tags": "old"}}
    daemon.configure(feeds, extra="[queue gone]\ntags = *\n").start()
    daemon.wait_polls("a")
    first = sorted(daemon.spool.articles())
    assert daemon.spool.tags() == ["old"] and daemon.spool.queue("gone") == first

    feeds = {"a": {"url": web.url("/a.xml"), "tags": "new"}, "b": web.url("/b.xml")}
    daemon.configure(feeds, daemon="max-connections = 7\nmax-host-connections = 1", extra="""
[tag chips]
alias = Chips & Co
[rule no-three]
match = title = "Title a 3"
drop = yes
[queue coming]
tags = chips
""").reload()
    listed[0] = 3
    wait_for(lambda: len(daemon.spool.articles()) == 4, daemon.log)
    daemon.more_polls("a")
    assert daemon.spool.titles() == ["Title a 1", "Title a 2", "Title b 1", "Title b 2"]
    second = next(name for name, a in daemon.spool.articles().items() if a["title"] == "Title a 2")
    assert daemon.spool.tag("new") == daemon.spool.tag("chips") == daemon.spool.queue("coming") == [second]
    assert daemon.spool.tag("old") == daemon.spool.queue("gone") == first  # what was delivered stays

    daemon.configure({"a": feeds["a"]}).reload()
    asked = len(web.seen("/b.xml"))
    listed[0] = 4
    wait_for(lambda: len(daemon.spool.articles()) == 5, daemon.log)
    daemon.more_polls("a", 2)
    assert len(web.seen("/b.xml")) == asked
    assert "Title a 3" not in daemon.spool.titles()  # what a rule dropped does not come back with its end


def test_a_feed_may_go_while_it_is_asked(daemon, web):
    whole = respond(rss(items("slow", 2)))
    web.route("/slow.xml", lambda request: [whole[:-40], 2, whole[-40:]])
    web.route("/a.xml", lambda request: respond(rss(items("a", 1))))
    daemon.configure({"a": web.url("/a.xml"), "slow": web.url("/slow.xml")}).start()
    wait_for(lambda: web.seen("/slow.xml"), daemon.log)
    daemon.configure({"a": web.url("/a.xml")}).reload()
    daemon.more_polls("a", 3)
    assert daemon.spool.titles() == ["Title a 1"] and not daemon.polls("slow")
    daemon.configure({"a": web.url("/a.xml"), "slow": web.url("/slow.xml")}).reload()
    wait_for(lambda: len(daemon.spool.articles()) == 3, daemon.log)
    assert daemon.stop()[0] == 0


def keeper_cpu(daemon):
    with open(f"/proc/{daemon.process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif("sanitized" in str(BUILD), reason="the time that a build for use takes")
def test_a_hundred_thousand_feeds_are_reloaded_in_about_a_second_of_work(daemon):
    outlines = [f'<outline text="Feed {n}" xmlUrl="http://127.{1 + n % 100}.{n // 100 % 250}.1:1/{n}.xml" '
                f'category="tech,c{n % 50}"/>' for n in range(100001)]

    def write(n):
        new = daemon.folder / "feeds.new"
        new.write_text('<opml version="2.0"><body>' + "\n".join(outlines[:n]) + "</body></opml>")
        new.rename(daemon.folder / "feeds.opml")

    write(100000)
    daemon.configure({}, daemon="max-connections = 1", extra="[opml all]\nfile = feeds.opml\n")
    text = daemon.config.read_text().replace("log-level = debug", "log-level = info")
    daemon.config.write_text(text.replace("interval = 1s\nmin-interval = 1s", "interval = 1d\nmin-interval = 1h"))
    daemon.start(ready=False)
    wait_for(lambda: daemon.ended() or "event=started" in daemon.log(), daemon.log, 120)
    for n, new in ((100000, 0), (100001, 1)):
        write(n)
        before = keeper_cpu(daemon)
        daemon.reload()
        used = keeper_cpu(daemon) - before
        assert f"event=reloaded feeds={n} new={new}" in daemon.log()
        assert used < 2  # about a second, and what the clock's ticks and a busy machine add
