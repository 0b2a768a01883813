"""Caller and agent connected: how long they talk and hold, as the journal hears of it. Pure."""

from __future__ import annotations

from dataclasses import replace

from actors.core.call.place import Place
from actors.core.call.state import CallStep, Talk, Talking
from actors.core.leg.state import CALLER, Attempt
from actors.messages.by import By
from actors.messages.facts import HoldEnded, HoldStarted, LegBridged, LegEnded
from actors.messages.floor import Side
from actors.settings import Queue

MOST_HOLDS = 100
"""Of one leg in the journal: a phone may hold and resume as often as it likes, and each is a row.
Later ones count all the same."""


def begin(step: CallStep, place: Place, queue: Queue, number: int) -> None:
    """Let the talk on the agent's leg of this number begin; one of the two may hold already."""
    step.phase = phase = Talking(place, Talk(number, queue, step.at.now))
    one = attempt_of(step, phase)
    step.tell(LegBridged(step.at.wall, step.call, queue.name, one.agent, one.lease))
    follow_hold(step, phase)


def attempt_of(step: CallStep, phase: Talking) -> Attempt:
    """Return by which lease the agent came to the talk."""
    attempt = step.legs[phase.talk.agent].attempt
    if attempt is None:
        raise ValueError(f"leg {phase.talk.agent} is no agent's")
    return attempt


def follow_hold(step: CallStep, phase: Talking) -> None:
    """Take in who holds now."""
    legs = {Side.CALLER: step.legs[CALLER], Side.AGENT: step.legs[phase.talk.agent]}
    holding = frozenset(side for side, leg in legs.items() if leg.on_hold)
    step.phase = replace(phase, talk=_changed(step, phase, holding))


def end(step: CallStep, phase: Talking, reason: str, by: By) -> Place:
    """End the talk; return the caller's place with the time it took."""
    one, now = attempt_of(step, phase), step.at.now
    talk = _changed(step, phase, frozenset())
    held = round(1000 * talk.held)
    talked = max(0, round(1000 * (now - talk.began)) - held)
    wall, side = step.at.wall, Side.of(by)
    step.tell(LegEnded(wall, step.call, one.agent, one.lease, talked, held, side, reason))
    return phase.place.having_talked(talked, held)


def _changed(step: CallStep, phase: Talking, holding: frozenset[Side]) -> Talk:
    """Return the talk with these holding, and tell the journal whose hold begins or ends."""
    talk, now = phase.talk, step.at.now
    if holding == talk.holding:
        return talk
    agent, wall = attempt_of(step, phase).agent, step.at.wall
    told, holds = talk.told & holding, talk.holds
    for side in (Side.CALLER, Side.AGENT):
        if side in talk.told - holding:
            step.tell(HoldEnded(wall, step.call, agent, side))
        if side in holding - talk.holding and holds < MOST_HOLDS:
            step.tell(HoldStarted(wall, step.call, agent, side))
            told, holds = told | {side}, holds + 1
    return replace(
        talk,
        holding=holding,
        held_since=talk.held_since if talk.holding else now,
        held=talk.held if not talk.holding or holding else talk.held + now - talk.held_since,
        told=told,
        holds=holds,
    )
