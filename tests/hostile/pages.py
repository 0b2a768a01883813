"""HTTP: requests that are none, too long, never end, or ask for what there is not."""

from __future__ import annotations

import contextlib
import socket

from tests.hostile.chance import Chance
from tests.hostile.ground import Ground
from tests.hostile.stranger import STRANGER

BURST = 30
ANSWER_SECONDS = 0.1
MOST_KEPT = 12

SOUND = (
    b"GET /queues HTTP/1.1\r\nHost: acd\r\nAccept: application/json\r\n\r\n",
    b"GET /agents HTTP/1.0\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: acd\r\nConnection: keep-alive\r\n\r\n",
    b"HEAD /queues?x=y&z HTTP/1.1\r\nHost: acd\r\n\r\n",
    b'PUT /trace HTTP/1.1\r\nHost: acd\r\nContent-Length: 13\r\n\r\n{"on": false}',
    b"PUT /trace HTTP/1.1\r\nHost: acd\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"POST /queues HTTP/1.1\r\nHost: acd\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}",
    b"OPTIONS * HTTP/1.1\r\nHost: acd\r\n\r\n",
    b"GET http://acd/queues HTTP/1.1\r\nHost: acd\r\n\r\n",
    b"GET /%ff%00/../../etc/passwd HTTP/1.1\r\nHost: acd\r\n\r\n",
    b"GET /queues HTTP/1.1\r\nHost: acd\r\nRange: bytes=0-18446744073709551615\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /queues HTTP/1.1\r\nHost: acd\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
    b"GET /queues HTTP/1.1\r\nHost: acd\r\nCookie: " + b"a=b; " * 4000 + b"\r\n\r\n",
)


class Pages:
    """Each burst: requests one after another; some connections are left in the midst of one."""

    def __init__(self, ground: Ground, chance: Chance) -> None:
        self._ground = ground
        self._chance = chance
        self._kept: list[socket.socket] = []

    def close(self) -> None:
        """Leave."""
        for one in self._kept:
            one.close()

    def burst(self) -> None:
        """Ask; an answer that says that we are at fault is one."""
        for _ in range(BURST):
            answer = self._asked(self._request())
            status = answer.partition(b"\r\n")[0]
            # 501 is for what is not built, as an unknown Transfer-Encoding.
            assert b" 500 " not in status, f"{status!r} to {self._ground.last()!r}"

    def _request(self) -> bytes:
        chance = self._chance
        message = chance.one(SOUND)
        if chance.happens(0.05):
            return chance.noise(5000)
        if chance.happens(0.1):
            return message * chance.randint(2, 30)
        return chance.mangled(message) if chance.happens(0.8) else message

    def _asked(self, message: bytes) -> bytes:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            stack.callback(sock.close)
            sock.bind((STRANGER, 0))
            sock.settimeout(ANSWER_SECONDS)
            sock.connect(("127.0.0.1", self._ground.server.http_port))
            sock.sendall(self._ground.note(message))
            if self._chance.happens(0.1) and len(self._kept) < MOST_KEPT:
                self._kept.append(sock)
                stack.pop_all()
                return b""
            if self._chance.happens(0.5):
                sock.shutdown(socket.SHUT_WR)
            return sock.recv(65_536)
        return b""
