"""The state machine of a call to a service AOR: logging on by keys; out, pause, unpause. Pure.

    Entering --ACK--> Asking <--> Checking --> Leaving --prompt said--> Ending --> Done

Asking collects the agent's id, then, where the floor wants one, the PIN; the other services have
nothing to ask and begin at Checking.
"""

from __future__ import annotations

import logging
from typing import Any

from actors.core.leg import caller
from actors.core.leg import machine as legs
from actors.core.leg.effects import Begin, Effect, Fault, Instant
from actors.core.leg.state import CALLER
from actors.core.service import keys
from actors.core.service.state import (
    Asking,
    Checking,
    Ending,
    Entering,
    Leaving,
    Service,
    ServiceTurn,
    Terms,
    end,
    leave,
    settle_down,
)
from actors.core.wire.aors import Purpose
from actors.messages.duty import AtPhone, AtPhoneAnswer, LoginAnswer, LoginResult, PhoneRequest
from actors.messages.floor import Result, Ring, Side
from actors.messages.life import Shutdown, TimerFired
from actors.messages.media import Aim, Closed, MediaTimeout, NoMedia, Opened, Played
from actors.messages.sip import DigitPressed, EndedBy, LegConfirmed, LegEnded, MediaChanged

DONE = {
    PhoneRequest.LOGOUT: "logged_out",
    PhoneRequest.PAUSE: "paused",
    PhoneRequest.UNPAUSE: "unpaused",
}
"""The prompt that says a request has been met."""

REFUSED = {
    LoginResult.AGENT_ELSEWHERE: "agent_elsewhere",
    LoginResult.PHONE_TAKEN: "phone_taken",
    LoginResult.LOCKED: "locked",
}
"""The prompt that says why logging on is impossible; there is no second try."""


def new_service(terms: Terms) -> Service:
    """Return the service as its INVITE came."""
    return Service(terms)


def step(service: Service, event: Any, at: Instant) -> tuple[Service, tuple[Effect, ...]]:
    """Return the service after `event`, and what is to be done about it."""
    turn = ServiceTurn(service, at)
    terms = service.terms
    if caller.is_new(turn):
        caller.enter(turn, terms.purpose, f"{terms.purpose} at {terms.device}")
    _dispatch(turn, event)
    settle_down(turn)
    return turn.result(), tuple(turn.effects)


def _dispatch(turn: ServiceTurn, event: Any) -> None:  # noqa: C901, PLR0912 - one arrow each
    match event:
        case DigitPressed():
            keys.pressed(turn, event)
        case TimerFired():
            _timer(turn, event.name, event.turn)
        case Played():
            _played(turn, event.token)
        case LoginAnswer():
            _login_answered(turn, event)
        case AtPhoneAnswer():
            _request_answered(turn, event)
        case Opened():
            if legs.opened(turn, event.leg.number):
                caller.answer(turn, event)
        case LegConfirmed():
            _confirmed(turn, event)
        case MediaChanged():
            turn.tell(Aim(event.leg, turn.legs[CALLER].codec, event.remote))
        case NoMedia() if legs.not_opened(turn, CALLER):
            _no_media(turn, event.reason)
        case MediaTimeout():
            turn.note(f"nothing received for {event.seconds:.0f} s", logging.WARNING)
            end(turn, Result.ABANDONED, "media-timeout", Side.SERVER)
        case LegEnded():
            _leg_ended(turn, event)
        case Closed():
            legs.closed(turn, event)
        case Begin():
            _begin(turn)
        case Shutdown():
            _shut_down(turn)
        case Ring():
            legs.turn_away(turn, event.lease, event.agent)
        case Fault():
            _fault(turn, event)
        case _:
            turn.note(f"nothing is done about {event!r}", logging.DEBUG)


# ---- the way in ---------------------------------------------------------------------------------


def _begin(turn: ServiceTurn) -> None:
    if caller.is_new(turn) and not caller.open_session(turn):
        end(turn, Result.REFUSED, "no-codec", Side.SERVER)


