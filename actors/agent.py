"""AgentActor: one agent; the only one who grants a lease on this agent. Decides by core.agent."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from actors.core.agent.events import Wake
from actors.core.agent.machine import EVENTS, step
from actors.core.agent.outcomes import with_own
from actors.core.agent.refusals import WISHES, refusal
from actors.core.agent.state import Rest, Rules, State, Times, about, lease_of
from actors.exchange.actor import World
from actors.ids import QueueName
from actors.machine import Machine
from actors.messages import directory, duty, floor, views
from actors.settings import Accept, Agent, Queue, Settings

logger = logging.getLogger(__name__)

WHISPER_SECONDS = 10.0
"""An agent who has picked up is connected after so long, whatever he is being told."""

WAKE_AGAIN_SECONDS = 1.0
"""After a failure of our own, until what was due, or lost by it, is tried again."""


def briefing(queue: Queue, agent: Agent, accept: Accept) -> floor.Briefing | None:
    """Return what the agent hears who picks up a call of this queue; None: he is connected."""
    must = queue.must_accept if agent.must_accept is None else agent.must_accept
    wanted = (queue.whisper, accept.prompt if must else None)
    prompts = tuple(prompt.id for prompt in wanted if prompt is not None)
    if must:
        return floor.Briefing(prompts, accept.key, accept.seconds)
    return floor.Briefing(prompts, "", WHISPER_SECONDS) if prompts else None


def rules_of(agent: Agent, settings: Settings) -> Rules:
    """Return what the configuration says about this agent."""
    presence = settings.presence
    outcomes = {
        queue.name: with_own(settings.outcomes, queue.outcomes, agent.outcomes)
        for queue in settings.queues
    }
    return Rules(
        agent=agent.id,
        ring_seconds=agent.ring_seconds,
        wrapup_seconds=agent.wrapup_seconds,
        queues={
            queue.name: Times(
                queue.ring_seconds, queue.wrapup_seconds, briefing(queue, agent, settings.accept)
            )
            for queue in settings.queues
        },
        outcomes=with_own(settings.outcomes, agent.outcomes),
        outcomes_in=outcomes,
        pause_reasons=tuple(reason.name for reason in settings.pause_reasons),
        subscribe=presence.subscribe,
        unknown_is_idle_after=presence.unknown_is_idle_after,
    )


def watching(agent: Agent, queues: tuple[Queue, ...]) -> frozenset[QueueName]:
    """Return the agent's queues to which it matters whether anybody is there."""
    own = (queue for queue in queues if queue.name in agent.queues)
    return frozenset(queue.name for queue in own if queue.no_agents != "wait")


class AgentActor(Machine):
    """Holds one agent's state, and an answer for whoever asks how the agent is."""

    logger = logger

    def __init__(self, world: World, agent: Agent, settings: Settings) -> None:
        super().__init__(world)
        self.agent = agent
        self.rules = rules_of(agent, settings)
        now = world.clock.now()
        self.state = State(idle_since=now, told_at=now)
        self._snapshot = self._look()
        self._looks_again = now
        self._settings = settings
        self._removed = False
        self._watching = watching(agent, settings.queues)

    @property
    def log_name(self) -> str:
        """Who this is, in log lines."""
        return f"agent {self.agent.id}"

    def handle(self, message: Any) -> views.AgentSnapshot | duty.Done | duty.Refused | None:
        """Step on an event, or answer GetSnapshot; say why not where a wish cannot be met."""
        if isinstance(message, EVENTS):  # twenty of them for each call; the others are rare
            return self._step(message)
        match message:
            case views.GetSnapshot():
                return self._snapshot
            case directory.AgentAdded(agent, queues) | directory.AgentChanged(agent, queues):
                self._change(agent, queues)
            case directory.AgentRemoved():
                self._removed = True
                self._go_if_removed()
            case _:
                logger.warning("%s: knows no %r", self.log_name, message)
        return None

    def _step(self, event: Any) -> duty.Done | duty.Refused | None:
        before, at = self.state.told, self.moment()
        wish = isinstance(event, WISHES)
        refused = refusal(self.state, event, at.now, self.rules) if wish else None
        self.state, effects = step(self.state, event, at, self.rules)
        if self.state.told is not before:
            self._snapshot = self._look()
            self._tell_queues()
        self.carry_out(effects)
        self._go_if_removed()
        return refused or (duty.Done(self.agent.id) if wish else None)

    def _change(self, agent: Agent, queues: tuple[Queue, ...]) -> None:
        """Be so from now on; what an agent is busy with ends by the rules it began by."""
        busy = about(self.state)
        rules = rules_of(agent, replace(self._settings, queues=queues))
        if busy is not None and busy.queue not in rules.queues and busy.queue in self.rules.queues:
            times = {**rules.queues, busy.queue: self.rules.queues[busy.queue]}
            rules = replace(rules, queues=times)
        self.agent, self.rules, self._removed = agent, rules, False
        before, self._watching = self._watching, watching(agent, queues)
        for queue in before - self._watching:
            self.post.to_queue(queue, floor.AgentIs(agent.id, "loggedout"))
        self._tell_queues()
        self._snapshot = self._look()

    def _tell_queues(self) -> None:
        """Tell the queues to which it matters whether anybody is there."""
        for queue in self._watching:
            self.post.to_queue(queue, floor.AgentIs(self.agent.id, self.state.told.state))

    def _go_if_removed(self) -> None:
        """Say that a removed agent is no more: logged off, and on no call."""
        if self._removed and self.state.phone is None and isinstance(self.state.work, Rest):
            self.post.to_directory(directory.AgentGone(self.agent.id))

    def handle_fault(self, message: Any) -> None:
        """Give an offer back that could not be handled, and look again at all in a moment.

        The floor waits for the answer, and then knows the agent as free only when told so anew.
        Without a Wake that comes again no state would have its deadline any more.
        """
        now = self.world.clock.now()
        if now >= self._looks_again:
            self._looks_again = now + WAKE_AGAIN_SECONDS
            self.after(WAKE_AGAIN_SECONDS, Wake())
        offer = lease_of(self.state)
        if isinstance(message, floor.Offer) and (offer is None or offer.lease != message.lease):
            self.state = replace(self.state, told_free=None)
            self.post.to_floor(floor.NotGranted(message.lease, self.agent.id))

    def _look(self) -> views.AgentSnapshot:
        """Return the agent as REST shows it."""
        told = self.state.told
        idle_since = told.idle_since if told.state == "idle" else None
        return views.AgentSnapshot(
            self.agent.id, told.state, idle_since, str(told.phone or ""), self.agent.queues
        )
