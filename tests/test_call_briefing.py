"""An agent who has picked up hears which call it is, and may have to take it by key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from actors.agent import WHISPER_SECONDS, rules_of
from actors.core.call.state import Talking, Waiting
from actors.core.effects import StartTimer
from actors.core.leg.timers import BriefingOver, RangOut
from actors.ids import PromptId
from actors.messages import facts, floor, sip
from actors.messages import media as rtp
from actors.messages.by import by_agent, by_rule
from actors.settings import Accept, Agent, Prompt, Queue, Settings
from tests import callkit as kit
from tests.call_stories import FIRST, LEASE, SECOND, waiting
from tests.callkit import ADA, BOB, CALL, CALLER, QUEUE, SALES, Story, done, ring
from tests.one_agent import ready

NAME, ASK = PromptId("call-for-sales"), PromptId("press-1")
WHISPER = floor.Briefing((NAME,), "", WHISPER_SECONDS)
ACCEPT = floor.Briefing((NAME, ASK), "1", 10.0)
RING_ALL = replace(QUEUE, strategy="ring-all")
BOBS = (ring(2, BOB).lease, BOB)


def rung(briefing: floor.Briefing, queue: Queue = QUEUE) -> Story:
    """Return a call whose first agent's phone rings."""
    story = waiting(queue)
    told = structs.replace(ring(1), briefing=briefing)
    story.tell(told, kit.opened(FIRST), kit.on_the_wire(FIRST), kit.rings(FIRST))
    return story


def picked_up(briefing: floor.Briefing) -> Story:
    story = rung(briefing)
    story.later(3).tell(kit.answered(FIRST))
    return story


def both_ring(briefing: floor.Briefing) -> Story:
    story = rung(briefing, RING_ALL)
    second = structs.replace(ring(2, BOB), briefing=briefing)
    story.tell(second, kit.opened(SECOND), kit.on_the_wire(SECOND), kit.rings(SECOND))
    return story


def pressed(key: str, source: sip.KeySource = sip.KeySource.RTP) -> sip.DigitPressed:
    return sip.DigitPressed(FIRST, key, source)


def waits_on(story: Story) -> bool:
    """Whether nobody has disturbed the caller, or said that he is answered."""
    quiet = not story.of(rtp.Bridge) and not story.of(rtp.StopPlaying)
    return quiet and isinstance(story.state.phase, Waiting)


def outcomes(story: Story) -> list[Any]:
    return [(one.agent, one.outcome) for one in story.of(facts.OfferEnded)]


def test_without_a_briefing_who_picks_up_is_connected_at_once() -> None:
    story = waiting()
    story.tell(ring(1), kit.opened(FIRST), kit.on_the_wire(FIRST))

    assert rtp.Bridge(CALLER, FIRST) in story.tell(kit.answered(FIRST))


def test_the_agent_alone_hears_the_queues_name_and_the_caller_waits_on_meanwhile() -> None:
    story = rung(WHISPER)

    told = done(story.tell(kit.answered(FIRST)))

    assert told == [
        rtp.Aim(FIRST, kit.PCMU, kit.media(kit.PCMU)),
        floor.PickedUp(*LEASE),
        rtp.Play(FIRST, (NAME,), 1),
        floor.Taken(CALL, ADA),
    ]
    assert waits_on(story)


def test_they_are_connected_once_it_is_said_and_talk_from_then_on() -> None:
    story = picked_up(WHISPER)

    told = story.later(2).tell(rtp.Played(FIRST, 1))

    assert rtp.Bridge(CALLER, FIRST) in told
    assert floor.Answered(*LEASE) in told
    (bridged,) = story.of(facts.LegBridged)
    assert bridged.at == story.at + story.epoch
    story.later(60).tell(kit.hung_up())
    assert [one.talked_ms for one in story.of(facts.LegEnded)] == [60_000]


def test_a_pump_that_never_says_that_it_is_said_keeps_nobody_from_talking() -> None:
    story = picked_up(WHISPER)

    assert rtp.Bridge(CALLER, FIRST) in story.later(WHISPER_SECONDS).fire(BriefingOver(1))


@pytest.mark.parametrize("source", list(sip.KeySource))
def test_the_key_takes_the_call_also_while_it_is_still_asked_for(source: sip.KeySource) -> None:
    story = picked_up(ACCEPT)
    assert story.of(rtp.Play)[-1] == rtp.Play(FIRST, (NAME, ASK), 1)

    assert rtp.Bridge(CALLER, FIRST) in story.tell(pressed("1", source))
    assert isinstance(story.state.phase, Talking)
    assert outcomes(story) == [(ADA, "answered")]


def test_that_it_is_asked_for_to_the_end_takes_nothing() -> None:
    story = picked_up(ACCEPT)

    assert done(story.tell(rtp.Played(FIRST, 1))) == []
    assert waits_on(story)


def test_no_key_in_time_is_no_answer_and_the_caller_is_offered_to_the_next() -> None:
    story = picked_up(ACCEPT)
    assert StartTimer(10.0, BriefingOver(1)) in story.all

    told = done(story.later(10).fire(BriefingOver(1)))

    assert told == [
        floor.NoAnswer(*LEASE),
        rtp.Close(FIRST),
        sip.HangUp(FIRST),
        floor.Returned(CALL),
    ]
    assert waits_on(story)
    assert story.of(facts.OfferEnded)[-1].by == by_rule("accept")