def _confirmed(turn: ServiceTurn, event: LegConfirmed) -> None:
    if not isinstance(turn.phase, Entering):
        return
    if not caller.confirm(turn, event):
        end(turn, Result.REFUSED, "no-codec", Side.SERVER)
        return
    if turn.terms.purpose is Purpose.LOGIN:
        keys.request(turn, Asking(None), ())
        return
    request = PhoneRequest(turn.terms.purpose.value)
    keys.check(turn, Checking(None, 0), AtPhone(turn.call, turn.terms.device, request))


def _no_media(turn: ServiceTurn, reason: str) -> None:
    turn.note(f"no RTP session: {reason}", logging.ERROR)
    caller.refuse_for_now(turn)
    end(turn, Result.REFUSED, "no-media", Side.SERVER)


# ---- answers ------------------------------------------------------------------------------------


def _login_answered(turn: ServiceTurn, event: LoginAnswer) -> None:
    phase = turn.phase
    if not isinstance(phase, Checking) or phase.agent != event.agent:
        return
    result = event.result
    turn.note(f"log-in of agent {event.agent} at {turn.terms.device}: {result}")
    if result is LoginResult.ACCEPTED:
        leave(turn, Result.SERVED, result, "accepted")
    elif result is LoginResult.PIN_NEEDED:
        keys.request(turn, Asking(event.agent, failures=phase.failures), ())
    elif result is LoginResult.WRONG:
        keys.wrong(turn, phase.failures)
    else:
        leave(turn, Result.REFUSED, result, REFUSED[result])


def _request_answered(turn: ServiceTurn, event: AtPhoneAnswer) -> None:
    if not isinstance(turn.phase, Checking):
        return
    if event.agent is None:
        turn.note(f"nobody is logged on at {turn.terms.device}")
        leave(turn, Result.REFUSED, "nobody-here", "nobody_here")
        return
    turn.note(f"{event.request} of agent {event.agent} at {turn.terms.device}")
    leave(turn, Result.SERVED, event.request, DONE[event.request])


# ---- time and ends ------------------------------------------------------------------------------


def _timer(turn: ServiceTurn, name: str, number: int) -> None:
    match name:
        case "silence":
            keys.silence(turn, number)
        case "said":
            _played(turn, number)
        case "check" if isinstance(turn.phase, Checking) and turn.phase.turn == number:
            turn.note("no answer from the floor", logging.ERROR)
            leave(turn, Result.FAILED, "no-answer", "goodbye")
        case "confirm" if isinstance(turn.phase, Entering):
            end(turn, Result.FAILED, "no-ack", Side.SERVER)
        case "open" if legs.is_opening(turn, CALLER):
            _no_media(turn, "no word from the pump")
        case "over":
            legs.overdue(turn, number)


def _played(turn: ServiceTurn, token: int) -> None:
    if not turn.said(token):
        return
    if isinstance(turn.phase, Asking):
        keys.listen(turn)
    elif isinstance(turn.phase, Leaving):
        end(turn, turn.phase.result, turn.phase.reason, Side.SERVER)


def _leg_ended(turn: ServiceTurn, event: LegEnded) -> None:
    if caller.is_new(turn):
        caller.without_media(turn)
    if turn.legs[CALLER].over:
        return
    legs.ended(turn, event)
    by = Side.CALLER if event.by is EndedBy.REMOTE else Side.SERVER
    if isinstance(turn.phase, Leaving):
        end(turn, turn.phase.result, turn.phase.reason, by)
    elif by is Side.CALLER:
        end(turn, Result.ABANDONED, "caller-hung-up", by)
    else:
        end(turn, Result.FAILED, f"sip-{event.code}", by)


def _shut_down(turn: ServiceTurn) -> None:
    if isinstance(turn.phase, Entering):
        caller.refuse_for_now(turn)
    end(turn, Result.REFUSED, "shutdown", Side.SERVER)


def _fault(turn: ServiceTurn, event: Fault) -> None:
    """End the call after a failure of our own; at the end of it, only deadlines still count."""
    match turn.phase:
        case Entering():
            caller.refuse_for_fault(turn)
        case Ending() if isinstance(event.message, TimerFired):
            for number in list(turn.legs):
                legs.give_up(turn, number)
    end(turn, Result.FAILED, "fault", Side.SERVER)
