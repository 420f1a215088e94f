"""newspool hooks: commands and webhooks for what is delivered, at least once, whatever they do."""
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

from conftest import BUILD, TOP, items, rss, wait_for


class Hooks:
    """A queue with a hook in a spool with articles, and newspool hooks on it."""

    def __init__(self, daemon, nginx, tmp_path):
        self.daemon, self.nginx, self.folder = daemon, nginx, tmp_path
        self.queue = daemon.spool_path / "queues" / "work"
        self.process = None
        self.log_path = tmp_path / "hooks.log"

    def spool(self, hook, n=4, form="json", stop=True):
        self.nginx.put("a.xml", rss(items("a", n)))
        self.daemon.configure({"a": {"url": self.nginx.url("a.xml"), "tags": "x"}},
                              extra=f"[queue work]\ntags = *\nformat = {form}\n{hook}\n").start()
        self.daemon.wait_polls("a")
        if stop:
            self.daemon.stop()
        return self

    def script(self, text):
        file = self.folder / "hook"
        file.write_text("#!/bin/bash\n" + text)
        file.chmod(0o755)
        return file

    def command(self, *args):
        return [str(BUILD / "newspool"), "hooks", "--config", str(self.daemon.config), *args]

    def once(self, *args, status=0, env=()):
        run = subprocess.run(self.command("--once", *args), capture_output=True, text=True, timeout=60, check=False,
                             env=dict(os.environ, **dict(env)), cwd=self.folder)
        assert run.returncode == status, (run.returncode, run.stderr)
        return run.stderr

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            cwd=self.folder)
        return self

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def files(self, *parts):
        return sorted(f.name for part in parts for f in (self.queue / part).iterdir() if not f.name.startswith("."))

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        assert "Sanitizer" not in self.log(), self.log()


@pytest.fixture
def hooks(daemon, nginx, tmp_path):
    made = Hooks(daemon, nginx, tmp_path)
    yield made
    made.close()


def test_command_gets_each_article_and_where_it_is_from(hooks, tmp_path):
    script = hooks.script('cat >"$1/$NEWSPOOL_SEQ.json"; cmp "$NEWSPOOL_FILE" "$1/$NEWSPOOL_SEQ.json" || exit 1\n'
                          'env >"$1/$NEWSPOOL_SEQ.env"; ls /proc/self/fd >"$1/$NEWSPOOL_SEQ.fd"\n')
    hooks.spool(f"on-deliver = '{script}' \"{tmp_path}\"")
    hooks.once()
    records = {r["_newspool"]["seq"]: r for r in hooks.daemon.spool.articles().values()}
    assert len(records) == 4 and hooks.files("new", "cur", "dead") == []
    for seq, record in records.items():
        assert json.loads((tmp_path / f"{seq}.json").read_text()) == record
        env = dict(line.split("=", 1) for line in (tmp_path / f"{seq}.env").read_text().splitlines())
        assert (env["NEWSPOOL_QUEUE"], env["NEWSPOOL_SEQ"], env["NEWSPOOL_ATTEMPT"], env["NEWSPOOL_FORMAT"]) == (
            "work", str(seq), "1", "json")
        assert env["NEWSPOOL_NAME"].startswith(f"{seq:016d}-")
        assert set(env) <= {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "PWD", "SHLVL", "_", "OLDPWD", "NEWSPOOL_QUEUE",
                            "NEWSPOOL_SEQ", "NEWSPOOL_ATTEMPT", "NEWSPOOL_FORMAT", "NEWSPOOL_NAME", "NEWSPOOL_FILE"}
        assert len((tmp_path / f"{seq}.fd").read_text().split()) <= 4  # and one that ls opens


def test_a_shell_only_where_it_is_asked_for(hooks, tmp_path):
    hooks.spool(f"on-deliver = touch {tmp_path}/$(id);x `y` '*'")
    hooks.once()
    assert {"$(id);x", "`y`", "*"} <= set(os.listdir(tmp_path)) and hooks.files("new", "dead") == []
    hooks.daemon.config.write_text(hooks.daemon.config.read_text().replace(
        hooks.daemon.config.read_text().split("on-deliver = ")[1].split("\n")[0],
        f"cat >>{tmp_path}/out && echo $NEWSPOOL_SEQ >>{tmp_path}/seqs\non-deliver-shell = yes\nhook-parallel = 1"))
    for file in (hooks.daemon.spool_path / "articles").glob("*/*.json"):
        os.link(file, hooks.queue / "new" / file.name)
    hooks.once()
    assert (tmp_path / "seqs").read_text().split() == ["1", "2", "3", "4"]


