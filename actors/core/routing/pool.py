"""All waiting calls and all free agents, indexed by queue, so that a match need not search.

A plain class with changing tables: thousands of calls wait, tens of thousands of agents are free,
and each change is to cost microseconds. What is under an offer is kept, but out of the index, until
the offer is answered.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from actors.core.routing.strategies import FreeAgent
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages.floor import Waiting


class Key(NamedTuple):
    """The one order of all waiting calls: the smallest is served first.

    `behind`: phones could not take this call, so it comes after all that nothing is wrong with.
    """

    behind: bool
    lower_priority: int
    since: float
    queue: QueueName
    call: CallId


def key_of(call: Waiting) -> Key:
    """Return the call's place in the one order: priority, then age, then queue name."""
    return Key(bool(call.avoid), -call.priority, call.since, call.queue, call.call)


@dataclass(frozen=True, slots=True)
class Pair:
    """This call is to be offered to this agent; `why` in words."""

    call: CallId
    agent: AgentId
    queue: QueueName
    why: str


class Pool:
    """Who waits and who is free, over all queues.

    `members` are each queue's agents in order of membership, `strategies` each queue's strategy.
    """

    def __init__(
        self,
        members: Mapping[QueueName, Sequence[AgentId]],
        strategies: Mapping[QueueName, str] | None = None,
    ) -> None:
        self.members = members
        self.strategies = dict(strategies or {})
        # Sorted lists: a shift of 50,000 pointers costs less than a heap's upkeep in Python.
        self.lines: dict[QueueName, list[Key]] = {queue: [] for queue in members}
        self.free: dict[QueueName, list[FreeAgent]] = {queue: [] for queue in members}
        self.servable: dict[QueueName, Key] = {}
        """Each queue's first call that some free agent may take: empty once all is matched."""
        self.waiting: dict[CallId, Waiting] = {}
        self.idle_since: dict[AgentId, float] = {}
        self.leases: dict[LeaseId, Pair] = {}
        self.offered_calls: dict[CallId, LeaseId] = {}
        self.offered_agents: dict[AgentId, LeaseId] = {}
        self._in_line: dict[CallId, Key] = {}
        self._listed: dict[AgentId, list[tuple[QueueName, FreeAgent]]] = {}
        self._member_of: dict[AgentId, list[tuple[QueueName, int]]] = {}
        for queue, agents in members.items():
            for member, agent in enumerate(agents):
                self._member_of.setdefault(agent, []).append((queue, member))

    # -- calls

    def add_call(self, call: Waiting) -> None:
        """Let the call be offered; told again, with its new priority or age."""
        self._unlist_call(call.call)
        self.waiting[call.call] = call
        self._list_call(call)

    def remove_call(self, call: CallId) -> None:
        """Let the call not be offered any more."""
        self._unlist_call(call)
        self.waiting.pop(call, None)

    # -- agents

    def add_agent(self, agent: AgentId, idle_since: float) -> None:
        """Let the agent be offered calls; told again, with a new place in the idle order."""
        self.idle_since[agent] = idle_since
        self._list_agent(agent)

    def remove_agent(self, agent: AgentId) -> None:
        """Let the agent not be offered anything."""
        self.idle_since.pop(agent, None)
        self._unlist_agent(agent)

    # -- offers

    def offer(self, lease: LeaseId, pair: Pair) -> None:
        """Take both out of the match until the offer is answered."""
        self.leases[lease] = pair
        self.offered_calls[pair.call] = self.offered_agents[pair.agent] = lease
        self._unlist_call(pair.call)
        self._unlist_agent(pair.agent)

    def granted(self, lease: LeaseId) -> Pair | None:
        """Forget both: each will be told of anew. None where the lease is no open offer."""
        pair = self._close(lease)
        if pair is not None:
            self.waiting.pop(pair.call, None)
            self.idle_since.pop(pair.agent, None)
        return pair

    def refused(self, lease: LeaseId) -> Pair | None:
        """Let the call be matched again at once; the agent only when next told free."""
        pair = self._close(lease)
        if pair is not None:
            self.idle_since.pop(pair.agent, None)
            if pair.call in self.waiting:
                self._list_call(self.waiting[pair.call])
        return pair

    def _close(self, lease: LeaseId) -> Pair | None:
        pair = self.leases.pop(lease, None)
        if pair is not None:
            del self.offered_calls[pair.call], self.offered_agents[pair.agent]
        return pair

    # -- the index: whatever may be matched now

    def _list_call(self, call: Waiting) -> None:
        if call.call in self.offered_calls or call.queue not in self.lines:
            return
        key = self._in_line[call.call] = key_of(call)
        insort(self.lines[call.queue], key)
        self._mark(call.queue)

    def _unlist_call(self, call: CallId) -> None:
        key = self._in_line.pop(call, None)
        if key is None:
            return
        line = self.lines[key.queue]
        del line[bisect_left(line, key)]
        self._mark(key.queue)

    def _list_agent(self, agent: AgentId) -> None:
        self._unlist_agent(agent)
        if agent in self.offered_agents:
            return
        listed = self._listed[agent] = [
            (queue, FreeAgent(self.idle_since[agent], member, agent))
            for queue, member in self._member_of.get(agent, ())
        ]
        for queue, free in listed:
            insort(self.free[queue], free)
            self._mark(queue)

    def _unlist_agent(self, agent: AgentId) -> None:
        for queue, free in self._listed.pop(agent, ()):
            agents = self.free[queue]
            del agents[bisect_left(agents, free)]
            self._mark(queue)

    def _mark(self, queue: QueueName) -> None:
        """Note the queue's first call that may be offered: the very first, but for those behind."""
        line = self.lines[queue] if self.free[queue] else []
        first = next((key for key in line if self._may_be_offered(key)), None)
        if first is None:
            self.servable.pop(queue, None)
        else:
            self.servable[queue] = first

    def _may_be_offered(self, key: Key) -> bool:
        avoid, free = self.waiting[key.call].avoid, self.free[key.queue]
        return len(free) > len(avoid) or any(one.agent not in avoid for one in free)

    def eligible(self, key: Key) -> Sequence[FreeAgent]:
        """Return the free agents who may be offered the call, in their idle order."""
        avoid, free = self.waiting[key.call].avoid, self.free[key.queue]
        return [one for one in free if one.agent not in avoid] if avoid else free
