"""The parser against a scorer and cases that stand beside the checkout; skipped where they do not.

NEWSPOOL_YARDSTICK names the folder with score.py and cases/ (default: shared/yardstick beside the checkout).
"""
import json
import os
import pathlib
import subprocess
import sys

import pytest

from conftest import BUILD, TOP

YARDSTICK = pathlib.Path(os.environ.get("NEWSPOOL_YARDSTICK", TOP.parent / "shared" / "yardstick"))
AIM_IN_SCOPE, AIM_SANITIZE = 0.98, 0.95


@pytest.mark.skipif(not (YARDSTICK / "score.py").exists(), reason="no yardstick here")
def test_cases_of_the_yardstick(tmp_path):
    out = tmp_path / "result.json"
    subprocess.run([sys.executable, YARDSTICK / "score.py", "run", "--suite", YARDSTICK / "cases", "--batch",
                    f"{BUILD}/newspool parse --document --batch", "--out", out], check=True, capture_output=True,
                   timeout=300)
    rows = json.loads(out.read_text())["rows"]

    def share(chosen):
        return sum(r["full"] for r in chosen) / len(chosen)

    inside = [r for r in rows if not r["out"]]
    assert share(inside) >= AIM_IN_SCOPE, [r["test"] for r in inside if not r["full"]]
    sanitize = [r for r in rows if r["cls"] == "sanitize"]
    assert share(sanitize) >= AIM_SANITIZE, [r["test"] for r in sanitize if not r["full"]]
    assert not [r for r in rows if r["why"].startswith(("crash", "nojson", "timeout"))]
