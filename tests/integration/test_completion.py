"""Completion: what newspool prints for bash, zsh and fish, asked of these shells themselves."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

from conftest import BUILD
from test_spool_tools import ENV, TOOL, Made

COMMANDS = [line.split()[0] for line in subprocess.run([TOOL, "--help"], capture_output=True, text=True, timeout=30,
                                                       env=ENV, check=True).stdout.splitlines()[2:]
            if re.match(r"  [a-z]", line)]


VALUES = {
    "newspool deliver --queue ": {"indexer"},
    "newspool hooks --queue i": {"indexer"},
    "newspool ls --feed ": {"alpha", "beta"},
    "newspool ls --format ": {"text", "path", "json", "tsv"},
    "newspool export --format a": {"atom"},
    "newspool feeds --state s": {"stopped"},
    "newspool ack ": {"mailer"},
    "newspool feed ": {"alpha", "beta"},
    "newspool poll --wait b": {"beta"},
    "newspool rules ": {"list", "check", "test"},
    "newspool completion z": {"zsh"},
}


def needs(shell):
    return pytest.mark.skipif(not shutil.which(shell), reason=f"{shell} is not installed")


@pytest.fixture
def place(tmp_path):
    """A folder with the completion files, a spool, and an environment in which newspool is the one under test."""
    made = Made(tmp_path / "spool")
    made.deliver(1, "Nordvik rises", ["stock-news", "новости"])
    made.deliver(2, "Other", ["technology-news"])
    made.run("ack", "mailer", "1")
    (tmp_path / "newspool.conf").write_text("[spool]\ndirectory = spool\n[state]\ndatabase = state.db\n"
                                            + "".join(f"[feed {name}]\nurl = http://{name}.example/\n" for name in ("alpha", "beta")))
    (made.path / "queues/indexer/new").mkdir(parents=True)
    for shell, name in (("bash", "newspool"), ("zsh", "_newspool"), ("fish", "newspool.fish")):
        done = subprocess.run([TOOL, "completion", shell], capture_output=True, env=ENV, timeout=30, check=True)
        (tmp_path / name).write_bytes(done.stdout)
    env = dict(ENV, PATH=f"{BUILD}:{ENV['PATH']}", NEWSPOOL_CONFIG=str(tmp_path / "newspool.conf"), HOME=str(tmp_path),
               TERM="dumb", PAGER="cat")
    return tmp_path, env


def options(command):
    out = subprocess.run([TOOL, command, "--help"], capture_output=True, text=True, env=ENV, timeout=30, check=True).stdout
    return {"--" + name for name in re.findall(r"^  (?:-\w, )?--([a-z0-9-]+)", out, re.M)}


def bash(place, *words):
    folder, env = place
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    script = f"source {folder}/newspool; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _newspool; " \
             'printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, env=env, timeout=30, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


@needs("bash")
def test_bash_completes_commands_options_and_values(place):
    assert bash(place, "newspool", "") == {*COMMANDS, "--help", "--version"}
    assert bash(place, "newspool", "ta") == {"tag", "tail"}
    for command in COMMANDS:
        assert bash(place, "newspool", command, "-") == options(command), command
    assert bash(place, "newspool", "tail", "--tag", "") == {"stock-news", "technology-news", "новости"}
    assert bash(place, "newspool", "ls", "--tag", "st") == {"stock-news"}
    assert bash(place, "newspool", "tail", "--cursor", "") == {"mailer"}
    for line, expected in VALUES.items():
        assert bash(place, *line.split(" ")) == expected, line
    assert bash(place, "newspool", "ls", "--format", "=", "t") == {"text", "tsv"}
    assert bash(place, "newspool", "ls", "--tag", "=") == {"stock-news", "technology-news", "новости"}
    assert f"{place[0]}/newspool.conf" in bash(place, "newspool", "ls", "--config", f"{place[0]}/newspool.c")
    # as bash itself does it
    done = subprocess.run(["bash", "--norc", "-c", f"source {place[0]}/newspool; complete -p newspool"], capture_output=True,
                          text=True, timeout=30, check=True)
    assert "-F _newspool newspool" in done.stdout


@needs("fish")
def test_fish_completes_commands_options_and_values(place):
    folder, env = place

    def fish(line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source {folder}/newspool.fish; complete -C '{line}'"],
                              capture_output=True, text=True, env=env, timeout=60, check=True)
        assert done.stderr == ""
        return {row.split("\t")[0] for row in done.stdout.splitlines()}

    assert set(COMMANDS) <= fish("newspool ")
    assert {"tag", "tail"} <= fish("newspool ta") and "ls" not in fish("newspool ta")
    for command in ("tail", "recent", "export", "ack"):
        assert options(command) <= fish(f"newspool {command} --"), command
    assert fish("newspool tail --tag ") == {"stock-news", "technology-news", "новости"}
    assert fish("newspool tail --cursor ma") == {"mailer"}
    for line, expected in VALUES.items():
        assert fish(line) == expected, line
    assert any(path.endswith("newspool.conf") for path in fish(f"newspool ls --config {folder}/newspool.c"))


@needs("zsh")
def test_zsh_completes_commands_options_and_values(place):
    """Typed into zsh: a line is completed by a tab and then run, and what it prints shows what it was."""
    folder, env = place
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.clear()
        os.environ.update(env, PS1="READY> ", FOLDER=str(folder))
        os.execvp("zsh", ["zsh", "-f", "-i"])
    seen = ""

    def wait(what, seconds=30):
        nonlocal seen
        end = time.monotonic() + seconds
        while not re.search(what, seen):
            assert time.monotonic() < end, f"no {what} in {seen!r}"
            if select.select([terminal], [], [], 1)[0]:
                seen += os.read(terminal, 65536).decode("utf-8", "replace")
        seen = ""

    def type_in(text):
        os.write(terminal, text.encode())

    try:
        wait("READY> ")
        type_in("unsetopt zle_bracketed_paste prompt_sp; fpath=($FOLDER $fpath); autoload -U compinit; compinit -u -D; echo do''ne\n")
        wait(r"done\r?\n")
        for line, expected in (("newspool ac\t\n", r"mailer\t1|mailer +1"), ("newspool ls --tag st\t\n", "Nordvik rises"),
                               ("newspool ls --js\t--tag=te\t\n", '"title":"Other"'),
                               ("newspool tail --cursor=ma\t\n", "Other"), ("newspool ls --format=ts\t --limit 1\n", r"\tNordvik rises\t"),
                               ("newspool rules che\t\n", "0 rules"), ("newspool ack mai\t\n", r"mailer\t\d+"),
                               ("newspool tag alp\t kept --remove kept; echo $_\n", "kept")):
            type_in(line)
            wait(expected)
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


def test_what_is_asked_wrongly_is_refused(place):
    for args in ((), ("tcsh",), ("bash", "zsh"), ("--list", "articles"), ("--list", "tags", "x")):
        done = subprocess.run([TOOL, "completion", *args], capture_output=True, env=place[1], timeout=30)
        assert done.returncode == 2 and not done.stdout, args
