"""Where a leg stands: its dialog, its RTP session and, for an agent's, its lease. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from actors.core.effects import Effects
from actors.ids import AgentId, LeaseId, Leg
from actors.messages.floor import Briefing, Outcome
from actors.messages.media import Opened
from actors.messages.phone import Phone
from actors.messages.sip import Codec, Direction, KeySource, LegEnded

CALLER = 0
"""The number of the caller's leg."""


HOLDING = frozenset({Direction.SENDONLY, Direction.INACTIVE})
"""What a party says that has put us on hold (RFC 3264, section 8.4)."""


class Sip(Enum):
    """Where the leg's dialog stands."""

    NONE = auto()
    """Ours to dial, and no INVITE is out yet."""
    EARLY = auto()
    """An INVITE without a final answer."""
    UP = auto()
    DROPPING = auto()
    """We ended it; LegEnded is to come."""
    OVER = auto()


class Rtp(Enum):
    """Where the leg's RTP session stands."""

    OPENING = auto()
    OPEN = auto()
    CLOSING = auto()
    CLOSED = auto()


class Heard(Enum):
    """What a phone we dialled has sent so far."""

    NOTHING = auto()
    TRYING = auto()
    ALERTING = auto()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One lease at work: an agent's phone rung for the call. `dialled_at` in monotonic seconds.

    `sent`: the INVITE is on the wire; `listens`: the agent has picked up and hears the `briefing`,
    its outcome still open; `settled`: its outcome is told; `gone`: its LegGone is told,
    though the dialog may still have to end.
    """

    lease: LeaseId
    agent: AgentId
    phone: Phone
    ring_seconds: float
    unreachable_seconds: float
    briefing: Briefing | None = None
    dialled_at: float | None = None
    sent: bool = False
    heard: Heard = Heard.NOTHING
    listens: bool = False
    settled: bool = False
    gone: bool = False

    @property
    def taken(self) -> bool:
        """Whether the agent has the call, and is only still told which it is."""
        return self.listens and not (self.briefing and self.briefing.key)


@dataclass(frozen=True, slots=True)
class Vigil:
    """How often the phone was asked whether it is there, and whether the answer is still to come.

    It was asked at `since`, and of its silence was last told at `word`; `overdue` is a question
    that had its time, and whose phone may have been heard meanwhile. It is not asked before `again`
    because of mere silence. Times in monotonic seconds.
    """

    questions: int = 0
    asked: bool = False
    overdue: bool = False
    since: float = 0.0
    word: float = 0.0
    again: float = 0.0


@dataclass(frozen=True, slots=True)
class LegState:
    """One leg.

    `codec` is what it speaks, `own` what it may come to speak; `on_hold` whether its party put us
    on hold; `late_offer` whether the caller's audio is first named by the ACK; `keys` how the first
    key came, and therefore all that count; `vigil` what is done about its silence.
    """

    leg: Leg
    codec: Codec
    own: tuple[Codec, ...]
    sip: Sip
    rtp: Rtp = Rtp.OPENING
    on_hold: bool = False
    late_offer: bool = False
    keys: KeySource | None = None
    attempt: Attempt | None = None
    vigil: Vigil = Vigil()

    @property
    def number(self) -> int:
        """The leg's number within its call."""
        return self.leg.number

    @property
    def pending(self) -> Attempt | None:
        """The attempt whose lease has no outcome yet."""
        return self.attempt if self.attempt and not self.attempt.settled else None

    @property
    def over(self) -> bool:
        """Whether its dialog is."""
        return self.sip is Sip.OVER

    @property
    def finished(self) -> bool:
        """Whether nothing more is to come of it."""
        return self.sip is Sip.OVER and self.rtp is Rtp.CLOSED


# ---- what a call hears of its legs --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionOpen:
    """The RTP session is there: the leg can be answered or dialled."""

    number: int
    opened: Opened


@dataclass(frozen=True, slots=True)
class NoSession:
    """There is none for the caller."""


@dataclass(frozen=True, slots=True)
class CallerUp:
    """The caller's ACK came."""


@dataclass(frozen=True, slots=True)
class NoCodec:
    """The caller's ACK came, with audio that nobody here speaks."""


@dataclass(frozen=True, slots=True)
class AgentUp:
    """The agent answered; the lease has this outcome."""

    number: int
    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentListens:
    """The agent has picked up and hears the briefing; the lease has no outcome yet."""

    number: int
    agent: AgentId


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """The lease has another outcome than Answered; its leg is over or being ended."""

    number: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """Its party put us on hold, or holds no longer."""

    number: int


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """Its party pressed a key of ``0-9*#A-D``, told once however the phone sends it."""

    number: int
    key: str


@dataclass(frozen=True, slots=True)
class PhoneGone:
    """Nothing is heard of its phone, and it answers nothing: the leg is still to be ended."""

    number: int


@dataclass(frozen=True, slots=True)
class LegOver:
    """The dialog is over: one of a caller, or of an agent who had answered."""

    number: int
    event: LegEnded


News = (
    SessionOpen
    | NoSession
    | CallerUp
    | NoCodec
    | AgentListens
    | AgentUp
    | AttemptFailed
    | HoldChanged
    | KeyPressed
    | PhoneGone
    | LegOver
)


class Moved(NamedTuple):
    """A leg after an event or a command: what is to be done, and what its call hears of it."""

    leg: LegState
    effects: Effects = ()
    news: News | None = None
