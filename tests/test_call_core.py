"""The rules of a queue call, one story at a time, without actors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.core.call import new_call, step
from actors.core.callstate import Entering, Talking, Waiting
from actors.core.effects import AtQueue, Begin, Fault, StartTimer
from actors.ids import LeaseId, Leg
from actors.messages import facts, floor, life, sip
from actors.messages import media as rtp
from actors.settings import Queue
from tests import callkit as kit
from tests.callkit import ADA, BOB, CALL, CALLER, QUEUE, Story, done, ring

LEASE = (LeaseId(1), ADA)
FIRST, SECOND = kit.agent_leg(1), kit.agent_leg(2)


def begun(call: sip.Incoming | None = None, queue: Queue = QUEUE) -> Story:
    story = Story(new_call(kit.terms(call, queue)), step)
    story.tell(Begin())
    return story


def waiting(queue: Queue = QUEUE) -> Story:
    story = begun(queue=queue)
    story.tell(kit.opened(), kit.confirmed())
    return story


def dialled(queue: Queue = QUEUE) -> Story:
    story = waiting(queue)
    story.later(5).tell(ring(1), kit.opened(FIRST))
    return story


def talking() -> Story:
    story = dialled()
    story.later(3).tell(kit.rings(FIRST), kit.answered(FIRST))
    return story


# ---- the way in ---------------------------------------------------------------------------------


def test_a_call_first_gets_its_rtp_session() -> None:
    story = begun()

    assert story.of(rtp.Open) == [rtp.Open(CALLER, kit.PCMU, kit.media(), "192.0.2.1")]
    assert story.of(facts.CallEntered) == [
        facts.CallEntered(
            story.at + 1e9,
            CALL,
            "abc@192.0.2.1",
            "5551234@192.0.2.1",
            "sales@192.0.2.9:5060",
            "queue",
        )
    ]


def test_the_answer_speaks_the_callers_first_codec_that_we_know() -> None:
    story = begun(kit.incoming(kit.media(kit.OPUS, kit.PCMA, kit.PCMU)))

    assert done(story.tell(kit.opened())) == [
        sip.Answer(CALLER, sip.Media("192.0.2.9", 40000, (kit.PCMA,), dtmf=101))
    ]


def test_a_caller_without_a_common_codec_is_refused_and_never_waits() -> None:
    story = begun(kit.incoming(kit.media(kit.OPUS)))

    assert done(story.all) == [sip.Refuse(CALLER, 488)]
    assert [fact.result for fact in story.of(facts.CallFinished)] == ["refused"]
    story.tell(kit.over(CALLER, 488))
    assert story.state.done


def test_a_delayed_offer_is_met_with_all_our_codecs_and_aimed_when_the_ack_tells() -> None:
    story = begun(replace(kit.incoming(), remote=None))
    theirs = kit.media(kit.PCMA)

    (answer,) = (e for e in story.tell(kit.opened()) if isinstance(e, sip.Answer))
    assert answer.local.codecs == kit.OWN
    assert answer.local.dtmf == 101
    assert rtp.Aim(CALLER, kit.PCMA, theirs) in story.tell(kit.confirmed(theirs))


def test_a_caller_joins_when_the_ack_has_come_and_hears_welcome_over_music() -> None:
    story = begun()
    story.tell(kit.opened())

    assert done(story.tell(kit.confirmed())) == [
        rtp.Aim(CALLER, kit.PCMU, kit.media()),
        rtp.PlayMusic(CALLER, QUEUE.music),
        rtp.Play(CALLER, (kit.WELCOME.id,), 1),
        floor.Join(
            CALL,
            kit.SALES,
            100.0,
            0,
            "abc@192.0.2.1",
            "5551234@192.0.2.1",
            "sales@192.0.2.9:5060",
        ),
    ]


def test_without_a_session_the_caller_is_asked_to_try_again() -> None:
    story = begun()

    assert done(story.tell(kit.no_media())) == [sip.Refuse(CALLER, 503, retry_after=5)]
    story.tell(kit.over())
    assert story.state.done
    assert not story.of(rtp.Close)


def test_a_pump_that_says_nothing_is_not_waited_for() -> None:
    story = begun()

    assert done(story.fire("open")) == [
        rtp.Close(CALLER),
        sip.Refuse(CALLER, 503, retry_after=5),
    ]


def test_an_ack_that_never_comes_ends_the_call() -> None:
    story = begun()
    story.tell(kit.opened())

    assert sip.HangUp(CALLER) in story.fire("confirm")
    assert [(f.result, f.reason) for f in story.of(facts.CallFinished)] == [("failed", "no-ack")]


@pytest.mark.parametrize("before", [(), (Begin(),), (Begin(), kit.opened())])
def test_a_caller_who_hangs_up_on_the_way_in_never_joins(before: tuple[object, ...]) -> None:
    story = Story(new_call(kit.terms()), step)
    story.tell(*before)

    story.tell(kit.hung_up())

    assert [(f.result, f.reason) for f in story.of(facts.CallFinished)] == [
        ("abandoned", "caller-hung-up")
    ]
    assert len(story.of(facts.CallEntered)) == 1
    assert not story.of(AtQueue)
    story.tell(kit.opened(), kit.closed())
    assert story.state.done


def test_an_opened_that_comes_too_late_answers_nothing() -> None:
    story = begun()
    story.tell(kit.hung_up())

    assert done(story.tell(kit.opened())) == []


# ---- waiting ------------------------------------------------------------------------------------


def test_announcements_take_turns_and_cut_nobody_short() -> None:
    story = waiting()
    assert StartTimer("announce", 1, 30.0) in story.all

    assert done(story.later(30).fire("announce", 1)) == []  # the welcome is still being said
    story.tell(rtp.Played(CALLER, 1))
    said = [done(story.later(30).fire("announce", 1)) for _ in range(2)]
    assert said == [[rtp.Play(CALLER, (kit.PATIENCE.id,), 2)], []]
    story.tell(rtp.Played(CALLER, 1))
    assert done(story.fire("announce", 1)) == []  # a late token changes nothing
    story.tell(rtp.Played(CALLER, 2))
    assert done(story.fire("announce", 1)) == [rtp.Play(CALLER, (kit.SORRY.id,), 3)]


def test_a_queue_without_words_sets_no_timer() -> None:
    story = waiting(kit.PLAIN_QUEUE)

    assert not story.of(rtp.Play)
    assert not [timer for timer in story.of(StartTimer) if timer.name == "announce"]


def test_an_abandoned_call_leaves_the_queue_once() -> None:
    story = waiting()

    assert done(story.later(7).tell(kit.hung_up())) == [
        rtp.Close(CALLER),
        floor.Left(CALL, floor.Result.ABANDONED, "caller-hung-up"),
    ]
    (end,) = story.of(facts.CallFinished)
    assert (end.result, end.ended_by, end.waited_ms, end.talked_ms) == (
        "abandoned",
        "caller",
        7000,
        0,
    )


def test_a_caller_of_whom_nothing_is_heard_is_hung_up() -> None:
    story = waiting()

    assert sip.HangUp(CALLER) in story.tell(rtp.MediaTimeout(CALLER, 30.0))
    assert story.of(facts.CallFinished)[0].reason == "media-timeout"


def test_an_ended_call_still_answers_a_ring_for_a_while() -> None:
    story = waiting()
    story.tell(kit.hung_up(), kit.closed())
    assert not story.state.done

    assert done(story.tell(ring(1))) == [floor.CallGone(*LEASE), floor.LegGone(*LEASE)]
    story.fire("linger")
    assert story.state.done


# ---- ringing ------------------------------------------------------------------------------------


def test_a_ring_dials_the_phone_with_the_callers_codec_first() -> None:
    story = begun(kit.incoming(kit.media(kit.PCMA)))
    story.tell(kit.opened(), kit.confirmed(kit.media(kit.PCMA)))

    assert done(story.tell(ring(1))) == [
        floor.Assigned(CALL, ADA),
        rtp.Open(FIRST, kit.PCMA, None, "192.0.2.11"),
    ]
    local = sip.Media("192.0.2.9", 40000, (kit.PCMA, kit.PCMU), dtmf=101)
    assert story.tell(kit.opened(FIRST)) == [
        sip.Dial(FIRST, kit.PHONES[ADA], local, kit.incoming().caller),
        facts.CallOffered(story.at + 1e9, CALL, kit.SALES, ADA, "ada@192.0.2.11:5070"),
        StartTimer("unreachable", 1, 2.0),
        StartTimer("ring", 1, 15.0),
    ]


def test_the_agent_hears_once_that_the_phone_rings() -> None:
    story = dialled()

    told = story.tell(kit.trying(FIRST), kit.rings(FIRST), kit.rings(FIRST), kit.trying(FIRST))

    assert told == [floor.Ringing(*LEASE)]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (486, floor.Busy(*LEASE)),
        (600, floor.Busy(*LEASE)),
        (603, floor.Declined(*LEASE, 603)),
        (480, floor.Declined(*LEASE, 480)),
        (500, floor.Declined(*LEASE, 500)),
        (404, floor.Unreachable(*LEASE, 404)),
        (408, floor.Unreachable(*LEASE, 408)),
        (410, floor.Unreachable(*LEASE, 410)),
        (503, floor.Unreachable(*LEASE, 503)),
        (604, floor.Unreachable(*LEASE, 604)),
    ],
)
def test_a_final_answer_is_one_outcome_and_the_caller_waits_on(code: int, outcome: object) -> None:
    story = dialled()

    assert done(story.later(4).tell(kit.refused(FIRST, code))) == [
        outcome,
        rtp.Close(FIRST),
        floor.LegGone(*LEASE),
        floor.Returned(CALL),
    ]
    (ended,) = story.of(facts.OfferEnded)
    assert ended.rang_ms == 4000
    assert isinstance(story.state.phase, Waiting)


def test_the_next_agent_is_rung_while_the_cancel_is_under_way() -> None:
    story = dialled()
    story.tell(kit.rings(FIRST))

    assert done(story.later(15).fire("ring", 1)) == [
        floor.NoAnswer(*LEASE),
        rtp.Close(FIRST),
        sip.HangUp(FIRST),
        floor.Returned(CALL),
    ]
    assert rtp.Open(SECOND, kit.PCMU, None, "192.0.2.12") in story.tell(ring(2, BOB))
    assert done(story.tell(kit.over(FIRST, 487))) == [floor.LegGone(*LEASE)]


def test_an_answer_that_crosses_our_cancel_has_lost() -> None:
    story = dialled()
    story.fire("ring", 1)

    assert story.tell(kit.answered(FIRST)) == []
    assert isinstance(story.state.phase, Waiting)


def test_a_phone_of_which_nothing_is_heard_is_unreachable() -> None:
    story = dialled()

    assert done(story.fire("unreachable", 1))[0] == floor.Unreachable(*LEASE, 408)


def test_any_provisional_answer_shows_that_the_phone_is_there() -> None:
    story = dialled()
    story.tell(kit.trying(FIRST))

    assert story.fire("unreachable", 1) == []


def test_a_phone_that_may_still_ring_keeps_its_lease_for_a_while() -> None:
    story = dialled()
    story.fire("unreachable", 1)

    assert done(story.tell(kit.over(FIRST, 408, quiet=False))) == []
    story.tell(kit.closed(FIRST), kit.hung_up(), kit.closed())
    assert done(story.fire("quiet", 1)) == [floor.LegGone(*LEASE)]


def test_a_withdrawn_offer_costs_nothing_and_the_caller_waits_on() -> None:
    story = dialled()

    assert done(story.tell(floor.Withdraw(ring(1).lease, CALL))) == [
        floor.Withdrawn(*LEASE),
        rtp.Close(FIRST),
        sip.HangUp(FIRST),
        floor.Returned(CALL),
    ]


def test_withdrawing_an_answered_call_is_too_late() -> None:
    assert talking().tell(floor.Withdraw(ring(1).lease, CALL)) == []


def test_withdrawing_before_the_invite_is_out_sends_none() -> None:
    story = waiting()
    story.tell(ring(1), floor.Withdraw(ring(1).lease, CALL))

    assert done(story.tell(kit.opened(FIRST))) == []
    assert not story.of(sip.Dial)
    assert not story.of(facts.OfferEnded)


def test_a_second_ring_is_turned_away() -> None:
    story = dialled()

    assert done(story.tell(ring(2, BOB))) == [
        floor.CallGone(ring(2).lease, BOB),
        floor.LegGone(ring(2).lease, BOB),
    ]


def test_a_caller_who_hangs_up_while_it_rings_costs_the_agent_nothing() -> None:
    story = dialled()
    story.tell(kit.rings(FIRST))

    assert done(story.tell(kit.hung_up())) == [
        rtp.Close(CALLER),
        floor.CallGone(*LEASE),
        floor.Left(CALL, floor.Result.ABANDONED, "caller-hung-up"),
        rtp.Close(FIRST),
        sip.HangUp(FIRST),
    ]


def test_without_a_session_for_the_agent_the_call_keeps_back_a_second() -> None:
    story = waiting()
    story.tell(ring(1))

    assert done(story.tell(kit.no_media(FIRST))) == [
        floor.CallGone(*LEASE),
        floor.LegGone(*LEASE),
    ]
    assert done(story.fire("retry", 1)) == [floor.Returned(CALL)]


def test_a_phone_that_answers_without_a_common_codec_has_declined() -> None:
    story = dialled()

    told = done(story.tell(kit.answered(FIRST, kit.media(kit.OPUS))))

    assert told[0] == floor.Declined(*LEASE, 488)
    assert told[-1] == floor.Returned(CALL)


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
    assert talking().fire("announce", 1) == []


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
    assert floor.Left(CALL, floor.Result.ANSWERED, reason) in story.to_queue()
    story.tell(kit.over(other), kit.closed(CALLER), kit.closed(FIRST))
    assert story.of(floor.LegGone) == [floor.LegGone(*LEASE)]
    assert len(story.of(facts.OfferEnded)) == 1


@pytest.mark.parametrize(
    "death", [rtp.MediaTimeout(FIRST, 30.0), sip.LegEnded(FIRST, 408, "", sip.EndedBy.US)]
)
def test_a_caller_whose_agents_phone_dies_waits_again_with_the_old_age(death: object) -> None:
    story = talking()

    told = done(story.later(40).tell(death))

    assert floor.Returned(CALL) in told
    assert rtp.PlayMusic(CALLER, QUEUE.music) in told
    assert rtp.Close(FIRST) in told
    assert isinstance(story.state.phase, Waiting)
    assert story.state.phase.place.since == 100.0
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

    assert done(story.later(40).fire("over", 1)) == [floor.LegGone(*LEASE)]
    story.fire("linger")
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

    story.tell(Fault(life.TimerFired("over", 1)))

    assert story.of(floor.LegGone) == [floor.LegGone(*LEASE)]
    assert all(leg.finished for leg in story.state.legs.values())


def test_phases_are_what_they_are_called() -> None:
    phases = [type(story.state.phase) for story in (begun(), waiting(), dialled(), talking())]

    assert phases == [Entering, Waiting, Waiting, Talking]
