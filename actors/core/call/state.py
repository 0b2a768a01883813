"""The states of a queue call. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from actors.core.call.place import Place
from actors.core.effects import AtQueue, Instant
from actors.core.leg.caller import WayIn
from actors.core.leg.state import CALLER, LegState
from actors.core.leg.step import Caller, Speech, Step
from actors.ids import QueueName
from actors.messages.by import By
from actors.messages.floor import MoveOn, OfCall, Result, Side
from actors.settings import Queue


@dataclass(frozen=True, slots=True)
class CallTerms:
    """What does not change during the call; `queue` is the one that was called."""

    caller: Caller
    queue: QueueName
    unreachable_seconds: float


# ---- phases -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay in a queue, by the terms it has when the visit begins; `joined` is monotonic.

    `onward`: the order to go on, once the phones that ring have had their time.
    """

    queue: Queue
    joined: float
    onward: MoveOn | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """Caller and agent (on leg `agent`) connected since `began`; monotonic seconds.

    `queue` is the one in which the agent answered.

    `holding`: who has the other on hold, at least one of them since `held_since`, and before that
    for `held` seconds. `told`: whose hold the journal knows of; `holds`: how many it was told of.
    """

    agent: int
    queue: Queue
    began: float
    holding: frozenset[Side] = frozenset()
    held_since: float = 0.0
    held: float = 0.0
    told: frozenset[Side] = frozenset()
    holds: int = 0


@dataclass(frozen=True, slots=True)
class Entering:
    """Until the caller's ACK."""

    way: WayIn = field(default_factory=WayIn)


@dataclass(frozen=True, slots=True)
class Joining:
    """On the way into this queue, which was `asked` then (monotonic) and has not answered.

    `refused`: the queues that did not let the caller in on this way.
    """

    place: Place
    queue: QueueName
    asked: float
    refused: frozenset[QueueName] = frozenset()


@dataclass(frozen=True, slots=True)
class Waiting:
    """In line, an agent's phone ringing or not."""

    place: Place
    visit: Visit


@dataclass(frozen=True, slots=True)
class Talking:
    """Caller and agent are connected."""

    place: Place
    talk: Talk


@dataclass(frozen=True, slots=True)
class Leaving:
    """The last prompt is being said; what became of the call is known."""

    place: Place
    result: Result
    reason: str
    by: By


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


Phase = Entering | Joining | Waiting | Talking | Leaving | Ending | Lingering | Done


@dataclass(frozen=True, slots=True)
class Call:
    """A queue call: its phase, its legs, and what is being said to the caller."""

    terms: CallTerms
    phase: Phase = field(default_factory=Entering)
    legs: Mapping[int, LegState] = field(default_factory=dict)
    next_leg: int = 1
    speech: Speech = field(default_factory=Speech)

    @property
    def done(self) -> bool:
        """Whether the actor may stop."""
        return isinstance(self.phase, Done)


# ---- one step's work ----------------------------------------------------------------------------


class CallStep(Step):
    """The work of one step of a queue call."""

    def __init__(self, call: Call, at: Instant) -> None:
        super().__init__(call.terms.caller, call.legs, call.speech, at)
        self.terms = call.terms
        self.phase = call.phase
        self.next_leg = call.next_leg

    def result(self) -> Call:
        """Return the call as it is now; of a long wait's offers nothing is left once over."""
        legs = {n: leg for n, leg in self.legs.items() if n == CALLER or not leg.finished}
        return Call(self.terms, self.phase, legs, self.next_leg, self.speech)

    def tell_queue(self, message: OfCall) -> None:
        """Tell the queue in whose line the call is, or comes."""
        match self.phase:
            case Joining(queue=queue):
                self.tell(AtQueue(queue, message))
            case Waiting(visit=Visit(queue)) | Talking(talk=Talk(queue=queue)):
                self.tell(AtQueue(queue.name, message))
            case _:
                raise ValueError(f"in no queue's line: {message}")

    def ringing(self) -> tuple[LegState, ...]:
        """Return the legs whose leases have no outcome yet."""
        return tuple(leg for leg in self.legs.values() if leg.pending)
