"""The rules of a queue call while agents' phones are rung for it: every lease has one outcome."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from actors.core.call.events import OfferAgain
from actors.core.call.offers import DIAL_SECONDS
from actors.core.call.state import Waiting
from actors.core.effects import StartTimer
from actors.core.leg.ending import LET_GO_SECONDS
from actors.core.leg.timers import LetGo, NotDialled, NotReached, RangOut
from actors.ids import AgentId
from actors.messages import facts, floor, sip
from actors.messages import media as rtp
from actors.messages.by import by_agent, by_rule
from tests import callkit as kit
from tests.call_stories import FIRST, LEASE, SECOND, begun, dialled, talking, waiting
from tests.callkit import ADA, BOB, CALL, CALLER, Story, done, ring


def test_a_ring_dials_the_phone_with_the_callers_codec_first() -> None:
    story = begun(kit.incoming(kit.media(kit.PCMA)))
    story.tell(kit.opened(), kit.confirmed(kit.media(kit.PCMA)), kit.placed())

    assert done(story.tell(ring(1))) == [
        floor.Assigned(CALL, ADA),
        rtp.Open(FIRST, kit.PCMA, None, "192.0.2.11"),
    ]
    local = sip.Media("192.0.2.9", 40000, (kit.PCMA, kit.PCMU), dtmf=101)
    assert story.tell(kit.opened(FIRST)) == [
        sip.Dial(
            FIRST,
            kit.PHONES[ADA].uri,
            local,
            kit.incoming().caller,
            headers=(("X-ACD-Queue", kit.SALES), ("X-ACD-Call", CALL)),
        ),
        facts.CallOffered(
            story.at + 1e9,
            CALL,
            kit.SALES,
            ADA,
            "ada@192.0.2.11:5070",
            ring(1).lease,
            by_rule("most-idle"),
        ),
        StartTimer(DIAL_SECONDS, NotDialled(1)),
    ]


def test_the_phones_time_runs_from_the_invite_on_the_wire() -> None:
    story = waiting()
    story.tell(ring(1), kit.opened(FIRST))
    story.later(4)

    assert story.tell(kit.on_the_wire(FIRST)) == [
        StartTimer(2.0, NotReached(1)),
        StartTimer(15.0, RangOut(1)),
    ]
    story.later(15).fire(RangOut(1))
    assert [end.rang_ms for end in story.of(facts.OfferEnded)] == [15000]


def test_an_invite_that_the_gateway_never_sends_blames_nobody() -> None:
    story = waiting()
    story.tell(ring(1), kit.opened(FIRST))

    assert done(story.fire(NotDialled(1)))[0] == floor.Failed(*LEASE, 0)


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
        (404, floor.Unreachable(*LEASE, 404)),
        (408, floor.Unreachable(*LEASE, 408)),
        (410, floor.Unreachable(*LEASE, 410)),
        (503, floor.Unreachable(*LEASE, 503)),
        (604, floor.Unreachable(*LEASE, 604)),
        (607, floor.Declined(*LEASE, 607)),
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


def test_a_phone_that_does_not_answer_our_cancel_is_let_go_and_its_leg_ends_alone() -> None:
    story = dialled()
    story.fire(RangOut(1))
    story.tell(sip.HangUpSent(FIRST))

    assert done(story.fire(LetGo(1))) == [floor.LegGone(*LEASE, silent=True)]
    assert StartTimer(LET_GO_SECONDS, LetGo(1)) in story.all
    story.tell(kit.over(FIRST, 408, quiet=False), kit.closed(FIRST))
    assert story.of(floor.LegGone) == [floor.LegGone(*LEASE, silent=True)]


def test_a_phone_that_answers_our_cancel_is_not_let_go() -> None:
    story = dialled()
    story.fire(RangOut(1))
    story.tell(sip.HangUpSent(FIRST), kit.over(FIRST, 487))

    assert story.fire(LetGo(1)) == []
    assert story.of(floor.LegGone) == [floor.LegGone(*LEASE)]


def test_a_withdrawn_offer_costs_nothing_and_the_caller_waits_on() -> None:
    story = dialled()

    assert done(story.tell(floor.Withdraw(ring(1).lease, CALL, by_agent(ADA)))) == [
        floor.Withdrawn(*LEASE),
        rtp.Close(FIRST),
        sip.HangUp(FIRST),
        floor.Returned(CALL),
    ]


def test_withdrawing_an_answered_call_is_too_late() -> None:
    assert talking().tell(floor.Withdraw(ring(1).lease, CALL, by_agent(ADA))) == []


def test_withdrawing_before_the_invite_is_out_sends_none() -> None:
    story = waiting()
    story.tell(ring(1), floor.Withdraw(ring(1).lease, CALL, by_agent(ADA)))

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
        floor.Left(CALL),
        rtp.Close(FIRST),
        sip.HangUp(FIRST),
    ]


CODES = [400, 403, 405, 415, 420, 484, 488, 493, 500, 501, 513, 580, 606]


@pytest.mark.parametrize("code", CODES)
def test_an_answer_about_the_invite_blames_nobody_and_lets_the_call_rest(code: int) -> None:
    story = dialled()

    assert done(story.later(1).tell(kit.refused(FIRST, code))) == [
        floor.Failed(*LEASE, code),
        rtp.Close(FIRST),
        floor.LegGone(*LEASE),
        floor.Resting(CALL),
    ]
    assert [end.outcome for end in story.of(facts.OfferEnded)] == ["failed"]
    assert done(story.later(1).fire(OfferAgain(1))) == [floor.Returned(CALL, frozenset({ADA}))]


def test_a_dial_that_fails_on_our_side_blames_nobody() -> None:
    story = dialled()

    told = done(story.tell(kit.over(FIRST, 500)))

    assert told[0] == floor.Failed(*LEASE, 0)


def test_without_a_session_for_the_agent_the_call_rests() -> None:
    story = waiting()
    story.tell(ring(1))

    assert done(story.tell(kit.no_media(FIRST))) == [
        floor.Failed(*LEASE, 0),
        floor.LegGone(*LEASE),
        floor.Resting(CALL),
    ]
    assert done(story.fire(OfferAgain(1))) == [floor.Returned(CALL, frozenset({ADA}))]


def test_a_phone_that_answers_without_a_common_codec_cannot_take_this_call() -> None:
    story = dialled()

    told = done(story.tell(kit.answered(FIRST, kit.media(kit.OPUS))))

    assert told[0] == floor.Failed(*LEASE, 488)
    assert told[-1] == floor.Resting(CALL)


def fail(story: Story, lease: int, agent: AgentId) -> float:
    """Let this agent's phone answer 488; return how long the call then rests."""
    leg = kit.agent_leg(lease)
    rung = msgspec.structs.replace(ring(lease), agent=agent)
    story.tell(rung, kit.opened(leg), kit.refused(leg, 488))
    timer = story.of(StartTimer)[-1]
    assert timer.message == OfferAgain(1)
    story.tell(OfferAgain(1))
    return timer.seconds


