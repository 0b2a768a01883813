"""The caller's leg, whatever the call is for: its way in, and the call's one end. Pure."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import NamedTuple

from actors.core.effects import StartTimer
from actors.core.leg import machine
from actors.core.leg.ending import OVER_SECONDS, drop, refuse
from actors.core.leg.state import CALLER, LegState, Rtp, SessionOpen, Sip
from actors.core.leg.step import Step
from actors.core.leg.timers import NotBooked, NotConfirmed
from actors.core.wire import codecs
from actors.core.wire.aors import Purpose
from actors.ids import QueueName
from actors.messages.by import By
from actors.messages.facts import Booked, CallEntered, CallFinished
from actors.messages.floor import Result, Side
from actors.messages.media import Opened
from actors.messages.sip import Answer

NOT_ACCEPTABLE_HERE = 488
INTERNAL_ERROR = 500
UNAVAILABLE = 503
RETRY_AFTER = 5
"""Seconds until a caller who cannot be served now may try again."""


BOOK_SECONDS = 0.02
"""How long a caller's 200 waits for the journal, which has the call within 1 ms, at most: what a
disk that hangs may cost a caller."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """What the 200 waits for: the RTP session, and that the journal has the call.

    So whoever has heard a 200 has a record, even where the server is killed a moment later.
    """

    opened: Opened | None = None
    booked: bool = False


LONGEST_NUMBER, LONGEST_NAME = 64, 80
"""Characters that the journal keeps of what a caller calls himself."""


class Spent(NamedTuple):
    """How long a caller has waited, has talked and was on hold, in ms."""

    waited: int = 0
    talked: int = 0
    held: int = 0


NOTHING_SPENT = Spent()


def enter(step: Step, purpose: Purpose, where: str, queue: QueueName | None = None) -> None:
    """Note that the call came in."""
    incoming, told = step.incoming, step.told.journal
    caller, called = told.uri.address, incoming.called.uri.address
    step.tell(
        CallEntered(
            step.at.wall,
            step.call,
            incoming.sip_call_id,
            caller,
            called,
            purpose,
            queue,
            told.uri.number[:LONGEST_NUMBER],
            told.display[:LONGEST_NAME],
        ),
        StartTimer(BOOK_SECONDS, NotBooked()),
    )
    step.note(f"in: {caller} for {where}, Call-ID {incoming.sip_call_id}")


def open_session(step: Step) -> bool:
    """Ask for the caller's RTP session; False where the call was refused for want of a codec."""
    incoming, remote = step.incoming, step.incoming.remote
    codec = codecs.common(step.own, remote) if remote else step.own[0]
    if codec is None:
        without_media(step)
        step.take(refuse(step.legs[CALLER], step.at, NOT_ACCEPTABLE_HERE))
        return False
    leg = LegState(incoming.leg, codec, step.own, Sip.EARLY, late_offer=remote is None)
    step.take(machine.begin(leg, remote, incoming.source[0]))
    return True


def come_in(step: Step, way: WayIn, event: SessionOpen | Booked | NotBooked) -> WayIn:
    """Return the way in one step further; with the last one the caller is answered."""
    if isinstance(event, SessionOpen):
        further = replace(way, opened=event.opened)
    else:
        further = replace(way, booked=True)
    if further != way and further.opened is not None and further.booked:
        _answer(step, further.opened)
    return further


def _answer(step: Step, opened: Opened) -> None:
    """Send the 200: the answer to their offer, or our offer where they made none."""
    leg, remote = step.legs[CALLER], step.incoming.remote
    own = codecs.answer(opened, leg.codec, remote) if remote else codecs.offer(opened, step.own)
    # The stack gives up on a missing ACK after 32 s; this is for the day it forgets to say so.
    step.tell(Answer(leg.leg, own), StartTimer(OVER_SECONDS, NotConfirmed()))


def refuse_for_fault(step: Step) -> None:
    """Give a caller who has not been answered a final answer, even where nothing was begun."""
    without_media(step)
    step.take(refuse(step.legs[CALLER], step.at, INTERNAL_ERROR))


def refuse_for_now(step: Step) -> None:
    """Give a caller who has not been answered a 503."""
    without_media(step)
    step.take(refuse(step.legs[CALLER], step.at, UNAVAILABLE, RETRY_AFTER))


def finish(step: Step, result: Result, reason: str, by: By, spent: Spent) -> None:
    """Drop every leg and tell the call's end: to be called once, by the machine's own `end`."""
    for leg in list(step.legs.values()):
        step.take(drop(leg, step.at))
    wall, call, side = step.at.wall, step.call, Side.of(by)
    step.tell(CallFinished(wall, call, result, reason, side, *spent, by))
    step.note(
        f"ended: {result}, {reason}, by {by}, waited {spent.waited} ms, talked {spent.talked} ms",
        logging.ERROR if result is Result.FAILED else logging.INFO,
    )


def without_media(step: Step) -> None:
    """Begin a leg that is not begun yet, one for which no RTP session is ever asked."""
    leg = LegState(step.incoming.leg, step.own[0], step.own, Sip.EARLY, rtp=Rtp.CLOSED)
    step.legs.setdefault(CALLER, leg)
