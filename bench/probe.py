"""A caller and an agent's phone in one: bare SIP over UDP that notes when each message came.

Just enough of RFC 3261 for a server on the loopback interface: nothing is sent again, and what is
waited for in vain raises TimeoutError.
"""

from __future__ import annotations

import itertools
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

ANSWER_SECONDS = 5.0
_TYPE = "application/sdp"


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP message and when it came, in time.perf_counter() seconds."""

    at: float
    text: str
    source: tuple[str, int]

    @property
    def start(self) -> str:
        """The request or status line."""
        return self.text.partition("\r\n")[0]

    def header(self, name: str) -> str:
        """Return the first header of this name."""
        found = re.search(rf"^{name}\s*:\s*(.*?)\r?$", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""

    def vias(self) -> str:
        """Return all Via headers as they are."""
        return "".join(re.findall(r"^Via\s*:.*?\r\n", self.text, re.MULTILINE | re.IGNORECASE))


class Dialog:
    """One call of the probe's, made or answered."""

    def __init__(self, probe: Probe, call_id: str, ours: str, theirs: str) -> None:
        self._probe = probe
        self.call_id = call_id
        self.ours = ours
        self.theirs = theirs
        self.target = ""
        self.place = ("127.0.0.1", 0)
        self.sequence = 1

    def request(self, method: str, sequence: int, body: str = "") -> float:
        """Send a request within the dialog; return when."""
        port = self._probe.port
        kind = f"Content-Type: {_TYPE}\r\n" if body else ""
        branch = f"z9hG4bK{self.call_id}{sequence}{method}"
        text = (
            f"{method} {self.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch={branch}\r\n"
            f"From: {self.ours}\r\nTo: {self.theirs}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {sequence} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:probe@127.0.0.1:{port}>\r\n{kind}Content-Length: {len(body)}\r\n\r\n"
        )
        return self._probe.send(text + body, self.place)


class Probe:
    """One UDP socket at 127.0.0.1, as caller and as the phone ``sip:probe@127.0.0.1:port``."""

    def __init__(self, audio: Sequence[tuple[str, int]]) -> None:
        """Have SDPs name these addresses and ports in turn: one for each call at a time."""
        self._audio = itertools.cycle(audio)
        self._server = ("127.0.0.1", 0)
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self.port = int(self._sock.getsockname()[1])
        self._kept: list[Message] = []
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_unused: object) -> None:
        self._sock.close()

    # -- messages

    def send(self, text: str, place: tuple[str, int]) -> float:
        """Send; return when."""
        at = time.perf_counter()
        self._sock.sendto(text.encode(), place)
        return at

    def wait(self, wanted: Callable[[Message], bool], what: str) -> Message:
        """Return the first message that is wanted, keeping others and answering their BYEs."""
        for at, message in enumerate(self._kept):
            if wanted(message):
                return self._kept.pop(at)
        until = time.perf_counter() + ANSWER_SECONDS
        while (left := until - time.perf_counter()) > 0:
            self._sock.settimeout(left)
            data, source = self._sock.recvfrom(65536)
            message = Message(time.perf_counter(), data.decode(errors="replace"), source)
            if message.start.startswith(("BYE ", "CANCEL ", "OPTIONS ")):
                self.reply(message, "200 OK")
            if wanted(message):
                return message
            self._kept.append(message)
        error = f"the probe waited in vain for {what}"
        raise TimeoutError(error)

    def reply(self, request: Message, status: str, tag: str = "", body: str = "") -> None:
        """Answer a request."""
        to = request.header("To") + (f";tag={tag}" if tag else "")
        kind = f"Content-Type: {_TYPE}\r\n" if body else ""
        self.send(
            f"SIP/2.0 {status}\r\n{request.vias()}From: {request.header('From')}\r\nTo: {to}\r\n"
            f"Call-ID: {request.header('Call-ID')}\r\nCSeq: {request.header('CSeq')}\r\n"
            f"Contact: <sip:probe@127.0.0.1:{self.port}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}",
            request.source,
        )

    def _sdp(self) -> str:
        host, port = next(self._audio)
        return (
            f"v=0\r\no=probe 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )

    # -- calls

    def aim(self, port: int) -> None:
        """Call the server at this port."""
        self._server = ("127.0.0.1", port)

    def call(self, user: str) -> tuple[Dialog, float]:
        """Call `user` at the server; return the answered call and the seconds until the 200."""
        self._number += 1
        call_id = f"probe{self.port}-{self._number}"
        target = f"sip:{user}@127.0.0.1:{self._server[1]}"
        dialog = Dialog(self, call_id, f"<sip:probe@127.0.0.1:{self.port}>;tag=p", f"<{target}>")
        dialog.target, dialog.place = target, self._server
        began = dialog.request("INVITE", 1, self._sdp())
        answer = self.wait(
            lambda m: m.start.startswith("SIP/2.0 2") and m.header("Call-ID") == call_id, "a 200"
        )
        dialog.theirs = answer.header("To")
        contact = answer.header("Contact")
        dialog.target = contact.partition("<")[2].partition(">")[0] or contact
        dialog.request("ACK", 1)
        return dialog, answer.at - began

    def hang_up(self, dialog: Dialog) -> float:
        """Say BYE; return when."""
        dialog.sequence += 1
        return dialog.request("BYE", dialog.sequence)

    def ringing(self) -> Message:
        """Wait for an INVITE to the phone."""
        return self.wait(lambda m: m.start.startswith("INVITE "), "an INVITE")

    def answer(self, invite: Message) -> Dialog:
        """Pick up; return the call when the server has acknowledged it."""
        call_id = invite.header("Call-ID")
        self.reply(invite, "200 OK", "a", self._sdp())
        self.wait(lambda m: m.start.startswith("ACK ") and m.header("Call-ID") == call_id, "an ACK")
        ours = f"{invite.header('To')};tag=a"
        dialog = Dialog(self, call_id, ours, invite.header("From"))
        contact = invite.header("Contact")
        dialog.target = contact.partition("<")[2].partition(">")[0] or contact
        dialog.place = invite.source
        return dialog

    def over(self, dialog: Dialog) -> Message:
        """Wait for the other side's BYE."""
        return self.wait(
            lambda m: m.start.startswith("BYE ") and m.header("Call-ID") == dialog.call_id, "a BYE"
        )

    def forget(self) -> None:
        """Drop what came and nobody waits for."""
        self._kept.clear()
