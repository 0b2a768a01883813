"""The caller's leg, whatever the call is for: its way in, and the call's one end. Pure."""

from __future__ import annotations

import logging

from actors.core.leg import machine as legs
from actors.core.leg.effects import StartTimer
from actors.core.leg.state import CALLER, LegState, Rtp, Sip, Turn
from actors.core.wire import codecs
from actors.core.wire.aors import Purpose
from actors.core.wire.device import address
from actors.messages.facts import CallEntered, CallFinished
from actors.messages.floor import Result, Side
from actors.messages.media import Aim, Opened
from actors.messages.sip import Answer, Direction, LegConfirmed

HOLDING = frozenset({Direction.SENDONLY, Direction.INACTIVE})
"""What a party says that has put us on hold (RFC 3264, section 8.4)."""

NOT_ACCEPTABLE_HERE = 488
INTERNAL_ERROR = 500
UNAVAILABLE = 503
RETRY_AFTER = 5
"""Seconds until a caller who cannot be served now may try again."""


def enter(turn: Turn, purpose: Purpose, where: str) -> None:
    """Note that the call came in."""
    incoming = turn.incoming
    caller, called = address(incoming.caller.uri), address(incoming.called.uri)
    turn.tell(CallEntered(turn.at.wall, turn.call, incoming.sip_call_id, caller, called, purpose))
    turn.note(f"in: {caller} for {where}, Call-ID {incoming.sip_call_id}")


def open_session(turn: Turn) -> bool:
    """Ask for the caller's RTP session; False where the call was refused for want of a codec."""
    incoming, remote = turn.incoming, turn.incoming.remote
    codec = codecs.common(turn.own, remote) if remote else turn.own[0]
    if codec is None:
        without_media(turn)
        legs.refuse(turn, CALLER, NOT_ACCEPTABLE_HERE)
        return False
    leg = LegState(incoming.leg, codec, Sip.EARLY)
    legs.open_leg(turn, leg, remote, incoming.source[0])
    return True


def answer(turn: Turn, opened: Opened) -> None:
    """Send the 200: the answer to their offer, or our offer where they made none."""
    leg, remote = turn.legs[CALLER], turn.incoming.remote
    own = codecs.answer(opened, leg.codec, remote) if remote else codecs.offer(opened, turn.own)
    # The stack gives up on a missing ACK after 32 s; this is for the day it forgets to say so.
    turn.tell(Answer(leg.leg, own), StartTimer("confirm", CALLER, legs.OVER_SECONDS))


def confirm(turn: Turn, event: LegConfirmed) -> bool:
    """Take the call as up; False where their late answer leaves no codec."""
    own = (turn.legs[CALLER].codec,) if turn.incoming.remote else turn.own
    codec = codecs.common(own, event.remote)
    leg = turn.change(CALLER, sip=Sip.UP, on_hold=event.remote.direction in HOLDING)
    if codec is None:
        return False
    turn.change(CALLER, codec=codec)
    turn.tell(Aim(leg.leg, codec, event.remote))
    return True


def refuse_for_fault(turn: Turn) -> None:
    """Give a caller who has not been answered a final answer, even where nothing was begun."""
    without_media(turn)
    legs.refuse(turn, CALLER, INTERNAL_ERROR)


def refuse_for_now(turn: Turn) -> None:
    """Give a caller who has not been answered a 503."""
    without_media(turn)
    legs.refuse(turn, CALLER, UNAVAILABLE, RETRY_AFTER)


def finish(turn: Turn, result: Result, reason: str, by: Side, spent_ms: tuple[int, int]) -> None:
    """Drop every leg and tell the call's end: to be called once, by the machine's own `end`.

    `spent_ms` is how long the caller has waited and talked, in ms.
    """
    for number in list(turn.legs):
        legs.drop(turn, number)
    waited_ms, talked_ms = spent_ms
    turn.tell(CallFinished(turn.at.wall, turn.call, result, reason, by, waited_ms, talked_ms))
    turn.note(
        f"ended: {result}, {reason}, by {by}, waited {waited_ms} ms, talked {talked_ms} ms",
        logging.ERROR if result is Result.FAILED else logging.INFO,
    )


def is_new(turn: Turn) -> bool:
    """Say whether nothing has been done for the call yet."""
    return CALLER not in turn.legs


def without_media(turn: Turn) -> None:
    """Begin a leg that is not begun yet, one for which no RTP session is ever asked."""
    leg = LegState(turn.incoming.leg, turn.own[0], Sip.EARLY, rtp=Rtp.CLOSED)
    turn.legs.setdefault(CALLER, leg)
