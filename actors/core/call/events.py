"""What may happen to a queue call: the closed list, timers of its own among it. Pure."""

from __future__ import annotations

from actors.core.leg.machine import LegEvent
from actors.core.leg.state import News
from actors.core.leg.timers import NotBooked, NotConfirmed
from actors.messages.facts import Booked
from actors.messages.floor import AskLease, MoveOn, NotPlaced, Placed, Ring, Withdraw
from actors.messages.life import Begin, Fault, Shutdown, Undelivered
from actors.messages.media import Played
from actors.messages.message import Message


class AnnouncementDue(Message, frozen=True):
    """The time between two announcements is over; counts in this visit (its number) only."""

    visit: int


class OfferAgain(Message, frozen=True):
    """The call has rested after an offer that failed on our side; counts in this visit only."""

    visit: int


class SaidByNow(Message, frozen=True):
    """The last prompt must have been said: the Play with this token."""

    token: int


class LingeredOut(Message, frozen=True):
    """No late offer can be on its way any more."""


Outside = (
    Begin
    | Ring
    | Withdraw
    | AskLease
    | Placed
    | NotPlaced
    | MoveOn
    | Played
    | Shutdown
    | Fault
    | Undelivered
    | NotConfirmed
    | Booked
    | NotBooked
    | AnnouncementDue
    | OfferAgain
    | SaidByNow
    | LingeredOut
)
"""What the call itself is told."""

Event = LegEvent | Outside
"""What may come to the actor."""

Happening = News | Outside
"""What comes to the phases, once legs have heard what concerns them."""
