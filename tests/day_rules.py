"""What must hold after every event of any day, whatever the configuration: told by the facts alone.

The rules hold a day against a reading of its facts: who waits, rings, talks and is idle is counted
here as a reader of the journal counts it, and compared with what the actors themselves say.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from actors.agent import briefing
from actors.core.agent.shown import shown
from actors.core.agent.state import Rest, pass_time
from actors.core.routing.line import CallState
from actors.core.routing.strategies import STRATEGIES, Together
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages import facts
from actors.settings import Agent, Queue, Settings
from actors.simulation.run import Run

GRAIN = 0.002
"""Seconds: what is due in so short a time may have happened or not."""

LETTING_GO = 2.0 + 0.1
"""How long an agent may be kept by a phone that leaves our BYE unanswered."""

UNDER_LEASE = frozenset({"reserved", "ringing", "oncall"})

LONGEST_REST = 60


class RuleBrokenError(AssertionError):
    """One of the rules does not hold."""


def hold(condition: object, rule: str) -> None:
    if not condition:
        raise RuleBrokenError(rule)


def able(agents: Iterable[Agent], queue: QueueName, asked: Mapping[str, int]) -> dict[AgentId, int]:
    """Return the queue's agents who have these grades, and their levels."""
    return {
        agent.id: agent.level.get(queue, 1)
        for agent in agents
        if queue in agent.queues
        and all(agent.skills.get(name, 0) >= grade for name, grade in asked.items())
    }


@dataclass(slots=True)
class Stay:
    """An open visit as the facts tell it."""

    joined: facts.CallJoined
    avoid: set[AgentId]
    failures: int = 0
    rings: set[LeaseId] = field(default_factory=set)
    free_from: float = 0.0
    """Since or from when it may be offered, where no phone rings for it."""

    def turn(self, queue: Queue, now: float) -> tuple[bool, float, float, QueueName, CallId]:
        """Return where the caller is by then in the one order of all, the smallest first."""
        fact = self.joined
        waited = now - (fact.since or 0.0)
        grown = waited / queue.priority_every if queue.priority_every else 0.0
        priority = (fact.priority or 0) + grown
        counted = round(waited * queue.weight, 6)
        return (bool(self.avoid), -round(priority, 6), -counted, fact.queue, fact.call)

    def may_be_offered(self, now: float) -> bool:
        return not self.rings and self.free_from < now - GRAIN


