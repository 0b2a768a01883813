"""Between calls, queues, agents and the floor: waiting, offers under a lease, outcomes."""

from __future__ import annotations

from enum import StrEnum

from actors.ids import AgentId, CallId, LeaseId, PromptId, QueueName
from actors.messages.by import By
from actors.messages.message import Message
from actors.messages.phone import Phone
from actors.settings import Destination, Queue

# ---- how a call ends -------------------------------------------------------------------------


class Result(StrEnum):
    """What became of a call; every call has exactly one."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    OVERFLOWED = "overflowed"
    REFUSED = "refused"
    SERVED = "served"
    FAILED = "failed"


class Side(StrEnum):
    """Who ended a call or a leg, or holds."""

    CALLER = "caller"
    AGENT = "agent"
    SERVER = "server"

    @classmethod
    def of(cls, by: By) -> Side:
        """Return whose side that is; whoever is neither caller nor agent acts by the server."""
        sides = {"caller": cls.CALLER, "agent": cls.AGENT}
        return sides.get(by.partition(":")[0], cls.SERVER)


# ---- call <-> queue --------------------------------------------------------------------------


class Join(Message, frozen=True):
    """call -> queue: a caller waits, `since` in monotonic seconds. Answered by Placed.

    `avoid`: whose phones could not take the call. The names in between are for REST to show. One
    who was connected joins anew where his agent's phone died: that is another visit, the `visit`-th
    of this call. `anyway`: the queue's limits are not for him.
    """

    call: CallId
    queue: QueueName
    since: float
    priority: int
    sip_call_id: str
    caller: str
    called: str
    avoid: frozenset[AgentId] = frozenset()
    visit: int = 1
    anyway: bool = False


class Placed(Message, frozen=True):
    """queue -> call: you are in the line, `place` 1 for who is next, by the terms of `queue`."""

    call: CallId
    queue: Queue
    place: int


class AgentIs(Message, frozen=True):
    """agent -> queue: the agent is in another state, in the words of REST; loggedout at first."""

    agent: AgentId
    state: str


class NotPlaced(Message, frozen=True):
    """queue -> call: nobody may join, for this `reason`, a routing Limit; go on to `to`."""

    call: CallId
    queue: QueueName
    reason: str
    to: Destination


class MoveOn(Message, frozen=True):
    """queue -> call: wait in this queue no longer, for this `reason`; go on to `to`.

    Phones that ring for the call may be answered first. For who waits in another queue it is too
    late.
    """

    call: CallId
    queue: QueueName
    reason: str
    to: Destination
    by: By


class Assigned(Message, frozen=True):
    """call -> queue: an agent's phone is being rung for this call."""

    call: CallId
    agent: AgentId


class Resting(Message, frozen=True):
    """call -> queue: the attempt failed for this call; it waits on, not to be offered for now."""

    call: CallId


class Returned(Message, frozen=True):
    """call -> queue: the call may be offered again, with place and age as before.

    `avoid`: whose phones could not take it.
    """

    call: CallId
    avoid: frozenset[AgentId] = frozenset()


class StillRings(Message, frozen=True):
    """call -> queue: of several phones that ring for the call these still do, others have failed.

    `avoid`: whose phones could not take it.
    """

    call: CallId
    agents: frozenset[AgentId]
    avoid: frozenset[AgentId] = frozenset()


class Taken(Message, frozen=True):
    """call -> queue: an agent has picked up and is only still told which call it is.

    No further phone is to ring for it, unless it is Returned.
    """

    call: CallId
    agent: AgentId


class Connected(Message, frozen=True):
    """call -> queue: caller and agent talk."""

    call: CallId
    agent: AgentId


class Left(Message, frozen=True):
    """call -> queue: the call is over or gone elsewhere; the queue forgets it."""

    call: CallId


OfCall = Join | Assigned | StillRings | Resting | Taken | Returned | Connected | Left
"""What a queue hears of its calls."""


# ---- queue -> floor --------------------------------------------------------------------------


class Waiting(Message, frozen=True):
    """queue -> floor: this call may be offered; `since` in monotonic seconds, `priority` final.

    `avoid`: whose phones could not take it; it is not offered to them again, and to others only
    after all calls that nothing is wrong with. `phones`: how many more are to ring from now on,
    beside the `ringing`; told again, the last word counts. `tried`: who was rung for it in this
    queue, the latest last. `visit` is Join's: of two queues' words the later visit's counts.
    """

    call: CallId
    queue: QueueName
    since: float
    priority: int
    avoid: frozenset[AgentId] = frozenset()
    phones: int = 1
    ringing: int = 0
    tried: tuple[AgentId, ...] = ()
    visit: int = 1


class NotWaiting(Message, frozen=True):
    """queue -> floor: this call is not to be offered any more, in that visit."""

    call: CallId
    visit: int = 1


# ---- floor <-> agent -------------------------------------------------------------------------


