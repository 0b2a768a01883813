"""Somebody who speaks SIP by hand: sends any text from any loopback address, reads what comes back.

with Stranger(gateway.port, "127.0.0.9") as stranger:
    call = stranger.call("INVITE", body=stranger.audio())
    stranger.wait(call, 200)
    stranger.ack(call)
    assert stranger.ask(call, "OPTIONS").code == 200
"""

from __future__ import annotations

import itertools
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from tests.patience import PATIENCE

_numbers = itertools.count(1)


@dataclass
class Message:
    """What came: a request or an answer, read by nobody's parser but this one."""

    text: str

    @property
    def start(self) -> str:
        return self.text.partition("\r\n")[0]

    @property
    def code(self) -> int:
        """The status of an answer, 0 for a request."""
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """What was asked, in a request and in an answer to it."""
        return self.header("CSeq").split(" ")[1]

    @property
    def body(self) -> str:
        return self.text.partition("\r\n\r\n")[2]

    def header(self, name: str) -> str:
        found = re.search(rf"(?im)^{name}[ \t]*:[ \t]*(.*?)\r$", self.text)
        return found[1] if found else ""

    def headers(self, name: str) -> list[str]:
        return re.findall(rf"(?im)^{name}[ \t]*:[ \t]*(.*?)\r$", self.text)


@dataclass
class Dialog:
    """What has to be kept for the next request."""

    call_id: str
    user: str
    sender: str
    to: str
    cseq: int = 1
    branch: str = ""
    contact: str = ""
    got: list[Message] = field(default_factory=list)


