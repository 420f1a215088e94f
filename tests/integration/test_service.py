"""What a service manager gives to the daemon, and is told by it: credentials, readiness, status, the watchdog."""
import base64
import socket

import pytest

from conftest import items, rss, wait_for
from web import respond

PASSWORD = "open sesame"


class Manager:
    """The socket that NOTIFY_SOCKET names."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)
        self.lines = []

    def told(self):
        try:
            while True:
                self.lines += self.socket.recv(4096).decode().splitlines()
        except BlockingIOError:
            return self.lines

    def status(self):
        return [line[7:] for line in self.told() if line.startswith("STATUS=")][-1:]


@pytest.fixture
def manager(tmp_path, monkeypatch):
    made = Manager(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    yield made
    made.socket.close()


def test_it_says_when_it_is_ready_and_what_keeps_it_from_polling(daemon, web, manager):
    web.route("/a.xml", lambda request: respond(rss(items("a", 1))))
    feeds = {"a": web.url("/a.xml"), "b": web.url("/a.xml?b")}
    daemon.configure(feeds).start()
    wait_for(lambda: "READY=1" in manager.told(), manager.told)
    assert manager.status() == ["polls 2 feeds"]
    daemon.config.write_text(daemon.config.read_text().replace("[spool]\n", "[spool]\nmin-free = 99.99%\n"))
    daemon.reload()
    assert "RELOADING=1" in manager.told()
    wait_for(lambda: manager.status() == ["pauses: the spool is short of space (min-free)"], manager.told)
    daemon.configure({"a": web.url("/a.xml")}).reload()
    wait_for(lambda: manager.status() == ["polls 1 feeds"], manager.told)
    daemon.stop()
    assert "STOPPING=1" in manager.told()


def test_a_long_list_of_feeds_is_not_taken_for_a_daemon_that_is_stuck(daemon, manager):
    outlines = "".join(f'<outline text="Feed {n}" xmlUrl="http://127.0.0.1:1/{n}.xml"/>' for n in range(9000))
    (daemon.folder / "feeds.opml").write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    daemon.configure({}, daemon="max-connections = 1", extra="[opml all]\nfile = feeds.opml\n").start()
    told = manager.told()
    assert told[:told.index("READY=1")].count("EXTEND_TIMEOUT_USEC=60000000") == 2
    (daemon.folder / "feeds.opml").write_text(f'<opml version="2.0"><body>{outlines}<outline text="x"/></body></opml>')
    before = len(told)
    daemon.reload()
    assert manager.told()[before:].count("EXTEND_TIMEOUT_USEC=60000000") == 2


def test_the_watchdog_is_fed_twice_as_often_as_it_asks(daemon, web, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    daemon.configure({}).start()
    wait_for(lambda: manager.told().count("WATCHDOG=1") >= 5, manager.told, 3)


def test_a_password_may_be_a_credential(daemon, web, tmp_path, monkeypatch):
    wanted = b"Basic " + base64.b64encode(b"ali:" + PASSWORD.encode())
    web.route("/a.xml", lambda request: respond(rss(items("a", 2))) if request.header("authorization") == wanted
              else respond(b"", "401 Unauthorized"))
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "members").write_text(PASSWORD + "\n")
    (folder / "members").chmod(0o400)
    feed = {"a": {"url": web.url("/a.xml"), "user": "ali", "password-file": "credential:members"}}
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    daemon.configure(feed).start()
    daemon.wait_polls("a")
    assert len(daemon.spool.articles()) == 2
    for pid in [daemon.process.pid, *daemon.fetchers()]:
        for file in ("cmdline", "environ"):
            with open(f"/proc/{pid}/{file}", "rb") as text:
                assert PASSWORD.encode() not in text.read()
    assert PASSWORD not in daemon.log()
    daemon.stop()
    assert PASSWORD.encode() not in daemon.database.read_bytes()


def test_a_credential_that_is_not_there_is_a_mistake_where_there_are_some(daemon, web, tmp_path, monkeypatch):
    feed = {"a": {"url": web.url("/a.xml"), "user": "ali", "password-file": "credential:members"}}
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    daemon.configure(feed).start(ready=False)
    assert daemon.process.wait(30) == 2
    assert "password-file: 'credential:members': No such file or directory" in daemon.log()
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    daemon.start()
    poll = daemon.wait_polls("a")[0]
    assert poll["good"] == "no" and web.seen("/a.xml") == []
    assert "password-file credential:members" in daemon.log()