def test_messages_of_mail_queues_are_given_as_they_are(hooks, tmp_path):
    script = hooks.script(f'cat >>{tmp_path}/mail; echo "$NEWSPOOL_NAME $NEWSPOOL_FORMAT" >>{tmp_path}/names\n')
    hooks.spool(f"on-deliver = {script}", form="rfc5322")
    hooks.once()
    assert (tmp_path / "mail").read_text().count("\nMessage-ID: ") == 4
    assert all(re.fullmatch(r"\d{16}-[0-9a-f]{16}\.eml rfc5322", n) for n in (tmp_path / "names").read_text().splitlines())


def test_what_fails_is_tried_again_and_then_dead(hooks, tmp_path):
    script = hooks.script('echo noise; echo "cannot: \x1b[31m $NEWSPOOL_ATTEMPT" >&2; [ "$NEWSPOOL_SEQ" != 2 ]\n')
    hooks.spool(f"on-deliver = {script}\nhook-tries = 3\nhook-retry = 10ms")
    for attempt in (1, 2):
        log = hooks.once(status=75)
        assert f"seq=2 failed attempt={attempt} of=3: exit status 1: cannot: ?[31m {attempt}" in log
        name, = hooks.files("new")
        assert hooks.files("dead", "cur") == [] and hooks.files("tmp") == [name + ".tries"]
        due = int((hooks.queue / "tmp" / (name + ".tries")).read_text().split()[1])
        wait_for(lambda: time.time() * 1000 > due, "its time has come")
    hooks.once(status=75)
    assert hooks.files("new", "cur", "tmp") == [] and hooks.files("dead") == [name, name + ".reason"]
    reason = json.loads((hooks.queue / "dead" / (name + ".reason")).read_text())
    assert (reason["queue"], reason["seq"], reason["attempts"]) == ("work", 2, 3)
    assert reason["reason"] == "exit status 1: cannot: ?[31m 3"
    script.write_text("#!/bin/sh\nexit 0\n")
    assert hooks.once() is not None and hooks.files("dead")
    out = subprocess.run(hooks.command("--revive"), capture_output=True, text=True, timeout=60, check=True).stdout
    assert out == "work: 1 back in the queue\n" and hooks.files("new") == [name]
    hooks.once()
    assert hooks.files("new", "cur", "dead", "tmp") == []


def test_once_leaves_alone_what_is_not_due(hooks, tmp_path):
    script = hooks.script(f"echo x >>{tmp_path}/runs; exit 1\n")
    hooks.spool(f"on-deliver = {script}\nhook-retry = 1h", n=1)
    hooks.once(status=75)
    hooks.once()
    assert (tmp_path / "runs").read_text() == "x\n" and len(hooks.files("new")) == 1


def test_a_pause_that_a_wrong_clock_made_is_cut(hooks, tmp_path):
    hooks.spool(f"on-deliver = {hooks.script('exit 1')}\nhook-retry = 1s", n=1)
    hooks.once(status=75)
    tries, = (hooks.queue / "tmp").glob("*.tries")
    tries.write_text("1 99999999999999\n")
    hooks.once()  # not yet
    hooks.start()
    wait_for(lambda: "failed attempt=2" in hooks.log(), hooks.log)


