"""The control interface: every endpoint asked through its Unix socket, as curl does it, and hostile requests."""
import json
import os
import pathlib
import re
import socket
import stat
import subprocess
import time

import jsonschema
import pytest
import yaml

from conftest import TOP, answer, free_port, items, rss, wait_for

NOBODY = 65534


def curl(daemon, path, *args, method="GET"):
    """What curl gets: (status, headers, body)."""
    done = subprocess.run(["curl", "-sS", "-i", "--max-time", "30", "-X", method, "--unix-socket",
                           str(daemon.folder / "control.sock"), *args, "http://localhost" + path],
                          capture_output=True, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


API = yaml.safe_load((TOP / "conf/openapi.yaml").read_text(encoding="utf-8"))


def operation(path, method):
    """What the API's description says of a request."""
    path = path.partition("?")[0]
    for pattern, item in API["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) and method.lower() in item:
            return item[method.lower()]
    return None


def check(path, method, status, answer):
    """An answer is what the API's description says, an error where it says nothing else."""
    said = operation(path, method)
    assert said is not None or status in (400, 404, 405), f"{method} {path} is not described"
    responses = said["responses"] if said else {"default": {"$ref": "#/components/responses/error"}}
    response = responses.get(str(status)) or responses["default"]
    name = response["$ref"].rsplit("/", 1)[1]
    schema = API["components"]["responses"][name]["content"]["application/json"]["schema"]
    resolver = jsonschema.RefResolver("", API)
    jsonschema.Draft4Validator(schema, resolver=resolver).validate(answer)
    return answer


def get(daemon, path, status=200, method="GET"):
    got, headers, body = curl(daemon, path, method=method)
    assert got == status, body
    assert headers["content-type"] == "application/json"
    return check(path, method, got, json.loads(body))


def connect(daemon):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(str(daemon.folder / "control.sock"))
    return s


def talk(daemon, data):
    """Sends bytes and reads to the end."""
    with connect(daemon) as s:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        return read_all(s)


def read_all(s):
    got = b""
    while True:
        try:
            more = s.recv(65536)
        except ConnectionResetError:
            return got
        if not more:
            return got
        got += more


@pytest.fixture
def polled(daemon, nginx):
    """A daemon that has polled one good feed and one that is not there."""
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"good": {"url": nginx.url("a.xml"), "tags": "one, two", "interval": "1h"},
                      "bad": {"url": nginx.url("none.xml"), "interval": "1h"}}).start()
    daemon.wait_polls("good")
    daemon.wait_polls("bad")
    return daemon


def test_status_says_how_the_daemon_is(polled):
    status = get(polled, "/v1/status")
    assert status["pid"] == polled.process.pid and status["healthy"] is True and status["problems"] == []
    assert status["feeds"] == {"configured": 2, "failing": 1, "stopped": 0, "paused": 0, "never_polled": 0,
                               "waiting": 2}
    assert len(status["fetchers"]) == 2 and all(f["running"] for f in status["fetchers"])
    assert get(polled, "/healthz")["healthy"] is True


def test_feeds_are_listed_and_filtered(polled):
    feeds = get(polled, "/v1/feeds")["feeds"]
    assert [f["name"] for f in feeds] == ["bad", "good"]
    assert feeds[1]["tags"] == ["one", "two"] and feeds[1]["state"] == "ok" and feeds[1]["result"] == "ok"
    assert feeds[0]["state"] == "failing" and feeds[0]["status"] == 404 and feeds[0]["reason"]
    for query, names in {"state=failing": ["bad"], "state=ok": ["good"], "state=new": [], "tag=two": ["good"],
                         "tag=tw": [], "text=NONE.xml": ["bad"], "text=A%20feed": ["good"], "after=bad": ["good"],
                         "state=ok&tag=one": ["good"]}.items():
        assert [f["name"] for f in get(polled, "/v1/feeds?" + query)["feeds"]] == names, query
    assert get(polled, "/v1/feeds?state=odd", 400)["error"]["code"] == "bad-parameter"
    for limit in ("0", "1001", "x", "", "1e3", "-1", "99999999999999999999"):
        assert get(polled, f"/v1/feeds?limit={limit}", 400)["error"]["code"] == "bad-parameter"


