"""Who sits where: one agent, one phone; one phone, one agent; PIN, takeover and lock-out."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from actors.ids import AgentId
from actors.messages.duty import LogIn, LoginResult
from actors.settings import Agent, Login

MANY_DEVICES = 1000
"""Beyond so many devices with a wrong attempt, those long past are forgotten at once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a login attempt came to; `displaced` is who had to leave the phone for it."""

    result: LoginResult
    displaced: AgentId | None = None


@dataclass(slots=True)
class Wrong:
    """The wrong attempts from one device: when the run of them began, the last, and how many."""

    first: float
    last: float
    count: int


class Roster:
    """The seats. Times in monotonic seconds."""

    def __init__(self, agents: Iterable[Agent], login: Login) -> None:
        self.agents = {agent.id: agent for agent in agents}
        self.login = login
        self._devices: dict[AgentId, str] = {}
        self._agents: dict[str, AgentId] = {}
        self._wrong: dict[str, Wrong] = {}

    # -- logging in

    def log_in(self, request: LogIn, now: float) -> Verdict:
        """Seat the agent at the device, or say why not.

        An agent without PIN is taken at the ID alone. Wrong IDs and wrong PINs from a device count
        together; after `lock_after` within `lock_seconds` nobody logs in there for `lock_seconds`.
        """
        if self.locked(request.device, now):
            return Verdict(LoginResult.LOCKED)
        agent = self.agents.get(request.agent)
        if agent is None:
            return self._refuse(request.device, now)
        if agent.pin and request.pin is None:
            return Verdict(LoginResult.PIN_NEEDED)
        if agent.pin and not hmac.compare_digest(agent.pin.encode(), str(request.pin).encode()):
            return self._refuse(request.device, now)
        self._wrong.pop(place(request.device), None)
        return self._seat(agent.id, request.device)

    def _refuse(self, device: str, now: float) -> Verdict:
        wrong = self._wrong.get(place(device))
        if wrong is None or now - wrong.first > self.login.lock_seconds:
            self._forget(now)
            wrong = self._wrong[place(device)] = Wrong(now, now, 0)
        wrong.last = now
        wrong.count += 1
        return Verdict(LoginResult.LOCKED if self.locked(device, now) else LoginResult.WRONG)

    def locked(self, device: str, now: float) -> bool:
        """Tell whether there were too many wrong attempts from this device."""
        wrong = self._wrong.get(place(device))
        if wrong is None or not 0 < self.login.lock_after <= wrong.count:
            return False
        return now - wrong.last < self.login.lock_seconds

    def _forget(self, now: float) -> None:
        if len(self._wrong) >= MANY_DEVICES:
            keep = self.login.lock_seconds
            self._wrong = {d: w for d, w in self._wrong.items() if now - w.last < keep}

    def _seat(self, agent: AgentId, device: str) -> Verdict:
        here, there = self.agent_at(device), self._devices.get(agent)
        if here not in {None, agent} and not self.login.takeover:
            return Verdict(LoginResult.PHONE_TAKEN)
        elsewhere = there is not None and place(there) != place(device)
        if elsewhere and not self.login.takeover:
            return Verdict(LoginResult.AGENT_ELSEWHERE)
        displaced = here if here != agent else None
        if displaced is not None:
            self.leave(displaced)
        self.leave(agent)
        self._devices[agent] = device
        self._agents[place(device)] = agent
        return Verdict(LoginResult.ACCEPTED, displaced)

    # -- who is where

    def restore(self, agent: AgentId, device: str) -> bool:
        """Seat the agent as before a restart; False where unknown, or agent or phone is taken."""
        if agent not in self.agents or not device:
            return False
        if agent in self._devices or self.agent_at(device) is not None:
            return False
        return self._seat(agent, device).result is LoginResult.ACCEPTED

    def leave(self, agent: AgentId) -> str | None:
        """Free the agent's phone; return it, None where the agent was logged out."""
        device = self._devices.pop(agent, None)
        if device is not None:
            del self._agents[place(device)]
        return device

    def agent_at(self, device: str) -> AgentId | None:
        """Return who is logged on at the phone."""
        return self._agents.get(place(device))

    def device_of(self, agent: AgentId) -> str | None:
        """Return where the agent is logged on."""
        return self._devices.get(agent)


def place(device: str) -> str:
    """Return the phone's address as one phone is told from another: case tells nothing apart."""
    return device.casefold()
