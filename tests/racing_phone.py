"""A phone for tests of races: answers each INVITE after some moment, obeys CANCEL and BYE."""

from __future__ import annotations

import queue
import random
import socket
import threading
import time
from typing import Self

from tests.hosts.siptext import Message

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 17000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
LONGEST_RING = 0.02


class RacingPhone:
    """Plays many calls at once on 127.0.0.1:port, by UDP."""

    def __init__(self, port: int, rng: random.Random) -> None:
        self.port = port
        self.talking: set[str] = set()
        """The Call-IDs of calls that were answered and have not been hung up."""
        self._rng = rng
        self._final: dict[str, str] = {}
        self._due: queue.PriorityQueue[tuple[float, str]] = queue.PriorityQueue()
        self._invites: dict[str, tuple[Message, tuple[str, int]]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(0.001)
        self._stopped = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopped:
            try:
                data, source = self._socket.recvfrom(65535)
            except TimeoutError:
                data, source = b"", ("", 0)
            if data:
                self._take(Message.read(data), source)
            while not self._due.empty() and self._due.queue[0][0] <= time.monotonic():
                self._pick_up(self._due.get()[1])

    def _take(self, message: Message, source: tuple[str, int]) -> None:
        name = message["call-id"]
        if message.method == "INVITE" and name not in self._invites:
            self._invites[name] = (message, source)
            self._answer(message, source, "180 Ringing")
            self._due.put((time.monotonic() + self._rng.uniform(0, LONGEST_RING), name))
        elif message.method == "INVITE" and name in self._final:
            self._finish(name, self._final[name])
        elif message.method == "CANCEL":
            self._answer(message, source, "200 OK")
            if name not in self._final:
                self._finish(name, "487 Request Terminated")
        elif message.method == "BYE":
            self.talking.discard(name)
            self._answer(message, source, "200 OK")

    def _pick_up(self, name: str) -> None:
        if name not in self._final:
            self.talking.add(name)
            self._finish(name, "200 OK")

    def _finish(self, name: str, status: str) -> None:
        self._final[name] = status
        self._answer(*self._invites[name], status, SDP if status == "200 OK" else "")

    def _answer(
        self, message: Message, source: tuple[str, int], status: str, body: str = ""
    ) -> None:
        to = message["to"]
        to = to if "tag=" in to else f"{to};tag=phone"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = (
            f"SIP/2.0 {status}\r\nVia: {message['via']}\r\n"
            f"From: {message['from']}\r\nTo: {to}\r\n"
            f"Call-ID: {message['call-id']}\r\nCSeq: {message['cseq']}\r\n"
            f"Contact: <sip:127.0.0.1:{self.port}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._socket.sendto(text.encode(), source)
