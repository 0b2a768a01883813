"""Between calls, the floor and agents: logging on and off, breaks, and where one sat before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from actors.ids import AgentId, CallId


class LoginResult(StrEnum):
    """What a login attempt came to."""

    ACCEPTED = "accepted"
    PIN_NEEDED = "pin-needed"
    WRONG = "wrong"
    AGENT_ELSEWHERE = "agent-elsewhere"
    PHONE_TAKEN = "phone-taken"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class LogIn:
    """call -> floor: this agent wants to sit at this phone. `pin` None where not yet asked for."""

    call: CallId
    agent: AgentId
    pin: str | None
    device: str


@dataclass(frozen=True, slots=True)
class LoginAnswer:
    """floor -> call: what came of LogIn."""

    call: CallId
    agent: AgentId
    result: LoginResult


class PhoneRequest(StrEnum):
    """What an agent may ask for from the phone by dialling an AOR, beside logging in."""

    LOGOUT = "logout"
    PAUSE = "pause"
    UNPAUSE = "unpause"


@dataclass(frozen=True, slots=True)
class AtPhone:
    """call -> floor: whoever is logged on at this device wants this."""

    call: CallId
    device: str
    request: PhoneRequest


@dataclass(frozen=True, slots=True)
class AtPhoneAnswer:
    """floor -> call: done for this agent, or nobody (None) is logged on at that phone."""

    call: CallId
    request: PhoneRequest
    agent: AgentId | None


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """floor -> agent: you sit at this phone now."""

    agent: AgentId
    device: str


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """floor -> agent: you have left; a call in progress goes on to its end."""

    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True)
class Pause:
    """floor or http -> agent: no calls until unpaused; takes effect at the end of a call."""

    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True)
class Unpause:
    """floor or http -> agent: calls again, from the tail of the idle order."""

    agent: AgentId


@dataclass(frozen=True, slots=True)
class Restore:
    """root -> agent, at start: as the journal last knew you. Clocks in monotonic seconds."""

    agent: AgentId
    device: str
    idle_since: float
    paused: str | None
