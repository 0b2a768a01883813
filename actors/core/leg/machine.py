"""The legs of a call: how each is opened, dropped and known to be over. Pure.

A leg is a SIP dialog and an RTP session. Whatever happens to it, there is one HangUp at most, one
Close for one Open, and a deadline after which it counts as over though nobody said so. An agent's
leg carries its lease: exactly one outcome, then LegGone once the phone is quiet.
"""

from __future__ import annotations

import logging

from actors.core.leg.effects import Outcome, StartTimer
from actors.core.leg.state import LegState, Rtp, Sip, Turn
from actors.ids import AgentId, LeaseId
from actors.messages.facts import OfferEnded
from actors.messages.floor import CallGone, LegGone
from actors.messages.media import Close, Closed, Open
from actors.messages.sip import HangUp, LegEnded, Media, Refuse

OPEN_SECONDS = 5.0
"""The media actor answers Open from its own tables, in well under a millisecond."""

OVER_SECONDS = 40.0
"""The stack itself gives up a dialog after 32 s (64 * T1: RFC 3261, section 17.1.1.2)."""

QUIET_SECONDS = 32.0
"""How long a phone that never answered our CANCEL may still ring (64 * T1, as above)."""


# ---- opening ------------------------------------------------------------------------------------


def open_leg(turn: Turn, leg: LegState, remote: Media | None, source: str) -> None:
    """Add the leg and ask for its RTP session."""
    turn.legs[leg.number] = leg
    turn.tell(
        Open(leg.leg, leg.codec, remote, source), StartTimer("open", leg.number, OPEN_SECONDS)
    )


def opened(turn: Turn, number: int) -> bool:
    """Take the session as open; False where the leg has been given up meanwhile."""
    if not is_opening(turn, number):
        return False
    turn.change(number, rtp=Rtp.OPEN)
    return True


def not_opened(turn: Turn, number: int) -> bool:
    """Take the session as impossible; False where the leg has been given up meanwhile."""
    if not is_opening(turn, number):
        return False
    turn.change(number, rtp=Rtp.CLOSED)
    return True


def is_opening(turn: Turn, number: int) -> bool:
    """Say whether there is no word yet of the session asked for."""
    leg = turn.legs.get(number)
    return leg is not None and leg.rtp is Rtp.OPENING


# ---- an agent's lease ---------------------------------------------------------------------------


def settle(turn: Turn, number: int, outcome: Outcome, word: str) -> bool:
    """Tell the lease's one outcome, `word` to the journal; False where it has one already."""
    attempt = turn.legs[number].attempt
    if attempt is None or attempt.settled:
        return False
    turn.change_attempt(number, settled=True)
    turn.tell(outcome)
    if attempt.dialled_at is not None:
        rang_ms = round(1000 * (turn.at.now - attempt.dialled_at))
        call = turn.legs[number].leg.call
        turn.tell(OfferEnded(turn.at.wall, call, attempt.agent, word, rang_ms))
        turn.note(f"agent {attempt.agent}: {word} after {rang_ms} ms")
    return True


def turn_away(turn: Turn, lease: LeaseId, agent: AgentId) -> None:
    """Give back a lease that comes when there is nothing to ring for."""
    turn.tell(CallGone(lease, agent), LegGone(lease, agent))


# ---- ending -------------------------------------------------------------------------------------


def drop(turn: Turn, number: int, *, elsewhere: bool = False) -> None:
    """End the leg from our side, whatever its state; a leg that is ended already stays so."""
    leg = turn.legs[number]
    _close(turn, leg)
    if leg.sip is Sip.NONE:
        _over(turn, number)
    elif leg.sip in {Sip.EARLY, Sip.UP}:
        turn.tell(HangUp(leg.leg, elsewhere))
        turn.change(number, sip=Sip.DROPPING)


def refuse(turn: Turn, number: int, code: int, retry_after: int | None = None) -> None:
    """Give the caller's INVITE a final answer other than 200, if that has not been sent."""
    leg = turn.legs[number]
    if leg.rtp is Rtp.OPEN:
        drop(turn, number)  # the 200 goes out as soon as the session is open
        return
    _close(turn, leg)
    if leg.sip is Sip.EARLY:
        turn.tell(Refuse(leg.leg, code, retry_after=retry_after))
        turn.change(number, sip=Sip.DROPPING)


def ended(turn: Turn, event: LegEnded) -> None:
    """Take the dialog as over; where the phone may still ring, its lease is kept for a while."""
    leg = turn.legs[event.leg.number]
    _close(turn, leg)
    if event.quiet or leg.attempt is None:
        _over(turn, leg.number)
    else:
        turn.change(leg.number, sip=Sip.NOISY)
        turn.tell(StartTimer("quiet", leg.number, QUIET_SECONDS))


def closed(turn: Turn, event: Closed) -> None:
    """Take the RTP session as gone, and log what it was like."""
    leg = turn.legs.get(event.leg.number)
    if leg is None or leg.rtp is not Rtp.CLOSING:
        return
    turn.change(leg.number, rtp=Rtp.CLOSED)
    f = event.figures
    turn.note(
        f"leg {leg.number}: RTP sent {f.sent}, received {f.received}, lost {f.lost}, "
        f"refused {f.refused}, jitter {f.jitter_ms:.1f} ms"
    )


def quiet(turn: Turn, number: int) -> None:
    """Take it that the phone does not ring any more: it had the time to give up."""
    if turn.legs[number].sip is Sip.NOISY:
        give_up(turn, number)


def overdue(turn: Turn, number: int) -> None:
    """Take the leg as ended though nobody said so: its time is up."""
    leg = turn.legs[number]
    if leg.finished or leg.sip is Sip.NOISY:
        return
    turn.note(
        f"leg {number}: no end within {OVER_SECONDS:.0f} s (SIP {leg.sip.name}, RTP "
        f"{leg.rtp.name}): taken as ended",
        logging.ERROR,
    )
    give_up(turn, number)


def give_up(turn: Turn, number: int) -> None:
    """Take the leg as ended, dialog and session, without waiting for anybody's word."""
    turn.change(number, rtp=Rtp.CLOSED)
    if turn.legs[number].sip is not Sip.OVER:
        _over(turn, number)


def _over(turn: Turn, number: int) -> None:
    """Reach the end of the dialog: the only place that tells LegGone of a leg."""
    leg = turn.change(number, sip=Sip.OVER)
    if leg.attempt is not None:
        # Callers settle first; a lease must not be left without an outcome if one of them forgets.
        attempt = leg.attempt
        settle(turn, number, CallGone(attempt.lease, attempt.agent), "call-gone")
        turn.tell(LegGone(attempt.lease, attempt.agent))


def _close(turn: Turn, leg: LegState) -> None:
    """Close the session, once; from the first ending on there is a deadline for the rest."""
    if leg.sip in {Sip.NONE, Sip.EARLY, Sip.UP}:
        turn.tell(StartTimer("over", leg.number, OVER_SECONDS))
    if leg.rtp in {Rtp.OPENING, Rtp.OPEN}:
        turn.change(leg.number, rtp=Rtp.CLOSING)
        turn.tell(Close(leg.leg))
