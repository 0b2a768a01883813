"""Which waiting call goes to which free agent: the one match over all queues."""

from __future__ import annotations

from actors.core.routing.pool import Pair, Pool
from actors.core.routing.strategies import STRATEGIES


def match(pool: Pool) -> Pair | None:
    """Return the next offer to make, None once nobody who is free may take a call that waits.

    Of all calls that some free agent may take, the first by priority, age and queue name gets the
    agent its queue's strategy names. A queue without free agents keeps nobody else waiting.
    Changes nothing: call it again after `pool.offer`, until it has nothing more.
    """
    if not pool.servable:
        return None
    first = min(pool.servable.values())
    queue, free = first.queue, pool.eligible(first)
    strategy = pool.strategies.get(queue, "most-idle")
    agent = STRATEGIES[strategy](free)
    behind = " of those held back" if first.behind else ""
    priority = f"with priority {-first.lower_priority}"
    why = f"first{behind} in {queue} {priority}, {strategy} of {len(free)} free"
    return Pair(first.call, agent.agent, queue, why)
