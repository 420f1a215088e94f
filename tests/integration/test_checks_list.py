"""CHECKS.md is whole: each check has its row, and each test that a row names is there."""
import collections
import pathlib
import re

from conftest import TOP

ROW = re.compile(r"^\| ([CSRTNP]\d\d) \| ([MSB]) \| [^|]+ \| (passed|unit|not shown) \| (.*) \|$", re.MULTILINE)
SIZES = {"C": 22, "S": 23, "R": 15, "T": 21, "N": 14, "P": 6}


def test_every_check_has_its_row_and_every_test_named_is_there():
    text = (pathlib.Path(__file__).parent / "CHECKS.md").read_text(encoding="utf-8")
    rows = ROW.findall(text)
    assert collections.Counter(i[0] for i, *_ in rows) == SIZES
    assert len({i for i, *_ in rows}) == sum(SIZES.values())
    there = set()
    for file in [*TOP.glob("tests/integration/test_*.py"), *TOP.glob("tests/unit/test_*.c")]:
        there.update(re.findall(r"^(?:def )?(\w+)\((?:void \*\*state|[^)]*\):)", file.read_text(encoding="utf-8"), re.MULTILINE))
    for check, _, state, by in rows:
        named = re.findall(r"`(\w+)`", by)
        assert set(named) <= there, (check, set(named) - there)
        assert bool(named) == (state != "not shown"), check
        assert (state != "passed") or any(name.startswith("test_") and check in name for name in named), check
