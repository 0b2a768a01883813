"""A caller's visits: each stay in a queue, from joining to its one ending, as all count it. Pure.

A call has one visit or more: whoever is given back to the line begins another, with the old place.
A visit begins with the queue's word: until then the caller is on his way, and no visit counts.
"""

from __future__ import annotations

from typing import NamedTuple

from actors.core.call.place import Place
from actors.core.call.state import CallStep, Joining, Visit, Waiting
from actors.ids import AgentId, QueueName
from actors.messages.by import BY_CALLER, By, by_agent, is_rule
from actors.messages.facts import CallJoined, CallLeft, VisitEnding
from actors.messages.floor import Join, MoveOn
from actors.settings import Queue


class Ending(NamedTuple):
    """How a visit ends: in what word, why, by whom, and whose answer it was.

    `to` is where a caller who goes on goes to.
    """

    word: VisitEnding
    reason: str
    by: By
    agent: AgentId | None = None
    to: str | None = None


def join(
    step: CallStep,
    place: Place,
    queue: QueueName,
    refused: frozenset[QueueName] = frozenset(),
    *,
    anyway: bool = False,
) -> None:
    """Ask the queue to let the caller wait, with the place he has; `anyway`, whatever its limits.

    `refused`: which queues have not let him in on this way; where one of them does not again, he
    would be sent round in a circle.
    """
    incoming = step.incoming
    step.phase = Joining(place, queue, step.at.now, refused)
    step.tell_queue(
        Join(
            step.call,
            queue,
            place.since,
            place.priority,
            incoming.sip_call_id,
            step.told.rest,
            incoming.called.uri.address,
            place.avoid,
            place.visits + 1,
            anyway or queue in refused,
        )
    )


def begin(step: CallStep, phase: Joining, queue: Queue, at_place: int) -> Waiting:
    """Begin a visit, with the queue's terms and where in its line the caller is."""
    place, at = phase.place.visiting(), step.at
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
    step.phase = waiting = Waiting(place, Visit(queue, phase.asked))
    return waiting


def answer(step: CallStep, phase: Waiting, agent: AgentId) -> Place:
    """End the visit with the agent's answer; return the place as it is kept for another one."""
    how = Ending(VisitEnding.ANSWERED, "agent-answered", by_agent(agent), agent)
    return leave(step, phase, how)


def give_up(step: CallStep, phase: Waiting, reason: str, by: By) -> Place:
    """End the visit where the caller is there no more."""
    ending = abandoned(_waited(step, phase), phase.visit.queue)
    return leave(step, phase, Ending(ending, reason, by))


def move(step: CallStep, phase: Waiting, order: MoveOn) -> Place:
    """End the visit of a caller who goes on: by a rule, by a key, or taken out by somebody."""
    sent = is_rule(order.by) or order.by == BY_CALLER
    word = VisitEnding.OVERFLOWED if sent else VisitEnding.WITHDRAWN
    return leave(step, phase, Ending(word, order.reason, order.by, to=order.to.words or None))


def fail(step: CallStep, phase: Waiting, reason: str, by: By) -> Place:
    """End the visit by our own doing."""
    return leave(step, phase, Ending(VisitEnding.FAILED, reason, by))


def leave(step: CallStep, phase: Waiting, how: Ending) -> Place:
    """End the visit: the only place that tells its ending. Return the place for another one."""
    waited, queue = _waited(step, phase), phase.visit.queue.name
    step.tell(
        CallLeft(
            step.at.wall,
            step.call,
            queue,
            how.word,
            how.reason,
            waited,
            how.by,
            how.agent,
            how.to,
        )
    )
    return phase.place.having_waited(waited)


def abandoned(waited_ms: int, queue: Queue) -> VisitEnding:
    """Return what a caller who gives up counts as: too soon for anybody to answer, or lost."""
    short = waited_ms < 1000 * queue.short_abandon
    return VisitEnding.SHORT if short else VisitEnding.ABANDONED


def _waited(step: CallStep, phase: Waiting) -> int:
    return round(1000 * (step.at.now - phase.visit.joined))
