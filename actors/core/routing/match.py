"""Which waiting call goes to which free agent: the one match over all queues."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from actors.core.routing.pool import Pair, Pool
from actors.core.routing.wants import Key
from actors.ids import AgentId


@dataclass(frozen=True, slots=True)
class Choice:
    """The want to be served next, and the agent to be rung: by that strategy, of so many `free`."""

    key: Key
    agent: AgentId
    strategy: str
    free: int


def match(pool: Pool, chance: Random) -> Pair | None:
    """Return the next offer to make, None once nobody who is free may take a call that waits.

    Of all calls that some free agent may take, the first by priority, age and queue name (see Turn)
    gets the agent its queue's strategy puts first. A queue without free agents keeps nobody else
    waiting.
    Changes nothing: call it again after `pool.offer`, until it has nothing more.
    """
    choice = choose(pool, chance)
    if choice is None:
        return None
    key = choice.key
    behind = " of those held back" if key.behind else ""
    priority = f"with priority {0 - pool.turn(key).lower_priority:.4g}"
    why = f"first{behind} in {key.queue} {priority}, {choice.strategy} of {choice.free} free"
    return Pair(key.call, choice.agent, key.queue, why)


def choose(pool: Pool, chance: Random) -> Choice | None:
    """Return what is to be offered next, None where nothing can be."""
    if not pool.servable:
        return None
    first = min(pool.servable.values(), key=pool.turn)
    share, want = pool.shares[first.queue], pool.wants[first.call]
    free = share.eligible(want.reach)
    agent = next(share.order(free, want, chance)).agent
    return Choice(first, agent, share.rules.strategy, len(free))
