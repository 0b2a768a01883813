"""What exists and the news of a change: tables, and what the floor, queue and agent make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.core.directory.directory import Directory, directory_of, emptied, heading_for, news
from actors.core.routing.pool import Pair, Pool
from actors.core.routing.share import Rules
from actors.core.routing.strategies import Figures, Member
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages.by import By
from actors.messages.directory import (
    AgentAdded,
    AgentChanged,
    AgentRemoved,
    News,
    QueueAdded,
    QueueChanged,
    QueueRemoved,
)
from actors.messages.floor import Waiting
from actors.settings import Agent, Queue

BY = By("token:crm")
SALES, SUPPORT = Queue(QueueName("sales")), Queue(QueueName("support"))
ADA = Agent(AgentId("2771"), queues=(SALES.name,))
GRACE = Agent(AgentId("2772"), queues=(SALES.name, SUPPORT.name), level={SUPPORT.name: 2})
NOW = directory_of((SALES, SUPPORT), (ADA, GRACE))

QUICKER = replace(SALES, ring_seconds=5.0)
ADA_IN_BOTH = replace(ADA, queues=(SALES.name, SUPPORT.name))
ADA_FIRST = replace(GRACE, order={SALES.name: 1})
GRACE_ALONE = replace(GRACE, queues=(SUPPORT.name,))
LINUS = Agent(AgentId("2773"), queues=(SUPPORT.name,))
BILLING = Queue(QueueName("billing"))


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (NOW, []),
        (directory_of((replace(SALES), replace(SUPPORT)), (ADA, GRACE)), []),
        (
            directory_of((SALES, SUPPORT, BILLING), (ADA, GRACE)),
            [QueueAdded(BILLING, ())],
        ),
        (
            directory_of((SALES, SUPPORT), (ADA, GRACE, LINUS)),
            [QueueChanged(SUPPORT, (GRACE, LINUS)), AgentAdded(LINUS, (SUPPORT,))],
        ),
        (
            directory_of((QUICKER, SUPPORT), (ADA, GRACE)),
            [
                QueueChanged(QUICKER, (ADA, GRACE)),
                AgentChanged(ADA, (QUICKER,)),
                AgentChanged(GRACE, (QUICKER, SUPPORT)),
            ],
        ),
        (
            directory_of((SALES, SUPPORT), (ADA_IN_BOTH, GRACE)),
            [
                QueueChanged(SALES, (ADA_IN_BOTH, GRACE)),
                QueueChanged(SUPPORT, (ADA_IN_BOTH, GRACE)),
                AgentChanged(ADA_IN_BOTH, (SALES, SUPPORT)),
            ],
        ),
        (
            directory_of((SALES, SUPPORT), (ADA, ADA_FIRST)),
            [
                QueueChanged(SALES, (ADA_FIRST, ADA)),
                QueueChanged(SUPPORT, (ADA_FIRST,)),
                AgentChanged(ADA_FIRST, (SALES, SUPPORT)),
            ],
        ),
        (
            directory_of((SALES, SUPPORT), (GRACE, ADA)),
            [QueueChanged(SALES, (GRACE, ADA)), QueueChanged(SUPPORT, (GRACE,))],
        ),
        (
            directory_of((SALES, SUPPORT), (GRACE,)),
            [QueueChanged(SALES, (GRACE,)), AgentRemoved(ADA.id, BY)],
        ),
        (
            directory_of((SUPPORT,), (ADA, GRACE_ALONE)),
            [QueueChanged(SALES, (ADA, GRACE), closing=True)],
        ),
    ],
    ids=[
        *("nothing", "the same anew", "a queue more", "an agent more", "a queue's time"),
        *("a membership more", "an order", "the tables' order", "an agent less", "a queue less"),
    ],
)
def test_everybody_concerned_is_told_and_nobody_else(wanted: Directory, told: list[News]) -> None:
    after = heading_for(wanted, NOW)
    assert sorted(map(repr, news(NOW, after, BY))) == sorted(map(repr, told))


def test_a_queue_ends_once_its_last_caller_has_gone_and_then_its_memberships() -> None:
    wanted = directory_of((SUPPORT,), (replace(ADA, queues=()), GRACE_ALONE))
    closing = heading_for(wanted, NOW)
    assert set(closing.agents[GRACE.id].queues) == {SALES.name, SUPPORT.name}
    gone = emptied(closing, SALES.name)
    assert gone == wanted
    assert list(news(closing, gone, BY)) == [
        QueueChanged(SUPPORT, (GRACE_ALONE,)),
        AgentChanged(replace(ADA, queues=()), ()),
        AgentChanged(GRACE_ALONE, (SUPPORT,)),
        QueueRemoved(SALES.name),
    ]


def test_a_queue_that_is_wanted_again_while_it_closes_opens_again() -> None:
    closing = heading_for(directory_of((SUPPORT,), (ADA, GRACE)), NOW)
    again = heading_for(NOW, closing)
    assert again == NOW
    assert QueueChanged(SALES, (ADA, GRACE), closing=False) in list(news(closing, again, BY))
    assert emptied(again, SALES.name) == NOW  # a late word of its end is none


# ---- the pool ----------------------------------------------------------------------------------

FREE = {ADA.id: Figures(5.0, calls=9), GRACE.id: Figures(7.0, calls=3)}


def pool_of(*members: Member, strategy: str = "most-idle") -> Pool:
    pool = Pool({SALES.name: Rules(members, strategy)})
    for agent, figures in FREE.items():
        pool.add_agent(agent, figures)
    return pool


def order_of(pool: Pool) -> list[AgentId]:
    return [free.agent for free in pool.shares[SALES.name].able[()].free]


def test_whoever_is_free_and_waits_meets_in_a_queue_as_soon_as_it_and_its_members_are_there() -> (
    None
):
    pool = pool_of()
    pool.add_call(Waiting(CallId("c-1"), SALES.name, 1.0, 0))
    assert not pool.servable
    pool.set_queue(SALES.name, Rules((Member(GRACE.id, 0),)))
    assert pool.servable[SALES.name].call == "c-1"
    pool.set_queue(SALES.name, Rules(()))
    assert not pool.servable


def test_a_change_of_a_queue_changes_nobodys_figures_and_no_turn() -> None:
    pool = pool_of(Member(ADA.id, 0), Member(GRACE.id, 1), strategy="round-robin")
    pool.shares[SALES.name].offered(GRACE.id)
    rules = Rules((Member(LINUS.id, 0), Member(ADA.id, 1), Member(GRACE.id, 2)), "round-robin")
    pool.set_queue(SALES.name, rules)
    assert pool.agents == FREE
    assert pool.shares[SALES.name].turns == {1: 2}


def test_who_logged_on_later_is_not_behind_again_after_a_change() -> None:
    pool = pool_of(Member(ADA.id, 0), Member(GRACE.id, 1), strategy="fewest-calls")
    pool.add_agent(LINUS.id, Figures(1.0))
    members = (Member(ADA.id, 0), Member(GRACE.id, 1), Member(LINUS.id, 2))
    pool.set_queue(SALES.name, Rules(members, "fewest-calls"))
    first = pool.shares[SALES.name].able[()].free[0]
    assert (first.agent, first.figure) == (GRACE.id, 3)  # Linus began level with her
    pool.set_queue(SALES.name, Rules(members, "fewest-calls", (20.0,)))
    assert pool.shares[SALES.name].able[()].free[0] == first


def test_an_offer_under_way_outlives_a_change_of_its_queue() -> None:
    pool = pool_of(Member(ADA.id, 0), Member(GRACE.id, 1))
    pool.add_call(Waiting(CallId("c-1"), SALES.name, 1.0, 0))
    pool.offer(LeaseId("l-1"), Pair(CallId("c-1"), ADA.id, SALES.name, ""))
    pool.set_queue(SALES.name, Rules((Member(GRACE.id, 0),)))
    assert order_of(pool) == [GRACE.id]
    assert pool.refused(LeaseId("l-1")) is not None
    assert pool.servable[SALES.name].call == "c-1"


def test_a_queue_that_is_no_more_has_nobody_free() -> None:
    pool = pool_of(Member(ADA.id, 0))
    pool.remove_queue(SALES.name)
    pool.remove_queue(SALES.name)
    pool.remove_agent(ADA.id)
    assert not pool.shares
