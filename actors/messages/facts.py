"""What the journal keeps: one fact for everything that happened, once and in order."""

from __future__ import annotations

from actors.ids import AgentId, CallId, QueueName
from actors.messages.message import Message


class CallEntered(Message, frozen=True):
    """A call came in. `at` in wall-clock seconds (Unix time), here and below."""

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


class CallFinished(Message, frozen=True):
    """The call's one end: `result` (floor.Result) and `reason`, who ended it, how long it took."""

    at: float
    call: CallId
    result: str
    reason: str
    ended_by: str
    waited_ms: int
    talked_ms: int


class AgentInterval(Message, frozen=True):
    """An agent entered `state` at `at`; the interval ends where the agent's next one begins.

    `reason` is the pause reason where paused; `device` the phone, empty when logged out.
    `idle_since` in wall-clock seconds keeps the idle order over a restart.
    """

    at: float
    agent: AgentId
    state: str
    reason: str
    device: str
    idle_since: float


Fact = CallEntered | CallJoined | CallOffered | OfferEnded | CallFinished | AgentInterval


# ---- operations ------------------------------------------------------------------------------


class GetJournalState(Message, frozen=True):
    """http -> journal: ask for a JournalState."""


class JournalState(Message, frozen=True):
    """The journal's answer: facts that wait, were written, and were lost since the start.

    `error` says why writing fails at present, empty where it does not.
    """

    backlog: int
    written: int
    lost: int
    error: str
