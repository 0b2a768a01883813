"""The one end of a queue call, and what leads there from any phase. Pure."""

from __future__ import annotations

import logging
from typing import assert_never, get_args

from actors.core.call import bridge, visit
from actors.core.call.events import (
    AnnouncementDue,
    Happening,
    LingeredOut,
    OfferAgain,
    SaidByNow,
)
from actors.core.call.state import (
    CallStep,
    Done,
    Ending,
    Joining,
    Leaving,
    Lingering,
    Talking,
    Waiting,
)
from actors.core.effects import StartTimer
from actors.core.leg.caller import NOTHING_SPENT, Spent, finish
from actors.core.leg.ending import give_up
from actors.core.leg.lease import give_back, turned_away
from actors.core.leg.machine import LegTimer
from actors.core.leg.state import (
    CALLER,
    AgentListens,
    AgentUp,
    AttemptFailed,
    CallerUp,
    HoldChanged,
    KeyPressed,
    LegOver,
    NoCodec,
    NoSession,
    PhoneGone,
    SessionOpen,
)
from actors.core.leg.timers import NotBooked, NotConfirmed
from actors.messages.by import BY_CALLER, BY_SERVER, By
from actors.messages.facts import Booked
from actors.messages.floor import (
    AskLease,
    LeaseHolds,
    Left,
    LegGone,
    MoveOn,
    NotPlaced,
    Placed,
    Result,
    Ring,
    Withdraw,
)
from actors.messages.life import Begin, Fault, Shutdown, Undelivered
from actors.messages.media import Played
from actors.messages.sip import EndedBy

LINGER_SECONDS = 1.0
"""How long an ended call still answers: a Ring granted in its last moment may be on its way through
three actors, and unanswered it would keep its agent reserved for a minute."""

NOT_THERE = frozenset({408, 481})
"""What a phone's silence and "no such dialog" end a dialog with (RFC 3261, section 12.2.1.2)."""


def take(step: CallStep, phase: Ending | Lingering | Done, event: Happening) -> None:
    """Wait for the legs to be over, and answer what still comes."""
    match phase, event:
        case Lingering(), LingeredOut() | Fault():
            step.phase = Done()
        case Ending(), Fault(message) if isinstance(message, get_args(LegTimer)):
            for leg in list(step.legs.values()):
                step.take(give_up(leg, step.at))
        case _:
            always(step, event)


def always(step: CallStep, event: Happening) -> None:  # noqa: C901, PLR0912 - one arrow each
    """Do what is done in every phase that has no way of its own."""
    match event:
        case LegOver(number) if number == CALLER:
            _caller_gone(step, event)
        case PhoneGone(number) if number == CALLER:
            end(step, _given_up(step), "phone-gone", BY_SERVER)
        case Ring():
            step.note(f"offered to agent {event.agent}, but there is nothing to ring for")
            step.tell(*turned_away(event))
        case AskLease():
            _say_whether_it_holds(step, event)
        case Played(leg=leg) if leg.number == CALLER:
            step.said(event.token)
        case KeyPressed():
            step.note(f"leg {event.number}: key {event.key} means nothing", logging.DEBUG)
        case Shutdown():
            shut_down(step, event)
        case Fault():
            fail(step, event)
        case Begin() | Withdraw() | Undelivered() | NotConfirmed() | Booked() | NotBooked():
            pass
        case AnnouncementDue() | OfferAgain() | LingeredOut() | SaidByNow():
            pass
        case Placed() | NotPlaced() | MoveOn() | Played():
            pass
        case SessionOpen() | NoSession() | CallerUp() | NoCodec() | AgentUp() | AgentListens():
            pass
        case AttemptFailed() | HoldChanged() | PhoneGone() | LegOver():
            pass
        case _:
            assert_never(event)


def _say_whether_it_holds(step: CallStep, asked: AskLease) -> None:
    """Answer an agent who wonders: a word of ours may have been lost by a fault."""
    attempts = [leg.attempt for leg in step.legs.values() if leg.attempt]
    holds = any(one.lease == asked.lease and not one.gone for one in attempts)
    step.tell((LeaseHolds if holds else LegGone)(asked.lease, asked.agent))


def _caller_gone(step: CallStep, over: LegOver) -> None:
    event = over.event
    if event.by is EndedBy.REMOTE:
        end(step, _given_up(step), "caller-hung-up", BY_CALLER)
    elif event.code in NOT_THERE:
        end(step, _given_up(step), "phone-gone", BY_SERVER)
    else:
        end(step, result_now(step), f"sip-{event.code}", BY_SERVER)


def _given_up(step: CallStep) -> Result:
    """Return what becomes of the call where the caller is there no more."""
    return _settled(step, Result.ABANDONED)


def shut_down(step: CallStep, event: Shutdown) -> None:
    """End now; whoever may still ring or offer, nobody waits for it."""
    step.note(f"shut down: {event.reason}", logging.DEBUG)
    end(step, result_now(step), "shutdown", BY_SERVER)
    step.phase = Done() if isinstance(step.phase, Lingering | Done) else Ending(linger=False)


def fail(step: CallStep, event: Fault) -> None:
    """End the call after a failure of our own."""
    message = event.message
    known = {leg.attempt.lease for leg in step.legs.values() if leg.attempt}
    if isinstance(message, Ring) and message.lease not in known:
        step.tell(*turned_away(message))
    end(step, Result.FAILED, "fault", BY_SERVER)


def end(step: CallStep, result: Result, reason: str, by: By) -> None:
    """End the call: the only place that tells its end, and only once."""
    if isinstance(step.phase, Ending | Lingering | Done):
        return
    for leg in step.ringing():
        step.take(give_back(leg, step.at, by))
    joined = isinstance(step.phase, Joining | Waiting | Talking)
    spent = _leave(step, result, reason, by)
    if joined:
        step.tell_queue(Left(step.call))
    finish(step, result, reason, by, spent)
    step.phase = Ending(linger=joined)


def _leave(step: CallStep, result: Result, reason: str, by: By) -> Spent:
    """End the visit or the talk; return what the caller's time was spent on in all."""
    match step.phase:
        case Waiting() as phase if result is Result.ABANDONED:
            return visit.give_up(step, phase, reason, by).spent
        case Waiting() as phase:
            return visit.fail(step, phase, reason, by).spent
        case Joining(place) | Leaving(place):
            return place.spent
        case Talking() as phase:
            return bridge.end(step, phase, reason, by).spent
        case _:
            return NOTHING_SPENT


def result_now(step: CallStep) -> Result:
    """Return what becomes of the call where the server or a broken phone ends it."""
    return _settled(step, Result.FAILED)


def _settled(step: CallStep, otherwise: Result) -> Result:
    """Return what is clear by now about the call: the agent's answer, or where it was sent on."""
    match step.phase:
        case Talking():
            return Result.ANSWERED
        case Leaving(result=result):
            return result
        case _:
            return otherwise


def settle_down(step: CallStep) -> None:
    """Go on to the last phases once nothing is left to wait for."""
    match step.phase:
        case Ending(linger=True) if step.finished:
            step.phase = Lingering()
            step.tell(StartTimer(LINGER_SECONDS, LingeredOut()))
        case Ending() if step.finished:
            step.phase = Done()
        case _:
            pass
