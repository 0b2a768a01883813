"""What may happen to an agent: the closed list, its one timer among it. Pure."""

from __future__ import annotations

from actors.messages import duty, life
from actors.messages import floor as f
from actors.messages import sip as s
from actors.messages.message import Message


class Wake(Message, frozen=True):
    """A moment has come at which time alone may change something."""


OfPhone = s.PresenceIdle | s.PresenceBusy | s.PresenceUnavailable | s.PresenceUnknown
OfDuty = duty.LoggedIn | duty.LoggedOut | duty.Pause | duty.Unpause | duty.Restore
OfOwnCall = duty.OwnCallBegan | duty.OwnCallEnded

Event = f.Offer | f.OfLease | OfPhone | OfDuty | OfOwnCall | life.Undelivered | life.NodeGone | Wake