def test_a_call_rests_longer_each_time_and_the_third_time_it_is_told() -> None:
    story = waiting()

    agents = [AgentId(str(2771 + number)) for number in range(9)]
    rests = [fail(story, lease, agent) for lease, agent in enumerate(agents, 1)]

    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    reason = "3 phones in a row could not take it, 488 by the last phone"
    assert story.of(facts.OffersFailed) == [
        facts.OffersFailed(story.at + 1e9, CALL, kit.SALES, reason)
    ]
    assert story.to_queue()[-1] == floor.Returned(CALL, frozenset(agents))


def test_a_phone_that_rang_between_ends_the_row_of_failures() -> None:
    story = waiting()
    assert fail(story, 1, ADA) == 1
    second = kit.agent_leg(2)
    story.tell(ring(2, BOB), kit.opened(second), kit.rings(second), kit.refused(second, 486))

    assert fail(story, 3, BOB) == 1


# ---- several phones at a time -------------------------------------------------------------------

BOBS_LEASE = (ring(2).lease, BOB)


def both_ring() -> Story:
    """Two phones ring for one call."""
    story = dialled(replace(kit.QUEUE, strategy="ring-all"))
    story.tell(ring(2, BOB), kit.opened(SECOND), kit.on_the_wire(SECOND))
    story.tell(kit.rings(FIRST), kit.rings(SECOND))
    return story


