"""The log: a line for each change of a feed's state and none for a poll that goes well; fields for journald."""
import os
import socket
import subprocess

from apart import apart
from conftest import answer, items, rss, wait_for


def lines(daemon, feed):
    return [line for line in daemon.log().splitlines() if f"feed={feed} " in line]


def test_a_line_for_each_change_of_state_and_none_for_a_good_poll(daemon, script):
    replies = {"now": answer(rss(items("a", 1)))}
    server = script(lambda self, c, _: c.sendall(replies["now"]))
    daemon.configure({"moody": server.url()})
    daemon.config.write_text(daemon.config.read_text().replace("log-level = debug", "log-level = info"))
    daemon.start()
    wait_for(lambda: len(server.requests) >= 3, "polled thrice")
    assert lines(daemon, "moody") == []
    replies["now"] = answer("", "500 Internal Server Error")
    wait_for(lambda: lines(daemon, "moody"), "it fails")
    replies["now"] = answer(rss(items("a", 1)))
    wait_for(lambda: len(lines(daemon, "moody")) == 2, "it recovers")
    failed, recovered = lines(daemon, "moody")
    assert "warning keeper: feed=moody cannot be polled" in failed and failed.endswith(" event=failed")
    assert "info keeper: feed=moody can be polled again event=recovered" in recovered
    replies["now"] = answer("", "410 Gone")
    wait_for(lambda: len(lines(daemon, "moody")) == 3, "it is gone")
    assert lines(daemon, "moody")[2].endswith(" event=stopped")


def test_journald_gets_fields(request, daemon, nginx):
    if not apart(request, "mkdir -p /run/systemd", "mount -t tmpfs none /run/systemd", "mkdir /run/systemd/journal"):
        return
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"good": nginx.url("a.xml"), "bad": {"url": nginx.url("none.xml"), "interval": "1h"}})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal, open(daemon.log_path, "ab") as log:
        journal.bind("/run/systemd/journal/socket")
        journal.settimeout(20)
        st = os.fstat(log.fileno())
        daemon.process = subprocess.Popen(daemon.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                          env={**os.environ, "JOURNAL_STREAM": f"{st.st_dev}:{st.st_ino}"})
        found = []
        while not any(b"NEWSPOOL_EVENT=failed" in entry for entry in found):
            found.append(journal.recv(65536))
        fields = dict(line.split(b"=", 1) for line in found[-1].splitlines())
    assert fields[b"NEWSPOOL_FEED"] == b"bad" and fields[b"PRIORITY"] == b"4"
    assert fields[b"SYSLOG_IDENTIFIER"] == b"newspoold" and fields[b"NEWSPOOL_PROCESS"] == b"keeper"
    assert fields[b"MESSAGE"].startswith(b"feed=bad cannot be polled") and b"404" in fields[b"MESSAGE"]
    assert any(b"NEWSPOOL_EVENT=started" in entry for entry in found)
    assert "feed=bad cannot" not in daemon.log()  # once, not twice
