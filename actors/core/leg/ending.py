"""How a leg comes to its end: dropped by us, ended by the far side, or given up. Pure."""

from __future__ import annotations

import logging
from dataclasses import replace

from actors.core.effects import Effect, Effects, Instant, Note, StartTimer
from actors.core.leg.lease import give_back
from actors.core.leg.state import LegState, Moved, Rtp, Sip
from actors.core.leg.timers import NotOver
from actors.messages.floor import LegGone
from actors.messages.media import Close, Closed
from actors.messages.sip import HangUp, LegEnded, Refuse

OVER_SECONDS = 40.0
"""The stack itself gives up a dialog after 32 s (64 * T1: RFC 3261, section 17.1.1.2)."""

LET_GO_SECONDS = 2.0
"""How long an agent's phone may leave our CANCEL or BYE unanswered: the stack sends it twice more
in that time (T1 = 0.5 s), and the agent is not to be held by a phone that is not there."""


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
    """Take the dialog as over."""
    leg, effects = _close(leg)
    return _after(effects, _over(leg, at, silent=not event.quiet))


def let_go(leg: LegState, at: Instant) -> Moved:
    """Let the agent go whose phone answers nothing; the leg comes to its end alone."""
    if leg.sip is not Sip.DROPPING or leg.attempt is None or leg.attempt.gone:
        return Moved(leg)
    text = f"leg {leg.number}: the phone does not answer our hanging up: it is let go"
    return _after((Note(logging.WARNING, text),), _gone(leg, at, silent=True))


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


def overdue(leg: LegState, at: Instant) -> Moved:
    """Take the leg as ended though nobody said so: its time is up."""
    if leg.finished:
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


def _over(leg: LegState, at: Instant, *, silent: bool = False) -> Moved:
    """Reach the end of the dialog."""
    return _gone(replace(leg, sip=Sip.OVER), at, silent=silent)


def _gone(leg: LegState, at: Instant, *, silent: bool) -> Moved:
    """Tell that the agent's leg is over, once: the only place that tells LegGone of a leg."""
    attempt = leg.attempt
    if attempt is None or attempt.gone:
        return Moved(leg)
    # Callers settle first; a lease must not be left without an outcome if one of them forgets.
    leg, effects, _ = give_back(leg, at)
    leg = replace(leg, attempt=replace(attempt, settled=True, gone=True))
    return Moved(leg, (*effects, LegGone(attempt.lease, attempt.agent, silent)))


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
