"""What a presence document's note says of a phone, as Asterisk's res_pjsip writes them. Pure."""

from __future__ import annotations

from actors.ids import AgentId
from actors.messages.sip import (
    Presence,
    PresenceBusy,
    PresenceIdle,
    PresenceUnavailable,
    PresenceUnknown,
)

Told = PresenceIdle | PresenceBusy | PresenceUnavailable | PresenceUnknown

# Asterisk says status "open" for a free phone and a talking one alike: the note decides (3.4).
NOTES = {
    "ready": Presence.IDLE,
    "ringing": Presence.RINGING,
    "on the phone": Presence.BUSY,
    "on hold": Presence.BUSY,
    "unavailable": Presence.UNAVAILABLE,
}


def of_note(note: str) -> Presence:
    """Return what the note says; any other than the five known is `unknown`."""
    return NOTES.get(note.strip().lower(), Presence.UNKNOWN)


def told(agent: AgentId, uri: str, presence: Presence, reason: str = "") -> Told:
    """Return the message that tells the agent; `reason` says why nothing is known."""
    match presence:
        case Presence.IDLE:
            return PresenceIdle(agent, uri)
        case Presence.RINGING:
            return PresenceBusy(agent, uri, ringing=True)
        case Presence.BUSY:
            return PresenceBusy(agent, uri)
        case Presence.UNAVAILABLE:
            return PresenceUnavailable(agent, uri)
        case Presence.UNKNOWN:
            return PresenceUnknown(agent, uri, reason)
