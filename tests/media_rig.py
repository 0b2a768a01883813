"""A running media actor with a real pump, and phones of plain sockets that speak RTP to it."""

from __future__ import annotations

import contextlib
import queue
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import numpy as np

from actors.exchange.actor import World
from actors.exchange.clock import SystemClock
from actors.exchange.exchange import Exchange
from actors.exchange.post import Post, Ref
from actors.ids import CallId, Leg, MusicClass, PromptId
from actors.messages.media import (
    Aim,
    Bridge,
    Close,
    Closed,
    GetMediaState,
    MediaState,
    Open,
    Opened,
    PlayMusic,
)
from actors.messages.sip import Codec, Direction, Media
from actors.settings import MediaSettings
from media.actor import MediaActor
from media.child import Child, Memory
from media.control import Command, Event, Ready, Start
from media.g711 import DECODE, Law, Samples, encode
from media.keeper import Keeper
from media.sessions import Table
from media.sounds import Sounds
from tests.patience import PATIENCE
from tests.ports import free_port

PCMU, PCMA = Codec("PCMU", 0), Codec("PCMA", 8)
EVENTS = 101
WELCOME, NEWS, TUNE = PromptId("welcome"), PromptId("news"), MusicClass("tune")
FRAME = 160
FRAME_SECONDS = 0.02
SILENCE = b"\xff" * FRAME
VOICE = b"\x77" * FRAME
_HEADER = struct.Struct("!BBHII")
_TIMESPEC = struct.Struct("qq")
_SO_TIMESTAMPNS = 35

M = TypeVar("M")


def frames_of(codes: range) -> Samples:
    """Return frames of one mu-law byte each: every frame is known by its byte."""
    return np.repeat(DECODE[Law.MU][list(codes)], FRAME)


PROMPTS = {WELCOME: frames_of(range(10)), NEWS: frames_of(range(10, 15))}
MUSIC = {TUNE: frames_of(range(20, 120))}


def bytes_of(samples: Samples, law: Law = Law.MU) -> list[bytes]:
    """Return the payloads of samples, frame by frame."""
    return [frame.tobytes() for frame in encode(samples, law).reshape(-1, FRAME)]


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet and when the kernel received it, in seconds of Unix time."""

    at: float
    second: int
    seq: int
    ts: int
    ssrc: int
    payload: bytes

    @property
    def marker(self) -> bool:
        return bool(self.second & 0x80)

    @property
    def kind(self) -> int:
        return self.second & 0x7F


class RtpPhone:
    """A phone's RTP socket on any address of 127/8."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((host, 0))
        self.sock.settimeout(PATIENCE)
        self.sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.host, self.port = self.sock.getsockname()
        self.seq, self.ts, self.ssrc = 65530, 0xFFFFFF00, 0x12345678
        self.sent = 0
        self.got: list[Packet] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def media(self, version: str = "1", direction: Direction = Direction.SENDRECV) -> Media:
        codecs = (PCMU, PCMA)
        return Media(self.host, self.port, codecs, EVENTS, direction, version=version)

    def send(self, to: tuple[str, int], payload: bytes = b"\x11" * FRAME, second: int = 0) -> None:
        """Send one packet; its line moves on by a frame."""
        header = _HEADER.pack(0x80, second, self.seq, self.ts, self.ssrc)
        self.sock.sendto(header + payload, to)
        self.sent += 1
        self.seq = (self.seq + 1) & 0xFFFF
        self.ts = (self.ts + FRAME) & 0xFFFFFFFF

    def send_until_heard(self, to: tuple[str, int]) -> Packet:
        """Speak, a packet a frame, until something comes back: the first packet of it."""
        for _ in range(round(PATIENCE / FRAME_SECONDS)):
            self.send(to)
            if select.select([self.sock], [], [], FRAME_SECONDS)[0]:
                return self.receive()
        raise AssertionError(f"nothing came from {to} in {PATIENCE} s")

    def press(self, to: tuple[str, int], event: int, packets: int = 5) -> None:
        """Send a press as a phone does: all packets with one timestamp, the end three times."""
        for number in range(packets):
            end = 0x80 if number >= packets - 3 else 0
            payload = struct.pack("!BBH", event, end | 10, FRAME * (number + 1))
            header = _HEADER.pack(0x80, EVENTS | (0 if number else 0x80), self.seq, self.ts, 7)
            self.sock.sendto(header[:8] + struct.pack("!I", self.ssrc) + payload, to)
            self.seq = (self.seq + 1) & 0xFFFF
        self.ts = (self.ts + 4 * FRAME) & 0xFFFFFFFF

    def receive(self) -> Packet:
        """Wait for the next packet and keep it."""
        data, (stamp, *_), _, _ = self.sock.recvmsg(2000, 64)
        seconds, nanoseconds = _TIMESPEC.unpack(stamp[2])
        _, second, seq, ts, ssrc = _HEADER.unpack_from(data)
        packet = Packet(seconds + nanoseconds / 1e9, second, seq, ts, ssrc, data[12:])
        self.got.append(packet)
        return packet

    def receive_until(self, wanted: Callable[[Packet], bool], most: int = 500) -> Packet:
        """Receive until a packet is wanted."""
        for _ in range(most):
            packet = self.receive()
            if wanted(packet):
                return packet
        raise AssertionError(f"not among {most} packets")

    def hears_nothing(self, seconds: float) -> bool:
        """Return whether no packet comes for so long."""
        self.sock.settimeout(seconds)
        try:
            self.sock.recv(2000)
        except TimeoutError:
            return True
        finally:
            self.sock.settimeout(PATIENCE)
        return False

    def forget_waiting(self) -> None:
        """Take what waits in the socket without looking at it."""
        self.sock.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.sock.recv(2000)
        self.sock.settimeout(PATIENCE)


