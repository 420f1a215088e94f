"""Rules of a running daemon: what each action does, reload, restart, what newspool rules and why say."""
import json
import re
import signal
import subprocess

from conftest import BUILD, TOP, items, rss, wait_for


def tool(daemon, *args, status=0):
    done = subprocess.run([BUILD / "newspool", args[0], "--config", daemon.config, *args[1:]], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == status, (args, done.stdout, done.stderr)
    return done.stdout + done.stderr


def by_title(daemon):
    return {a["title"]: a for a in daemon.spool.articles().values()}


def hits(daemon):
    return {r["rule"]: r["hits"] for r in map(json.loads, tool(daemon, "rules", "list", "--json").splitlines())}


FEED = [("1", "Sponsored: buy this", "An advertisement that goes on for a while, as they do, with many words."),
        ("2", "New chips are fast", "The makers of semiconductors say that theirs are faster than those before."),
        ("3", "Harvest is late", "Farmers in the north say that it rained for most of the month of August.")]

RULES = r"""
[rule ads]
match = title ~ /^sponsored:/i
drop = yes
[rule chips]
match = feed = a and content ~ /\bsemiconductors?\b/i
add-tags = technology-news, chips
remove-tags = wire
[rule farms]
match = title = "harvest IS late"
set-tags = farming
stop = yes
[rule after]
match = title ~ /./
add-tags = every
"""


def test_each_action_on_new_articles(daemon, nginx):
    nginx.put("a.xml", rss(FEED))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "wire, news"}}, extra=RULES).start()
    poll = daemon.wait_polls("a")[0]
    assert poll["new"] == "2" and poll["dropped"] == "1"
    found = by_title(daemon)
    assert set(found) == {"New chips are fast", "Harvest is late"}
    assert found["New chips are fast"]["tags"] == ["chips", "every", "news", "technology-news"]
    assert found["Harvest is late"]["tags"] == ["farming"]
    assert daemon.spool.tags() == ["chips", "every", "farming", "news", "technology-news"]
    assert hits(daemon) == {"ads": 1, "chips": 1, "farms": 1, "after": 1}
    text = tool(daemon, "rules")
    assert "ads: title ~ /^sponsored:/i\n  does   drop\n  hits   1, last 20" in text
    assert "  does   add-tags=technology-news,chips remove-tags=wire\n" in text


def test_dropped_articles_stay_away_over_a_restart_and_without_the_rule(daemon, nginx):
    nginx.put("a.xml", rss(FEED))
    daemon.configure({"a": nginx.url("a.xml")}, extra=RULES).start()
    daemon.wait_polls("a")
    said = tool(daemon, "why", "http://publisher.example/1")
    assert "[rule ads] matched, and drops" in said and "Sponsored: buy this" in said
    daemon.kill()
    daemon.configure({"a": nginx.url("a.xml")}).start()
    nginx.put("a.xml", rss(FEED + items("b", 1)))
    wait_for(lambda: len(daemon.spool.articles()) == 3, daemon.log)
    daemon.stop()
    assert "Sponsored: buy this" not in by_title(daemon)
    assert hits(daemon) == {}  # of rules that are configured
    assert "no such article" in tool(daemon, "why", "http://publisher.example/never", status=1)


