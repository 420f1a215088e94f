"""What the benchmarks share: figures, servers on loopback, the daemon, what a process costs.

A figure is one line: "name value unit ratio yardstick", with "-" for a ratio and a yardstick where there is none; what
else is printed begins with "#". Ratios are medians of paired runs: ours and the yardstick one after the other.
Environment: NEWSPOOL_BUILD (.), the build; TMPDIR, on the disk that is meant; BENCH_RUNS, pairs of each measurement.
"""
import atexit
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

BUILD = pathlib.Path(os.environ.get("NEWSPOOL_BUILD", ".")).resolve()
RUNS = int(os.environ.get("BENCH_RUNS", 3))
TICKS = os.sysconf("SC_CLK_TCK")
BOUND = 600  # seconds that any wait may take
HOSTS = 128  # addresses that feeds are spread over

NGINX = """
daemon off; master_process off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/nginx.log; worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
  log_format one "x"; access_log {dir}/access.log one; keepalive_requests 10000000; default_type application/rss+xml;
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4;
  scgi_temp_path {dir}/t5; open_file_cache max=4000;
  server {{ listen 0.0.0.0:{port}; root {dir}/root; {extra} }}
}}
"""

CONF = """
[daemon]
log-level = warning
fetchers = {fetchers}
max-connections = {connections}
max-host-connections = 8
host-spacing = 0s
control = {dir}/control.sock
[defaults]
allow-private = yes
interval = {interval}
min-interval = 1s
adaptive = no
flood-limit = 0
[spool]
directory = {dir}/spool
min-free = 100M
[state]
database = {dir}/state.db
{extra}
"""


def die(text):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {text}")


def say(text):
    print(f"# {text}", flush=True)


def figure(name, value, unit, ratio=None, yardstick="-"):
    """One line, as every program here prints them."""
    precision = 0 if value >= 1000 else 1 if value >= 10 else 3
    print(f"{name:<34} {value:>10.{precision}f} {unit:<12} {'-' if ratio is None else f'{ratio:.3f}':>8} {yardstick}", flush=True)


def paired(name, ours, unit, yardstick, theirs, faster=False):
    """Medians of values that were measured in pairs; faster: more is better, and so is the ratio still ours to theirs."""
    figure(name, statistics.median(ours), unit, statistics.median(a / b for a, b in zip(ours, theirs)), yardstick)


def wait_for(condition, what, every=0.02):
    end = time.monotonic() + BOUND
    while not (value := condition()):
        if time.monotonic() > end:
            die(f"not within {BOUND} s: {what}")
        time.sleep(every)
    return value


def scratch():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="newspool-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def host(n):
    return f"127.0.1.{n % HOSTS + 1}"


def cpu(pids):
    """Seconds of user and system time of some processes."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident(pids):
    """Megabytes; what is shared counts in each."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            total += next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return total / 1024


def children(pid):
    out = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in out.stdout.split()]


def end(process):
    process.send_signal(signal.SIGTERM)
    process.wait(BOUND)


class Nginx:
    """A real server over the documents of a folder's root/."""

    def __init__(self, folder, extra=""):
        self.folder, self.port = folder, free_port()
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if program is None:
            die("nginx is missing: apt-get install nginx-light")
        (folder / "nginx.conf").write_text(NGINX.format(dir=folder, port=self.port, extra=extra))
        self.process = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e",
                                         str(folder / "nginx.log")], stdin=subprocess.DEVNULL)
        wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", self.port)) == 0, "nginx")

    def url(self, n):
        return f"http://{host(n)}:{self.port}/{n}.xml"

    def requests(self):
        """Each is a line of two bytes."""
        return (self.folder / "access.log").stat().st_size // 2

    def close(self):
        end(self.process)


class Origin:
    """tests/bench/origin: documents made as they are asked for."""

    def __init__(self, items, size, port=0):
        self.process = subprocess.Popen([str(BUILD / "tests/bench/origin"), str(items), str(size), str(port)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def url(self, n, kind="s"):
        return f"http://{host(n)}:{self.port}/{kind}/{n}"

    def ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}") as response:
            return int(response.read())

    def requests(self):
        return self.ask("count")

    def close(self):
        end(self.process)


class Daemon:
    """newspoold in a folder of its own."""

    def __init__(self, folder, interval="1s", connections=256, fetchers=None, extra=""):
        self.folder, self.config, self.process = folder, folder / "newspool.conf", None
        self.text = CONF.format(dir=folder, connections=connections, interval=interval, extra=extra,
                                fetchers=fetchers or os.environ.get("BENCH_FETCHERS", "1"))
        (folder / "spool").mkdir(mode=0o750, exist_ok=True)

    def configure(self, urls, keys=""):
        self.config.write_text(self.text + "".join(f"[feed f{n}]\nurl = {url}\n{keys}" for n, url in enumerate(urls)))
        return self

    def start(self):
        with open(self.folder / "newspoold.log", "ab") as log:
            self.process = subprocess.Popen([str(BUILD / "newspoold"), "--config", str(self.config)], stderr=log,
                                            stdin=subprocess.DEVNULL)
        return self

    def log(self):
        return (self.folder / "newspoold.log").read_text()

    def alive(self):
        if self.process.poll() is not None:
            die(f"newspoold ended: {self.log()[-2000:]}")
        return True

    def wait(self, condition, what, every=0.02):
        return wait_for(lambda: self.alive() and condition(), what, every)

    def metrics(self):
        """{name with labels: value}; nothing before it listens."""
        out = subprocess.run(["curl", "-s", "--unix-socket", f"{self.folder}/control.sock", "http://localhost/metrics"],
                             capture_output=True, text=True, check=False).stdout
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in out.splitlines() if line and line[0] != "#"}

    def stored(self, kind="polls"):
        """Polls or new articles since the start, all durable."""
        name = "newspool_polls_total" if kind == "polls" else 'newspool_articles_total{decision="new"}'
        return sum(value for key, value in self.metrics().items() if key.startswith(name))

    def load(self):
        """A first start: the feeds are in the store, and all are due."""
        self.start().wait(self.metrics, "the control socket")
        self.stop()
        self.sql("UPDATE feeds SET next_poll = 1")
        return self

    def sql(self, *statement):
        with contextlib.closing(sqlite3.connect(self.folder / "state.db")) as db, db:
            return db.execute(*statement).fetchall()

    def articles(self):
        return [entry for day in (self.folder / "spool" / "articles").glob("*") for entry in os.scandir(day)]

    def fetchers(self):
        return children(self.process.pid)

    def processes(self):
        return [self.process.pid, *self.fetchers()]

    def stop(self):
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                end(self.process)
        self.process = None
