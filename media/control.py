"""The wire between MediaActor and the pump: batches of small messages as JSON over SOCK_SEQPACKET.

Sessions are numbers (slots) here: rows of the pump's table. Prompts and music are named.
"""

from __future__ import annotations

import json
import socket
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

# ---- actor -> pump ---------------------------------------------------------------------------


class Start(NamedTuple):
    """What the pump needs once. `sockets`: descriptors, the shared port's first; 20 ms ticks.

    `control`: the descriptors of the ports above them, for RTCP; None where there is none. After
    `silent_ticks` the silence of a leg in a talk is told, after `quiet_ticks` that of any other.

    `epoch_ns` is when tick 0 was due, in nanoseconds of the monotonic clock: a pump that replaces a
    dead one goes on with its ticks, and so with its music.
    """

    sockets: list[int]
    control: list[int | None]
    epoch_ns: int
    silent_ticks: int
    quiet_ticks: int
    learning_ticks: int
    prompts: dict[str, str]
    music: dict[str, str]


class Learn(NamedTuple):
    """More sounds, by the paths of their files; one of a known name takes that one's place."""

    prompts: dict[str, str]
    music: dict[str, str]


class OpenSession(NamedTuple):
    """A session at `door`, a place in Start.sockets. `resumed`: the line in its row goes on."""

    slot: int
    door: int
    ssrc: int
    seq: int
    ts: int
    resumed: bool


class AimSession(NamedTuple):
    """Where the session's RTP goes and comes from; -1 for a payload type that is not spoken.

    `window`: a new SDP, which opens a learning window; `source` may then speak for `address`.
    """

    slot: int
    law: int
    payload_type: int
    mu_law: int
    a_law: int
    dtmf: int
    address: str
    port: int
    source: str
    hears: bool
    speaks: bool
    window: bool


class PlayPrompts(NamedTuple):
    """Say these one after another. `resumed`: go on at the prompt and frame the row has."""

    slot: int
    prompts: list[str]
    token: int
    resumed: bool


class StopPrompts(NamedTuple):
    """Say no more."""

    slot: int


class SetMusic(NamedTuple):
    """What lies under the prompts: a class of music."""

    slot: int
    music: str


class Join(NamedTuple):
    """Two sessions hear each other; prompts and music of both end."""

    one: int
    other: int


class Part(NamedTuple):
    """The session and its peer hear silence."""

    slot: int


class CloseSession(NamedTuple):
    """The session is over; answered by SessionClosed, after which the slot may be used again."""

    slot: int


# ---- pump -> actor ---------------------------------------------------------------------------


class Ready(NamedTuple):
    """The sounds are loaded; ticks have begun."""

    prompts: int
    music: int


class Beat(NamedTuple):
    """Sent twice a second: the pump lives. Counters since it began, lateness of the last 60 s."""

    late_p50_ms: float
    late_p99_ms: float
    late_max_ms: float
    skipped_ticks: int
    received: int
    sent: int
    send_failures: int
    strangers: int
    rtcp: int
    kernel_drops: int
    dropped_batches: int


class PromptsPlayed(NamedTuple):
    """The PlayPrompts with this token came to its end."""

    slot: int
    token: int


class Pressed(NamedTuple):
    """One key was pressed (RFC 4733)."""

    slot: int
    digit: str


class Silent(NamedTuple):
    """Nothing was received for so long, neither RTP nor RTCP; told again while that lasts."""

    slot: int
    seconds: float


class Unreachable(NamedTuple):
    """The network does not deliver what is sent to the leg (ICMP), and nothing is heard of it."""

    slot: int
    why: str


class Learned(NamedTuple):
    """The session's RTP comes from another address than its SDP says, and now goes there."""

    slot: int
    address: str
    port: int


class SessionClosed(NamedTuple):
    """The session is gone; its figures."""

    slot: int
    sent: int
    received: int
    lost: int
    refused: int
    jitter_ms: float


Command = (
    Start
    | OpenSession
    | AimSession
    | Learn
    | PlayPrompts
    | StopPrompts
    | SetMusic
    | Join
    | Part
    | CloseSession
)
Event = Ready | Beat | PromptsPlayed | Pressed | Silent | Unreachable | Learned | SessionClosed

_KINDS: dict[str, type[Command | Event]] = {
    kind.__name__: kind
    for kind in (
        *(Start, Learn, OpenSession, AimSession, PlayPrompts, StopPrompts, SetMusic, Join, Part),
        *(CloseSession, Ready, Beat, PromptsPlayed, Pressed, Silent, Unreachable, Learned),
        SessionClosed,
    )
}
_AT_ONCE = 64
"""Messages a batch, which a pump carries out in 2 ms, so that its tick waits no longer."""
_LARGEST = 1 << 20


def pack(messages: Iterable[Command | Event]) -> bytes:
    """Return one batch."""
    batch = [(type(each).__name__, *each) for each in messages]
    try:
        return msgspec.json.encode(batch)
    except UnicodeEncodeError:  # the path of a sound, in bytes that are no UTF-8 (PEP 383)
        return json.dumps(batch).encode()


def unpack(batch: bytes) -> list[Command | Event]:
    """Return the messages of a batch."""
    try:
        found = msgspec.json.decode(batch)
    except msgspec.DecodeError:
        found = json.loads(batch)
    return [_KINDS[name](*fields) for name, *fields in found]


class Wire:
    """One end. Sending never waits: what the socket does not take is kept, and sent with the next.

    `sock` is SOCK_SEQPACKET: a batch is one packet. The kernel queues as few as 10 of them
    (net.unix.max_dgram_qlen), which is why they are batches.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
        self._waiting: deque[Command | Event] = deque()

    def send(self, *messages: Command | Event) -> bool:
        """Send these after all that waits; True where nothing is left waiting.

        ConnectionError where the other end is gone.
        """
        self._waiting.extend(messages)
        while self._waiting:
            some = [self._waiting[i] for i in range(min(_AT_ONCE, len(self._waiting)))]
            try:
                self.sock.send(pack(some), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            except BlockingIOError:
                return False
            for _ in some:
                self._waiting.popleft()
        return True

    def receive(self, flags: int = 0) -> list[Command | Event]:
        """Return the next batch; EOFError where nobody is there any more."""
        batch = self.sock.recv(_LARGEST, flags)
        if not batch:
            raise EOFError
        return unpack(batch)
