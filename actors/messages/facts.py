"""What the journal keeps: one fact for everything that happened, once and in order.

`at` is in wall-clock seconds (Unix time) everywhere: exchange/clock.py's, which never steps. `by`
is who decided (messages/by.py). What has a default is not in the facts of older journals.
"""

from __future__ import annotations

from enum import StrEnum

from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages.by import By
from actors.messages.message import Message

# ---- calls -----------------------------------------------------------------------------------


class CallEntered(Message, frozen=True):
    """A call came in; `caller_number` and `caller_name` as far as the caller may be known."""

    at: float
    call: CallId
    sip_call_id: str
    caller: str
    called: str
    purpose: str
    """queue, login, logout, pause, unpause, end-wrapup or extend-wrapup."""
    queue: QueueName | None = None
    """The one that was called; where the call is refused it never joins."""
    caller_number: str = ""
    caller_name: str = ""


class VisitEnding(StrEnum):
    """How a caller's stay in one queue ended; every visit has exactly one ending.

    `short` is abandoned so soon that nobody could have answered; `overflowed` sent on by a rule;
    `callback` left to be called back; `withdrawn` taken out by somebody; `failed` our own doing.
    """

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    SHORT = "short"
    OVERFLOWED = "overflowed"
    CALLBACK = "callback"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class CallJoined(Message, frozen=True):
    """The call waits in this queue: a visit begins.

    `since` (Unix time) is when the caller's place began, earlier than `at` where he has waited
    before; `priority` is the final one; `place` 1 for who is next, None where the queue did not
    say. The queue's `target_seconds` and `short_abandon` as they were at this moment.
    """

    at: float
    call: CallId
    queue: QueueName
    since: float | None = None
    priority: int | None = None
    place: int | None = None
    target_seconds: float | None = None
    short_abandon: float | None = None


class JoinRefused(Message, frozen=True):
    """The queue did not let the call in, for this `reason`: no visit. `to` is where it goes."""

    at: float
    call: CallId
    queue: QueueName
    reason: str
    to: str | None = None


class CallLeft(Message, frozen=True):
    """A visit's one ending. `agent` is who answered, `to` where a caller who goes on goes to."""

    at: float
    call: CallId
    queue: QueueName
    ending: str
    reason: str
    waited_ms: int
    by: By
    agent: AgentId | None = None
    to: str | None = None


class CallOffered(Message, frozen=True):
    """An agent's phone was dialled for the call."""

    at: float
    call: CallId
    queue: QueueName
    agent: AgentId
    device: str
    lease: LeaseId | None = None
    by: By | None = None


class OfferEnded(Message, frozen=True):
    """What came of the offer, in the words of floor.Offer's outcomes: no-answer, call-gone ..."""

    at: float
    call: CallId
    agent: AgentId
    outcome: str
    rang_ms: int
    lease: LeaseId | None = None
    by: By | None = None


class OffersFailed(Message, frozen=True):
    """Several agents' phones in a row could not take this call; `reason` says how many and why."""

    at: float
    call: CallId
    queue: QueueName
    reason: str


class LegBridged(Message, frozen=True):
    """Caller and agent are connected."""

    at: float
    call: CallId
    queue: QueueName
    agent: AgentId
    lease: LeaseId


class HoldStarted(Message, frozen=True):
    """The caller or the agent (`side`) has put the other on hold."""

    at: float
    call: CallId
    agent: AgentId
    side: str


class HoldEnded(Message, frozen=True):
    """This side holds no longer: exactly one for each HoldStarted."""

    at: float
    call: CallId
    agent: AgentId
    side: str


class LegEnded(Message, frozen=True):
    """Caller and agent are connected no longer: exactly one for each LegBridged.

    `held_ms` is how long one of them or both held, `talked_ms` the rest; `ended_by` a floor.Side.
    """

    at: float
    call: CallId
    agent: AgentId
    lease: LeaseId
    talked_ms: int
    held_ms: int
    ended_by: str
    reason: str


class CallFinished(Message, frozen=True):
    """The call's one end: `result` (floor.Result) and `reason`, who ended it, how long it took.

    The times are sums over its visits and legs; in older journals what was held is in `talked_ms`.
    """

    at: float
    call: CallId
    result: str
    reason: str
    ended_by: str
    waited_ms: int
    talked_ms: int
    held_ms: int | None = None
    by: By | None = None


