"""The state machine of a queue call: an event in, the next state and what to do out. Pure.

    Entering --ACK--> Waiting --agent answers--> Talking --either hangs up--> Ending --> Done
                         ^                          |
                         +--- agent's phone died ---+

The caller's leg is number 0; agents' legs are counted from 1 and numbers never used again, so a
late event of an old leg finds no leg that it could harm.
"""

from __future__ import annotations

import logging
from typing import Any

from actors.core.call import offers
from actors.core.call.announcements import announcements, welcome
from actors.core.call.state import (
    Call,
    CallTurn,
    Done,
    Ending,
    Entering,
    Lingering,
    Place,
    Talking,
    Terms,
    Waiting,
    end,
    result_now,
    settle_down,
)
from actors.core.call.talking import back_in_line, media_changed, wait_in_line
from actors.core.leg import caller
from actors.core.leg import machine as legs
from actors.core.leg.effects import Begin, Effect, Fault, Instant, StartTimer
from actors.core.leg.state import CALLER, Sip
from actors.core.wire.aors import Purpose
from actors.core.wire.device import address
from actors.messages.facts import CallJoined
from actors.messages.floor import Join, Result, Ring, Side, Withdraw
from actors.messages.life import Shutdown, TimerFired
from actors.messages.media import Closed, MediaTimeout, NoMedia, Opened, Played
from actors.messages.sip import (
    DigitPressed,
    EndedBy,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRinging,
    MediaChanged,
)

LAST_ERROR_FREE = 399

OWN_PRIORITY = 0
"""The call's, to which the queue adds its own."""


def new_call(terms: Terms) -> Call:
    """Return the call as its INVITE came."""
    return Call(terms)


def step(call: Call, event: Any, at: Instant) -> tuple[Call, tuple[Effect, ...]]:
    """Return the call after `event`, and what is to be done about it."""
    turn = CallTurn(call, at)
    if caller.is_new(turn):
        caller.enter(turn, Purpose.QUEUE, f"queue {call.terms.queue.name}")
    _dispatch(turn, event)
    settle_down(turn)
    return turn.result(), tuple(turn.effects)


def _dispatch(turn: CallTurn, event: Any) -> None:  # noqa: C901, PLR0912 - one arrow each
    match event:
        case TimerFired():
            _timer(turn, event.name, event.turn)
        case Opened():
            _opened(turn, event)
        case Played():
            turn.said(event.token)
        case LegRinging():
            offers.heard(turn, event)
        case LegAnswered():
            offers.answered(turn, event)
        case LegConfirmed():
            _confirmed(turn, event)
        case LegEnded():
            _leg_ended(turn, event)
        case MediaChanged():
            media_changed(turn, event)
        case DigitPressed():
            turn.note(f"leg {event.leg.number}: key {event.digit} means nothing", logging.DEBUG)
        case Closed():
            legs.closed(turn, event)
        case NoMedia() if legs.not_opened(turn, event.leg.number):
            _no_media(turn, event.leg.number, event.reason)
        case MediaTimeout():
            _media_timeout(turn, event)
        case Ring():
            offers.ring(turn, event)
        case Withdraw():
            offers.withdraw(turn, event)
        case Begin():
            _begin(turn)
        case Shutdown():
            _shut_down(turn, event)
        case Fault():
            _fault(turn, event)
        case _:
            turn.note(f"nothing is done about {event!r}", logging.DEBUG)


# ---- the caller's way in ------------------------------------------------------------------------


def _begin(turn: CallTurn) -> None:
    if caller.is_new(turn) and not caller.open_session(turn):
        end(turn, Result.REFUSED, "no-codec", Side.SERVER)


def _opened(turn: CallTurn, event: Opened) -> None:
    number = event.leg.number
    if not legs.opened(turn, number):
        return
    if number == CALLER:
        caller.answer(turn, event)
    else:
        offers.dial(turn, turn.legs[number], event)


def _confirmed(turn: CallTurn, event: LegConfirmed) -> None:
    if not isinstance(turn.phase, Entering):
        return
    if not caller.confirm(turn, event):
        end(turn, Result.REFUSED, "no-codec", Side.SERVER)
        return
    terms, incoming, now = turn.terms, turn.incoming, turn.at.now
    wait_in_line(turn, Place(now, announcements(terms.queue)))
    turn.say(*welcome(terms.queue))
    turn.tell_queue(
        Join(
            turn.call,
            terms.queue.name,
            now,
            OWN_PRIORITY,
            incoming.sip_call_id,
            address(incoming.caller.uri),
            address(incoming.called.uri),
        )
    )
    turn.tell(CallJoined(turn.at.wall, turn.call, terms.queue.name))
    turn.note(f"waits in queue {terms.queue.name}")