def test_a_list_comes_in_pages_each_feed_once(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    names = [f"f{i:04}" for i in range(1500)]
    daemon.configure({name: {"url": nginx.url(f"a.xml?{name}"), "interval": "1h"} for name in names}).start()
    found, path = [], "/v1/feeds?limit=400"
    while path:
        page = get(daemon, path)
        assert len(page["feeds"]) <= 400
        found += [f["name"] for f in page["feeds"]]
        path = "/v1/feeds?limit=400&after=" + page["next"] if "next" in page else None
    assert found == names
    assert [f["name"] for f in get(daemon, "/v1/feeds?text=f1499&limit=1")["feeds"]] == ["f1499"]


def test_one_feed_by_its_name(polled):
    feed = get(polled, "/v1/feeds/good")
    assert feed["name"] == "good" and feed["under_way"] is False and feed["why_next"]
    assert get(polled, "/v1/feeds/none", 404)["error"]["code"] == "no-such-feed"


def test_a_poll_by_hand_comes_at_once(polled):
    before = len(polled.polls("good"))
    assert get(polled, "/v1/feeds/good/poll", 202, "POST")["name"] == "good"
    polled.wait_polls("good", before + 1)
    assert get(polled, "/v1/feeds/none/poll", 404, "POST")["error"]["code"] == "no-such-feed"


def test_the_description_names_every_route():
    text = (TOP / "daemon/control/route.c").read_text()
    table = re.findall(r'{ HEAD_(\w+), "([^"]+)"', text)
    assert len(table) > 15
    for method, path in table:
        if path.startswith("/v1/") or path in ("/healthz", "/metrics"):
            assert method.lower() in API["paths"].get(path, {}), f"{method} {path}"
    said = {(m.upper(), p) for p, item in API["paths"].items() for m in item if m in ("get", "post", "put", "delete")}
    assert said <= set(table)


def wrong_values(schema):
    """What a parameter of this schema does not take."""
    schema = API["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    if "enum" in schema:
        return ["odd", "2", "%22"]
    if schema["type"] == "integer":
        return ["x", "", "1.5", "0x10", "+1", "%201", "1%20", "9223372036854775808", str(schema.get("minimum", 0) - 1),
                *([str(schema["maximum"] + 1)] if "maximum" in schema else [])]
    return []


def right_value(schema, name):
    if name in ("feed", "tag", "text", "after") and schema.get("type") == "string":
        return "good"
    schema = API["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    return str(schema.get("enum", [schema.get("maximum", 1)])[-1])


def test_every_parameter_is_taken_and_nothing_else_is(polled):
    """By the description itself: each path, each method, each parameter, right and wrong."""
    n = 0
    for pattern, item in API["paths"].items():
        path = pattern.replace("{name}", "good").replace("{seq}", "1")
        for method in (m for m in ("get", "post", "put") if m in item):
            parameters = [p for p in item.get("parameters", []) + item[method].get("parameters", []) if p.get("in") == "query"]
            known = {p["name"]: p["schema"] for p in parameters}
            for name, schema in known.items():
                said = f"{path}?{name}={right_value(schema, name)}"
                got, _, body = curl(polled, said, method=method.upper())
                answered = check(said, method.upper(), got, json.loads(body))
                assert got < 400 or (got, answered["error"]["code"]) == (404, "not-held"), said
                for wrong in wrong_values(schema):
                    error = get(polled, f"{path}?{name}={wrong}", 400, method.upper())["error"]
                    assert error["code"] == "bad-parameter" and error["message"].startswith(name), error
                error = get(polled, f"{said}&{name}={right_value(schema, name)}", 400, method.upper())["error"]
                assert error == {"code": "bad-parameter", "message": f"{name}: given twice"}
                n += 1
            if path.startswith("/v1/"):
                error = get(polled, f"{path}?odd=1", 400, method.upper())["error"]
                assert error == {"code": "bad-parameter", "message": "odd: this path has no such parameter"}, (path, method)
    assert n > 15


def test_a_slip_of_the_pen_drops_nothing(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"flood": {"url": nginx.url("a.xml"), "interval": "1h", "flood-limit": "3"}}).start()
    daemon.wait_polls("flood")
    nginx.put("a.xml", rss(items("a", 20)))
    get(daemon, "/v1/feeds/flood/poll", 202, "POST")
    daemon.wait_polls("flood", 2)
    for query in ("fed=flood&all=1", "feed=flood&all=1&feed=x", "all=maybe", "all=0", "id=1&odd"):
        assert get(daemon, "/v1/held/drop?" + query, 400, "POST")["error"]["code"] == "bad-parameter"
    assert get(daemon, "/v1/status")["held"] == 19


def test_a_feed_has_a_history_that_is_bounded(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"good": nginx.url("a.xml")}, extra="history = 3\n").start()
    daemon.wait_polls("good", 5)
    feed = get(daemon, "/v1/feeds/good")
    assert feed["polls"] >= 5 and len(feed["history"]) == 3
    assert [p["status"] for p in feed["history"]] == [304] * 3
    assert [p["at"] for p in feed["history"]] == sorted((p["at"] for p in feed["history"]), reverse=True)


def test_a_feed_is_paused_and_resumed(polled):
    assert get(polled, "/v1/feeds/good/pause", 200, "POST")["state"] == "paused"
    error = get(polled, "/v1/feeds/good/poll", 409, "POST")["error"]
    assert error["code"] == "paused"
    assert [f["name"] for f in get(polled, "/v1/feeds?state=paused")["feeds"]] == ["good"]
    assert get(polled, "/v1/status")["feeds"]["paused"] == 1
    polled.stop()
    polled.start()
    assert get(polled, "/v1/feeds/good")["state"] == "paused"  # it outlives a restart
    assert get(polled, "/v1/feeds/good/resume", 200, "POST")["state"] == "ok"
    get(polled, "/v1/feeds/good/poll", 202, "POST")
    polled.wait_polls("good")


def test_a_paused_feed_polls_for_no_other_of_its_url(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"one": nginx.url("a.xml"), "two": nginx.url("a.xml")}).start()
    daemon.wait_polls("one", 2)
    assert get(daemon, "/v1/feeds/two")["polled_with"] == "one"
    get(daemon, "/v1/feeds/one/pause", 200, "POST")
    daemon.wait_polls("two", 2)
    assert "polled_with" not in get(daemon, "/v1/feeds/two")


