"""FloorActor: sees all waiting calls and all free agents, matches them; knows who sits where."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from actors.core.routing.match import match
from actors.core.routing.pool import Pair, Pool
from actors.core.routing.strategies import STRATEGIES
from actors.core.seats.roster import Roster
from actors.exchange.actor import Actor, World
from actors.ids import AgentId, LeaseId, QueueName
from actors.messages import duty, floor, life
from actors.messages.duty import LoginResult, PhoneRequest
from actors.settings import Settings

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
"""An agent's actor answers an offer within microseconds; one that takes so long may not ring."""


def members_of(settings: Settings) -> Mapping[QueueName, list[AgentId]]:
    """Return each queue's agents, in the order of the configuration."""
    return {
        queue.name: [agent.id for agent in settings.agents if queue.name in agent.queues]
        for queue in settings.queues
    }


class FloorActor(Actor):
    """Offers at once whenever a change makes an offer possible; never by looking now and then."""

    def __init__(self, world: World, settings: Settings) -> None:
        super().__init__(world)
        strategies = {queue.name: queue.strategy for queue in settings.queues}
        if unknown := set(strategies.values()) - set(STRATEGIES):
            known = ", ".join(STRATEGIES)
            raise ValueError(
                f"unknown strategy {', '.join(sorted(unknown))}: {known} would be right"
            )
        self.pool = Pool(members_of(settings), strategies)
        self.roster = Roster(settings.agents, settings.login)

    @property
    def log_name(self) -> str:
        """Who this is, in log lines."""
        return "floor"

    def handle(self, message: Any) -> None:
        """Take in the change, then offer whatever it makes possible."""
        match message:
            case duty.LogIn():
                self._log_in(message)
            case duty.AtPhone():
                self._at_phone(message)
            case duty.Restore():
                self._restore(message)
            case _:
                self._change(message)
                self._match()

    def handle_fault(self, message: Any) -> None:
        """Answer the phone that waits: nothing was done for it."""
        match message:
            case duty.LogIn(call, agent):
                self.post.to_call(call, duty.LoginAnswer(call, agent, LoginResult.WRONG))
            case duty.AtPhone(call, _, request):
                self.post.to_call(call, duty.AtPhoneAnswer(call, request, None))

    # -- who waits, who is free

    def _change(self, message: Any) -> None:
        match message:
            case floor.Waiting():
                self.pool.add_call(message)
            case floor.NotWaiting(call):
                self.pool.remove_call(call)
            case floor.Free(agent, idle_since):
                self.pool.add_agent(agent, idle_since)
            case floor.NotFree(agent):
                self.pool.remove_agent(agent)
            case floor.Granted(lease):
                self.pool.granted(lease)
            case floor.NotGranted(lease):
                self.pool.refused(lease)
            case life.TimerFired(lease):
                self._unanswered(LeaseId(lease))
            case _:
                logger.warning("%s: knows no %r", self.log_name, message)

    def _match(self) -> None:
        while (pair := match(self.pool)) is not None:
            self._offer(pair)

    def _offer(self, pair: Pair) -> None:
        lease = self.world.ids.lease()
        self.pool.offer(lease, pair)
        logger.debug("call %s: offered to agent %s: %s", pair.call, pair.agent, pair.why)
        until = self.world.clock.now() + ANSWER_SECONDS
        if self.post.to_agent(pair.agent, floor.Offer(lease, pair.call, pair.queue, until)):
            self.after(ANSWER_SECONDS, lease)
        else:
            self.pool.refused(lease)

    def _unanswered(self, lease: LeaseId) -> None:
        pair = self.pool.refused(lease)
        if pair is not None:
            logger.error("agent %s: no answer to the offer of call %s", pair.agent, pair.call)

    # -- who sits where

    def _log_in(self, request: duty.LogIn) -> None:
        verdict = self.roster.log_in(request, self.world.clock.now())
        agent, device = request.agent, request.device
        if verdict.displaced is not None:
            left = duty.LoggedOut(verdict.displaced, f"phone taken over by {agent}")
            self.post.to_agent(verdict.displaced, left)
        if verdict.result is LoginResult.ACCEPTED:
            self.post.to_agent(agent, duty.LoggedIn(agent, device))
        logger.info("agent %s: login at %s: %s", agent, device, verdict.result)
        self.post.to_call(request.call, duty.LoginAnswer(request.call, agent, verdict.result))

    def _at_phone(self, request: duty.AtPhone) -> None:
        agent = self.roster.agent_at(request.device)
        answer = duty.AtPhoneAnswer(request.call, request.request, agent)
        if agent is None:
            logger.info("%s at %s: nobody is logged on there", request.request, request.device)
        else:
            self._do(agent, request.request)
        self.post.to_call(request.call, answer)

    def _do(self, agent: AgentId, request: PhoneRequest) -> None:
        match request:
            case PhoneRequest.LOGOUT:
                self.roster.leave(agent)
                self.post.to_agent(agent, duty.LoggedOut(agent, "phone"))
            case PhoneRequest.PAUSE:
                self.post.to_agent(agent, duty.Pause(agent, "phone"))
            case PhoneRequest.UNPAUSE:
                self.post.to_agent(agent, duty.Unpause(agent))

    def _restore(self, known: duty.Restore) -> None:
        if self.roster.restore(known.agent, known.device):
            self.post.to_agent(known.agent, known)
        else:
            logger.warning("agent %s: cannot be restored at %s", known.agent, known.device)
