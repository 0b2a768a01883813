"""An agent's phone rung under a lease, from its INVITE to the lease's outcome. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from actors.core.effects import Effect, Instant, Note, StartTimer
from actors.core.leg.ending import drop, end
from actors.core.leg.lease import settle
from actors.core.leg.state import (
    HOLDING,
    AgentListens,
    AgentUp,
    Attempt,
    AttemptFailed,
    Heard,
    LegState,
    Moved,
    Sip,
)
from actors.core.leg.timers import BriefingOver, NotReached, RangOut
from actors.core.wire import codecs
from actors.ids import AgentId, LeaseId
from actors.messages.by import By
from actors.messages.floor import (
    Answered,
    Briefing,
    Busy,
    Declined,
    Failed,
    NoAnswer,
    Outcome,
    PickedUp,
    Ringing,
    Unreachable,
    Withdrawn,
)
from actors.messages.media import Aim, Play
from actors.messages.sip import EndedBy, LegAnswered, LegEnded, LegRinging

BUSY = frozenset({486, 600})
DECLINED = frozenset({480, 487, 603, 607, 608})
"""Final answers by which the agent, or the phone in the agent's name, does not want the call."""

GONE = frozenset({404, 408, 410, 430, 503, 604})
"""Final answers that say nobody is there (RFC 3261, sections 21.4 to 21.6; RFC 5626, 11.6)."""

LAST_ERROR_FREE = 399
NOTHING_HEARD = 408
DECLINE = 603
NO_CODEC = 488

BRIEFING = 1
"""The token of an agent's only Play."""


def dialled(leg: LegState, at: Instant) -> Moved:
    """Let the phone's time run, and the agent's: the INVITE is on the wire."""
    attempt = leg.pending
    if attempt is None or attempt.sent:
        return Moved(leg)
    number = leg.number
    return Moved(
        replace(leg, attempt=replace(attempt, dialled_at=at.now, sent=True)),
        (
            StartTimer(attempt.unreachable_seconds, NotReached(number)),
            StartTimer(attempt.ring_seconds, RangOut(number)),
        ),
    )


def not_dialled(leg: LegState, at: Instant) -> Moved:
    """Give up an attempt whose INVITE never went out: no fault of the phone's."""
    if leg.pending is None or leg.pending.sent:
        return Moved(leg)
    return fail(leg, lambda lease, agent: Failed(lease, agent, 0), at)


def heard(leg: LegState, event: LegRinging) -> Moved:
    """Note that the phone is there, and tell the agent once that it rings."""
    attempt = leg.pending
    if attempt is None or attempt.heard is Heard.ALERTING:
        return Moved(leg)
    state = Heard.ALERTING if event.alerting else Heard.TRYING
    leg = replace(leg, attempt=replace(attempt, heard=state))
    if not event.alerting:
        return Moved(leg)
    note = Note(logging.INFO, f"agent {attempt.agent}: rings")
    return Moved(leg, (Ringing(attempt.lease, attempt.agent), note))


def answered(leg: LegState, event: LegAnswered, at: Instant) -> Moved:
    """Take the agent as there; an answer to an attempt already given up changes nothing."""
    attempt, remote = leg.pending, event.remote
    if attempt is None:
        return Moved(leg)
    codec = codecs.common(leg.own, remote)
    if codec is None:
        return fail(leg, lambda lease, agent: Failed(lease, agent, NO_CODEC), at)
    on_hold = remote.direction in HOLDING
    leg = replace(leg, sip=Sip.UP, codec=codec, on_hold=on_hold)
    moved = take(leg, at) if attempt.briefing is None else _brief(leg, attempt, attempt.briefing)
    return moved._replace(effects=(Aim(leg.leg, codec, remote), *moved.effects))


def take(leg: LegState, at: Instant) -> Moved:
    """Let the agent have the call."""
    attempt = leg.pending
    if attempt is None:
        return Moved(leg)
    (leg, effects, _), _ = settle(leg, Answered, at)
    return Moved(leg, effects, AgentUp(leg.number, attempt.agent))


def _brief(leg: LegState, attempt: Attempt, briefing: Briefing) -> Moved:
    """Tell the agent alone which call it is, and ask whether he takes it, where that is wanted."""
    leg = replace(leg, attempt=replace(attempt, listens=True))
    effects: tuple[Effect, ...] = (
        PickedUp(attempt.lease, attempt.agent),
        Play(leg.leg, briefing.prompts, BRIEFING),
        StartTimer(briefing.seconds, BriefingOver(leg.number)),
        Note(logging.INFO, f"agent {attempt.agent}: has picked up"),
    )
    return Moved(leg, effects, AgentListens(leg.number, attempt.agent))


def refused(leg: LegState, event: LegEnded, at: Instant) -> Moved:
    """Say what the end of an attempt that was not answered means.

    An answer that names neither the agent nor the phone is about this INVITE; an end that is our
    own doing is ours to answer for.
    """
    code, ours = event.code, event.by is EndedBy.US
    hung_up = leg.pending is not None and leg.pending.listens and code <= LAST_ERROR_FREE

    def outcome(lease: LeaseId, agent: AgentId) -> Outcome:
        if code in GONE:
            return Unreachable(lease, agent, code)
        if ours:
            return Failed(lease, agent, 0)
        if hung_up:
            return Declined(lease, agent, DECLINE)
        if code in BUSY:
            return Busy(lease, agent)
        return (Declined if code in DECLINED else Failed)(lease, agent, code)

    note = Note(logging.INFO, f"leg {leg.number}: {code} {event.reason}")
    moved = fail(leg, outcome, at, event)
    return moved._replace(effects=(note, *moved.effects))


def rang_out(leg: LegState, at: Instant) -> Moved:
    """Give up ringing: the agent's time to answer is over."""
    if leg.pending is not None and leg.pending.listens:
        return Moved(leg)
    return fail(leg, NoAnswer, at)


def not_reached(leg: LegState, at: Instant) -> Moved:
    """Give up a phone of which nothing was heard."""
    if leg.pending is None or leg.pending.heard is not Heard.NOTHING:
        return Moved(leg)
    return fail(leg, lambda lease, agent: Unreachable(lease, agent, NOTHING_HEARD), at)


def without_session(leg: LegState, at: Instant) -> Moved:
    """Give up an attempt for which there is no RTP session."""
    return fail(leg, lambda lease, agent: Failed(lease, agent, 0), at)


def withdraw(leg: LegState, at: Instant, decided: By) -> Moved:
    """Stop ringing as is wanted; too late where the phone was answered."""
    return fail(leg, Withdrawn, at, decided=decided)


def fail(
    leg: LegState,
    outcome: Callable[[LeaseId, AgentId], Outcome],
    at: Instant,
    event: LegEnded | None = None,
    decided: By | None = None,
) -> Moved:
    """Settle an attempt that came to nothing: its outcome, its leg, and word to the call."""
    (leg, settled, _), told = settle(leg, outcome, at, decided)
    if told is None:
        return Moved(leg, settled)
    leg, ended, _ = drop(leg, at) if event is None else end(leg, event, at)
    return Moved(leg, (*settled, *ended), AttemptFailed(leg.number, told))
