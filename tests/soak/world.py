"""The soak's daemon: its configurations, its disk, and what is done to both while it runs."""
import contextlib
import errno
import http.client
import json
import os
import signal
import socket
import subprocess

import consumers
from conftest import Daemon
from curve import Sample, look, size

FETCHERS = 3
SPARED = "fetcher-2"  # it is never killed, so that what it loses in an hour can be seen
DISK = 128 << 20  # bytes, and for each article
DISK_ARTICLE = 20 << 10
CONTROL_TIMEOUT = 30
POKED = 25  # failing feeds that are asked at once each time
AWAY = 50  # every fiftieth feed comes and goes with the configurations

LIMITS = "log-level = info\nhost-spacing = 50ms\nmax-connections = {connections}\nuser-agent = soak/{number}\n"
DEFAULTS = "interval = {interval}s\nmin-interval = {interval}s\nmax-interval = 10m\ntimeout = 4s\nmax-body = 1M\n"
TAG = "[tag topic-{number}]\nalias = Topic {number}\n[rule never-{number}]\nmatch = title = never\ndrop = yes\n"


class Control(http.client.HTTPConnection):
    """One connection to the daemon's control socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=CONTROL_TIMEOUT)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class World:
    def __init__(self, folder, disk, site, interval):
        self.daemon = Daemon(folder)
        self.disk = disk  # where spool and database are; an own file system where it may be filled
        self.site, self.interval = site, interval
        self.daemon.spool_path.rmdir()
        self.daemon.spool_path = self.daemon.spool.path = disk / "spool"
        self.daemon.database = disk / "state.db"
        self.daemon.spool_path.mkdir(exist_ok=True)
        self.loads = 0

    # The configurations.

    def write(self, whole=False, wrong=False):
        """Each differs from the last: feeds, tags, rules, limits; those that are away come back with the next."""
        number = self.loads
        self.loads += 1
        away = number % 2 == 1 and not whole
        feeds = {name: {"url": url, "tags": self.site.tag(name)} for name, url in self.site.urls().items()
                 if not away or int(name[1:]) % AWAY}
        self.daemon.configure(feeds, extra=consumers.sections() + TAG.format(number=number))
        text = self.daemon.config.read_text()
        for old, new in (("log-level = debug\nfetchers = 2\nhost-spacing = 0s\n",
                          f"fetchers = {FETCHERS}\n" + LIMITS.format(number=number, connections=200 + number % 2 * 56)),
                         ("interval = 1s\nmin-interval = 1s\n", DEFAULTS.format(interval=self.interval)),
                         ("[spool]\n", f"[spool]\nmin-free = {('0', '2%')[number // 2 % 2]}\n")):
            assert old in text
            text = text.replace(old, new, 1)
        self.daemon.config.write_text(text + ("[feed f0]\nurl = nowhere\n" if wrong else ""))

    def ask(self, method, path):
        """(status, answer) of the control socket; None where the daemon is too busy to answer."""
        control = Control(self.daemon.folder / "control.sock")
        try:
            control.request(method, path)
            answer = control.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except (OSError, ValueError, http.client.HTTPException):
            return None
        finally:
            control.close()

    # What is done to it: each returns the letter of the curve's line, or "".

    def reload(self):
        self.write()
        if self.loads % 3 == 0:
            self.daemon.process.send_signal(signal.SIGHUP)
            return "R"
        answer = self.ask("POST", "/v1/reload")
        # A database on a full disk can take no new configuration; it is told so, and goes on as it was.
        assert answer is None or answer[0] in (200, 503), answer
        return "R"

    def reload_wrong(self):
        self.write(wrong=True)
        answer = self.ask("POST", "/v1/reload")
        assert answer is None or (answer[0] == 422 and "newspool.conf" in str(answer[1])), answer
        return "B"

    def kill(self):
        pids = [pid for name, pid in self.processes().items() if name.startswith("fetcher") and name != SPARED]
        for pid in pids[self.loads % 2:][:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            return "K"
        return ""

    def fill(self):
        """To the last byte, all at once: what is on its way meets it."""
        with open(self.disk / "filler", "wb") as filler:
            step = 64 << 20
            while step >= 4096:
                try:
                    os.posix_fallocate(filler.fileno(), os.fstat(filler.fileno()).st_size, step)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    step //= 4
        return "F"

    def empty(self):
        (self.disk / "filler").unlink(missing_ok=True)
        return "E"

    def poke(self):
        """Failing feeds are asked at once, and stopped ones go on: an hour of backing off would be a quiet one."""
        answer = self.ask("GET", f"/v1/feeds?state=failing&limit={POKED * 4}")
        if answer is not None and answer[0] == 200:
            for feed in answer[1]["feeds"][self.loads % 4::4]:
                self.ask("POST", f"/v1/feeds/{feed['name']}/poll?force=1")
        self.resume()

    def resume(self):
        answer = self.ask("GET", "/v1/feeds?state=stopped&limit=100")
        for feed in answer[1]["feeds"] if answer is not None and answer[0] == 200 else []:
            self.ask("POST", f"/v1/feeds/{feed['name']}/resume")

    # What is seen of it.

    def check_running(self):
        ended = self.daemon.process.poll()
        assert ended is None, f"the daemon ended by {ended}:\n{self.daemon.log()[-4000:]}"

    def processes(self):
        """name -> pid"""
        found = {"keeper": self.daemon.process.pid}
        for pid in sorted(self.daemon.fetchers()):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/cmdline", "rb") as cmdline:
                    words = cmdline.read().split(b"\0")
                if b"--fetcher" in words:
                    found[f"fetcher-{words[words.index(b'--fetcher') + 1].decode()}"] = pid
        return found

    def sample(self, when, published, requests, early, waiting):
        pids = self.processes()
        names = ["keeper"] + [f"fetcher-{n}" for n in range(FETCHERS)]
        answer = self.ask("GET", "/v1/status")
        polls = answer[1]["polls"] if answer is not None and answer[0] == 200 else {"overdue": -1, "to_store": -1}
        room = os.statvfs(self.disk)
        seen = {name: look(pids[name]) if name in pids else None for name in names}
        return Sample(when, seen, requests, early, published, size(self.daemon.database), size(f"{self.daemon.database}-wal"),
                      polls["overdue"], polls["to_store"], waiting, room.f_bavail * room.f_frsize)


def mount(folder, articles):
    """A file system of this process's own mount namespace; False where it is not to be had."""
    options = f"size={DISK + DISK_ARTICLE * articles},mode=700"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True).returncode == 0
