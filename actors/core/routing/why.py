"""Why somebody is rung or not: the match's own predicates, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import chain, islice
from random import Random

from actors.core.routing.able import lacking
from actors.core.routing.match import Choice, choose
from actors.core.routing.pool import Pool
from actors.core.routing.share import Share
from actors.core.routing.wants import Want
from actors.ids import AgentId, CallId
from actors.messages.why import Against, AgentExplained, Bar, CallExplained, Candidate

MOST_TOLD = 200
"""Candidates in one answer: whoever asks keeps nobody waiting, however many there are."""

NOT_WAITING = "no phone is to be rung for it: it is unknown, talks, or rests after failed attempts"

TEXTS = {
    Bar.LOGGED_OFF: "is not logged on",
    Bar.NOT_FREE: "is not free",
    Bar.OFFERED: "is just being offered a call",
    Bar.ENOUGH: "as many phones ring for the call as are to ring at a time",
    Bar.AVOIDED: "the agent's phone could not take this call",
}


def why_call(pool: Pool, call: CallId, chance: Random) -> CallExplained:
    """Return who of the queue's members would be rung for the call now, and what is against others.

    `chance` as the next match would get it; it is used up.
    """
    want = pool.wants.get(call)
    share = None if want is None else pool.shares.get(want.told.queue)
    if want is None or share is None:
        return CallExplained(call, None, NOT_WAITING)
    choice = choose(pool, chance)
    free = (one.agent for one in islice(share.eligible(want.reach), MOST_TOLD))
    members = islice(dict.fromkeys(chain(free, share.free(), share.members)), MOST_TOLD)
    told = tuple(_candidate(pool, share, want, agent, choice) for agent in members)
    rule = _rule(pool, share, want)
    return CallExplained(call, want.told.queue, rule, told, len(share.members) - len(told))


def why_agent(pool: Pool, agent: AgentId, chance: Random) -> AgentExplained:
    """Return which call the agent would be rung for now, and what is against all others.

    `chance` as the next match would get it; it is used up.
    """
    choice = choose(pool, chance)
    shares = [pool.shares[queue] for queue in pool.queues_of(agent)]
    waiting = sum(share.wants.count() for share in shares)
    first = islice(merge(*(share.wants.in_order() for share in shares), key=pool.turn), MOST_TOLD)
    told = tuple(
        _candidate(pool, pool.shares[key.queue], pool.wants[key.call], agent, choice)
        for key in first
    )
    against = tuple(Against(bar, TEXTS[bar]) for bar in pool.bars(agent))
    queues = ", ".join(pool.queues_of(agent)) or "none"
    state = "; ".join(one.text for one in against) or "is free"
    rule = f"{state}; {waiting} calls wait in his queues: {queues}"
    return AgentExplained(agent, rule, against, told, waiting - len(told))


def _rule(pool: Pool, share: Share, want: Want) -> str:
    """Say by what the call is ordered among calls, and agents for it."""
    behind = "behind all others, as phones could not take it; " if want.key.behind else ""
    priority = 0 - pool.turn(want.key).lower_priority
    waited = max(0.0, pool.now - want.told.since)
    free = len(share.eligible(want.reach))
    return (
        f"{behind}priority {priority:.4g}, then age: has waited {waited:.0f} s; "
        f"{share.rules.strategy} of {free} free"
    )


def _candidate(
    pool: Pool, share: Share, want: Want, agent: AgentId, choice: Choice | None
) -> Candidate:
    told = want.told
    bars = chain(pool.bars(agent), want.bars(), share.bars(want.reach, agent))
    against = tuple(Against(bar, _text(bar, share, want, agent)) for bar in bars)
    if not against:
        against = tuple(_comes_before(want, agent, choice))
    return Candidate(told.call, agent, told.queue, against)


def _comes_before(want: Want, agent: AgentId, choice: Choice | None) -> Iterator[Against]:
    """Give who is before the call, or before the agent, where nothing else is against the two."""
    if choice is None:
        return
    call, queue = choice.key.call, choice.key.queue
    if call != want.told.call:
        text = f"call {call} in queue {queue} is before this one"
        yield Against(Bar.CALL_BEFORE, text, call=call)
    elif choice.agent != agent:
        text = f"{choice.strategy} puts agent {choice.agent} first"
        yield Against(Bar.AGENT_BEFORE, text, agent=choice.agent)


def _text(bar: Bar, share: Share, want: Want, agent: AgentId) -> str:
    if bar is Bar.LEVEL:
        own, most = share.members[agent].level, share.deepest(want.reach)
        return f"is of level {own}; as yet the call has agents up to level {most:.0f}"
    if bar is Bar.SKILLS:
        missing = lacking(share.members[agent], want.reach.skills)
        return f"lacks {', '.join(f'{name} {grade}' for name, grade in missing)}"
    return TEXTS[bar]
