"""A bare RTP end point: every packet it receives as it came, and a steady stream of its own."""

from __future__ import annotations

import dataclasses
import itertools
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

from tests.patience import PATIENCE
from tests.ports import free_port

HEADER = struct.Struct("!BBHII")
PTIME_SECONDS = 0.02
SAMPLES = 160
DTMF = 101


@dataclasses.dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet (RFC 3550, section 5.1), with its arrival in monotonic seconds."""

    at: float
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes

    @classmethod
    def parse(cls, data: bytes, at: float) -> Packet:
        """Read one packet without extension or CSRCs."""
        first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
        assert first == 0x80, f"not a plain RTP header: {first:#x}"
        return cls(
            at, bool(second & 0x80), second & 0x7F, sequence, timestamp, ssrc, data[HEADER.size :]
        )


class RtpTap:
    """A UDP port on 127.0.0.1 for a scenario's SDP, which records and, if told, speaks."""

    def __init__(self) -> None:
        self.port = free_port()
        self.packets: list[Packet] = []
        self.source = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))
        self._socket.settimeout(0.2)
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._receive, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _receive(self) -> None:
        while not self._stop.is_set():
            try:
                data, address = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            packet = Packet.parse(data, time.monotonic())
            with self._changed:
                self.packets.append(packet)
                self.source = address[1]
                self._changed.notify_all()

    def wait_packets(self, count: int, timeout: float = PATIENCE) -> list[Packet]:
        """Wait until at least `count` packets have come; return all of them."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self.packets) >= count, timeout)
            assert enough, f"{len(self.packets)} of {count} RTP packets in {timeout} s"
            return list(self.packets)

    def wait_source(self, timeout: float = PATIENCE) -> int:
        """Return the port the packets come from."""
        self.wait_packets(1, timeout)
        return self.source

    def speak(self, port: int, payload: bytes) -> None:
        """Send `payload`, a multiple of 160 bytes of PCMU, over and over to 127.0.0.1:`port`."""
        thread = threading.Thread(target=self._speak, args=(port, payload), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _speak(self, port: int, payload: bytes) -> None:
        frames = itertools.cycle(
            payload[at : at + SAMPLES] for at in range(0, len(payload), SAMPLES)
        )
        start = time.monotonic()
        for number, frame in enumerate(frames):
            if self._stop.wait(max(0.0, start + number * PTIME_SECONDS - time.monotonic())):
                return
            second = 0x80 if number == 0 else 0
            header = HEADER.pack(
                0x80, second, number & 0xFFFF, number * SAMPLES & 0xFFFFFFFF, 0x7A9
            )
            try:
                self._socket.sendto(header + frame, ("127.0.0.1", port))
            except OSError:
                return

    def close(self) -> None:
        """Close the port."""
        self._stop.set()
        for thread in self._threads:
            thread.join(2)
        self._socket.close()


def breaks(packets: list[Packet]) -> list[str]:
    """Tell every break of the one RTP line: another SSRC, sequence not +1, timestamp not +160.

    Packets of one RFC 4733 event share a timestamp (RFC 4733, section 2.5.1.2), so the timestamps
    of telephone-events are not looked at.
    """
    told = []
    for before, after in itertools.pairwise(packets):
        where = f"at packet {after.sequence}"
        if after.ssrc != before.ssrc:
            told.append(f"{where}: SSRC {before.ssrc:#x} -> {after.ssrc:#x}")
        if after.sequence != (before.sequence + 1) & 0xFFFF:
            told.append(f"{where}: sequence {before.sequence} -> {after.sequence}")
        step = (after.timestamp - before.timestamp) & 0xFFFFFFFF
        if DTMF not in (before.payload_type, after.payload_type) and step != SAMPLES:
            told.append(f"{where}: timestamp +{step}")
    return told