class CallRefused(Message, frozen=True):
    """So many requests of one source were refused alike before they were calls.

    `source` is an IP address, empty where there were too many to tell apart; `code` 0 where no
    answer was given; `reason` in our words.
    `seconds` is how long before `at` the first of them came: the first of a kind is told at once.
    """

    at: float
    source: str
    method: str
    code: int
    reason: str
    count: int
    seconds: float


# ---- agents ----------------------------------------------------------------------------------


class AgentInterval(Message, frozen=True):
    """An agent entered `state` at `at`.

    The interval ends where the agent's next one begins, or with the server: at its ServerStopped.
    `reason` is the pause reason where paused; `device` the phone, empty when logged out; `call` and
    `queue` what it is about, from reserved to the end of the wrap-up. `by` is who has logged the
    agent on or off, paused or unpaused, or which rule keeps calls away; None where nobody decided.

    What comes back after a restart: the idle order by `idle_since`, the strikes, the end of the
    wrap-up, the end of a cool-down and what is shown meanwhile, busy or unavailable; the `calls`
    answered and the time talked, hold included, since the agent logged on. All moments in
    wall-clock seconds.
    """

    at: float
    agent: AgentId
    state: str
    reason: str
    device: str
    idle_since: float
    queue: QueueName | None = None
    strikes: int = 0
    wrapup_until: float | None = None
    cooldown_until: float | None = None
    cooldown: str | None = None
    call: CallId | None = None
    by: By | None = None
    calls: int = 0
    talked_ms: int = 0


# ---- what exists -----------------------------------------------------------------------------


class ConfigurationChanged(Message, frozen=True):
    """A queue, an agent or a membership (`what`) was added, changed or removed while we ran.

    `name` is the queue's, the agent's id, or ``queue/agent``. `before` and `after` are the whole
    of it as JSON, secrets left out; None where there was or is none. `change` is what lies over the
    file from now on: the keys that were set, ``null`` for one that was removed, None for nothing.
    """

    at: float
    what: str
    name: str
    by: By
    before: str | None = None
    after: str | None = None
    change: str | None = None


# ---- the server itself -----------------------------------------------------------------------


class ServerStarted(Message, frozen=True):
    """A run began. `run` is a number no run before it had; the ids of its calls begin with it."""

    at: float
    run: int


class ServerStopped(Message, frozen=True):
    """The run ended, and with it every interval of an agent.

    `reason` is "stopped", or "killed" where the next start found that nothing had said so: then
    `at` is the last moment that the journal knows of.
    """

    at: float
    run: int
    reason: str


class ClockStepped(Message, frozen=True):
    """The machine's clock was set by so many `seconds`, + is forward; `at` goes on as before.

    So durations are right, and the machine's own time of every later fact of the run is its `at`
    and the sum of these. The next run follows the machine's clock.
    """

    at: float
    seconds: float


class Gap(Message, frozen=True):
    """Stands where `lost` facts would, which found no room while nothing could be written."""

    at: float
    lost: int


Fact = (
    CallEntered
    | CallJoined
    | JoinRefused
    | CallLeft
    | CallOffered
    | OfferEnded
    | OffersFailed
    | LegBridged
    | HoldStarted
    | HoldEnded
    | LegEnded
    | CallFinished
    | CallRefused
    | AgentInterval
    | ConfigurationChanged
    | ServerStarted
    | ServerStopped
    | ClockStepped
    | Gap
)


# ---- journal -> call ---------------------------------------------------------------------------


class Booked(Message, frozen=True):
    """journal -> call: that you entered is with the kernel, and outlives this process."""


# ---- operations ------------------------------------------------------------------------------


class GetJournalState(Message, frozen=True):
    """http -> journal: ask for a JournalState."""


class JournalState(Message, frozen=True):
    """The journal's answer: facts that wait, were written, and were lost since the start.

    `error` says why writing fails at present, empty where it does not. `clock_stepped_seconds`: by
    how much the machine's clock was set since the start. `begun_anew`: how often the file was
    deleted or replaced since then, and begun anew. `entries_late` and `entries_failed` count calls
    that were answered before it was certain that a kill -9 leaves a record of them.
    """

    backlog: int
    written: int
    lost: int
    error: str
    clock_stepped_seconds: float = 0.0
    begun_anew: int = 0
    entries_late: int = 0
    entries_failed: int = 0
