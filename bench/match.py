"""What the match costs: each event of 1,000 queues, 10,000 agents and 5,000 waiting calls.

Processor time of the pure rules, without actors and log, until nothing more can be offered.
Python's garbage collector rests meanwhile: what it costs depends on the whole process.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random

from actors.core.routing.match import match
from actors.core.routing.pool import Pool
from actors.core.routing.share import Rules
from actors.core.routing.strategies import STRATEGIES, Figures, Member, Together
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages.floor import Waiting
from bench.figures import Figure

QUEUES = 1000
AGENTS = 10_000
EACH_IN = 10
"""Queues that an agent is in, beside the one that all are in."""

WAITING = 5000
FEW = 500
ROUNDS = 2000
EVERYBODY = QueueName("everybody")
LONGEST_MS = 1.0
FLAT = 1.3


@dataclass
class Centre:
    """A pool, and how long each event took until nothing more could be offered, by its kind."""

    strategy: str
    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - no secret
    took: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queues = [EVERYBODY, *(QueueName(f"q{number:04}") for number in range(QUEUES))]
        self.agents = [AgentId(f"{number:05}") for number in range(AGENTS)]
        members: dict[QueueName, list[Member]] = {queue: [] for queue in self.queues}
        for agent in self.agents:
            others = self.chance.sample(self.queues[1:], EACH_IN)
            for queue in (EVERYBODY, *others):
                rank = len(members[queue])
                members[queue].append(Member(agent, rank, weight=1 + rank % 5))
        rules = {queue: Rules(tuple(some), self.strategy) for queue, some in members.items()}
        self.pool = Pool(rules)
        self.leases = count(1)
        self.numbers = count(1)
        self.offered: list[LeaseId] = []

    def wait(self) -> Waiting:
        """Return a new call, the next to join: every other one in the queue that all are in."""
        number = next(self.numbers)
        queue = EVERYBODY if number % 2 else self.chance.choice(self.queues)
        return Waiting(CallId(f"c{number:06}"), queue, float(number), 0)

    def free(self, agent: AgentId, at: float) -> None:
        """Tell the pool that the agent is free, with figures like those of a long day."""
        calls = self.chance.randrange(100)
        self.pool.add_agent(agent, Figures(at, calls, calls * 180.0))

    def event(self, kind: str, change: Callable[[], object]) -> None:
        """Let something happen, and time it with all offers that it makes possible."""
        began = time.thread_time_ns()
        change()
        while (pair := match(self.pool, self.chance)) is not None:
            lease = LeaseId(str(next(self.leases)))
            self.pool.offer(lease, pair)
            self.offered.append(lease)
        self.took.setdefault(kind, []).append((time.thread_time_ns() - began) / 1e6)


def short_of_agents(waiting: int, strategy: str) -> Centre:
    """Let agents become free and calls come and go while so many wait."""
    centre = Centre(strategy)
    pool, line = centre.pool, [centre.wait() for _ in range(waiting)]
    for call in line:
        pool.add_call(call)
    for turn in range(ROUNDS):
        call, agent = centre.wait(), centre.agents[turn]
        line.append(call)
        gone = line.pop(centre.chance.randrange(len(line))).call
        centre.event("joins", lambda call=call: pool.add_call(call))  # type: ignore[misc]
        centre.event("leaves", lambda gone=gone: pool.remove_call(gone))  # type: ignore[misc]
        centre.event("free", lambda a=agent: centre.free(a, 0.0))  # type: ignore[misc]
        lease = centre.offered.pop()
        centre.event("granted", lambda it=lease: pool.granted(it))  # type: ignore[misc]
        line.append(call := centre.wait())
        pool.add_call(call)
    return centre


def short_of_calls(strategy: str) -> Centre:
    """Let calls come while all agents are free, and each offer be refused once."""
    centre = Centre(strategy)
    pool = centre.pool
    for turn, agent in enumerate(centre.agents):
        centre.free(agent, float(turn))
    for turn in range(ROUNDS):
        call = centre.wait()
        centre.event("joins", lambda call=call: pool.add_call(call))  # type: ignore[misc]
        for answer, kind in ((pool.refused, "refused"), (pool.granted, "granted")):
            lease = centre.offered.pop()
            agent = pool.leases[lease].agent
            centre.event(kind, lambda a=answer, it=lease: a(it))  # type: ignore[misc]
            centre.free(agent, AGENTS + turn)
    return centre


def matching() -> Iterator[Figure]:
    """Yield the figures of events: with many waiting, and with many free for one phone a call."""
    gc.collect()
    gc.disable()
    few, many = (short_of_agents(waiting, "most-idle") for waiting in (FEW, WAITING))
    yield from events(f"{AGENTS} agents, {WAITING} waiting", many)
    ratio = usual(many) / usual(few)
    yield Figure(
        "match",
        f"events with {WAITING} waiting / with {FEW}: p50",
        f"{ratio:.2f}",
        f"{FLAT} or less",
        met=ratio <= FLAT,
    )
    one_phone = [name for name, one in STRATEGIES.items() if one.together is Together.ONE]
    for strategy in one_phone:
        yield from events(f"{AGENTS} free, {strategy}", short_of_calls(strategy))
    gc.enable()


def usual(centre: Centre) -> float:
    """Return what one event of each kind usually costs together, in milliseconds."""
    return sum(statistics.median(took) for took in centre.took.values())


def events(scene: str, centre: Centre) -> Iterator[Figure]:
    """Yield one figure for all kinds of event: the usual one of each, and the longest of all."""
    medians = ", ".join(
        f"{kind} {statistics.median(took) * 1000:.0f}" for kind, took in centre.took.items()
    )
    longest = max(max(took) for took in centre.took.values())
    yield Figure(
        "match",
        f"{QUEUES} queues, {scene}: events",
        f"longest {longest:.2f} ms; p50 in us: {medians}",
        f"all under {LONGEST_MS:.0f} ms",
        met=longest < LONGEST_MS,
    )
