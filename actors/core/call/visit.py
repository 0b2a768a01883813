"""A caller's visits: each stay in the queue, from joining to its one ending, as all count it. Pure.

A call has one visit or more: whoever is given back to the line begins another, with the old place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from actors.core.call.state import CallStep, Place, Visit, Waiting
from actors.ids import AgentId
from actors.messages.by import By, by_agent
from actors.messages.facts import CallJoined, CallLeft, VisitEnding
from actors.messages.floor import Join
from actors.settings import Queue


class Ending(NamedTuple):
    """How a visit ends: in what word, why, by whom, and whose answer it was."""

    word: VisitEnding
    reason: str
    by: By
    agent: AgentId | None = None


def join(step: CallStep, place: Place) -> None:
    """Begin a visit: the queue says where in the line, and with that the journal is told."""
    queue, incoming = step.terms.queue, step.incoming
    step.phase = Waiting(replace(place, visits=place.visits + 1), Visit(step.at.now))
    step.tell_queue(
        Join(
            step.call,
            queue.name,
            place.since,
            place.priority,
            incoming.sip_call_id,
            step.told.rest,
            incoming.called.uri.address,
            place.avoid,
        )
    )


def tell_joined(step: CallStep, phase: Waiting, at_place: int | None = None) -> Waiting:
    """Tell the journal, once: as soon as the place is known, and before all else of the visit."""
    if phase.visit.told:
        return phase
    queue, place, at = step.terms.queue, phase.place, step.at
    step.tell(
        CallJoined(
            at.wall,
            step.call,
            queue.name,
            place.since_wall,
            queue.priority + place.priority,
            at_place,
            queue.target_seconds,
            queue.short_abandon,
        )
    )
    step.phase = phase = replace(phase, visit=replace(phase.visit, told=True))
    return phase


def answer(step: CallStep, phase: Waiting, agent: AgentId) -> Place:
    """End the visit with the agent's answer; return the place as it is kept for another one."""
    how = Ending(VisitEnding.ANSWERED, "agent-answered", by_agent(agent), agent)
    return leave(step, phase, how)


def give_up(step: CallStep, phase: Waiting, reason: str, by: By) -> Place:
    """End the visit where the caller is there no more."""
    ending = abandoned(_waited(step, phase), step.terms.queue)
    return leave(step, phase, Ending(ending, reason, by))


def fail(step: CallStep, phase: Waiting, reason: str, by: By) -> Place:
    """End the visit by our own doing."""
    return leave(step, phase, Ending(VisitEnding.FAILED, reason, by))


def leave(step: CallStep, phase: Waiting, how: Ending) -> Place:
    """End the visit: the only place that tells its ending. Return the place for another one."""
    phase = tell_joined(step, phase)
    waited, place = _waited(step, phase), phase.place
    queue = step.terms.queue.name
    step.tell(
        CallLeft(step.at.wall, step.call, queue, how.word, how.reason, waited, how.by, how.agent)
    )
    return replace(place, spent=place.spent._replace(waited=place.spent.waited + waited))


def abandoned(waited_ms: int, queue: Queue) -> VisitEnding:
    """Return what a caller who gives up counts as: too soon for anybody to answer, or lost."""
    short = waited_ms < 1000 * queue.short_abandon
    return VisitEnding.SHORT if short else VisitEnding.ABANDONED


def _waited(step: CallStep, phase: Waiting) -> int:
    return round(1000 * (step.at.now - phase.visit.joined))
