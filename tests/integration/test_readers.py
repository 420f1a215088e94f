"""The readers of the spool (libnewspool, the Python module, a shell, newspool itself) see the same, on odd spools too;
and the Python module installs, is typed, and passes its own tests."""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading

import pytest

from conftest import BUILD, TOP, items, rss, wait_for

MODULE = TOP / "tools/python"
ENV = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", ASAN_OPTIONS="detect_leaks=0", LC_ALL="C.UTF-8")
sys.path.insert(0, str(MODULE))
sys.dont_write_bytecode = True

from newspool import NotARecord, Spool  # noqa: E402

SHELL = r"""cd "$1" && { find "$2" -mindepth 2 -maxdepth 2 -regextype egrep \
    -regex '.*/[0-9]{4}-[01][0-9]-[0-3][0-9]/[0-9]{16}-[0-9a-f]{16}\.json' 2>/dev/null || :; } | sort"""


def run(*args, status=0):
    done = subprocess.run([str(a) for a in args], capture_output=True, encoding="utf-8", env=ENV, timeout=60)
    assert done.returncode == status, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def lister():
    subprocess.run(["make", "-s", "-C", str(BUILD), "examples/list", "examples/worker"], check=True, timeout=300, env=ENV,
                   stdout=subprocess.DEVNULL)
    return BUILD / "examples/list"


def name_of(seq):
    return f"{seq:016d}-{seq * 11400714819323198485 % 2 ** 64:016x}.json"


class Made:
    def __init__(self, path):
        self.path = path
        (path / "articles").mkdir(parents=True)

    def add(self, seq, day, tags=(), text=None):
        record = {"title": f"Title {seq}", "tags": list(tags), "_newspool": {"schema": 1, "seq": seq}}
        file = self.path / "articles" / day / name_of(seq)
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(record) + "\n" if text is None else text)
        for tag in tags:
            (self.path / "tags" / tag / day).mkdir(parents=True, exist_ok=True)
            os.link(file, self.path / "tags" / tag / day / name_of(seq))


def empty(made):
    pass


def missing_tags(made):
    made.add(1, "2026-11-21")
    made.add(5, "2026-11-22")


def ordinary(made):
    for seq in range(1, 61):
        made.add(seq, f"2026-11-{20 + seq // 20}", ["even"] if seq % 2 == 0 else ["новости"])


def gaps(made):
    for seq in (3, 10 ** 15, 10 ** 16 - 1):
        made.add(seq, "2026-11-21", ["even"])
    (made.path / "articles/2026-11-23").mkdir()


def foreign(made):
    ordinary(made)
    day = made.path / "articles/2026-11-21"
    for name in ("README", ".hidden.json", "0000000000000041.json", "0000000000000000-0000000000000001.json",
                 name_of(7) + "~", name_of(8).upper(), "٠" * 16 + name_of(9)[16:]):
        (day / name).write_text("x")
    for folder in ("2026-11-99", "lost+found", ".2026-11-19", "2026-11-2"):
        (made.path / "articles" / folder).mkdir()
        (made.path / "articles" / folder / name_of(3)).write_text("x")
    (made.path / "articles/2026-10-01").write_text("a file")
    (made.path / "tags/even/README").write_text("x")


def strict(made):
    """What one JSON library takes and another does not, in a record that is good otherwise."""
    for seq, value in enumerate((
            "1", "NaN", "-Infinity", "1e400", "-1e400", "1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "-9223372036854775809", "1" * 500, "0." + "1" * 500, "01", "1.", "+1", ".5", "0x1", "-0", "\"\\u0000\"", "\"a\\u0000b\"",
            "\"\\ud800\"", "\"\\ude00\\ud83d\"", "\"\\ud83d\\ude00\"", "\"\\\\u0000\"", "\"\t\"", "\"\x7f\"", "\"\ufeff\"", "\"\\x\"", "'a'",
            "[1,]", "{\"a\":1,\"a\":2}", "{\"\":1}", "{\"\\u0000\":1}", "{a:1}", "[" * 500 + "]" * 500, "[" * 3000 + "]" * 3000,
            "/**/1", "tru", "true", "nul", "\"\\/\""), 1):
        text = '{"title":"Title %d","_newspool":{"schema":1},"x":%s}\n' % (seq, value)
        made.add(seq, f"2026-11-{20 + seq // 20}", ["even"] if seq % 2 == 0 else [], text)
    for seq, schema in enumerate(("1.0", "1e0", "true", '"1"', "[1]", "2", "-1", "1"), 100):
        made.add(seq, "2026-11-23", ["even"], '{"title":"Title %d","_newspool":{"schema":%s}}\n' % (seq, schema))
    for seq, text in enumerate(("\ufeff{}", ' {"title":"Title 111","_newspool":{"schema":1}} \r', '{"_newspool":{"schema":1}}x',
                                '{"_newspool":{"schema":1},"_newspool":{"schema":2}}', '{"_newspool":{"schema":2},"_newspool":{"schema":1}}',
                                '"_newspool"', "[[]]", "1"), 110):
        made.add(seq, "2026-11-23", ["even"], text.replace('{"_n', f'{{"title":"Title {seq}","_n') + "\n")