def test_a_reset_forgets_validators(polled, nginx):
    get(polled, "/v1/feeds/good/poll", 202, "POST")
    polled.wait_polls("good", 2)
    assert nginx.requests("a.xml")[-1]["status"] == 304
    get(polled, "/v1/feeds/good/reset", 200, "POST")
    polled.wait_polls("good", 3)
    last = nginx.requests("a.xml")[-1]
    assert last["status"] == 200 and last["etag"] == "" and len(polled.spool.articles()) == 3


def test_a_poll_by_hand_is_polite_unless_forced(daemon, script):
    server = script(lambda self, c, _: c.sendall(answer("", "429 Too Many Requests", ["Retry-After: 3600"])))
    daemon.configure({"shy": {"url": server.url(), "interval": "1h"}}).start()
    daemon.wait_polls("shy")
    error = get(daemon, "/v1/feeds/shy/poll", 409, "POST")["error"]
    assert error["code"] == "not-yet" and len(server.requests) == 1
    assert get(daemon, "/v1/feeds/shy")["not_before"]
    get(daemon, "/v1/feeds/shy/poll?force=1", 202, "POST")
    daemon.wait_polls("shy", 2)
    assert len(server.requests) == 2


def test_a_gone_feed_is_resumed(daemon, script):
    gone = [True]
    body = rss(items("a", 1))
    server = script(lambda self, c, _: c.sendall(answer("", "410 Gone") if gone[0] else answer(body)))
    daemon.configure({"gone": {"url": server.url(), "interval": "1h"}}).start()
    daemon.wait_polls("gone")
    assert get(daemon, "/v1/feeds/gone")["state"] == "stopped"
    assert get(daemon, "/v1/feeds/gone/poll", 409, "POST")["error"]["code"] == "stopped"
    gone[0] = False
    get(daemon, "/v1/feeds/gone/resume", 200, "POST")
    daemon.wait_polls("gone", 2)
    assert get(daemon, "/v1/feeds/gone")["state"] == "ok"


def test_a_move_is_undone(daemon, nginx, script):
    nginx.put("a.xml", rss(items("a", 1)))
    server = script(lambda self, c, _: c.sendall(
        answer("", "301 Moved Permanently", [f"Location: {nginx.url('a.xml')}"])))
    daemon.configure({"moves": {"url": server.url(), "interval": "1h"}}).start()
    daemon.wait_polls("moves")
    assert get(daemon, "/v1/feeds/moves")["moved_url"] == nginx.url("a.xml")
    assert "moved_url" not in get(daemon, "/v1/feeds/moves/undo-move", 200, "POST")
    daemon.wait_polls("moves", 2)
    assert len(server.requests) == 2 and "moved_url" not in get(daemon, "/v1/feeds/moves")


