"""The README's first command, in a copy of the tree: samples delivered once, a second run delivers nothing."""
import json
import os
import re
import shutil
import subprocess

import jsonschema
import pytest

from conftest import TOP, Spool


def run(copy, *args):
    return subprocess.run(["./quickstart", "--no-install", *args], cwd=copy, capture_output=True, text=True,
                          timeout=600, stdin=subprocess.DEVNULL)


def tree(path):
    return sorted(str(p.relative_to(path)) for p in path.rglob("*")
                  if p.relative_to(path).parts[0] not in ("build", "quickstart.d"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    path = tmp_path_factory.mktemp("quickstart") / "newspool"
    shutil.copytree(TOP, path, ignore=shutil.ignore_patterns(
        ".git", "build", "quickstart.d", "autom4te.cache", "configure", "build-aux", "Makefile.in", "aclocal.m4",
        "config.h.in", "__pycache__"))
    return path


@pytest.mark.skipif("sanitized" in os.environ.get("NEWSPOOL_BUILD", ""), reason="once is enough")
def test_quickstart_shows_the_samples_once_and_nothing_twice(copy):
    before = tree(copy)
    first = run(copy)
    assert first.returncode == 0, first.stdout + first.stderr
    assert tree(copy) == before  # all that it writes is under build/ and quickstart.d/
    spool = Spool(copy / "quickstart.d" / "spool")
    articles = spool.articles()
    assert len(articles) == 47
    assert len(set(spool.titles())) == 47
    schema = jsonschema.Draft202012Validator(json.loads((TOP / "conf" / "article.schema.json").read_text()))
    for record in articles.values():
        assert not list(schema.iter_errors(record))
    shown = [title for title in spool.titles() if title[:30] in first.stdout]
    assert len(shown) >= 10, first.stdout
    assert re.search(r"\b47 new articles", first.stdout)
    # The one that two feeds share stands once and under both feeds' tags.
    shared, = [n for n, a in articles.items() if a["title"].startswith("Open cell library")]
    assert shared in spool.tag("technology-news") and shared in spool.tag("chips")

    second = run(copy)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "nothing new" in second.stdout
    assert Spool(copy / "quickstart.d" / "spool").articles() == articles


@pytest.mark.parametrize("args, status, word", [
    (("--nonsense",), 2, "--nonsense"),
    (("ftp://example.org/",), 2, "ftp://example.org/"),
])
def test_quickstart_refuses_what_it_does_not_know(copy, args, status, word):
    done = run(copy, *args)
    assert done.returncode == status and word in done.stderr
