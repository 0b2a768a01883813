"""A caller's place in line: what he keeps from one visit to the next, in whichever queue. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actors.core.leg.caller import NOTHING_SPENT, Spent
from actors.ids import AgentId, QueueName


@dataclass(frozen=True, slots=True)
class Promises:
    """What a caller has been told in a queue: how many of its announcements."""

    queue: QueueName
    said: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A caller's place in line. It needs no leg, and no queue is named in it but for what was said.

    `since` in monotonic seconds, `since_wall` in Unix time: taken once, so that it stays the same.
    `priority` is the caller's own, to which a queue adds its own; `visits` counts those begun,
    `spent` is the time of those that ended. `avoid`: whose phones could not take this call;
    `failures`: how many of them in a row. `promises`: in the latest queue.
    """

    since: float
    since_wall: float
    priority: int = 0
    visits: int = 0
    spent: Spent = NOTHING_SPENT
    avoid: frozenset[AgentId] = frozenset()
    failures: int = 0
    promises: Promises | None = None

    def said_in(self, queue: QueueName) -> int:
        """Return how many announcements of that queue the caller has heard in this stay there."""
        told = self.promises
        return told.said if told is not None and told.queue == queue else 0

    def announced(self, queue: QueueName) -> Place:
        """Return the place of one who has heard one more of them."""
        return replace(self, promises=Promises(queue, self.said_in(queue) + 1))

    def visiting(self) -> Place:
        """Return the place with one more visit begun."""
        return replace(self, visits=self.visits + 1)

    def having_waited(self, waited_ms: int) -> Place:
        """Return the place with the time of a visit that has ended."""
        return replace(self, spent=self.spent._replace(waited=self.spent.waited + waited_ms))

    def having_talked(self, talked_ms: int, held_ms: int) -> Place:
        """Return the place with the times of a talk that has ended."""
        spent = self.spent
        spent = spent._replace(talked=spent.talked + talked_ms, held=spent.held + held_ms)
        return replace(self, spent=spent)
