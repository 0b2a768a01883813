"""Agents, how they log on, and what becomes of what they are offered."""

from __future__ import annotations

from dataclasses import dataclass, field

from actors.ids import AgentId, QueueName
from actors.settings.sound import Prompt


@dataclass(frozen=True, slots=True)
class Login:
    """``[login]``: the AORs agents dial, and what logging on takes. Prompts by their ids."""

    login: str = "acdlogin"
    logout: str = "acdlogout"
    pause: str = "acdpause"
    unpause: str = "acdunpause"
    end_wrapup: str = "acdready"
    extend_wrapup: str = "acdextend"
    extend_seconds: float = 60.0
    tries: int = 3
    digit_seconds: float = 8.0
    takeover: bool = False
    lock_after: int = 6
    lock_seconds: float = 300.0
    prompts: dict[str, Prompt] = field(default_factory=dict)
    """By purpose: ask_id, ask_pin, wrong, accepted, agent_elsewhere, phone_taken, locked, goodbye,
    logged_out, nobody_here, paused, unpaused, wrapup_ended, wrapup_extended, no_wrapup,
    ask_reason."""


@dataclass(frozen=True, slots=True)
class PresenceSettings:
    """``[presence]``: whether phones are asked how they are; unknown counts as idle after a while.

    `server` (``sip:host:port``) is who is asked about a phone; empty: the device's own address.
    """

    subscribe: bool = True
    server: str = ""
    unknown_is_idle_after: float = 2.0


OUTCOMES = ("no_answer", "busy", "reject", "unreachable")
"""What may come of an offer that is not answered, as the configuration names it."""


THEN = ("notresponding", "pause", "log-out")
"""What may become of an agent who has so many strikes."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """``[outcomes]``: what an offer that is not answered costs the agent.

    Cool-downs in seconds. An outcome of `strike_for` is a strike; after so many `strikes` in a row
    (0: never) the agent gets no more calls: see THEN, with this `pause_reason`.
    """

    no_answer_cooldown: float = 0.0
    busy_cooldown: float = 10.0
    reject_cooldown: float = 10.0
    unreachable_cooldown: float = 30.0
    strike_for: tuple[str, ...] = ("no_answer",)
    strikes: int = 2
    then: str = "notresponding"
    pause_reason: str = "no answer"


@dataclass(frozen=True, slots=True)
class OwnOutcomes:
    """``outcomes`` of a queue or an agent: what is None is as for all others."""

    no_answer_cooldown: float | None = None
    busy_cooldown: float | None = None
    reject_cooldown: float | None = None
    unreachable_cooldown: float | None = None
    strike_for: tuple[str, ...] | None = None
    strikes: int | None = None
    then: str | None = None
    pause_reason: str | None = None


@dataclass(frozen=True, slots=True)
class PauseReason:
    """``[[pause_reason]]``: why an agent may be on a break; one of them, where there are any.

    By phone it is given by calling `dial`, or by `key` after calling ``login.pause``, which says
    `prompt`.
    """

    name: str
    dial: str = ""
    key: str = ""
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Accept:
    """``[accept]``: how an agent who has picked up takes a call, where he has to (`must_accept`).

    `key` is pressed within `seconds` of picking up; `prompt` asks for it.
    """

    key: str = "1"
    seconds: float = 10.0
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """``[[agent]]``: one person; None for ring, wrap-up, `must_accept` means as the queue says.

    `level`, `weight` and `order` are the agent's in each queue, by its name, where given. `skills`
    are the agent's grades.
    """

    id: AgentId
    name: str = ""
    pin: str = ""
    queues: tuple[QueueName, ...] = ()
    level: dict[QueueName, int] = field(default_factory=dict)
    weight: dict[QueueName, int] = field(default_factory=dict)
    order: dict[QueueName, int] = field(default_factory=dict)
    skills: dict[str, int] = field(default_factory=dict)
    ring_seconds: float | None = None
    wrapup_seconds: float | None = None
    must_accept: bool | None = None
    outcomes: OwnOutcomes = OwnOutcomes()
