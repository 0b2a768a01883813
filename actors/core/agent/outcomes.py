"""What an offer that was not answered costs the agent: a cool-down, a strike, or the seat. Pure."""

from __future__ import annotations

from dataclasses import fields, replace

from actors.core.agent.state import CoolDown, Rules, State
from actors.core.effects import Effects
from actors.ids import QueueName
from actors.messages import floor as f
from actors.messages.by import by_rule
from actors.messages.duty import LogOut
from actors.settings import Outcomes, OwnOutcomes

Stepped = tuple[State, Effects]
Unanswered = f.NoAnswer | f.Busy | f.Declined | f.Unreachable

WORDS: dict[type[Unanswered], str] = {
    f.NoAnswer: "no_answer",
    f.Busy: "busy",
    f.Declined: "reject",
    f.Unreachable: "unreachable",
}
"""Each outcome as the configuration names it."""

LIVING = {"busy", "reject"}
"""Outcomes that show a living agent: where they are no strike, they end the row of strikes."""

BY_STRIKES = by_rule("strikes")


def with_own(common: Outcomes, *own: OwnOutcomes) -> Outcomes:
    """Return what holds for all, each key replaced by the last of `own` that gives it."""
    for each in own:
        given = {one.name: getattr(each, one.name) for one in fields(each)}
        common = replace(common, **{k: value for k, value in given.items() if value is not None})
    return common


def charge(
    state: State, outcome: Unanswered, queue: QueueName, now: float, rules: Rules
) -> Stepped:
    """Return the agent after an offer for a call of this queue that came to this outcome."""
    terms, word = rules.outcomes_after(queue), WORDS[type(outcome)]
    state = cool_down(state, word, terms, now)
    if word not in terms.strike_for:
        return replace(state, strikes=0 if word in LIVING else state.strikes), ()
    state = replace(state, strikes=state.strikes + 1)
    return _struck_out(state, terms, rules) if 0 < terms.strikes <= state.strikes else (state, ())


def cool_down(state: State, word: str, terms: Outcomes, now: float) -> State:
    """Return the agent with the cool-down of this outcome, and none of an earlier one."""
    seconds: float = getattr(terms, f"{word}_cooldown")
    shown = "unavailable" if word == "unreachable" else "busy"
    return replace(state, cooldown=CoolDown(now + seconds, shown) if seconds > 0 else None)


def _struck_out(state: State, terms: Outcomes, rules: Rules) -> Stepped:
    """Offer the agent nothing more: until he does something, unpauses, or logs on again.

    Who is to be logged off does not respond until the seats have done it. A break that the agent
    has asked for himself keeps its reason.
    """
    match terms.then:
        case "pause":
            paused = state.paused or terms.pause_reason
            by = state.by if state.paused else BY_STRIKES
            return replace(state, paused=paused, by=by), ()
        case "log-out":
            left = LogOut(rules.agent, BY_STRIKES, "strikes")
            return replace(state, not_responding=True), (left,)
        case _:
            return replace(state, not_responding=True), ()
