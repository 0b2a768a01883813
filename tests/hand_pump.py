"""A pump in the test's own hands: real sockets and phones, but slices and ticks when it says so."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Self

from media.control import AimSession, Command, Event, OpenSession, Start, Wire
from media.pump import Pump
from media.sessions import Table
from media.sounds import Sounds
from media.udp import open_socket
from tests.ports import free_port

EVENTS = 101
HOST = "127.0.0.1"


def _phone(port: int) -> socket.socket:
    phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    phone.bind((HOST, port))
    phone.settimeout(0)
    return phone


class HandPump:
    """A pump with `doors` ports, and phones with a socket each: phone i is for session i."""

    def __init__(self, sounds: Sounds, phones: int, doors: int = 1) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ports = [open_socket(HOST, 0) for _ in range(doors)]
        self.at = [sock.getsockname() for sock in ports]
        # Claimed ports: a phone that is closed for a moment finds its own still free.
        self._ports = [free_port() for _ in range(phones)]
        self.phones = [_phone(port) for port in self._ports]
        prompts = {str(name): str(path) for name, path in sounds.prompts.items()}
        music = {str(name): str(path) for name, path in sounds.music.items()}
        above: list[int | None] = [None] * doors
        start = Start([sock.detach() for sock in ports], above, 0, 0, 0, 100, prompts, music)
        self.pump = Pump(Wire(theirs), Table(), start)

    def open(self, slot: int, ssrc: int = 1, door: int = 0) -> None:
        """Open the session of a phone, which speaks and hears mu-law."""
        self.obey(OpenSession(slot, door, ssrc, 65530, 0xFFFFFF00, resumed=False))
        self.aim(slot)

    def aim(
        self,
        slot: int,
        law: int = 0,
        events: int = EVENTS,
        *,
        hears: bool = True,
        speaks: bool = True,
    ) -> None:
        """Aim the session at its phone."""
        port = self._ports[slot]
        laws = (law, law * 8, 0, 8, events)
        self.obey(AimSession(slot, *laws, HOST, port, HOST, hears, speaks, window=True))

    def obey(self, *commands: Command) -> None:
        """Carry out what an actor would say."""
        self.pump.obey(list(commands))

    def send(self, phone: int, datagram: bytes, door: int = 0) -> None:
        """Send from a phone; on the loopback interface it is there at once."""
        self.phones[phone].sendto(datagram, self.at[door])

    def reopen(self, phone: int) -> None:
        """Let a phone whose socket has been closed listen at its port again."""
        self.phones[phone] = _phone(self._ports[phone])

    def slice(self) -> None:
        """Take in what has been sent, and relay it."""
        self.pump._hear()

    def tick(self, ticks: int = 1) -> None:
        """Take ticks of 20 ms."""
        for _ in range(ticks):
            self.pump.tick += 1
            self.pump.sessions.tick = self.pump.tick
            self.pump._take_tick()

    def events(self) -> list[Event]:
        """Return what the pump has to tell since it was asked last."""
        self.pump._beat()
        events, self.pump.events = self.pump.events, []
        return events

    def got(self, phone: int) -> Iterator[bytes]:
        """Take what a phone was sent."""
        with contextlib.suppress(BlockingIOError):
            while True:
                yield self.phones[phone].recv(2000)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all sockets."""
        for sock in (self._ours, self.pump.wire.sock, *self.phones):
            sock.close()
        self.pump.reception.close()
