"""What was changed while the server ran lies over what the file says, key by key. Pure.

A thing is a table of plain values, as it would stand in the file: a queue, an agent, or what an
agent is in one queue. None in place of a key's value: as where nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.core.directory.directory import OF_MEMBERS
from actors.messages.changes import Kind, Name

Table = Mapping[str, Any]

Overlay = Mapping[tuple[Kind, Name], Table | None]
"""The changes; None for what was removed."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that exists, by kind and name, each kind in its order."""

    queue: Mapping[Name, Table] = field(default_factory=dict)
    agent: Mapping[Name, Table] = field(default_factory=dict)
    member: Mapping[Name, Table] = field(default_factory=dict)

    def of(self, kind: Kind) -> Mapping[Name, Table]:
        """Return all of one kind."""
        match kind:
            case Kind.QUEUE:
                return self.queue
            case Kind.AGENT:
                return self.agent
            case Kind.MEMBER:
                return self.member


def member(queue: Name, agent: Name) -> Name:
    """Return the name of a membership: an agent's id has digits only, a queue's name anything."""
    return Name(f"{queue}/{agent}")


def parts(name: Name) -> tuple[Name, Name]:
    """Return the queue and the agent of a membership."""
    queue, _, agent = name.rpartition("/")
    return Name(queue), Name(agent)


def split(queues: Iterable[Table], agents: Iterable[Table]) -> Tables:
    """Return the tables of a file, memberships apart from the agents that they stand in."""
    people: dict[Name, Table] = {}
    members: dict[Name, Table] = {}
    for agent in agents:
        who = Name(agent["id"])
        people[who] = {
            key: value for key, value in agent.items() if key not in {"queues", *OF_MEMBERS}
        }
        for queue in agent.get("queues", ()):
            said = {key: agent.get(key, {}).get(queue) for key in OF_MEMBERS}
            members[member(queue, who)] = {k: v for k, v in said.items() if v is not None}
    return Tables({Name(queue["name"]): queue for queue in queues}, people, members)


def whole_agent(tables: Tables, agent: Name, memberships: Iterable[Name]) -> Table:
    """Return the agent as it would stand in a file, with its memberships in it."""
    table: dict[str, Any] = {**tables.agent[agent], "queues": []}
    for name in memberships:
        queue, _ = parts(name)
        table["queues"].append(queue)
        for key, value in tables.member[name].items():
            table.setdefault(key, {})[queue] = value
    return table


def memberships(tables: Tables) -> dict[Name, list[Name]]:
    """Return the names of each agent's memberships, in their order."""
    found: dict[Name, list[Name]] = {agent: [] for agent in tables.agent}
    for name in tables.member:
        found[parts(name)[1]].append(name)
    return found


def laid_over(base: Tables, overlay: Overlay) -> Tables:
    """Return what there is with the changes in effect; memberships of what is gone are gone."""
    queues, agents, members = (_over(base.of(kind), kind, overlay) for kind in Kind)
    stay = {
        name: table
        for name, table in members.items()
        if parts(name)[0] in queues and parts(name)[1] in agents
    }
    return Tables(queues, agents, stay)


def _over(base: Mapping[Name, Table], kind: Kind, overlay: Overlay) -> dict[Name, Table]:
    found = dict(base)
    for (of, name), change in overlay.items():
        if of is not kind:
            continue
        if change is None:
            found.pop(name, None)
        else:
            whole = {**found.get(name, {}), **change}
            found[name] = {key: value for key, value in whole.items() if value is not None}
    return found


def change_to(base: Table | None, wanted: Table) -> Table:
    """Return the change over `base` by which a thing is as wanted, and stays so.

    What the file says of other keys is overruled, too: a key that is not wanted is as nothing said.
    """
    return {**dict.fromkeys(base or {}), **wanted}


def patched(table: Table, patch: Table) -> dict[str, Any]:
    """Return the table with a merge patch in it (RFC 7396): None takes a key away."""
    result = dict(table)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            old = result.get(key)
            result[key] = patched(old if isinstance(old, Mapping) else {}, value)
        else:
            result[key] = value
    return result