def broken(made):
    ordinary(made)
    for seq, text in enumerate(("", "{}", "{}\n", "{}\n{}\n", "[]\n", '{"_newspool":{"schema":2}}\n', "\xff\n"), 100):
        made.add(seq, "2026-11-23", ["even"], text)


@pytest.mark.parametrize("make", [empty, missing_tags, ordinary, gaps, foreign, broken, strict])
def test_all_readers_agree(make, lister, tmp_path):
    made = Made(tmp_path / "spool")
    make(made)
    spool = Spool(made.path)
    for tag in (None, "even", "новости", "none"):
        folder = f"tags/{tag}" if tag else "articles"
        if make is not foreign:
            shell = run("sh", "-c", SHELL, "sh", made.path, folder)
        else:  # a shell cannot tell a file from a folder by its name alone
            shell = [p for p in run("sh", "-c", SHELL, "sh", made.path, folder) if "0000000000000000-" not in p]
        for after in (0, 1, 5, 30, 31, 60, 10 ** 15, 10 ** 16 - 1):
            expected = [path for path in shell if int(path.split("/")[-1][:16]) > after]
            python = list(spool.list(tag=tag, after=after))
            assert [entry.path for entry in python] == expected
            assert run(lister, made.path, tag or "", after) == expected
            good = []
            for entry in python:
                try:
                    good.append((entry.seq, entry.path, entry.record()["title"]))
                except NotARecord:
                    pass
            tool = run(BUILD / "newspool", "ls", "--json", "--spool", made.path, "--since", after,
                       *(["--tag", tag] if tag else []), status=0 if len(good) == len(python) else 1)
            rows = [json.loads(line) for line in tool]
            assert [(row["seq"], row["path"], row["title"]) for row in rows] == good


def test_readers_stand_retention_while_they_read(lister, tmp_path):
    """A remover takes days away, oldest first, as the daemon does, while all read: what is given is in order, and
    everything of the days that stay is given."""
    made = Made(tmp_path / "spool")
    for seq in range(1, 2001):
        made.add(seq, f"2026-{1 + seq // 250:02d}-15", ["even"] if seq % 2 == 0 else [])
    stay = [f"articles/2026-09-15/{name_of(seq)}" for seq in range(2000, 2001)] + \
           [f"articles/2026-08-15/{name_of(seq)}" for seq in range(1750, 2000)]
    begin = threading.Barrier(2)

    def remove():
        begin.wait(30)
        for month in range(1, 8):
            day = made.path / f"articles/2026-{month:02d}-15"
            day.rename(day.with_name("." + day.name))
            shutil.rmtree(made.path / f"tags/even/{day.name}")
            names = os.listdir(day.with_name("." + day.name))
            random.shuffle(names)
            for name in names:
                (day.with_name("." + day.name) / name).unlink()
            day.with_name("." + day.name).rmdir()

    thread = threading.Thread(target=remove)
    thread.start()
    begin.wait(30)
    rounds = 0
    while thread.is_alive() or rounds < 2:
        for seen in ([entry.path for entry in Spool(made.path).list()], run(lister, made.path),
                     [json.loads(line)["path"] for line in
                      run(BUILD / "newspool", "ls", "--json", "--spool", made.path)]):
            assert seen == sorted(seen) and set(stay) <= set(seen)
        rounds += 1
    thread.join()
    assert run(lister, made.path) == sorted(stay)


def test_readers_agree_on_what_the_daemon_spools_and_follow_it_over_kills(daemon, nginx, lister):
    nginx.put("a.xml", rss(items("a", 20)))
    daemon.configure({"a": {"url": nginx.url("a.xml"), "tags": "even"}}).start()
    wait_for(lambda: daemon.spool.articles(), "articles")
    seen = []
    with Spool(daemon.spool_path).follow(tag="even", timeout=30) as follow:
        for n in (40, 60, 80):
            nginx.put("a.xml", rss(items("a", n)))
            while len(seen) < n - 10:
                seen.append(next(follow).name)
            daemon.kill()
            daemon.start()
        while len(seen) < 80:
            seen.append(next(follow).name)
    assert len(set(seen)) == 80 and seen == sorted(seen) == daemon.spool.tag("even")
    assert run(lister, daemon.spool_path, "even") == [e.path for e in Spool(daemon.spool_path).list(tag="even")]


