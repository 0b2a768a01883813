"""One queue's waiting line: who is in it, in which order and state."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from actors.ids import AgentId, CallId, QueueName
from actors.messages.floor import Join
from actors.messages.views import CallView, QueueSnapshot


class CallState(StrEnum):
    """A call's state as REST shows it, in the order of the snapshot."""

    WAITING = "waiting"
    ASSIGNED = "assigned"
    CONNECTED = "connected"


Place = tuple[int, float, CallId]

RANK = {state: rank for rank, state in enumerate(CallState)}


@dataclass(slots=True)
class InLine:
    """A call in the line; `agent` is who it is assigned to or connected with.

    `avoid`: whose phones could not take it; `tried`: whose were rung, the latest last; `ringing`:
    whose ring now, for the `rounds`-th time that any do, and `steps` is how often one more was let
    ring in this round.
    What REST shows of it is made once for each state: the same object tells whoever asks that
    nothing has changed.
    """

    join: Join
    state: CallState = CallState.WAITING
    agent: AgentId | None = None
    tried: tuple[AgentId, ...] = ()
    ringing: frozenset[AgentId] = frozenset()
    rounds: int = 0
    steps: int = 1
    avoid: frozenset[AgentId] = field(init=False)
    view: CallView = field(init=False)

    def __post_init__(self) -> None:
        self.avoid = self.join.avoid
        self.view = view(self.join, self.state)

    def change(self, state: CallState, agent: AgentId | None) -> None:
        """Be in another state."""
        self.state, self.agent = state, agent
        self.view = view(self.join, state)


class Line:
    """The calls of one queue, from joining to leaving. Place and age are kept whatever happens."""

    def __init__(self, name: QueueName) -> None:
        self.name = name
        self.calls: dict[CallId, InLine] = {}
        self._states: Counter[CallState] = Counter()
        self._places: list[Place] = []
        """Who is not connected, next first."""

    def join(self, call: Join) -> None:
        """Let the call wait."""
        self.leave(call.call)
        self.calls[call.call] = InLine(call)
        self._states[CallState.WAITING] += 1
        insort(self._places, place(call))

    def assign(self, call: CallId, agent: AgentId) -> InLine | None:
        """Note that this agent's phone is rung for the call; None where it is not in the line."""
        if not self._change(call, CallState.ASSIGNED, agent):
            return None
        found = self.calls[call]
        found.tried = (*(one for one in found.tried if one != agent), agent)
        if not found.ringing:
            found.rounds, found.steps = found.rounds + 1, 1
        found.ringing |= {agent}
        return found

    def still_rings(
        self, call: CallId, agents: frozenset[AgentId], avoid: frozenset[AgentId]
    ) -> InLine | None:
        """Note whose phones still ring for the call; None where none does or it is not here."""
        found = self.calls.get(call)
        if found is None or found.state is not CallState.ASSIGNED:
            return None
        found.ringing, found.avoid = agents, avoid
        return found

    def one_more(self, call: CallId, ring_round: int) -> InLine | None:
        """Let one more phone ring for the call, where any of that round still do."""
        found = self.calls.get(call)
        if found is None or found.state is not CallState.ASSIGNED or found.rounds != ring_round:
            return None
        found.steps += 1
        return found

    def connect(self, call: CallId, agent: AgentId) -> bool:
        """Note that caller and agent talk; False where the call is not in the line."""
        return self._change(call, CallState.CONNECTED, agent)

    def give_back(self, call: CallId, avoid: frozenset[AgentId] | None = None) -> InLine | None:
        """Let the call wait again, in its place; None where it is not in the line."""
        if not self._change(call, CallState.WAITING, None):
            return None
        found = self.calls[call]
        found.ringing, found.steps = frozenset(), 1
        found.avoid = found.avoid if avoid is None else avoid
        return found

    def place_of(self, call: CallId) -> int:
        """Return the place of a call that waits, or whose agent's phone rings: 1 for the next."""
        return bisect_left(self._places, place(self.calls[call].join)) + 1

    def leave(self, call: CallId) -> InLine | None:
        """Forget the call; return it as it was, None where it is not in the line."""
        gone = self.calls.pop(call, None)
        if gone is not None:
            self._states[gone.state] -= 1
            self._unplace(gone)
        return gone

    def waiting(self) -> int:
        """Return how many calls wait, those whose agent's phone rings not among them."""
        return self._states[CallState.WAITING]

    def snapshot(self) -> QueueSnapshot:
        """Return the waiting calls, next first, then the assigned, then the connected ones."""
        ordered = sorted(self.calls.values(), key=order)
        return QueueSnapshot(self.name, tuple(call.view for call in ordered))

    def _change(self, call: CallId, state: CallState, agent: AgentId | None) -> bool:
        found = self.calls.get(call)
        if found is None:
            return False
        self._states[found.state] -= 1
        self._states[state] += 1
        if state is CallState.CONNECTED:
            self._unplace(found)
        elif found.state is CallState.CONNECTED:
            insort(self._places, place(found.join))
        found.change(state, agent)
        return True

    def _unplace(self, call: InLine) -> None:
        if call.state is not CallState.CONNECTED:
            del self._places[bisect_left(self._places, place(call.join))]


def order(call: InLine) -> tuple[int, Place]:
    """Return the call's place in the snapshot; within a state as the match orders calls."""
    return (RANK[call.state], place(call.join))


def place(join: Join) -> Place:
    """Return what the match orders the calls of one queue by."""
    return (-join.priority, join.since, join.call)


def view(join: Join, state: CallState) -> CallView:
    """Return the call as REST shows it."""
    return CallView(join.sip_call_id, state.value, join.caller, join.called)
