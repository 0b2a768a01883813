"""The one match always: as defined, nobody overlooked or overtaken, whatever there is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core.routing.pool import Pool
from actors.core.routing.share import Rules
from actors.core.routing.strategies import Member
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages.floor import Waiting
from tests.test_match import SALES, SUPPORT, VIP, is_free, names, offer_all, pool_of, waiting

# ---- always ------------------------------------------------------------------------------------

AGENTS = [AgentId(str(number)) for number in range(6)]
QUEUES = [SALES, SUPPORT, VIP]

memberships = st.fixed_dictionaries(
    {queue: st.lists(st.sampled_from(AGENTS), unique=True) for queue in QUEUES}
)
calls = st.lists(
    st.builds(
        Waiting,
        st.integers(0, 99).map(lambda number: CallId(f"c{number}")),
        st.sampled_from(QUEUES),
        st.sampled_from([1.0, 2.0, 2.5]),
        st.integers(0, 2),
        st.frozensets(st.sampled_from(AGENTS), max_size=2),
        st.sampled_from([1, 1, 1, 2, 9]),
    ),
    unique_by=lambda call: call.call,
)
free_agents = st.dictionaries(st.sampled_from(AGENTS), st.sampled_from([0.0, 1.0, 7.5]))
WIDEN_AFTER = (2.0, 5.0)
SKILLED = GROWING = SUPPORT
EVERY, WEIGHT = 2.0, 3.0
"""Of queue SUPPORT's priority, of SALES; powers of two and whole numbers have no rounding."""
RELAXED = (0.0, 3.0, 6.0)
ASKS = tuple((after, (("tea", 2 - at),)) for at, after in enumerate(RELAXED))
moments = st.sampled_from([1.0, 3.0, 4.5, 6.0, 9.0])


def level(members: Sequence[AgentId], agent: AgentId) -> int:
    """The levels of a queue go round: 1, 2, 3, 1 ..."""
    return 1 + members.index(agent) % 3


def grade(agent: AgentId) -> int:
    """The grade of each agent in what SUPPORT asks for."""
    return int(agent) % 3


def reaches(
    call: Waiting,
    members: Sequence[AgentId],
    there: AbstractSet[AgentId],
    agent: AgentId,
    now: float,
) -> bool:
    """Whether the agent is one of those who may have the call by now.

    A level's time counts only where some of those who are `there` and able are of it.
    """
    asked = max((at for at, after in enumerate(RELAXED) if call.since + after <= now), default=0)
    able = [one for one in members if call.queue != SKILLED or grade(one) >= 2 - asked]
    if agent not in able:
        return False
    reached, levels = 1, {level(members, one) for one in able if one in there}
    while reached < 3 and (reached not in levels or call.since + WIDEN_AFTER[reached - 1] <= now):
        reached += 1
    return agent not in call.avoid and level(members, agent) <= reached


def pool_with_levels(
    members: Mapping[QueueName, Sequence[AgentId]], strategy: str = "most-idle"
) -> Pool:
    return Pool(
        {
            queue: Rules(
                tuple(
                    Member(one, n, level(agents, one), skills=(("tea", grade(one)),))
                    for n, one in enumerate(agents)
                ),
                strategy,
                widen_after=WIDEN_AFTER,
                priority_every=EVERY if queue == GROWING else 0.0,
                weight=WEIGHT if queue == SALES else 1.0,
                asks=ASKS if queue == SKILLED else ((0.0, ()),),
            )
            for queue, agents in members.items()
        }
    )


