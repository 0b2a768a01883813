"""A call on its way in: from the INVITE to the caller's ACK. Pure."""

from __future__ import annotations

from actors.core.call import visit
from actors.core.call.ending import always, end, fail, shut_down
from actors.core.call.events import Happening
from actors.core.call.place import Place
from actors.core.call.state import CallStep, Entering
from actors.core.leg import caller
from actors.core.leg.state import CallerUp, NoCodec, NoSession, SessionOpen
from actors.core.leg.timers import NotBooked, NotConfirmed
from actors.messages.by import BY_SERVER
from actors.messages.facts import Booked
from actors.messages.floor import Result
from actors.messages.life import Begin, Fault, Shutdown


def take(step: CallStep, phase: Entering, event: Happening) -> None:
    """Go on towards the caller's ACK, or end on the way."""
    match event:
        case Begin():
            _begin(step)
        case SessionOpen() | Booked() | NotBooked():
            step.phase = Entering(caller.come_in(step, phase.way, event))
        case NoSession():
            caller.refuse_for_now(step)
            end(step, Result.REFUSED, "no-media", BY_SERVER)
        case CallerUp():
            _join(step)
        case NoCodec():
            end(step, Result.REFUSED, "no-codec", BY_SERVER)
        case NotConfirmed():
            end(step, Result.FAILED, "no-ack", BY_SERVER)
        case Shutdown():
            caller.refuse_for_now(step)
            end(step, Result.REFUSED, "shutdown", BY_SERVER)
            shut_down(step, event)
        case Fault():
            caller.refuse_for_fault(step)
            fail(step, event)
        case _:
            always(step, event)


def _begin(step: CallStep) -> None:
    if step.is_new and not caller.open_session(step):
        end(step, Result.REFUSED, "no-codec", BY_SERVER)


def _join(step: CallStep) -> None:
    """Let the caller go into the queue he called: his place in line begins with his INVITE."""
    since = step.incoming.at
    place = Place(since, step.at.wall_of(since), priority=step.terms.caller.priority)
    visit.join(step, place, step.terms.queue)
