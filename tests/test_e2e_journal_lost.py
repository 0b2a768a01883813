"""A journal that is deleted under a running server, and a disk that is full: calls go on."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.server import eventually

pytestmark = pytest.mark.e2e


def journal_health(centre: CallCentre) -> dict[str, object]:
    told: dict[str, object] = centre.server.health()["journal"]
    return told


def test_a_journal_that_is_deleted_is_begun_anew_and_a_restart_still_knows_everything(
    tmp_path: Path,
) -> None:
    with CallCentre(tmp_path) as centre:
        centre.agent_phone("desk1", "2771")
        first = centre.phone("one").dial(centre.uri("support"))
        first.wait_up()
        centre.settle_journal()

        for name in tmp_path.glob("acd.sqlite*"):
            name.unlink()
        second = centre.phone("two").dial(centre.uri("support"))
        second.wait_up()

        eventually(lambda: journal_health(centre)["begun_anew"] == 1, "another file")
        assert any("acd.sqlite was deleted or replaced" in line for line in centre.server.lines)
        centre.kill_server()
        centre.server.start()
        centre.server.wait_agent("2771", "idle")
        centre.server.stop()
        calls = centre.journal("SELECT queue, reason FROM calls ORDER BY seq")

    assert calls == [("support", "server-restart"), ("support", "server-restart")]


def test_a_disk_that_hangs_costs_a_caller_nothing_and_is_told(tmp_path: Path) -> None:
    with CallCentre(tmp_path) as centre:
        entered = tmp_path / "acd.sqlite-entered-0"
        eventually(entered.exists, "the file of calls that enter")
        entered.unlink()
        os.mkfifo(entered)  # opening it for writing waits until somebody reads: for ever

        for user in ("one", "two"):
            centre.phone(user).dial(centre.uri("support")).wait_up()

        eventually(lambda: journal_health(centre)["entries_late"] == 2, "word of it")
        assert journal_health(centre)["error"] == ""
        assert centre.server.stop() == 0
        assert len(centre.journal("SELECT call FROM calls")) == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Have a disk of our own with room for a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_costs_no_call_and_is_written_when_there_is_room(
    tmp_path: Path, small_disk: Path
) -> None:
    path = small_disk / "acd.sqlite"
    with CallCentre(tmp_path, {"journal": {"path": str(path)}}) as centre:
        centre.settle_journal()
        ballast = small_disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(b"\0" * 4096) == 4096:
                pass
        users = [f"caller{number}" for number in range(4)]
        for user in users:
            call = centre.phone(user).dial(centre.uri("support"))
            call.wait_up()
            call.hang_up()
        error = eventually(lambda: journal_health(centre)["error"], "word of it", 20)
        status, _ = centre.server.request("GET", "/health")
        assert "full" in str(error)
        assert status == 503

        ballast.unlink()

        eventually(lambda: not journal_health(centre)["error"], "the journal to be written", 20)
        centre.server.stop()
        calls = centre.journal("SELECT result, count(*) FROM calls", path)
    assert calls == [("abandoned", len(users))]