class Stranger:
    """A SIP user agent without manners, by UDP."""

    transport = "UDP"

    def __init__(self, server: int, host: str = "127.0.0.9", port: int = 0) -> None:
        self.server = ("127.0.0.1", server)
        self.host = host
        self._socket = self._open(port)
        self.port = int(self._socket.getsockname()[1])
        self.contact = f"sip:stranger@{host}:{self.port}"
        self.unread: list[Message] = []

    def _open(self, port: int) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        opened.bind((self.host, port))
        return opened

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    # -- what is sent

    def send(self, text: str | bytes) -> None:
        """Send it as it is."""
        data = text if isinstance(text, bytes) else text.encode()
        self._socket.sendto(data, self.server)

    def call(
        self, method: str, *, user: str = "sales", headers: str = "", body: str = ""
    ) -> Dialog:
        """Send a request outside of any dialog."""
        number = next(_numbers)
        dialog = Dialog(
            call_id=f"{number}.{time.time_ns()}@{self.host}",
            user=user,
            sender=f"<sip:stranger@{self.host}>;tag=s{number}",
            to=f"<sip:{user}@127.0.0.1>",
        )
        self.request(dialog, method, headers=headers, body=body)
        return dialog

    def request(
        self, dialog: Dialog, method: str, *, headers: str = "", body: str = "", cseq: int = 0
    ) -> None:
        """Send a request; inside the dialog once it has been answered."""
        dialog.branch = dialog.branch if method in ("CANCEL", "ACK") else f"z9hG4bK{next(_numbers)}"
        uri = dialog.contact or f"sip:{dialog.user}@127.0.0.1:{self.server[1]}"
        kind = "" if not body or "Content-Type" in headers else "Content-Type: application/sdp\r\n"
        self.send(
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.transport} {self.host}:{self.port}"
            f";branch={dialog.branch};rport\r\n"
            f"From: {dialog.sender}\r\nTo: {dialog.to}\r\nCall-ID: {dialog.call_id}\r\n"
            f"CSeq: {cseq or dialog.cseq} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <{self.contact}>\r\n{headers}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def ack(self, dialog: Dialog, body: str = "") -> None:
        """Acknowledge the final answer to the last INVITE."""
        if dialog.got[-1].code < 300:
            dialog.branch = f"z9hG4bK{next(_numbers)}"
        self.request(dialog, "ACK", body=body)

    def acknowledge(self, refusal: Message) -> None:
        """Acknowledge a final answer other than 2xx to an INVITE."""
        if refusal.code < 300 or refusal.method != "INVITE":
            return
        via = re.sub(r";(received|rport)=[^;]*", "", refusal.header("Via"))
        self.send(
            f"ACK sip:sales@127.0.0.1:{self.server[1]} SIP/2.0\r\nVia: {via}\r\n"
            f"From: {refusal.header('From')}\r\nTo: {refusal.header('To')}\r\n"
            f"Call-ID: {refusal.header('Call-ID')}\r\n"
            f"CSeq: {refusal.header('CSeq').split(' ')[0]} ACK\r\nMax-Forwards: 70\r\n"
            "Content-Length: 0\r\n\r\n"
        )

    def ask(self, dialog: Dialog, method: str, *, headers: str = "", body: str = "") -> Message:
        """Send a request in the dialog and return its final answer."""
        dialog.cseq += 1
        self.request(dialog, method, headers=headers, body=body)
        return self.wait(dialog)

    def audio(self, lines: str = "") -> str:
        """Return an offer of PCMU; `lines` are more ``m=`` lines."""
        return (
            f"v=0\r\no=- 1 1 IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
            "m=audio 20000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n" + lines
        )

    # -- what comes

    def wait(self, dialog: Dialog, code: int = 0, seconds: float = PATIENCE) -> Message:
        """Return the final answer to the last request; it has this code if one is named."""
        deadline = time.monotonic() + seconds
        while True:
            message = self._next(deadline)
            assert message is not None, f"no final answer; came: {[m.start for m in self.unread]}"
            ours = message.header("Call-ID") == dialog.call_id
            if (
                ours
                and message.code >= 200
                and int(message.header("CSeq").split(" ")[0]) == dialog.cseq
            ):
                break
            self.unread.append(message)
        if code:
            assert message.code == code, message.text
        dialog.got.append(message)
        if message.code < 300 and message.method == "INVITE":
            dialog.to = message.header("To")
            found = re.search(r"<([^>]*)>", message.header("Contact"))
            dialog.contact = found[1] if found else dialog.contact
        elif not dialog.contact:
            dialog.to = message.header("To")
        return message

    def wait_request(self, method: str, seconds: float = PATIENCE) -> Message:
        """Return the next request of this method that comes to us."""
        for kept in self.unread:
            if kept.code == 0 and kept.method == method:
                self.unread.remove(kept)
                return kept
        deadline = time.monotonic() + seconds
        while True:
            message = self._next(deadline)
            assert message is not None, f"no {method}; came: {[m.start for m in self.unread]}"
            if message.code == 0 and message.method == method:
                return message
            self.unread.append(message)

    def answer(self, request: Message, status: str, *, headers: str = "", body: str = "") -> None:
        """Answer a request that came."""
        vias = "".join(f"Via: {via}\r\n" for via in request.headers("Via"))
        to = request.header("To")
        to = to if ";tag=" in to else f"{to};tag=a{next(_numbers)}"
        self.send(
            f"SIP/2.0 {status}\r\n{vias}From: {request.header('From')}\r\nTo: {to}\r\n"
            f"Call-ID: {request.header('Call-ID')}\r\nCSeq: {request.header('CSeq')}\r\n"
            f"{headers}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def everything(self, quiet: float = 0.5) -> list[Message]:
        """Return all that has come, when nothing has come for so long."""
        while (message := self._next(time.monotonic() + quiet)) is not None:
            self.unread.append(message)
        found, self.unread = self.unread, []
        return found

    def all_answered(self) -> list[Message]:
        """Return all that has come, when all that was sent is answered: a last question is last."""
        self.wait(self.call("OPTIONS"))
        found, self.unread = self.unread, []
        return found

    def _next(self, deadline: float) -> Message | None:
        self._socket.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            return Message(self._socket.recv(65535).decode(errors="surrogateescape"))
        except TimeoutError:
            return None


def of(messages: list[Message], method: str) -> Iterator[int]:
    """Yield the final codes that answer this method."""
    return (one.code for one in messages if one.code >= 200 and one.method == method)
