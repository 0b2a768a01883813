"""A registrar for tests: REGISTER with digest (RFC 3261, section 10; RFC 2617), by UDP."""

from __future__ import annotations

import hashlib
import re

from tests.hosts.siptext import Message
from tests.udp_peer import UdpPeer

REALM, NONCE = "asterisk", "5ca1ab1e"


class Registrar(UdpPeer):
    """Registers one user with one password on 127.0.0.1:port."""

    def __init__(self, port: int, user: str, password: str) -> None:
        super().__init__(port)
        self.refusals: list[str] = []
        """Status lines for the next REGISTERs, before any is judged."""
        self.seen: list[Message] = []
        self._secret = hashlib.md5(f"{user}:{REALM}:{password}".encode()).hexdigest()  # noqa: S324

    def take(self, message: Message, source: tuple[str, int]) -> None:
        """Serve a REGISTER."""
        if message.method == "REGISTER":
            self.seen.append(message)
            self._socket.sendto(self._judge(message).encode(), source)

    def _judge(self, message: Message) -> str:
        if self.refusals:
            return _answer(message, self.refusals.pop(0))
        given = message["authorization"]
        if not given:
            challenge = (
                f'WWW-Authenticate: Digest realm="{REALM}",nonce="{NONCE}",algorithm=MD5\r\n'
            )
            return _answer(message, "401 Unauthorized", challenge)
        parts = dict(re.findall(r'(\w+)="([^"]*)"', given))
        request = hashlib.md5(f"REGISTER:{parts['uri']}".encode()).hexdigest()  # noqa: S324
        proof = f"{self._secret}:{NONCE}:{request}".encode()
        if parts["response"] != hashlib.md5(proof).hexdigest():  # noqa: S324
            return _answer(message, "403 Forbidden")
        expires = message["expires"]
        contact = message["contact"]
        return _answer(message, "200 OK", f"Contact: {contact};expires={expires}\r\n")


def _answer(message: Message, status: str, more: str = "") -> str:
    return (
        f"SIP/2.0 {status}\r\nVia: {message['via']}\r\nFrom: {message['from']}\r\n"
        f"To: {message['to']};tag=r\r\nCall-ID: {message['call-id']}\r\n"
        f"CSeq: {message['cseq']}\r\n{more}Content-Length: 0\r\n\r\n"
    )