class Offer(Message, frozen=True):
    """floor -> agent: ring for this call, if you are free. Answered by Granted or NotGranted.

    It stands until that moment (monotonic): from then on the call may be offered to somebody else.
    """

    lease: LeaseId
    call: CallId
    queue: QueueName
    until: float


class Granted(Message, frozen=True):
    """agent -> floor: the agent is reserved for this call under this lease."""

    lease: LeaseId
    agent: AgentId


class NotGranted(Message, frozen=True):
    """agent -> floor: not free after all; the call is to be matched again."""

    lease: LeaseId
    agent: AgentId


class Free(Message, frozen=True):
    """agent -> floor: this agent may be offered a call. `idle_since` in monotonic seconds.

    `calls` answered and seconds `talked` since logging on, in all queues.
    """

    agent: AgentId
    idle_since: float
    calls: int = 0
    talked: float = 0.0


class NotFree(Message, frozen=True):
    """agent -> floor: this agent is not to be offered anything."""

    agent: AgentId


class LoggedOn(Message, frozen=True):
    """agent -> floor: this agent is there, free or not: no level of his is to be skipped."""

    agent: AgentId


class LoggedOff(Message, frozen=True):
    """agent -> floor: this agent has left; the figures begin anew when he is free again."""

    agent: AgentId


# ---- agent -> call ---------------------------------------------------------------------------


class Briefing(Message, frozen=True):
    """What an agent hears who has picked up, before caller and agent are connected.

    With a `key`, that has to be pressed within `seconds` of picking up, and any other declines the
    call. Without one they are connected once the `prompts` are said, after so long at the latest.
    """

    prompts: tuple[PromptId, ...]
    key: str
    seconds: float


class Ring(Message, frozen=True):
    """agent -> call: the lease is granted: dial `phone` and let it ring for `ring_seconds`.

    `queue` is the one in which the call was offered. Without a `briefing` whoever picks up is
    connected.
    """

    lease: LeaseId
    call: CallId
    agent: AgentId
    phone: Phone
    ring_seconds: float
    queue: QueueName
    briefing: Briefing | None = None


class Withdraw(Message, frozen=True):
    """agent -> call: stop ringing (pause, logout); the call still says what came of the lease.

    `by` is who wants that.
    """

    lease: LeaseId
    call: CallId
    by: By


class AskLease(Message, frozen=True):
    """agent -> call: is the leg of this lease still up? Answered by LeaseHolds or LegGone."""

    lease: LeaseId
    call: CallId
    agent: AgentId


# ---- call -> agent: exactly one outcome for each lease; LegGone is always the last -------------


class Ringing(Message, frozen=True):
    """call -> agent: the agent's phone rings."""

    lease: LeaseId
    agent: AgentId


class PickedUp(Message, frozen=True):
    """call -> agent: the agent has picked up and hears the briefing; the outcome is still open."""

    lease: LeaseId
    agent: AgentId


class Answered(Message, frozen=True):
    """call -> agent: the agent answered, took the call, and talks to the caller."""

    lease: LeaseId
    agent: AgentId


class NoAnswer(Message, frozen=True):
    """call -> agent: the phone rang out, or nobody took the call who had picked up."""

    lease: LeaseId
    agent: AgentId


class Busy(Message, frozen=True):
    """call -> agent: the phone answered 486."""

    lease: LeaseId
    agent: AgentId


class Declined(Message, frozen=True):
    """call -> agent: the agent rejected it (603, 480), or hung up or declined by key (603)."""

    lease: LeaseId
    agent: AgentId
    code: int


class Unreachable(Message, frozen=True):
    """call -> agent: the phone is not there (404, 408, 503, or no provisional answer in time)."""

    lease: LeaseId
    agent: AgentId
    code: int


class Failed(Message, frozen=True):
    """call -> agent: it could not be done, for what this call is or by our fault: no blame.

    `code` is what the phone answered, 0 where it never came to that.
    """

    lease: LeaseId
    agent: AgentId
    code: int


class CallGone(Message, frozen=True):
    """call -> agent: the caller gave up or went elsewhere meanwhile: no strike, place kept."""

    lease: LeaseId
    agent: AgentId


class Withdrawn(Message, frozen=True):
    """call -> agent: the ringing was stopped as the agent asked: no strike."""

    lease: LeaseId
    agent: AgentId


class LegGone(Message, frozen=True):
    """call -> agent: the agent's leg of this lease is over.

    `silent`: its phone answered neither our CANCEL nor our BYE, and may still ring.
    """

    lease: LeaseId
    agent: AgentId
    silent: bool = False


class LeaseHolds(Message, frozen=True):
    """call -> agent: the leg of this lease is not over."""

    lease: LeaseId
    agent: AgentId


Outcome = Answered | NoAnswer | Busy | Declined | Unreachable | Failed | CallGone | Withdrawn
OfLease = Outcome | Ringing | PickedUp | LeaseHolds | LegGone
"""What an agent hears of a lease."""
