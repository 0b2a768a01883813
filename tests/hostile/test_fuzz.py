"""The pure parsers under coverage-guided fuzzing: nothing raises, hangs, or shows the unshowable.

``./acd test --long tests/hostile/test_fuzz.py`` gives each a minute and tells its seed;
``--hostile-seconds`` and ``--hostile-seed`` say otherwise.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 60
SPARE = 120.0

pytestmark = [pytest.mark.long, pytest.mark.hostile, pytest.mark.timeout(0)]


@pytest.mark.parametrize("parser", ["uri", "message", "sdp", "presence", "phone"])
def test_no_text_is_too_odd_for_the_parser(
    parser: str, hostile_seed: str, request: pytest.FixtureRequest
) -> None:
    told: float | None = request.config.getoption("--hostile-seconds")
    seconds = int(SECONDS if told is None else told)
    command = [sys.executable, "-m", "tests.hostile.fuzz", parser]
    options = [f"-max_total_time={seconds}", f"-seed={int(hostile_seed) % 2**32}"]
    done = subprocess.run(
        [*command, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds + SPARE,
        check=False,
    )

    assert done.returncode == 0, f"seed {hostile_seed}\n{done.stderr[-4000:]}"
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert runs, done.stderr[-4000:]
    assert int(runs[1]) > 0
