"""The keeper's containment, without systemd: what it has open, what it can write, what is said where a wall is missing."""
import glob
import os
import re
import shutil
import signal
import subprocess

import pytest

from conftest import BUILD, free_port, items, rss, wait_for
from test_planted import SANITIZED


def inet_sockets(pid):
    """The addresses of the process's Internet sockets."""
    inodes = set()
    for link in glob.glob(f"/proc/{pid}/fd/*"):
        try:
            found = re.match(r"socket:\[(\d+)\]", os.readlink(link))
        except OSError:
            continue
        if found:
            inodes.add(found.group(1))
    sockets = []
    for kind in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6", "packet"):
        with open(f"/proc/{pid}/net/{kind}", encoding="ascii") as table:
            for line in table.readlines()[1:]:
                words = line.split()
                if kind != "packet" and words[9] in inodes or kind == "packet" and words[-1] in inodes:
                    sockets.append((kind, words[1], words[3]))
    return sockets


@pytest.mark.parametrize("listens", [False, True])
def test_keeper_has_no_internet_socket_but_the_listener(daemon, nginx, listens):
    nginx.put("a.xml", rss(items("a", 3)))
    port = free_port()
    daemon.configure({"a": nginx.url("a.xml")}, daemon=f"listen = 127.0.0.1:{port}" if listens else "").start()
    daemon.wait_polls("a", 2)
    wanted = [("tcp", f"0100007F:{port:04X}", "0A")] if listens else []
    assert inet_sockets(daemon.process.pid) == wanted


WRITING = r"^(openat|open|creat|mkdir|mkdirat|rename|renameat|renameat2|link|linkat|unlink|unlinkat|symlink\w*|mknod\w*)\("


@pytest.mark.skipif(SANITIZED, reason="the sanitizers' leak checker and strace both trace")
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is missing: apt-get install strace")
def test_keeper_connects_nowhere_and_writes_in_its_folders_alone(daemon, nginx, tmp_path):
    nginx.put("a.xml", rss(items("a", 30)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "x, y"}},
                     extra="[queue q]\ntags = *\nformat = rfc5322\n")
    trace = tmp_path / "trace"
    plain = daemon.command
    daemon.command = lambda *args: ["strace", "-qq", "-y", "-s", "400", "-o", str(trace), "-e",
                                    "trace=%network,%file", *plain(*args)]
    daemon.start()
    daemon.wait_polls("a", 2)
    os.kill(int(subprocess.check_output(["pgrep", "-P", str(daemon.process.pid)])), signal.SIGTERM)
    daemon.process.wait(30)
    lines = trace.read_text().splitlines()
    assert not [line for line in lines if re.match(r"connect\(", line) and "AF_UNIX" not in line]
    assert not [line for line in lines if re.match(r"socket\(AF_(?!UNIX)", line)]
    changes = [line for line in lines if re.match(WRITING, line)
               and (not line.startswith("open") or re.search(r"O_(WRONLY|RDWR|CREAT)", line))]
    assert len(changes) > 30
    own = (str(daemon.spool_path), str(daemon.database), str(daemon.folder / "control.sock"))
    for line in changes:
        for path in re.findall(r'"(/[^"]*)"', line):
            assert path.startswith(own), line
        for folder in re.findall(r"(?<!AT_FDCWD)<(/[^>]*)>", line.split("=")[0]):
            assert folder.startswith(own), line


@pytest.mark.skipif(SANITIZED, reason="under a tracer the leak checker does not work")
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is missing: apt-get install strace")
class TestKernelWithout:
    """strace answers the calls as a kernel without Landlock would."""

    @pytest.fixture
    def without(self, daemon, nginx):
        nginx.put("a.xml", rss(items("a", 3)))
        plain = daemon.command
        daemon.command = lambda *args: ["strace", "-qq", "-f", "-o", "/dev/null", "-e", "trace=landlock_create_ruleset", "-e",
                                        "inject=landlock_create_ruleset:error=ENOSYS", *plain(*args)]
        return daemon

    def keeper(self, daemon):
        return int(subprocess.check_output(["pgrep", "-P", str(daemon.process.pid)]).split()[0])

    def test_it_is_said_once_and_polling_goes_on(self, without, nginx):
        without.configure({"a": nginx.url("a.xml")}).start()
        without.wait_polls("a")
        keeper = self.keeper(without)
        fetchers = [int(pid) for pid in subprocess.check_output(["pgrep", "-P", str(keeper)]).split()]
        os.kill(fetchers[0], signal.SIGKILL)
        wait_for(lambda: "died by signal 9" in without.log(), without.log)
        without.more_polls("a")
        said = [line for line in without.log().splitlines() if "Landlock is not to be had" in line and " debug " not in line]
        assert len(said) == 1 and " notice keeper: " in said[0], said
        assert len(without.spool.articles()) == 3
        os.kill(keeper, signal.SIGTERM)
        without.process.wait(30)

    def test_it_does_not_start_where_it_is_required(self, without, nginx):
        without.configure({"a": nginx.url("a.xml")}, daemon="sandbox = required").start(ready=False)
        assert without.process.wait(30) == 1
        assert "sandbox = required, but Landlock is not to be had here" in without.log()
        assert not without.database.exists() and nginx.requests() == []


def test_where_everything_is_there_required_starts(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"a": nginx.url("a.xml")}, daemon="sandbox = required").start()
    daemon.wait_polls("a")
    assert "not to be had" not in daemon.log()


@pytest.mark.skipif(SANITIZED, reason="the leak checker needs what others must not have")
def test_a_keeper_that_dies_leaves_no_core(daemon, nginx, tmp_path):
    """Passwords pass through it. A program beside it shows that cores are dumped here."""
    limited = ["prlimit", "--core=unlimited:unlimited", "--"]
    plain = subprocess.Popen([*limited, "sleep", "60"], cwd=tmp_path)
    wait_for(lambda: open(f"/proc/{plain.pid}/comm", encoding="ascii").read() == "sleep\n", "it sleeps")
    plain.send_signal(signal.SIGQUIT)
    _, status = os.waitpid(plain.pid, 0)
    plain.returncode = -signal.SIGQUIT
    if not os.WCOREDUMP(status):
        pytest.skip("no cores are dumped on this machine")
    nginx.put("a.xml", rss(items("a", 3)))
    command = daemon.command
    daemon.command = lambda *args: [*limited, *command(*args)]
    daemon.configure({"a": nginx.url("a.xml")}).start()
    daemon.wait_polls("a")
    daemon.process.send_signal(signal.SIGABRT)
    _, status = os.waitpid(daemon.process.pid, 0)
    daemon.process.returncode = -signal.SIGABRT
    assert os.WTERMSIG(status) == signal.SIGABRT and not os.WCOREDUMP(status)
