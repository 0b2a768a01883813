"""The journal as an operator reads it from outside, whatever happens to the server and the file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.centre import CallCentre
from tests.server import ROOT, AcdServer

pytestmark = pytest.mark.e2e

FACTS = "SELECT * FROM facts ORDER BY 1"
OPEN_CALLS = "SELECT call FROM calls WHERE purpose = 'queue' AND finished_at IS NULL"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


def start_that_fails(
    folder: Path, configuration: dict[str, Any]
) -> subprocess.CompletedProcess[str]:
    """Start a second server, which is expected to give up at once."""
    folder.mkdir()
    server = AcdServer(folder, configuration)
    return subprocess.run(
        [sys.executable, "-m", "actors", str(server.configuration)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


# ---- one server a journal --------------------------------------------------------------------


def test_a_second_server_on_the_same_journal_gives_up_and_changes_nothing(
    centre: CallCentre, tmp_path: Path
) -> None:
    call = centre.phone("caller").dial(centre.uri("sales"))
    call.wait_up()
    centre.server.wait_calls("sales", "waiting")
    centre.settle_journal()
    before = centre.journal(FACTS)
    path = tmp_path / "acd.sqlite"

    ended = start_that_fails(tmp_path / "second", {"journal": {"path": str(path)}})

    assert ended.returncode == 2
    holder = centre.server.process.pid
    assert f"{path} cannot be used: another server uses it (process {holder})" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert centre.journal(FACTS) == before
    assert len(centre.journal(OPEN_CALLS)) == 1
    assert call.is_up


@pytest.mark.parametrize("part", ["sip", "http", "media"])
def test_a_start_that_finds_a_port_taken_leaves_the_journal_as_it_was(
    centre: CallCentre, tmp_path: Path, part: str
) -> None:
    call = centre.phone("caller").dial(centre.uri("sales"))
    call.wait_up()
    centre.kill_server()
    before = centre.journal(FACTS)

    (tmp_path / "other").mkdir()
    with AcdServer(tmp_path / "other", {"queue": [{"name": "sales"}]}) as other:
        taken = {"sip": other.sip_port, "http": other.http_port, "media": other.media_port}
        ended = start_that_fails(
            tmp_path / "second",
            {
                "journal": {"path": str(tmp_path / "acd.sqlite")},
                part: {"port": taken[part]},
            },
        )

    assert ended.returncode == 2
    assert str(taken[part]) in ended.stderr
    assert centre.journal(FACTS) == before
    assert len(centre.journal(OPEN_CALLS)) == 1
