"""Which waiting call goes to which free agent: the one match over all queues, and why it is so."""

from __future__ import annotations

from bisect import bisect_left

from actors.core.routing.pool import Pair, Pool, key_of
from actors.core.routing.strategies import STRATEGIES
from actors.ids import AgentId, CallId


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


def why_call(pool: Pool, call: CallId) -> str:
    """Say why this call is not being offered to anybody, or to whom it is."""
    waiting = pool.waiting.get(call)
    if waiting is None:
        return "not waiting"
    if (lease := pool.offered_calls.get(call)) is not None:
        return f"under offer to agent {pool.leases[lease].agent}"
    queue = waiting.queue
    if not pool.members.get(queue):
        return f"queue {queue} has no members"
    ahead = bisect_left(pool.lines[queue], key_of(waiting))
    members, free = len(pool.members[queue]), len(pool.free[queue])
    return f"{ahead} ahead in queue {queue}, {free} of its {members} agents free"


def why_agent(pool: Pool, agent: AgentId) -> str:
    """Say why this agent is not being offered any call, or which one is."""
    if (lease := pool.offered_agents.get(agent)) is not None:
        return f"under offer of call {pool.leases[lease].call}"
    queues = [queue for queue, agents in pool.members.items() if agent in agents]
    if not queues:
        return "a member of no queue"
    if agent not in pool.idle_since:
        return "not free"
    return f"free; no call waits in {', '.join(queues)}"