def test_hook_that_hangs_is_killed_with_all_it_started(hooks, tmp_path):
    script = hooks.script(f'trap "" TERM; sleep 300 & echo $! >{tmp_path}/child; sleep 300; sleep 300\n')
    hooks.spool(f"on-deliver = {script}\nhook-timeout = 1s\nhook-tries = 1", n=1)
    begin = time.monotonic()
    assert "took too long" in hooks.once(status=75)
    assert time.monotonic() - begin < 20 and len(hooks.files("dead")) == 2
    child = int((tmp_path / "child").read_text())
    wait_for(lambda: not pathlib.Path(f"/proc/{child}").exists() or
             pathlib.Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX", "the child's end")


def test_hook_that_floods_its_output_costs_nothing(hooks, tmp_path):
    script = hooks.script('head -c 100000000 /dev/zero | tr "\\0" "a"; echo; echo good >&2\n')
    hooks.spool(f"on-deliver = {script}\nhook-parallel = 2", n=2)
    run = subprocess.run(["/usr/bin/python3", "-c", "import resource, subprocess, sys\n"
                          "r = subprocess.run(sys.argv[1:])\n"
                          "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\nsys.exit(r.returncode)",
                          *hooks.command("--once")], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert hooks.files("new", "cur", "dead") == [] and len(run.stderr) < 2000
    assert int(run.stdout.split()[-1]) < 200_000, "KiB that the largest process had"


def test_no_more_run_at_a_time_than_is_allowed(hooks, tmp_path):
    script = hooks.script(f'cd {tmp_path}; mkdir run.$$; ls -d run.* | wc -l >>most; sleep 0.1; rmdir run.$$\n')
    hooks.spool(f"on-deliver = {script}\nhook-parallel = 3", n=12)
    hooks.once()
    most = [int(n) for n in (tmp_path / "most").read_text().split()]
    assert len(most) == 12 and max(most) == 3


def test_killed_in_the_middle_does_every_article_at_least_once(hooks, tmp_path):
    script = hooks.script(f'echo $NEWSPOOL_SEQ >>{tmp_path}/begun; sleep 0.05; echo $NEWSPOOL_SEQ >>{tmp_path}/done\n')
    hooks.spool(f"on-deliver = {script}\nhook-parallel = 4", n=40)

    def lines(name):
        return (tmp_path / name).read_text().split() if (tmp_path / name).exists() else []

    for n in (5, 12, 20):
        hooks.start()
        wait_for(lambda: len(lines("begun")) >= n, hooks.log)
        hooks.process.kill()
        hooks.process.wait()
        before = len(lines("begun"))
        assert 1 <= len(hooks.files("cur")) <= 5
    hooks.start()
    wait_for(lambda: hooks.files("new", "cur") == [], hooks.log)
    assert set(lines("done")) == {str(i) for i in range(1, 41)}
    assert len(lines("done")) <= 40 + 3 * 4 and before < 40


def test_service_follows_the_daemon_and_stops_in_order(hooks, tmp_path):
    script = hooks.script(f'[ "$NEWSPOOL_SEQ" = 3 ] && exit 1; echo $NEWSPOOL_SEQ >>{tmp_path}/done; [ ! -e {tmp_path}/slow ] || sleep 1\n')
    hooks.start()
    hooks.process.wait()  # no configuration yet
    assert hooks.process.returncode == 2
    hooks.spool(f"on-deliver = {script}\nhook-retry = 1h", n=4, stop=False)
    hooks.start()
    done = tmp_path / "done"
    wait_for(lambda: done.exists() and len(done.read_text().split()) == 3, hooks.log)
    hooks.nginx.put("a.xml", rss(items("a", 6)))
    wait_for(lambda: len(done.read_text().split()) == 5, hooks.log)
    second = subprocess.run(hooks.command("--once"), capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1 and "another process serves it" in second.stderr
    (tmp_path / "slow").touch()
    hooks.nginx.put("a.xml", rss(items("a", 7)))
    wait_for(lambda: len(done.read_text().split()) == 6, hooks.log)
    hooks.process.send_signal(signal.SIGTERM)
    hooks.process.wait(20)
    assert hooks.process.returncode == 0 and "event=stopped good=6 failed=1 dead=0" in hooks.log()
    assert hooks.files("cur") == [] and [n[:16] for n in hooks.files("new")] == ["0000000000000003"]


def test_service_goes_on_in_a_spool_that_was_removed_and_made_again(hooks, tmp_path):
    done = tmp_path / "done"
    done.touch()
    hooks.spool(f"on-deliver = {hooks.script(f'echo $NEWSPOOL_SEQ >>{done}; [ $NEWSPOOL_SEQ != 2 ]')}\nhook-retry = 1h", n=2, stop=False)
    hooks.start()
    wait_for(lambda: sorted(done.read_text().split()) == ["1", "2"], hooks.log)
    shutil.rmtree(hooks.daemon.spool_path)
    wait_for(lambda: "queue=work its folder has gone" in hooks.log(), hooks.log)
    hooks.daemon.spool_path.mkdir()
    hooks.nginx.put("a.xml", rss(items("a", 4)))
    wait_for(lambda: sorted(done.read_text().split()) == ["1", "2", "3", "4"], lambda: hooks.log() + hooks.daemon.log())
    assert "event=reopened" in hooks.log() and hooks.log().count("its folder has gone") == 1
    hooks.process.send_signal(signal.SIGTERM)
    hooks.process.wait(20)
    assert hooks.process.returncode == 0 and hooks.files("new", "cur") == []


def test_what_is_taken_away_from_a_hook_is_forgotten(hooks, tmp_path):
    hooks.spool(f"on-deliver = {hooks.script('exit 1')}\nhook-retry = 1s", n=1)
    hooks.start()
    wait_for(lambda: "failed attempt=1" in hooks.log(), hooks.log)
    for file in (hooks.queue / "cur").iterdir():
        file.unlink()
    wait_for(lambda: not list((hooks.queue / "tmp").glob("*.tries")), hooks.log)
    assert "No such file" not in hooks.log()


def test_one_queue_that_fails_does_not_hold_up_another(hooks, tmp_path):
    hooks.spool(f"on-deliver = {hooks.script('exit 1')}\nhook-retry = 1h\n[queue good]\ntags = *\n"
                f"on-deliver = cp /dev/stdin {tmp_path}/good")
    hooks.once(status=75)
    assert len(hooks.files("new")) == 4 and (tmp_path / "good").exists()
    assert list((hooks.queue.parent / "good" / "new").iterdir()) == []


class Receiver:
    def __init__(self):
        self.requests, self.answers = [], []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((dict(self.headers), body))
                status = outer.answers.pop(0) if outer.answers else 204
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/other")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def check_signature(headers, body, secret):
    signed = headers["X-Newspool-Timestamp"].encode() + b"." + body
    assert headers["X-Newspool-Signature"] == "sha256=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()
    assert abs(int(headers["X-Newspool-Timestamp"]) - time.time()) < 300


@pytest.mark.parametrize("length", [20, 64, 200])
def test_webhook_is_signed(hooks, receiver, tmp_path, length):
    secret = b"s3cret" * length
    secret = secret[:length]
    (tmp_path / "secret").write_bytes(secret + b"\n")
    (tmp_path / "secret").chmod(0o640)
    hooks.spool(f"webhook = {receiver.url}\nwebhook-secret-file = secret\nhook-parallel = 1")
    hooks.once()
    records = list(hooks.daemon.spool.articles().values())
    assert [json.loads(body) for _, body in receiver.requests] == records
    man = (TOP / "man/newspool.1").read_text()
    verify = re.search(r"with the body in a file as it came:\n\.Bd .*?\n(.*?)\.Ed", man, re.S).group(1)
    for record, (headers, body) in zip(records, receiver.requests):
        check_signature(headers, body, secret)
        (tmp_path / "body").write_bytes(body)
        said = subprocess.run(["sh", "-c", verify], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
                              env={**os.environ, "TIMESTAMP": headers["X-Newspool-Timestamp"], "SECRET": secret.decode()}).stdout
        assert headers["X-Newspool-Signature"] == "sha256=" + said.split()[-1]
        assert headers["Content-Type"] == "application/json" and headers["X-Newspool-Queue"] == "work"
        assert headers["X-Newspool-Seq"] == str(record["_newspool"]["seq"]) and headers["X-Newspool-Attempt"] == "1"
        assert headers["User-Agent"].startswith("newspool/")


def test_webhook_is_tried_again_under_the_same_name(hooks, receiver):
    receiver.answers = [500, 302, 404, 200]
    hooks.spool(f"webhook = {receiver.url}\nhook-retry = 10ms", n=1, form="rfc5322", stop=False)
    hooks.start()
    wait_for(lambda: len(receiver.requests) == 4 and hooks.files("new", "cur") == [], hooks.log)
    assert [h["X-Newspool-Attempt"] for h, _ in receiver.requests] == ["1", "2", "3", "4"]
    assert len({h["X-Newspool-Name"] for h, _ in receiver.requests}) == 1
    assert all(h["Content-Type"] == "message/rfc822" and "X-Newspool-Signature" not in h for h, _ in receiver.requests)
    assert all(f"HTTP status {s}" in hooks.log() for s in (500, 302, 404)) and hooks.files("tmp") == []


def test_webhook_that_nobody_answers_is_a_failure(hooks):
    hooks.spool("webhook = http://127.0.0.1:1/\nhook-tries = 1", n=1)
    assert "Couldn't connect" in hooks.once(status=75)
    assert len(hooks.files("dead")) == 2


def test_secret_is_a_credential_or_a_file_that_is_one(hooks, receiver, tmp_path):
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "webhook.work").write_text("from systemd\n")
    (tmp_path / "credentials" / "webhook.work").chmod(0o400)
    hooks.spool(f"webhook = {receiver.url}", n=1)
    hooks.once(env={"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}.items())
    check_signature(*receiver.requests[0], b"from systemd")
    text = hooks.daemon.config.read_text().replace("webhook =", f"webhook-secret-file = {tmp_path}/open\nwebhook =")
    hooks.daemon.config.write_text(text)
    assert "No such file" in hooks.once(status=1)
    (tmp_path / "open").write_text("secret")
    (tmp_path / "open").chmod(0o644)
    assert "a secret that others may use" in hooks.once(status=1)
    (tmp_path / "open").chmod(0o600)
    for text in (b"", b"\n", b"a\0b\n"):
        (tmp_path / "open").write_bytes(text)
        assert "it is empty, or not a line of text" in hooks.once(status=1), text


def test_without_a_hook_there_is_nothing_to_do(hooks):
    hooks.spool("", n=1)
    run = subprocess.run(hooks.command(), capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0 and "no queue has a hook" in run.stderr
    hooks.daemon.config.write_text(hooks.daemon.config.read_text() + "[queue bad]\ntags = *\non-deliver = 'x\n")
    run = subprocess.run(hooks.command(), capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 2 and "on-deliver" in run.stderr and "a quote is not closed" in run.stderr