def recipes(section, end):
    """The blocks of a section of newspool-spool(5), as a reader sees them."""
    text = (TOP / "man/newspool-spool.5").read_text(encoding="utf-8").split(section)[1].split(end)[0]
    return [block.replace("\\e", "\\") for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, re.M | re.S)]


def test_the_manual_page_s_shell_recipes_do_as_the_others(tmp_path):
    made = Made(tmp_path / "spool")
    ordinary(made)
    for folder in ("cursors", "queues/indexer/new", "queues/indexer/cur", "bin"):
        (made.path / folder).mkdir(parents=True)
    (made.path / "bin/index-article").write_text("#!/bin/sh\njq -e -r 'select(._newspool.seq != 3).title'\n")
    (made.path / "bin/index-article").chmod(0o755)
    (tmp_path / "newspool.conf").write_text(f"[spool]\ndirectory = {made.path}\n")
    env = {**ENV, "NEWSPOOL_CONFIG": str(tmp_path / "newspool.conf"), "PATH": f"{BUILD}:{made.path}/bin:{ENV['PATH']}"}

    def shell(script, **more):
        done = subprocess.run(["sh", "-c", script.replace("/var/spool/newspool", str(made.path))], cwd=tmp_path, env={**env, **more},
                              capture_output=True, text=True, timeout=60)
        assert done.stderr == "", done.stderr
        return done.stdout.splitlines()

    titles, since = recipes(".Ss From a shell", ".Ss From C")
    spool = Spool(made.path)
    tag = titles.replace("technology-news", "even")
    assert shell(tag) == [entry.record()["title"] for entry in spool.list(tag="even")]
    assert shell(since) == [entry.record()["title"] for entry in spool.list()]
    made.add(61, "2026-11-24")
    made.add(62, "2026-11-24")
    assert shell(since) == ["Title 61", "Title 62"] and shell(since) == []
    cursor, = recipes(".Sh CURSORS", ".Sh QUEUES")
    for value in ("0000000000000042", name_of(43)):
        shell(cursor, name=value)
        assert spool.cursor("mailer").read() == int(value[:16])
        assert run(BUILD / "newspool", "ack", "mailer", "--spool", made.path) == [f"mailer\t{int(value[:16])}"]
    queue, = (recipe for recipe in recipes(".Sh QUEUES", ".Sh MAIL") if "index-article" in recipe)
    assert shell(queue) == []
    for entry in spool.list():
        if entry.seq <= 5:
            os.link(made.path / entry.path, made.path / "queues/indexer/new" / entry.name)
    assert shell(queue) == [f"Title {seq}" for seq in (1, 2, 4, 5)]
    with spool.queue("indexer") as left:
        assert left.reap(4e9) == 1 and left.claim().seq == 3


@pytest.mark.skipif("sanitized" in str(BUILD), reason="the library wants a sanitized program around it")
def test_programs_build_against_the_installed_library(tmp_path):
    """By pkg-config, with nothing installed but the library itself: the examples, and the README's program."""
    subprocess.run(["make", "-s", "-C", str(BUILD), "install", f"DESTDIR={tmp_path}/root"], check=True, timeout=300, env=ENV,
                   capture_output=True)
    place, = tmp_path.glob("root/**/newspool.pc")
    env = {**ENV, "PKG_CONFIG_LIBDIR": str(place.parent), "PKG_CONFIG_SYSROOT_DIR": f"{tmp_path}/root",
           "LD_LIBRARY_PATH": str(place.parent.parent)}
    made = Made(tmp_path / "spool")
    ordinary(made)
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    (tmp_path / "reader.c").write_text(readme.split("```c\n")[1].split("```")[0])
    line, = [part for part in readme.split("`") if part.startswith("cc -o reader reader.c $(pkg-config")]
    subprocess.run(line, shell=True, check=True, cwd=tmp_path, env=env, timeout=60)
    out = subprocess.run(["./reader", made.path, "even"], cwd=tmp_path, env=env, timeout=60, check=True, capture_output=True,
                         text=True).stdout.splitlines()
    assert out[0] == "2026-11-20 Title 2" and len(out) == 30
    examples = list(tmp_path.glob("root/**/examples/*.c"))
    assert len(examples) == 3
    for source in examples:
        subprocess.run(f"cc -std=c99 -pedantic -Wall -Wextra -Werror -o program {source} $(pkg-config --cflags --libs newspool)",
                       shell=True, check=True, cwd=tmp_path, env=env, timeout=60)
        done = subprocess.run(["./program"], cwd=tmp_path, env=env, timeout=60, capture_output=True, text=True)
        assert done.returncode == 2 and done.stderr.startswith("usage: ")


