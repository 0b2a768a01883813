"""When a caller may not wait in a queue, or no longer: which of its limits sends him on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from actors.core.routing.hours import Hours
from actors.settings import Destination, Queue

GRAIN = 0.001
"""Seconds: a timer that is that much early is in time."""


class Limit(StrEnum):
    """What sends a caller on, in the word of the journal."""

    CLOSED = "closed"
    HOLIDAY = "holiday"
    HOURS = "hours"
    NO_AGENTS = "no-agents"
    MAX_LENGTH = "max-length"
    MAX_WAIT = "max-wait"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a queue. `hours` as its settings say them."""

    queue: Queue
    hours: Hours

    @classmethod
    def of(cls, queue: Queue) -> Limits:
        """Return the limits in the queue's settings."""
        return cls(queue, Hours.of(queue.hours, queue.holidays, queue.time_zone))

    def at_entry(self, waiting: int, wall: float, *, anybody: bool) -> Limit | None:
        """Return why nobody may join at this moment (Unix time).

        `waiting` callers are there already, those rung for included; `anybody`: some agent is
        there, busy or not. The first of several reasons counts: who calls at night is not to hear
        that all lines are busy.
        """
        queue = self.queue
        if queue.closed:
            return Limit.CLOSED
        if queue.holidays and self.hours.is_holiday(wall):
            return Limit.HOLIDAY
        if queue.hours and not self.hours.is_open(wall):
            return Limit.HOURS
        if queue.no_agents != "wait" and not anybody:
            return Limit.NO_AGENTS
        if 0 < queue.max_length <= waiting:
            return Limit.MAX_LENGTH
        return None

    def in_line(self, waited: float, *, anybody: bool) -> Limit | None:
        """Return why who has waited for so many seconds may not wait any longer."""
        queue = self.queue
        if queue.no_agents == "leave" and not anybody:
            return Limit.NO_AGENTS
        if 0 < queue.max_wait <= waited + GRAIN:
            return Limit.MAX_WAIT
        return None


def destination(queue: Queue, limit: Limit) -> Destination:  # noqa: PLR0911 - one arrow each
    """Return where the queue sends a caller for this; to nowhere where nothing is configured."""
    nowhere, found = Destination(), queue.overflow
    match limit:
        case Limit.CLOSED:
            return found.closed or nowhere
        case Limit.HOLIDAY:
            return found.holidays or nowhere
        case Limit.HOURS:
            return found.hours or nowhere
        case Limit.NO_AGENTS:
            return found.no_agents or nowhere
        case Limit.MAX_LENGTH:
            return found.max_length or nowhere
        case Limit.MAX_WAIT:
            return found.max_wait or nowhere
        case Limit.KEY:
            return found.leave_key or nowhere
        case _:
            assert_never(limit)
