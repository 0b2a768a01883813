"""A SIP peer of a test's own: a UDP socket on 127.0.0.1, read by a thread until its block ends."""

from __future__ import annotations

import socket
import threading
from typing import Self

from tests.hosts.siptext import Message


class UdpPeer:
    """Hands every SIP message that comes to `take`, on its own thread."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def take(self, message: Message, source: tuple[str, int]) -> None:
        """Do something about a message that came from `source`."""

    def _serve(self) -> None:
        while True:
            data, source = self._socket.recvfrom(65535)
            if not data:
                return
            for message in Message.read_all(data):
                self.take(message, source)
