"""What may happen to an agent: the closed list, its one timer among it. Pure."""

from __future__ import annotations

from actors.messages import duty, life
from actors.messages import floor as f
from actors.messages import presence as p
from actors.messages.message import Message


class Wake(Message, frozen=True):
    """A moment has come at which time alone may change something."""


OfPhone = p.PresenceIdle | p.PresenceBusy | p.PresenceUnavailable | p.PresenceUnknown
OfDuty = duty.LoggedIn | duty.LoggedOut | duty.Pause | duty.Unpause | duty.Restore
OfWrapUp = duty.EndWrapUp | duty.ExtendWrapUp
OfOwnCall = duty.OwnCallBegan | duty.OwnCallEnded

Event = (
    f.Offer
    | f.OfLease
    | OfPhone
    | OfDuty
    | OfWrapUp
    | OfOwnCall
    | life.Undelivered
    | life.NodeGone
    | Wake
)
