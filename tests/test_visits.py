"""A caller's visits: each with one ending, each leg of an agent's with its talk and its hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from msgspec import structs

from actors.core.call.bridge import MOST_HOLDS
from actors.core.call.events import AnnouncementDue
from actors.core.leg.timers import Unanswered
from actors.core.wire.uri import SipUri
from actors.ids import Leg, QueueName
from actors.messages import facts, floor, life, sip
from actors.messages import media as rtp
from actors.messages.by import BY_SERVER
from actors.messages.facts import CallJoined, CallLeft, HoldEnded, HoldStarted
from actors.messages.message import Message
from tests import callkit as kit
from tests.call_stories import FIRST, SECOND, begun, dialled, talking, waiting
from tests.callkit import ADA, BOB, CALL, CALLER, QUEUE, Story, ring

SALES = QueueName("sales")
EPOCH = 1e9
"""Of a Story: wall clock at the monotonic zero."""
HOLD, RESUME = kit.media(direction=sip.Direction.SENDONLY), kit.media()


def left(story: Story) -> list[tuple[str, str, str, int]]:
    """Return the endings of the visits so far, each with reason, by whom, and how long."""
    return [(one.ending, one.reason, one.by, one.waited_ms) for one in story.of(CallLeft)]


def agent_dies(story: Story) -> None:
    """Let the agent's phone be gone in the middle of the talk."""
    silent = (rtp.MediaSilent(FIRST, 2.0), rtp.MediaSilent(FIRST, 4.0))
    story.tell(*silent, Unanswered(1, 1))


# ---- joining ------------------------------------------------------------------------------------


def test_a_visit_begins_with_all_that_its_figures_need() -> None:
    queue = replace(QUEUE, target_seconds=30.0, short_abandon=3.0)
    story = begun(queue=queue)
    story.tell(kit.opened(), kit.confirmed())
    assert story.of(CallJoined) == []

    story.tell(kit.placed(queue, 7))

    assert story.of(CallJoined) == [
        CallJoined(
            100.0 + EPOCH,
            CALL,
            SALES,
            since=99.5 + EPOCH,
            priority=3,
            place=7,
            target_seconds=30.0,
            short_abandon=3.0,
        )
    ]
    story.tell(kit.placed(queue, 8))
    assert len(story.of(CallJoined)) == 1


@pytest.mark.parametrize(
    ("does", "result"),
    [(kit.hung_up(), "abandoned"), (life.Shutdown("stop"), "failed")],
)
def test_who_ends_before_the_queue_has_placed_him_has_left_it_without_a_visit(
    does: Message, result: str
) -> None:
    story = begun()
    story.tell(kit.opened(), kit.confirmed())

    story.later(1).tell(does, kit.placed())

    assert [type(one) for one in story.to_queue()] == [floor.Join, floor.Left]
    assert not story.of(CallJoined) + story.of(CallLeft)
    [end] = story.of(facts.CallFinished)
    assert (end.result, end.waited_ms) == (result, 0)


def test_another_queues_word_places_nobody() -> None:
    story = begun()
    story.tell(kit.opened(), kit.confirmed())

    assert story.tell(kit.placed(replace(QUEUE, name=QueueName("support")))) == []


def test_who_never_joins_has_no_visit_but_his_queue_is_known() -> None:
    story = begun()
    story.tell(kit.no_media())

    assert [one.queue for one in story.of(facts.CallEntered)] == [SALES]
    assert [one.result for one in story.of(facts.CallFinished)] == ["refused"]
    assert not story.of(CallJoined) + story.of(CallLeft)


def test_the_journal_keeps_so_much_of_what_a_caller_calls_himself_and_no_more() -> None:
    uri = SipUri.parse(f"sip:{'5' * 500}@192.0.2.1")
    call = structs.replace(kit.incoming(), caller=sip.Party(uri, "Carla " * 500))
    [entered] = begun(call).of(facts.CallEntered)

    assert (entered.caller_number, len(entered.caller_name)) == ("5" * 64, 80)


def test_who_does_not_want_to_be_known_has_neither_number_nor_name() -> None:
    call = structs.replace(kit.incoming(), privacy=frozenset({"id"}))
    [entered] = begun(call).of(facts.CallEntered)

    assert (entered.caller_number, entered.caller_name) == ("anonymous", "Anonymous")


# ---- the endings --------------------------------------------------------------------------------

Does = Callable[[Story], object]


