"""A SIP peer in bytes, for what no well-behaved stack would send; shares no code with the product.

with RawSip() as peer:
    peer.send(server_port, request("INVITE", ...))
    answer = peer.receive(b"SIP/2.0 200")
"""

from __future__ import annotations

import selectors
import socket
import time
from typing import Self

from tests.patience import PATIENCE

AUDIO_PORT = 17000
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio %d RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n" % AUDIO_PORT
)


class RawSip:
    """A UDP socket on 127.0.0.1 that sends what it is given and keeps what comes."""

    transport = b"UDP"

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self.host, self.port = self._socket.getsockname()
        self.seen: list[bytes] = []
        """Messages that nobody has asked for yet, oldest first."""
        self._calls = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, port: int, message: bytes) -> None:
        """Send one packet to a port on 127.0.0.1."""
        self._socket.sendto(message, ("127.0.0.1", port))

    def receive(self, start: bytes, seconds: float = PATIENCE) -> bytes:
        """Return the next message that begins so; what else comes is kept for later."""
        until = time.monotonic() + seconds
        while True:
            for message in self.seen:
                if message.startswith(start):
                    self.seen.remove(message)
                    return message
            try:
                self._take(max(0.001, until - time.monotonic()))
            except TimeoutError:
                firsts = [message.split(b"\r\n")[0] for message in self.seen]
                raise AssertionError(f"no {start!r} in {seconds} s; seen: {firsts}") from None

    def _take(self, seconds: float) -> None:
        """Wait for what comes next; TimeoutError where nothing does."""
        self._socket.settimeout(seconds)
        self.seen.append(self._socket.recv(65535))

    # -- a caller

    def invite(  # noqa: PLR0913 - the headers that tests vary
        self,
        server_port: int,
        user: bytes = b"sales",
        *,
        sender: bytes = b"",
        call_id: bytes = b"",
        contact: bytes = b"",
        headers: bytes = b"",
        body: bytes = SDP,
    ) -> bytes:
        """Send an INVITE; returns it. Headers are given whole, each line with its CRLF."""
        self._calls += 1
        number = b"%d-%d-%d" % (self.port, self._calls, time.monotonic_ns())
        sender = sender or b"<sip:user%d@%s>" % (self.port, self.host.encode())
        call_id = call_id or number
        contact = contact or b"<sip:user%d@%s:%d>" % (self.port, self.host.encode(), self.port)
        kind = b"Content-Type: application/sdp\r\n" if body else b""
        message = (
            b"INVITE sip:%s@127.0.0.1:%d SIP/2.0\r\n" % (user, server_port)
            + b"Via: SIP/2.0/%s %s:%d;branch=z9hG4bK%s;rport\r\n"
            % (self.transport, self.host.encode(), self.port, number)
            + b"Max-Forwards: 70\r\nFrom: %s;tag=f%d\r\n" % (sender, self._calls)
            + b"To: <sip:%s@127.0.0.1:%d>\r\n" % (user, server_port)
            + b"Call-ID: %s\r\nCSeq: 1 INVITE\r\nContact: %s\r\n" % (call_id, contact)
            + headers
            + kind
            + b"Content-Length: %d\r\n\r\n" % len(body)
            + body
        )
        self.send(server_port, message)
        return message

    def follow(  # noqa: PLR0913, PLR0917 - what a request in a dialog is made of
        self,
        server_port: int,
        method: bytes,
        answer: bytes,
        cseq: int = 1,
        more: bytes = b"",
        body: bytes = b"",
    ) -> None:
        """Send ACK, BYE or another request in the dialog that the 200 `answer` made."""
        branch = b"z9hG4bK%d%s%d" % (self.port, method, time.monotonic_ns())
        self.send(
            server_port,
            b"%s %s SIP/2.0\r\n" % (method, uri_of(header(answer, b"Contact")))
            + b"Via: SIP/2.0/%s %s:%d;branch=%s;rport\r\n"
            % (self.transport, self.host.encode(), self.port, branch)
            + b"Max-Forwards: 70\r\nFrom: %s\r\n" % header(answer, b"From")
            + b"To: %s\r\nCall-ID: %s\r\n" % (header(answer, b"To"), header(answer, b"Call-ID"))
            + b"CSeq: %d %s\r\n" % (cseq, method)
            + more
            + b"Content-Length: %d\r\n\r\n" % len(body)
            + body,
        )

    def call(self, server_port: int, user: bytes = b"sales", **invite: bytes) -> bytes:
        """Call, wait for the 200 and acknowledge it; returns the 200."""
        self.invite(server_port, user, **invite)
        answer = self.receive(b"SIP/2.0 200")
        self.follow(server_port, b"ACK", answer)
        return answer

    def hang_up(self, server_port: int, answer: bytes) -> None:
        """Send BYE and wait for its 200."""
        self.follow(server_port, b"BYE", answer, cseq=99)
        self.receive(b"SIP/2.0 200")

    # -- a phone

    def answer(
        self, port: int, request: bytes, status: bytes, body: bytes = b"", headers: bytes = b""
    ) -> None:
        """Answer a request, as its UAS in a dialog."""
        to = header(request, b"To")
        to = to if b"tag=" in to else to + b";tag=t%d" % self.port
        kind = b"Content-Type: application/sdp\r\n" if body else b""
        vias = b"".join(b"Via: %s\r\n" % via for via in all_headers(request, b"Via"))
        self.send(
            port,
            b"SIP/2.0 %s\r\n" % status
            + vias
            + b"From: %s\r\nTo: %s\r\n" % (header(request, b"From"), to)
            + b"Call-ID: %s\r\n" % header(request, b"Call-ID")
            + b"CSeq: %s\r\n" % header(request, b"CSeq")
            + b"Contact: <sip:phone@%s:%d>\r\n" % (self.host.encode(), self.port)
            + headers
            + kind
            + b"Content-Length: %d\r\n\r\n" % len(body)
            + body,
        )


