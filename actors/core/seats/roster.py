"""Who sits where: one agent, one phone; one phone, one agent; PIN, takeover and locks. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from actors.core.seats.locks import Locks
from actors.ids import AgentId
from actors.messages.duty import LogIn, LoginResult
from actors.messages.phone import Phone
from actors.settings import Agent, Login

NOBODYS = "\0"
"""The PIN of a number that nobody has: whatever is keyed in, it is compared, and wrong."""


@dataclass(frozen=True, slots=True)
class Lock:
    """No log-ins for so many seconds from now; `whose`: ``from …`` a source, ``of agent …``."""

    whose: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a login attempt came to; `displaced` is who had to leave the phone for it.

    `locks` are those that it has brought about.
    """

    result: LoginResult
    displaced: AgentId | None = None
    locks: tuple[Lock, ...] = ()


class Seats(Protocol):
    """What is asked about seats: answered from tables of our own here, by an engine elsewhere."""

    def have(self, agent: Agent) -> None:
        """Let the agent log on, with this PIN from now on; one who sits somewhere stays."""

    def lose(self, agent: AgentId) -> Phone | None:
        """Let the agent log on no more; return the phone that is freed thereby."""

    def log_in(self, request: LogIn, now: float) -> Verdict:
        """Seat the agent at the phone, or say why not; `now` in monotonic seconds."""

    def restore(self, agent: AgentId, phone: Phone) -> bool:
        """Seat the agent as before a restart; False where unknown, or agent or phone is taken."""

    def leave(self, agent: AgentId) -> Phone | None:
        """Free the agent's phone; return it, None where the agent was logged out."""

    def agent_at(self, phone: Phone) -> AgentId | None:
        """Return who is logged on at the phone."""

    def namesake(self, phone: Phone) -> tuple[AgentId, Phone] | None:
        """Return who is logged on at another phone of the same address of record, and at which."""


class Roster:
    """The seats of one server. Times in monotonic seconds.

    A phone is who it says it is where its calls come from the same place: see `Phone.identity`.
    """

    def __init__(self, agents: Iterable[Agent], login: Login) -> None:
        self.agents: dict[AgentId, Agent] = {}
        self.login = login
        self._phones: dict[AgentId, Phone] = {}
        self._agents: dict[tuple[str, str], AgentId] = {}
        self._last: dict[AgentId, Phone] = {}
        """Where each has logged on last."""
        self._with_pins: set[AgentId] = set()
        self._sources = Locks(login)
        self._numbers = Locks(login, of_several=True)
        for agent in agents:
            self.have(agent)

    # -- who may

    def have(self, agent: Agent) -> None:
        """Let the agent log on, with this PIN from now on; one who sits somewhere stays."""
        self.agents[agent.id] = agent
        (self._with_pins.add if agent.pin else self._with_pins.discard)(agent.id)

    def lose(self, agent: AgentId) -> Phone | None:
        """Let the agent log on no more; return the phone that is freed thereby."""
        self.agents.pop(agent, None)
        self._with_pins.discard(agent)
        self._last.pop(agent, None)
        return self.leave(agent)

    # -- logging in

    def log_in(self, request: LogIn, now: float) -> Verdict:
        """Seat the agent at the phone, or say why not.

        An agent without PIN is taken at the number alone. A number that nobody has is asked for a
        PIN where any agent has one, and is locked like others: nobody learns which there are.
        """
        if self._locked(request, now):
            return Verdict(LoginResult.LOCKED)
        agent = self.agents.get(request.agent)
        asks = bool(agent.pin) if agent else bool(self._with_pins)
        if asks and request.pin is None:
            return Verdict(LoginResult.PIN_NEEDED)
        pin = agent.pin if agent else NOBODYS
        is_right = hmac.compare_digest(pin.encode(), (request.pin or "").encode())
        if agent is None or (asks and not is_right):
            return self._wrong(request, now)
        self._sources.right(request.source, request.agent)
        self._numbers.right(request.agent, request.source)
        return self._seat(agent.id, request.phone, proven=asks)

    def _wrong(self, request: LogIn, now: float) -> Verdict:
        number, source = request.agent, request.source
        lasting = {
            f"from {source}": self._sources.wrong(source, number, now),
            f"of agent {number}": self._numbers.wrong(number, source, now),
        }
        locks = tuple(Lock(whose, seconds) for whose, seconds in lasting.items() if seconds)
        result = LoginResult.LOCKED if self._locked(request, now) else LoginResult.WRONG
        return Verdict(result, locks=locks)

    def _locked(self, request: LogIn, now: float) -> bool:
        """Tell whether there is a lock on where this comes from, or on the agent.

        That one does not count at phones at which agents have sat: there nobody is shut out by
        strangers, and wrong tries from there lock their own source.
        """
        if self._sources.locked(request.source, now):
            return True
        if not self._numbers.locked(request.agent, now):
            return False
        return all(request.phone.identity != phone.identity for phone in self._last.values())

    def _seat(self, agent: AgentId, phone: Phone, *, proven: bool) -> Verdict:
        """Seat the agent; where a PIN has `proven` him his phone may be at another place now."""
        here, there = self.agent_at(phone), self._phones.get(agent)
        if here not in {None, agent} and not self.login.takeover:
            return Verdict(LoginResult.PHONE_TAKEN)
        if there is not None and not self.login.takeover:
            is_his = there.record == phone.record if proven else there.identity == phone.identity
            if not is_his:
                return Verdict(LoginResult.AGENT_ELSEWHERE)
        displaced = here if here != agent else None
        if displaced is not None:
            self.leave(displaced)
        self.leave(agent)
        self._phones[agent] = self._last[agent] = phone
        self._agents[phone.identity] = agent
        return Verdict(LoginResult.ACCEPTED, displaced)

    # -- who is where

    def restore(self, agent: AgentId, phone: Phone) -> bool:
        """Seat the agent as before a restart; False where unknown, or agent or phone is taken."""
        if agent not in self.agents or not phone:
            return False
        if agent in self._phones or self.agent_at(phone) is not None:
            return False
        return self._seat(agent, phone, proven=False).result is LoginResult.ACCEPTED

    def leave(self, agent: AgentId) -> Phone | None:
        """Free the agent's phone; return it, None where the agent was logged out."""
        phone = self._phones.pop(agent, None)
        if phone is not None:
            del self._agents[phone.identity]
        return phone

    def agent_at(self, phone: Phone) -> AgentId | None:
        """Return who is logged on at the phone."""
        return self._agents.get(phone.identity)

    def namesake(self, phone: Phone) -> tuple[AgentId, Phone] | None:
        """Return who is logged on at another phone of the same address of record, and at which."""
        for agent, other in self._phones.items():
            if other.record == phone.record and other.identity != phone.identity:
                return agent, other
        return None
