"""DirectoryActor: what exists; has actors of it, and tells everybody concerned of each change."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, assert_never

from actors.agent import AgentActor
from actors.core.directory.directory import (
    Directory,
    directory_of,
    emptied,
    heading_for,
    news,
)
from actors.exchange.actor import Actor, World
from actors.exchange.post import Ref
from actors.ids import AgentId
from actors.messages import directory as d
from actors.messages.by import BY_SERVER, By
from actors.messages.duty import Restore
from actors.messages.facts import AgentInterval
from actors.queue import QueueActor
from actors.settings import Agent, Queue, Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Starters:
    """How actors of queues and agents begin."""

    queue: Callable[[World, Queue], Ref]
    agent: Callable[[World, Agent, Settings], Ref]


STARTERS = Starters(QueueActor.start, AgentActor.start)


class DirectoryActor(Actor):
    """Follows what is wanted: nothing is rebuilt, no call is touched, no clock begins anew.

    A queue ends when its last caller has gone, an agent with the call he is on. `settings` is what
    the file says beside queues and agents.
    """

    def __init__(self, world: World, settings: Settings, starters: Starters = STARTERS) -> None:
        super().__init__(world)
        self.directory = Directory()
        self._settings = settings
        self._starters = starters
        self._leaving: set[AgentId] = set()
        self._seated = False

    @property
    def log_name(self) -> str:
        """Who this is, in log lines."""
        return "directory"

    def handle(self, message: Any) -> bool | None:
        """Follow what is wanted, or what has ended; True answers whoever asks for Exist."""
        match message:
            case d.Exist(queues, agents, by):
                wanted = directory_of(queues, agents)
                self._go(heading_for(wanted, self.directory), by)
                return True
            case d.TakeSeats(seats):
                self._take_seats(seats)
            case d.QueueEmpty(queue):
                self._go(emptied(self.directory, queue), BY_SERVER)
            case d.AgentGone(agent):
                self._end_agent(agent)
            case _:
                logger.warning("%s: knows no %r", self.log_name, message)
        return None

    def _go(self, after: Directory, by: By) -> None:
        before, self.directory = self.directory, after
        for one in news(before, after, by):
            self._tell(one, by)

    def _tell(self, one: d.News, by: By) -> None:
        """Have it known to everybody concerned."""
        match one:
            case d.QueueAdded() | d.QueueChanged() | d.QueueRemoved():
                self._of_queue(one)
            case d.AgentAdded(agent):
                self._add_agent(one)
                self.post.to_seats(one)
                logger.debug("agent %s: added by %s", agent.id, by)
            case d.AgentChanged(agent):
                self.post.to_seats(one)
                self.post.to_agent(agent.id, one)
            case d.AgentRemoved(name):
                self._leaving.add(name)
                # First the agent: then he knows why he is logged off.
                self.post.to_agent(name, one)
                self.post.to_seats(one)
                logger.info("agent %s: removed by %s", name, by)
            case _:
                assert_never(one)

    # -- queues

    def _of_queue(self, one: d.QueueAdded | d.QueueChanged | d.QueueRemoved) -> None:
        match one:
            case d.QueueAdded(queue):
                self.post.add_queue(queue.name, self._starters.queue(self.world, queue))
            case d.QueueChanged(queue):
                self.post.to_queue(queue.name, one)
                logger.info("queue %s: %s", queue.name, "closing" if one.closing else "changed")
            case d.QueueRemoved(name):
                ref = self.post.queues().get(name)
                self.post.remove_queue(name)
                _stop(ref)
                logger.info("queue %s: removed", name)
            case _:
                assert_never(one)
        self.post.to_floor(one)
        self.post.to_switchboard(one)

    # -- agents

    def _add_agent(self, added: d.AgentAdded) -> None:
        """Have an actor of the agent: the same again for one who was leaving."""
        agent = added.agent
        if agent.id in self._leaving:
            self._leaving.discard(agent.id)
            self.post.to_agent(agent.id, added)
            return
        settings = replace(self._settings, queues=added.queues)
        self.post.add_agent(agent.id, self._starters.agent(self.world, agent, settings))
        if self._seated:
            self._begin_time(agent.id)

    def _end_agent(self, name: AgentId) -> None:
        """Let the actor of one who has left end; one who was added again meanwhile stays."""
        if name not in self._leaving:
            return
        self._leaving.discard(name)
        ref = self.post.agents().get(name)
        self.post.remove_agent(name)
        _stop(ref)

    # -- at the start

    def _take_seats(self, seats: tuple[Restore, ...]) -> None:
        """Have agents where they sat; the time of all others begins now, too."""
        self._seated = True
        for seat in seats:
            self.post.to_seats(seat)
        seated = {seat.agent for seat in seats}
        for agent in self.directory.agents:
            if agent not in seated:
                self._begin_time(agent)

    def _begin_time(self, agent: AgentId) -> None:
        at = self.world.clock.wall()
        self.post.to_journal(AgentInterval(at, agent, "loggedout", "", "", at))


def _stop(ref: Ref | None) -> None:
    if ref is not None:
        ref.stop(block=False)
