"""All open wants and all free agents, indexed by queue, so that a match need not search.

A plain class with changing tables: thousands of calls wait, tens of thousands of agents are free,
and each change is to cost microseconds. Who is under an offer is kept, but out of the index, until
the offer is answered.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from actors.core.routing.share import Rules, Share
from actors.core.routing.strategies import Figures, Together
from actors.core.routing.wants import Key, Reach, Turn, Want, key_of
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages.floor import Waiting
from actors.messages.why import Bar


@dataclass(frozen=True, slots=True)
class Pair:
    """This call is to be offered to this agent; `why` in words."""

    call: CallId
    agent: AgentId
    queue: QueueName
    why: str


class Pool:
    """Who waits and who is free, over all queues, and the leases no agent has answered yet."""

    def __init__(self, queues: Mapping[QueueName, Rules]) -> None:
        self.shares = {queue: Share(rules) for queue, rules in queues.items()}
        self.servable: dict[QueueName, Key] = {}
        """Each queue's first want that some free agent may take: empty once all is matched."""
        self.wants: dict[CallId, Want] = {}
        self.agents: dict[AgentId, Figures] = {}
        """Whoever was told free, offered something meanwhile or not."""
        self.there: set[AgentId] = set()
        """Whoever is logged on, free or not."""
        self.leases: dict[LeaseId, Pair] = {}
        self.leases_of: dict[CallId, set[LeaseId]] = {}
        self.lease_on: dict[AgentId, LeaseId] = {}
        self.rung_level: dict[CallId, int] = {}
        """Where all of one level ring together: of which level, until none of them does."""
        self.now = 0.0
        """What waiting has made of all wants up to then, in monotonic seconds, is in effect."""
        self._widens: list[tuple[float, CallId]] = []
        self._listed: set[AgentId] = set()
        self._queues_of: dict[AgentId, list[QueueName]] = {}
        for queue, share in self.shares.items():
            for agent in share.members:
                self._queues_of.setdefault(agent, []).append(queue)

    # -- queues

    def set_queue(self, queue: QueueName, rules: Rules) -> None:
        """Have the queue, or have it by other rules: who waits, and for how long, stays as it is.

        So do the figures of who is free, and whose turn it was.
        """
        before = self.shares.get(queue)
        share = Share(rules) if before is None else Share(rules, before)
        concerned = {*share.members, *(before.members if before else ())}
        listed = [agent for agent in concerned if agent in self._listed]
        wants = [want for want in self.wants.values() if want.told.queue == queue]
        for agent in listed:
            self._unlist_agent(agent)
        self.shares[queue] = share
        for agent in concerned:
            left = [one for one in self._queues_of.get(agent, ()) if one != queue]
            self._queues_of[agent] = [*left, queue] if agent in share.members else left
        for agent in share.members.keys() & self.there:
            share.log_on(agent)
        for agent in listed:
            self._list_agent(agent, self.agents[agent])
        for want in wants:
            want.key = key_of(want.told, rules.priority_every)
            self._reach_further(want)
            self._list_want(want)

    def remove_queue(self, queue: QueueName) -> None:
        """Have the queue no more; a call that still waits in it waits for nobody."""
        share = self.shares.get(queue)
        if share is None:
            return
        listed = [agent for agent in share.members if agent in self._listed]
        for agent in listed:
            self._unlist_agent(agent)
        del self.shares[queue]
        self.servable.pop(queue, None)
        for agent in share.members:
            self._queues_of[agent] = [one for one in self._queues_of[agent] if one != queue]
        for agent in listed:
            self._list_agent(agent, self.agents[agent])

    # -- time

    def pass_time(self, now: float) -> None:
        """Let calls that have waited long enough have agents of further levels or grades, too."""
        self.now = max(self.now, now)
        while self._widens and self._widens[0][0] <= now:
            moment, call = heappop(self._widens)
            want = self.wants.get(call)
            if want is not None and want.widens_at == moment:
                self._unlist_want(want)
                self.rung_level.pop(call, None)
                self._reach_further(want)
                self._list_want(want)

    def turn(self, key: Key) -> Turn:
        """Return where the call is now in the one order of all."""
        return self.shares[key.queue].rules.turn(key, self.now)

    def next_moment(self) -> float | None:
        """Return when time alone will change something next."""
        return self._widens[0][0] if self._widens else None

    def _reach_further(self, want: Want) -> None:
        """Let the call have whom it may have by now; note when there will be more of them."""
        call, share = want.told, self.shares.get(want.told.queue)
        if share is None:
            return
        level = share.rules.level_at(call.since, self.now)
        skills = share.rules.skills_at(call.since, self.now)
        want.reach = Reach(call.avoid, self.rung_level.get(call.call, level), skills)
        want.widens_at = share.rules.widens_at(call.since, self.now)
        if want.widens_at is not None:
            heappush(self._widens, (want.widens_at, call.call))

    # -- calls

    def add_call(self, call: Waiting) -> None:
        """Let phones be rung for the call; told again, with its new priority, age or number."""
        known = self.wants.get(call.call)
        if known is not None and known.told.visit > call.visit:
            return  # of a queue in which it waits no longer
        rung_level = self.rung_level.get(call.call)
        self.remove_call(call.call, call.visit)
        offered = self._offered(call)
        if rung_level is not None and (call.ringing or offered):
            self.rung_level[call.call] = rung_level
        more = call.phones - offered
        share = self.shares.get(call.queue)
        every = share.rules.priority_every if share else 0.0
        want = Want(call, more, key_of(call, every), Reach(call.avoid))
        self._reach_further(want)
        self.wants[call.call] = want
        self._list_want(want)

    def remove_call(self, call: CallId, visit: float = math.inf) -> None:
        """Let no phone be rung for the call any more; a visit later than that one goes on."""
        want = self.wants.get(call)
        if want is not None and want.told.visit > visit:
            return
        self.rung_level.pop(call, None)
        if want is not None:
            del self.wants[call]
            self._unlist_want(want)

    def _offered(self, call: Waiting) -> int:
        """Return how many agents the call is being offered to, as one of the queue it waits in."""
        leases = self.leases_of.get(call.call, ())
        return sum(self.leases[lease].queue == call.queue for lease in leases)

    def _want_of(self, pair: Pair) -> Want | None:
        """Return the want that the offer was made for; None where the call waits elsewhere now."""
        want = self.wants.get(pair.call)
        return want if want is not None and want.told.queue == pair.queue else None

    # -- agents

    def add_agent(self, agent: AgentId, figures: Figures) -> None:
        """Let the agent be offered calls; told again, with new figures."""
        self.log_on(agent)
        self._unlist_agent(agent)
        self.agents[agent] = figures
        if not any(self.bars(agent)):
            self._list_agent(agent, figures)

    def remove_agent(self, agent: AgentId) -> None:
        """Let the agent not be offered anything."""
        self.agents.pop(agent, None)
        self._unlist_agent(agent)

    def bars(self, agent: AgentId) -> Iterator[Bar]:
        """Give each rule by which the agent is not offered any call."""
        if agent not in self.there:
            yield Bar.LOGGED_OFF
        elif agent not in self.agents:
            yield Bar.NOT_FREE
        if agent in self.lease_on:
            yield Bar.OFFERED

    def queues_of(self, agent: AgentId) -> Sequence[QueueName]:
        """Return the queues the agent is in."""
        return self._queues_of.get(agent, ())

    def log_on(self, agent: AgentId) -> None:
        """Let calls wait for the agent: he is there. Told again it changes nothing."""
        if agent not in self.there:
            self.there.add(agent)
            queues = self.queues_of(agent)
            for queue in queues:
                self.shares[queue].log_on(agent)
            self._mark(queues)

    def log_off(self, agent: AgentId) -> None:
        """Let nobody wait for the agent, nor offer him anything; his figures begin anew."""
        self.remove_agent(agent)
        if agent in self.there:
            self.there.remove(agent)
            queues = self.queues_of(agent)
            for queue in queues:
                self.shares[queue].log_off(agent)
            self._mark(queues)

    # -- offers

    def offer(self, lease: LeaseId, pair: Pair) -> None:
        """Take the agent out of the match until the offer is answered; the call wants one less."""
        self.leases[lease] = pair
        self.leases_of.setdefault(pair.call, set()).add(lease)
        self.lease_on[pair.agent] = lease
        self._unlist_agent(pair.agent)
        share, want = self.shares[pair.queue], self.wants[pair.call]
        share.offered(pair.agent)
        self._unlist_want(want)
        want.more -= 1
        if share.strategy.together is Together.ALL:
            level = self.rung_level[pair.call] = share.members[pair.agent].level
            want.reach = want.reach._replace(level=level)
        self._list_want(want)

    def granted(self, lease: LeaseId) -> Pair | None:
        """Forget the agent, and a call that wants nobody more: each will be told of anew.

        None where the lease is no open offer.
        """
        pair = self._close(lease)
        if pair is not None:
            self.agents.pop(pair.agent, None)
            want = self._want_of(pair)
            if want is not None and want.more <= 0 and not self._offered(want.told):
                del self.wants[pair.call]
        return pair

    def refused(self, lease: LeaseId) -> Pair | None:
        """Let the call have another agent at once; this one only when next told free."""
        pair = self._close(lease)
        if pair is not None:
            self.agents.pop(pair.agent, None)
            want = self._want_of(pair)
            if want is not None:
                self._unlist_want(want)
                want.more += 1
                self._list_want(want)
        return pair

    def _close(self, lease: LeaseId) -> Pair | None:
        pair = self.leases.pop(lease, None)
        if pair is not None:
            del self.lease_on[pair.agent]
            self.leases_of[pair.call].remove(lease)
            if not self.leases_of[pair.call]:
                del self.leases_of[pair.call]
        return pair

    # -- the index: whatever may be matched now

    def _list_want(self, want: Want) -> None:
        share = self.shares.get(want.told.queue)
        if share is not None and not any(want.bars()):
            share.wants.add(want)
            self._mark((want.told.queue,))

    def _unlist_want(self, want: Want) -> None:
        share = self.shares.get(want.told.queue)
        if share is not None:
            share.wants.discard(want)
            self._mark((want.told.queue,))

    def _list_agent(self, agent: AgentId, figures: Figures) -> None:
        queues = self.queues_of(agent)
        for queue in queues:
            self.shares[queue].list_agent(agent, figures)
        self._listed.add(agent)
        self._mark(queues)

    def _unlist_agent(self, agent: AgentId) -> None:
        if agent in self._listed:
            self._listed.remove(agent)
            queues = self.queues_of(agent)
            for queue in queues:
                self.shares[queue].unlist_agent(agent)
            self._mark(queues)

    def _mark(self, queues: Iterable[QueueName]) -> None:
        """Note the first want of each queue that may be offered now."""
        for queue in queues:
            first = self.shares[queue].first()
            if first is None:
                self.servable.pop(queue, None)
            else:
                self.servable[queue] = first
