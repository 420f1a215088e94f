"""The running daemon, killed at random moments under load: tests/crash/soak, a few times only."""
import importlib.machinery
import importlib.util

from conftest import TOP

KILLS = 25


def load():
    loader = importlib.machinery.SourceFileLoader("soak", str(TOP / "tests" / "crash" / "soak"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("soak", loader))
    loader.exec_module(module)
    return module


def test_killed_at_random_moments_every_article_arrives_once(tmp_path, capsys):
    said = []
    articles = load().soak(tmp_path, KILLS, seed=None, say=said.append)
    assert articles > 0
    with capsys.disabled():
        print(f" {KILLS} kills, {articles} articles")