@pytest.mark.parametrize(
    ("seconds", "does", "ending"),
    [
        (60.0, lambda it: it.tell(kit.hung_up()), ("abandoned", "caller-hung-up", "caller")),
        (5.0, lambda it: it.tell(kit.hung_up()), ("abandoned", "caller-hung-up", "caller")),
        (4.9, lambda it: it.tell(kit.hung_up()), ("short", "caller-hung-up", "caller")),
        (8.0, lambda it: it.tell(kit.over(code=408)), ("abandoned", "phone-gone", "server")),
        (8.0, lambda it: it.tell(kit.over(code=481)), ("abandoned", "phone-gone", "server")),
        (8.0, lambda it: it.tell(kit.over(code=500)), ("failed", "sip-500", "server")),
        (8.0, lambda it: it.tell(life.Shutdown("stop")), ("failed", "shutdown", "server")),
        (1.0, lambda it: it.tell(life.Fault(kit.opened())), ("failed", "fault", "server")),
    ],
)
@pytest.mark.parametrize("rings", [False, True])
def test_each_way_out_of_the_line_is_one_ending(
    *, rings: bool, seconds: float, does: Does, ending: tuple[str, str, str]
) -> None:
    story = waiting().later(seconds)
    if rings:
        story.tell(ring(1), kit.opened(FIRST), kit.on_the_wire(FIRST))

    does(story)

    assert left(story) == [(*ending, round(1000 * seconds))]
    [end] = story.of(facts.CallFinished)
    assert (end.by, end.waited_ms) == (ending[2], round(1000 * seconds))


def test_an_answer_ends_the_visit_and_whatever_ends_the_call_is_no_ending_of_it() -> None:
    story = talking()

    assert left(story) == [("answered", "agent-answered", "agent:2771", 8000)]
    assert [one.agent for one in story.of(CallLeft)] == [ADA]
    story.later(60).tell(kit.hung_up())
    assert len(story.of(CallLeft)) == 1


def test_a_caller_who_is_given_back_begins_another_visit_with_the_old_place() -> None:
    story = talking().later(40)
    agent_dies(story)
    story.tell(kit.placed())
    story.later(2).tell(kit.hung_up())

    joined = story.of(CallJoined)
    assert [one.since for one in joined] == [99.5 + EPOCH] * 2
    assert [one.at - EPOCH for one in joined] == [100.0, 148.0]
    assert left(story)[1:] == [("short", "caller-hung-up", "caller", 2000)]
    [end] = story.of(facts.CallFinished)
    assert (end.waited_ms, end.talked_ms, end.held_ms) == (10_000, 40_000, 0)


def test_all_visits_of_a_place_have_the_same_beginning_to_the_last_digit() -> None:
    story = talking().later(40)
    story.epoch += 3e-6
    agent_dies(story)
    story.tell(kit.placed())

    first, second = (one.since for one in story.of(CallJoined))
    assert first == second


def test_announcements_of_an_earlier_visit_are_not_said_in_a_later_one() -> None:
    story = talking()
    agent_dies(story)
    story.tell(kit.placed())

    assert story.fire(AnnouncementDue(1)) == []
    assert [type(effect) for effect in story.fire(AnnouncementDue(2))][1:] == [rtp.Play]


# ---- agents' legs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("does", "ended_by", "reason"),
    [
        (lambda it: it.tell(kit.hung_up()), "caller", "caller-hung-up"),
        (lambda it: it.tell(kit.hung_up(FIRST)), "agent", "agent-hung-up"),
        (lambda it: it.tell(kit.over(code=481)), "server", "phone-gone"),
        (agent_dies, "server", "phone-gone"),
        (lambda it: it.tell(kit.over(FIRST, 500)), "server", "sip-500"),
        (lambda it: it.tell(life.Shutdown("stop")), "server", "shutdown"),
        (lambda it: it.tell(life.Fault(kit.opened())), "server", "fault"),
    ],
)
def test_each_talk_has_a_beginning_and_one_end(does: Does, ended_by: str, reason: str) -> None:
    story = talking()
    lease = ring(1).lease
    assert story.of(facts.LegBridged) == [
        facts.LegBridged(story.at + EPOCH, CALL, SALES, ADA, lease)
    ]

    does(story.later(30))
    story.tell(kit.hung_up())

    at = story.at + EPOCH
    assert story.of(facts.LegEnded) == [
        facts.LegEnded(at, CALL, ADA, lease, 30_000, 0, ended_by, reason)
    ]


