"""The one match: order between calls and between agents, by example."""

from __future__ import annotations

from itertools import count

from actors.core.board import Board, Pair
from actors.core.match import match, why_agent, why_call
from actors.core.strategies import FreeAgent, most_idle
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages.floor import Waiting

SALES, SUPPORT, VIP = QueueName("sales"), QueueName("support"), QueueName("vip")
ADA, BOB, CYD = AgentId("a"), AgentId("b"), AgentId("c")


def waiting(call: str, queue: QueueName = SALES, since: float = 0.0, priority: int = 0) -> Waiting:
    return Waiting(CallId(call), queue, since, priority)


def offer_all(board: Board, leases: count[int] | None = None) -> list[Pair]:
    """Match until nothing is left, as the floor does."""
    leases, pairs = leases or count(1), []
    while (pair := match(board)) is not None:
        board.offer(LeaseId(next(leases)), pair)
        pairs.append(pair)
    return pairs


def names(pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.call, pair.agent) for pair in pairs]


# ---- by example --------------------------------------------------------------------------------


def test_the_agent_idle_for_the_longest_is_offered_the_call() -> None:
    board = Board({SALES: [ADA, BOB]})
    board.add_agent(ADA, 20.0)
    board.add_agent(BOB, 10.0)

    board.add_call(waiting("1"))

    assert names(offer_all(board)) == [("1", BOB)]


def test_ties_go_by_order_of_membership_then_by_id() -> None:
    board = Board({SALES: [CYD, ADA, BOB]})
    for agent in (ADA, BOB, CYD):
        board.add_agent(agent, 10.0)

    board.add_call(waiting("1"))

    assert names(offer_all(board)) == [("1", CYD)]
    assert most_idle([FreeAgent(BOB, 1.0, 0), FreeAgent(ADA, 1.0, 0)]).agent == ADA


def test_of_two_queues_that_compete_the_older_call_is_first() -> None:
    board = Board({SALES: [ADA], SUPPORT: [ADA]})
    board.add_call(waiting("young", SALES, 11.0))
    board.add_call(waiting("old", SUPPORT, 10.999999))

    board.add_agent(ADA, 0.0)

    assert names(offer_all(board)) == [("old", ADA)]


def test_priority_comes_before_age_and_the_queues_name_breaks_the_tie() -> None:
    board = Board({SUPPORT: [ADA], SALES: [ADA], VIP: [ADA]})
    board.add_call(waiting("z", SUPPORT, 5.0))
    board.add_call(waiting("y", SALES, 5.0))
    board.add_call(waiting("x", VIP, 9.0, priority=1))
    order = []

    for turn in range(3):
        board.add_agent(ADA, 0.0)
        order += [pair.call for pair in offer_all(board)]
        board.granted(LeaseId(1))
        assert len(order) == turn + 1

    assert order == ["x", "y", "z"]


def test_a_call_nobody_may_take_blocks_nobody() -> None:
    board = Board({VIP: [BOB], SALES: [ADA]})
    board.add_call(waiting("vip", VIP, 0.0, priority=9))
    board.add_call(waiting("plain", SALES, 5.0))

    board.add_agent(ADA, 0.0)

    assert names(offer_all(board)) == [("plain", ADA)]


def test_an_agent_who_refuses_is_not_asked_again_and_the_call_goes_to_the_next() -> None:
    board = Board({SALES: [ADA, BOB]})
    board.add_agent(ADA, 0.0)
    board.add_agent(BOB, 1.0)
    board.add_call(waiting("1"))
    assert names(offer_all(board)) == [("1", ADA)]

    board.refused(LeaseId(1))

    assert names(offer_all(board, count(2))) == [("1", BOB)]
    assert ADA not in board.idle_since


def test_a_call_that_left_under_an_offer_does_not_come_back() -> None:
    board = Board({SALES: [ADA, BOB]})
    board.add_agent(ADA, 0.0)
    board.add_agent(BOB, 0.0)
    board.add_call(waiting("1"))
    offer_all(board)

    board.remove_call(CallId("1"))
    board.refused(LeaseId(1))

    assert offer_all(board) == []


def test_an_agent_told_free_under_an_offer_is_offered_nothing_more() -> None:
    board = Board({SALES: [ADA]})
    board.add_agent(ADA, 0.0)
    board.add_call(waiting("1"))
    board.add_call(waiting("2", since=1.0))
    assert names(offer_all(board)) == [("1", ADA)]

    board.remove_agent(ADA)
    board.add_agent(ADA, 5.0)

    assert offer_all(board) == []


def test_an_answer_to_an_offer_long_closed_changes_nothing() -> None:
    board = Board({SALES: [ADA]})
    board.add_agent(ADA, 0.0)

    assert board.granted(LeaseId(77)) is None
    assert board.refused(LeaseId(77)) is None
    assert board.idle_since == {ADA: 0.0}


def test_a_call_for_a_queue_nobody_knows_waits_and_harms_nobody() -> None:
    board = Board({SALES: [ADA]})
    board.add_agent(ADA, 0.0)
    board.add_agent(AgentId("unknown"), 0.0)

    board.add_call(waiting("1", SUPPORT))

    assert offer_all(board) == []
    assert why_call(board, CallId("1")) == "queue support has no members"


def test_why_is_answered_for_calls_and_agents() -> None:
    board = Board({SALES: [ADA, BOB], VIP: [BOB]})
    board.add_call(waiting("1", SALES, 1.0))
    board.add_call(waiting("2", SALES, 2.0))
    assert why_call(board, CallId("2")) == "1 ahead in queue sales, 0 of its 2 agents free"
    assert why_agent(board, ADA) == "not free"

    board.add_agent(ADA, 0.0)
    [pair] = offer_all(board)

    assert pair.why == "first in sales with priority 0, most-idle of 1 free"
    assert why_call(board, CallId("1")) == "under offer to agent a"
    assert why_agent(board, ADA) == "under offer of call 1"
    assert why_call(board, CallId("3")) == "not waiting"
    assert why_agent(board, AgentId("x")) == "a member of no queue"
    board.granted(LeaseId(1))
    board.remove_call(CallId("2"))
    board.add_agent(BOB, 0.0)
    assert why_agent(board, BOB) == "free; no call waits in sales, vip"