def test_held_articles_are_listed_released_and_dropped(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"flood": {"url": nginx.url("a.xml"), "interval": "1h", "flood-limit": "3"}}).start()
    daemon.wait_polls("flood")
    assert get(daemon, "/v1/held") == {"held": []}
    nginx.put("a.xml", rss(items("a", 20)))
    get(daemon, "/v1/feeds/flood/poll", 202, "POST")
    daemon.wait_polls("flood", 2)
    held = get(daemon, "/v1/held?limit=10")
    assert len(held["held"]) == 10 and held["next"]
    rest = get(daemon, f"/v1/held?feed=flood&limit=100&after={held['next']}")["held"]
    assert len(rest) == 9 and held["held"][0]["title"]
    assert get(daemon, "/v1/status")["held"] == 19
    number = held["held"][0]["id"]
    assert get(daemon, "/v1/held/release", 400, "POST")["error"]["code"] == "bad-parameter"
    assert get(daemon, f"/v1/held/release?id={number}", 200, "POST")["released"] == 1
    assert get(daemon, f"/v1/held/drop?id={number}", 404, "POST")["error"]["code"] == "not-held"
    assert get(daemon, f"/v1/held/drop?id={rest[0]['id']}", 200, "POST")["dropped"] == 1
    assert get(daemon, "/v1/held/release?feed=flood", 200, "POST")["released"] == 17
    assert len(daemon.spool.articles()) == 19
    assert get(daemon, "/v1/held/drop?feed=none", 404, "POST")["error"]["code"] == "no-such-feed"


def test_articles_are_listed_and_read(polled):
    found = get(polled, "/v1/articles?limit=2")
    seqs = [a["seq"] for a in found["articles"]]
    assert len(seqs) == 2 and seqs == sorted(seqs, reverse=True) and "Title a" in found["articles"][0]["title"]
    rest = get(polled, f"/v1/articles?limit=2&before={found['next']}")
    assert len(rest["articles"]) == 1 and "next" not in rest
    assert get(polled, "/v1/articles?tag=none")["articles"] == []
    assert len(get(polled, "/v1/articles?tag=one&feed=good")["articles"]) == 3
    seq = found["articles"][0]["seq"]
    record = get(polled, f"/v1/articles/{seq}")
    assert record in polled.spool.articles().values()
    for wrong in ("0", "999", "x", "-1", "99999999999999999999999"):
        assert get(polled, f"/v1/articles/{wrong}", 404)["error"]["code"] == "no-such-article"


def test_the_log_level_is_changed_while_it_runs(polled):
    assert get(polled, "/v1/log-level")["level"] == "debug"
    assert get(polled, "/v1/log-level?level=error", 200, "PUT")["level"] == "error"
    before = len(polled.polls("good"))
    get(polled, "/v1/feeds/good/poll", 202, "POST")
    wait_for(lambda: get(polled, "/v1/feeds/good")["polls"] == 2, "polled")
    assert len(polled.polls("good")) == before
    assert get(polled, "/v1/log-level?level=loud", 400, "PUT")["error"]["code"] == "bad-parameter"
    get(polled, "/v1/log-level?level=debug", 200, "PUT")
    get(polled, "/v1/feeds/good/poll", 202, "POST")
    polled.wait_polls("good", before + 1)


def test_reload_takes_the_new_configuration_or_says_why_not(polled, nginx):
    nginx.put("b.xml", rss(items("b", 1)))
    with open(polled.config, "a", encoding="utf-8") as f:
        f.write(f"\n[feed more]\nurl = {nginx.url('b.xml')}\n")
    assert get(polled, "/v1/reload", 200, "POST") == {"feeds": 3, "new": 1}
    polled.wait_polls("more")
    with open(polled.config, "a", encoding="utf-8") as f:
        f.write("\n[feed wrong]\n")
    error = get(polled, "/v1/reload", 422, "POST")["error"]
    assert error["code"] == "not-reloaded" and "wrong" in error["message"]
    assert get(polled, "/v1/status")["feeds"]["configured"] == 3


def test_who_is_not_allowed_to_change_may_look(polled):
    os.chmod(polled.folder, 0o755)
    script = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
