"""tests/soak/run for a minute; and that its judges find what they are there to find."""
import collections
import os
import subprocess
import sys

from conftest import BUILD, TOP

SOAK = TOP / "tests" / "soak"
MINUTES, FEEDS = 1, 300
MEBI = 1 << 20


def judges():
    sys.path.insert(0, str(SOAK))
    import accounts
    import curve
    return accounts, curve


def test_a_minute_of_good_bad_and_hostile_servers():
    ran = subprocess.run([SOAK / "run", str(MINUTES), str(FEEDS)], capture_output=True, text=True, timeout=420,
                         env={**os.environ, "NEWSPOOL_BUILD": str(BUILD)})
    assert ran.returncode == 0, ran.stdout[-12000:] + ran.stderr[-4000:]
    assert "resident memory of keeper" in ran.stdout and "nothing was found" in ran.stdout


def samples(curve, seconds, rss, descriptors=20, wal=0, early=0):
    made = curve.Curve(lambda text: None)
    for second in range(seconds):
        process = curve.Process(int(rss(second)), int(descriptors(second) if callable(descriptors) else descriptors), 1)
        made.add(curve.Sample(second, {"keeper": process}, 0, early, 0, 0, wal, 0, 0, 0, 0))
    return {words.split(":")[0]: good for good, words in made.verdicts(["keeper"], True)}


def test_what_grows_is_found_and_what_moves_to_and_fro_is_not():
    _, curve = judges()
    flat = samples(curve, 3600, lambda s: 20 * MEBI + s * 7919 % MEBI)
    assert all(flat.values()), flat
    warm = samples(curve, 3600, lambda s: min(s, 900) * 20000 + 5 * MEBI)
    assert all(warm.values()), warm
    lost = samples(curve, 3600, lambda s: 20 * MEBI + s * 70 * 100)  # a hundred bytes at each of seventy polls a second
    assert lost == {**flat, "memory of keeper": False}
    leaking = samples(curve, 3600, lambda s: 20 * MEBI, lambda s: 20 + s // 60)
    assert leaking == {**flat, "descriptors of keeper": False}
    unwritten = samples(curve, 60, lambda s: 20 * MEBI, wal=64 * MEBI)
    assert unwritten == {**flat, "write-ahead log": False}
    hurried = samples(curve, 60, lambda s: 20 * MEBI, early=1)
    assert hurried == {**flat, "asked before their time": False}


def test_what_is_lost_doubled_or_strange_is_found():
    accounts, _ = judges()
    expected = {"Article 1 of 1", "Article 2 of 1"}
    assert accounts.compare("all", expected, collections.Counter(expected))[0]
    assert accounts.compare("all", expected, collections.Counter([*expected, "Nested 3"]))[0]
    for wrong in (["Article 1 of 1"], [*expected, "Article 1 of 1"], [*expected, "Article 3 of 1"],
                  [*expected, "Nested 3", "Nested 3"]):
        assert not accounts.compare("all", expected, collections.Counter(wrong))[0], wrong
