"""FloorActor: sees all waiting calls and all free agents, and offers them to each other."""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Iterable
from copy import copy
from typing import Any, assert_never

from actors.core.directory.directory import staff
from actors.core.routing.able import Skills, skills_of
from actors.core.routing.match import match
from actors.core.routing.pool import Pair, Pool
from actors.core.routing.share import Rules
from actors.core.routing.strategies import STRATEGIES, Figures, Member
from actors.core.routing.why import why_agent, why_call
from actors.exchange.actor import Actor, World
from actors.ids import LeaseId
from actors.messages import directory, floor, life
from actors.messages.message import Message
from actors.messages.why import AgentExplained, CallExplained, WhyAgent, WhyCall
from actors.settings import Agent, Queue, Settings

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
"""An agent's actor answers an offer within microseconds; one that takes so long may not ring."""


class Unanswered(Message, frozen=True):
    """The agent's actor has had its time to answer this offer."""

    lease: LeaseId


class Widen(Message, frozen=True):
    """A moment has come at which calls have waited long enough for agents of further levels."""


def rules_of(queue: Queue, agents: Iterable[Agent]) -> Rules:
    """Return what the configuration says of the queue; `agents` are its own, in their order."""
    if queue.strategy not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise ValueError(f"unknown strategy {queue.strategy}: {known} would be right")
    members = tuple(
        Member(
            agent.id,
            rank,
            agent.level.get(queue.name, 1),
            agent.weight.get(queue.name, 1),
            skills_of(agent.skills),
        )
        for rank, agent in enumerate(agents)
    )
    return Rules(
        members,
        queue.strategy,
        queue.widen_after,
        asks_of(queue),
        queue.priority_every,
        queue.weight,
    )


def asks_of(queue: Queue) -> tuple[tuple[float, Skills], ...]:
    """Return which skills the queue asks for, from how many seconds of waiting on."""
    relaxed = ((step.after, skills_of(step.skills)) for step in queue.relax_skills)
    return ((0.0, skills_of(queue.skills)), *relaxed)


class FloorActor(Actor):
    """Offers at once whenever a change makes an offer possible; never by looking now and then."""

    def __init__(self, world: World, settings: Settings) -> None:
        super().__init__(world)
        self.pool = Pool(
            {one.name: rules_of(one, staff(one.name, settings.agents)) for one in settings.queues}
        )
        self.chance = random.Random()  # noqa: S311 - shares work, no secret
        self._wake = -math.inf

    @property
    def log_name(self) -> str:
        """Who this is, in log lines."""
        return "floor"

    def handle(self, message: Any) -> CallExplained | AgentExplained | None:
        """Take in the change, and what time has changed; offer whatever that makes possible.

        Asked why, it says what holds then: nobody is rung by that.
        """
        self.pool.pass_time(self.world.clock.now())
        if not isinstance(message, WhyCall | WhyAgent):
            self._change(message)
        self._match()
        self._wake_for_time()
        match message:
            case WhyCall(call):
                return why_call(self.pool, call, copy(self.chance))
            case WhyAgent(agent):
                return why_agent(self.pool, agent, copy(self.chance))
        return None

    def _change(self, message: Any) -> None:
        match message:
            case floor.Waiting():
                self.pool.add_call(message)
            case floor.NotWaiting(call, visit):
                self.pool.remove_call(call, visit)
            case floor.Free() | floor.NotFree() | floor.LoggedOn() | floor.LoggedOff():
                self._of_agent(message)
            case floor.Granted(lease):
                self.pool.granted(lease)
            case floor.NotGranted(lease) | life.Undelivered(floor.Offer(lease)):
                self.pool.refused(lease)
            case directory.QueueAdded() | directory.QueueChanged() | directory.QueueRemoved():
                self._of_queue(message)
            case Unanswered(lease):
                self._unanswered(lease)
            case Widen():
                pass  # the time it came at is all it had to tell
            case _:
                logger.warning("%s: knows no %r", self.log_name, message)

    def _of_agent(
        self, message: floor.Free | floor.NotFree | floor.LoggedOn | floor.LoggedOff
    ) -> None:
        match message:
            case floor.Free(agent, idle_since, calls, talked):
                self.pool.add_agent(agent, Figures(idle_since, calls, talked))
            case floor.NotFree(agent):
                self.pool.remove_agent(agent)
            case floor.LoggedOn(agent):
                self.pool.log_on(agent)
            case floor.LoggedOff(agent):
                self.pool.log_off(agent)
            case _:
                assert_never(message)

    def _of_queue(
        self, message: directory.QueueAdded | directory.QueueChanged | directory.QueueRemoved
    ) -> None:
        match message:
            case directory.QueueAdded(queue, agents) | directory.QueueChanged(queue, agents):
                self.pool.set_queue(queue.name, rules_of(queue, agents))
            case directory.QueueRemoved(queue):
                self.pool.remove_queue(queue)
            case _:
                assert_never(message)

    def _match(self) -> None:
        while (pair := match(self.pool, self.chance)) is not None:
            self._offer(pair)

    def _wake_for_time(self) -> None:
        """Have the timer call when calls reach further; one armed for earlier may fire, too."""
        moment, now = self.pool.next_moment(), self.world.clock.now()
        if moment is not None and not now < self._wake <= moment:
            self._wake = moment
            self.after(max(0.0, moment - now), Widen())

    def _offer(self, pair: Pair) -> None:
        lease = self.world.ids.lease()
        self.pool.offer(lease, pair)
        logger.debug("call %s: offered to agent %s: %s", pair.call, pair.agent, pair.why)
        offer = floor.Offer(lease, pair.call, pair.queue, self.world.clock.now() + ANSWER_SECONDS)
        self.post.to_agent(pair.agent, offer, self.actor_ref)
        self.after(ANSWER_SECONDS, Unanswered(lease))

    def _unanswered(self, lease: LeaseId) -> None:
        pair = self.pool.refused(lease)
        if pair is not None:
            logger.error("agent %s: no answer to the offer of call %s", pair.agent, pair.call)
