"""Fixtures for tests of the running daemon: the daemon itself, a real nginx, and a scripted server.

Everything stands in the test's own folder and on loopback; every wait is for a condition and bounded.
NEWSPOOL_BUILD names the build to test (default: build/).
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from web import Web

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("NEWSPOOL_BUILD", TOP / "build"))
WAIT = 30.0  # seconds that any wait may take at most
collect_ignore = [] if "NEWSPOOL_VALGRIND" in os.environ else ["test_memcheck.py"]  # slow: ./runtests valgrind


def wait_for(condition, what, seconds=WAIT):
    """Waits until condition() is true and returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {seconds} s: {what() if callable(what) else what}"
        time.sleep(0.02)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def rss(items, title="A feed"):
    """An RSS 2.0 document of (guid, title, body[, date]) tuples."""
    parts = []
    for guid, name, body, *date in items:
        parts.append(
            f"<item><guid isPermaLink='false'>{guid}</guid><title>{name}</title>"
            f"<link>http://publisher.example/{guid}</link><description>{body}</description>"
            + (f"<pubDate>{date[0]}</pubDate>" if date else "") + "</item>")
    return (f"<?xml version='1.0'?><rss version='2.0'><channel><title>{title}</title>"
            f"<link>http://publisher.example/</link><description>d</description>"
            + "".join(parts) + "</channel></rss>")


def items(prefix, n, first=1):
    """n items whose texts differ and are long enough to count by themselves."""
    return [(f"{prefix}-{i}", f"Title {prefix} {i}",
             f"The body of article {i} of {prefix}, long enough to stand for itself in any comparison.")
            for i in range(first, first + n)]


class Spool:
    """What a reader finds in a spool directory."""

    def __init__(self, path):
        self.path = path

    def articles(self):
        """The records by name, each read as a reader would."""
        found = {}
        for file in sorted((self.path / "articles").glob("*/*.json")):
            text = file.read_text(encoding="utf-8")
            assert text.endswith("\n") and text.count("\n") == 1, f"not one line: {file}"
            found[file.name] = json.loads(text)
        return found

    def titles(self):
        return sorted(a["title"] for a in self.articles().values())

    def tag(self, tag):
        return sorted(p.name for p in (self.path / "tags" / tag).glob("*/*.json"))

    def tags(self):
        root = self.path / "tags"
        return sorted(p.name for p in root.iterdir()) if root.is_dir() else []

    def queue(self, name):
        return sorted(p.name for p in (self.path / "queues" / name / "new").glob("*"))

    def staged(self):
        return sorted(p.name for p in (self.path / "tmp").iterdir() if not p.name.startswith("."))


class Daemon:
    """newspoold on a configuration of this test's own."""

    def __init__(self, folder):
        self.folder = folder
        self.spool_path = folder / "spool"
        self.spool_path.mkdir(exist_ok=True)
        self.spool = Spool(self.spool_path)
        self.database = folder / "state.db"
        self.config = folder / "newspool.conf"
        self.log_path = folder / "log"
        self.process = None
        self.log_path.touch()
        self.started_at = 0

    def configure(self, feeds, daemon="", defaults="", extra=""):
        """feeds: {name: url} or {name: {key: value}}."""
        text = [f"[daemon]\nlog-level = debug\nfetchers = 2\nhost-spacing = 0s\n"
                f"control = {self.folder}/control.sock\n{daemon}\n",
                f"[defaults]\nallow-private = yes\ninterval = 1s\nmin-interval = 1s\n"
                f"adaptive = no\n{defaults}\n",
                f"[spool]\ndirectory = {self.spool_path}\n[state]\ndatabase = {self.database}\n{extra}\n"]
        for name, keys in feeds.items():
            keys = {"url": keys} if isinstance(keys, str) else keys
            text.append(f"[feed {name}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items()))
        new = self.config.with_suffix(".new")  # a reload under way reads the old file or the new one
        new.write_text("\n".join(text))
        new.rename(self.config)
        return self

    def command(self, *args):
        return [str(BUILD / "newspoold"), "--config", str(self.config), *args]

    def start(self, ready=True):
        self.started_at = self.log_path.stat().st_size
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder)
        if ready:
            wait_for(lambda: self.ended() or "event=started" in self.log(), self.log)
            assert not self.ended(), self.log()
        return self

    def ended(self):
        return self.process is not None and self.process.poll() is not None

    def log(self, whole=False):
        with open(self.log_path, "rb") as f:
            f.seek(0 if whole else self.started_at)
            return f.read().decode("utf-8", "replace")

    def polls(self, feed=None, whole=False):
        """The polls that ended, as dictionaries, oldest first."""
        found = []
        for line in self.log(whole).splitlines():
            if "event=polled" in line:
                poll = dict(re.findall(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)', line))
                if feed is None or poll.get("feed") == feed:
                    found.append(poll)
        return found

    def wait_polls(self, feed, n=1):
        """Waits until the feed has been polled n times since the last start."""
        wait_for(lambda: self.ended() or len(self.polls(feed)) >= n,
                 lambda: f"{feed} polled {n} times\n" + self.log()[-4000:])
        assert not self.ended(), self.log()[-4000:]
        return self.polls(feed)

    def more_polls(self, feed, n=1):
        """Waits for n polls of the feed that begin after now."""
        return self.wait_polls(feed, len(self.polls(feed)) + n + 1)

    def reload(self):
        """SIGHUP; waits until the new configuration counts."""
        before = self.log().count("event=reloaded")
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.ended() or self.log().count("event=reloaded") > before, self.log)

    def fetchers(self):
        out = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True)
        return [int(pid) for pid in out.stdout.split()]

    def stop(self):
        """SIGTERM; returns the exit status and how long it took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("did not stop on SIGTERM:\n" + self.log()[-4000:])
        return self.process.returncode, time.monotonic() - begin

    def kill(self):
        """kill -9 to the keeper; the fetchers must follow by themselves."""
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()


class OverSocket(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def __init__(self, path, seconds=WAIT):
        super().__init__("localhost", timeout=seconds)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Nginx:
    """A real web server over a folder, with an access log that says what was asked conditionally."""

    CONF = """
