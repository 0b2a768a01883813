"""A call as agents and queues see it, played by a script: for the tests that need no CallActor."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages import floor as f
from tests.harness import Desk

Failing = Callable[[LeaseId, AgentId], object]
FAILURES: dict[str, Failing] = {
    "no answer": f.NoAnswer,
    "busy": f.Busy,
    "declined": lambda lease, agent: f.Declined(lease, agent, 603),
    "unreachable": lambda lease, agent: f.Unreachable(lease, agent, 503),
}


@dataclass
class Leg:
    """An agent's leg of a scripted call."""

    lease: LeaseId
    agent: AgentId
    since: float
    """When the call was told to ring it."""

    state: str = "rings"
    """rings, talks, or ends: then only its LegGone is missing."""


@dataclass
class ScriptedCall:
    """A call as the contract describes it: one outcome for each lease, and LegGone last."""

    desk: Desk
    call: CallId
    queue: QueueName
    priority: int = 0
    since: float = 0.0
    inbox: deque[tuple[float, Any]] = field(default_factory=deque)
    """What came and when; not handled yet."""

    legs: list[Leg] = field(default_factory=list)
    over: bool = False
    most: int = 1
    """So many phones ring at a time at the most."""

    def to_agent(self, leg: Leg, message: Any) -> None:
        self.desk.post.to_agent(leg.agent, message)

    def to_queue(self, message: Any) -> None:
        self.desk.post.to_queue(self.queue, message)

    def join(self) -> None:
        """Wait in line, for the first time or again: with the same age."""
        self.since = self.since or self.desk.clock.at
        names = (f"{self.call}@test", "caller", "called")
        self.to_queue(f.Join(self.call, self.queue, self.since, self.priority, *names))

    def leg(self, state: str) -> Leg | None:
        return next((leg for leg in self.legs if leg.state == state), None)

    def take(self, message: Any) -> None:
        if isinstance(message, f.Placed):
            return  # nothing follows from it
        self.inbox.append((self.desk.clock.at, message))

    def handle_what_came_by(self, until: float) -> None:
        while self.inbox and self.inbox[0][0] <= until:
            self.handle_one()

    def handle_one(self) -> None:
        came, message = self.inbox.popleft()
        match message:
            case f.Ring(lease, _, agent):
                leg = Leg(lease, agent, came)
                self.legs.append(leg)
                if self.over or self.leg("talks") or len(self.ringing()) > self.most:
                    self.end(leg, f.CallGone(lease, agent))
                else:
                    self.to_queue(f.Assigned(self.call, agent))
            case f.AskLease(lease, _, agent):
                holds = any(leg.lease == lease for leg in self.legs)
                answer = (f.LeaseHolds if holds else f.LegGone)(lease, agent)
                self.desk.post.to_agent(agent, answer)
            case f.Withdraw(lease):
                for leg in self.ringing():
                    if leg.lease == lease:
                        self.end(leg, f.Withdrawn(lease, leg.agent))
                        self.wait_again()

    def ringing(self) -> list[Leg]:
        return [leg for leg in self.legs if leg.state == "rings"]

    def end(self, leg: Leg, outcome: Any) -> None:
        leg.state = "ends"
        self.to_agent(leg, outcome)

    def fail(self, leg: Leg, how: str) -> None:
        self.end(leg, FAILURES[how](leg.lease, leg.agent))
        self.wait_again()

    def wait_again(self) -> None:
        if ringing := frozenset(leg.agent for leg in self.ringing()):
            self.to_queue(f.StillRings(self.call, ringing))
        else:
            self.to_queue(f.Returned(self.call))

    def answer(self, leg: Leg) -> None:
        leg.state = "talks"
        self.to_agent(leg, f.Answered(leg.lease, leg.agent))
        for other in self.ringing():
            self.end(other, f.CallGone(other.lease, other.agent))
        self.to_queue(f.Connected(self.call, leg.agent))

    def hang_up(self) -> None:
        self.over = True
        for leg in self.ringing():
            self.end(leg, f.CallGone(leg.lease, leg.agent))
        if talks := self.leg("talks"):
            talks.state = "ends"
        self.to_queue(f.Left(self.call))

    def legs_go(self) -> None:
        for leg in [leg for leg in self.legs if leg.state == "ends"]:
            self.to_agent(leg, f.LegGone(leg.lease, leg.agent))
            self.legs.remove(leg)
