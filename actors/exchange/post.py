"""The post office: who is where, so that messages are addressed by id and nobody holds actors."""

from __future__ import annotations

import logging
from typing import Any

import pykka

from actors.ids import AgentId, CallId, QueueName

logger = logging.getLogger(__name__)

Ref = pykka.ActorRef[Any]


class Post:
    """Delivers messages by id. Safe from every thread: each dict operation is atomic under the GIL.

    A message to somebody who has gone is dropped with a debug line: late events are normal (a
    phone's answer crosses the end of its call), and whoever needs an answer has a timer.
    """

    def __init__(self) -> None:
        self._calls: dict[CallId, Ref] = {}
        self._agents: dict[AgentId, Ref] = {}
        self._queues: dict[QueueName, Ref] = {}
        self._single: dict[str, Ref] = {}

    # -- who is where

    def add_call(self, call: CallId, ref: Ref) -> None:
        """Let messages to the call reach `ref`."""
        self._calls[call] = ref

    def remove_call(self, call: CallId) -> None:
        """Drop every later message to the call."""
        self._calls.pop(call, None)

    def add_agent(self, agent: AgentId, ref: Ref) -> None:
        """Let messages to the agent reach `ref`."""
        self._agents[agent] = ref

    def add_queue(self, queue: QueueName, ref: Ref) -> None:
        """Let messages to the queue reach `ref`."""
        self._queues[queue] = ref

    def add(self, role: str, ref: Ref) -> None:
        """Name the one actor of a role: gateway, media, floor, switchboard or journal."""
        self._single[role] = ref

    def calls(self) -> dict[CallId, Ref]:
        """Return a copy of the calls' table."""
        return dict(self._calls)

    def agents(self) -> dict[AgentId, Ref]:
        """Return a copy of the agents' table, in the order they were added."""
        return dict(self._agents)

    def queues(self) -> dict[QueueName, Ref]:
        """Return a copy of the queues' table, in the order they were added."""
        return dict(self._queues)

    def role(self, role: str) -> Ref | None:
        """Return the actor of a role."""
        return self._single.get(role)

    # -- delivery

    def to_call(self, call: CallId, message: object) -> bool:
        """Tell the call's actor; False where nobody is there."""
        return self._tell(self._calls.get(call), message)

    def to_agent(self, agent: AgentId, message: object) -> bool:
        """Tell the agent's actor; False where nobody is there."""
        return self._tell(self._agents.get(agent), message)

    def to_queue(self, queue: QueueName, message: object) -> None:
        """Tell the queue's actor."""
        self._tell(self._queues.get(queue), message)

    def to_gateway(self, message: object) -> None:
        """Tell the gateway."""
        self._tell(self._single.get("gateway"), message)

    def to_media(self, message: object) -> None:
        """Tell the media actor."""
        self._tell(self._single.get("media"), message)

    def to_floor(self, message: object) -> None:
        """Tell the floor."""
        self._tell(self._single.get("floor"), message)

    def to_switchboard(self, message: object) -> None:
        """Tell the switchboard."""
        self._tell(self._single.get("switchboard"), message)

    def to_journal(self, message: object) -> None:
        """Tell the journal."""
        self._tell(self._single.get("journal"), message)

    @staticmethod
    def _tell(ref: Ref | None, message: object) -> bool:
        if ref is None:
            logger.debug("nobody there for %r", message)
            return False
        try:
            ref.tell(message)
        except pykka.ActorDeadError:
            logger.debug("already gone: %s for %r", ref, message)
            return False
        return True
