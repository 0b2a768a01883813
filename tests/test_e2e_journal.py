"""The journal as an operator reads it from outside, whatever happens to the server and the file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.centre import CallCentre
from tests.server import ROOT, AcdServer, eventually
from tests.set_clock import SetClockServer

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


# ---- the agents' time ------------------------------------------------------------------------

RUNS = "SELECT run, node, started_at, stopped_at, reason FROM runs ORDER BY seq"

OF_RUN = "SELECT seq, coalesce(lead(seq) OVER (ORDER BY seq), 1e9) FROM runs"


def assert_intervals_sum_to_the_clock(centre: CallCentre) -> None:
    """Check that each agent's time in each run has neither a hole nor an overlap."""
    bounds = centre.journal(OF_RUN)
    for (first, end), (_, _, started, stopped, _) in zip(bounds, centre.journal(RUNS), strict=True):
        times = centre.journal(
            f"""SELECT agent, min(since), max("until"), sum("until" - since), min("until" - since)
                FROM agent_intervals WHERE seq BETWEEN {first} AND {end} GROUP BY agent"""  # noqa: S608
        )
        assert [one[0] for one in times] == ["2771", "2772", "2773", "2774"]
        for agent, since, until, total, least in times:
            assert since - started < 5, f"{agent}: from when?"
            assert until == stopped
            assert total == pytest.approx(until - since, abs=1e-4)
            assert least >= 0


def test_no_agent_is_on_a_call_while_the_server_is_down(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    phone.answer_calls()
    centre.phone("caller").dial(centre.uri("sales")).wait_up()
    centre.server.wait_agent("2771", "oncall")

    centre.server.stop()
    centre.server.start()
    centre.server.wait_agent("2771", "idle")
    centre.phone("again").dial(centre.uri("sales")).wait_up()
    centre.server.wait_agent("2771", "oncall")
    centre.kill_server()
    centre.server.start()
    centre.server.wait_agent("2771", "idle")
    centre.server.stop()

    assert [run[-1] for run in centre.journal(RUNS)] == ["stopped", "killed", "stopped"]
    states = [one for (one,) in centre.journal("SELECT DISTINCT state FROM agent_intervals")]
    assert "oncall" in states
    assert_intervals_sum_to_the_clock(centre)


def test_a_silent_server_that_is_killed_was_alive_until_shortly_before(centre: CallCentre) -> None:
    centre.agent_phone("desk1", "2771")
    centre.settle_journal()
    [(last,)] = centre.journal("SELECT max(at) FROM facts")
    lock = centre.server.folder / "acd.sqlite-lock"
    later = last + 2.0
    eventually(lambda: float(lock.read_text().split()[2]) > later, "word of its life", 20)

    centre.server.kill()
    centre.server.start()
    centre.server.stop()

    [(_, _, _, stopped, reason), _] = centre.journal(RUNS)
    assert reason == "killed"
    assert stopped > later


# ---- numbers and names -----------------------------------------------------------------------


def test_facts_and_calls_have_names_that_no_other_run_and_no_other_node_uses(
    tmp_path: Path,
) -> None:
    with CallCentre(tmp_path, {"journal": {"node": "n1"}}) as centre:
        for user in ("one", "two", "three"):
            centre.phone(user).dial(centre.uri("sales")).wait_up()
            centre.kill_server()
            centre.server.start()
        centre.server.stop()

        calls = [call for (call,) in centre.journal("SELECT call FROM calls")]
        numbers = centre.journal("SELECT seq, node FROM facts ORDER BY seq")

    assert len(set(calls)) == len(calls) == 3
    assert all(call.startswith("n1-") for call in calls)
    assert numbers == [(number, "n1") for number in range(1, len(numbers) + 1)]


# ---- the machine's clock ---------------------------------------------------------------------


@pytest.mark.parametrize("by", [-7200.0, 7200.0])
def test_a_clock_that_is_set_is_a_fact_and_changes_no_interval(tmp_path: Path, by: float) -> None:
    with CallCentre(tmp_path, server=SetClockServer) as centre:
        assert isinstance(centre.server, SetClockServer)
        phone = centre.agent_phone("desk1", "2771")
        phone.answer_calls()
        call = centre.phone("caller").dial(centre.uri("sales"))
        centre.server.wait_agent("2771", "oncall")

        centre.server.set_clock(by)
        centre.server.wait_log("the machine's clock was set")
        call.hang_up()
        centre.server.wait_agent("2771", "idle")
        told = centre.server.health()["journal"]["clock_stepped_seconds"]
        centre.server.stop()

        [(step,)] = centre.journal("SELECT seconds FROM facts WHERE kind = 'ClockStepped'")
        [times] = centre.journal(
            """SELECT joined_at - entered_at, finished_at - joined_at, waited_ms + talked_ms
               FROM calls WHERE purpose = 'queue'"""
        )
        assert step == pytest.approx(by, abs=1.0)
        assert told == pytest.approx(by, abs=1.0)
        assert 0 <= times[0] < 60
        assert times[1] == pytest.approx(times[2] / 1000, abs=0.5)
        assert_intervals_sum_to_the_clock(centre)