def test_whoever_answers_first_has_the_call_and_the_others_phones_are_told_why_it_ends() -> None:
    told = both_ring().tell(kit.answered(SECOND))

    assert floor.Answered(*BOBS_LEASE) in told
    assert floor.CallGone(*LEASE) in told
    assert sip.HangUp(FIRST, elsewhere=True) in told
    assert done(told)[-1] == floor.Connected(CALL, BOB)


def test_of_two_answers_the_second_has_lost_however_close_they_are() -> None:
    story = both_ring()
    story.tell(kit.answered(FIRST))

    assert story.tell(kit.answered(SECOND)) == []
    assert story.of(floor.Answered) == [floor.Answered(*LEASE)]
    assert story.of(floor.CallGone) == [floor.CallGone(*BOBS_LEASE)]
    assert done(story.tell(kit.over(SECOND, 487))) == [floor.LegGone(*BOBS_LEASE)]


def test_while_others_ring_a_failed_attempt_tells_who_they_are() -> None:
    story = both_ring()

    story.tell(kit.refused(FIRST, 486), kit.refused(SECOND, 486))

    assert story.to_queue()[-2:] == [
        floor.StillRings(CALL, frozenset({BOB})),
        floor.Returned(CALL),
    ]


def test_a_phone_that_cannot_take_the_call_is_kept_from_it_while_others_ring_on() -> None:
    story = both_ring()

    story.tell(kit.refused(FIRST, 488))
    assert story.to_queue()[-1] == floor.StillRings(CALL, frozenset({BOB}), frozenset({ADA}))
    assert not story.of(floor.Resting)

    story.fire(RangOut(2))
    assert story.to_queue()[-1] == floor.Returned(CALL, frozenset({ADA}))


def test_a_call_rests_once_the_last_of_several_phones_cannot_take_it() -> None:
    story = both_ring()
    story.tell(kit.refused(FIRST, 488))

    story.tell(kit.refused(SECOND, 488))

    assert story.to_queue()[-1] == floor.Resting(CALL)
    story.later(1).fire(OfferAgain(1))
    assert story.to_queue()[-1] == floor.Returned(CALL, frozenset({ADA, BOB}))


def test_a_pause_stops_one_phone_of_several() -> None:
    story = both_ring()

    told = done(story.tell(floor.Withdraw(ring(1).lease, CALL, by_agent(ADA))))

    assert told == [
        floor.Withdrawn(*LEASE),
        rtp.Close(FIRST),
        sip.HangUp(FIRST),
        floor.StillRings(CALL, frozenset({BOB})),
    ]


def test_a_caller_who_hangs_up_ends_all_ringing() -> None:
    told = both_ring().tell(kit.hung_up())

    assert {floor.CallGone(*LEASE), floor.CallGone(*BOBS_LEASE)} <= set(told)
    assert {sip.HangUp(FIRST), sip.HangUp(SECOND)} <= set(told)


def test_an_offer_to_a_phone_that_has_just_failed_is_turned_away_and_the_floor_told_anew() -> None:
    story = both_ring()
    story.tell(kit.refused(FIRST, 488))

    told = done(story.tell(ring(3)))

    assert told == [
        floor.CallGone(ring(3).lease, ADA),
        floor.LegGone(ring(3).lease, ADA),
        floor.StillRings(CALL, frozenset({BOB}), frozenset({ADA})),
    ]
