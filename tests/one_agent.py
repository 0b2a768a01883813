"""One agent in virtual time, for the tests of the agent's rules."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from msgspec import structs

from actors.core.agent.events import Event, Wake
from actors.core.agent.machine import step
from actors.core.agent.state import Rules, State, Times
from actors.core.effects import CallEffect, Effect, FloorEffect, Instant, Note, StartTimer
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages import duty
from actors.messages import floor as f
from actors.messages import presence as p
from tests.harness import phone_at

ADA = AgentId("2771")
PHONE = phone_at("sip:phone1@127.0.0.1")
OTHER_PHONE = phone_at("sip:phone2@127.0.0.1")
SALES = QueueName("sales")
CALL = CallId("c-1")
EPOCH = 1e9
"""Wall clock at the monotonic zero."""
RULES = Rules(ADA, queues={SALES: Times(ring_seconds=15.0)})
WRAPPING = replace(RULES, wrapup_seconds=20.0)
TIMER = Wake()

IDLE = p.PresenceIdle(ADA, PHONE.uri)
BUSY = p.PresenceBusy(ADA, PHONE.uri)
RINGING = p.PresenceBusy(ADA, PHONE.uri, ringing=True)
UNAVAILABLE = p.PresenceUnavailable(ADA, PHONE.uri)
UNKNOWN = p.PresenceUnknown(ADA, PHONE.uri, "subscription ended")


@dataclass
class Agent:
    """One agent in virtual time; timers fire as asked for."""

    rules: Rules = RULES
    now: float = 0.0
    state: State = field(default_factory=State)
    effects: list[Effect] = field(default_factory=list)
    timers: list[float] = field(default_factory=list)
    leases: int = 0
    forgotten: bool = False
    """The call has gone without a word, and does not answer."""
    errors: list[str] = field(default_factory=list)

    def at(self, now: float, *events: Event) -> Agent:
        """Let time pass to `now`, timers firing on the way, then these happen."""
        while self.timers and min(self.timers) <= now:
            self.now = min(self.timers)
            self.timers.remove(self.now)
            self._step(TIMER)
        self.now = now
        for event in events:
            self._step(event)
        return self

    def _step(self, event: Event) -> None:
        self.state, effects = step(
            self.state, event, Instant(self.now, self.now + EPOCH), self.rules
        )
        self.effects += effects
        for effect in effects:
            if isinstance(effect, f.AskLease) and not self.forgotten:
                self._step(f.LeaseHolds(effect.lease, ADA))
            if isinstance(effect, StartTimer):
                self.timers.append(self.now + effect.seconds)

    def offer(self, now: float) -> LeaseId:
        self.leases += 1
        lease = LeaseId(str(self.leases))
        self.at(now, f.Offer(lease, CALL, SALES, now + 5))
        return lease

    def talk(self, since: float, until: float) -> Agent:
        lease = self.offer(since)
        self.at(since, f.Ringing(lease, ADA), f.Answered(lease, ADA))
        return self.at(until, f.LegGone(lease, ADA))

    @property
    def shown(self) -> str:
        return self.state.told.state

    @property
    def idle_since(self) -> float | None:
        """Since when the floor knows this agent as idle; None where not free."""
        return self.state.told_free

    def take(self) -> list[Effect]:
        effects, self.effects = self.effects, []
        notes = [effect for effect in effects if isinstance(effect, Note)]
        self.errors += [note.text for note in notes if note.level >= logging.ERROR]
        return [effect for effect in effects if not isinstance(effect, StartTimer | Note)]

    def to_floor(self) -> list[Effect]:
        return [effect for effect in self.take() if isinstance(effect, FloorEffect)]

    def to_call(self) -> list[Effect]:
        return [effect for effect in self.take() if isinstance(effect, CallEffect)]


def ready(rules: Rules = RULES) -> Agent:
    """Logged in at 0 and idle since."""
    agent = Agent(rules).at(0.0, duty.LoggedIn(ADA, PHONE), IDLE)
    agent.take()
    return agent


Story = Callable[[Agent], object]
Failure = f.NoAnswer | f.Busy | f.Declined | f.Unreachable | f.Failed | f.CallGone | f.Withdrawn
L0 = LeaseId("0")
"""Stands for a lease to be filled in."""


def fail(outcome: Failure) -> Story:
    """Return a story: offered at 100, this outcome at 110, the leg gone at 111."""

    def story(agent: Agent) -> None:
        lease = agent.offer(100.0)
        agent.at(110.0, structs.replace(outcome, lease=lease)).at(111.0, f.LegGone(lease, ADA))

    return story
