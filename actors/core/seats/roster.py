"""Who sits where: one agent, one phone; one phone, one agent; PIN, takeover and lock-out."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from actors.ids import AgentId
from actors.messages.duty import LogIn, LoginResult
from actors.messages.phone import Phone
from actors.settings import Agent, Login

MANY_PHONES = 1000
"""Beyond so many phones with a wrong attempt, those long past are forgotten at once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a login attempt came to; `displaced` is who had to leave the phone for it."""

    result: LoginResult
    displaced: AgentId | None = None


@dataclass(slots=True)
class Wrong:
    """The wrong attempts from one phone: when the run of them began, the last, and how many."""

    first: float
    last: float
    count: int


class Seats(Protocol):
    """What is asked about seats: answered from tables of our own here, by an engine elsewhere."""

    def log_in(self, request: LogIn, now: float) -> Verdict:
        """Seat the agent at the phone, or say why not; `now` in monotonic seconds."""

    def restore(self, agent: AgentId, phone: Phone) -> bool:
        """Seat the agent as before a restart; False where unknown, or agent or phone is taken."""

    def leave(self, agent: AgentId) -> Phone | None:
        """Free the agent's phone; return it, None where the agent was logged out."""

    def agent_at(self, phone: Phone) -> AgentId | None:
        """Return who is logged on at the phone."""


class Roster:
    """The seats of one server. Times in monotonic seconds."""

    def __init__(self, agents: Iterable[Agent], login: Login) -> None:
        self.agents = {agent.id: agent for agent in agents}
        self.login = login
        self._phones: dict[AgentId, Phone] = {}
        self._agents: dict[str, AgentId] = {}
        self._wrong: dict[str, Wrong] = {}

    # -- logging in

    def log_in(self, request: LogIn, now: float) -> Verdict:
        """Seat the agent at the phone, or say why not.

        An agent without PIN is taken at the ID alone. Wrong IDs and wrong PINs from a phone count
        together; after `lock_after` within `lock_seconds` nobody logs in there for `lock_seconds`.
        """
        if self.locked(request.phone, now):
            return Verdict(LoginResult.LOCKED)
        agent = self.agents.get(request.agent)
        if agent is None:
            return self._refuse(request.phone, now)
        if agent.pin and request.pin is None:
            return Verdict(LoginResult.PIN_NEEDED)
        if agent.pin and not hmac.compare_digest(agent.pin.encode(), str(request.pin).encode()):
            return self._refuse(request.phone, now)
        self._wrong.pop(request.phone.record, None)
        return self._seat(agent.id, request.phone)

    def _refuse(self, phone: Phone, now: float) -> Verdict:
        wrong = self._wrong.get(phone.record)
        if wrong is None or now - wrong.first > self.login.lock_seconds:
            self._forget(now)
            wrong = self._wrong[phone.record] = Wrong(now, now, 0)
        wrong.last = now
        wrong.count += 1
        return Verdict(LoginResult.LOCKED if self.locked(phone, now) else LoginResult.WRONG)

    def locked(self, phone: Phone, now: float) -> bool:
        """Tell whether there were too many wrong attempts from this phone."""
        wrong = self._wrong.get(phone.record)
        if wrong is None or not 0 < self.login.lock_after <= wrong.count:
            return False
        return now - wrong.last < self.login.lock_seconds

    def _forget(self, now: float) -> None:
        if len(self._wrong) >= MANY_PHONES:
            keep = self.login.lock_seconds
            self._wrong = {d: w for d, w in self._wrong.items() if now - w.last < keep}

    def _seat(self, agent: AgentId, phone: Phone) -> Verdict:
        here, there = self.agent_at(phone), self._phones.get(agent)
        if here not in {None, agent} and not self.login.takeover:
            return Verdict(LoginResult.PHONE_TAKEN)
        elsewhere = there is not None and there.record != phone.record
        if elsewhere and not self.login.takeover:
            return Verdict(LoginResult.AGENT_ELSEWHERE)
        displaced = here if here != agent else None
        if displaced is not None:
            self.leave(displaced)
        self.leave(agent)
        self._phones[agent] = phone
        self._agents[phone.record] = agent
        return Verdict(LoginResult.ACCEPTED, displaced)

    # -- who is where

    def restore(self, agent: AgentId, phone: Phone) -> bool:
        """Seat the agent as before a restart; False where unknown, or agent or phone is taken."""
        if agent not in self.agents or not phone:
            return False
        if agent in self._phones or self.agent_at(phone) is not None:
            return False
        return self._seat(agent, phone).result is LoginResult.ACCEPTED

    def leave(self, agent: AgentId) -> Phone | None:
        """Free the agent's phone; return it, None where the agent was logged out."""
        phone = self._phones.pop(agent, None)
        if phone is not None:
            del self._agents[phone.record]
        return phone

    def agent_at(self, phone: Phone) -> AgentId | None:
        """Return who is logged on at the phone."""
        return self._agents.get(phone.record)
