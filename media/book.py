"""What MediaActor knows of each leg: enough to tell a new pump all about it. Pure."""

from __future__ import annotations

import heapq
import ipaddress
import random
from collections.abc import Callable
from dataclasses import dataclass

from actors.ids import Leg
from actors.messages.media import Open
from actors.messages.sip import Codec, Direction, Media
from media.control import AimSession, Command, Join, OpenSession, PlayPrompts, SetMusic
from media.g711 import Law
from media.ports import SHARED, NoPort, Ports
from media.sessions import CAPACITY

LAWS = {"PCMU": Law.MU, "PCMA": Law.A}


@dataclass(slots=True)
class Session:
    """One leg's session: `door` is its socket's place, `slot` its row; `closing`: Close came."""

    leg: Leg
    slot: int
    door: int
    codec: Codec
    remote: Media | None
    source: str
    line: OpenSession
    says: PlayPrompts | None = None
    music: str | None = None
    peer: Leg | None = None
    closing: bool = False


class Book:
    """All sessions, their slots and ports; NoPort says why there is no session."""

    def __init__(self, pool: int, chance: random.Random) -> None:
        self._chance = chance
        self._ports = Ports(pool)
        self._slots = list(range(CAPACITY))
        self._sessions: dict[Leg, Session] = {}
        self._by_slot: dict[int, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, message: Open) -> Session:
        """Return the new session; one that cannot be raises NoPort with the reason."""
        leg, remote = message.leg, message.remote
        check(message.codec, remote)
        if leg in self._sessions:
            raise NoPort("the leg's session is being closed")
        if not self._slots:
            raise NoPort(f"all {CAPACITY} sessions are in use")
        address = (remote.address, remote.port) if remote else None
        # The slot is taken last: whatever raises before, nothing is kept.
        line = fresh_line(self._slots[0], self._chance)
        line = line._replace(door=self._ports.choose(leg, address, message.source))
        slot, door = heapq.heappop(self._slots), line.door
        session = Session(leg, slot, door, message.codec, remote, message.source, line)
        self._sessions[leg] = self._by_slot[slot] = session
        return session

    def get(self, leg: Leg) -> Session | None:
        """Return a leg's session, None where there is none or it is being closed."""
        session = self._sessions.get(leg)
        return None if session is None or session.closing else session

    def at(self, slot: int) -> Session | None:
        """Return the session of a slot."""
        return self._by_slot.get(slot)

    def aim(self, session: Session, codec: Codec, remote: Media) -> bool:
        """Note the session's new SDP; False where, on the shared port, another has its address."""
        check(codec, remote)
        session.codec, session.remote = codec, remote
        return self._ports.aim(session.leg, (remote.address, remote.port))

    def join(self, one: Session, other: Session) -> None:
        """Let two sessions hear each other and nothing else."""
        for end, peer in ((one, other), (other, one)):
            self.part(end)
            end.says = end.music = None
            end.peer = peer.leg

    def part(self, session: Session) -> None:
        """Take the session and its peer apart; both hear silence."""
        peer = self._sessions.get(session.peer) if session.peer else None
        for end in (session, peer) if peer else ():
            end.peer = end.music = None

    def remove(self, session: Session) -> None:
        """Forget a session; its slot and port are free."""
        del self._sessions[session.leg], self._by_slot[session.slot]
        heapq.heappush(self._slots, session.slot)
        self._ports.release(session.leg)

    def closing(self) -> list[Session]:
        """Return the sessions whose Close has come."""
        return [session for session in self._sessions.values() if session.closing]

    def all_anew(self, known: Callable[[Session], bool]) -> list[Command]:
        """Return what a new pump is told: every session with its line, aim, sound and peer.

        `known`: whether a former pump had begun the session's line, which then goes on.
        """
        commands: list[Command] = []
        sessions = list(self._sessions.values())
        for session in sessions:
            commands.append(session.line._replace(resumed=known(session)))
            if session.remote is not None:
                window = not known(session)
                commands.append(aiming(session, session.remote, window=window))
            if session.music is not None:
                commands.append(SetMusic(session.slot, session.music))
        slots = {session.leg: session.slot for session in sessions}
        commands += [
            Join(session.slot, slots[session.peer])
            for session in sessions
            if session.peer in slots and session.slot < slots[session.peer]
        ]
        # Last, for a bridge ends prompts: what is still said was said over it.
        plays = [session.says for session in sessions if session.says]
        return commands + [play._replace(resumed=True) for play in plays]


def check(codec: Codec, remote: Media | None) -> None:
    """Raise NoPort where this codec is not spoken, or that address not reached."""
    if codec.name.upper() not in LAWS:
        raise NoPort(f"no such codec: {codec.name}")
    if remote is not None:
        try:
            ipaddress.IPv4Address(remote.address)
        except ValueError:
            raise NoPort(f"RTP goes to IPv4 addresses only, not to {remote.address}") from None


def fresh_line(slot: int, chance: random.Random) -> OpenSession:
    """Return a beginning on the shared port: SSRC, sequence, timestamp by chance (RFC 3550, 5.1).

    The sequence starts in the lower half, as RFC 3711, section 3.3.1, advises.
    """
    bits = chance.getrandbits(79)  # at once: the kernel is asked for each draw
    ssrc, seq, ts = bits >> 47, bits >> 32 & 0x7FFF, bits & 0xFFFFFFFF
    return OpenSession(slot, SHARED, ssrc, seq, ts, resumed=False)


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