daemon off; master_process off; worker_processes 1; pid {dir}/pid; error_log {dir}/error.log;
events {{ worker_connections 1024; }}
http {{
  log_format lines escape=json '{{"uri":"$request_uri","status":$status,"etag":"$http_if_none_match",'
    '"since":"$http_if_modified_since","agent":"$http_user_agent","encoding":"$http_accept_encoding",'
    '"connection":$connection,"protocol":"$server_protocol","sent":$body_bytes_sent}}';
  access_log {dir}/access.log lines;
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
  uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  types {{ application/rss+xml xml rss; application/atom+xml atom; application/feed+json json; }}
  default_type application/xml;
  gzip on; gzip_types *; gzip_min_length 64; gzip_http_version 1.0;
  server {{
    listen 127.0.0.1:{port} {listen}; root {root};
    {locations}
  }}
}}
"""

    def __init__(self, folder, locations="", listen=""):
        """locations: more of the server's block; listen: what follows its address, such as "ssl http2"."""
        self.folder = folder
        self.scheme = "https" if "ssl" in listen else "http"
        folder.mkdir(exist_ok=True)
        self.root = folder / "root"
        self.root.mkdir(exist_ok=True)
        self.port = free_port()
        (folder / "nginx.conf").write_text(
            self.CONF.format(dir=folder, port=self.port, root=self.root, locations=locations,
                             listen=listen))
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        assert nginx, "nginx is missing: apt-get install nginx-light"
        self.process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e",
                                         str(folder / "error.log")], stdin=subprocess.DEVNULL)
        wait_for(self.listening, "nginx listens")

    def listening(self):
        with contextlib.closing(socket.socket()) as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self, name):
        return f"{self.scheme}://127.0.0.1:{self.port}/{name}"

    def put(self, name, text):
        """Replaces a file in one step, with a time stamp that differs from the last."""
        path = self.root / name
        new = path.with_suffix(".new")
        new.write_bytes(text if isinstance(text, bytes) else text.encode())
        if path.exists():
            stamp = path.stat().st_mtime + 10
            os.utime(new, (stamp, stamp))
        else:
            os.utime(new, (1700000000, 1700000000))
        new.rename(path)

    def requests(self, name=None):
        path = self.folder / "access.log"
        lines = path.read_text().splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines]
        return [r for r in found if name is None or r["uri"] == "/" + name]

    def close(self):
        self.process.terminate()
        self.process.wait(WAIT)


class Script:
    """A server whose answers a test writes byte by byte: handler(server, connection, request bytes)."""

    def __init__(self, handler):
        self.handler = handler
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def url(self, name="feed.xml"):
        return f"http://127.0.0.1:{self.port}/{name}"

    def accept(self):
        while not self.closing.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(WAIT)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, contextlib.suppress(OSError):
            data = b""
            while b"\r\n\r\n" not in data:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
            self.requests.append(data)
            self.handler(self, connection, data)

    def close(self):
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def answer(body, status="200 OK", headers=()):
    """A whole HTTP response that ends its connection."""
    body = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@pytest.fixture
def daemon(tmp_path):
    made = Daemon(tmp_path)
    yield made
    made.close()
    assert "Sanitizer" not in made.log(whole=True), made.log(whole=True)[-8000:]


@pytest.fixture
def nginx(tmp_path):
    server = Nginx(tmp_path / "nginx")
    yield server
    server.close()


@pytest.fixture
def script():
    made = []

    def make(handler):
        made.append(Script(handler))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def web():
    server = Web()
    yield server
    server.close()


@pytest.fixture
def web_everywhere():
    """The same server on every loopback address, so that a test has many hosts."""
    server = Web("0.0.0.0")
    yield server
    server.close()
