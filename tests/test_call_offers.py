"""The rules of a queue call while agents' phones are rung for it: every lease has one outcome."""

from __future__ import annotations

import pytest

from actors.core.call.events import OfferAgain
from actors.core.call.state import Waiting
from actors.core.effects import StartTimer
from actors.core.leg.timers import NotReached, Quiet, RangOut
from actors.messages import facts, floor, sip
from actors.messages import media as rtp
from tests import callkit as kit
from tests.call_stories import FIRST, LEASE, SECOND, begun, dialled, talking, waiting
from tests.callkit import ADA, BOB, CALL, CALLER, done, ring


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
        StartTimer(2.0, NotReached(1)),
        StartTimer(15.0, RangOut(1)),
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

    assert done(story.later(15).fire(RangOut(1))) == [
        floor.NoAnswer(*LEASE),
        rtp.Close(FIRST),
        sip.HangUp(FIRST),
        floor.Returned(CALL),
    ]
    assert rtp.Open(SECOND, kit.PCMU, None, "192.0.2.12") in story.tell(ring(2, BOB))
    assert done(story.tell(kit.over(FIRST, 487))) == [floor.LegGone(*LEASE)]


def test_an_answer_that_crosses_our_cancel_has_lost() -> None:
    story = dialled()
    story.fire(RangOut(1))

    assert story.tell(kit.answered(FIRST)) == []
    assert isinstance(story.state.phase, Waiting)


def test_a_phone_of_which_nothing_is_heard_is_unreachable() -> None:
    story = dialled()

    assert done(story.fire(NotReached(1)))[0] == floor.Unreachable(*LEASE, 408)


def test_any_provisional_answer_shows_that_the_phone_is_there() -> None:
    story = dialled()
    story.tell(kit.trying(FIRST))

    assert story.fire(NotReached(1)) == []


def test_a_phone_that_may_still_ring_keeps_its_lease_for_a_while() -> None:
    story = dialled()
    story.fire(NotReached(1))

    assert done(story.tell(kit.over(FIRST, 408, quiet=False))) == []
    story.tell(kit.closed(FIRST), kit.hung_up(), kit.closed())
    assert done(story.fire(Quiet(1))) == [floor.LegGone(*LEASE)]


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
    assert done(story.fire(OfferAgain())) == [floor.Returned(CALL)]


def test_a_phone_that_answers_without_a_common_codec_has_declined() -> None:
    story = dialled()

    told = done(story.tell(kit.answered(FIRST, kit.media(kit.OPUS))))

    assert told[0] == floor.Declined(*LEASE, 488)
    assert told[-1] == floor.Returned(CALL)
