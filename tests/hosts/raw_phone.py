"""A phone whose every line a test writes, on a host of a lab, by UDP: no stack stands between.

Requests that come are answered 200, INVITEs 180 and 200 with an SDP; what came, and from where, is
kept.
"""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from tests.hosts.host import Host
from tests.hosts.siptext import Message, assembled

Place = tuple[str, int]

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Came:
    """A message and where it came from."""

    message: Message
    source: Place


class RawPhone:
    """A UDP port that speaks SIP. `contact` is the URI it gives for itself, whatever is there."""

    def __init__(self, host: Host, user: str, port: int = 5060, contact: str = "") -> None:
        self.place = (host.address, port)
        self.user = user
        self.contact = contact or f"sip:{user}@{host.address}:{port}"
        self.identity = f"sip:{user}@{host.address}:{port}"
        """What stands in its From."""
        self.came: list[Came] = []
        self.final = "200 OK"
        """What its INVITEs are answered with, after 180; "" for nothing more."""
        self._socket = host.socket(socket.SOCK_DGRAM, port=port)
        self._socket.settimeout(0.1)
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._stopped = True
        self._thread.join(5)
        self._socket.close()

    @property
    def sdp(self) -> str:
        """A description of audio at the port 2,000 above its own."""
        address, port = self.place
        return (
            f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {port + 2000} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        )

    # -- what it sends

    def send(self, data: bytes, target: Place) -> None:
        """Send a datagram as it is."""
        self._socket.sendto(data, target)

    def dial(self, uri: str, target: Place, *more: str) -> RawCall:
        """Call somebody, with `more` header lines, and be answered."""
        call = RawCall(self, uri, target)
        call.request("INVITE", *more, body=self.sdp)
        final = self.wait(
            lambda came: came.message["call-id"] == call.call_id and came.message.status >= 200,
            "an answer",
        )
        assert final.message.status == 200, final.message.start
        call.answered(final.message)
        return call

    # -- what comes

    def wait(
        self, wanted: Callable[[Came], bool], what: str, timeout: float = 5, since: int = 0
    ) -> Came:
        """Return the first message that is wanted, from number `since` on."""
        until = time.monotonic() + timeout
        with self._changed:
            while True:
                for came in self.came[since:]:
                    if wanted(came):
                        return came
                left = until - time.monotonic()
                starts = [came.message.start for came in self.came]
                assert left > 0, (
                    f"{self.user} waited {timeout} s in vain for {what}; came: {starts}"
                )
                self._changed.wait(left)

    def wait_request(self, method: str, timeout: float = 5, since: int = 0) -> Came:
        """Return the first request of a method."""
        return self.wait(
            lambda came: came.message.start.startswith(f"{method} "), method, timeout, since
        )

    def _serve(self) -> None:
        while not self._stopped:
            try:
                data, source = self._socket.recvfrom(65535)
            except TimeoutError:
                continue
            for message in Message.read_all(data):
                with self._changed:
                    self.came.append(Came(message, source))
                    self._changed.notify_all()
                if not message.status and message.method != "ACK":
                    self._answer(message, source)

    def _answer(self, request: Message, source: Place) -> None:
        contact = f"Contact: <{self.contact}>"
        if request.method != "INVITE":
            self.send(request.response("200 OK"), source)
            return
        self.send(request.response("180 Ringing", contact), source)
        if self.final.startswith("2"):
            self.send(request.response(self.final, contact, body=self.sdp), source)
        elif self.final:
            self.send(request.response(self.final), source)


class RawCall:
    """A dialog that the phone has begun."""

    def __init__(self, phone: RawPhone, uri: str, target: Place) -> None:
        number = next(_numbers)
        self.call_id = f"raw-{number}-{phone.user}"
        self._phone = phone
        self._target = target
        self._uri = uri
        self._from = f"<{phone.identity}>;tag=f{number}"
        self._to = f"<{uri}>"
        self._route: list[str] = []
        self._cseq = 0

    def request(self, method: str, *more: str, body: str = "") -> None:
        """Send a request in this dialog."""
        self._cseq += method != "ACK"
        address, port = self._phone.place
        branch = f"z9hG4bK-{self.call_id}-{self._cseq}{method}"
        lines = [
            f"Via: SIP/2.0/UDP {address}:{port};rport;branch={branch}",
            "Max-Forwards: 70",
            f"From: {self._from}",
            f"To: {self._to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self._cseq} {method}",
            f"Contact: <{self._phone.contact}>",
            *self._route,
            *more,
        ]
        self._phone.send(assembled(f"{method} {self._uri} SIP/2.0", lines, body), self._target)

    def answered(self, response: Message) -> None:
        """Take the dialog's other end from a 200, and confirm it."""
        self._to, self._uri = response["to"], response.contact
        self._route = [f"Route: {hop}" for hop in reversed(response.all("record-route"))]
        self.request("ACK")

    def press(self, digits: str) -> None:
        """Press keys, by INFO, one when the one before has been taken."""
        for digit in digits:
            self.request("INFO", "Content-Type: application/dtmf", body=digit)
            number = str(self._cseq)
            self._phone.wait(
                lambda came, number=number: (  # type: ignore[misc]
                    came.message.status == 200
                    and came.message["call-id"] == self.call_id
                    and came.message["cseq"].split()[0] == number
                ),
                f"an answer to {digit}",
            )

    def hang_up(self) -> None:
        """Send BYE."""
        self.request("BYE")
