"""Whose turn it is, over all queues: priority, how it grows, and what waiting counts for."""

from __future__ import annotations

import pytest

from actors.core.routing.pool import Pool
from actors.core.routing.share import Rules
from actors.core.routing.strategies import Member
from actors.ids import CallId
from actors.messages import floor as f
from actors.messages.directory import QueueChanged
from actors.queue import QueueActor
from actors.settings import Queue
from tests.harness import Desk
from tests.test_match import ADA, BOB, SALES, SUPPORT, is_free, names, offer_all, waiting

OLDER, YOUNGER = waiting("older", SALES, 0.0), waiting("younger", SUPPORT, 60.0)
HIGHER = waiting("higher", SUPPORT, 60.0, priority=1)


def first(*calls: f.Waiting, now: float, priority_every: float = 0.0, weight: float = 1.0) -> str:
    """Return who of them the one agent is rung for."""
    members = (Member(ADA, 0),)
    sales = Rules(members, priority_every=priority_every, weight=weight)
    pool = Pool({SALES: sales, SUPPORT: Rules(members)})
    for call in calls:
        pool.add_call(call)
    pool.pass_time(now)
    is_free(pool, ADA, 0.0)
    return offer_all(pool)[0].call


@pytest.mark.parametrize(
    ("now", "served"), [(61.0, "higher"), (119.0, "higher"), (121.0, "older"), (999.0, "older")]
)
def test_a_priority_that_grows_with_waiting_overtakes_a_higher_one(now: float, served: str) -> None:
    assert first(OLDER, HIGHER, now=now, priority_every=120.0) == served


@pytest.mark.parametrize(
    ("weight", "now", "served"),
    [
        (1.0, 100.0, "older"),
        (0.5, 100.0, "older"),  # 50 beside 40
        (0.5, 130.0, "younger"),  # 65 beside 70
        (3.0, 130.0, "older"),
    ],
)
def test_waiting_counts_by_the_weight_of_the_queue(weight: float, now: float, served: str) -> None:
    assert first(OLDER, YOUNGER, now=now, weight=weight) == served


def test_a_weight_does_not_make_up_for_priority() -> None:
    assert first(OLDER, HIGHER, now=3600.0, weight=1000.0) == "higher"


def test_inside_a_queue_the_order_never_changes_and_the_line_has_the_same() -> None:
    early, late = (f.Join(CallId(n), SALES, at, p, n, "", "") for n, at, p in LINE)
    desk = Desk()
    queue = desk.seat(QueueActor(desk.world, Queue(SALES, priority_every=60.0)), queue=SALES)
    for join in (late, early):
        desk.tell(queue, join)

    both = [waiting(name, SALES, at, priority) for name, at, priority in LINE]
    for now in (130.0, 1000.0):
        assert first(*both, now=now, priority_every=60.0) == "early"
    assert queue.line.place_of(early.call) == 1


LINE = (("early", 0.0, 0), ("late", 130.0, 2))
"""By the time that the second joins, the first has waited for more than two priorities."""


def test_the_answer_why_says_how_high_the_priority_has_grown() -> None:
    members = (Member(ADA, 0),)
    pool = Pool({SALES: Rules(members, priority_every=60.0)})
    pool.add_call(waiting("1", SALES, 0.0, priority=1))
    pool.pass_time(90.0)
    is_free(pool, ADA, 0.0)

    [pair] = offer_all(pool)

    assert pair.why == "first in sales with priority 2.5, most-idle of 1 free"


# ---- while it runs -------------------------------------------------------------------------------


def test_a_queue_that_changes_has_the_calls_that_wait_by_its_new_rules() -> None:
    members = (Member(ADA, 0, level=2), Member(BOB, 1, skills=(("tea", 1),)))
    pool = Pool({SALES: Rules(members, widen_after=(600.0,))})
    pool.pass_time(130.0)
    for name, since, priority in LINE:
        pool.add_call(waiting(name, SALES, since, priority))
    pool.log_on(BOB)
    is_free(pool, ADA, 1.0)
    assert offer_all(pool) == []

    rules = Rules(members, widen_after=(600.0,), asks=((0.0, (("tea", 1),)),), priority_every=60.0)
    pool.set_queue(SALES, rules)
    assert offer_all(pool) == []
    is_free(pool, BOB, 2.0)

    assert names(offer_all(pool)) == [("early", BOB)]


def test_a_line_follows_how_its_queue_lets_priorities_grow() -> None:
    desk = Desk()
    queue = desk.seat(QueueActor(desk.world, Queue(SALES)), queue=SALES)
    for name, since, priority in LINE:
        desk.tell(queue, f.Join(CallId(name), SALES, since, priority, name, "", ""))
    assert queue.line.place_of(CallId("late")) == 1

    desk.tell(queue, QueueChanged(Queue(SALES, priority_every=60.0), ()))

    assert queue.line.place_of(CallId("early")) == 1
    assert [call.id for call in queue.line.snapshot().calls] == ["early", "late"]


def test_a_queue_that_changes_still_waits_for_the_level_where_somebody_is_logged_on() -> None:
    rules = Rules((Member(ADA, 0, level=2), Member(BOB, 1)), widen_after=(600.0,))
    pool = Pool({SALES: rules})
    pool.log_on(BOB)
    is_free(pool, ADA, 1.0)

    pool.set_queue(SALES, rules)
    pool.add_call(waiting("1", SALES))

    assert offer_all(pool) == []