def test_offers_are_told_with_their_lease_and_with_who_decided() -> None:
    story = dialled()
    story.tell(kit.refused(FIRST, 603))
    story.tell(ring(2, BOB), kit.opened(SECOND), kit.on_the_wire(SECOND))
    story.later(15).tell(kit.answered(SECOND))

    assert [(one.lease, one.by) for one in story.of(facts.CallOffered)] == [
        ("1", "rule:most-idle"),
        ("2", "rule:most-idle"),
    ]
    assert [(one.lease, one.outcome, one.by) for one in story.of(facts.OfferEnded)] == [
        ("1", "declined", "agent:2771"),
        ("2", "answered", "agent:2772"),
    ]


@pytest.mark.parametrize(
    ("does", "outcome", "by"),
    [
        (lambda it: it.tell(kit.hung_up()), "call-gone", "caller"),
        (lambda it: it.tell(life.Shutdown("stop")), "call-gone", "server"),
        (lambda it: it.tell(kit.refused(FIRST, 486)), "busy", "agent:2771"),
        (lambda it: it.tell(kit.refused(FIRST, 404)), "unreachable", "server"),
        (lambda it: it.tell(kit.refused(FIRST, 488)), "failed", "server"),
        (
            lambda it: it.tell(floor.Withdraw(ring(1).lease, CALL, BY_SERVER)),
            "withdrawn",
            "server",
        ),
    ],
)
def test_an_offer_that_leads_to_nothing_says_whose_doing_that_was(
    does: Does, outcome: str, by: str
) -> None:
    story = dialled()

    does(story)

    assert [(one.outcome, one.by) for one in story.of(facts.OfferEnded)] == [(outcome, by)]


def test_of_several_that_ring_the_losers_were_lost_to_the_one_who_answered() -> None:
    story = waiting(replace(QUEUE, strategy="ring-all"))
    for lease, agent, leg in ((1, ADA, FIRST), (2, BOB, SECOND)):
        story.tell(ring(lease, agent), kit.opened(leg), kit.on_the_wire(leg))

    story.later(6).tell(kit.answered(SECOND))

    assert {(one.agent, one.outcome, one.by) for one in story.of(facts.OfferEnded)} == {
        (ADA, "call-gone", "agent:2772"),
        (BOB, "answered", "agent:2772"),
    }
    assert left(story) == [("answered", "agent-answered", "agent:2772", 6000)]
    assert [one.agent for one in story.of(facts.LegBridged)] == [BOB]


# ---- hold ---------------------------------------------------------------------------------------


def holds(story: Story, leg: Leg) -> None:
    story.tell(sip.MediaChanged(leg, HOLD))


def resumes(story: Story, leg: Leg) -> None:
    story.tell(sip.MediaChanged(leg, RESUME))


def test_hold_counts_while_one_side_holds_or_both_and_talk_is_the_rest() -> None:
    story = talking()
    holds(story.later(10), FIRST)
    holds(story.later(5), CALLER)
    resumes(story.later(5), FIRST)
    resumes(story.later(5), CALLER)
    holds(story.later(10), CALLER)
    story.later(7).tell(kit.hung_up())

    started = [(one.at - EPOCH - 108, one.agent, one.side) for one in story.of(HoldStarted)]
    ended = [(one.at - EPOCH - 108, one.agent, one.side) for one in story.of(HoldEnded)]
    assert started == [(10, ADA, "agent"), (15, ADA, "caller"), (35, ADA, "caller")]
    assert ended == [(20, ADA, "agent"), (25, ADA, "caller"), (42, ADA, "caller")]
    [leg] = story.of(facts.LegEnded)
    assert (leg.talked_ms, leg.held_ms) == (20_000, 22_000)
    [end] = story.of(facts.CallFinished)
    assert (end.talked_ms, end.held_ms) == (20_000, 22_000)


def test_who_holds_when_the_agent_answers_holds_from_there() -> None:
    story = dialled()
    holds(story, CALLER)
    assert not story.of(HoldStarted)

    story.later(3).tell(kit.answered(FIRST))
    story.later(4).tell(kit.hung_up())

    assert [one.at for one in story.of(HoldStarted)] == [one.at for one in story.of(CallLeft)]
    [leg] = story.of(facts.LegEnded)
    assert (leg.talked_ms, leg.held_ms) == (0, 4000)


def test_a_phone_that_holds_without_end_fills_no_journal() -> None:
    story = talking()
    for _ in range(2 * MOST_HOLDS):
        holds(story.later(1), CALLER)
        resumes(story.later(1), CALLER)
    story.tell(kit.hung_up())

    assert len(story.of(HoldStarted)) == len(story.of(HoldEnded)) == MOST_HOLDS
    [leg] = story.of(facts.LegEnded)
    assert (leg.talked_ms, leg.held_ms) == (200_000, 200_000)
