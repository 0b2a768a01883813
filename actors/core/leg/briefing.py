"""An agent who has picked up hears which call it is, and takes it, or does not. Pure.

    picked up --no key wanted, all is said--> taken
        |------the key--------------------> taken
        |------another key, hangs up------> declined
        +------nothing in time------------> not answered

Until it is taken the lease has no outcome, and the caller hears what waiting callers hear.
"""

from __future__ import annotations

from actors.core.effects import Instant
from actors.core.leg.attempt import DECLINE, fail, take
from actors.core.leg.state import LegState, Moved
from actors.messages.by import by_rule
from actors.messages.floor import Declined, NoAnswer


def said(leg: LegState, at: Instant) -> Moved:
    """Connect the agent who knows all; one who has to press a key has been asked to."""
    attempt = leg.pending
    return take(leg, at) if attempt is not None and attempt.taken else Moved(leg)


def pressed(leg: LegState, key: str, at: Instant) -> Moved:
    """Take the call by its key; any other declines it."""
    attempt = leg.pending
    if attempt is None or not attempt.listens or attempt.briefing is None or attempt.taken:
        return Moved(leg)
    if key == attempt.briefing.key:
        return take(leg, at)
    return fail(leg, lambda lease, agent: Declined(lease, agent, DECLINE), at)


def over(leg: LegState, at: Instant) -> Moved:
    """Give up on who was to press a key; connect whom the pump does not say to be told all."""
    attempt = leg.pending
    if attempt is None or not attempt.listens:
        return Moved(leg)
    return take(leg, at) if attempt.taken else fail(leg, NoAnswer, at, decided=by_rule("accept"))
