"""The waiting line, and QueueActor, which keeps it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from actors.ids import AgentId, CallId, PromptId, QueueName
from actors.messages import floor as f
from actors.messages import views
from actors.messages.by import by_rule
from actors.messages.life import Undelivered
from actors.queue import QueueActor
from actors.settings import Destination, Overflow, Prompt, Queue
from tests.harness import Desk

SALES = QueueName("sales")
ADA, BOB = AgentId("2771"), AgentId("2772")


def join(call: str, since: float, priority: int = 0) -> f.Join:
    sip_call_id, caller = f"{call}@192.0.2.1", f"{call}@gateway"
    return f.Join(CallId(call), SALES, since, priority, sip_call_id, caller, "sales@acd")


class Hall:
    """One real queue at a desk."""

    def __init__(self, strategy: str = "most-idle", **terms: Any) -> None:
        self.desk = Desk()
        queue = Queue(SALES, priority=5, strategy=strategy, **terms)
        self.actor = self.desk.seat(QueueActor(self.desk.world, queue), queue="sales")

    def tell(self, *messages: object) -> None:
        for message in messages:
            self.desk.tell(self.actor, message)

    def told(self) -> list[object]:
        return self.desk.floor.take()

    def calls(self) -> list[tuple[str, str]]:
        snapshot = self.desk.ask(self.actor, views.GetSnapshot())
        assert snapshot.name == SALES
        return [(call.id.split("@")[0], call.state) for call in snapshot.calls]


def test_whoever_joins_may_be_offered_with_both_priorities_added() -> None:
    hall = Hall()

    hall.tell(join("a", 10.0, priority=2))

    assert hall.told() == [f.Waiting(CallId("a"), SALES, 10.0, 7)]


def test_a_caller_is_told_the_place_in_the_order_of_the_match() -> None:
    hall = Hall()
    calls = {name: hall.desk.call(name) for name in "abcdef"}

    hall.tell(join("a", 10.0), join("b", 11.0), join("c", 12.0, priority=1), join("d", 10.5))
    hall.tell(f.Assigned(CallId("a"), ADA), f.Connected(CallId("c"), BOB), join("e", 13.0))
    hall.tell(f.Left(CallId("b")), join("c", 12.0, priority=1))
    hall.tell(f.Connected(CallId("a"), ADA), join("f", 9.0))

    told = {name: [placed.place for placed in call.of(f.Placed)] for name, call in calls.items()}
    assert told == {"a": [1], "b": [2], "c": [1, 1], "d": [3], "e": [4], "f": [2]}


def test_the_snapshot_shows_the_waiting_first_as_the_match_orders_them() -> None:
    hall = Hall()
    hall.tell(join("a", 10.0), join("b", 11.0), join("c", 12.0), join("d", 9.0), join("e", 13.0, 1))

    hall.tell(f.Connected(CallId("a"), ADA), f.Assigned(CallId("b"), BOB))

    assert hall.calls() == [
        ("e", "waiting"),
        ("d", "waiting"),
        ("c", "waiting"),
        ("b", "assigned"),
        ("a", "connected"),
    ]


def test_a_call_is_shown_by_its_sip_names() -> None:
    hall = Hall()
    hall.tell(join("a", 10.0))

    [view] = hall.desk.ask(hall.actor, views.GetSnapshot()).calls

    assert view == views.CallView("a@192.0.2.1", "waiting", "a@gateway", "sales@acd")


def test_a_snapshot_is_made_anew_only_after_a_change() -> None:
    hall = Hall()
    hall.tell(join("a", 10.0))

    first = hall.desk.ask(hall.actor, views.GetSnapshot())
    assert hall.desk.ask(hall.actor, views.GetSnapshot()) is first

    hall.tell(f.Assigned(CallId("a"), ADA))
    assert hall.calls() == [("a", "assigned")]


def test_a_call_given_back_keeps_its_place_and_age() -> None:
    hall = Hall()
    hall.tell(join("a", 10.0), join("b", 11.0), f.Assigned(CallId("a"), ADA))
    hall.told()

    hall.desk.advance(15)
    hall.tell(f.Returned(CallId("a")))

    assert hall.told() == [f.Waiting(CallId("a"), SALES, 10.0, 5, tried=(ADA,))]
    assert hall.calls() == [("a", "waiting"), ("b", "waiting")]


def test_a_call_given_back_tells_who_was_rung_for_it_the_latest_last() -> None:
    hall = Hall()
    hall.tell(join("a", 10.0))

    for agent in (ADA, BOB, ADA):
        hall.tell(f.Assigned(CallId("a"), agent), f.Returned(CallId("a")))

    assert [told.tried for told in hall.desk.floor.of(f.Waiting)] == [
        (),
        (ADA,),
        (ADA, BOB),
        (BOB, ADA),
    ]


def test_a_call_that_rests_waits_but_is_not_to_be_offered() -> None:
    hall = Hall()
    hall.tell(join("a", 10.0), f.Assigned(CallId("a"), ADA))
    hall.told()

    hall.tell(f.Resting(CallId("a")))
    assert (hall.told(), hall.calls()) == ([], [("a", "waiting")])

    hall.tell(f.Returned(CallId("a"), frozenset({ADA})))
    assert hall.told() == [f.Waiting(CallId("a"), SALES, 10.0, 5, frozenset({ADA}), tried=(ADA,))]


def test_a_call_whose_agent_died_while_talking_is_first_again_and_avoids_the_same_phones() -> None:
    hall = Hall()
    hall.tell(join("a", 10.0), join("b", 11.0), f.Connected(CallId("a"), ADA))
    hall.told()

    hall.tell(replace(join("a", 10.0), avoid=frozenset({BOB})))

    assert hall.told() == [f.Waiting(CallId("a"), SALES, 10.0, 5, frozenset({BOB}))]
    assert hall.calls() == [("a", "waiting"), ("b", "waiting")]


def test_a_call_that_leaves_is_offered_no_more() -> None:
    hall = Hall()
    hall.tell(join("a", 10.0), join("b", 11.0), f.Assigned(CallId("b"), ADA))
    hall.told()

    hall.tell(f.Left(CallId("a")))
    hall.tell(f.Left(CallId("b")))

    assert hall.told() == [f.NotWaiting(CallId("a")), f.NotWaiting(CallId("b"))]
    assert hall.calls() == []


def test_a_call_that_talked_needs_no_taking_back() -> None:
    hall = Hall()
    hall.tell(join("a", 10.0), f.Connected(CallId("a"), ADA))
    hall.told()

    hall.tell(f.Left(CallId("a")))

    assert hall.told() == []


def test_word_of_a_call_that_has_left_changes_nothing() -> None:
    hall = Hall()
    gone = CallId("a")

    hall.tell(f.Assigned(gone, ADA), f.Connected(gone, ADA), f.Returned(gone))
    hall.tell(f.Left(gone), "nonsense")

    assert (hall.told(), hall.calls()) == ([], [])


# ---- several phones at a time -------------------------------------------------------------------


def wanted(hall: Hall) -> list[tuple[int, int]]:
    """How many more phones were to ring, and how many did, each time the floor was told."""
    return [(told.phones, told.ringing) for told in hall.told() if isinstance(told, f.Waiting)]


def test_a_call_for_all_wants_more_phones_as_long_as_nobody_answers() -> None:
    hall = Hall("ring-all")
    hall.tell(join("a", 10.0), f.Assigned(CallId("a"), ADA), f.Assigned(CallId("a"), BOB))
    assert wanted(hall) == [(50, 0)]

    hall.tell(f.StillRings(CallId("a"), frozenset({BOB})))
    assert wanted(hall) == [(49, 1)]
    assert hall.calls() == [("a", "assigned")]

    hall.tell(f.Connected(CallId("a"), BOB))
    assert hall.told() == [f.NotWaiting(CallId("a"))]


def test_a_call_for_all_that_rests_wants_nobody_meanwhile() -> None:
    hall = Hall("ring-all")
    hall.tell(join("a", 10.0), f.Assigned(CallId("a"), ADA))
    hall.told()

    hall.tell(f.Resting(CallId("a")))

    assert hall.told() == [f.NotWaiting(CallId("a"))]


def test_one_more_phone_is_wanted_every_ring_delay_of_a_round() -> None:
    hall = Hall("ring-progressively")
    hall.tell(join("a", 10.0), f.Assigned(CallId("a"), ADA))
    assert wanted(hall) == [(1, 0)]

    hall.desk.advance(10.0)
    assert wanted(hall) == [(1, 1)]
    hall.tell(f.Assigned(CallId("a"), BOB))
    hall.desk.advance(10.0)
    assert wanted(hall) == [(1, 2)]

    hall.tell(f.Returned(CallId("a")))
    assert wanted(hall) == [(1, 0)]
    hall.tell(f.Assigned(CallId("a"), ADA))
    hall.desk.advance(9.9)
    assert wanted(hall) == []
    hall.desk.advance(0.1)
    assert wanted(hall) == [(1, 1)]


# ---- limits -------------------------------------------------------------------------------------

BYE = Destination(say=Prompt(PromptId("bye"), text="Goodbye."))
TO_SUPPORT = Destination(queue=QueueName("support"))


def limited() -> Hall:
    """Two wait at most, each for 60 s at most."""
    overflow = Overflow(max_length=BYE, max_wait=TO_SUPPORT)
    return Hall(max_length=2, max_wait=60.0, overflow=overflow)


def orders(hall: Hall, call: str) -> list[object]:
    """What the queue tells the call from now on."""
    probe = hall.desk.call(call)
    hall.desk.advance(0.0)
    return probe.got


def test_a_queue_that_is_full_lets_nobody_in_until_somebody_leaves() -> None:
    hall = limited()
    third, fourth = hall.desk.call("c"), hall.desk.call("d")
    hall.tell(join("a", 10.0), join("b", 11.0), f.Assigned(CallId("a"), ADA))

    hall.tell(join("c", 12.0))
    assert third.got == [f.NotPlaced(CallId("c"), SALES, "max-length", BYE)]
    assert hall.calls() == [("b", "waiting"), ("a", "assigned")]

    hall.tell(f.Connected(CallId("a"), ADA), join("d", 13.0))
    assert [type(one) for one in fourth.got] == [f.Placed]


def test_who_is_to_be_let_in_anyway_is() -> None:
    hall = limited()
    hall.tell(join("a", 10.0), join("b", 11.0), replace(join("c", 12.0), anyway=True))

    assert [name for name, _ in hall.calls()] == ["a", "b", "c"]


def test_who_has_waited_for_long_enough_is_sent_on_and_offered_no_more() -> None:
    hall = limited()
    got = orders(hall, "a")
    hall.tell(join("a", 10.0))
    hall.told()

    hall.desk.advance(59.9)
    assert [type(one) for one in got] == [f.Placed]
    hall.desk.advance(0.1)
    assert got[1:] == [f.MoveOn(CallId("a"), SALES, "max-wait", TO_SUPPORT, by_rule("max-wait"))]
    assert hall.told() == [f.NotWaiting(CallId("a"))]

    hall.tell(f.Returned(CallId("a")))
    assert hall.told() == []
    hall.tell(f.Left(CallId("a")))
    assert hall.calls() == []


def test_a_phone_that_rings_when_the_time_is_over_is_the_last() -> None:
    hall = limited()
    got = orders(hall, "a")
    hall.tell(join("a", 10.0), f.Assigned(CallId("a"), ADA))
    hall.told()

    hall.desk.advance(60.0)
    assert [type(one) for one in got] == [f.Placed, f.MoveOn]
    hall.tell(f.StillRings(CallId("a"), frozenset({ADA})))
    assert [type(one) for one in hall.told()] == [f.NotWaiting]


def test_the_time_of_an_earlier_visit_sends_nobody_on_in_a_later_one() -> None:
    hall = limited()
    got = orders(hall, "a")
    hall.tell(join("a", 10.0), f.Connected(CallId("a"), ADA))
    hall.desk.advance(30.0)
    hall.tell(replace(join("a", 10.0), visit=2))

    hall.desk.advance(30.0)
    assert [type(one) for one in got] == [f.Placed, f.Placed]
    hall.desk.advance(30.0)
    assert [type(one) for one in got] == [f.Placed, f.Placed, f.MoveOn]


def test_who_talks_is_not_sent_on() -> None:
    hall = limited()
    got = orders(hall, "a")
    hall.tell(join("a", 10.0), f.Connected(CallId("a"), ADA))

    hall.desk.advance(100.0)

    assert [type(one) for one in got] == [f.Placed]


# ---- agents who are there -----------------------------------------------------------------------


def attended(no_agents: str) -> Hall:
    """A queue to which it matters whether anybody is there; Ada is."""
    hall = Hall(no_agents=no_agents, overflow=Overflow(no_agents=BYE))
    hall.tell(f.AgentIs(ADA, "idle"))
    return hall


@pytest.mark.parametrize("no_agents", ["refuse", "leave"])
def test_where_nobody_is_there_nobody_is_let_in(no_agents: str) -> None:
    hall = attended(no_agents)
    first, second, third = (hall.desk.call(name) for name in "abc")
    hall.tell(f.AgentIs(ADA, "oncall"), join("a", 10.0))

    hall.tell(f.AgentIs(ADA, "loggedout"), join("b", 11.0))
    hall.tell(f.AgentIs(ADA, "paused"), join("c", 12.0))

    assert [type(one) for one in first.got + third.got] == [f.Placed, f.Placed]
    assert second.got == [f.NotPlaced(CallId("b"), SALES, "no-agents", BYE)]


@pytest.mark.parametrize(("no_agents", "leaves"), [("refuse", []), ("leave", [f.MoveOn])])
def test_who_waits_when_the_last_agent_goes_leaves_after_a_while_where_that_is_wanted(
    no_agents: str, leaves: list[type]
) -> None:
    hall = attended(no_agents)
    got = orders(hall, "a")
    hall.tell(join("a", 10.0), f.AgentIs(ADA, "unavailable"))

    hall.desk.advance(4.9)
    assert [type(one) for one in got] == [f.Placed]
    hall.desk.advance(0.1)
    assert [type(one) for one in got] == [f.Placed, *leaves]


def test_an_agent_who_is_away_for_a_moment_costs_nobody_his_place() -> None:
    hall = attended("leave")
    got = orders(hall, "a")
    hall.tell(join("a", 10.0), f.AgentIs(ADA, "unavailable"))
    hall.desk.advance(4.0)
    hall.tell(f.AgentIs(BOB, "idle"), f.AgentIs(BOB, "notresponding"))

    hall.desk.advance(4.9)
    assert [type(one) for one in got] == [f.Placed]
    hall.desk.advance(0.1)
    assert [type(one) for one in got] == [f.Placed, f.MoveOn]


def test_a_caller_whom_the_queue_fails_to_let_in_is_told_so_and_is_in_no_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hall = Hall()
    call = hall.desk.call("a")
    monkeypatch.setattr(hall.actor, "_offer", lambda _: 1 / 0)
    hall.desk.faults_expected = True

    hall.tell(join("a", 10.0))

    assert call.take() == [Undelivered(join("a", 10.0))]
    assert hall.calls() == []
    assert hall.told() == [f.NotWaiting(CallId("a"), 1)]


def test_a_call_to_a_queue_that_is_no_more_hears_so() -> None:
    desk = Desk()
    caller = desk.call("a")

    desk.post.to_queue(SALES, join("a", 10.0), caller.ref)

    assert caller.take() == [Undelivered(join("a", 10.0))]
