"""Visits as a report counts them, by the journal of a server that real phones call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.centre import CallCentre, hears_something
from tests.server import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

SETTINGS: dict[str, Any] = {
    "media": {"silent_seconds": 0.5},
    "queue": [
        {"name": "sales", "ring_seconds": 30.0, "target_seconds": 15.0, "short_abandon": 0.0},
        {"name": "support", "ring_seconds": 30.0, "wrapup_seconds": 0.5, "short_abandon": 60.0},
    ],
    "agent": [
        {"id": "2771", "queues": ["sales", "support"]},
        {"id": "2772", "queues": ["sales"]},
    ],
}

SUMS = """
SELECT queue, count(*), sum(ending IS NOT NULL), sum(ending IS NULL) FROM visits GROUP BY queue
"""
VISITS = """
SELECT queue, ending, reason, "by", agent FROM visits ORDER BY seq
"""
LEGS = "SELECT queue, agent, ended_by, reason FROM legs ORDER BY seq"
PAIRS = (
    ("CallEntered", "CallFinished"),
    ("CallJoined", "CallLeft"),
    ("CallOffered", "OfferEnded"),
    ("LegBridged", "LegEnded"),
    ("HoldStarted", "HoldEnded"),
)


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, SETTINGS) as running:
        yield running


def check_sums(centre: CallCentre, **waiting: int) -> None:
    """Compare the journal with who waits now, as REST and the test itself know it."""
    for queue, number in waiting.items():
        eventually(
            lambda queue=queue, number=number: waits(centre, queue) == number,  # type: ignore[misc]
            f"{number} callers in {queue}",
        )
    centre.settle_journal()
    told = {queue: (offered, ended, now) for queue, offered, ended, now in centre.journal(SUMS)}
    for queue, number in waiting.items():
        offered, ended, now = told.get(queue, (0, 0, 0))
        assert (offered, now) == (ended + number, number), queue


def waits(centre: CallCentre, queue: str) -> int:
    return sum(call["state"] != "connected" for call in centre.server.calls(queue))


def check_all_is_ended(centre: CallCentre) -> None:
    """Check that whatever began in the journal has one end."""
    count = "SELECT count(*) FROM facts WHERE kind = '{}'"
    for begun, ended in PAIRS:
        assert centre.journal(count.format(begun)) == centre.journal(count.format(ended)), begun
    assert centre.journal("SELECT count(*) FROM visits WHERE ending IS NULL") == [(0,)]
    sums = centre.journal(
        """SELECT c.waited_ms = sum(v.waited_ms), c.talked_ms + c.held_ms = ifnull((
               SELECT sum(talked_ms + held_ms) FROM legs l WHERE l.call = c.call), 0)
           FROM calls c JOIN visits v ON v.call = c.call GROUP BY c.call"""
    )
    assert set(sums) == {(1, 1)}


def test_at_every_moment_offered_is_what_ended_and_who_waits(centre: CallCentre) -> None:
    lost, early, caller = (centre.phone(user) for user in ("lost", "early", "caller"))
    waiting = lost.dial(centre.uri("sales"))
    waiting.wait_up()
    check_sums(centre, sales=1, support=0)
    hasty = early.dial(centre.uri("support"))
    hasty.wait_up()
    check_sums(centre, sales=1, support=1)
    waiting.hang_up()
    hasty.hang_up()
    check_sums(centre, sales=0, support=0)

    desk = centre.agent_phone("desk1", "2771")
    talk = caller.dial(centre.uri("support"))
    agent = desk.wait_ring()
    check_sums(centre, sales=0, support=1)
    agent.answer()
    talk.wait_up()
    check_sums(centre, sales=0, support=0)
    agent.hold()
    hears_something(talk)
    agent.resume()
    talk.hang_up()
    agent.wait_over()
    centre.server.wait_agent("2771", "idle")
    check_sums(centre, sales=0, support=0)
    centre.server.stop()

    assert centre.journal(VISITS) == [
        ("sales", "abandoned", "caller-hung-up", "caller", None),
        ("support", "short", "caller-hung-up", "caller", None),
        ("support", "answered", "agent-answered", "agent:2771", "2771"),
    ]
    assert centre.journal(LEGS) == [("support", "2771", "caller", "caller-hung-up")]
    assert centre.journal("SELECT kind, side FROM facts WHERE kind LIKE 'Hold%'") == [
        ("HoldStarted", "agent"),
        ("HoldEnded", "agent"),
    ]
    whose = """SELECT state, count(DISTINCT call), min(queue) FROM agent_intervals
               WHERE call IS NOT NULL AND agent = '2771' GROUP BY state ORDER BY state"""
    assert centre.journal(whose) == [
        ("oncall", 1, "support"),
        ("reserved", 1, "support"),
        ("ringing", 1, "support"),
        ("wrapup", 1, "support"),
    ]
    decided = "SELECT DISTINCT \"by\" FROM agent_intervals WHERE agent = '2771' AND \"by\" <> ''"
    assert centre.journal(decided) == [("agent:2771",)]
    check_all_is_ended(centre)


def test_a_caller_whose_agents_phone_dies_has_two_visits_and_the_old_age(
    centre: CallCentre,
) -> None:
    first = centre.agent_phone("desk1", "2771")
    second = centre.agent_phone("desk2", "2772")
    call = centre.phone("caller").dial(centre.uri("sales"))
    first.wait_ring().answer()
    call.wait_up()
    centre.server.wait_calls("sales", "connected")

    first.kill()
    agent = second.wait_ring()
    check_sums(centre, sales=1)
    agent.answer()
    centre.server.wait_calls("sales", "connected")
    agent.hang_up()
    call.wait_over()
    check_sums(centre, sales=0)
    centre.server.stop()

    assert [(ending, who) for _, ending, _, _, who in centre.journal(VISITS)] == [
        ("answered", "2771"),
        ("answered", "2772"),
    ]
    assert centre.journal(LEGS) == [
        ("sales", "2771", "server", "phone-gone"),
        ("sales", "2772", "agent", "agent-hung-up"),
    ]
    assert centre.journal("SELECT count(DISTINCT since), count(*) FROM visits") == [(1, 2)]
    check_all_is_ended(centre)


def test_after_a_kill_the_next_start_ends_visits_legs_and_holds(centre: CallCentre) -> None:
    desk = centre.agent_phone("desk1", "2771")
    talk = centre.phone("talks").dial(centre.uri("sales"))
    agent = desk.wait_ring()
    agent.answer()
    talk.wait_up()
    centre.server.wait_calls("sales", "connected")
    agent.hold()
    centre.server.wait_log("leg 1: holds")
    centre.phone("waits").dial(centre.uri("sales")).wait_up()
    check_sums(centre, sales=1)

    centre.kill_server()
    centre.server.start()
    check_sums(centre, sales=0)
    again = centre.phone("again").dial(centre.uri("sales"))
    again.wait_up()
    check_sums(centre, sales=1)
    centre.server.stop()

    assert [visit[:4] for visit in centre.journal(VISITS)] == [
        ("sales", "answered", "agent-answered", "agent:2771"),
        ("sales", "failed", "server-restart", "server"),
        ("sales", "failed", "shutdown", "server"),
    ]
    assert centre.journal(LEGS) == [("sales", "2771", "server", "server-restart")]
    check_all_is_ended(centre)