@pytest.mark.parametrize("what", ["another key", "hangs up"])
def test_another_key_or_hanging_up_declines_and_does_not_cost_the_caller_his_place(
    what: str,
) -> None:
    story = picked_up(ACCEPT)

    told = story.tell(pressed("2") if what == "another key" else kit.hung_up(FIRST))

    assert floor.Declined(*LEASE, 603) in told
    assert floor.Returned(CALL) in done(told)
    assert waits_on(story)
    assert story.of(facts.OfferEnded)[-1].by == by_agent(ADA)


def test_who_hangs_up_while_he_hears_the_queues_name_declines() -> None:
    story = picked_up(WHISPER)

    assert floor.Declined(*LEASE, 603) in story.tell(kit.hung_up(FIRST))
    assert waits_on(story)


def test_the_ring_time_is_over_with_picking_up() -> None:
    story = picked_up(ACCEPT)

    assert story.later(12).fire(RangOut(1)) == []
    assert rtp.Bridge(CALLER, FIRST) in story.tell(pressed("1"))


def test_late_words_of_a_briefing_change_nothing_of_a_talk() -> None:
    story = picked_up(ACCEPT)
    story.tell(pressed("1"))

    assert done(story.tell(rtp.Played(FIRST, 1), pressed("2"))) == []
    assert done(story.later(10).fire(BriefingOver(1))) == []


def test_a_caller_who_hangs_up_meanwhile_costs_the_agent_nothing() -> None:
    story = picked_up(ACCEPT)

    told = story.tell(kit.hung_up())

    assert floor.CallGone(*LEASE) in told
    assert sip.HangUp(FIRST) in told


def test_a_break_wished_for_meanwhile_withdraws_the_offer() -> None:
    story = picked_up(ACCEPT)

    told = done(story.tell(floor.Withdraw(ring(1).lease, CALL, by_agent(ADA))))

    assert told[0] == floor.Withdrawn(*LEASE)
    assert told[-1] == floor.Returned(CALL)


def test_a_callers_keys_are_none_of_an_agents() -> None:
    story = picked_up(ACCEPT)

    assert done(story.tell(sip.DigitPressed(CALLER, "1", sip.KeySource.RTP))) == []
    assert waits_on(story)


# ---- several phones that ring ------------------------------------------------------------------


def test_of_several_who_pick_up_the_first_to_press_the_key_has_the_call() -> None:
    story = both_ring(ACCEPT)
    story.tell(kit.answered(FIRST), kit.answered(SECOND))
    assert waits_on(story)

    told = story.tell(sip.DigitPressed(SECOND, "1", sip.KeySource.RTP))

    assert rtp.Bridge(CALLER, SECOND) in told
    assert sip.HangUp(FIRST, elsewhere=True) in told
    assert sorted(outcomes(story)) == [(ADA, "call-gone"), (BOB, "answered")]


def test_who_is_only_told_the_queues_name_has_the_call_from_picking_up() -> None:
    story = both_ring(WHISPER)

    told = story.tell(kit.answered(SECOND))

    assert sip.HangUp(FIRST, elsewhere=True) in told
    assert floor.CallGone(*LEASE) in told
    assert rtp.Bridge(CALLER, SECOND) in story.tell(rtp.Played(SECOND, 1))


def test_while_he_is_told_nobody_else_is_rung() -> None:
    story = rung(WHISPER, RING_ALL)
    story.tell(kit.answered(FIRST))

    told = done(story.tell(ring(2, BOB)))

    assert told == [floor.CallGone(*BOBS), floor.LegGone(*BOBS)]


# ---- the agent ---------------------------------------------------------------------------------


def test_an_agent_who_has_picked_up_is_ringing_until_he_has_taken_the_call() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(24.0, floor.PickedUp(lease, ADA))
    assert agent.shown == "ringing"

    agent.at(84.0, floor.Answered(lease, ADA))

    assert agent.shown == "oncall"
    agent.take()
    assert agent.errors == []


ACCEPTING = Accept("5", 20.0, Prompt(ASK, "Press 5."))
NAMED = Queue(SALES, whisper=Prompt(NAME, "Call for sales."))


@pytest.mark.parametrize(
    ("queue", "agent", "briefing"),
    [
        (Queue(SALES), Agent(ADA), None),
        (NAMED, Agent(ADA), WHISPER),
        (replace(NAMED, must_accept=True), Agent(ADA), floor.Briefing((NAME, ASK), "5", 20.0)),
        (NAMED, Agent(ADA, must_accept=True), floor.Briefing((NAME, ASK), "5", 20.0)),
        (replace(NAMED, must_accept=True), Agent(ADA, must_accept=False), WHISPER),
        (Queue(SALES, must_accept=True), Agent(ADA), floor.Briefing((ASK,), "5", 20.0)),
    ],
)
def test_what_an_agent_hears_is_the_queues_to_say_and_whether_he_must_accept_his_own(
    queue: Queue, agent: Agent, briefing: floor.Briefing | None
) -> None:
    rules = rules_of(agent, Settings(queues=(queue,), agents=(agent,), accept=ACCEPTING))

    assert rules.briefing_for(SALES) == briefing
