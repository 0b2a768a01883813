"""Why somebody is rung or not: always as the match decides, and told in words."""

from __future__ import annotations

import random
from copy import copy
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core.routing.match import match
from actors.core.routing.pool import Pool
from actors.core.routing.share import Rules
from actors.core.routing.strategies import STRATEGIES, Member
from actors.core.routing.why import MOST_TOLD, why_agent, why_call
from actors.floor import FloorActor
from actors.ids import AgentId, CallId, LeaseId
from actors.messages import floor as f
from actors.messages.why import AgentExplained, Bar, CallExplained, Candidate, WhyAgent, WhyCall
from actors.settings import Agent, Queue, Settings
from tests.harness import Desk
from tests.test_match import ADA, BOB, CYD, SALES, SUPPORT, is_free, pool_of, waiting
from tests.test_match_always import AGENTS, Scene, scenes

ANY = random.Random(3)  # noqa: S311 - no secret


def told(candidates: tuple[Candidate, ...]) -> set[tuple[str, str]]:
    """Return the pairs that are rung now; each other one has a reason against it."""
    assert all(one.rung_now or all(each.text for each in one.against) for one in candidates)
    return {(one.call, one.agent) for one in candidates if one.rung_now}


@given(scenes, st.sampled_from(sorted(STRATEGIES)), st.randoms(use_true_random=False))
def test_rung_now_is_told_of_exactly_whom_the_match_chooses(
    scene: Scene, strategy: str, shuffled: random.Random
) -> None:
    pool, leases, chance = scene.pool(shuffled, strategy), count(1), random.Random(5)  # noqa: S311
    while True:
        of_calls, of_agents = set[tuple[str, str]](), set[tuple[str, str]]()
        for call, want in pool.wants.items():
            said = why_call(pool, call, copy(chance))
            members = scene.members[want.told.queue]
            assert sorted(one.agent for one in said.candidates) == sorted(members)
            of_calls |= told(said.candidates)
        for agent in AGENTS:
            of_agents |= told(why_agent(pool, agent, copy(chance)).candidates)
        pair = match(pool, chance)
        assert of_calls == of_agents == ({(pair.call, pair.agent)} if pair else set())
        if pair is None:
            return
        pool.offer(LeaseId(str(next(leases))), pair)


# ---- in words ------------------------------------------------------------------------------------


def bars(pool: Pool, call: str) -> dict[AgentId, list[str]]:
    found = why_call(pool, CallId(call), copy(ANY)).candidates
    return {one.agent: [each.bar.value for each in one.against] for one in found}


def test_each_member_has_his_reasons() -> None:
    dan, eve = AgentId("d"), AgentId("e")
    members = (Member(ADA, 0), Member(BOB, 1), Member(CYD, 2, 2), Member(dan, 3), Member(eve, 4))
    pool = Pool({SALES: Rules(members, widen_after=(20.0,))})
    pool.pass_time(10.0)
    pool.add_call(waiting("1", since=5.0, avoid={ADA}))
    for agent in (ADA, CYD):
        is_free(pool, agent, 1.0)
    pool.log_on(BOB)
    is_free(pool, dan, 2.0)

    assert bars(pool, "1") == {
        dan: [],
        ADA: ["avoided"],
        CYD: ["level"],
        BOB: ["not-free"],
        eve: ["logged-off"],
    }
    said = why_call(pool, CallId("1"), copy(ANY))
    assert said.rule == (
        "behind all others, as phones could not take it; priority 0, then age: has waited 5 s; "
        "most-idle of 1 free"
    )
    texts = {one.agent: [each.text for each in one.against] for one in said.candidates}
    assert texts[CYD] == ["is of level 2; as yet the call has agents up to level 1"]


def test_a_call_behind_another_and_an_agent_behind_another_say_whom() -> None:
    pool = pool_of({SALES: [ADA, BOB], SUPPORT: [ADA]})
    pool.add_call(waiting("old", SALES, 1.0))
    pool.add_call(waiting("young", SUPPORT, 2.0))
    is_free(pool, ADA, 5.0)
    is_free(pool, BOB, 9.0)

    [young] = why_call(pool, CallId("young"), copy(ANY)).candidates
    ada, bob = why_call(pool, CallId("old"), copy(ANY)).candidates

    assert ada.rung_now
    [behind] = young.against
    assert (behind.bar, behind.call) == (Bar.CALL_BEFORE, "old")
    assert behind.text == "call old in queue sales is before this one"
    [second] = bob.against
    assert (second.bar, second.agent) == (Bar.AGENT_BEFORE, ADA)
    assert second.text == "most-idle puts agent a first"


def test_a_call_that_no_phone_is_to_ring_for_says_so() -> None:
    assert why_call(pool_of({SALES: [ADA]}), CallId("x"), copy(ANY)) == CallExplained(
        CallId("x"),
        None,
        "no phone is to be rung for it: it is unknown, talks, or rests after failed attempts",
    )


def test_an_agent_hears_what_keeps_all_calls_from_him() -> None:
    pool = pool_of({SALES: [ADA], SUPPORT: [BOB]})
    pool.add_call(waiting("1", SUPPORT))
    pool.add_call(waiting("2", SALES))

    said = why_agent(pool, ADA, copy(ANY))

    assert said.rule == "is not logged on; 1 calls wait in his queues: sales"
    assert [one.bar for one in said.against] == [Bar.LOGGED_OFF]
    assert [one.call for one in said.candidates] == ["2"]


@pytest.mark.parametrize("many", [3 * MOST_TOLD])
def test_of_a_great_many_a_part_is_told_the_first_to_be_served_and_who_is_free(many: int) -> None:
    agents = [AgentId(f"{number:04}") for number in range(many)]
    pool = pool_of({SALES: agents})
    for number in range(many):
        pool.add_call(waiting(f"c{number:04}", since=float(number)))
    is_free(pool, agents[-1], 1.0)

    of_call = why_call(pool, CallId("c0000"), copy(ANY))
    of_agent = why_agent(pool, agents[-1], copy(ANY))

    assert of_call.candidates[0].rung_now
    assert of_agent.candidates[0].rung_now
    assert len(of_call.candidates) == len(of_agent.candidates) == MOST_TOLD
    assert of_call.more == of_agent.more == many - MOST_TOLD


def test_the_floor_answers_and_rings_nobody_by_that() -> None:
    desk = Desk()
    settings = Settings(queues=(Queue(SALES),), agents=(Agent(ADA, queues=(SALES,)),))
    ada, floor = desk.agent(ADA), FloorActor(desk.world, settings)
    desk.seat(floor, role="floor")
    desk.tell(floor, f.Waiting(CallId("1"), SALES, 0.0, 0))
    desk.tell(floor, f.LoggedOn(ADA))

    of_call, of_agent = floor.handle(WhyCall(CallId("1"))), floor.handle(WhyAgent(ADA))

    assert isinstance(of_call, CallExplained)
    assert isinstance(of_agent, AgentExplained)
    assert [one.bar for one in of_call.candidates[0].against] == [Bar.NOT_FREE]
    assert of_agent.candidates == of_call.candidates
    assert ada.got == []
