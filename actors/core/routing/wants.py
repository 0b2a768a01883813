"""Open wants: a call that waits, how many phones more are to ring for it, and of which agents."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge
from typing import NamedTuple

from actors.core.routing.able import NO_SKILLS, Skills
from actors.ids import AgentId, CallId, QueueName
from actors.messages.floor import Waiting
from actors.messages.why import Bar


class Key(NamedTuple):
    """The order of a queue's waiting calls, whatever time it is: the smallest is served first.

    `behind`: phones could not take this call, so it comes after all that nothing is wrong with.
    """

    behind: bool
    lowness: float
    since: float
    queue: QueueName
    call: CallId


def lowness(priority: int, since: float, every: float) -> float:
    """Return by what calls of one queue are ordered: who has more priority has less of it.

    Where each `every` seconds of waiting add one to the priority of all of them alike, who is
    before whom never changes; 0: waiting adds nothing.
    """
    return since / every - priority if every else -priority


def key_of(call: Waiting, every: float = 0.0) -> Key:
    """Return the call's place in its queue: priority, then age."""
    low = lowness(call.priority, call.since, every)
    return Key(bool(call.avoid), low, call.since, call.queue, call.call)


class Turn(NamedTuple):
    """The one order of all waiting calls at one moment: the smallest is served first."""

    behind: bool
    lower_priority: float
    less_waited: float
    since: float
    queue: QueueName
    call: CallId


class Reach(NamedTuple):
    """Which of a queue's agents a call may have: not those to `avoid`, those with these `skills`.

    `level` is the one that waiting has brought the call to.
    """

    avoid: frozenset[AgentId]
    level: float = math.inf
    skills: Skills = NO_SKILLS


@dataclass(slots=True)
class Want:
    """A call as its queue told it, and how many phones `more` are to ring for it.

    `widens_at`: when waiting brings more agents in reach, in monotonic seconds.
    """

    told: Waiting
    more: int
    key: Key
    reach: Reach
    widens_at: float | None = None

    def bars(self) -> Iterator[Bar]:
        """Give the rule by which nobody more is offered the call, where there is one."""
        if self.more <= 0:
            yield Bar.ENOUGH


class OpenWants:
    """One queue's open wants in their order: a line for each reach.

    Whether a call may be offered is the same for all of one reach, so only the first of each line
    is ever looked at, however many wait.
    """

    def __init__(self) -> None:
        # Sorted lists: a shift of 50,000 pointers costs less than a heap's upkeep in Python.
        self.lines: dict[Reach, list[Key]] = {}

    def add(self, want: Want) -> None:
        """Let the want be open."""
        insort(self.lines.setdefault(want.reach, []), want.key)

    def discard(self, want: Want) -> None:
        """Let the want not be open; one that is not changes nothing."""
        line = self.lines.get(want.reach, [])
        at = bisect_left(line, want.key)
        if at < len(line) and line[at] == want.key:
            del line[at]
            if not line:
                del self.lines[want.reach]

    def in_order(self) -> Iterator[Key]:
        """Give all, whatever their reach, the first first."""
        return merge(*self.lines.values())

    def count(self) -> int:
        """Return how many are open."""
        return sum(len(line) for line in self.lines.values())

    def first(self, may_have: Callable[[Reach], bool]) -> Key | None:
        """Return the first want whose reach may have somebody, None where there is none."""
        return min((line[0] for reach, line in self.lines.items() if may_have(reach)), default=None)
