"""The README's commands, run as printed, on a spool like the one that quickstart leaves."""
import os
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, TOP

README = (TOP / "README.md").read_text(encoding="utf-8")


def blocks(language, heading):
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.S | re.M).group(1)
    return re.findall(rf"```{language}\n(.*?)```", section, re.S)


@pytest.fixture
def home(daemon, nginx, tmp_path):
    """A folder that looks like the checkout after ./quickstart: build/, conf/, quickstart.d/."""
    feeds = {}
    for line in (TOP / "conf/sample/feeds.txt").read_text().splitlines():
        name, file, tags = line.split(None, 2)
        nginx.put(file, (TOP / "conf/sample" / file).read_bytes())
        feeds[name] = {"url": nginx.url(file), "tags": tags}
    daemon.spool_path.rmdir()
    place = tmp_path / "checkout"
    shutil.copytree(TOP / "conf", place / "conf")
    shutil.copytree(TOP / "include", place / "include")
    daemon.spool_path = place / "quickstart.d" / "spool"
    daemon.spool_path.mkdir(parents=True)
    daemon.spool.path = daemon.spool_path
    daemon.configure(feeds).start()
    for name in feeds:
        daemon.wait_polls(name)
    daemon.stop()
    shutil.copy(daemon.config, place / "quickstart.d" / "newspool.conf")
    (place / "build").symlink_to(BUILD)
    return place


def run(script, home, shell="/bin/bash"):
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
    return subprocess.run([shell, "-eu", "-o", "pipefail", "-c", script], cwd=home, capture_output=True, text=True,
                          timeout=120, env=env)


def test_shell_blocks_of_the_consumer_section_run_as_printed(home):
    shell = [b for b in blocks("sh", "Reading the spool") if "reader.c" not in b]
    assert len(shell) >= 4
    # One script, as a reader would type it; `head` may end a pipe early.
    done = run("set +o pipefail\n" + "\necho ---\n".join(shell), home)
    assert done.returncode == 0, done.stderr
    parts = done.stdout.split("---\n")
    assert re.search(r"\d{16}-[0-9a-f]{16}\.json", done.stdout)
    assert "technology-news" in done.stdout and "Kernel developers agree" in done.stdout
    assert all(p.strip() for p in parts[1:]), done.stdout
    again = run("set +o pipefail\n" + shell[0] + shell[3], home)
    assert again.returncode == 0 and again.stdout.strip() == ""  # the shell reader kept its place


def test_python_module_block_runs_as_printed_and_keeps_its_place(home):
    code = blocks("python", "Reading the spool")[1]
    env = dict(os.environ, PYTHONPATH=str(TOP / "tools/python"), PYTHONDONTWRITEBYTECODE="1")
    for again in (False, True):
        done = subprocess.run(["/usr/bin/python3", "-c", code], cwd=home, capture_output=True, text=True, timeout=60, env=env)
        assert done.returncode == 0, done.stderr
        assert ("Nordvik Marine rises" in done.stdout) != again
    assert int((home / "quickstart.d/spool/cursors/python").read_text()) > 0


def test_newspool_block_leaves_what_it_says(home):
    setting, *_, block = [b for b in blocks("sh", "Reading the spool") if "reader.c" not in b]
    assert "newspool ack" in block
    done = run("set +o pipefail\n" + setting + block, home)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^titles\t\d+$", done.stdout, re.M) and "https://" in done.stdout
    assert "<entry" in (home / "stock-news.xml").read_text()


def test_python_block_runs_as_printed(home):
    code = blocks("python", "Reading the spool")[0]
    done = subprocess.run(["/usr/bin/python3", "-c", code], cwd=home, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Nordvik Marine rises" in done.stdout


@pytest.mark.skipif("sanitized" in str(BUILD), reason="the library wants a sanitized program around it")
def test_c_block_compiles_and_runs_as_printed(home):
    code, = blocks("c", "Reading the spool")
    (home / "reader.c").write_text(code)
    compile_line, = [b for b in blocks("sh", "Reading the spool") if "reader.c" in b]
    done = run(blocks("sh", "Reading the spool")[0] + compile_line, home)
    assert done.returncode == 0, done.stderr
    assert "Nordvik Marine rises" in done.stdout


def test_tool_block_runs_as_printed(home, daemon):
    daemon.start()  # which some of them ask
    block, = blocks("sh", "The tool")
    for line in block.splitlines():
        done = run(line, home)
        assert done.returncode == 0, line + "\n" + done.stderr
        assert done.stdout.strip(), line
