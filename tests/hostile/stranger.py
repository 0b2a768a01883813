"""A socket of somebody who is not our friend, at an address of his own."""

from __future__ import annotations

import socket
import time

from tests.hostile.chance import Chance
from tests.hostile.sip_texts import Place
from tests.raw_sip import RawSip, header

HONEST = "127.0.0.1"
STRANGER = "127.0.0.66"
"""Not the honest caller's address: what one address does is held against it alone."""

LURED_PHONE = "127.0.0.70"
EVIL_PHONES = tuple(f"127.0.0.{number}" for number in range(71, 75))


class Stranger(RawSip):
    """Sends what it likes, and keeps what comes."""

    def __init__(self, chance: Chance, server_port: int, host: str = STRANGER) -> None:
        super().__init__(host=host)
        self.chance = chance
        self.server_port = server_port
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.place = Place(host.encode(), self.port, server_port)

    def say(self, message: bytes) -> None:
        """Send it to the server, as far as it fits into a packet."""
        self.send(self.server_port, message[:65_000])

    def heard(self, seconds: float = 0.0) -> list[bytes]:
        """Return what has come, having waited for the first of it for so long at most."""
        found, self.seen = self.seen, []
        self._socket.settimeout(seconds)
        try:
            while True:
                found.append(self._socket.recv(65_535))
                self._socket.settimeout(0)
        except (BlockingIOError, TimeoutError):
            return found

    def pace(self, messages_a_second: float) -> None:
        """Wait, so that the machine has time for others, too."""
        time.sleep(1 / messages_a_second)


class Dialog:
    """A dialog from a stranger's side: its requests, sound until somebody spoils them."""

    def __init__(self, stranger: Stranger, ours: bytes, theirs: bytes, call_id: bytes) -> None:
        self.stranger = stranger
        self.ours = ours
        self.theirs = theirs
        self.call_id = call_id
        self.target = b"sip:127.0.0.1:%d" % stranger.server_port
        self.cseq = 100

    @classmethod
    def called(cls, stranger: Stranger, answer: bytes) -> Dialog:
        """Return the dialog that a 2xx to a stranger's INVITE has made."""
        ours, theirs = header(answer, b"From"), header(answer, b"To")
        return cls(stranger, ours, theirs, header(answer, b"Call-ID"))._at(answer)

    @classmethod
    def answered(cls, stranger: Stranger, request: bytes) -> Dialog:
        """Return the dialog that a stranger's 2xx to an INVITE or SUBSCRIBE has made."""
        ours = header(request, b"To")
        ours = ours if b"tag=" in ours else ours + b";tag=t%d" % stranger.port
        theirs = header(request, b"From")
        return cls(stranger, ours, theirs, header(request, b"Call-ID"))._at(request)

    def _at(self, message: bytes) -> Dialog:
        contact = header(message, b"Contact")
        self.target = contact.partition(b"<")[2].partition(b">")[0] or contact
        return self

    def request(self, method: bytes, more: bytes = b"", body: bytes = b"") -> bytes:
        """Return the next request within the dialog."""
        self.cseq += 1
        place = self.stranger.place
        return (
            b"%s %s SIP/2.0\r\n" % (method, self.target)
            + b"Via: SIP/2.0/UDP %s:%d;branch=z9hG4bK%s;rport\r\n"
            % (place.host, place.port, self.stranger.chance.word())
            + b"Max-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\n" % (self.ours, self.theirs)
            + b"Call-ID: %s\r\nCSeq: %d %s\r\n" % (self.call_id, self.cseq, method)
            + b"Contact: <sip:stranger@%s:%d>\r\n" % (place.host, place.port)
            + more
            + b"Content-Length: %d\r\n\r\n" % len(body)
            + body
        )
