"""The state machine of a call to a service AOR: logging on by keys; out, pause, unpause. Pure.

    Entering --ACK--> Asking <--> Checking --> Leaving --prompt said--> Ending --> Done

Asking collects the agent's id, then, where the seats want one, the PIN; Choosing, in its place, the
reason for a break. The other services have nothing to ask and begin at Checking.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import assert_never, get_args

from actors.core.effects import Effects, Instant
from actors.core.leg import caller
from actors.core.leg.ending import give_up
from actors.core.leg.lease import turned_away
from actors.core.leg.machine import LegEvent, LegTimer
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
from actors.core.service import keys, reasons
from actors.core.service.events import (
    Event,
    Happening,
    KeysOver,
    LetGo,
    NoVerdict,
    SaidByNow,
)
from actors.core.service.state import (
    Asking,
    Checking,
    Choosing,
    Ending,
    Entering,
    Leaving,
    Service,
    ServiceStep,
    ServiceTerms,
    end,
    leave,
    settle_down,
)
from actors.core.wire.aors import Purpose
from actors.messages.by import BY_CALLER, BY_SERVER, By
from actors.messages.duty import (
    AtPhone,
    AtPhoneAnswer,
    LoginAnswer,
    LoginResult,
    PhoneRequest,
    ServiceEnded,
)
from actors.messages.facts import Booked
from actors.messages.floor import Result, Ring, Withdraw
from actors.messages.life import Begin, Fault, Shutdown
from actors.messages.media import Played
from actors.messages.sip import EndedBy, LegEnded

EVENTS = get_args(Event)

DONE = {
    PhoneRequest.LOGOUT: "logged_out",
    PhoneRequest.PAUSE: "paused",
    PhoneRequest.UNPAUSE: "unpaused",
    PhoneRequest.END_WRAPUP: "wrapup_ended",
    PhoneRequest.EXTEND_WRAPUP: "wrapup_extended",
}
"""The prompt that says a request has been met."""

REFUSED = {
    LoginResult.AGENT_ELSEWHERE: "agent_elsewhere",
    LoginResult.PHONE_TAKEN: "phone_taken",
    LoginResult.LOCKED: "locked",
}
"""The prompt that says why logging on is impossible; there is no second try."""


def new_service(terms: ServiceTerms) -> Service:
    """Return the service as its INVITE came."""
    return Service(terms)


def step(service: Service, event: Event, at: Instant) -> tuple[Service, Effects]:
    """Return the service after `event`, and what is to be done about it."""
    work = ServiceStep(service, at)
    if work.is_new:
        terms = service.terms
        caller.enter(work, terms.purpose, f"{terms.purpose} at {terms.phone}")
        if isinstance(event, LegEnded):
            caller.without_media(work)
    happened = work.hear(event) if isinstance(event, LegEvent) else event
    if happened is not None:
        _take(work, happened)
    settle_down(work)
    return work.result(), tuple(work.effects)


def _take(step: ServiceStep, event: Happening) -> None:  # noqa: C901, PLR0912 - one arrow each
    """Go through the stages; what has no arrow of its own from a stage is in `_always`."""
    match step.stage, event:
        case Entering(), Begin():
            _begin(step)
        case Entering(way, typed), SessionOpen() | Booked() | NotBooked():
            step.stage = Entering(caller.come_in(step, way, event), typed)
        case Entering(way, typed), KeyPressed(key=key):
            step.stage = Entering(way, keys.ahead(typed, key))
        case Entering(), NoSession():
            caller.refuse_for_now(step)
            end(step, Result.REFUSED, "no-media", BY_SERVER)
        case Entering(typed=typed), CallerUp():
            _confirmed(step, typed)
        case Entering(), NoCodec():
            end(step, Result.REFUSED, "no-codec", BY_SERVER)
        case Entering(), NotConfirmed():
            end(step, Result.FAILED, "no-ack", BY_SERVER)
        case Checking() as stage, KeyPressed(key=key):
            step.stage = replace(stage, typed=keys.ahead(stage.typed, key))
        case Asking() as stage, KeyPressed(key=key):
            keys.pressed(step, stage, key)
        case Asking() as stage, KeysOver(number) if number == stage.silence:
            keys.entered(step, stage)
        case Choosing() as stage, KeyPressed() | KeysOver():
            reasons.heard(step, stage, event)
        case Checking() as stage, LoginAnswer(agent=agent) if agent == stage.agent:
            _login_answered(step, stage, event)
        case Checking(), AtPhoneAnswer():
            _request_answered(step, event)
        case Checking() as stage, NoVerdict(number) if number == stage.number:
            step.note("no answer from the seats", logging.ERROR)
            leave(step, Result.FAILED, "no-answer", "goodbye")
        case stage, Played(token=token) | SaidByNow(token):
            if step.said(token):
                _said(step)
        case Entering(), Shutdown():
            caller.refuse_for_now(step)
            end(step, Result.REFUSED, "shutdown", BY_SERVER)
        case Entering(), Fault():
            caller.refuse_for_fault(step)
            end(step, Result.FAILED, "fault", BY_SERVER)
        case Ending(), Fault(message) if isinstance(message, get_args(LegTimer)):
            for leg in list(step.legs.values()):
                step.take(give_up(leg, step.at))
        case Ending(), LetGo():
            step.tell(ServiceEnded(step.call))
        case Leaving(result, reason), LegOver():
            end(step, result, reason, _decider(event))
        case _:
            _always(step, event)


def _always(step: ServiceStep, event: Happening) -> None:  # noqa: C901 - one arrow each
    """Do what is done at every stage that has not its own way."""
    match event:
        case LegOver():
            _leg_over(step, event)
        case Ring():
            step.tell(*turned_away(event))
        case PhoneGone():
            end(step, Result.ABANDONED, "phone-gone", BY_SERVER)
        case KeyPressed():
            step.note("a key pressed that nobody asked for", logging.DEBUG)
        case Shutdown():
            end(step, Result.REFUSED, "shutdown", BY_SERVER)
        case Fault():
            end(step, Result.FAILED, "fault", BY_SERVER)
        case (
            Begin()
            | Withdraw()
            | NotConfirmed()
            | Booked()
            | NotBooked()
            | LoginAnswer()
            | AtPhoneAnswer()
        ):
            pass
        case KeysOver() | NoVerdict() | Played() | SaidByNow() | LetGo():
            pass
        case SessionOpen() | NoSession() | CallerUp() | NoCodec() | HoldChanged():
            pass
        case AgentListens() | AgentUp() | AttemptFailed():
            pass
        case _:
            assert_never(event)


# ---- the way in ---------------------------------------------------------------------------------


def _begin(step: ServiceStep) -> None:
    if step.is_new and not caller.open_session(step):
        end(step, Result.REFUSED, "no-codec", BY_SERVER)


def _confirmed(step: ServiceStep, typed: str) -> None:
    if step.terms.purpose is Purpose.LOGIN:
        _ask(step, Asking(None), typed)
        return
    terms, request = step.terms, PhoneRequest(step.terms.purpose.value)
    if request is PhoneRequest.PAUSE:
        _ask_for_break(step, typed)
        return
    keys.check(step, Checking(None, 0), AtPhone(step.call, terms.phone, request, terms.source))


def _ask_for_break(step: ServiceStep, typed: str) -> None:
    """Pause at once, or ask why, and take the key that has been pressed before."""
    terms = step.terms
    if terms.reason or not terms.choices:
        reasons.pause(step, terms.reason)
        return
    reasons.question(step)
    for key in typed[:1]:
        _take(step, KeyPressed(CALLER, key))


def _ask(step: ServiceStep, stage: Asking, typed: str) -> None:
    """Ask, and take what has been pressed before."""
    keys.request(step, stage, ())
    for key in typed:
        _take(step, KeyPressed(CALLER, key))


# ---- answers ------------------------------------------------------------------------------------


def _login_answered(step: ServiceStep, stage: Checking, event: LoginAnswer) -> None:
    result = event.result
    step.note(f"log-in of agent {event.agent} at {step.terms.phone}: {result}")
    if result is LoginResult.ACCEPTED:
        leave(step, Result.SERVED, result, "accepted")
    elif result is LoginResult.PIN_NEEDED:
        _ask(step, Asking(event.agent, failures=stage.failures), stage.typed)
    elif result is LoginResult.WRONG:
        keys.wrong(step, stage.failures)
    else:
        leave(step, Result.REFUSED, result, REFUSED[result])


def _request_answered(step: ServiceStep, event: AtPhoneAnswer) -> None:
    if event.agent is None:
        step.note(f"nobody is logged on at {step.terms.phone}")
        leave(step, Result.REFUSED, "nobody-here", "nobody_here")
        return
    if not event.done:
        step.note(f"{event.request} of agent {event.agent}: is in no wrap-up")
        leave(step, Result.REFUSED, "no-wrapup", "no_wrapup")
        return
    step.note(f"{event.request} of agent {event.agent} at {step.terms.phone}")
    leave(step, Result.SERVED, event.request, DONE[event.request])


# ---- speech and ends ----------------------------------------------------------------------------


def _said(step: ServiceStep) -> None:
    match step.stage:
        case Asking() as stage:
            keys.listen(step, stage)
        case Choosing() as stage:
            reasons.listen(step, stage)
        case Leaving(result, reason):
            end(step, result, reason, BY_SERVER)
        case _:
            pass


def _leg_over(step: ServiceStep, over: LegOver) -> None:
    by = _decider(over)
    if by == BY_CALLER:
        end(step, Result.ABANDONED, "caller-hung-up", by)
    else:
        end(step, Result.FAILED, f"sip-{over.event.code}", by)


def _decider(over: LegOver) -> By:
    return BY_CALLER if over.event.by is EndedBy.REMOTE else BY_SERVER
