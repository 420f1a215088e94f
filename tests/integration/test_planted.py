"""A fetcher with a hole in its parser, the daemon running: what an intruder tries there is refused.

tests/variants/planted.c is newspoold but for that hole: a document says what its fetcher is to do.
"""
import errno
import json
import re
import subprocess

import pytest

from conftest import BUILD, answer, items, rss, wait_for

PLANTED = BUILD / "tests/variants/planted"
SANITIZED = "--enable-sanitizers" in (BUILD / "config.log").read_text(errors="replace")[:4000]

REFUSED = [  # act, what of, the errno with a filter on system calls
    ("read", "state.db", errno.EACCES),
    ("read", "secret", errno.EACCES),
    ("read", "newspool.conf", errno.EACCES),
    ("list", "spool", errno.EACCES),
    ("write", "spool/articles/made", errno.EPERM),
    ("write", "spool/tmp/made", errno.EPERM),
    ("append", "state.db", errno.EPERM),
    ("append", "spool/quarantine/made", errno.EPERM),
    ("remove", "state.db", errno.EPERM),
    ("connect", "control.sock", errno.EPERM),
    ("listen", "-", errno.EPERM),
    ("signal", "-", errno.EPERM),
    ("shrink", "-", errno.EPERM),
]
DEADLY = [("exec", "spool/made"), ("trace", "-"), ("peek", "-")]


@pytest.fixture
def planted(daemon):
    daemon.command = lambda *args: [str(PLANTED), "--config", str(daemon.config), *args]
    (daemon.folder / "secret").write_text("not for a fetcher\n")
    return daemon


def documents(folder, acts):
    """A feed a document; each has the mark of an act, and an article that is good."""
    return {f"{act}-{i}": rss(items(f"{act}-{i}", 1)) + f"<!--planted {act} {folder / of if of != '-' else of} -->"
            for i, (act, of, *_) in enumerate(acts)}


def serve(running, nginx, acts, **more):
    for name, text in documents(running.folder, acts).items():
        nginx.put(name + ".xml", text)
    nginx.put("good.xml", rss(items("good", 2)))
    names = ["good", *documents(running.folder, acts)]
    return running.configure({name: nginx.url(name + ".xml") for name in names}, **more)


def outcome(daemon, act):
    return [int(n) for n in re.findall(rf"planted act={act} errno=(\d+)", daemon.log())]


def tree(daemon):
    return sorted(str(p) for p in daemon.spool_path.rglob("*") if p.name in ("made",))


@pytest.mark.skipif(SANITIZED, reason="a build with sanitizers has Landlock alone")
def test_what_an_intruder_tries_is_refused(planted, nginx):
    serve(planted, nginx, REFUSED).start()
    for act in {act for act, *_ in REFUSED}:
        wanted = [number for one, _, number in REFUSED if one == act]
        wait_for(lambda: len(outcome(planted, act)) >= len(wanted), planted.log)
        assert outcome(planted, act) == wanted, (act, planted.log())
    planted.wait_polls("good")
    wait_for(lambda: len(planted.spool.articles()) == 2 + len(REFUSED), planted.log)
    assert tree(planted) == [] and planted.database.exists()
    assert "died by signal" not in planted.log()


@pytest.mark.skipif(SANITIZED, reason="a build with sanitizers has Landlock alone")
@pytest.mark.parametrize("act,of", DEADLY)
def test_what_only_an_intruder_does_costs_the_fetcher_and_its_feed(planted, nginx, act, of):
    serve(planted, nginx, [(act, of)]).start()
    name = f"{act}-0"
    wait_for(lambda: f"quarantine/{name}.document" in planted.log(), planted.log)
    assert planted.log().count("died by signal 31") == 2  # SIGSYS; the third time it is not asked for
    assert outcome(planted, act) == [] and planted.process.poll() is None
    document = planted.spool_path / "quarantine" / f"{name}.document"
    assert document.read_text() == documents(planted.folder, [(act, of)])[name]
    replay = subprocess.run([str(BUILD / "newspool"), "parse", "--lines", str(document)], capture_output=True, text=True, check=True)
    assert json.loads(replay.stdout)["title"] == f"Title {name} 1"
    assert tree(planted) == []
    planted.more_polls("good")  # the others go on
    assert planted.spool.titles() == ["Title good 1", "Title good 2"]


def test_the_same_acts_succeed_where_there_is_no_sandbox(planted, nginx):
    """Else the tests above would show nothing."""
    acts = [a for a in REFUSED if a[0] not in ("remove", "append")] + [("exec", "spool/made", 0)]
    serve(planted, nginx, acts, daemon="sandbox = no\n").start()
    for act in ("read", "write", "connect", "list", "listen", "signal"):
        wanted = sum(one == act for one, *_ in acts)
        wait_for(lambda: len(outcome(planted, act)) >= wanted, planted.log)
        assert set(outcome(planted, act)) == {0}, (act, planted.log())
    wait_for(lambda: str(planted.spool_path / "made") in tree(planted), "a program was executed")
    wait_for(lambda: outcome(planted, "shrink"), planted.log)
    assert set(outcome(planted, "shrink")) == {errno.EPERM}  # sealed by the keeper, sandbox or none
    assert planted.process.poll() is None
