"""The state machine of a queue call: an event in, the next state and what to do out. Pure.

    Entering --ACK--> Joining --placed--> Waiting --agent answers--> Talking --hung up--> Ending
                         ^                                              |
                         +------------- agent's phone died -------------+

Who may not wait, or no longer, goes from Joining or Waiting to Joining another queue, or to
Leaving, where the last prompt is said, and from there to Ending.

The caller's leg is number 0; agents' legs are counted from 1 and numbers never used again, so a
late event of an old leg finds no leg that it could harm. Legs hear first what concerns them; what
that means for the call is for its phase to say, each in a file of its own.
"""

from __future__ import annotations

from typing import assert_never, get_args

from actors.core.call import ending, entering, joining, onward, talking, waiting
from actors.core.call.events import Event, Happening
from actors.core.call.state import (
    Call,
    CallStep,
    CallTerms,
    Done,
    Ending,
    Entering,
    Joining,
    Leaving,
    Lingering,
    Talking,
    Waiting,
)
from actors.core.effects import Effects, Instant
from actors.core.leg import caller
from actors.core.leg.machine import LegEvent
from actors.core.wire.aors import Purpose
from actors.messages.sip import LegEnded

EVENTS = get_args(Event)


def new_call(terms: CallTerms) -> Call:
    """Return the call as its INVITE came."""
    return Call(terms)


def step(call: Call, event: Event, at: Instant) -> tuple[Call, Effects]:
    """Return the call after `event`, and what is to be done about it."""
    work = CallStep(call, at)
    if work.is_new:
        queue = call.terms.queue
        caller.enter(work, Purpose.QUEUE, f"queue {queue}", queue)
        if isinstance(event, LegEnded):
            caller.without_media(work)
    happened = work.hear(event) if isinstance(event, LegEvent) else event
    if happened is not None:
        _take(work, happened)
    ending.settle_down(work)
    return work.result(), tuple(work.effects)


def _take(work: CallStep, event: Happening) -> None:
    match work.phase:
        case Entering() as phase:
            entering.take(work, phase, event)
        case Joining() as phase:
            joining.take(work, phase, event)
        case Waiting() as phase:
            waiting.take(work, phase, event)
        case Talking() as phase:
            talking.take(work, phase, event)
        case Leaving() as phase:
            onward.take(work, phase, event)
        case Ending() | Lingering() | Done() as phase:
            ending.take(work, phase, event)
        case _:
            assert_never(work.phase)
