"""What MediaActor knows of each leg: enough to tell a new pump all about it. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass

from actors.ids import Leg
from actors.messages.sip import Codec, Direction, Media
from media.control import (
    AimSession,
    Command,
    Join,
    OpenSession,
    PlayPrompts,
    SetMusic,
)
from media.g711 import Law

LAWS = {"PCMU": Law.MU, "PCMA": Law.A}


@dataclass(slots=True)
class Session:
    """One leg's session: `home` is its socket's place, `slot` its row; `closing`: Close came."""

    leg: Leg
    slot: int
    home: int
    codec: Codec
    remote: Media | None
    source: str
    line: OpenSession
    says: PlayPrompts | None = None
    music: str | None = None
    peer: Leg | None = None
    closing: bool = False


def fresh_line(slot: int, home: int, chance: random.Random) -> OpenSession:
    """Return a session's beginning: SSRC, sequence and timestamp by chance (RFC 3550, section 5.1).

    The sequence starts in the lower half, as RFC 3711, section 3.3.1, advises.
    """
    ssrc, ts = chance.getrandbits(32), chance.getrandbits(32)
    return OpenSession(slot, home, ssrc, chance.getrandbits(15), ts, resumed=False)


def aiming(session: Session, remote: Media, *, window: bool) -> AimSession:
    """Return where the session's RTP goes: to a party that holds (sendonly, inactive) goes none.

    Only a party that sends and receives is missed when it falls silent (RFC 3264, section 8.4).
    """
    kinds = dict.fromkeys(LAWS.values(), -1)
    for codec in (*remote.codecs, session.codec):
        if codec.name.upper() in LAWS:
            kinds[LAWS[codec.name.upper()]] = codec.payload_type
    hears = remote.direction in {Direction.SENDRECV, Direction.RECVONLY}
    return AimSession(
        session.slot,
        int(LAWS[session.codec.name.upper()]),
        session.codec.payload_type,
        kinds[Law.MU],
        kinds[Law.A],
        -1 if remote.dtmf is None else remote.dtmf,
        remote.address,
        remote.port,
        session.source,
        hears,
        remote.direction is Direction.SENDRECV,
        window,
    )


def all_anew(sessions: list[Session]) -> list[Command]:
    """Return what a new pump is told: every session with its line, aim, sound and peer."""
    commands: list[Command] = []
    for session in sessions:
        commands.append(session.line._replace(resumed=True))
        if session.remote is not None:
            commands.append(aiming(session, session.remote, window=False))
        if session.music is not None:
            commands.append(SetMusic(session.slot, session.music))
    slots = {session.leg: session.slot for session in sessions}
    commands += [
        Join(session.slot, slots[session.peer])
        for session in sessions
        if session.peer in slots and session.slot < slots[session.peer]
    ]
    # Last, for a bridge ends prompts: what is still said was said over it.
    commands += [session.says._replace(resumed=True) for session in sessions if session.says]
    return commands