def test_the_python_module_passes_its_tests(tmp_path):
    done = subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(MODULE),
                           str(MODULE / "tests")], cwd=tmp_path, env=dict(ENV, PYTHONPATH=str(MODULE)),
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("mypy"), reason="mypy is not installed")
def test_the_python_module_is_typed(tmp_path):
    done = subprocess.run(["mypy", "--strict", "--cache-dir", str(tmp_path), "newspool", "wheel_backend.py"], cwd=MODULE,
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout


SHELL_WORKER = """cd "$1" || exit
for file in new/*.*; do
    name=${file#new/}
    [ -e "$file" ] && mv -n "$file" "cur/$name" 2>/dev/null && [ -e "cur/$name" ] || continue
    echo "$name" && rm "cur/$name"
    n=$((n + 1)); [ "$n" -lt 40 ] || exit 0
done
"""


@pytest.mark.parametrize("suffix", (".json", ".eml"))
def test_workers_of_every_kind_share_a_queue(suffix, lister, tmp_path):
    """C, Python and a shell take from one queue, newspool counts it; what one leaves undone another takes over."""
    made = Made(tmp_path / "spool")
    queue = made.path / "queues/all"
    for part in ("new", "cur", "tmp"):
        (queue / part).mkdir(parents=True)
    names = [name_of(seq).replace(".json", suffix) for seq in range(1, 301)]
    for seq, name in enumerate(names, 1):
        record = {"title": f"Title {seq}", "_newspool": {"schema": 1, "seq": seq}}
        (queue / "new" / name).write_text(json.dumps(record) + "\n")
    config = tmp_path / "newspool.conf"
    config.write_text(f"[spool]\ndirectory = {made.path}\n[queue all]\ntags = *\nformat = "
                      f"{'json' if suffix == '.json' else 'rfc5322'}\n")

    def counts():
        row, = [json.loads(line) for line in run(BUILD / "newspool", "queues", "--json", "--config", config)]
        return row["depth"], row["claimed"]

    with Spool(made.path).queue("all", "python") as mine:
        assert counts() == (300, 0)
        held = [mine.claim() for _ in range(20)]  # and then nothing is heard of it
        assert [claim.name for claim in held] == names[:20] and counts() == (280, 20)
        done = run("sh", "-c", SHELL_WORKER, "sh", queue)
        assert done == names[20:60] and counts() == (240, 20)
        done += [claim.name for claim in (mine.claim() for _ in range(50)) if claim.finish() is None]
        assert mine.reap(4e9) == 20 and counts() == (210, 0)
    if suffix == ".json":
        done += [line.split(" ")[0] for line in run(BUILD / "examples/worker", made.path, "all", "once")]
    else:
        (tmp_path / "sendmail").write_text("#!/bin/sh\njq -r .title\n")
        (tmp_path / "sendmail").chmod(0o755)
        titles = run(BUILD / "newspool", "deliver", "--config", config, "--queue", "all", "--to", "me@example.org",
                     "--sendmail", tmp_path / "sendmail")
        done += [names[int(title.split()[1]) - 1] for title in titles]
    assert sorted(done) == names and counts() == (0, 0) and os.listdir(queue / "cur") == []


PIP = ["/usr/bin/python3", "-m", "pip", "install", "-q", "--no-index", "--no-cache-dir", "--disable-pip-version-check",
       "--root-user-action=ignore"]


def test_the_python_module_installs_in_place_and_from_an_archive(tmp_path):
    subprocess.run([*PIP, "--prefix", str(tmp_path / "prefix"), "-e", str(MODULE)], check=True, env=ENV, timeout=120,
                   capture_output=True)
    pointer, = tmp_path.glob("prefix/**/_newspool.pth")
    assert pointer.read_text() == f"{MODULE}\n"
    subprocess.run(["/usr/bin/python3", "-c", "import sys, wheel_backend; wheel_backend.build_sdist(sys.argv[1])", str(tmp_path)],
                   cwd=MODULE, check=True, env=ENV, timeout=60)
    archive, = tmp_path.glob("newspool-*.tar.gz")
    subprocess.run([*PIP, "--target", str(tmp_path / "site"), str(archive)], check=True, env=ENV, timeout=120, capture_output=True)
    for file in (MODULE / "newspool").glob("*.py*"):
        assert (tmp_path / "site/newspool" / file.name).read_bytes() == file.read_bytes()


def test_the_python_module_installs_without_a_network(tmp_path):
    subprocess.run([*PIP, "--target", str(tmp_path / "site"), str(MODULE)], check=True, env=ENV, timeout=120, capture_output=True)
    code = "import newspool, os; print(newspool.__file__, newspool.__version__, " \
           "os.path.exists(os.path.join(os.path.dirname(newspool.__file__), 'py.typed')))"
    done = subprocess.run(["/usr/bin/python3", "-c", code], env=dict(ENV, PYTHONPATH=str(tmp_path / "site")), cwd=tmp_path,
                          capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == [f"{tmp_path}/site/newspool/__init__.py", "0.1.0", "True"]
