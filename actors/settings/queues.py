"""Queues, their limits, and callers who are known to them."""

# ruff: noqa: RUF009 - tables of other rooms as defaults: they are frozen

from __future__ import annotations

from dataclasses import dataclass, field, fields

from actors.ids import MusicClass, QueueName
from actors.settings.agents import OwnOutcomes
from actors.settings.sound import DEFAULT_MUSIC, Announcement, Prompt

MOST_PRIORITY = 1000
"""Of a queue and of a caller, and as far below 0."""


@dataclass(frozen=True, slots=True)
class KnownCallers:
    """``[[caller]]``: callers by their numbers, and what is done for or against them.

    A number that ends in * stands for all that begin so, ``anonymous`` for whoever hides his.
    """

    numbers: tuple[str, ...]
    priority: int = 0
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a caller goes who may not wait, or no longer: one of these, at most."""

    queue: QueueName | None = None
    """Another queue, in whose line his age counts as if he had called there."""
    say: Prompt | None = None
    """Said to him, and then he is hung up on."""

    @property
    def words(self) -> str:
        """The destination as the journal names it; empty where it is none."""
        return f"queue:{self.queue}" if self.queue else "goodbye" if self.say else ""


@dataclass(frozen=True, slots=True)
class Overflow:
    """``[queue.overflow]``: for each of a queue's limits where callers go for it."""

    closed: Destination | None = None
    holidays: Destination | None = None
    hours: Destination | None = None
    no_agents: Destination | None = None
    max_length: Destination | None = None
    max_wait: Destination | None = None
    leave_key: Destination | None = None

    def destinations(self) -> dict[str, Destination]:
        """Those that are given, by their keys."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: one for name, one in every.items() if one is not None}


@dataclass(frozen=True, slots=True)
class Relaxed:
    """``[[queue.relax_skills]]``: the skills asked for once a caller has waited `after` seconds."""

    after: float
    skills: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """``[[queue]]``: one waiting line, called by ``sip:<name>@…`` or any of `aliases`.

    `target_seconds` is within which a call should be answered; who gives up before `short_abandon`
    seconds counts as a short call, not as a lost one. `widen_after`: seconds of waiting after which
    agents of level 2, 3 and so on may have a call. `ring_delay` is for ring-progressively.
    `caller_prefix` is shown before a caller's name at agents' phones.
    `whisper` is said to the agent alone who picks up; `must_accept`: he takes the call by key.
    `closed`: nobody joins, nor outside the `hours` of `time_zone` and on its `holidays`
    (routing.hours). `no_agents`: wait, refuse or leave where all of them are in `absent` states.
    `max_length`: so many wait at most, `max_wait`: each for so many seconds at most; 0 sets no
    limit. `leave_key` leads out of the line. In each case `overflow` says where to.
    `skills`: the grade that agents need to have of each, by its name. `priority_every`: after how
    many seconds of waiting a call's priority is one higher, 0 for never; `weight`: for how many
    seconds each second of waiting counts beside calls of other queues.
    """

    name: QueueName
    aliases: tuple[str, ...] = ()
    welcome: Prompt | None = None
    music: MusicClass = DEFAULT_MUSIC
    announcement: Announcement = Announcement()
    strategy: str = "most-idle"
    widen_after: tuple[float, ...] = ()
    skills: dict[str, int] = field(default_factory=dict)
    relax_skills: tuple[Relaxed, ...] = ()
    priority: int = 0
    priority_every: float = 0.0
    weight: float = 1.0
    caller_prefix: str = ""
    auto_answer: bool = False
    ring_seconds: float = 15.0
    ring_delay: float = 10.0
    wrapup_seconds: float = 0.0
    target_seconds: float = 20.0
    short_abandon: float = 5.0
    whisper: Prompt | None = None
    must_accept: bool = False
    outcomes: OwnOutcomes = OwnOutcomes()
    closed: bool = False
    hours: tuple[str, ...] = ()
    holidays: tuple[str, ...] = ()
    time_zone: str = "UTC"
    no_agents: str = "wait"
    absent: tuple[str, ...] = ("loggedout", "notresponding", "unavailable")
    max_length: int = 0
    max_wait: float = 0.0
    leave_key: str = ""
    overflow: Overflow = Overflow()
