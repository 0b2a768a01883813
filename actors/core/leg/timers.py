"""What a leg's timers say when they fire. There is no cancelling: what came in time has gone on."""

from __future__ import annotations

from actors.messages.message import Message


class NotOpened(Message, frozen=True):
    """The pump has not said that the session is open."""

    number: int


class NotConfirmed(Message, frozen=True):
    """The caller's ACK has not come."""


class NotBooked(Message, frozen=True):
    """The journal has had its time to take note of the call; it comes late then."""


class NotReached(Message, frozen=True):
    """Time enough for a phone that is there to have answered provisionally."""

    number: int


class RangOut(Message, frozen=True):
    """The agent's time to answer is over."""

    number: int


class BriefingOver(Message, frozen=True):
    """The time is over in which an agent who has picked up may take the call."""

    number: int


class Unanswered(Message, frozen=True):
    """The time is over in which a phone that is there answers this question."""

    number: int
    question: int


class NotOver(Message, frozen=True):
    """Nobody has said that the leg is over, though we ended it."""

    number: int


class NotDialled(Message, frozen=True):
    """The gateway has not sent the INVITE."""

    number: int


class LetGo(Message, frozen=True):
    """A phone has had its time to answer our CANCEL or BYE."""

    number: int
