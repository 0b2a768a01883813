"""The rules of a queue call while caller and agent talk, and at its one end."""

from __future__ import annotations

import pytest

from actors.core.call.events import AnnouncementDue, LingeredOut
from actors.core.call.machine import new_call, step
from actors.core.call.state import Entering, Talking, Waiting
from actors.core.leg.timers import NotOver, Unanswered
from actors.ids import Leg
from actors.messages import facts, floor, life, sip
from actors.messages import media as rtp
from actors.messages.life import Begin, Fault
from tests import callkit as kit
from tests.call_stories import FIRST, LEASE, begun, dialled, talking, waiting
from tests.callkit import ADA, CALL, CALLER, QUEUE, Story, done, ring

# ---- talking ------------------------------------------------------------------------------------


def test_an_answer_connects_even_in_the_middle_of_the_welcome() -> None:
    story = dialled()

    assert done(story.later(3).tell(kit.answered(FIRST))) == [
        rtp.Aim(FIRST, kit.PCMU, kit.media(kit.PCMU)),
        floor.Answered(*LEASE),
        rtp.StopPlaying(CALLER),
        rtp.Bridge(CALLER, FIRST),
        floor.Connected(CALL, ADA),
    ]


def test_announcements_end_with_the_waiting() -> None:
    assert talking().fire(AnnouncementDue(1)) == []


@pytest.mark.parametrize(
    ("ended", "by", "reason", "other"),
    [
        (CALLER, "caller", "caller-hung-up", FIRST),
        (FIRST, "agent", "agent-hung-up", CALLER),
    ],
)
def test_who_hangs_up_ends_the_call_for_both(ended: Leg, by: str, reason: str, other: Leg) -> None:
    story = talking()

    told = story.later(60).tell(kit.hung_up(ended))

    assert sip.HangUp(other) in told
    (end,) = story.of(facts.CallFinished)
    assert (end.result, end.reason, end.ended_by) == ("answered", reason, by)
    assert (end.waited_ms, end.talked_ms) == (8000, 60000)
    assert floor.Left(CALL) in story.to_queue()
    story.tell(kit.over(other), kit.closed(CALLER), kit.closed(FIRST))
    assert story.of(floor.LegGone) == [floor.LegGone(*LEASE)]
    assert len(story.of(facts.OfferEnded)) == 1


@pytest.mark.parametrize(
    "death",
    [
        (rtp.MediaSilent(FIRST, 2.0), rtp.MediaSilent(FIRST, 4.0), Unanswered(1, 1)),
        (*(rtp.MediaUnreachable(FIRST, "port unreachable"),) * 2, Unanswered(1, 1)),
        (sip.LegEnded(FIRST, 481, "", sip.EndedBy.US),),
    ],
)
def test_a_caller_whose_agents_phone_dies_waits_again_with_the_old_age(
    death: tuple[object, ...],
) -> None:
    story = talking()

    told = done(story.later(40).tell(*death))

    assert [m.since for m in told if isinstance(m, floor.Join)] == [99.5]
    assert rtp.Close(FIRST) in told
    assert rtp.PlayMusic(CALLER, QUEUE.music) in story.tell(kit.placed())
    assert isinstance(story.state.phase, Waiting)
    assert story.state.phase.place.since == 99.5
    story.later(2).tell(kit.hung_up())
    (end,) = story.of(facts.CallFinished)
    assert (end.waited_ms, end.talked_ms) == (10000, 40000)


def test_the_party_on_hold_hears_music_until_both_are_back() -> None:
    story = talking()
    hold, resume = kit.media(direction=sip.Direction.SENDONLY), kit.media()

    assert done(story.tell(sip.MediaChanged(FIRST, hold))) == [
        rtp.Aim(FIRST, kit.PCMU, hold),
        rtp.Unbridge(CALLER),
        rtp.PlayMusic(CALLER, QUEUE.music),
    ]
    assert done(story.tell(sip.MediaChanged(CALLER, hold))) == [rtp.Aim(CALLER, kit.PCMU, hold)]
    assert done(story.tell(sip.MediaChanged(FIRST, resume))) == [
        rtp.Aim(FIRST, kit.PCMU, resume),
        rtp.PlayMusic(FIRST, QUEUE.music),
    ]
    assert done(story.tell(sip.MediaChanged(CALLER, resume))) == [
        rtp.Aim(CALLER, kit.PCMU, resume),
        rtp.Bridge(CALLER, FIRST),
    ]


def test_a_caller_who_holds_while_the_agent_answers_is_not_bridged() -> None:
    story = dialled()
    story.tell(sip.MediaChanged(CALLER, kit.media(direction=sip.Direction.INACTIVE)))

    told = story.tell(kit.answered(FIRST))

    assert rtp.PlayMusic(FIRST, QUEUE.music) in told
    assert not story.of(rtp.Bridge)


def test_a_new_address_is_aimed_at_and_nothing_else_changes() -> None:
    story = talking()
    moved = kit.media(port=6000)

    assert story.tell(sip.MediaChanged(CALLER, moved)) == [rtp.Aim(CALLER, kit.PCMU, moved)]


# ---- the end ------------------------------------------------------------------------------------


def test_a_leg_that_never_ends_is_taken_as_ended() -> None:
    story = talking()
    story.tell(kit.hung_up())
    story.tell(kit.closed(CALLER))

    assert done(story.later(40).fire(NotOver(1))) == [floor.LegGone(*LEASE)]
    story.fire(LingeredOut())
    assert story.state.done


@pytest.mark.parametrize(
    ("story", "result"), [(begun(), "refused"), (waiting(), "failed"), (talking(), "answered")]
)
def test_a_shutdown_ends_the_call_and_waits_for_no_late_ring(story: Story, result: str) -> None:
    story.tell(life.Shutdown("stopped"))

    story.tell(kit.over(CALLER), kit.over(FIRST), kit.closed(CALLER), kit.closed(FIRST))

    assert [f.result for f in story.of(facts.CallFinished)] == [result]
    assert story.state.done


def test_a_fault_ends_the_call_with_an_outcome_for_every_lease() -> None:
    story = dialled()

    told = done(story.tell(Fault(kit.rings(FIRST))))

    assert floor.CallGone(*LEASE) in told
    assert {sip.HangUp(CALLER), sip.HangUp(FIRST)} <= set(_hang_ups(told))
    assert [(f.result, f.reason) for f in story.of(facts.CallFinished)] == [("failed", "fault")]


def _hang_ups(told: list[object]) -> list[sip.HangUp]:
    return [effect for effect in told if isinstance(effect, sip.HangUp)]


def test_a_fault_on_a_ring_gives_the_lease_back() -> None:
    told = waiting().tell(Fault(ring(1)))

    assert told[:2] == [floor.CallGone(*LEASE), floor.LegGone(*LEASE)]


def test_a_fault_before_anything_was_begun_still_answers_the_invite() -> None:
    story = Story(new_call(kit.terms()), step)

    assert sip.Refuse(CALLER, 500) in story.tell(Fault(Begin()))


def test_a_fault_at_the_end_leaves_it_to_the_deadline() -> None:
    story = talking()
    story.tell(kit.hung_up(), Fault(kit.closed()))
    assert not story.of(floor.LegGone)

    story.tell(Fault(NotOver(1)))

    assert story.of(floor.LegGone) == [floor.LegGone(*LEASE)]
    assert all(leg.finished for leg in story.state.legs.values())


def test_phases_are_what_they_are_called() -> None:
    phases = [type(story.state.phase) for story in (begun(), waiting(), dialled(), talking())]

    assert phases == [Entering, Waiting, Waiting, Talking]
