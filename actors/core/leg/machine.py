"""The state machine of a leg: an event in; the leg, what to do and news for its call out. Pure.

    dialled: NONE --INVITE--> EARLY --200--> UP --either side ends it--> DROPPING --> OVER
    caller's:                 EARLY --ACK--> UP

Whatever happens, there is one HangUp at most, one Close for one Open, and a deadline after which
the leg counts as over though nobody said so. What becomes of an agent's lease is in `attempt`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import assert_never

from actors.core.effects import Instant, Note, StartTimer
from actors.core.leg import attempt as attempts
from actors.core.leg import briefing, vigil
from actors.core.leg.ending import LET_GO_SECONDS, closed, end, let_go, overdue
from actors.core.leg.state import (
    HOLDING,
    CallerUp,
    HoldChanged,
    KeyPressed,
    LegOver,
    LegState,
    Moved,
    NoCodec,
    NoSession,
    Rtp,
    SessionOpen,
    Sip,
)
from actors.core.leg.timers import (
    BriefingOver,
    LetGo,
    NotDialled,
    NotOpened,
    NotOver,
    NotReached,
    RangOut,
    Unanswered,
)
from actors.core.wire import codecs
from actors.messages.media import (
    Aim,
    Closed,
    MediaSilent,
    MediaUnreachable,
    NoMedia,
    Open,
    Opened,
)
from actors.messages.sip import (
    Alive,
    Dialled,
    DigitPressed,
    HangUpSent,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRinging,
    Media,
    MediaChanged,
)

OPEN_SECONDS = 5.0
"""The media actor answers Open from its own tables, in well under a millisecond."""

Said = (
    Opened
    | NoMedia
    | Closed
    | MediaSilent
    | MediaUnreachable
    | Alive
    | Dialled
    | HangUpSent
    | LegRinging
    | LegAnswered
    | LegConfirmed
    | LegEnded
    | MediaChanged
    | DigitPressed
)
"""What gateway and pump say of a leg."""

LegTimer = (
    NotOpened | NotDialled | NotReached | RangOut | BriefingOver | Unanswered | NotOver | LetGo
)
LegEvent = Said | LegTimer


def number_of(event: LegEvent) -> int:
    """Return the number of the leg that an event is about."""
    return event.number if isinstance(event, LegTimer) else event.leg.number


def begin(leg: LegState, remote: Media | None, source: str) -> Moved:
    """Ask for the RTP session: without one a leg can neither be answered nor dialled."""
    timer = StartTimer(OPEN_SECONDS, NotOpened(leg.number))
    return Moved(leg, (Open(leg.leg, leg.codec, remote, source), timer))


def step(  # noqa: C901, PLR0911, PLR0912 - one arrow each
    leg: LegState, event: LegEvent, at: Instant
) -> Moved:
    """Return the leg after `event`; one that is out of place changes nothing."""
    match event:
        case Opened():
            return _opened(leg, event)
        case NoMedia(reason=reason):
            return _no_session(leg, at, Rtp.CLOSED, reason)
        case NotOpened():
            return _no_session(leg, at, Rtp.OPENING, "no word from the pump")
        case Closed():
            return closed(leg, event)
        case Dialled():
            return attempts.dialled(leg, at)
        case LegRinging():
            return attempts.heard(leg, event)
        case LegAnswered():
            return attempts.answered(leg, event, at)
        case LegConfirmed(remote=remote):
            return _confirmed(leg, remote)
        case LegEnded():
            return _ended(leg, event, at)
        case MediaChanged(remote=remote):
            return _media_changed(leg, remote)
        case DigitPressed():
            return _pressed(leg, event)
        case MediaSilent():
            return vigil.fell_silent(leg, event, at)
        case MediaUnreachable():
            return vigil.unreachable(leg, event, at)
        case Alive():
            return vigil.answered(leg, at)
        case Unanswered():
            return vigil.unanswered(leg, event, at)
        case NotDialled():
            return attempts.not_dialled(leg, at)
        case NotReached():
            return attempts.not_reached(leg, at)
        case RangOut():
            return attempts.rang_out(leg, at)
        case BriefingOver():
            return briefing.over(leg, at)
        case NotOver():
            return overdue(leg, at)
        case HangUpSent():
            timer = StartTimer(LET_GO_SECONDS, LetGo(leg.number))
            return Moved(leg, (timer,)) if leg.attempt is not None else Moved(leg)
        case LetGo():
            return let_go(leg, at)
        case _:
            assert_never(event)


def _pressed(leg: LegState, event: DigitPressed) -> Moved:
    """Count the keys that come as the first one did: who sends both ways sends every key both ways.

    To tell a key that is sent twice from one that is pressed twice by their times is a guess.
    """
    leg = replace(leg, keys=leg.keys or event.source)
    if event.source is not leg.keys:
        return Moved(leg)
    return Moved(leg, news=KeyPressed(leg.number, event.digit))


def _opened(leg: LegState, event: Opened) -> Moved:
    if leg.rtp is not Rtp.OPENING:
        return Moved(leg)
    return Moved(replace(leg, rtp=Rtp.OPEN), news=SessionOpen(leg.number, event))


def _no_session(leg: LegState, at: Instant, rtp: Rtp, reason: str) -> Moved:
    """Give an agent's leg up without blame; what becomes of a caller's is for the call to say."""
    if leg.rtp is not Rtp.OPENING:
        return Moved(leg)
    note = Note(logging.ERROR, f"leg {leg.number}: no RTP session: {reason}")
    leg = replace(leg, rtp=rtp)
    if leg.attempt is None:
        return Moved(leg, (note,), NoSession())
    moved = attempts.without_session(leg, at)
    return moved._replace(effects=(note, *moved.effects))


def _confirmed(leg: LegState, remote: Media) -> Moved:
    """Take the caller as up; an answer in the ACK may leave no codec."""
    if leg.sip is not Sip.EARLY:
        return Moved(leg)
    codec = codecs.common(leg.own if leg.late_offer else (leg.codec,), remote)
    leg = replace(leg, sip=Sip.UP, on_hold=remote.direction in HOLDING)
    if codec is None:
        return Moved(leg, news=NoCodec())
    return Moved(replace(leg, codec=codec), (Aim(leg.leg, codec, remote),), CallerUp())


def _media_changed(leg: LegState, remote: Media) -> Moved:
    """Follow a re-INVITE: a new address, another codec, hold, or the end of hold."""
    if leg.over or leg.rtp is not Rtp.OPEN:
        return Moved(leg)
    codec, on_hold = codecs.keep(leg.codec, leg.own, remote), remote.direction in HOLDING
    aim, changed = Aim(leg.leg, codec, remote), replace(leg, codec=codec, on_hold=on_hold)
    if on_hold == leg.on_hold:
        return Moved(changed, (aim,))
    note = Note(logging.INFO, f"leg {leg.number}: {'holds' if on_hold else 'holds no longer'}")
    return Moved(changed, (aim, note), HoldChanged(leg.number))


def _ended(leg: LegState, event: LegEnded, at: Instant) -> Moved:
    if leg.over:
        return Moved(leg)
    if leg.pending is not None:
        return attempts.refused(leg, event, at)
    return end(leg, event, at)._replace(news=LegOver(leg.number, event))