@dataclass
class DayRules:
    """Reads on after each event and raises where a rule is broken."""

    run: Run
    read: int = 0
    now: float = 0.0
    stays: dict[CallId, Stay] = field(default_factory=dict)
    by_queue: dict[QueueName, dict[CallId, Stay]] = field(default_factory=dict)
    past: dict[CallId, Stay] = field(default_factory=dict)
    entered: set[CallId] = field(default_factory=set)
    finished: set[CallId] = field(default_factory=set)
    offered: Counter[QueueName] = field(default_factory=Counter)
    ended: Counter[QueueName] = field(default_factory=Counter)
    offers: dict[LeaseId, facts.CallOffered] = field(default_factory=dict)
    leases: set[LeaseId] = field(default_factory=set)
    legs: dict[LeaseId, facts.LegBridged] = field(default_factory=dict)
    engaged: dict[AgentId, LeaseId] = field(default_factory=dict)
    parted: dict[AgentId, float] = field(default_factory=dict)
    intervals: dict[AgentId, facts.AgentInterval] = field(default_factory=dict)
    idle: set[AgentId] = field(default_factory=set)
    there: set[AgentId] = field(default_factory=set)
    surely: set[AgentId] = field(default_factory=set)
    maybe: set[AgentId] = field(default_factory=set)
    """Who was logged on before the last event and is after it, or was or is: which of the event's
    facts came first is not told."""
    new: list[facts.CallOffered] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings: Settings = self.run.settings
        self.queues = {queue.name: queue for queue in settings.queues}
        self.by_queue = {queue.name: {} for queue in settings.queues}
        self.agents = {agent.id: agent for agent in settings.agents}
        self.watched = list(self.agents)
        self.able: dict[tuple[QueueName, int], dict[AgentId, int]] = {}
        for name, queue in self.queues.items():
            asks = [queue.skills, *(step.skills for step in queue.relax_skills)]
            for number, asked in enumerate(asks):
                self.able[name, number] = able(self.agents.values(), name, asked)

    def check(self, now: float) -> None:
        """Hold what has happened since the last look against all rules."""
        self.now = now
        self.new.clear()
        told = self.run.facts
        self._note_who_is_logged_on()
        begin, self.read = self.read, len(told)
        agents = set()
        for fact in told[begin:]:
            self._take(fact)
            if isinstance(fact, facts.AgentInterval):
                agents.add(fact.agent)
        self._nobody_waits_while_somebody_is_free()
        if self.watched:
            agents.add(self.watched[self.read % len(self.watched)])
        for agent in agents:
            self._no_hole(agent)
        if begin == self.read:
            return
        self._the_sums_hold()
        self._nobody_waits_for_too_long()
        self._in_order()
        self._agents_talk_as_calls_say()
        hold(self.run.floor.pool.agents.keys() == self.idle, "who is idle is who may be offered")
        hold(not self.run.floor.pool.leases, "every offer is answered")
        hold(not self.run.phones.doubled, "no phone is rung that is in a call")

    def check_the_end(self) -> None:
        """Nothing is left once the last event has happened."""
        run = self.run
        hold(not self.stays, f"visits without an ending: {list(self.stays)}")
        hold(not self.offers, f"leases without an outcome: {list(self.offers)}")
        hold(not self.legs, f"talks without an end: {list(self.legs)}")
        hold(self.entered == self.finished, "each call has one end")
        hold(not (run.phones.legs or run.callers.guests or run.sound.open), "legs are left")
        hold(not run.switchboard.calls, "calls are left")
        hold(not run.floor.pool.wants, "the floor keeps calls that are over")
        hold(not any(queue.line.calls for queue in run.queues.values()), "lines are not empty")
        for agent in run.agents.values():
            hold(isinstance(agent.state.work, Rest), f"{agent.log_name}: {agent.state.work}")
        actors = (run.switchboard, run.floor, run.sound, run.book, run.seats, run.network)
        some = (*actors, *run.agents.values(), *run.queues.values())
        hold(not any(actor.faults for actor in some), "a message could not be handled")

    def _note_who_is_logged_on(self) -> None:
        """Look at the actors: the facts do not tell of one who logs off during a call."""
        before, agents = self.there, self.run.agents.items()
        self.there = {name for name, actor in agents if actor.state.phone is not None}
        self.surely, self.maybe = self.there & before, self.there | before

    # -- what the facts say

    def _take(self, fact: facts.Fact) -> None:
        match fact:
            case facts.CallEntered(call=call):
                hold(call not in self.entered, f"{call} entered twice")
                self.entered.add(call)
            case facts.CallJoined():
                self._joined(fact)
            case facts.CallLeft(call=call, queue=queue):
                hold(call in self.stays, f"one end a visit: {fact}")
                hold(fact.ending in set(facts.VisitEnding), f"an ending: {fact}")
                self.past[call] = self.stays.pop(call)
                del self.by_queue[queue][call]
                self.ended[queue] += 1
            case facts.CallOffered():
                self._offered(fact)
            case facts.OfferEnded():
                self._offer_ended(fact)
            case facts.LegBridged(agent=agent, lease=lease):
                hold(self.engaged.get(agent) == lease, f"bridged without a lease: {fact}")
                self.legs[lease] = fact
            case facts.LegEnded(agent=agent, lease=lease):
                hold(self.legs.pop(lease, None), f"one end a talk: {fact}")
                del self.engaged[agent]
                self.parted[agent] = self.now
            case facts.CallFinished(call=call):
                hold(call not in self.stays, f"ended within a visit: {fact}")
                hold(call not in self.finished, f"one end a call: {fact}")
                self.finished.add(call)
                self.past.pop(call, None)
            case facts.AgentInterval():
                self._interval(fact)

    def _joined(self, fact: facts.CallJoined) -> None:
        call, before = fact.call, self.past.pop(fact.call, None)
        hold(call in self.entered, f"joined before it entered: {fact}")
        hold(call not in self.stays, f"a visit within a visit: {fact}")
        stay = Stay(fact, set(), free_from=self.now)
        if before is not None:
            stay.avoid, stay.failures = before.avoid, before.failures
            hold(
                abs((fact.since or 0) - (before.joined.since or 0)) < GRAIN,
                f"the place is kept: {fact}",
            )
        self.stays[call] = self.by_queue[fact.queue][call] = stay
        self.offered[fact.queue] += 1

    def _offered(self, fact: facts.CallOffered) -> None:
        lease, stay = fact.lease, self.stays.get(fact.call)
        assert lease is not None
        hold(stay is not None, f"rung for nobody: {fact}")
        together = STRATEGIES[self.queues[fact.queue].strategy].together is not Together.ONE
        hold(together or not self.stays[fact.call].rings, f"one phone at a time: {fact}")
        hold(fact.agent not in self.engaged, f"one agent one call: {fact}, {self.engaged}")
        hold(lease not in self.leases, f"a lease is used once: {fact}")
        hold(fact.agent in self._may_have(self.stays[fact.call], math.inf), f"not his: {fact}")
        self._in_time(self.stays[fact.call], fact)
        self.stays[fact.call].rings.add(lease)
        self.leases.add(lease)
        self.offers[lease] = fact
        self.engaged[fact.agent] = lease
        self.new.append(fact)

    def _offer_ended(self, fact: facts.OfferEnded) -> None:
        lease = fact.lease
        assert lease is not None
        hold(self.offers.pop(lease, None), f"one outcome a lease: {fact}")
        queue = self.queues[self.stays[fact.call].joined.queue]
        own = self.agents[fact.agent].ring_seconds
        most = queue.ring_seconds if own is None else own
        most += self._briefing(queue, self.agents[fact.agent])
        hold(fact.rang_ms <= 1000 * most + 1, f"rang too long: {fact}")
        stay = self.stays[fact.call]
        stay.rings.remove(lease)
        stay.free_from = self.now
        if fact.outcome == "answered":
            return
        del self.engaged[fact.agent]
        self.parted[fact.agent] = self.now
        if fact.outcome == "failed":
            stay.avoid = stay.avoid | {fact.agent}
            if not stay.rings:
                stay.failures += 1
                stay.free_from = self.now + min(LONGEST_REST, 2 ** (stay.failures - 1))
        elif fact.outcome != "withdrawn":
            stay.failures = 0

    def _briefing(self, queue: Queue, agent: Agent) -> float:
        """Return for how long who has picked up may hear what call it is."""
        said = briefing(queue, agent, self.run.settings.accept)
        return 0.0 if said is None else said.seconds

    def _interval(self, fact: facts.AgentInterval) -> None:
        before = self.intervals.get(fact.agent)
        if before is not None:
            hold(fact.at >= before.at, f"intervals in order: {before}, {fact}")
            hold(fact != before, f"an interval that says nothing new: {fact}")
            if before.state in UNDER_LEASE and fact.agent not in self.engaged:
                kept = self.now - self.parted.get(fact.agent, self.now)
                hold(kept < LETTING_GO, f"{before.state} for {kept} s after its end: {fact}")
        self.intervals[fact.agent] = fact
        (self.idle.add if fact.state == "idle" else self.idle.discard)(fact.agent)

    # -- the rules

    def _may_have(self, stay: Stay, now: float) -> Iterator[AgentId]:
        """Give the agents who may have the call by now, for certain."""
        moments = (now - GRAIN, now + GRAIN)
        most = min(
            self._level(stay, moments[0], self._asked(stay, at), self.maybe) for at in moments
        )
        able = self.able[stay.joined.queue, self._asked(stay, moments[0])]
        for name, level in able.items():
            if level <= most and name not in stay.avoid:
                yield name

    def _in_time(self, stay: Stay, fact: facts.CallOffered) -> None:
        """Hold against the call's waiting time that the agent is rung."""
        moments = (self.now - GRAIN, self.now + GRAIN)
        most = max(
            self._level(stay, moments[1], self._asked(stay, at), self.surely) for at in moments
        )
        able = self.able[fact.queue, self._asked(stay, moments[1])]
        hold(fact.agent in able, f"without the skills: {fact}")
        hold(able[fact.agent] <= most, f"before his level's time: {fact}")

    def _asked(self, stay: Stay, now: float) -> int:
        """Return how often less is asked for by then than at first."""
        steps = self.queues[stay.joined.queue].relax_skills
        return sum((stay.joined.since or 0.0) + step.after <= now for step in steps)

    def _level(self, stay: Stay, now: float, asked: int, there: set[AgentId]) -> float:
        """Return up to which level agents may have the call, where those are logged on."""
        fact = stay.joined
        able = self.able[fact.queue, asked]
        for level, after in enumerate(self.queues[fact.queue].widen_after, 1):
            used = any(able.get(agent) == level for agent in there)
            if used and (fact.since or 0.0) + after > now:
                return level
        return math.inf

    def _nobody_waits_while_somebody_is_free(self) -> None:
        if not self.idle or not self.stays:
            return
        for stay in self.stays.values():
            if stay.may_be_offered(self.now):
                free = self.idle.intersection(self._may_have(stay, self.now))
                hold(not free, f"{free} idle while {stay} waits at {self.now}")

    def _nobody_waits_for_too_long(self) -> None:
        for queue in self.queues.values():
            if queue.max_wait > 0:
                for stay in self.by_queue[queue.name].values():
                    waited = self.now - stay.joined.at
                    late = not stay.rings and waited > queue.max_wait + GRAIN
                    hold(not late, f"waits for {waited} s, {queue.max_wait} at most: {stay}")

    def _the_sums_hold(self) -> None:
        for name, actor in self.run.queues.items():
            states = Counter(call.state for call in actor.line.calls.values())
            waiting = states[CallState.WAITING] + states[CallState.ASSIGNED]
            sums = (self.offered[name], self.ended[name], waiting)
            hold(sums[0] == sums[1] + waiting, f"offered = ended + waiting: {name} {sums}")
            hold(len(self.by_queue[name]) == waiting, f"{name}: who waits by the facts")

    def _in_order(self) -> None:
        """Nobody was offered while another waits before him whom the same agent may have."""
        for offer in self.new:
            stay = self.stays.get(offer.call)
            if stay is None:
                continue
            for older in self._before(offer.agent):
                if self._turn(older) < self._turn(stay) and offer.agent in self._may_have(
                    older, self.now
                ):
                    hold(False, f"out of order at {self.now}: {offer} before {older}")  # noqa: FBT003

    def _turn(self, stay: Stay) -> tuple[bool, float, float, QueueName, CallId]:
        return stay.turn(self.queues[stay.joined.queue], self.now)

    def _before(self, agent: AgentId) -> Iterable[Stay]:
        for queue in self.agents[agent].queues:
            for stay in self.by_queue[queue].values():
                if stay.may_be_offered(self.now):
                    yield stay

    def _agents_talk_as_calls_say(self) -> None:
        talking = {leg.agent for leg in self.legs.values()}
        for agent, interval in self.intervals.items():
            on_call = interval.state == "oncall"
            hold(on_call or agent not in talking, f"{agent} talks, and is {interval.state}")
            if on_call and agent not in talking:
                kept = self.now - self.parted.get(agent, -math.inf)
                hold(kept < LETTING_GO, f"{agent} is oncall with nobody for {kept} s")

    def _no_hole(self, agent: AgentId) -> None:
        """The agent's last interval says what he is, time that has passed included."""
        actor = self.run.agents[agent]
        now = shown(pass_time(actor.state, self.now - GRAIN, actor.rules), actor.rules)
        told = self.intervals[agent].state
        hold(now == told, f"{agent} is {now}, the journal says {told}, at {self.now}")


def hold_against_all_rules(run: Run) -> None:
    """Let the day happen, and hold each of its events against all rules."""
    rules = DayRules(run)
    for moment in run.events():
        rules.check(moment)
    rules.check_the_end()
