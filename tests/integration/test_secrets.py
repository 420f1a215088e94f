"""Passwords and tokens reach their server and are seen nowhere else; a file that others may use is refused."""
import base64
import glob
import os
import subprocess

import pytest

from conftest import BUILD, OverSocket, answer, free_port, items, rss, wait_for

PASSWORD = "hunter2-and-more"
TOKEN = "bearer-of-0123456789"
CREDENTIAL = "credential-of-systemd"
BASIC = base64.b64encode(f"ali:{PASSWORD}".encode()).decode()
SECRETS = [s.encode() for s in (PASSWORD, TOKEN, CREDENTIAL, BASIC)]


def secret(path, text, mode=0o600):
    path.write_text(text + "\n")
    path.chmod(mode)
    return str(path)


@pytest.fixture
def guarded(daemon, script, tmp_path):
    def handler(server, connection, request):
        text = request.decode("latin-1")
        path = text.split(" ")[1]
        wanted = {"/user": f"Basic {BASIC}", "/token": f"Bearer {TOKEN}", "/credential": f"Bearer {CREDENTIAL}"}
        if f"Authorization: {wanted.get(path)}\r\n" in text:
            return connection.sendall(answer(rss(items(path[1:], 2))))
        return connection.sendall(answer("no", "401 Unauthorized", ['WWW-Authenticate: Basic realm="x"']))

    server = script(handler)
    (tmp_path / "credentials").mkdir()
    secret(tmp_path / "credentials" / "news", CREDENTIAL, 0o400)
    port = free_port()
    daemon.configure({
        "user": {"url": server.url("user"), "user": "ali", "password-file": secret(tmp_path / "password", PASSWORD)},
        "token": {"url": server.url("token"), "token-file": secret(tmp_path / "token", TOKEN)},
        "credential": {"url": server.url("credential"), "token-file": "credential:news"},
        "refused": {"url": server.url("other"), "user": "ali", "password-file": str(tmp_path / "password")},
    }, daemon=f"listen = 127.0.0.1:{port}")
    os.environ["CREDENTIALS_DIRECTORY"] = str(tmp_path / "credentials")
    yield daemon
    del os.environ["CREDENTIALS_DIRECTORY"]


def get(daemon, path):
    connection = OverSocket(daemon.folder / "control.sock")
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return body


def run(daemon, *words):
    done = subprocess.run([str(BUILD / words[0]), *words[1:]], capture_output=True, stdin=subprocess.DEVNULL,
                          env={**os.environ, "NEWSPOOL_CONFIG": str(daemon.config)}, check=False, timeout=60)
    return done.stdout + done.stderr


PATHS = ["/v1/status", "/v1/feeds", "/v1/feeds/user", "/v1/feeds/refused", "/v1/articles", "/metrics", "/healthz", "/",
         "/feeds", "/feed/user", "/feed/refused", "/feed/token"]
COMMANDS = [("newspool", "status", "--json"), ("newspool", "feeds", "--json"), ("newspool", "feed", "user", "--json"),
            ("newspool", "check"), ("newspool", "export"), ("newspool", "recent", "--json"), ("newspool", "doctor"),
            ("newspoold", "--dump"), ("newspoold", "--check")]


def test_secrets_are_seen_nowhere_else(guarded):
    guarded.start()
    for feed in ("user", "token", "credential"):
        assert guarded.wait_polls(feed)[0]["good"] == "yes", guarded.log()
    assert guarded.wait_polls("refused")[0]["good"] == "no"
    assert len(guarded.spool.articles()) == 6
    seen = {path: get(guarded, path) for path in PATHS}
    seen |= {" ".join(words): run(guarded, *words) for words in COMMANDS}
    assert all(len(text) > 0 for text in seen.values())
    for pid in [guarded.process.pid, *guarded.fetchers()]:
        for name in ("cmdline", "environ", "comm", "status"):
            with open(f"/proc/{pid}/{name}", "rb") as file:
                seen[f"{pid}/{name}"] = file.read()
    seen["log"] = guarded.log(whole=True).encode()
    for path in [*glob.glob(f"{guarded.spool_path}/**/*", recursive=True), *glob.glob(f"{guarded.database}*")]:
        if os.path.isfile(path):
            with open(path, "rb") as file:
                seen[path] = file.read()
    for where, text in seen.items():
        assert not [s for s in SECRETS if s in text], where


def test_file_that_others_may_read_is_refused_and_said(guarded, tmp_path):
    (tmp_path / "password").chmod(0o644)
    guarded.start(ready=False)
    assert guarded.process.wait(30) == 2
    said = "{0}-file: '{1}/{0}': a secret that others may use: take it away from them with chmod o="
    assert said.format("password", tmp_path) in guarded.log()
    (tmp_path / "password").chmod(0o600)
    guarded.start()
    guarded.wait_polls("user")
    (tmp_path / "token").chmod(0o604)  # while it runs: it is not used any more
    wait_for(lambda: any("feed=token cannot be polled" in line and "a secret that others may use" in line
                         for line in guarded.log().splitlines()), guarded.log)
    assert guarded.more_polls("user")[-1]["good"] == "yes"
