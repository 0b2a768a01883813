"""How a leg comes to its end: dropped by us, ended by the far side, or given up. Pure."""

from __future__ import annotations

import logging
from dataclasses import replace

from actors.core.effects import Effect, Effects, Instant, Note, StartTimer
from actors.core.leg.lease import give_back
from actors.core.leg.state import LegState, Moved, Rtp, Sip
from actors.core.leg.timers import NotOver, Quiet
from actors.messages.floor import LegGone
from actors.messages.media import Close, Closed
from actors.messages.sip import HangUp, LegEnded, Refuse

OVER_SECONDS = 40.0
"""The stack itself gives up a dialog after 32 s (64 * T1: RFC 3261, section 17.1.1.2)."""

QUIET_SECONDS = 32.0
"""How long a phone that never answered our CANCEL may still ring (64 * T1, as above)."""


def drop(leg: LegState, at: Instant, *, elsewhere: bool = False) -> Moved:
    """End the leg from our side, whatever its state; a leg that is ended already stays so."""
    leg, effects = _close(leg)
    if leg.sip is Sip.NONE:
        return _after(effects, _over(leg, at))
    if leg.sip in {Sip.EARLY, Sip.UP}:
        return Moved(replace(leg, sip=Sip.DROPPING), (*effects, HangUp(leg.leg, elsewhere)))
    return Moved(leg, effects)


def refuse(leg: LegState, at: Instant, code: int, retry_after: int | None = None) -> Moved:
    """Give the caller's INVITE a final answer other than 200, if that has not been sent."""
    if leg.rtp is Rtp.OPEN:
        return drop(leg, at)  # the 200 goes out as soon as the session is open
    leg, effects = _close(leg)
    if leg.sip is not Sip.EARLY:
        return Moved(leg, effects)
    answer = Refuse(leg.leg, code, retry_after=retry_after)
    return Moved(replace(leg, sip=Sip.DROPPING), (*effects, answer))


def end(leg: LegState, event: LegEnded, at: Instant) -> Moved:
    """Take the dialog as over; where the phone may still ring, its lease is kept for a while."""
    leg, effects = _close(leg)
    if event.quiet or leg.attempt is None:
        return _after(effects, _over(leg, at))
    timer = StartTimer(QUIET_SECONDS, Quiet(leg.number))
    return Moved(replace(leg, sip=Sip.NOISY), (*effects, timer))


def closed(leg: LegState, event: Closed) -> Moved:
    """Take the RTP session as gone, and log what it was like."""
    if leg.rtp is not Rtp.CLOSING:
        return Moved(leg)
    f = event.figures
    text = (
        f"leg {leg.number}: RTP sent {f.sent}, received {f.received}, lost {f.lost}, "
        f"refused {f.refused}, jitter {f.jitter_ms:.1f} ms"
    )
    return Moved(replace(leg, rtp=Rtp.CLOSED), (Note(logging.INFO, text),))


def quiet(leg: LegState, at: Instant) -> Moved:
    """Take it that the phone does not ring any more: it had the time to give up."""
    return give_up(leg, at) if leg.sip is Sip.NOISY else Moved(leg)


def overdue(leg: LegState, at: Instant) -> Moved:
    """Take the leg as ended though nobody said so: its time is up."""
    if leg.finished or leg.sip is Sip.NOISY:
        return Moved(leg)
    text = (
        f"leg {leg.number}: no end within {OVER_SECONDS:.0f} s (SIP {leg.sip.name}, RTP "
        f"{leg.rtp.name}): taken as ended"
    )
    return _after((Note(logging.ERROR, text),), give_up(leg, at))


def give_up(leg: LegState, at: Instant) -> Moved:
    """Take the leg as ended, dialog and session, without waiting for anybody's word."""
    leg = replace(leg, rtp=Rtp.CLOSED)
    return Moved(leg) if leg.sip is Sip.OVER else _over(leg, at)


def _over(leg: LegState, at: Instant) -> Moved:
    """Reach the end of the dialog: the only place that tells LegGone of a leg."""
    leg = replace(leg, sip=Sip.OVER)
    attempt = leg.attempt
    if attempt is None:
        return Moved(leg)
    # Callers settle first; a lease must not be left without an outcome if one of them forgets.
    leg, effects, _ = give_back(leg, at)
    return Moved(leg, (*effects, LegGone(attempt.lease, attempt.agent)))


def _close(leg: LegState) -> tuple[LegState, Effects]:
    """Close the session, once; from the first ending on there is a deadline for the rest."""
    effects: list[Effect] = []
    if leg.sip in {Sip.NONE, Sip.EARLY, Sip.UP}:
        effects.append(StartTimer(OVER_SECONDS, NotOver(leg.number)))
    if leg.rtp in {Rtp.OPENING, Rtp.OPEN}:
        leg = replace(leg, rtp=Rtp.CLOSING)
        effects.append(Close(leg.leg))
    return leg, tuple(effects)


def _after(before: Effects, moved: Moved) -> Moved:
    return moved._replace(effects=(*before, *moved.effects))
