"""What /api/v1 does: each route's answer, from the editor and from the actors themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from actors.exchange.clock import Clock
from actors.exchange.post import Post
from actors.http.asking import ask_all
from actors.http.health import Health
from actors.http.openapi import document
from actors.http.refusing import Refused
from actors.ids import AgentId, CallId, QueueName
from actors.messages import duty
from actors.messages.by import By
from actors.messages.changes import Change, Denied, Edit, Editing, Found, Kind, Name, Reload
from actors.messages.views import AgentSnapshot, GetSnapshot
from actors.messages.why import WhyAgent, WhyCall


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was let in. `version`: see Edit; `create`: only where it is not there."""

    by: By
    names: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, bool] = field(default_factory=dict)
    version: str | None = None
    create: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body (None: none), version of what is answered."""

    status: int
    body: Mapping[str, Any] | None = None
    version: str | None = None


Wish = duty.Pause | duty.Unpause | duty.EndWrapUp | duty.ExtendWrapUp
"""What an agent does, or says why not."""


def member_name(names: Mapping[str, str]) -> Name:
    """Return the name of the membership in the path."""
    return Name(f"{names['queue']}/{names['agent']}")


class V1:
    """One method for each route: see routes.ROUTES."""

    def __init__(self, post: Post, clock: Clock, editor: Editing) -> None:
        self._post = post
        self._editor = editor
        self._clock = clock
        self._health = Health(post, clock)

    # -- queues

    def queues(self, _: Asked) -> Answer:
        """All queues, in their order."""
        return Answer(200, {"items": [self._queue(one) for one in self._editor.all(Kind.QUEUE)]})

    def queue(self, asked: Asked) -> Answer:
        """One."""
        return self._one(Kind.QUEUE, Name(asked.names["queue"]))

    def create_queue(self, asked: Asked) -> Answer:
        """Make one."""
        return self._create(asked, Kind.QUEUE, "name")

    def put_queue(self, asked: Asked) -> Answer:
        """Make or replace one."""
        return self._put(asked, Kind.QUEUE, Name(asked.names["queue"]))

    def patch_queue(self, asked: Asked) -> Answer:
        """Change some of its settings."""
        return self._edit(asked, Kind.QUEUE, Name(asked.names["queue"]), Change.PATCH)

    def delete_queue(self, asked: Asked) -> Answer:
        """Remove one."""
        return self._edit(asked, Kind.QUEUE, Name(asked.names["queue"]), Change.DELETE)

    # -- memberships

    def members(self, asked: Asked) -> Answer:
        """Return who is in a queue."""
        queue = Name(asked.names["queue"])
        self._there(Kind.QUEUE, queue)
        own = [one for one in self._editor.all(Kind.MEMBER) if one.name.rpartition("/")[0] == queue]
        return Answer(200, {"items": [shown(one) for one in own]})

    def member(self, asked: Asked) -> Answer:
        """One."""
        self._there(Kind.QUEUE, Name(asked.names["queue"]))
        self._there(Kind.AGENT, Name(asked.names["agent"]))
        return self._one(Kind.MEMBER, member_name(asked.names))

    def put_member(self, asked: Asked) -> Answer:
        """Make or replace one."""
        return self._put(asked, Kind.MEMBER, member_name(asked.names))

    def delete_member(self, asked: Asked) -> Answer:
        """Remove one."""
        return self._edit(asked, Kind.MEMBER, member_name(asked.names), Change.DELETE)

    # -- agents

    def agents(self, _: Asked) -> Answer:
        """All agents, in their order."""
        found = self._editor.all(Kind.AGENT)
        live = self._snapshots()
        return Answer(200, {"items": [_agent(one, live.get(AgentId(one.name))) for one in found]})

    def agent(self, asked: Asked) -> Answer:
        """One."""
        found = self._there(Kind.AGENT, Name(asked.names["agent"]))
        live = self._snapshots(AgentId(found.name))
        return Answer(200, _agent(found, live.get(AgentId(found.name))), found.version)

    def create_agent(self, asked: Asked) -> Answer:
        """Make one."""
        return self._create(asked, Kind.AGENT, "id")

    def put_agent(self, asked: Asked) -> Answer:
        """Make or replace one."""
        return self._put(asked, Kind.AGENT, Name(asked.names["agent"]))

    def patch_agent(self, asked: Asked) -> Answer:
        """Change some of his settings."""
        return self._edit(asked, Kind.AGENT, Name(asked.names["agent"]), Change.PATCH)

    def delete_agent(self, asked: Asked) -> Answer:
        """Remove one."""
        return self._edit(asked, Kind.AGENT, Name(asked.names["agent"]), Change.DELETE)

    # -- what agents are told

    def log_out(self, asked: Asked) -> Answer:
        """Log him off."""
        agent, effect = self._at_work(asked)
        self._post.to_seats(duty.LogOut(agent, asked.by))
        return self._told(agent, effect)

    def pause(self, asked: Asked) -> Answer:
        """No calls for him."""
        agent, effect = self._at_work(asked)
        self._wish(agent, duty.Pause(agent, asked.body["reason"], asked.by))
        return self._told(agent, effect)

    def unpause(self, asked: Asked) -> Answer:
        """Have him get calls again."""
        agent, effect = self._at_work(asked)
        self._wish(agent, duty.Unpause(agent, asked.by))
        return self._told(agent, effect)

    def end_wrap_up(self, asked: Asked) -> Answer:
        """Have him get calls again after one."""
        agent, effect = self._at_work(asked)
        self._wish(agent, duty.EndWrapUp(agent, asked.by))
        return self._told(agent, effect)

    def extend_wrap_up(self, asked: Asked) -> Answer:
        """Give him more time after a call."""
        agent, effect = self._at_work(asked)
        self._wish(agent, duty.ExtendWrapUp(agent, float(asked.body["seconds"]), asked.by))
        return self._told(agent, effect)

    def _wish(self, agent: AgentId, wish: Wish) -> None:
        """Have the agent do so; refuse as he does."""
        answers = ask_all({agent: (self._post.agents().get(agent), wish)}, self._clock)
        match answers.given.get(agent):
            case duty.Done():
                return
            case duty.Refused(why=why, key=key):
                errors = ((f"/{key}", why),) if key else ()
                raise Refused("invalid" if key else "state", why, errors)
            case _:
                raise Refused("late", f"agent {agent} did not answer")

    def _at_work(self, asked: Asked) -> tuple[AgentId, str]:
        """Return the agent, who is logged on, and when what he is told takes effect."""
        found = self._there(Kind.AGENT, Name(asked.names["agent"]))
        agent = AgentId(found.name)
        live = self._snapshots(agent).get(agent)
        if live is None or live.state == "loggedout":
            raise Refused("state", f"agent {agent} is not logged on")
        return agent, "after_call" if live.state == "oncall" else "now"

    def _told(self, agent: AgentId, effect: str) -> Answer:
        found = self._there(Kind.AGENT, Name(agent))
        live = self._snapshots(agent).get(agent)
        return Answer(200, {**_agent(found, live), "effect": effect})

    def _snapshots(self, *only: AgentId) -> dict[AgentId, AgentSnapshot]:
        """Return how those agents are, or all: after all that they were told before."""
        refs = self._post.agents()
        some = {name: refs[name] for name in only or refs if name in refs}
        asked = {name: (ref, GetSnapshot()) for name, ref in some.items()}
        return dict(ask_all(asked, self._clock).given)

    # -- why

    def why_call(self, asked: Asked) -> Answer:
        """Who would be rung for a call, and what is against each other member of its queue."""
        call = CallId(asked.names["call"])
        if call not in self._post.calls():
            raise Refused("no-such-call", f"there is no call {call}")
        return self._why(WhyCall(call))

    def why_agent(self, asked: Asked) -> Answer:
        """For which call an agent would be rung, and what is against each other one."""
        found = self._there(Kind.AGENT, Name(asked.names["agent"]))
        return self._why(WhyAgent(AgentId(found.name)))

    def _why(self, question: WhyCall | WhyAgent) -> Answer:
        answers = ask_all({"floor": (self._post.role("floor"), question)}, self._clock)
        if answers.dead:
            raise Refused("not-running", "the match does not run")
        if answers.late:
            raise Refused("late", "the match has not answered")
        return Answer(200, msgspec.to_builtins(answers.given["floor"]))

    # -- the server

    def reload(self, asked: Asked) -> Answer:
        """Follow the file."""
        done = self._editor.reload(
            Reload(
                asked.by,
                dry_run=asked.body.get("dry_run", False),
                take_file=asked.body.get("take_file", False),
            )
        )
        if isinstance(done, Denied):
            raise Refused.of(done)
        return Answer(
            200, {"changes": list(done.changes), "needs_restart": list(done.needs_restart)}
        )

    def health(self, _: Asked) -> Answer:
        """As /health."""
        told = self._health.report()
        return Answer(503 if told["problems"] else 200, told)

    @staticmethod
    def openapi(_: Asked) -> Answer:
        """Return the description of all this."""
        return Answer(200, document())

    # -- things in general

    def _there(self, kind: Kind, name: Name) -> Found:
        found = self._editor.find(kind, name)
        if found is None:
            raise Refused(f"no-such-{kind}", f"there is no {kind} {name}")
        return found

    def _one(self, kind: Kind, name: Name) -> Answer:
        found = self._there(kind, name)
        body = self._queue(found) if kind is Kind.QUEUE else shown(found)
        return Answer(200, body, found.version)

    def _queue(self, found: Found) -> Mapping[str, Any]:
        return {**shown(found), "running": QueueName(found.name) in self._post.queues()}

    def _create(self, asked: Asked, kind: Kind, own_name: str) -> Answer:
        name = asked.body.get(own_name)
        if not isinstance(name, str):
            told = "must be given, as a text"
            raise Refused("invalid", f"{own_name}: {told}", ((f"/{own_name}", told),))
        return self._edit(asked, kind, Name(name), Change.CREATE)

    def _put(self, asked: Asked, kind: Kind, name: Name) -> Answer:
        change = Change.CREATE if asked.create else Change.PUT
        return self._edit(asked, kind, name, change)

    def _edit(self, asked: Asked, kind: Kind, name: Name, change: Change) -> Answer:
        edit = Edit(
            kind,
            name,
            change,
            asked.by,
            asked.body,
            asked.version,
            drain=asked.query.get("drain", False),
        )
        done = self._editor.edit(edit)
        if isinstance(done, Denied):
            raise Refused.of(done)
        if done.found is None:
            return Answer(204)
        status = 201 if done.created else 200
        return Answer(status, shown(done.found), done.found.version)


def shown(found: Found) -> dict[str, Any]:
    """Return a thing as it is shown."""
    if found.kind is Kind.MEMBER:
        queue, _, agent = found.name.rpartition("/")
        return {"queue": queue, "agent": agent, **found.table}
    return dict(found.table)


def _agent(found: Found, live: AgentSnapshot | None) -> dict[str, Any]:
    if live is None:
        return shown(found)
    queues = list(live.member_of)
    return {**shown(found), "state": live.state, "device": live.device, "queues": queues}
