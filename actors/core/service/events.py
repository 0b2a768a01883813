"""What may happen to a service: the closed list, timers of its own among it. Pure."""

from __future__ import annotations

from actors.core.leg.machine import LegEvent
from actors.core.leg.state import News
from actors.core.leg.timers import NotBooked, NotConfirmed
from actors.messages.duty import AtPhoneAnswer, LoginAnswer
from actors.messages.facts import Booked
from actors.messages.floor import Ring, Withdraw
from actors.messages.life import Begin, Fault, Shutdown
from actors.messages.media import Played
from actors.messages.message import Message


class KeysOver(Message, frozen=True):
    """No key came for a while; counts where no other such timer has been started since."""

    number: int


class SaidByNow(Message, frozen=True):
    """No prompt is so long, said or not; `token` as in Play."""

    token: int


class LetGo(Message, frozen=True):
    """Time enough for the phone to have answered our BYE."""


class NoVerdict(Message, frozen=True):
    """What was asked has not been answered; `number` as of KeysOver."""

    number: int


Outside = (
    Begin
    | Played
    | LoginAnswer
    | AtPhoneAnswer
    | Ring
    | Withdraw
    | Shutdown
    | Fault
    | NotConfirmed
    | Booked
    | NotBooked
    | KeysOver
    | SaidByNow
    | NoVerdict
    | LetGo
)
"""What the service itself is told."""

Event = LegEvent | Outside
"""What may come to the actor."""

Happening = News | Outside
"""What comes to the machine, once the leg has heard what concerns it."""
