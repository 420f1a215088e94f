"""Tests in a network of their own: another pytest runs the same test within new namespaces, which root alone can make."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

MARK = "NEWSPOOL_APART"
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def apart(request, *commands):
    """True within new network and mount namespaces, prepared by the shell commands; else runs the test there."""
    if os.environ.get(MARK):
        return True
    if os.geteuid() != 0 or not shutil.which("unshare", path=PATH) or not shutil.which("ip", path=PATH):
        pytest.skip("needs root, unshare and ip")
    make = ["unshare", "-n", "-m"]
    if subprocess.run([*make, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("namespaces are not permitted here")
    script = " && ".join(("ip link set lo up", *commands, 'exec "$@"'))
    with tempfile.TemporaryDirectory(prefix="apart") as base:  # short: a socket's path in it has 107 bytes at most
        run = subprocess.run(
            [*make, "sh", "-c", script, "sh", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
             "--basetemp", f"{base}/t", f"{request.node.path}::{request.node.name}"],
            env=dict(os.environ, PATH=PATH, **{MARK: "1"}), cwd=pathlib.Path(__file__).parent, capture_output=True,
            text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return False