@dataclass(frozen=True)
class Scene:
    """A centre at one moment."""

    members: dict[QueueName, list[AgentId]]
    calls: list[Waiting]
    free: dict[AgentId, float]
    others: set[AgentId]
    """Logged on, too, those of them who are not free."""
    now: float

    @property
    def there(self) -> set[AgentId]:
        """Who is logged on."""
        return {*self.free, *self.others}

    def reaches(self, call: Waiting, agent: AgentId) -> bool:
        """Whether the call may have this member of its queue."""
        return reaches(call, self.members[call.queue], self.there, agent, self.now)

    def pool(self, shuffled: random.Random, strategy: str = "most-idle") -> Pool:
        """All of it on a pool, put there in any order."""
        pool = pool_with_levels(self.members, strategy)
        calls = [partial(pool.add_call, call) for call in self.calls]
        agents = [partial(is_free, pool, agent, since) for agent, since in self.free.items()]
        agents += [partial(pool.log_on, agent) for agent in self.others]
        steps = [*calls, *agents, partial(pool.pass_time, 1.0), partial(pool.pass_time, self.now)]
        shuffled.shuffle(steps)
        for put in steps:
            put()
        pool.pass_time(self.now)
        return pool

    def turn(self, call: Waiting) -> tuple[bool, float, float, QueueName, CallId]:
        """Where the call is in the one order by then."""
        waited, grows = self.now - call.since, call.queue == GROWING
        priority = call.priority + (waited / EVERY if grows else 0.0)
        counted = waited * (WEIGHT if call.queue == SALES else 1.0)
        return (bool(call.avoid), -priority, -counted, call.queue, call.call)

    def by_definition(self) -> list[tuple[str, str]]:
        """The same match as a definition: slow and plain."""
        free, pairs = dict(self.free), []
        for call in sorted(self.calls, key=self.turn):
            members = self.members[call.queue]
            eligible = [a for a in members if a in free and self.reaches(call, a)]
            eligible.sort(key=lambda a: (level(members, a), free[a], members.index(a)))
            for best in eligible[: call.phones]:
                pairs.append((str(call.call), str(best)))
                del free[best]
        return pairs


scenes = st.builds(
    Scene, memberships, calls, free_agents, st.sets(st.sampled_from(AGENTS), max_size=3), moments
)


@given(scenes, st.randoms(use_true_random=False))
def test_the_match_is_its_definition(scene: Scene, shuffled: random.Random) -> None:
    assert names(offer_all(scene.pool(shuffled))) == scene.by_definition()


@given(scenes, st.randoms(use_true_random=False))
def test_nobody_free_is_left_while_a_call_they_may_take_waits(
    scene: Scene, shuffled: random.Random
) -> None:
    pairs = offer_all(scene.pool(shuffled))

    offered = Counter(pair.call for pair in pairs)
    taken = {pair.agent for pair in pairs}
    assert len(taken) == len(pairs)
    for call in scene.calls:
        assert offered[call.call] <= call.phones
        if offered[call.call] < call.phones:
            members = scene.members[call.queue]
            may = [a for a in members if scene.reaches(call, a)]
            assert not [a for a in may if a in scene.free and a not in taken]


@given(scenes, st.randoms(use_true_random=False))
def test_no_call_is_overtaken_for_an_agent_it_might_have_had(
    scene: Scene, shuffled: random.Random
) -> None:
    pairs = offer_all(scene.pool(shuffled))

    served = dict[CallId, list[int]]()
    for turn, pair in enumerate(pairs):
        served.setdefault(pair.call, []).append(turn)
    by_id = {call.call: call for call in scene.calls}
    for turn, pair in enumerate(pairs):
        for other in scene.calls:
            members = scene.members[other.queue]
            might_have = pair.agent in members and scene.reaches(other, pair.agent)
            if might_have and scene.turn(other) < scene.turn(by_id[pair.call]):
                assert len(served[other.call]) == other.phones
                assert served[other.call][-1] < turn


