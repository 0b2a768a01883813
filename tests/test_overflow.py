"""A caller who may not wait, or no longer: what becomes of his call, one story at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.core.call.events import OfferAgain, SaidByNow
from actors.core.effects import AtQueue
from actors.ids import PromptId, QueueName
from actors.messages import facts, floor, life, sip
from actors.messages import media as rtp
from actors.messages.by import By, by_rule
from actors.messages.facts import CallFinished, CallJoined, CallLeft, JoinRefused
from actors.messages.life import Undelivered
from actors.settings import Destination, Overflow, Prompt
from tests import callkit as kit
from tests.call_stories import FIRST, SECOND, begun, dialled, talking, waiting
from tests.callkit import ADA, BOB, CALL, CALLER, QUEUE, SALES, Story, done, ring

SUPPORT = replace(QUEUE, name=QueueName("support"), priority=1, strategy="linear")
TO_SUPPORT = Destination(queue=SUPPORT.name)
BYE = Prompt(PromptId("bye"), "Please call again.")
GOODBYE = Destination(say=BYE)
RULE = by_rule("max-wait")


def move_on(to: Destination = TO_SUPPORT, by: By = RULE) -> floor.MoveOn:
    return floor.MoveOn(CALL, SALES, "max-wait", to, by)


def not_placed(to: Destination, queue: QueueName = SALES) -> floor.NotPlaced:
    return floor.NotPlaced(CALL, queue, "max-length", to)


def joining() -> Story:
    story = begun()
    story.tell(kit.opened(), kit.confirmed())
    return story


def visits(story: Story) -> list[tuple[str, str, str, str | None]]:
    """Where each visit was, how it ended and why, and where it led to."""
    return [(one.queue, one.ending, one.reason, one.to) for one in story.of(CallLeft)]


def told(story: Story) -> list[tuple[str, str]]:
    """Which queue was told what."""
    return [(at.queue, type(at.message).__name__) for at in story.of(AtQueue)]


# ---- to another queue ---------------------------------------------------------------------------


def test_a_caller_sent_on_waits_in_the_other_queue_with_his_age_and_by_its_terms() -> None:
    story = waiting()
    story.tell(rtp.Played(CALLER, 1))

    story.later(60).tell(move_on())
    assert told(story) == [("sales", "Join"), ("sales", "Left"), ("support", "Join")]
    story.later(1).tell(kit.placed(SUPPORT, 4))

    assert visits(story) == [("sales", "overflowed", "max-wait", "queue:support")]
    first, second = story.of(CallJoined)
    assert (first.queue, second.queue) == ("sales", "support")
    assert first.since == second.since
    assert (second.priority, second.place) == (1, 4)
    join = story.to_queue()[-1]
    assert (join.since, join.visit, join.anyway) == (99.5, 2, False)
    assert [one.by for one in story.of(CallLeft)] == [RULE]


def test_who_is_sent_on_is_not_welcomed_again_and_hears_the_other_queues_announcements() -> None:
    story = waiting()
    story.later(60).tell(move_on())

    assert [type(one) for one in done(story.tell(kit.placed(SUPPORT)))] == [rtp.PlayMusic]


def test_an_agent_of_the_other_queue_answers_and_the_figures_add_up() -> None:
    story = waiting()
    story.later(60).tell(move_on(), kit.placed(SUPPORT))
    story.later(5).tell(ring(1, queue=SUPPORT.name), kit.opened(FIRST), kit.on_the_wire(FIRST))
    story.later(3).tell(kit.answered(FIRST))
    story.later(30).tell(kit.hung_up())

    assert [one.queue for one in story.of(facts.CallOffered)] == ["support"]
    assert [one.by for one in story.of(facts.CallOffered)] == ["rule:linear"]
    assert [one.queue for one in story.of(facts.LegBridged)] == ["support"]
    assert [(one.queue, one.ending, one.waited_ms) for one in story.of(CallLeft)] == [
        ("sales", "overflowed", 60_000),
        ("support", "answered", 8000),
    ]
    [end] = story.of(facts.CallFinished)
    assert (end.result, end.waited_ms, end.talked_ms) == ("answered", 68_000, 30_000)
    assert told(story)[-1] == ("support", "Left")


def test_a_caller_taken_out_by_somebody_is_withdrawn() -> None:
    story = waiting()
    story.later(9).tell(move_on(by=By("user:margaret")))

    assert visits(story) == [("sales", "withdrawn", "max-wait", "queue:support")]


def test_the_phone_that_rings_may_be_answered_first() -> None:
    story = dialled()
    assert story.tell(move_on()) == []

    story.later(3).tell(kit.answered(FIRST))

    assert visits(story) == [("sales", "answered", "agent-answered", None)]


@pytest.mark.parametrize(
    "over",
    [
        kit.refused(FIRST, 486),
        kit.refused(FIRST, 488),
        floor.Withdraw(ring(1).lease, CALL, By("agent:2771")),
    ],
)
def test_who_is_to_go_on_does_so_as_soon_as_no_phone_rings_for_him(over: object) -> None:
    story = dialled()
    story.tell(move_on())

    story.later(3).tell(over)

    assert visits(story) == [("sales", "overflowed", "max-wait", "queue:support")]
    assert told(story)[-2:] == [("sales", "Left"), ("support", "Join")]


def test_of_several_phones_the_last_one_rings_on_and_no_other_is_rung() -> None:
    story = waiting(replace(QUEUE, strategy="ring-all"))
    for lease, agent, leg in ((1, ADA, FIRST), (2, BOB, SECOND)):
        story.tell(ring(lease, agent), kit.opened(leg), kit.on_the_wire(leg))
    story.tell(move_on())

    story.tell(kit.refused(FIRST, 486))
    assert visits(story) == []
    assert [type(one) for one in done(story.tell(ring(3)))] == [floor.CallGone, floor.LegGone]
    story.tell(kit.refused(SECOND, 486))
    assert visits(story) == [("sales", "overflowed", "max-wait", "queue:support")]


def test_an_offer_of_the_queue_he_has_left_rings_nobody() -> None:
    story = waiting()
    story.tell(move_on())
    turned_away = [floor.CallGone, floor.LegGone]

    assert [type(one) for one in done(story.tell(ring(1)))] == turned_away
    story.tell(kit.placed(SUPPORT))
    assert [type(one) for one in done(story.tell(ring(2)))] == turned_away
    assert not story.of(sip.Dial)


def test_whose_phones_could_not_take_the_call_is_remembered_but_its_rest_is_not() -> None:
    story = dialled()
    story.tell(kit.refused(FIRST, 488))
    story.tell(move_on(), kit.placed(SUPPORT))

    assert story.to_queue()[-1].avoid == frozenset({ADA})
    assert story.fire(OfferAgain(1)) == []


@pytest.mark.parametrize("late", [talking, joining])
def test_an_order_that_comes_too_late_changes_nothing(late: object) -> None:
    story = late()  # type: ignore[operator]

    assert story.tell(move_on()) == []


def test_an_order_for_another_queue_changes_nothing() -> None:
    story = waiting()

    assert story.tell(floor.MoveOn(CALL, SUPPORT.name, "max-wait", GOODBYE, RULE)) == []


# ---- goodbye ------------------------------------------------------------------------------------


def test_who_waited_for_too_long_is_told_goodbye_and_hung_up_on_when_it_is_said() -> None:
    story = waiting()
    assert rtp.Play(CALLER, (BYE.id,), 2) in story.later(60).tell(move_on(GOODBYE))
    assert not story.of(sip.HangUp)

    story.later(4).tell(rtp.Played(CALLER, 1))
    assert not story.of(sip.HangUp)
    assert sip.HangUp(CALLER) in story.tell(rtp.Played(CALLER, 2))

    assert visits(story) == [("sales", "overflowed", "max-wait", "goodbye")]
    [end] = story.of(facts.CallFinished)
    assert (end.result, end.reason, end.by, end.ended_by) == (
        *("overflowed", "max-wait", "rule:max-wait", "server"),
    )
    assert end.waited_ms == 60_000


def test_a_pump_that_never_says_that_it_was_said_keeps_nobody() -> None:
    story = waiting()
    story.tell(move_on(GOODBYE))

    assert sip.HangUp(CALLER) in story.fire(SaidByNow(2))


@pytest.mark.parametrize(
    ("does", "reason", "by"),
    [
        (kit.hung_up(), "caller-hung-up", "caller"),
        (life.Shutdown("stop"), "shutdown", "server"),
    ],
)
def test_what_became_of_a_call_is_clear_while_goodbye_is_said(
    does: object, reason: str, by: str
) -> None:
    story = waiting()
    story.tell(move_on(GOODBYE))

    story.later(1).tell(does)

    [end] = story.of(facts.CallFinished)
    assert (end.result, end.reason, end.by) == ("overflowed", reason, by)
    assert len(story.of(CallLeft)) == 1
    assert told(story)[-1] == ("sales", "Left")


def test_a_destination_that_says_nothing_ends_the_call() -> None:
    story = waiting()

    assert sip.HangUp(CALLER) in story.tell(move_on(Destination()))


# ---- by key -------------------------------------------------------------------------------------

KEYED = replace(QUEUE, leave_key="1", overflow=Overflow(leave_key=TO_SUPPORT))


def test_the_key_leads_out_of_the_line_at_once_and_the_phone_that_rings_stops() -> None:
    story = dialled(KEYED)
    assert story.tell(sip.DigitPressed(CALLER, "2", sip.KeySource.RTP)) == []

    effects = story.later(2).tell(sip.DigitPressed(CALLER, "1", sip.KeySource.RTP))

    assert [one for one in effects if isinstance(one, floor.CallGone)] == [floor.CallGone("1", ADA)]  # type: ignore[arg-type]
    assert sip.HangUp(FIRST) in effects
    assert visits(story) == [("sales", "overflowed", "key", "queue:support")]
    assert [one.by for one in story.of(CallLeft)] == ["caller"]
    assert told(story)[-2:] == [("sales", "Left"), ("support", "Join")]


def test_an_agents_key_and_a_key_in_a_queue_without_one_mean_nothing() -> None:
    keyed, plain = dialled(KEYED), dialled()

    assert keyed.tell(sip.DigitPressed(FIRST, "1", sip.KeySource.RTP)) == []
    assert plain.tell(sip.DigitPressed(CALLER, "1", sip.KeySource.RTP)) == []


# ---- not let in ---------------------------------------------------------------------------------


def test_who_is_not_let_in_has_no_visit_and_is_told_goodbye() -> None:
    story = joining()

    assert done(story.tell(not_placed(GOODBYE))) == [rtp.Play(CALLER, (BYE.id,), 1)]
    story.tell(rtp.Played(CALLER, 1))

    assert not story.of(CallJoined) + story.of(CallLeft)
    at = story.at + story.epoch
    assert story.of(JoinRefused) == [JoinRefused(at, CALL, SALES, "max-length", "goodbye")]
    [end] = story.of(facts.CallFinished)
    assert (end.result, end.reason, end.by) == ("refused", "max-length", "rule:max-length")


def test_who_is_not_let_in_goes_to_another_queue_and_is_welcomed_there() -> None:
    story = joining()
    story.tell(not_placed(TO_SUPPORT))

    assert rtp.Play(CALLER, (kit.WELCOME.id,), 1) in story.tell(kit.placed(SUPPORT))
    assert [one.queue for one in story.of(CallJoined)] == ["support"]
    assert [one.to for one in story.of(JoinRefused)] == ["queue:support"]


def test_queues_that_send_a_caller_round_in_a_circle_let_him_in() -> None:
    story = joining()
    story.tell(not_placed(TO_SUPPORT), not_placed(Destination(queue=SALES), SUPPORT.name))

    joins = [(one.queue, one.anyway) for one in story.to_queue()]
    assert joins == [("sales", False), ("support", False), ("sales", True)]
    story.tell(kit.placed())
    assert [one.queue for one in story.of(CallJoined)] == ["sales"]


def test_a_refusal_by_a_queue_he_is_not_on_the_way_to_changes_nothing() -> None:
    assert joining().tell(not_placed(GOODBYE, SUPPORT.name)) == []


# ---- no queue there -----------------------------------------------------------------------------


def undelivered(queue: QueueName) -> Undelivered:
    """A call's word to a queue that has been removed meanwhile, come back to it."""
    join = floor.Join(CALL, queue, 0.0, 0, "abc@192.0.2.1", "caller", "called")
    return Undelivered(join)


def test_who_is_sent_to_a_queue_that_is_no_more_waits_in_the_one_he_called() -> None:
    story = waiting()
    story.later(60).tell(move_on(), undelivered(SUPPORT.name))

    [*_, asked] = [at.message for at in story.of(AtQueue)]
    assert isinstance(asked, floor.Join)
    assert (asked.queue, asked.anyway) == (SALES, True)
    story.tell(floor.Placed(CALL, QUEUE, 1))
    assert [one.queue for one in story.of(CallJoined)] == [SALES, SALES]


def test_where_the_called_queue_is_no_more_the_call_ends_and_says_so() -> None:
    story = joining()
    story.tell(undelivered(SALES))

    assert [(one.result, one.reason) for one in story.of(CallFinished)] == [("failed", "no-queue")]


def test_a_word_that_comes_back_when_he_waits_already_changes_nothing() -> None:
    story = waiting()

    assert story.tell(undelivered(SALES)) == []
