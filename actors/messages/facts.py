"""What the journal keeps: one fact for everything that happened, once and in order.

`at` is in wall-clock seconds (Unix time) everywhere: exchange/clock.py's, which never steps.
"""

from __future__ import annotations

from actors.ids import AgentId, CallId, QueueName
from actors.messages.message import Message

# ---- calls -----------------------------------------------------------------------------------


class CallEntered(Message, frozen=True):
    """A call came in."""

    at: float
    call: CallId
    sip_call_id: str
    caller: str
    called: str
    purpose: str
    """queue, login, logout, pause or unpause."""


class CallJoined(Message, frozen=True):
    """The call waits in this queue."""

    at: float
    call: CallId
    queue: QueueName


class CallOffered(Message, frozen=True):
    """An agent's phone was dialled for the call."""

    at: float
    call: CallId
    queue: QueueName
    agent: AgentId
    device: str


class OfferEnded(Message, frozen=True):
    """What came of the offer, in the words of floor.Offer's outcomes: no-answer, call-gone ..."""

    at: float
    call: CallId
    agent: AgentId
    outcome: str
    rang_ms: int


class OffersFailed(Message, frozen=True):
    """Several agents' phones in a row could not take this call; `reason` says how many and why."""

    at: float
    call: CallId
    queue: QueueName
    reason: str


class CallFinished(Message, frozen=True):
    """The call's one end: `result` (floor.Result) and `reason`, who ended it, how long it took."""

    at: float
    call: CallId
    result: str
    reason: str
    ended_by: str
    waited_ms: int
    talked_ms: int


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
    `reason` is the pause reason where paused; `device` the phone, empty when logged out; `queue`
    whose call it is, from reserved to on call.

    What comes back after a restart: the idle order by `idle_since`, the strikes, the end of the
    wrap-up, the end of a cool-down and what is shown meanwhile, busy or unavailable. All moments in
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
    | CallOffered
    | OfferEnded
    | OffersFailed
    | CallFinished
    | CallRefused
    | AgentInterval
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
