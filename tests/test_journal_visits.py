"""Visits and legs in the journal's views, as reports count them."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from actors.ids import CallId, LeaseId, QueueName
from actors.messages.by import BY_CALLER, By
from actors.messages.facts import CallJoined, CallLeft, Fact, VisitEnding
from tests.journals import (
    ADA,
    AT,
    BRIDGED,
    CALL,
    ENTERED,
    JOINED,
    LEASE,
    LEG_ENDED,
    SALES,
    TALKED,
    facts,
    rows,
    written,
)

SUPPORT = QueueName("support")

SUMS = """
SELECT queue, count(*), sum(ending IS NOT NULL), sum(left_at IS NULL) FROM visits GROUP BY queue
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acd.sqlite"


def visit(number: int, queue: QueueName, ending: VisitEnding | None) -> list[Fact]:
    """Return the facts of a visit of the number-th call, 10 s long; without ending it goes on."""
    call, at = CallId(f"c-{number}"), AT + number
    joined = CallJoined(at, call, queue, at, 0, 1, 20.0, 5.0)
    if ending is None:
        return [joined]
    agent = ADA if ending is VisitEnding.ANSWERED else None
    return [joined, CallLeft(at + 10, call, queue, ending, "test", 10_000, BY_CALLER, agent)]


def test_a_visit_has_all_that_its_facts_say(path: Path) -> None:
    written(path, *TALKED)

    names = """queue, joined_at, since, priority, place, target_seconds, short_abandon,
               left_at, ending, reason, "by", agent, "to", waited_ms"""
    assert rows(path, f"SELECT {names} FROM visits") == [  # noqa: S608 - our own names
        (
            *("sales", AT + 1, AT, 3, 1, 20.0, 5.0),
            *(AT + 5, "answered", "agent-answered", "agent:2771", ADA, None, 4000),
        )
    ]
    assert rows(path, "SELECT caller_number, caller_name, queue FROM calls") == [
        ("1", "Carla", "sales")
    ]


def test_a_leg_has_all_that_its_facts_say(path: Path) -> None:
    written(path, *TALKED)

    names = """call, queue, agent, lease, bridged_at, ended_at, talked_ms, held_ms, ended_by,
               reason"""
    assert rows(path, f"SELECT {names} FROM legs") == [  # noqa: S608 - our own names
        (
            *(CALL, "sales", ADA, LEASE, AT + 5, AT + 65),
            *(50_000, 10_000, "caller", "hung-up"),
        )
    ]
    leases = 'SELECT lease, outcome, "by" FROM offers'
    assert rows(path, leases) == [(LEASE, "answered", "agent:2771")]


def test_offered_is_the_sum_of_all_endings_and_who_waits(path: Path) -> None:
    endings = [*VisitEnding, None, None]
    told = [
        fact
        for number, (queue, ending) in enumerate((q, e) for q in (SALES, SUPPORT) for e in endings)
        for fact in visit(number, queue, ending)
    ]
    written(path, *told)

    assert rows(path, SUMS) == [("sales", 9, 7, 2), ("support", 9, 7, 2)]
    each = "SELECT count(DISTINCT ending), min(waited_ms), max(waited_ms) FROM visits"
    assert rows(path, each) == [(7, 10_000, 10_000)]


def test_a_call_with_two_visits_and_two_legs_has_a_row_for_each(path: Path) -> None:
    second = LeaseId("t3k2a1-L2")
    written(
        path,
        *TALKED[:9],
        replace(JOINED, at=AT + 65),
        replace(TALKED[4], at=AT + 70, waited_ms=5000),
        replace(BRIDGED, at=AT + 70, lease=second),
    )

    assert rows(path, "SELECT joined_at, waited_ms FROM visits ORDER BY seq") == [
        (AT + 1, 4000),
        (AT + 65, 5000),
    ]
    assert rows(path, "SELECT lease, talked_ms, ended_at FROM legs ORDER BY seq") == [
        (LEASE, 50_000, AT + 65),
        (second, None, None),
    ]
    assert rows(path, "SELECT count(*), min(joined_at) FROM calls") == [(1, AT + 1)]


def test_a_call_that_is_refused_counts_for_the_queue_it_wanted(path: Path) -> None:
    written(path, ENTERED, replace(TALKED[-1], result="refused"))

    refused = "SELECT queue, count(*) FROM calls WHERE result = 'refused' GROUP BY queue"
    assert rows(path, refused) == [("sales", 1)]
    assert rows(path, SUMS) == []


@pytest.mark.parametrize("known", range(2, len(TALKED)))
def test_after_a_kill_at_any_fact_every_visit_and_leg_has_one_end(path: Path, known: int) -> None:
    """Killed after so many facts: the sums hold at the next start and at the one after."""
    written(path, *TALKED[:known])

    for _ in range(2):
        written(path)

    assert rows(path, SUMS) == [("sales", 1, 1, 0)]
    assert rows(path, "SELECT count(*) FROM legs WHERE ended_at IS NULL") == [(0,)]
    kinds = [type(one).__name__ for one in facts(path)]
    for begun, ended in (
        ("CallJoined", "CallLeft"),
        ("LegBridged", "LegEnded"),
        ("HoldStarted", "HoldEnded"),
        ("CallOffered", "OfferEnded"),
        ("CallEntered", "CallFinished"),
    ):
        assert kinds.count(begun) == kinds.count(ended)
    [(waited, talked, held)] = rows(path, "SELECT waited_ms, talked_ms, held_ms FROM calls")
    assert rows(path, "SELECT sum(waited_ms) FROM visits") == [(waited,)]
    assert rows(path, "SELECT ifnull(sum(talked_ms), 0), ifnull(sum(held_ms), 0) FROM legs") == [
        (talked, held)
    ]


def test_facts_come_back_as_they_were_told(path: Path) -> None:
    more = replace(TALKED[4], to=By("queue:support"))
    written(path, *TALKED, more, LEG_ENDED)

    assert facts(path) == [*TALKED, more, LEG_ENDED]
