"""Which waiting call goes to which free agent: the one match over all queues."""

from __future__ import annotations

from random import Random

from actors.core.routing.pool import Pair, Pool


def match(pool: Pool, chance: Random) -> Pair | None:
    """Return the next offer to make, None once nobody who is free may take a call that waits.

    Of all calls that some free agent may take, the first by priority, age and queue name gets the
    agent its queue's strategy puts first. A queue without free agents keeps nobody else waiting.
    Changes nothing: call it again after `pool.offer`, until it has nothing more.
    """
    if not pool.servable:
        return None
    first = min(pool.servable.values())
    share, want = pool.shares[first.queue], pool.wants[first.call]
    free = share.eligible(want.reach)
    agent = next(share.order(free, want, chance))
    behind = " of those held back" if first.behind else ""
    priority = f"with priority {-first.lower_priority}"
    why = f"first{behind} in {first.queue} {priority}, {share.rules.strategy} of {len(free)} free"
    return Pair(first.call, agent.agent, first.queue, why)
