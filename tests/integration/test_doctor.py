"""newspool doctor, on each kind of set-up that is broken: it finds what is wrong, and says what to do about it."""
import json
import os
import shutil
import socket
import subprocess

import pytest

from apart import apart
from conftest import BUILD, items, rss
from test_steering import newspool, polled  # noqa: F401

NOBODY = 65534


def doctor(daemon, status, *args):
    found = {}
    for line in newspool(daemon, "doctor", "--json", *args, status=status).stdout.splitlines():
        diagnosis = json.loads(line)
        found.setdefault(diagnosis["check"], []).append(diagnosis)
    return found


def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(polled, nginx):
    found = doctor(polled, 0)
    assert set(found) >= {"configuration", "spool", "disk", "database", "clock", "resolver", "certificates",
                          "sandbox", "daemon", "feeds"}
    assert found["daemon"][0]["verdict"] == "good" and found["feeds"][0]["finding"] == "none of 2 has been failing"
    for _ in range(2):
        newspool(polled, "poll", "--wait", "bad", status=1)
    feed, = doctor(polled, 1)["feed"]
    assert feed["finding"].startswith("bad: 3 failures") and "new url" in feed["advice"]
    polled.stop()
    assert doctor(polled, 1)["daemon"][0]["verdict"] == "note"
    assert "BAD   feed: bad" in newspool(polled, "doctor", status=1).stdout


def test_the_doctor_sees_a_spool_that_is_not_there_or_full(daemon, nginx):
    daemon.configure({"good": nginx.url("a.xml")}, extra="")
    text = daemon.config.read_text()
    daemon.config.write_text(text.replace("[spool]\n", "[spool]\nmin-free = 100000T\n"))
    assert "less than min-free" in doctor(daemon, 1)["disk"][0]["finding"]
    os.chmod(daemon.spool_path, 0o777)
    assert "everybody" in doctor(daemon, 1)["spool"][0]["finding"]
    daemon.spool_path.rmdir()
    spool, = doctor(daemon, 1)["spool"]
    assert spool["verdict"] == "bad" and "never makes it" in spool["advice"]
    daemon.config.write_text(text + "[feed wrong]\n")
    assert doctor(daemon, 2)["configuration"][0]["verdict"] == "bad"


def one(found, check, words, verdict="bad"):
    """The finding of a check that has these words; it says what to do."""
    said = [d for d in found.get(check, []) if words in d["finding"]]
    assert len(said) == 1 and said[0]["verdict"] == verdict, (check, words, found)
    assert said[0].get("advice") or verdict != "bad", said
    return said[0]


@pytest.fixture
def quiet(daemon, nginx):
    """Configured, polled once, and at rest."""
    nginx.put("a.xml", rss(items("a", 1)))
    daemon.configure({"good": {"url": nginx.url("a.xml"), "tags": "one", "interval": "1h"}}).start()
    daemon.wait_polls("good")
    daemon.stop()
    return daemon


def add(daemon, text):
    with open(daemon.config, "a", encoding="utf-8") as file:
        file.write(text)


def test_a_set_up_that_is_right(quiet):
    found = doctor(quiet, 0)
    assert all(d["verdict"] != "bad" for said in found.values() for d in said)
    one(found, "daemon", "it does not run", "note")
    text = newspool(quiet, "doctor", columns=60).stdout.splitlines()
    assert all(len(line) <= 60 and line[:4].strip() in ("good", "note", "BAD", "") for line in text), text
    assert any(line.startswith("      -> systemctl start newspoold") for line in text)


@pytest.mark.parametrize("text, words", [
    ("[feed wrong]\n", "wrong"), ("[tag a]\nodd = 1\n", "odd"), ("[feed good]\nurl = http://a.example/\n", "stands already"),
    ("[opml l]\nfile = none.opml\n", "none.opml"), ("[feed p]\nurl = http://a.example/\nuser = u\npassword-file = none\n", "password-file"),
])
def test_a_configuration_that_is_wrong(quiet, text, words):
    add(quiet, text)
    assert words in one(doctor(quiet, 2), "configuration", "", "bad")["finding"]


def test_a_configuration_that_is_not_there(quiet):
    quiet.config.unlink()
    assert "--config" in one(doctor(quiet, 2), "configuration", "No such file")["finding"]


