"""One client's connection: no thread waits for its request to come or for its answer to be taken.

cheroot gives a connection to one of its few threads as soon as a byte has come, and the thread then
waits for the rest, as long again after each byte. Here the one thread that watches all sockets
gathers the request; a worker gets it when all of it is there, writes the answer into memory, and
what the client's socket does not take at once is again for the thread that watches.
"""

from __future__ import annotations

import io
import re
import selectors
import socket
import struct
from enum import Enum
from typing import Any

from cheroot.server import HTTPConnection, HTTPRequest

MOST_HEADERS = 65_536

MOST_BODY = 65_536
"""Bytes of a request's body; ours are a few dozen."""

REQUEST_SECONDS = 5
"""How long a client may take to say its request, and again to take its answer."""

KERNEL_SECONDS = 10
"""How long the kernel tries to hand over what is left when the connection is closed here."""

AT_ONCE = 65_536
"""Bytes taken from a socket at a time."""

HEAD_ENDS = re.compile(rb"\n\r?\n")
LENGTH = re.compile(rb"\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r?\n", re.IGNORECASE)


class Stage(Enum):
    """How far a connection is."""

    SPEAKING = "the client says its request"
    ASKED = "the request is being answered"
    LISTENING = "the client takes the answer"
    OVER = "nothing more is to come"


class Request(HTTPRequest):
    """A request that cheroot's parser trips over (``//[``) is the client's fault."""

    def parse_request(self) -> None:
        """Read the first line and the headers; answer 400 where the parser raises."""
        try:
            super().parse_request()
        except (ValueError, UnboundLocalError):
            self.simple_response("400 Bad Request", "neither a request line nor headers")


class Connection(HTTPConnection):
    """A socket that never blocks, the request heard so far, the answer not yet taken."""

    RequestHandlerClass = Request

    def __init__(self, server: Any, sock: Any, _makefile: object = None) -> None:
        super().__init__(server, sock, _Memory)
        sock.setblocking(False)  # noqa: FBT003 - a socket's own signature
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, KERNEL_SECONDS * 1000)
        self.stage = Stage.SPEAKING
        self.put_out = False
        self._heard = bytearray()
        self._searched = 0
        self._length: int | None = None
        self._answer = memoryview(b"")

    # -- what the gate asks

    @property
    def address(self) -> str:
        """The client's address."""
        return str(self.remote_addr)

    @property
    def since(self) -> float:
        """When the client began to say its request, or to take its answer: Unix seconds."""
        return float(self.last_used or 0.0)

    @property
    def keeps_waiting(self) -> bool:
        """Whether it is the client's turn."""
        return not self.put_out and self.stage in {Stage.SPEAKING, Stage.LISTENING}

    # -- for the thread that watches the sockets

    def awaited(self) -> int:
        """Return what the socket is watched for."""
        speaking = self.stage is Stage.SPEAKING
        return selectors.EVENT_READ if speaking else selectors.EVENT_WRITE

    def proceed(self) -> Stage:
        """Hear or say what can be without waiting; return how far it has come."""
        if self.stage is Stage.SPEAKING:
            self._hear()
        elif self.stage is Stage.LISTENING:
            self._say()
        return self.stage

    def _hear(self) -> None:
        try:
            came = self.socket.recv(AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        self._heard += came
        if not came and (self.put_out or not self._heard):
            self.stage = Stage.OVER
        elif not came or self._whole():
            self.stage = Stage.ASKED
            self.rfile = _Memory()
            self.rfile.write(self._heard)
            self.rfile.seek(0)

    def _whole(self) -> bool:
        """Return whether nothing more of the request is to come, or is to be read."""
        if self._length is None:
            ended = HEAD_ENDS.search(self._heard, self._searched)
            if ended is None:
                self._searched = max(0, len(self._heard) - 2)
                return len(self._heard) > MOST_HEADERS
            body = LENGTH.search(self._heard, 0, ended.end())
            told = int(body[1]) if body else 0
            self._length = ended.end() + (told if told <= MOST_BODY else 0)
        return len(self._heard) >= self._length

    def _say(self) -> None:
        try:
            while self._answer:
                self._answer = self._answer[self.socket.send(self._answer) :]
        except BlockingIOError:
            return
        except OSError:
            pass  # the client has gone
        self.stage = Stage.OVER

    # -- for the workers

    def communicate(self) -> bool:
        """Answer the request; return True where the client has not yet taken all of the answer."""
        super().communicate()  # type: ignore[no-untyped-call]  # not in the stub
        self._answer = memoryview(self.wfile.getvalue())
        self.stage = Stage.LISTENING
        return self.proceed() is not Stage.OVER

    # -- its end

    def refuse(self, status: str, why: str) -> None:
        """Say this in place of an answer, as far as it can be said at once."""
        self.RequestHandlerClass(self.server, self).simple_response(status, why)
        self._answer = memoryview(self.wfile.getvalue())
        self._say()

    def close(self) -> None:
        """Close the socket; a client in the midst of its request is told why."""
        if self.stage is Stage.SPEAKING and self._heard:
            told = f"the request was not complete within {REQUEST_SECONDS} s"
            self.refuse("408 Request Timeout", told)
        elif self.stage is Stage.LISTENING:
            # Not taken in time: the kernel is not to keep it for longer.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stage = Stage.OVER
        self.server.left(self)
        super().close()


class _Memory(io.BytesIO):
    """What cheroot takes for the file of a socket."""

    def __init__(self, *_socket_mode_size: object) -> None:
        super().__init__()
        self.bytes_read = 0
        self.bytes_written = 0