class RawTcp(RawSip):
    """The same by TCP: it calls on a connection of its own, and is called at its listening port."""

    transport = b"TCP"

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__(0, host)
        self._listener = socket.create_server((host, self.port))
        self._streams = selectors.DefaultSelector()
        self._streams.register(self._listener, selectors.EVENT_READ)
        self._rest: dict[socket.socket, bytes] = {}
        self._last: socket.socket | None = None
        self.accepted = 0
        """How many connections were made to it."""

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        for stream in (self._listener, *self._rest):
            stream.close()
        self._streams.close()

    def send(self, port: int, message: bytes) -> None:
        """Send on the connection on which the last message came; on a new one where none did."""
        if self._last is None:
            self._add(socket.create_connection(("127.0.0.1", port)))
        assert self._last
        self._last.sendall(message)

    def _add(self, stream: socket.socket) -> None:
        self._streams.register(stream, selectors.EVENT_READ)
        self._rest[stream] = b""
        self._last = stream

    def _take(self, seconds: float) -> None:
        ready = self._streams.select(seconds)
        if not ready:
            raise TimeoutError
        for key, _ in ready:
            stream = key.fileobj
            assert isinstance(stream, socket.socket)
            if stream is self._listener:
                self._add(stream.accept()[0])
                self.accepted += 1
            else:
                self._read(stream)

    def _read(self, stream: socket.socket) -> None:
        data = stream.recv(65535)
        if not data:
            self._streams.unregister(stream)
        self._rest[stream] += data
        self._last = stream
        while (message := _first(self._rest[stream].lstrip(b"\r\n"))) is not None:
            self.seen.append(message)
            self._rest[stream] = self._rest[stream].lstrip(b"\r\n")[len(message) :]


def _first(stream: bytes) -> bytes | None:
    """Return the first whole message of a stream (RFC 3261, section 18.3)."""
    head, end, _ = stream.partition(b"\r\n\r\n")
    if not end:
        return None
    length = len(head) + len(end) + int(header(head + end, b"Content-Length"))
    return stream[:length] if len(stream) >= length else None


def all_headers(message: bytes, name: bytes) -> list[bytes]:
    """Return the values of a header, in order; full names only."""
    head = message.split(b"\r\n\r\n")[0]
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    return [value.strip() for key, _, value in lines if key.strip().lower() == name.lower()]


def header(message: bytes, name: bytes) -> bytes:
    """Return the one value of a header."""
    found = all_headers(message, name)
    assert found, f"no {name!r} in {message!r}"
    return found[0]


def from_user(invite: bytes) -> bytes:
    """Return who calls, as the phone is shown it."""
    return header(invite, b"From").partition(b"sip:")[2].partition(b"@")[0]


def uri_of(value: bytes) -> bytes:
    """Return what stands between the angle brackets."""
    return value.partition(b"<")[2].partition(b">")[0]