def test_a_password_that_everybody_can_read(quiet):
    (quiet.folder / "pw").write_text("hush")
    (quiet.folder / "pw").chmod(0o644)
    add(quiet, "[feed p]\nurl = http://127.0.0.1:1/\nuser = u\npassword-file = pw\n")
    assert "chmod o=" in one(doctor(quiet, 2), "configuration", "a secret that others may use")["finding"]


def test_a_database_that_is_none_or_damaged(quiet):
    shutil.copy(quiet.database, quiet.folder / "kept.db")
    quiet.database.write_text("garbage")
    assert "backup" in one(doctor(quiet, 1), "feeds", "is not a newspool database")["advice"]
    quiet.database.unlink()
    quiet.database.mkdir()
    one(doctor(quiet, 1), "database", "no file")
    quiet.database.rmdir()
    one(doctor(quiet, 0), "database", "not there yet", "note")
    shutil.copy(quiet.folder / "kept.db", quiet.database)
    os.chown(quiet.database, NOBODY, -1)
    one(doctor(quiet, 1), "database", "the spool root's")
    os.chown(quiet.database, 0, -1)
    quiet.database.chmod(0o644)
    one(doctor(quiet, 0), "database", "can be opened by others", "note")


def test_a_spool_that_the_daemon_cannot_write(quiet):
    articles, tags = quiet.spool_path / "articles", quiet.spool_path / "tags"
    os.chown(articles, NOBODY, -1)
    one(doctor(quiet, 1), "spool", f"{articles}: of nobody")
    os.chown(articles, 0, -1)
    tags.rename(quiet.folder / "tags")
    tags.write_text("in the way")
    one(doctor(quiet, 1), "spool", "no directory")
    tags.unlink()
    (quiet.folder / "tags").rename(tags)
    quiet.spool_path.chmod(0o500)
    one(doctor(quiet, 1), "spool", "may not write")


def test_a_spool_of_two_file_systems(request, quiet):
    queues = quiet.spool_path / "queues"
    queues.mkdir(exist_ok=True)
    if apart(request, "true"):
        subprocess.run(["mount", "-t", "tmpfs", "none", str(queues)], check=True)
        assert "one file system" in one(doctor(quiet, 1), "spool", "another file system")["advice"]


def test_a_socket_that_nobody_serves_or_that_is_none(quiet):
    path = quiet.folder / "control.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    one(doctor(quiet, 0), "daemon", "left its socket behind", "note")
    path.unlink()
    path.write_text("mine")
    one(doctor(quiet, 1), "daemon", "is none")


def test_somebody_who_may_not_look(polled):
    for parent in [polled.folder, *polled.folder.parents[:-2]]:
        os.chmod(parent, 0o755)
    for file in polled.folder.glob("state.db*"):
        file.chmod(0o600)
    done = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", str(BUILD / "newspool"), "doctor",
                           "--json", "--config", str(polled.config)], capture_output=True, text=True, timeout=60)
    found = {}
    for line in done.stdout.splitlines():
        found.setdefault(json.loads(line)["check"], []).append(json.loads(line))
    assert done.returncode == 1, done
    assert "control-group" in one(found, "daemon", "you may not ask it")["advice"]
    assert "as root" in one(found, "feeds", "")["advice"]


def test_certificates_and_names_that_feeds_need(quiet):
    (quiet.folder / "empty.pem").write_text("nothing in it\n")
    (quiet.folder / "good.pem").write_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
    add(quiet, "[feed b]\nurl = https://localhost/\nca-file = none.pem\n[feed c]\nurl = https://localhost/c\nca-file = empty.pem\n"
               "[feed d]\nurl = https://no-such-name.invalid/\nca-file = good.pem\ninsecure = yes\n")
    found = doctor(quiet, 1)
    one(found, "certificates", "none.pem: No such file")
    one(found, "certificates", "empty.pem has none")
    one(found, "certificates", "good.pem: 1", "good")
    one(found, "certificates", "1 feed has insecure = yes", "note")
    one(found, "resolver", "it knows localhost", "good")
    asked, = [d for d in found["resolver"] if "no-such-name.invalid" in d["finding"]]
    assert asked["verdict"] in ("note", "bad") and asked["advice"]
