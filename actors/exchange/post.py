"""The post office: who is where, so that messages are addressed by id and nobody holds actors."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Mapping
from typing import Any, TypeVar

import pykka

from actors.ids import AgentId, CallId, QueueName
from actors.messages.life import Undelivered
from actors.messages.roles import (
    ToAgent,
    ToCall,
    ToDirectory,
    ToFloor,
    ToGateway,
    ToJournal,
    ToMedia,
    ToQueue,
    ToSeats,
    ToSwitchboard,
)

logger = logging.getLogger(__name__)

Ref = pykka.ActorRef[Any]

K = TypeVar("K", bound=str)


class Letters:
    """What has come for a call before its actor: kept in order, and passed on from then on."""

    def __init__(self) -> None:
        self._kept: list[object] = []
        self._ref: Ref | None = None
        self._lock = threading.Lock()

    def tell(self, message: object) -> None:
        """Keep the message, or pass it on."""
        with self._lock:
            if self._ref is None:
                self._kept.append(message)
            else:
                self._ref.tell(message)

    def open(self, ref: Ref) -> None:
        """Pass on what was kept, and whatever is still told here."""
        with self._lock:
            self._ref = ref
            for message in self._kept:
                ref.tell(message)


class Post:
    """Delivers messages by id. Safe from every thread: each dict operation is atomic under the GIL.

    A message to somebody who has gone is dropped with a debug line: late events are normal (a
    phone's answer crosses the end of its call). Who has to know gives itself as `sender` and is
    told `Undelivered`, as if the word had come from far away.
    """

    def __init__(self) -> None:
        self._calls: dict[CallId, Ref | Letters] = {}
        self._agents: dict[AgentId, Ref] = {}
        self._queues: dict[QueueName, Ref] = {}
        self._single: dict[str, Ref] = {}

    # -- who is where

    def expect_call(self, call: CallId) -> None:
        """Keep what comes for the call until its actor is there, or it is removed."""
        self._calls[call] = Letters()

    def add_call(self, call: CallId, ref: Ref) -> None:
        """Let messages to the call reach `ref`, those kept for it first."""
        before = self._calls.get(call)
        if isinstance(before, Letters):
            before.open(ref)
        self._calls[call] = ref

    def remove_call(self, call: CallId) -> None:
        """Drop every later message to the call, and those kept for it."""
        self._calls.pop(call, None)

    def add_agent(self, agent: AgentId, ref: Ref) -> None:
        """Let messages to the agent reach `ref`."""
        self._agents[agent] = ref

    def add_queue(self, queue: QueueName, ref: Ref) -> None:
        """Let messages to the queue reach `ref`."""
        self._queues[queue] = ref

    def remove_agent(self, agent: AgentId) -> None:
        """Drop every later message to the agent."""
        self._agents.pop(agent, None)

    def remove_queue(self, queue: QueueName) -> None:
        """Drop every later message to the queue."""
        self._queues.pop(queue, None)

    def add(self, role: str, ref: Ref) -> None:
        """Name the one actor of a role: gateway, media, floor, seats, directory and so on."""
        self._single[role] = ref

    def calls(self) -> dict[CallId, Ref]:
        """Return a copy of the calls' table, calls without an actor not among them."""
        return {c: ref for c, ref in list(self._calls.items()) if not isinstance(ref, Letters)}

    def agents(self) -> dict[AgentId, Ref]:
        """Return a copy of the agents' table, in the order they were added."""
        return dict(self._agents)

    def queues(self) -> dict[QueueName, Ref]:
        """Return a copy of the queues' table, in the order they were added."""
        return dict(self._queues)

    def dead_queues(self) -> list[QueueName]:
        """Return queues whose actor has ended although they were not removed."""
        return [name for name, ref in self.queues().items() if _died(ref, name, self._queues)]

    def dead_agents(self) -> list[AgentId]:
        """Return agents whose actor has ended although they were not removed."""
        return [name for name, ref in self.agents().items() if _died(ref, name, self._agents)]

    def role(self, role: str) -> Ref | None:
        """Return the actor of a role."""
        return self._single.get(role)

    # -- delivery

    def to_call(self, call: CallId, message: ToCall, sender: Ref | None = None) -> None:
        """Tell the call's actor."""
        self._tell(self._calls.get(call), message, sender)

    def to_agent(self, agent: AgentId, message: ToAgent, sender: Ref | None = None) -> None:
        """Tell the agent's actor."""
        self._tell(self._agents.get(agent), message, sender)

    def to_queue(self, queue: QueueName, message: ToQueue, sender: Ref | None = None) -> None:
        """Tell the queue's actor."""
        self._tell(self._queues.get(queue), message, sender)

    def to_gateway(self, message: ToGateway) -> None:
        """Tell the gateway."""
        self._tell(self._single.get("gateway"), message)

    def to_media(self, message: ToMedia) -> None:
        """Tell the media actor."""
        self._tell(self._single.get("media"), message)

    def to_floor(self, message: ToFloor) -> None:
        """Tell the floor."""
        self._tell(self._single.get("floor"), message)

    def to_seats(self, message: ToSeats) -> None:
        """Tell the seats."""
        self._tell(self._single.get("seats"), message)

    def to_directory(self, message: ToDirectory) -> None:
        """Tell the directory."""
        self._tell(self._single.get("directory"), message)

    def to_switchboard(self, message: ToSwitchboard) -> None:
        """Tell the switchboard."""
        self._tell(self._single.get("switchboard"), message)

    def to_journal(self, message: ToJournal) -> None:
        """Tell the journal."""
        self._tell(self._single.get("journal"), message)

    @staticmethod
    def _tell(ref: Ref | Letters | None, message: object, sender: Ref | None = None) -> None:
        if ref is not None:
            try:
                ref.tell(message)
            except pykka.ActorDeadError:
                pass
            else:
                return
        logger.debug("nobody there for %r", message)
        if sender is not None:
            with contextlib.suppress(pykka.ActorDeadError):
                sender.tell(Undelivered(message))


def _died(ref: Ref, name: K, table: Mapping[K, Ref]) -> bool:
    """Tell whether an actor has ended that is still there: one that goes is removed before."""
    return not ref.is_alive() and table.get(name) is ref