changes = st.lists(
    st.one_of(
        st.builds(lambda call: ("wait", call), calls.filter(bool).map(lambda some: some[0])),
        st.tuples(st.just("leave"), st.integers(0, 99).map(lambda number: CallId(f"c{number}"))),
        st.tuples(st.just("free"), st.tuples(st.sampled_from(AGENTS), st.sampled_from([0.0, 3.0]))),
        st.tuples(st.just("engaged"), st.sampled_from(AGENTS)),
        st.tuples(st.just("logs on"), st.sampled_from(AGENTS)),
        st.tuples(st.just("logs off"), st.sampled_from(AGENTS)),
        st.tuples(st.just("time"), moments),
        st.tuples(st.just("granted"), st.integers(1, 20).map(lambda number: LeaseId(str(number)))),
        st.tuples(st.just("refused"), st.integers(1, 20).map(lambda number: LeaseId(str(number)))),
    ),
    max_size=40,
)


@given(memberships, changes)
def test_the_index_always_holds_exactly_what_may_be_matched(
    members: dict[QueueName, list[AgentId]], steps: list[tuple[str, object]]
) -> None:
    pool, leases, now = pool_with_levels(members), count(1), 0.0
    pool.pass_time(now)
    acts = {
        "wait": pool.add_call,
        "leave": pool.remove_call,
        "free": lambda pair: is_free(pool, *pair),
        "engaged": pool.remove_agent,
        "logs on": pool.log_on,
        "logs off": pool.log_off,
        "time": pool.pass_time,
        "granted": pool.granted,
        "refused": pool.refused,
    }

    for act, what in steps:
        if act == "time":
            now = max(now, cast("float", what))
        acts[act](what)  # type: ignore[operator]
        offer_all(pool, leases)

        lines = [line for share in pool.shares.values() for line in share.wants.lines.values()]
        assert all(line == sorted(line) and line for line in lines)
        listed = [key.call for line in lines for key in line]
        assert sorted(listed) == sorted(c for c, want in pool.wants.items() if want.more > 0)
        for want in pool.wants.values():
            own, share = members[want.told.queue], pool.shares[want.told.queue]
            for agent in own:
                may_have = reaches(want.told, own, pool.there, agent, now)
                assert may_have == (not any(share.bars(want.reach, agent)))
        for queue, agents in members.items():
            listed_free = (set(pool.agents) - set(pool.lease_on)) & {*agents}
            for skills, able in pool.shares[queue].able.items():
                least = max((asked for _, asked in skills), default=0)
                assert able.free == sorted(able.free)
                assert {one.agent for one in able.free} == {
                    one for one in listed_free if grade(one) >= least
                }
        assert (
            set(pool.lease_on.values()) == {*pool.leases} == set().union(*pool.leases_of.values())
        )
        assert not pool.servable


# ---- cost --------------------------------------------------------------------------------------


class Counted(list[Any]):
    """A sorted list that counts how often it is looked into; bisect and insort look, too."""

    looks = 0

    def __getitem__(self, index: Any) -> Any:
        Counted.looks += 1
        return super().__getitem__(index)

    def __iter__(self) -> Iterator[Any]:
        for one in super().__iter__():
            Counted.looks += 1
            yield one


@pytest.mark.parametrize(("free", "calls"), [(0, 2000), (50_000, 0)])
def test_an_offer_looks_at_a_few_calls_and_agents_however_many_there_are(
    free: int, calls: int
) -> None:
    agents = [AgentId(f"{number:05}") for number in range(max(free, 1))]
    pool = pool_of({SALES: agents})
    for number in range(calls):
        pool.add_call(waiting(f"c{number:05}", SALES, float(number)))
    for number, agent in enumerate(agents[:free]):
        is_free(pool, agent, float(number))
    share = pool.shares[SALES]
    able = share.able[()]
    able.free = Counted(able.free)
    share.wants.lines = {reach: Counted(line) for reach, line in share.wants.lines.items()}

    Counted.looks = 0
    if free:
        pool.add_call(waiting("new", SALES, 9999.0))
    else:
        is_free(pool, agents[0], 9999.0)
    [pair] = offer_all(pool)

    assert pair.agent == agents[0]
    # Twice the depth of a search by halves, and the first of each.
    assert Counted.looks < 60
