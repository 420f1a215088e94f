"""What a reload changes in processes that run, and what it leaves alone."""
import signal
import subprocess

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