s.sendall((sys.argv[2] + " HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n").encode())
got = b""
while (more := s.recv(65536)): got += more
sys.stdout.write(got.decode())
"""

    def ask(what, group=NOBODY):
        return subprocess.run(["/usr/bin/python3", "-c", script.replace("setgid(65534)", f"setgid({group})"),
                               str(polled.folder / "control.sock"), what], capture_output=True, text=True)

    for parent in polled.folder.parents[:-2]:
        os.chmod(parent, 0o755)
    assert stat.S_IMODE(os.stat(polled.folder / "control.sock").st_mode) == 0o660
    assert "Permission" in ask("GET /v1/status").stderr
    os.chmod(polled.folder / "control.sock", 0o666)
    assert ask("GET /v1/status").stdout.startswith("HTTP/1.1 200")
    refused = ask("POST /v1/reload").stdout
    assert refused.startswith("HTTP/1.1 403") and '"not-allowed"' in refused
    assert "event=reloaded" not in polled.log()


def test_members_of_control_group_may_change(daemon, nginx):
    import grp
    group = next(g for g in grp.getgrall() if g.gr_gid not in (0, NOBODY) and g.gr_gid < 1000)
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"good": nginx.url("a.xml")}, f"control-group = {group.gr_name}\n").start()
    path = str(daemon.folder / "control.sock")
    assert os.stat(path).st_gid == group.gr_gid
    for parent in [daemon.folder, *daemon.folder.parents[:-2]]:
        os.chmod(parent, 0o755)
    for groups, want in (([group.gr_gid], "200"), ([], "")):
        code = (f"import os; os.setgroups({groups}); os.setgid(65534); os.setuid(65534); "
                f"os.execvp('curl', ['curl', '-s', '-m', '20', '-o', '/dev/null', '-w', '%{{http_code}}', '-X', 'POST', "
                f"'--unix-socket', '{path}', 'http://x/v1/reload'])")
        done = subprocess.run(["/usr/bin/python3", "-c", code], capture_output=True, text=True)
        assert done.stdout.strip("0") == want.strip("0"), done


def test_the_tcp_address_is_read_only_and_answers_to_its_own_names(daemon, nginx):
    port = free_port()
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"good": nginx.url("a.xml")}, f"listen = 127.0.0.1:{port}\n").start()

    def ask(path, *args):
        return subprocess.run(["curl", "-s", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}", *args,
                               f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True).stdout

    assert ask("/healthz") == "200" and ask("/metrics") == "200" and ask("/v1/status") == "200"
    assert ask("/v1/reload", "-X", "POST") == "404"
    assert ask("/v1/feeds/good/poll", "-X", "POST") == "404"
    assert ask("/healthz", "-H", "Host: evil.example") == "421"
    for host in (f"localhost:{port}", "LocalHost", "[::1]:80", "127.0.0.1"):
        assert ask("/healthz", "-H", f"Host: {host}") == "200", host
    assert "event=reloaded" not in daemon.log()


def test_a_socket_that_a_killed_daemon_left_is_taken_over(polled):
    path = polled.folder / "control.sock"
    polled.kill()
    assert path.is_socket()
    polled.start()
    assert get(polled, "/v1/status")["pid"] == polled.process.pid
    polled.stop()
    assert not path.exists()


def test_what_is_no_socket_is_left_alone_and_polling_goes_on(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 1)))
    (daemon.folder / "control.sock").write_text("mine")
    daemon.configure({"good": nginx.url("a.xml")}).start().wait_polls("good")
    assert (daemon.folder / "control.sock").read_text() == "mine" and "no socket" in daemon.log()


def test_a_reload_moves_the_socket(polled):
    new = polled.folder / "other.sock"
    polled.config.write_text(polled.config.read_text().replace("control.sock", "other.sock"))
    assert get(polled, "/v1/reload", 200, "POST")["new"] == 0
    wait_for(lambda: new.is_socket() and not (polled.folder / "control.sock").exists(), "it moves")


def test_systemd_hands_sockets_over(daemon, nginx):
    """As systemd does it: descriptors from 3 on, their names in LISTEN_FDNAMES."""
    import conftest
    if "systemd no" in (conftest.BUILD / "config.log").read_text(errors="replace"):
        pytest.skip("built without systemd")
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"good": nginx.url("a.xml")})
    path = daemon.folder / "handed.sock"
    with socket.socket(socket.AF_UNIX) as unix, socket.create_server(("127.0.0.1", 0)) as tcp:
        unix.bind(str(path))
        unix.listen(8)
        port = tcp.getsockname()[1]
        # What systemd does between fork and exec.
        code = ("import fcntl, os, sys; u, t = (fcntl.fcntl(int(n), fcntl.F_DUPFD, 50) for n in sys.argv[1:3]); "
                "os.dup2(u, 3); os.dup2(t, 4); os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2', "
                "LISTEN_FDNAMES='control:metrics'); os.execv(sys.argv[3], sys.argv[3:])")
        handed = ["/usr/bin/python3", "-c", code, str(unix.fileno()), str(tcp.fileno()), *daemon.command()]
        log = open(daemon.log_path, "ab")
        daemon.process = subprocess.Popen(handed, stdout=log, stderr=log, cwd=daemon.folder,
                                          pass_fds=(unix.fileno(), tcp.fileno()))
        wait_for(lambda: "event=started" in daemon.log(), daemon.log)
    for where in (["--unix-socket", str(path), "http://x/healthz"], [f"http://127.0.0.1:{port}/healthz"]):
        assert subprocess.run(["curl", "-sf", "-m", "20", *where], capture_output=True).returncode == 0
    assert not (daemon.folder / "control.sock").exists()
    daemon.stop()
    assert path.exists()  # systemd's, not ours


def test_wrong_requests_get_an_answer_with_a_code(polled):
    assert get(polled, "/none", 404)["error"]["code"] == "no-such-path"
    assert get(polled, "/v1/feeds/good/odd", 404)["error"]["code"] == "no-such-path"
    assert get(polled, "/v1/status", 405, "DELETE")["error"]["code"] == "method-not-allowed"
    assert curl(polled, "/v1/reload")[1]["allow"] == "POST"
    assert get(polled, "/v1/feeds?a=%ff", 400)["error"]["code"] == "bad-query"
    assert get(polled, "/v1/feeds?" + "&".join(f"a{i}=1" for i in range(50)), 400)["error"]["code"] == "bad-query"
    assert get(polled, "/v1/feeds/%0a", 400)["error"]["code"] == "bad-path"
    assert get(polled, "/v1/feeds/%00", 400)["error"]["code"] == "bad-path"
    for path in ("/../../etc/passwd", "/v1/../../etc/passwd", "/v1/feeds/..%2f..%2fetc%2fpasswd", "/v1/feeds/../status"):
        got = curl(polled, path, "--path-as-is")
        assert got[0] == 404 and b"root:" not in got[2], path
    status, _, body = curl(polled, "/healthz", "-I")
    assert status == 200 and body == b""


HOSTILE = {
    "a huge header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100000 + b"\r\n\r\n",
    "many headers": b"GET /healthz HTTP/1.1\r\n" + b"X: a\r\n" * 20000 + b"\r\n",
    "a huge line": b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
    "a huge body": b"POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n" + b"a" * 200000,
    "a length below zero": b"POST /v1/reload HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "an odd length": b"POST /v1/reload HTTP/1.1\r\nContent-Length: 1x\r\n\r\n",
    "no such method": b"FROB /healthz HTTP/1.1\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 600,
    "NULs": b"GET /\0healthz HTTP/1.1\r\n\r\n",
    "another version": b"GET /healthz HTTP/9.9\r\n\r\n",
    "half a request": b"GET /healthz HTT",
    "chunks that lie": b"POST /v1/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
    "nothing": b"",
    "lines alone": b"\r\n" * 5000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_requests_change_nothing(polled, what):
    got = talk(polled, HOSTILE[what])
    assert not got.startswith(b"HTTP/1.1 200") and len(got) < 10000
    assert get(polled, "/healthz")["healthy"] is True
    assert "event=reloaded" not in polled.log()


def test_pipelined_requests_are_answered_in_their_order(polled):
    paths = ["/healthz", "/v1/feeds/good", "/v1/feeds/none", "/v1/status"]
    got = talk(polled, b"".join(f"GET {p} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for p in paths))
    assert re.findall(rb"HTTP/1.1 (\d+)", got) == [b"200", b"200", b"404", b"200"]


def test_connections_are_bounded_and_those_that_wait_get_their_turn(polled):
    idle = [connect(polled) for _ in range(64)]
    for s in idle:
        s.sendall(b"GET /healthz HTTP/1.1\r\n")  # and no more
    with connect(polled) as late:
        late.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        late.settimeout(0.3)
        with pytest.raises(TimeoutError):
            late.recv(1)
        idle.pop().close()
        late.settimeout(20)
        assert late.recv(12) == b"HTTP/1.1 200"
    for s in idle:
        s.close()
    assert get(polled, "/healthz")["healthy"] is True


def test_a_slow_sender_is_shown_the_door(polled):
    began = time.monotonic()
    with connect(polled) as s:
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while time.monotonic() < began + 50:
                s.sendall(b"X")
                wait_for(lambda: True, "")
                time.sleep(0.5)  # it is what a slow sender does
    assert 25 < time.monotonic() - began < 45
    assert get(polled, "/healthz")["healthy"] is True


def test_who_does_not_read_his_answers_is_shown_the_door(polled):
    def is_closed(s):
        try:
            s.send(b"X")
        except BlockingIOError:
            return False
        except (BrokenPipeError, ConnectionResetError):
            return True

    with connect(polled) as s:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
        s.setblocking(False)
        before = len(polled.polls("good"))
        get(polled, "/v1/feeds/good/poll", 202, "POST")
        polled.wait_polls("good", before + 1)  # meanwhile it works on
        wait_for(lambda: is_closed(s), "it is closed", 60)
        assert get(polled, "/healthz")["healthy"] is True
        s.setblocking(True)
        assert 0 < read_all(s).count(b"HTTP/1.1 200 OK") < 200


def test_too_many_requests_are_told_so(polled):
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(polled) as s:
        codes = []
        for _ in range(40):
            s.sendall(request * 50)
            got = b""
            while got.count(b"HTTP/1.1 ") < 50 or not got.endswith(b"}\n"):
                got += s.recv(65536)
            codes += re.findall(rb"HTTP/1.1 (\d+)", got)
    assert set(codes) == {b"200", b"429"}


def test_metrics_are_what_promtool_takes(polled):
    status, headers, body = curl(polled, "/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
    done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    values = dict(line.rsplit(" ", 1) for line in body.decode().splitlines() if not line.startswith("#"))
    assert values["newspool_feeds"] == "2" and values["newspool_feeds_failing"] == "1"
    assert values['newspool_polls_total{result="ok"}'] == "1" and values['newspool_articles_total{decision="new"}'] == "3"
    for name in ("poll", "commit"):
        assert int(values[f"newspool_{name}_duration_seconds_count"]) >= 1, name
    assert int(values["newspool_parse_duration_seconds_count"]) >= 1
    assert float(values["newspool_parse_duration_seconds_sum"]) > 0
    assert int(values['newspool_process_resident_bytes{process="keeper"}']) > 1000000
    assert int(values['newspool_process_resident_bytes{process="fetcher-1"}']) > 1000000
    assert values["newspool_healthy"] == "1" and int(values["newspool_spool_free_bytes"]) > 0
    assert "good" not in body.decode()  # no label has a feed's name


def test_metrics_tell_of_queues(daemon, nginx):
    nginx.put("a.xml", rss(items("a", 3)))
    daemon.configure({"good": {"url": nginx.url("a.xml"), "interval": "1h"}},
                     extra="[queue indexer]\ntags = *\n").start()
    daemon.wait_polls("good")
    body = curl(daemon, "/metrics")[2].decode()
    assert 'newspool_queue_articles{queue="indexer"} 3\n' in body
    assert re.search(r'newspool_queue_oldest_seconds{queue="indexer"} \d+\n', body)
    assert 'newspool_delivery_duration_seconds_count 1\n' in body


def test_the_alert_rules_fire_and_are_silent():
    done = subprocess.run(["promtool", "test", "rules", str(TOP / "conf/prometheus/alerts-test.yaml")],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_dashboard_and_rules_ask_for_metrics_that_there_are(polled):
    there = set(re.findall(r"^# TYPE (newspool_\w+)", curl(polled, "/metrics")[2].decode(), re.M))
    there |= {"newspool_queue_articles", "newspool_queue_oldest_seconds"}
    for file in ("alerts.yaml", "dashboard.json"):
        text = (TOP / "conf/prometheus" / file).read_text()
        asked = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"newspool_\w+", text)}
        assert asked and asked <= there, (file, asked - there)
    json.loads((TOP / "conf/prometheus/dashboard.json").read_text())
