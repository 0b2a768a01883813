"""Which waiting call goes to which free agent: the one match over all queues, and why it is so."""

from __future__ import annotations

from bisect import bisect_left

from actors.core.board import Board, Pair, key_of
from actors.core.strategies import STRATEGIES
from actors.ids import AgentId, CallId


def match(board: Board) -> Pair | None:
    """Return the next offer to make, None once nobody who is free may take a call that waits.

    Of all calls that some free agent may take, the first by priority, age and queue name gets the
    agent its queue's strategy names. A queue without free agents keeps nobody else waiting.
    Changes nothing: call it again after `board.offer`, until it has nothing more.
    """
    if not board.servable:
        return None
    queue = min(board.servable, key=lambda name: board.lines[name][0])
    first, free = board.lines[queue][0], board.free[queue]
    strategy = board.strategies.get(queue, "most-idle")
    agent = STRATEGIES[strategy](free.values())
    why = f"first in {queue} with priority {-first.lower_priority}, {strategy} of {len(free)} free"
    return Pair(first.call, agent.agent, queue, why)


def why_call(board: Board, call: CallId) -> str:
    """Say why this call is not being offered to anybody, or to whom it is."""
    waiting = board.waiting.get(call)
    if waiting is None:
        return "not waiting"
    if (lease := board.offered_calls.get(call)) is not None:
        return f"under offer to agent {board.leases[lease].agent}"
    queue = waiting.queue
    if not board.members.get(queue):
        return f"queue {queue} has no members"
    ahead = bisect_left(board.lines[queue], key_of(waiting))
    members, free = len(board.members[queue]), len(board.free[queue])
    return f"{ahead} ahead in queue {queue}, {free} of its {members} agents free"


def why_agent(board: Board, agent: AgentId) -> str:
    """Say why this agent is not being offered any call, or which one is."""
    if (lease := board.offered_agents.get(agent)) is not None:
        return f"under offer of call {board.leases[lease].call}"
    queues = [queue for queue, agents in board.members.items() if agent in agents]
    if not queues:
        return "a member of no queue"
    if agent not in board.idle_since:
        return "not free"
    return f"free; no call waits in {', '.join(queues)}"