def test_reload_applies_new_rules_to_what_comes_then(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    daemon.configure({"a": nginx.url("a.xml")}, extra="[rule r]\nmatch = title ~ /a 2/\nadd-tags = second\n")
    daemon.reload()
    nginx.put("a.xml", rss(items("a", 2)))
    wait_for(lambda: len(daemon.spool.articles()) == 2, daemon.log)
    found = by_title(daemon)
    assert found["Title a 2"]["tags"] == ["second"] and "tags" not in found["Title a 1"]


def test_a_wrong_rule_at_a_reload_changes_nothing_and_is_named(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    rules = "[rule r]\nmatch = title ~ /./\nadd-tags = right\n"
    daemon.configure({"a": nginx.url("a.xml")}, extra=rules).start()
    daemon.wait_polls("a")
    daemon.configure({"a": nginx.url("a.xml")}, extra=rules + "[rule s]\nmatch = title ~ /(/\ndrop = yes\n")
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "not reloaded" in daemon.log(), daemon.log)
    assert "match: 'title ~ /(/': at character 11: missing closing parenthesis" in daemon.log()
    assert "at character 11" in tool(daemon, "rules", "check", status=2)
    nginx.put("a.xml", rss(items("a", 2)))
    wait_for(lambda: len(daemon.spool.articles()) == 2, daemon.log)
    assert by_title(daemon)["Title a 2"]["tags"] == ["right"]


def test_a_wrong_rule_at_the_start_is_named(daemon, nginx):
    daemon.configure({"a": nginx.url("a.xml")}, extra="[rule s]\nmatch = titel = x\ndrop = yes\n").start(ready=False)
    assert daemon.process.wait(30) == 2
    assert "match: 'titel = x': at character 1: expected a field" in daemon.log()


def test_hostile_titles_do_not_stall_the_keeper(daemon, nginx):
    hostile = [(f"h{i}", "a" * 30000 + f"! {i}", "b" * 60000 + str(i)) for i in range(40)]
    nginx.put("a.xml", rss(hostile))
    nginx.put("b.xml", rss(items("b", 3)))
    daemon.configure({"a": nginx.url("a.xml"), "b": nginx.url("b.xml")},
                     extra="[rule slow]\nmatch = title ~ /^(a+)+$/ or content ~ /^(b*)*c/\ndrop = yes\n"
                           "[rule quick]\nmatch = feed = a\nadd-tags = quick\n").start()
    daemon.wait_polls("a")
    daemon.wait_polls("b")
    assert len(daemon.spool.articles()) == 43
    assert len(daemon.spool.tag("quick")) == 40
    assert daemon.log().count("event=rule-gave-up") == 1
    wait_for(lambda: "too long" in tool(daemon, "rules"), "rules says so")
    daemon.more_polls("b")


def test_rules_test_says_what_would_happen_and_why(daemon, nginx):
    nginx.put("a.xml", rss(FEED))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "wire, news"}}).start()
    daemon.wait_polls("a")
    before = daemon.spool.articles()
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "wire, news"}}, extra=RULES)
    text = tool(daemon, "rules", "test")
    assert "  rule ads matches: yes: title ~ /^sponsored:/i (Sponsored: buy this)\n  dropped by rule ads\n" in text
    assert "  tags +chips +every news +technology-news -wire\n" in text
    assert text.endswith("3 articles: 1 dropped, 0 held, 2 with other tags\n")
    seq = next(a["_newspool"]["seq"] for a in before.values() if a["title"] == "Harvest is late")
    text = tool(daemon, "rules", "test", str(seq))
    assert "  rule ads does not match: no: title ~ /^sponsored:/i\n" in text
    assert "  rule chips does not match: yes: feed = a (a); no: content ~ /\\bsemiconductors?\\b/i\n" in text
    assert "  rule farms matches: yes: title = \"harvest IS late\" (Harvest is late)\n" in text
    assert "rule after" not in text and "  tags +farming -news -wire\n" in text
    lines = [json.loads(line) for line in tool(daemon, "rules", "test", "--json").splitlines()]
    assert sorted(line["outcome"] for line in lines) == ["drop", "keep", "keep"]
    drop = next(line for line in lines if line["outcome"] == "drop")
    assert drop["by"] == "ads" and drop["tags"] == ["news", "wire"] and drop["rules"][0]["matched"] is True
    assert tool(daemon, "rules", "test", "--since", str(seq + 1000)).startswith("0 articles")
    assert "no such article" in tool(daemon, "rules", "test", "999", status=1)
    assert daemon.spool.articles() == before
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "wire, news"}})
    assert tool(daemon, "rules", "test") == "3 articles: 0 dropped, 0 held, 0 with other tags\n"


def test_held_articles_come_when_they_are_released_with_their_tags(daemon, nginx):
    nginx.put("a.xml", rss(FEED))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "wire"}},
                     extra="[rule wait]\nmatch = title ~ /chips/\nhold = yes\nadd-tags = checked\n").start()
    poll = daemon.wait_polls("a")[0]
    assert poll["new"] == "2"
    assert "New chips are fast" not in by_title(daemon)
    assert hits(daemon) == {"wait": 1}
    assert "rule wait" in tool(daemon, "held", "a")
    assert "event=reserved articles=1" in daemon.log() and "flood" not in daemon.log()
    assert "reason" not in poll and "flood" not in tool(daemon, "feed", "a")
    daemon.more_polls("a")  # it is known: it is not held again
    daemon.stop()
    assert len(daemon.spool.articles()) == 2
    tool(daemon, "held", "--release", "a")
    daemon.start()
    wait_for(lambda: len(daemon.spool.articles()) == 3, daemon.log)
    released = by_title(daemon)["New chips are fast"]
    assert released["tags"] == ["checked", "wire"]
    daemon.wait_polls("a")
    assert len(daemon.spool.articles()) == 3 and hits(daemon) == {"wait": 1}


def test_the_readmes_rules_are_right_and_its_commands_run(daemon, nginx):
    section = re.search(r"^## Tags and rules\n(.*?)(?=^## )", (TOP / "README.md").read_text("utf-8"), re.S | re.M).group(1)
    rules = re.search(r"```ini\n(.*?)```", section, re.S).group(1)
    nginx.put("a.xml", rss(FEED))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "technology-news"}}, extra=rules).start()
    daemon.wait_polls("a")
    assert by_title(daemon)["New chips are fast"]["tags"] == ["semiconductors", "technology-news"]
    assert set(by_title(daemon)) == {"New chips are fast", "Harvest is late"}
    place = daemon.folder / "checkout"
    (place / "quickstart.d").mkdir(parents=True)
    (place / "build").symlink_to(BUILD)
    (place / "quickstart.d/newspool.conf").write_text(daemon.config.read_text())
    script = re.search(r"```sh\n(.*?)```", section, re.S).group(1)
    done = subprocess.run(["/bin/bash", "-eu", "-c", script], cwd=place, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "2 articles: 0 dropped, 0 held, 0 with other tags" in done.stdout
    assert "no-advertising: title ~" in done.stdout and "hits   1, last" in done.stdout
