"""Between agents and the gateway: the presence of their phones, watched and told."""

from __future__ import annotations

from enum import StrEnum

from actors.core.wire.uri import SipUri
from actors.ids import AgentId
from actors.messages.message import Message
from actors.messages.phone import Hop


class Watch(Message, frozen=True):
    """agent -> gateway: SUBSCRIBE to the presence of the agent's phone, and keep it alive."""

    agent: AgentId
    uri: SipUri
    hop: Hop | None = None


class Unwatch(Message, frozen=True):
    """agent -> gateway: end the subscription; nothing more is told of it."""

    agent: AgentId


class Presence(StrEnum):
    """What a phone's presence says (docs/pjsua2.md, presence)."""

    IDLE = "idle"
    RINGING = "ringing"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


class PresenceIdle(Message, frozen=True):
    """gateway -> agent: the phone is registered and free."""

    agent: AgentId
    uri: SipUri


class PresenceBusy(Message, frozen=True):
    """gateway -> agent: the phone rings, talks or holds; `ringing` where the note says so."""

    agent: AgentId
    uri: SipUri
    ringing: bool = False


class PresenceUnavailable(Message, frozen=True):
    """gateway -> agent: the phone is not registered."""

    agent: AgentId
    uri: SipUri


class PresenceUnknown(Message, frozen=True):
    """gateway -> agent: no subscription, or it ended, or an unknown note; it is tried again."""

    agent: AgentId
    uri: SipUri
    reason: str