class Ears:
    """Where a call's actor would be: keeps what it is told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.told: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def tell(self, message: Any) -> None:
        self.told.put(message)

    def wait_for(self, kind: type[M]) -> M:
        """Return the next message of a kind; what comes before it is dropped."""
        until = time.monotonic() + PATIENCE
        while True:
            message = self.told.get(timeout=max(until - time.monotonic(), 0.001))
            if isinstance(message, kind):
                return message

    def all_now(self) -> list[Any]:
        """Return what has been told so far."""
        found = []
        while not self.told.empty():
            found.append(self.told.get())
        return found


def write_sounds(folder: Path) -> Sounds:
    """Write PROMPTS and MUSIC as the server's sounds are."""
    for name, samples in (*PROMPTS.items(), *MUSIC.items()):
        np.save(folder / f"{name}.npy", samples)
    return Sounds(
        {name: folder / f"{name}.npy" for name in PROMPTS},
        {name: folder / f"{name}.npy" for name in MUSIC},
    )


class Rig:
    """The media actor of a server on 127.0.0.1, with calls named c0, c1, …"""

    def __init__(self, folder: Path, **settings: Any) -> None:
        first = free_port()
        defaults: dict[str, Any] = {
            "address": "127.0.0.1",
            "port": first,
            "pool_first": free_port(),
            "quiet_seconds": 0.0,
            "learning_seconds": 2.0,
        }
        defaults.update(settings)
        defaults.setdefault("pool_last", defaults["pool_first"])
        self.post = Post()
        self.exchange = Exchange()
        self.exchange.start()
        self.pids: list[int] = []
        self._children: list[Child] = []
        self._ready = threading.Event()
        world = World(self.post, SystemClock(), self.exchange, self.exchange)
        self.ref = MediaActor.start(
            world, MediaSettings(**defaults), write_sounds(folder), keeper=Keeper(self._start)
        )
        self.post.add("media", self.ref)
        assert self._ready.wait(PATIENCE)
        self.ears: dict[CallId, Ears] = {}
        self._phones: list[RtpPhone] = []

    def _start(self, start: Start, memory: Memory) -> Child:
        ready = self._ready

        self.table = Table(memory.map)

        class Overheard(Child):
            def receive(self) -> list[Command | Event]:
                events = super().receive()
                if any(isinstance(event, Ready) for event in events):
                    ready.set()
                return events

        child = Overheard(start, memory)
        self.pids.append(child.pid)
        self._children.append(child)
        return child

    def hang_up(self) -> None:
        """Close the wire to the pump."""
        self._children[-1]._hang_up()

    def codes(self) -> list[int | None]:
        """Return with what codes the pumps have ended."""
        return [child._process.returncode for child in self._children]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close_all()

    def close_all(self) -> None:
        """Stop everything."""
        self.ref.stop()
        self.exchange.stop()
        for phone in self._phones:
            phone.sock.close()

    def phone(self, host: str = "127.0.0.1") -> RtpPhone:
        """Return a phone that goes when the rig does."""
        self._phones.append(RtpPhone(host))
        return self._phones[-1]

    def call(self) -> tuple[Leg, Ears]:
        """Return the caller's leg of a new call, and where its actor would be."""
        call = CallId(f"c{len(self.ears)}")
        self.ears[call] = Ears()
        self.post.add_call(call, cast("Ref", self.ears[call]))
        return Leg(call, 0), self.ears[call]

    def open(
        self, phone: RtpPhone, *, codec: Codec = PCMU, **change: Any
    ) -> tuple[Leg, Ears, tuple[str, int]]:
        """Open a session for a phone; return leg, ears, and where it is to send its RTP.

        Where the phone is one that hears us, it has by then: the pump knows of it.
        """
        leg, ears = self.call()
        remote = change.pop("remote", phone.media())
        self.ref.tell(Open(leg, codec, remote, change.pop("source", phone.host)))
        opened = ears.wait_for(Opened)
        if remote.port == phone.port and remote.direction is Direction.SENDRECV:
            phone.receive()
        return leg, ears, (opened.address, opened.port)

    def aim(self, leg: Leg, remote: Media, codec: Codec = PCMU) -> None:
        self.ref.tell(Aim(leg, codec, remote))

    def settle(self) -> None:
        """Wait until the pump has taken in what phones have sent, and obeyed what it was told.

        It listens once more before it tells that a session is closed.
        """
        leg, ears = self.call()
        self.ref.tell(Open(leg, PCMU, None, "127.0.0.1"))
        self.ref.tell(Close(leg))
        ears.wait_for(Closed)

    def close(self, leg: Leg) -> Closed:
        """Close a session once all is heard that its phone has sent."""
        self.settle()
        self.ref.tell(Close(leg))
        return self.ears[leg.call].wait_for(Closed)

    def state(self) -> MediaState:
        answer = self.ref.ask(GetMediaState(), timeout=PATIENCE)
        assert isinstance(answer, MediaState)
        return answer

    def bridge(self, leg: Leg, phone: RtpPhone, other: Leg) -> None:
        """Bridge two legs, and wait until the phone of the first can tell by its ear."""
        self.ref.tell(PlayMusic(leg, TUNE))
        phone.receive_until(lambda packet: packet.payload in bytes_of(MUSIC[TUNE]))
        self.ref.tell(Bridge(leg, other))
        phone.receive_until(lambda packet: packet.payload == SILENCE)
