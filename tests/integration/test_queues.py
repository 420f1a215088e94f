"""Queues: who gets what, and what newspool says of them."""
import json
import subprocess

from conftest import BUILD, items, rss


def queues(daemon):
    run = subprocess.run([str(BUILD / "newspool"), "queues", "--json", "--config", str(daemon.config)],
                         capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return {q["name"]: q for q in map(json.loads, run.stdout.splitlines())}


def two_feeds(daemon, nginx, extra):
    nginx.put("a.xml", rss(items("a", 4)))
    nginx.put("b.xml", rss(items("b", 3) + items("a", 1)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "x", "interval": "1h"},
                      "b": {"url": nginx.url("b.xml"), "tags": "y", "interval": "1h"}}, extra=extra).start()
    daemon.wait_polls("a")
    daemon.wait_polls("b")


def test_queue_is_filtered_by_feed_and_tag(daemon, nginx):
    two_feeds(daemon, nginx, "[queue all]\ntags = *\n[queue of-a]\nfeeds = a\n[queue both]\nfeeds = a, b\ntags = y\n"
              "[queue none]\nfeeds = a\ntags = nothing\n[queue mail]\nfeeds = b\nformat = rfc5322\n")
    assert {n: q["depth"] for n, q in queues(daemon).items()} == {
        "all": 7, "of-a": 4, "both": 4, "none": 0, "mail": 4}


def test_queues_may_be_named_like_what_is_in_them(daemon, nginx):
    names = ["cur", "dead", "new", "tmp"]
    two_feeds(daemon, nginx, "[queue new]\ntags = *\n" + "".join(f"[queue {n}]\nfeeds = b\n" for n in names if n != "new"))
    assert {n: q["depth"] for n, q in queues(daemon).items()} == {"cur": 4, "dead": 4, "new": 7, "tmp": 4}
    place = daemon.spool_path / "queues"
    assert sorted(str(p.relative_to(place)) for p in place.rglob("*") if p.is_dir()) == \
        sorted(names + [f"{n}/{part}" for n in names for part in names])
    assert place.joinpath("new").stat().st_mode & 0o777 == place.joinpath("cur").stat().st_mode & 0o777 == 0o750
    assert place.joinpath("new/new").stat().st_mode & 0o777 == 0o770


def test_queue_named_new_brings_no_others(daemon, nginx):
    two_feeds(daemon, nginx, "[queue new]\ntags = *\n")
    assert [p.name for p in (daemon.spool_path / "queues").iterdir()] == ["new"]


def test_queue_is_filtered_by_rule(daemon, nginx):
    two_feeds(daemon, nginx, "[queue ones]\nrules = one, three\n[rule one]\nmatch = title ~ / 1$/\nstop = yes\n"
              "[rule two]\nmatch = title ~ / 2$/\nadd-tags = second\n[rule three]\nmatch = title ~ / 3$/\nstop = yes\n"
              "[queue of-b]\nrules = two\nfeeds = b\n[queue second]\ntags = second\n")
    assert {n: q["depth"] for n, q in queues(daemon).items()} == {"ones": 4, "of-b": 1, "second": 2}


def test_queues_tell_of_depth_age_and_claims(daemon, nginx):
    two_feeds(daemon, nginx, "[queue work]\ntags = *\nlimit = 50\nlimit-age = 2d\nwhen-full = drop-oldest\n"
              "[queue mail]\ntags = *\nformat = rfc5322\nlimit = 0\n")
    work = daemon.spool_path / "queues" / "work"
    first, second, third = sorted((work / "new").iterdir())[:3]
    first.rename(work / "cur" / first.name)
    second.rename(work / "cur" / f"{second.name},1700000000,somebody")
    for file in (daemon.spool_path / "queues" / "mail" / "new").iterdir():
        file.rename(file.parent.parent / "cur" / (file.name + ":2,S"))
    found = queues(daemon)
    assert (found["work"]["depth"], found["work"]["claimed"], found["work"]["dead"]) == (5, 2, 0)
    assert found["work"]["oldest_seq"] == int(third.name[:16])
    assert 0 <= found["work"]["oldest_age"] < 300
    assert found["work"]["oldest_claim_age"] > 90_000_000
    assert (found["mail"]["depth"], found["mail"]["claimed"], found["mail"]["format"]) == (0, 7, "rfc5322")
    assert (found["work"]["limit"], found["work"]["limit_age"], found["work"]["when_full"]) == (50, 172800, "drop-oldest")
    assert "limit" not in found["mail"] and found["mail"]["when_full"] == "warn"
    assert "oldest_age" not in found["mail"]
    run = subprocess.run([str(BUILD / "newspool"), "queues", "--config", str(daemon.config)], capture_output=True,
                         text=True, timeout=60, check=False)
    assert run.stdout.splitlines()[1].split()[:3] == ["work", "json", "5"]


def test_queues_of_a_spool_that_is_not_there_yet_are_empty(daemon):
    daemon.configure({}, extra="[queue work]\ntags = *\n")
    assert queues(daemon)["work"]["depth"] == 0
