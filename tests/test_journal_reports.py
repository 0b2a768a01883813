"""The journal's views, as a report asks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.messages.facts import CallOffered, OfferEnded
from tests.journals import (
    ADA,
    ANSWERED,
    AT,
    CALL,
    ENTERED,
    FINISHED,
    JOINED,
    OFFERED,
    PHONE,
    SALES,
    entered,
    interval,
    rows,
    written,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acd.sqlite"


def test_the_views_tell_of_calls_offers_and_agents(path: Path) -> None:
    no_answer = OfferEnded(AT + 4, CALL, ADA, "no-answer", 2000)
    again = CallOffered(AT + 4.5, CALL, SALES, ADA, PHONE)
    written(
        path,
        ENTERED,
        JOINED,
        OFFERED,
        no_answer,
        again,
        ANSWERED,
        FINISHED,
        entered(1),
        interval(AT, "idle"),
        interval(AT + 9, "paused", "lunch"),
    )

    calls = rows(path, "SELECT call, queue, joined_at, result, ended_by, talked_ms FROM calls")
    offers = rows(path, "SELECT agent, offered_at, ended_at, outcome FROM offers ORDER BY seq")
    agents = rows(path, 'SELECT agent, state, reason, since, "until" FROM agent_intervals')

    assert calls == [
        (CALL, "sales", AT + 1, "answered", "caller", 50_000),
        ("c-1", None, None, None, None, None),
    ]
    assert offers == [
        (ADA, AT + 2, AT + 4, "no-answer"),
        (ADA, AT + 4.5, AT + 5, "answered"),
    ]
    assert agents == [
        (ADA, "idle", "", AT, AT + 9),
        (ADA, "paused", "lunch", AT + 9, None),
    ]


@pytest.mark.parametrize("view", ["calls", "visits", "legs", "offers", "agent_intervals", "runs"])
def test_a_question_about_one_row_reads_no_more_of_the_journal(path: Path, view: str) -> None:
    written(path, ENTERED)

    plan = rows(path, f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE seq = 7")  # noqa: S608

    scans = [step[-1] for step in plan if step[-1].startswith("SCAN") and "INDEX" not in step[-1]]
    assert scans == []
