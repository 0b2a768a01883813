"""The rules of a queue call, one story at a time, without actors: the way in, and the waiting."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.core.call.events import AnnouncementDue, LingeredOut
from actors.core.call.machine import new_call, step
from actors.core.effects import AtQueue, StartTimer
from actors.core.leg.timers import NotBooked, NotConfirmed, NotOpened, Unanswered
from actors.core.leg.vigil import PATIENT_SECONDS
from actors.messages import facts, floor, sip
from actors.messages import media as rtp
from actors.messages.life import Begin
from tests import callkit as kit
from tests.call_stories import LEASE, begun, waiting
from tests.callkit import CALL, CALLER, QUEUE, Story, done, ring

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
            kit.SALES,
            "5551234",
            "Carla",
        )
    ]


def test_the_answer_speaks_the_callers_first_codec_that_we_know() -> None:
    story = begun(kit.incoming(kit.media(kit.OPUS, kit.PCMA, kit.PCMU)))

    assert done(story.tell(kit.opened())) == [
        sip.Answer(CALLER, sip.Media("192.0.2.9", 40000, (kit.PCMA,), dtmf=101))
    ]


def test_the_answer_waits_for_the_journals_word() -> None:
    story = Story(new_call(kit.terms()), step)
    story.tell(Begin())

    assert done(story.tell(kit.opened())) == []
    assert [type(effect) for effect in done(story.tell(facts.Booked()))] == [sip.Answer]
    assert done(story.fire(NotBooked())) == []


def test_a_journal_that_does_not_come_back_costs_the_caller_20_ms() -> None:
    story = Story(new_call(kit.terms()), step)
    timers = [one for one in story.tell(Begin()) if isinstance(one, StartTimer)]
    assert StartTimer(0.02, NotBooked()) in timers
    story.tell(kit.opened())

    assert [type(effect) for effect in done(story.fire(NotBooked()))] == [sip.Answer]
    assert done(story.tell(facts.Booked())) == []


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


def test_a_delayed_offer_that_the_ack_does_not_answer_is_no_failure_of_ours() -> None:
    story = begun(replace(kit.incoming(), remote=None))
    story.tell(kit.opened(), facts.Booked())

    effects = done(story.tell(kit.confirmed(replace(kit.media(), codecs=()))))

    assert sip.HangUp(CALLER) in effects
    [end] = story.of(facts.CallFinished)
    assert (end.result, end.reason, end.ended_by) == ("refused", "no-codec", "server")


def test_a_caller_joins_when_the_ack_has_come_and_hears_welcome_over_music() -> None:
    story = begun()
    story.tell(kit.opened())

    assert done(story.tell(kit.confirmed())) == [
        rtp.Aim(CALLER, kit.PCMU, kit.media()),
        floor.Join(
            CALL,
            kit.SALES,
            99.5,
            0,
            "abc@192.0.2.1",
            "5551234@192.0.2.1",
            "sales@192.0.2.9:5060",
        ),
    ]
    assert done(story.tell(kit.placed())) == [
        rtp.PlayMusic(CALLER, QUEUE.music),
        rtp.Play(CALLER, (kit.WELCOME.id,), 1),
    ]


def test_without_a_session_the_caller_is_asked_to_try_again() -> None:
    story = begun()

    assert done(story.tell(kit.no_media())) == [sip.Refuse(CALLER, 503, retry_after=5)]
    story.tell(kit.over())
    assert story.state.done
    assert not story.of(rtp.Close)


def test_a_pump_that_says_nothing_is_not_waited_for() -> None:
    story = begun()

    assert done(story.fire(NotOpened(0))) == [
        rtp.Close(CALLER),
        sip.Refuse(CALLER, 503, retry_after=5),
    ]


def test_an_ack_that_never_comes_ends_the_call() -> None:
    story = begun()
    story.tell(kit.opened())

    assert sip.HangUp(CALLER) in story.fire(NotConfirmed())
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
    assert StartTimer(30.0, AnnouncementDue(1)) in story.all

    assert done(story.later(30).fire(AnnouncementDue(1))) == []  # the welcome is still being said
    story.tell(rtp.Played(CALLER, 1))
    said = [done(story.later(30).fire(AnnouncementDue(1))) for _ in range(2)]
    assert said == [[rtp.Play(CALLER, (kit.PATIENCE.id,), 2)], []]
    story.tell(rtp.Played(CALLER, 1))
    assert done(story.fire(AnnouncementDue(1))) == []  # a late token changes nothing
    story.tell(rtp.Played(CALLER, 2))
    assert done(story.fire(AnnouncementDue(1))) == [rtp.Play(CALLER, (kit.SORRY.id,), 3)]


def test_a_queue_without_words_sets_no_timer() -> None:
    story = waiting(kit.PLAIN_QUEUE)

    assert not story.of(rtp.Play)
    assert not [
        timer for timer in story.of(StartTimer) if isinstance(timer.message, AnnouncementDue)
    ]


def test_an_abandoned_call_leaves_the_queue_once() -> None:
    story = waiting()

    assert done(story.later(7).tell(kit.hung_up())) == [
        rtp.Close(CALLER),
        floor.Left(CALL),
    ]
    (end,) = story.of(facts.CallFinished)
    assert (end.result, end.ended_by, end.waited_ms, end.talked_ms) == (
        "abandoned",
        "caller",
        7000,
        0,
    )


def test_a_caller_of_whom_nothing_is_heard_and_who_does_not_answer_is_hung_up() -> None:
    story = waiting()

    story.tell(rtp.MediaSilent(CALLER, 30.0))
    story.later(PATIENT_SECONDS).fire(Unanswered(0, 1))
    told = story.later(30 - PATIENT_SECONDS).tell(rtp.MediaSilent(CALLER, 60.0))
    assert sip.HangUp(CALLER) in told
    (end,) = story.of(facts.CallFinished)
    assert (end.result, end.reason) == ("abandoned", "phone-gone")


def test_an_ended_call_still_answers_a_ring_for_a_while() -> None:
    story = waiting()
    story.tell(kit.hung_up(), kit.closed())
    assert not story.state.done

    assert done(story.tell(ring(1))) == [floor.CallGone(*LEASE), floor.LegGone(*LEASE)]
    story.fire(LingeredOut())
    assert story.state.done
