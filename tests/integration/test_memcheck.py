"""The daemon and the tool under valgrind, end to end: no access to memory that is not theirs, none lost.

Keeper and fetchers alike; what each process did wrong is in its own log. The sandbox is off, for valgrind
makes calls that no fetcher may. Run by ./runtests valgrind alone (conftest.py).
"""
import os
import re
import shutil
import subprocess

import pytest

import conftest
from conftest import BUILD, TOP, OverSocket, items, rss, wait_for

conftest.WAIT = 180.0
OPTIONS = ["--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite",
           "--show-leak-kinds=definite", "--trace-children=yes", "--child-silent-after-fork=yes"]


def valgrind(folder):
    assert shutil.which("valgrind"), "valgrind is missing: apt-get install valgrind"
    return ["valgrind", *OPTIONS, f"--log-file={folder}/valgrind.%p"]


def reports(folder):
    return {file: file.read_text() for file in folder.glob("valgrind.*")}


def judge(folder):
    """Every process came to its end, and none has an error."""
    found = reports(folder)
    for file, text in found.items():
        total = re.search(r"ERROR SUMMARY: (\d+) errors", text)
        assert total, f"{file} did not come to its end:\n{text[-3000:]}"
        assert total.group(1) == "0", f"{file}:\n{text[-12000:]}"
    return found


def ask(daemon, path, method="GET"):
    connection = OverSocket(daemon.folder / "control.sock", conftest.WAIT)
    connection.request(method, path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def wait(condition, what):
    wait_for(condition, what, conftest.WAIT)


SAMPLES = ["technology.xml", "stocks.rdf", "commodities.atom", "brokers.json", "european-markets.xml"]
PATHS = ["/v1/status", "/v1/feeds", "/v1/feeds/technology", "/metrics", "/healthz", "/", "/feeds",
         "/feed/technology", "/tag/x", "/nothing"]


def configure(daemon, nginx, interval):
    feeds = {name.split(".")[0]: {"url": nginx.url(name), "tags": "x, y"} for name in SAMPLES}
    feeds |= {"broken": nginx.url("broken.xml"), "absent": nginx.url("absent.xml"), "page": nginx.url("page.html"),
              "moved": nginx.url("moved"), "nobody": "http://127.0.0.1:1/"}
    rules = "[rule r]\nmatch = title ~ /zz|Title/i and not (author = nobody)\nadd-tags = ruled\n"
    queues = "[queue mail]\ntags = *\nformat = rfc5322\n[queue some]\ntags = x\n"
    daemon.configure(feeds, daemon=f"sandbox = no\nlisten = 127.0.0.1:{conftest.free_port()}",
                     extra=rules + queues)
    text = daemon.config.read_text().replace("interval = 1s\nmin", f"interval = {interval}\nmin")
    daemon.config.write_text(text)


@pytest.fixture
def checked(daemon, tmp_path):
    program = str(BUILD / "tests/variants/memcheck")
    daemon.command = lambda *args: [*valgrind(tmp_path), program, "--config", str(daemon.config), *args]
    return daemon


def test_daemon_reload_control_and_stop(checked, tmp_path):
    nginx = conftest.Nginx(tmp_path / "nginx", "location /moved { return 301 /technology.xml; }")
    for name in SAMPLES:
        nginx.put(name, (TOP / "conf" / "sample" / name).read_bytes())
    nginx.put("broken.xml", rss(items("broken", 5))[:-200] + "<b>&nope;\xff")
    nginx.put("page.html", "<!doctype html><title>Log in</title><link rel=alternate href=/feed.xml>")
    configure(checked, nginx, "2s")
    checked.start(ready=False)
    wait(lambda: checked.ended() or "event=started" in checked.log(), checked.log)
    for name in [*(n.split(".")[0] for n in SAMPLES), "broken", "moved", "page", "absent", "nobody"]:
        wait(lambda: checked.ended() or checked.polls(name), lambda: name + checked.log()[-3000:])
    assert not checked.ended(), checked.log()[-3000:]
    for path in PATHS:
        assert ask(checked, path) in (200, 404)
    nginx.put("technology.xml", rss(items("new", 30)))
    configure(checked, nginx, "3s")
    checked.reload()
    wait(lambda: "Title new 30" in checked.spool.titles(), checked.log)
    killed = checked.fetchers()[0]
    os.kill(killed, 9)
    wait(lambda: "died by signal 9" in checked.log(), checked.log)
    (tmp_path / f"valgrind.{killed}").unlink()  # it had no last word; its successor has
    polled = len(checked.polls())
    wait(lambda: len(checked.polls()) > polled + 10, checked.log)
    status, _ = checked.stop()
    assert status == 0, (status, [t[-4000:] for t in reports(tmp_path).values()])
    assert len(judge(tmp_path)) >= 3
    nginx.close()


def test_parse_reads_the_samples_and_the_golden_documents(tmp_path):
    cases = [p for p in (TOP / "tests/golden/cases").rglob("*") if p.suffix in (".xml", ".json", ".html", ".txt")]
    files = [str(p) for p in sorted(cases) + sorted((TOP / "conf/sample").iterdir()) if p.is_file()]
    assert len(files) > 40
    for options in (["--lines"], ["--document", "--chunk", "61"]):
        done = subprocess.run([*valgrind(tmp_path), str(BUILD / "newspool"), "parse", *options, *files],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        assert done.returncode in (0, 1), done.stderr[-2000:]
    judge(tmp_path)


COMMANDS = [["status"], ["feeds"], ["feed", "a"], ["recent"], ["ls"], ["tail", "-n", "2"], ["check"], ["rules"],
            ["export"], ["fsck"], ["queues"], ["why", "a"], ["fetch", "URL"]]


def test_the_tool_beside_a_running_daemon(daemon, nginx, tmp_path):
    nginx.put("a.xml", rss(items("a", 20)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "x"}}, extra="[queue q]\ntags = *\n").start()
    daemon.wait_polls("a")
    for words in COMMANDS:
        words = [nginx.url("a.xml") if word == "URL" else word for word in words]
        done = subprocess.run([*valgrind(tmp_path), str(BUILD / "newspool"), *words],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, timeout=conftest.WAIT,
                              stdin=subprocess.DEVNULL, env={**os.environ, "NEWSPOOL_CONFIG": str(daemon.config)})
        assert done.returncode in (0, 1, 2), (words, done.returncode, done.stderr[-2000:])
    assert len(judge(tmp_path)) >= len(COMMANDS)
