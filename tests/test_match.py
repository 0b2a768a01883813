"""The one match: order between calls and between agents, by example."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count

import pytest
from msgspec.structs import replace

from actors.core.routing.match import match
from actors.core.routing.pool import Pair, Pool
from actors.core.routing.share import Rules
from actors.core.routing.strategies import Figures, Free, Member
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages.floor import Waiting

SALES, SUPPORT, VIP = QueueName("sales"), QueueName("support"), QueueName("vip")
ADA, BOB, CYD = AgentId("a"), AgentId("b"), AgentId("c")


def waiting(  # noqa: PLR0913 - a message with all its fields
    call: str,
    queue: QueueName = SALES,
    since: float = 0.0,
    priority: int = 0,
    *,
    avoid: Iterable[AgentId] = (),
    phones: int = 1,
) -> Waiting:
    return Waiting(CallId(call), queue, since, priority, frozenset(avoid), phones)


def pool_of(members: Mapping[QueueName, Sequence[AgentId]], strategy: str = "most-idle") -> Pool:
    """Return a pool in which nobody waits and nobody is free, members in this order."""
    return Pool(
        {
            queue: Rules(tuple(Member(agent, n) for n, agent in enumerate(agents)), strategy)
            for queue, agents in members.items()
        }
    )


def is_free(pool: Pool, agent: AgentId, idle_since: float) -> None:
    pool.add_agent(agent, Figures(idle_since))


CHANCE = random.Random(1)  # noqa: S311 - no secret


def offer_all(pool: Pool, leases: count[int] | None = None) -> list[Pair]:
    """Match until nothing is left, as the floor does."""
    leases, pairs = leases or count(1), []
    while (pair := match(pool, CHANCE)) is not None:
        pool.offer(LeaseId(str(next(leases))), pair)
        pairs.append(pair)
    return pairs


def names(pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.call, pair.agent) for pair in pairs]


# ---- by example --------------------------------------------------------------------------------


def test_the_agent_idle_for_the_longest_is_offered_the_call() -> None:
    pool = pool_of({SALES: [ADA, BOB]})
    is_free(pool, ADA, 20.0)
    is_free(pool, BOB, 10.0)

    pool.add_call(waiting("1"))

    assert names(offer_all(pool)) == [("1", BOB)]


def test_ties_go_by_order_of_membership_then_by_id() -> None:
    pool = pool_of({SALES: [CYD, ADA, BOB]})
    for agent in (ADA, BOB, CYD):
        is_free(pool, agent, 10.0)

    pool.add_call(waiting("1"))

    assert names(offer_all(pool)) == [("1", CYD)]
    assert Free(1, 1.0, 0, ADA) < Free(1, 1.0, 0, BOB)


def test_of_two_queues_that_compete_the_older_call_is_first() -> None:
    pool = pool_of({SALES: [ADA], SUPPORT: [ADA]})
    pool.add_call(waiting("young", SALES, 11.0))
    pool.add_call(waiting("old", SUPPORT, 10.999999))

    is_free(pool, ADA, 0.0)

    assert names(offer_all(pool)) == [("old", ADA)]


def test_priority_comes_before_age_and_the_queues_name_breaks_the_tie() -> None:
    pool = pool_of({SUPPORT: [ADA], SALES: [ADA], VIP: [ADA]})
    pool.add_call(waiting("z", SUPPORT, 5.0))
    pool.add_call(waiting("y", SALES, 5.0))
    pool.add_call(waiting("x", VIP, 9.0, priority=1))
    order = []

    for turn in range(3):
        is_free(pool, ADA, 0.0)
        order += [pair.call for pair in offer_all(pool)]
        pool.granted(LeaseId("1"))
        assert len(order) == turn + 1

    assert order == ["x", "y", "z"]


def test_a_call_nobody_may_take_blocks_nobody() -> None:
    pool = pool_of({VIP: [BOB], SALES: [ADA]})
    pool.add_call(waiting("vip", VIP, 0.0, priority=9))
    pool.add_call(waiting("plain", SALES, 5.0))

    is_free(pool, ADA, 0.0)

    assert names(offer_all(pool)) == [("plain", ADA)]


def test_a_call_is_not_offered_to_those_it_is_to_avoid() -> None:
    pool = pool_of({SALES: [ADA, BOB]})
    is_free(pool, ADA, 0.0)
    pool.add_call(waiting("1", avoid={ADA}))
    assert offer_all(pool) == []

    is_free(pool, BOB, 1.0)

    [pair] = offer_all(pool)
    assert names([pair]) == [("1", BOB)]
    assert pair.why == "first of those held back in sales with priority 0, most-idle of 1 free"


def test_a_call_that_phones_could_not_take_comes_after_all_others_of_every_queue() -> None:
    pool = pool_of({SALES: [ADA], SUPPORT: [ADA]})
    pool.add_call(waiting("odd", SALES, 1.0, priority=9, avoid={BOB}))
    pool.add_call(waiting("good", SUPPORT, 5.0))
    is_free(pool, ADA, 0.0)

    assert names(offer_all(pool)) == [("good", ADA)]
    pool.granted(LeaseId("1"))
    is_free(pool, ADA, 7.0)

    assert names(offer_all(pool, count(2))) == [("odd", ADA)]


def test_an_agent_who_refuses_is_not_asked_again_and_the_call_goes_to_the_next() -> None:
    pool = pool_of({SALES: [ADA, BOB]})
    is_free(pool, ADA, 0.0)
    is_free(pool, BOB, 1.0)
    pool.add_call(waiting("1"))
    assert names(offer_all(pool)) == [("1", ADA)]

    pool.refused(LeaseId("1"))

    assert names(offer_all(pool, count(2))) == [("1", BOB)]
    assert ADA not in pool.agents


def test_a_call_that_left_under_an_offer_does_not_come_back() -> None:
    pool = pool_of({SALES: [ADA, BOB]})
    is_free(pool, ADA, 0.0)
    is_free(pool, BOB, 0.0)
    pool.add_call(waiting("1"))
    offer_all(pool)

    pool.remove_call(CallId("1"))
    pool.refused(LeaseId("1"))

    assert offer_all(pool) == []


def test_an_agent_told_free_under_an_offer_is_offered_nothing_more() -> None:
    pool = pool_of({SALES: [ADA]})
    is_free(pool, ADA, 0.0)
    pool.add_call(waiting("1"))
    pool.add_call(waiting("2", since=1.0))
    assert names(offer_all(pool)) == [("1", ADA)]

    pool.remove_agent(ADA)
    is_free(pool, ADA, 5.0)

    assert offer_all(pool) == []


def test_an_answer_to_an_offer_long_closed_changes_nothing() -> None:
    pool = pool_of({SALES: [ADA]})
    is_free(pool, ADA, 0.0)

    assert pool.granted(LeaseId("77")) is None
    assert pool.refused(LeaseId("77")) is None
    assert pool.agents == {ADA: Figures(0.0)}


def test_a_call_for_a_queue_nobody_knows_waits_and_harms_nobody() -> None:
    pool = pool_of({SALES: [ADA]})
    is_free(pool, ADA, 0.0)
    is_free(pool, AgentId("unknown"), 0.0)

    pool.add_call(waiting("1", SUPPORT))

    assert offer_all(pool) == []


def test_each_offer_says_why_it_is_made() -> None:
    pool = pool_of({SALES: [ADA, BOB], VIP: [BOB]})
    pool.add_call(waiting("1", SALES, 1.0))
    is_free(pool, ADA, 0.0)

    [pair] = offer_all(pool)

    assert pair.why == "first in sales with priority 0, most-idle of 1 free"


# ---- several phones for one call ---------------------------------------------------------------


def test_a_call_that_wants_several_phones_gets_them_before_the_next_call() -> None:
    pool = pool_of({SALES: [ADA, BOB, CYD]})
    for agent in (ADA, BOB, CYD):
        is_free(pool, agent, 1.0)

    pool.add_call(waiting("1", phones=2))
    pool.add_call(waiting("2", since=1.0))

    assert names(offer_all(pool)) == [("1", ADA), ("1", BOB), ("2", CYD)]


def test_a_call_still_wants_whom_nobody_free_could_give_it() -> None:
    pool, leases = pool_of({SALES: [ADA, BOB]}), count(1)
    is_free(pool, ADA, 1.0)
    pool.add_call(waiting("1", phones=2))
    pool.add_call(waiting("2", since=1.0))
    assert names(offer_all(pool, leases)) == [("1", ADA)]
    pool.granted(LeaseId("1"))

    is_free(pool, BOB, 5.0)
    assert names(offer_all(pool, leases)) == [("1", BOB)]
    pool.granted(LeaseId("2"))

    is_free(pool, CYD, 5.0)
    is_free(pool, ADA, 9.0)
    assert names(offer_all(pool, leases)) == [("2", ADA)]


def test_each_offer_refused_is_wanted_again() -> None:
    pool, leases = pool_of({SALES: [ADA, BOB, CYD]}), count(1)
    for agent in (ADA, BOB):
        is_free(pool, agent, 1.0)
    pool.add_call(waiting("1", phones=2))
    assert names(offer_all(pool, leases)) == [("1", ADA), ("1", BOB)]

    pool.refused(LeaseId("1"))
    assert offer_all(pool, leases) == []
    is_free(pool, CYD, 1.0)

    assert names(offer_all(pool, leases)) == [("1", CYD)]


def test_a_call_told_anew_counts_the_phones_it_is_offered_to_already() -> None:
    pool, leases = pool_of({SALES: [ADA, BOB, CYD]}), count(1)
    pool.add_call(waiting("1", phones=1))
    is_free(pool, ADA, 1.0)
    assert names(offer_all(pool, leases)) == [("1", ADA)]
    is_free(pool, BOB, 1.0)
    is_free(pool, CYD, 1.0)

    pool.add_call(waiting("1", phones=2))

    assert names(offer_all(pool, leases)) == [("1", BOB)]


def test_a_call_that_leaves_wants_nobody_whatever_becomes_of_its_offers() -> None:
    pool, leases = pool_of({SALES: [ADA, BOB, CYD]}), count(1)
    for agent in (ADA, BOB):
        is_free(pool, agent, 1.0)
    pool.add_call(waiting("1", phones=3))
    assert len(offer_all(pool, leases)) == 2

    pool.remove_call(CallId("1"))
    pool.granted(LeaseId("1"))
    pool.refused(LeaseId("2"))
    is_free(pool, CYD, 1.0)

    assert offer_all(pool, leases) == []
    assert not pool.wants
    assert not pool.leases_of


# ---- from queue to queue ------------------------------------------------------------------------


def moved(call: str, visit: int, queue: QueueName = SUPPORT, phones: int = 1) -> Waiting:
    return replace(waiting(call, phones=phones), queue=queue, visit=visit)


def test_of_two_queues_words_the_later_visits_counts_in_whatever_order_they_come() -> None:
    pool = pool_of({SALES: [ADA], SUPPORT: [BOB]})
    pool.add_call(moved("1", 2))
    pool.add_call(moved("1", 1, SALES))
    pool.remove_call(CallId("1"), 1)

    is_free(pool, ADA, 0.0)
    is_free(pool, BOB, 0.0)

    assert [(pair.agent, pair.queue) for pair in offer_all(pool)] == [(BOB, SUPPORT)]
    pool.remove_call(CallId("1"), 2)
    assert not pool.wants


@pytest.mark.parametrize("answer", [Pool.granted, Pool.refused])
def test_an_offer_of_the_queue_that_the_call_has_left_changes_nothing_in_the_other(
    answer: Callable[[Pool, LeaseId], object],
) -> None:
    pool, leases = pool_of({SALES: [ADA], SUPPORT: [BOB, CYD]}), count(1)
    is_free(pool, ADA, 0.0)
    pool.add_call(moved("1", 1, SALES))
    assert len(offer_all(pool, leases)) == 1
    pool.remove_call(CallId("1"), 1)
    pool.add_call(moved("1", 2))

    answer(pool, LeaseId("1"))
    is_free(pool, BOB, 0.0)
    is_free(pool, CYD, 0.0)

    assert [pair.queue for pair in offer_all(pool, leases)] == [SUPPORT]
