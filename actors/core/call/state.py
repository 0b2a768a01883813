"""The states of a queue call, and its one end. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from actors.core.call.announcements import Announcements
from actors.core.leg.caller import finish
from actors.core.leg.effects import AtQueue, Instant, StartTimer, ToQueue
from actors.core.leg.machine import settle
from actors.core.leg.state import Caller, LegState, Speech, Turn
from actors.messages.floor import CallGone, Left, Result, Side
from actors.settings import Queue

LINGER_SECONDS = 1.0
"""How long an ended call still answers: a Ring granted in its last moment may be on its way through
three actors, and unanswered it would keep its agent reserved for a minute."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What does not change during the call."""

    caller: Caller
    queue: Queue
    unreachable_seconds: float


# ---- phases -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A caller's place in line. Seconds, all; `stretch` counts how often the waiting began."""

    since: float
    announcements: Announcements
    waited: float = 0.0
    talked: float = 0.0
    stretch: int = 1


@dataclass(frozen=True, slots=True)
class Entering:
    """Until the caller's ACK."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """In line, an agent's phone ringing or not; this stretch `began` then."""

    place: Place
    began: float

    def announced(self) -> Waiting:
        """Return the waiting after one more announcement."""
        place = replace(self.place, announcements=self.place.announcements.after_one())
        return replace(self, place=place)


@dataclass(frozen=True, slots=True)
class Talking:
    """Caller and agent (on leg `agent`) are connected since `began`."""

    place: Place
    began: float
    agent: int


@dataclass(frozen=True, slots=True)
class Ending:
    """The end is told; legs are still to be over. `linger`: offers may still come."""

    linger: bool


@dataclass(frozen=True, slots=True)
class Lingering:
    """All is over; only late offers are still answered."""


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more to do."""


Phase = Entering | Waiting | Talking | Ending | Lingering | Done


@dataclass(frozen=True, slots=True)
class Call:
    """A queue call: its phase, its legs, and what is being said to the caller."""

    terms: Terms
    phase: Phase = field(default_factory=Entering)
    legs: Mapping[int, LegState] = field(default_factory=dict)
    next_leg: int = 1
    speech: Speech = field(default_factory=Speech)

    @property
    def done(self) -> bool:
        """Whether the actor may stop."""
        return isinstance(self.phase, Done)


# ---- one step's work ----------------------------------------------------------------------------


class CallTurn(Turn):
    """The work of one step of a queue call."""

    def __init__(self, call: Call, at: Instant) -> None:
        super().__init__(call.terms.caller, call.legs, call.speech, at)
        self._before = call
        self.terms = call.terms
        self.phase = call.phase
        self.next_leg = call.next_leg

    def result(self) -> Call:
        """Return the call as it is now."""
        return replace(
            self._before,
            phase=self.phase,
            legs=self.legs,
            next_leg=self.next_leg,
            speech=self.speech,
        )

    def tell_queue(self, message: ToQueue) -> None:
        """Tell the queue."""
        self.tell(AtQueue(self.terms.queue.name, message))

    def ringing(self) -> tuple[LegState, ...]:
        """Return the legs whose leases have no outcome yet."""
        return tuple(leg for leg in self.legs.values() if leg.attempt and not leg.attempt.settled)


def end(turn: CallTurn, result: Result, reason: str, by: Side) -> None:
    """End the call: the only place that tells its end, and only once."""
    if isinstance(turn.phase, Ending | Lingering | Done):
        return
    for leg in turn.ringing():
        attempt = leg.attempt
        if attempt is not None:
            settle(turn, leg.number, CallGone(attempt.lease, attempt.agent), "call-gone")
    joined = isinstance(turn.phase, Waiting | Talking)
    if joined:
        turn.tell_queue(Left(turn.call, result, reason))
    finish(turn, result, reason, by, spent(turn))
    turn.phase = Ending(linger=joined)


def spent(turn: CallTurn) -> tuple[int, int]:
    """Return how long the caller has waited and talked in all, in ms."""
    phase, now = turn.phase, turn.at.now
    match phase:
        case Waiting():
            waited, talked = phase.place.waited + now - phase.began, phase.place.talked
        case Talking():
            waited, talked = phase.place.waited, phase.place.talked + now - phase.began
        case _:
            waited = talked = 0.0
    return round(1000 * waited), round(1000 * talked)


def result_now(turn: CallTurn) -> Result:
    """Return what becomes of the call where the server or a broken phone ends it."""
    return Result.ANSWERED if isinstance(turn.phase, Talking) else Result.FAILED


def settle_down(turn: CallTurn) -> None:
    """Go on to the last phases once nothing is left to wait for."""
    match turn.phase:
        case Ending(linger=True) if turn.finished:
            turn.phase = Lingering()
            turn.tell(StartTimer("linger", 0, LINGER_SECONDS))
        case Ending() if turn.finished:
            turn.phase = Done()
        case _:
            pass
