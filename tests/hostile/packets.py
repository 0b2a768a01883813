"""RTP to the pump: from phones in a call with an agent, from callers who wait, and from anybody."""

from __future__ import annotations

import re
import socket

from tests.hostile import sdps
from tests.hostile.chance import Chance
from tests.hostile.evil_answers import answer_to
from tests.hostile.ground import LURED_AGENT, Ground
from tests.hostile.honest import log_on
from tests.hostile.sip_texts import request
from tests.hostile.stranger import LURED_PHONE, STRANGER, Dialog, Stranger
from tests.server import eventually

CALLERS = 6
BATCHES = 12
BATCH = 60
A_SECOND = 50.0
"""Batches: 3,000 packets a second, as sixty phones send."""
_AUDIO = re.compile(rb"m=audio ([0-9]+) ")


class Packets:
    """Each burst: batches of packets, sound and spoilt, from everybody in disorder."""

    def __init__(self, ground: Ground, chance: Chance) -> None:
        self._ground = ground
        self._chance = chance
        port = ground.server.sip_port
        self._voices = [Voice(chance, STRANGER) for _ in range(CALLERS + 1)]
        self._phone = Stranger(chance, port, LURED_PHONE)
        self._callers = [Stranger(chance, port) for _ in range(CALLERS)]
        self._to = [_AUDIO_PORT_UNKNOWN] * (CALLERS + 1)
        log_on(ground.server, self._phone, LURED_AGENT)
        self._dialogs = [self._call(at) for at in range(CALLERS)]
        eventually(self._answers, "the evil phone to be rung", 10.0)

    def close(self) -> None:
        """Hang up, and leave."""
        for caller, dialog in zip(self._callers, self._dialogs, strict=True):
            caller.say(dialog.request(b"BYE"))
        self._phone.pace(2)
        self._serve()
        for party in (*self._callers, self._phone):
            party._socket.close()
        for voice in self._voices:
            voice._socket.close()

    def _call(self, at: int) -> Dialog:
        """Call: the first one for the evil phone, the others to wait."""
        caller, voice = self._callers[at], self._voices[at]
        user = b"wait" if at else b"lure"
        body = sdps.sound(STRANGER.encode(), voice.port)
        caller.say(request(self._chance, caller.place, b"INVITE", user, body))
        answer = caller.receive(b"SIP/2.0 2")
        self._to[at] = _port(answer)
        dialog = Dialog.called(caller, answer)
        dialog.cseq = 0
        caller.say(dialog.request(b"ACK"))
        return dialog

    def _answers(self) -> bool:
        for message in self._phone.heard(0.05):
            if message.startswith(b"SUBSCRIBE "):
                self._phone.answer(self._phone.server_port, message, b"489 Bad Event")
            elif message.startswith(b"INVITE "):
                body = sdps.sound(STRANGER.encode(), self._voices[-1].port)
                self._phone.say(answer_to(self._phone, message, b"200 OK", body))
                self._to[-1] = _port(message)
        return bool(self._to[-1])

    def burst(self) -> None:
        """Send some batches."""
        ports = [port + offset for port in set(self._to) for offset in (0, 0, 0, 1)]
        for _ in range(BATCHES):
            for _ in range(BATCH):
                at = self._chance.randrange(len(self._voices))
                to = self._to[at] if self._chance.happens(0.9) else self._chance.one(ports)
                self._voices[at].say(to, self._ground)
            self._phone.pace(A_SECOND)
        for voice in self._voices:
            voice.listen()
        self._serve()

    def _serve(self) -> None:
        for one in (self._phone, *self._callers):
            for message in one.heard():
                if not message.startswith((b"SIP/2.0", b"ACK ")):
                    one.answer(one.server_port, message, b"200 OK")


_AUDIO_PORT_UNKNOWN = 0


def _port(message: bytes) -> int:
    found = _AUDIO.search(message)
    assert found, f"no audio in {message!r}"
    return int(found[1])


class Voice:
    """An RTP source that forgets what it said before."""

    def __init__(self, chance: Chance, host: str) -> None:
        self._chance = chance
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.port = int(self._socket.getsockname()[1])
        self._seq = chance.randrange(65_536)
        self._stamp = chance.getrandbits(32)
        self._ssrc = chance.getrandbits(32)

    def listen(self) -> None:
        """Empty the socket."""
        self._socket.settimeout(0)
        try:
            while self._socket.recv(2000):
                pass
        except BlockingIOError:
            return

    def say(self, to: int, ground: Ground) -> None:
        """Send the next packet, or what there is in its place."""
        if to:
            self._socket.sendto(ground.note(self.packet()), ("127.0.0.1", to))

    def packet(self) -> bytes:
        """Return a packet: most often the next of the stream, or a step aside from it."""
        chance = self._chance
        how = chance.random()
        if how < 0.1:
            return chance.noise(1400)
        if how < 0.13:
            return b"\x80\xc8" + chance.noise(100)  # RTCP (RFC 3550, section 6)
        if how < 0.16:
            self._ssrc = chance.getrandbits(32)
        self._seq += chance.one((1, 1, 1, 1, 1, 0, 2, -1, -2, 100, -100, 3000, 32_767, 32_768, -1))
        self._stamp += chance.one((160, 160, 160, 0, -160, 320, 1 << 31, 80_000))
        first = chance.one((0x80, 0x80, 0x80, 0x90, 0xA0, 0x8F, 0x81, 0x00, 0x40, 0xFF))
        kind = chance.one((0, 0, 0, 8, 101, 101, 13, 18, 96, 127, 0x80, 0xE5))
        payload = self._event() if kind & 0x7F == 101 else chance.one(PAYLOADS)
        head = bytes([first, kind]) + (self._seq & 0xFFFF).to_bytes(2, "big")
        head += (self._stamp & 0xFFFFFFFF).to_bytes(4, "big") + self._ssrc.to_bytes(4, "big")
        packet = head + payload
        return packet[: chance.randrange(len(packet) + 1)] if chance.happens(0.05) else packet

    def _event(self) -> bytes:
        """Return a telephone event (RFC 4733), or nearly one."""
        chance = self._chance
        if chance.happens(0.3):
            return chance.noise(20)
        return bytes([chance.randrange(20), chance.one((10, 0x8A, 0xFF))]) + chance.randbytes(2)


PAYLOADS = (
    b"\xff" * 160, b"\x55" * 160, b"\x00" * 160, b"", b"\xff", b"\xff" * 80, b"\xff" * 240,
    b"\xff" * 1400, b"\xbe\xde\xff\xff" + b"\xff" * 160, b"\xff" * 159 + b"\xff",
    b"\0" * 159 + b"\x01",
)  # fmt: skip
