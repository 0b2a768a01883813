"""What exists at a moment, and the news by which everybody follows a change of it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from actors.ids import AgentId, QueueName
from actors.messages.by import By
from actors.messages.directory import (
    AgentAdded,
    AgentChanged,
    AgentRemoved,
    News,
    QueueAdded,
    QueueChanged,
    QueueRemoved,
)
from actors.settings import Agent, Queue

OF_MEMBERS = ("level", "weight", "order")
"""What settings.Agent says of the agent in each queue, by its name."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Queues and agents by name, in their order.

    `closing` queues exist until their last caller has gone, and their members serve them so long.
    """

    queues: Mapping[QueueName, Queue] = field(default_factory=dict)
    agents: Mapping[AgentId, Agent] = field(default_factory=dict)
    closing: frozenset[QueueName] = frozenset()


def directory_of(queues: Iterable[Queue], agents: Iterable[Agent]) -> Directory:
    """Return the directory that has these."""
    return Directory({one.name: one for one in queues}, {one.id: one for one in agents})


def heading_for(wanted: Directory, now: Directory) -> Directory:
    """Return what exists on the way from `now` to `wanted`: queues that go are closing first."""
    closing = frozenset(now.queues.keys() - wanted.queues.keys())
    if not closing:
        return wanted
    queues = dict(wanted.queues) | {
        name: now.queues[name] for name in now.queues if name in closing
    }
    agents = {
        name: _still_in(closing, agent, now.agents.get(name))
        for name, agent in wanted.agents.items()
    }
    return Directory(queues, agents, closing)


def emptied(now: Directory, queue: QueueName) -> Directory:
    """Return the directory without that queue, where it was closing."""
    if queue not in now.closing:
        return now
    queues = {name: one for name, one in now.queues.items() if name != queue}
    agents = {name: _out_of(queue, one) for name, one in now.agents.items()}
    return Directory(queues, agents, now.closing - {queue})


def staff(queue: QueueName, agents: Iterable[Agent]) -> tuple[Agent, ...]:
    """Return the queue's agents: those with an `order` by it, then all others as they stand."""
    own = (agent for agent in agents if queue in agent.queues)
    return tuple(sorted(own, key=lambda agent: agent.order.get(queue, math.inf)))


def news(before: Directory, after: Directory, by: By) -> Iterator[News]:
    """Yield what has come, changed and gone, in an order in which each may be acted upon at once.

    Nobody is in a queue that is not there yet, and no queue goes before its agents know.
    """
    of_agents = tuple(_of_agents(before, after, by))
    restaffed = _restaffed(before, after, of_agents)
    for name, queue in after.queues.items():
        closing = name in after.closing
        changed = name in restaffed or (name in before.closing) != closing
        if name not in before.queues:
            yield QueueAdded(queue, staff(name, after.agents.values()))
        elif changed or _differ(queue, before.queues[name]):
            yield QueueChanged(queue, staff(name, after.agents.values()), closing)
    yield from of_agents
    yield from (QueueRemoved(name) for name in before.queues if name not in after.queues)


def _of_agents(before: Directory, after: Directory, by: By) -> Iterator[News]:
    changed = {
        name
        for name, queue in after.queues.items()
        if name in before.queues and _differ(queue, before.queues[name])
    }
    for name, agent in after.agents.items():
        was = before.agents.get(name)
        if was is None:
            yield AgentAdded(agent, _queues_of(agent, after))
        elif _differ(agent, was) or not changed.isdisjoint(agent.queues):
            yield AgentChanged(agent, _queues_of(agent, after))
    yield from (AgentRemoved(name, by) for name in before.agents if name not in after.agents)


def _restaffed(before: Directory, after: Directory, of_agents: Iterable[News]) -> set[QueueName]:
    """Return the queues whose members, or their order, are not what they were."""
    stay = [name for name in before.agents if name in after.agents]
    if stay != [name for name in after.agents if name in before.agents]:
        return set(after.queues)
    restaffed = set[QueueName]()
    for one in of_agents:
        match one:
            case AgentAdded(agent):
                restaffed.update(agent.queues)
            case AgentChanged(agent) if _differ(agent, before.agents[agent.id]):
                restaffed.update(agent.queues, before.agents[agent.id].queues)
            case AgentRemoved(name):
                restaffed.update(before.agents[name].queues)
    return restaffed


def _queues_of(agent: Agent, directory: Directory) -> tuple[Queue, ...]:
    return tuple(directory.queues[name] for name in agent.queues if name in directory.queues)


def _differ(one: object, other: object) -> bool:
    return one is not other and one != other


def _still_in(closing: frozenset[QueueName], agent: Agent, before: Agent | None) -> Agent:
    """Return the agent as a member of those closing queues, too, that the agent was in before."""
    left = [] if before is None else [name for name in before.queues if name in closing]
    if before is None or not left:
        return agent
    tables: dict[str, Any] = {
        name: getattr(agent, name)
        | {queue: one for queue, one in getattr(before, name).items() if queue in left}
        for name in OF_MEMBERS
    }
    kept = [name for name in before.queues if name in left or name in agent.queues]
    new = [name for name in agent.queues if name not in kept]
    return replace(agent, queues=(*kept, *new), **tables)


def _out_of(queue: QueueName, agent: Agent) -> Agent:
    if queue not in agent.queues:
        return agent
    tables: dict[str, Any] = {
        name: {q: one for q, one in getattr(agent, name).items() if q != queue}
        for name in OF_MEMBERS
    }
    return replace(agent, queues=tuple(q for q in agent.queues if q != queue), **tables)
