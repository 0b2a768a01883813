"""What needed luck is told: a run whose waits were long says so at its end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = """
from tests.patience import Wait, long_waits

def test_that_had_to_wait():
    Wait("a phone", 0.0).over()
    Wait("a line", 60.0).over()
"""
CONFTEST = "from tests.conftest import *  # noqa"


def test_a_long_wait_is_told_at_the_end_and_by_workers_too(tmp_path: Path) -> None:
    (tmp_path / "test_long.py").write_text(TESTS)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for workers in ("0", "1"):
        run = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-n",
                workers,
                "-p",
                "no:cacheprovider",
                tmp_path,
            ],
            capture_output=True,
            text=True,
            check=True,
        )

        told = run.stdout.split("needed luck")[1]
        assert "test_long.py::test_that_had_to_wait call: 0.0 of 0 s for a phone" in told
        assert "a line" not in told
