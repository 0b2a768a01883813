"""AgentActor: one agent; the only one who grants a lease on this agent. Decides by core.agent."""

from __future__ import annotations

import logging
from typing import Any, get_args

from actors.core.agent import effects
from actors.core.agent import machine as core
from actors.core.agent.state import Rules, Shown, State, Times, lease_of
from actors.exchange.actor import Actor, World
from actors.ids import CallId
from actors.messages import floor, views
from actors.messages.facts import AgentInterval
from actors.settings import Agent, Settings

logger = logging.getLogger(__name__)

EVENTS = get_args(core.Event)


def rules_of(agent: Agent, settings: Settings) -> Rules:
    """Return what the configuration says about this agent."""
    offering, presence = settings.offering, settings.presence
    return Rules(
        agent=agent.id,
        ring_seconds=agent.ring_seconds,
        wrapup_seconds=agent.wrapup_seconds,
        queues={q.name: Times(q.ring_seconds, q.wrapup_seconds) for q in settings.queues},
        strikes=offering.strikes,
        reject_cooldown=offering.reject_cooldown,
        busy_cooldown=offering.busy_cooldown,
        unreachable_cooldown=offering.unreachable_cooldown,
        subscribe=presence.subscribe,
        unknown_is_idle_after=presence.unknown_is_idle_after,
    )


class AgentActor(Actor):
    """Holds one agent's state and carries out what the step wants."""

    def __init__(self, world: World, agent: Agent, settings: Settings) -> None:
        super().__init__(world)
        self.agent = agent
        self.rules = rules_of(agent, settings)
        self.state = State(idle_since=world.clock.now())
        self._since = world.clock.now()

    @property
    def log_name(self) -> str:
        """Who this is, in log lines."""
        return f"agent {self.agent.id}"

    def handle(self, message: Any) -> views.AgentSnapshot | None:
        """Step on an event, or answer GetSnapshot."""
        if isinstance(message, views.GetSnapshot):
            return self.snapshot()
        if not isinstance(message, EVENTS):
            logger.warning("%s: knows no %r", self.log_name, message)
            return None
        self._step(message)
        return None

    def handle_fault(self, message: Any) -> None:
        """Give an offer back that could not be handled: the floor waits for the answer."""
        offer = lease_of(self.state)
        if isinstance(message, floor.Offer) and (offer is None or offer.lease != message.lease):
            self.post.to_floor(floor.NotGranted(message.lease, self.agent.id))

    def snapshot(self) -> views.AgentSnapshot:
        """Return the agent as REST shows it."""
        now, told = self.world.clock.now(), self.state.told
        idle = int(now - told.idle_since) if told.state == "idle" else 0
        return views.AgentSnapshot(self.agent.id, told.state, idle, told.device, self.agent.queues)

    def _step(self, event: core.Event) -> None:
        now = self.world.clock.now()
        self.state, wanted = core.step(self.state, event, now, self.rules)
        for effect in wanted:
            self._do(effect)

    def _do(self, effect: effects.Effect) -> None:
        match effect:
            case effects.ToFloor(message):
                self.post.to_floor(message)
            case effects.ToCall(call, message):
                self._to_call(call, message)
            case effects.ToGateway(message):
                self.post.to_gateway(message)
            case effects.Tell(before, now, call):
                self._tell(before, now, call)
            case effects.Wake(seconds):
                self.after(seconds, "wake")
            case effects.Complain(text):
                logger.error("%s: %s", self.log_name, text)

    def _to_call(self, call: CallId, message: floor.Ring | floor.Withdraw) -> None:
        """Tell the call; one that has ended and gone cannot say so: it is said for it.

        To the own inbox: the step whose effects are being carried out is to be done with first.
        """
        if self.post.to_call(call, message):
            return
        lease, agent = message.lease, self.agent.id
        self.actor_ref.tell(floor.CallGone(lease, agent))
        self.actor_ref.tell(floor.LegGone(lease, agent))

    def _tell(self, before: Shown, now: Shown, call: CallId | None) -> None:
        clock = self.world.clock
        at, wall = clock.now(), clock.wall()
        idle_since = wall - (at - now.idle_since)
        self.post.to_journal(
            AgentInterval(wall, self.agent.id, now.state, now.reason, now.device, idle_since)
        )
        logger.info(
            "%s: %s%s%s%s, was %s for %.1f s",
            self.log_name,
            now.state,
            f" ({now.reason})" if now.reason else "",
            f" for call {call}" if call else "",
            f" at {now.device}" if now.device else "",
            before.state,
            at - self._since,
        )
        self._since = at
