"""What passes one interface of a host: UDP datagrams and TCP segments, both ways, in order."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from tests.hosts.host import Host
from tests.hosts.siptext import Message, messages

ETH_P_ALL, ETH_P_IP = 3, 0x0800
SO_RCVBUF_BYTES = 4 << 20
FRAGMENT = 0x3FFF
RTP_VERSION = 2
RTP_HEADER = 12


@dataclass(frozen=True, slots=True)
class Packet:
    """One datagram or segment, with its arrival in monotonic seconds."""

    at: float
    protocol: str
    source: tuple[str, int]
    target: tuple[str, int]
    payload: bytes

    @property
    def is_rtp(self) -> bool:
        """Looks like RTP (RFC 3550, section 5.1): version 2 and a whole header, by UDP."""
        known = self.protocol == "udp" and len(self.payload) >= RTP_HEADER
        return known and self.payload[0] >> 6 == RTP_VERSION


@dataclass(frozen=True, slots=True)
class Seen:
    """A SIP message on the wire."""

    at: float
    protocol: str
    source: tuple[str, int]
    target: tuple[str, int]
    message: Message


def _packet(frame: bytes, at: float) -> Packet | None:
    """Read an IPv4 packet without fragments; None for anything else."""
    length = (frame[0] & 0x0F) * 4
    total, fragment = struct.unpack_from("!2xH2xH", frame)
    if fragment & FRAGMENT:
        return None
    data = frame[length:total]
    source, target = socket.inet_ntoa(frame[12:16]), socket.inet_ntoa(frame[16:20])
    if frame[9] == socket.IPPROTO_UDP:
        ports, protocol, payload = struct.unpack_from("!HH", data), "udp", data[8:]
    elif frame[9] == socket.IPPROTO_TCP:
        ports, protocol = struct.unpack_from("!HH", data), "tcp"
        payload = data[(data[12] >> 4) * 4 :]
    else:
        return None
    return Packet(at, protocol, (source, ports[0]), (target, ports[1]), payload)


class Capture:
    """Reads an interface from the start of its block to the end."""

    def __init__(self, host: Host, interface: str = "eth0") -> None:
        # All protocols: a socket for one of them sees what comes in and not what goes out.
        with host.network():
            self._socket = socket.socket(
                socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)
            )
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SO_RCVBUF_BYTES)
            self._socket.bind((interface, ETH_P_ALL))
        self._socket.settimeout(0.1)
        self._packets: list[Packet] = []
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._stopped = True
        self._thread.join(5)
        self._socket.close()

    def _read(self) -> None:
        while not self._stopped:
            with contextlib.suppress(TimeoutError):
                frame, (_, protocol, *_more) = self._socket.recvfrom(65535)
                if protocol == ETH_P_IP and (packet := _packet(frame, time.monotonic())):
                    with self._changed:
                        self._packets.append(packet)
                        self._changed.notify_all()

    def mark(self) -> int:
        """Return how many packets there are so far."""
        with self._changed:
            return len(self._packets)

    def packets(self, since: int = 0) -> list[Packet]:
        """Return what has passed from packet number `since` on."""
        with self._changed:
            return self._packets[since:]

    def sip(self, since: int = 0) -> list[Seen]:
        """Return the SIP messages among it, those of TCP put together first."""
        found: list[Seen] = []
        streams: dict[tuple[tuple[str, int], tuple[str, int]], bytes] = {}
        for packet in self.packets(since):
            way = packet.source, packet.target
            if packet.protocol == "tcp":
                read, streams[way] = messages(streams.get(way, b"") + packet.payload)
            elif packet.is_rtp:
                continue
            else:
                read = Message.read_all(packet.payload)
            found += [Seen(packet.at, packet.protocol, *way, message) for message in read]
        return found

    def wait_sip(
        self, wanted: Callable[[Seen], bool], what: str, since: int = 0, timeout: float = 5
    ) -> Seen:
        """Return the first SIP message that is wanted, as soon as it has passed."""
        until = time.monotonic() + timeout
        with self._changed:
            while True:
                for seen in self.sip(since):
                    if wanted(seen):
                        return seen
                left = until - time.monotonic()
                passed = [f"{seen.source} {seen.message.start}" for seen in self.sip(since)]
                assert left > 0, f"waited {timeout} s in vain for {what}; passed: {passed}"
                self._changed.wait(left)
