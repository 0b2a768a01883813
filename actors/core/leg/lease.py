"""An agent's lease on its leg: exactly one outcome, told to the agent and to the journal. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from actors.core.effects import Effect, Instant, Note
from actors.core.leg.state import LegState, Moved
from actors.ids import AgentId, LeaseId
from actors.messages.by import BY_SERVER, By, by_agent, by_rule
from actors.messages.facts import OfferEnded
from actors.messages.floor import (
    Answered,
    Busy,
    CallGone,
    Declined,
    Failed,
    LegGone,
    NoAnswer,
    Outcome,
    Ring,
    Unreachable,
    Withdrawn,
)

WORDS: dict[type[Outcome], str] = {
    Answered: "answered",
    NoAnswer: "no-answer",
    Busy: "busy",
    Declined: "declined",
    Unreachable: "unreachable",
    Failed: "failed",
    CallGone: "call-gone",
    Withdrawn: "withdrawn",
}
"""What the journal calls each outcome."""


def settle(
    leg: LegState,
    outcome: Callable[[LeaseId, AgentId], Outcome],
    at: Instant,
    decided: By | None = None,
) -> tuple[Moved, Outcome | None]:
    """Tell the lease's one outcome; None where it has one already, or there is no lease.

    `decided` is who wanted it so, where the outcome alone does not say that.
    """
    attempt = leg.pending
    if attempt is None:
        return Moved(leg), None
    told = outcome(attempt.lease, attempt.agent)
    effects: list[Effect] = [told]
    if attempt.dialled_at is not None:
        rang_ms = round(1000 * (at.now - attempt.dialled_at))
        word = WORDS[type(told)]
        effects += (
            OfferEnded(
                at.wall,
                leg.leg.call,
                attempt.agent,
                word,
                rang_ms,
                attempt.lease,
                decided or _decider(told),
            ),
            Note(logging.INFO, f"agent {attempt.agent}: {word} after {rang_ms} ms"),
        )
    return Moved(replace(leg, attempt=replace(attempt, settled=True)), tuple(effects)), told


def _decider(outcome: Outcome) -> By:
    match outcome:
        case Answered() | Busy() | Declined():
            return by_agent(outcome.agent)
        case NoAnswer():
            return by_rule("ring-time")
        case _:
            return BY_SERVER


def give_back(leg: LegState, at: Instant, decided: By = BY_SERVER) -> Moved:
    """Tell the agent that the call has gone, where the lease has no outcome yet."""
    moved, _ = settle(leg, CallGone, at, decided)
    return moved


def turned_away(ring: Ring) -> tuple[Effect, ...]:
    """Return a lease that comes when there is nothing to ring for."""
    return CallGone(ring.lease, ring.agent), LegGone(ring.lease, ring.agent)