def _no_media(turn: CallTurn, number: int, reason: str) -> None:
    """Do without an RTP session: no call without the caller's, no offer without the agent's."""
    turn.note(f"leg {number}: no RTP session: {reason}", logging.ERROR)
    if number != CALLER:
        offers.no_media(turn, number)
        return
    caller.refuse_for_now(turn)
    end(turn, Result.REFUSED, "no-media", Side.SERVER)


# ---- while it lasts -----------------------------------------------------------------------------


def _timer(turn: CallTurn, name: str, number: int) -> None:
    match name:
        case "announce":
            _announce(turn, number)
        case "ring":
            offers.rang_out(turn, number)
        case "unreachable":
            offers.not_reached(turn, number)
        case "retry":
            offers.wait_again(turn)
        case "open" if legs.is_opening(turn, number):
            _no_media(turn, number, "no word from the pump")
        case "confirm" if isinstance(turn.phase, Entering):
            end(turn, Result.FAILED, "no-ack", Side.SERVER)
        case "over":
            legs.overdue(turn, number)
        case "quiet":
            legs.quiet(turn, number)
        case "linger":
            turn.phase = Done()


def _announce(turn: CallTurn, stretch: int) -> None:
    """Say the next announcement, unless something is being said: nobody is cut short."""
    phase = turn.phase
    if not isinstance(phase, Waiting) or phase.place.stretch != stretch:
        return
    due = phase.place.announcements
    turn.tell(StartTimer("announce", stretch, due.every))
    if not turn.speech.saying:
        turn.say(due.next_prompt)
        turn.phase = phase.announced()


def _media_timeout(turn: CallTurn, event: MediaTimeout) -> None:
    """End a leg of which nothing is heard any more; a caller never pays for the agent's phone."""
    leg = turn.legs.get(event.leg.number)
    if leg is None or leg.sip is not Sip.UP:
        return
    turn.note(f"leg {leg.number}: nothing received for {event.seconds:.0f} s", logging.WARNING)
    if leg.number == CALLER:
        result = Result.ANSWERED if isinstance(turn.phase, Talking) else Result.ABANDONED
        end(turn, result, "media-timeout", Side.SERVER)
    elif isinstance(turn.phase, Talking):
        back_in_line(turn, turn.phase)
        legs.drop(turn, leg.number)


def _leg_ended(turn: CallTurn, event: LegEnded) -> None:
    if caller.is_new(turn):
        caller.without_media(turn)
    leg = turn.legs.get(event.leg.number)
    if leg is None or leg.over:
        return
    if leg.number == CALLER:
        legs.ended(turn, event)
        _caller_gone(turn, event)
    elif leg.attempt is not None and not leg.attempt.settled:
        offers.refused(turn, leg, event)
    else:
        legs.ended(turn, event)
        if isinstance(turn.phase, Talking) and turn.phase.agent == leg.number:
            _agent_gone(turn, turn.phase, event)


def _caller_gone(turn: CallTurn, event: LegEnded) -> None:
    if event.by is EndedBy.REMOTE:
        result = Result.ANSWERED if isinstance(turn.phase, Talking) else Result.ABANDONED
        end(turn, result, "caller-hung-up", Side.CALLER)
    else:
        end(turn, result_now(turn), f"sip-{event.code}", Side.SERVER)


def _agent_gone(turn: CallTurn, phase: Talking, event: LegEnded) -> None:
    """End the call with the agent's BYE; a phone that died gives the caller back to the line."""
    if event.by is EndedBy.REMOTE and event.code <= LAST_ERROR_FREE:
        end(turn, Result.ANSWERED, "agent-hung-up", Side.AGENT)
        return
    turn.note(f"leg {event.leg.number}: {event.code} {event.reason}", logging.WARNING)
    back_in_line(turn, phase)


def _shut_down(turn: CallTurn, event: Shutdown) -> None:
    """End now; whoever may still ring or offer, nobody waits for it."""
    turn.note(f"shut down: {event.reason}", logging.DEBUG)
    if isinstance(turn.phase, Entering):
        caller.refuse_for_now(turn)
        end(turn, Result.REFUSED, "shutdown", Side.SERVER)
    end(turn, result_now(turn), "shutdown", Side.SERVER)
    for number in list(turn.legs):
        legs.quiet(turn, number)
    turn.phase = Done() if isinstance(turn.phase, Lingering | Done) else Ending(linger=False)


def _fault(turn: CallTurn, event: Fault) -> None:
    """End the call after a failure of our own; at the end of it, only deadlines still count."""
    message = event.message
    known = {leg.attempt.lease for leg in turn.legs.values() if leg.attempt}
    if isinstance(message, Ring) and message.lease not in known:
        legs.turn_away(turn, message.lease, message.agent)
    match turn.phase:
        case Ending() if isinstance(message, TimerFired):
            for number in list(turn.legs):
                legs.give_up(turn, number)
        case Lingering():
            turn.phase = Done()
        case Entering():
            caller.refuse_for_fault(turn)
    end(turn, Result.FAILED, "fault", Side.SERVER)
