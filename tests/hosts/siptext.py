"""SIP messages as tests read and write them (RFC 3261, section 7): nothing of the product in it.

So a mistake that the product's own reader makes is not made here once more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

COMPACT = {
    "c": "content-type",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
}
HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response; names of headers in lower case and in full, values as they came."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @classmethod
    def read(cls, data: bytes) -> Message:
        """Read one message; ValueError where there is no start line of SIP."""
        head, *rest = HEAD_END.split(data.lstrip(b"\r\n"), maxsplit=1)
        # Latin-1 keeps every byte as it is.
        lines = re.sub(r"\r?\n[ \t]+", " ", head.decode("latin-1")).splitlines()
        if not lines or "SIP/" not in lines[0]:
            message = f"no SIP message: {data[:40]!r}"
            raise ValueError(message)
        pairs = (line.partition(":") for line in lines[1:])
        named = ((name.strip().lower(), value.strip()) for name, _, value in pairs)
        headers = tuple((COMPACT.get(name, name), value) for name, value in named)
        return cls(lines[0], headers, rest[0] if rest else b"")

    @classmethod
    def read_all(cls, datagram: bytes) -> list[Message]:
        """Read the message of a datagram; none where it is something else, as a keep-alive."""
        try:
            return [cls.read(datagram)]
        except ValueError:
            return []

    @property
    def method(self) -> str:
        """Of a request; of a response, that of its CSeq."""
        if self.status:
            return self["cseq"].split()[-1]
        return self.start.split(" ", 1)[0]

    @property
    def status(self) -> int:
        """The code of a response; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def uri(self) -> str:
        """The Request-URI of a request."""
        return self.start.split()[1]

    def all(self, name: str) -> list[str]:
        """Return the values of every header line of this name."""
        return [value for known, value in self.headers if known == name]

    def __getitem__(self, name: str) -> str:
        """Return the first value; "" where there is none."""
        return next(iter(self.all(name)), "")

    @property
    def contact(self) -> str:
        """The URI in the Contact, without brackets and header parameters."""
        return uri_of(self["contact"])

    @property
    def sdp(self) -> Sdp | None:
        """The session description, where there is one."""
        return Sdp.read(self.body.decode()) if b"m=audio" in self.body else None

    def response(self, status: str, *more: str, tag: str = "t1", body: str = "") -> bytes:
        """Return a response to this request, with `more` header lines (RFC 3261, 8.2.6)."""
        copied = ("via", "from", "call-id", "cseq", "record-route")
        lines = [f"{name}: {value}" for name, value in self.headers if name in copied]
        to = self["to"]
        lines.append(f"to: {to}" if ";tag=" in to else f"to: {to};tag={tag}")
        return assembled(f"SIP/2.0 {status}", [*lines, *more], body)


def uri_of(value: str) -> str:
    """Return the URI of a header such as From: what is in the brackets, else all to the first ;."""
    inner = re.search(r"<([^>]*)>", value)
    return inner[1] if inner else value.split(";", maxsplit=1)[0].strip()


def assembled(start: str, lines: list[str], body: str = "") -> bytes:
    """Return a message of start line, header lines and, with its length and type, a body."""
    kind = ["Content-Type: application/sdp"] if body.startswith("v=0") else []
    ends = [*kind, f"Content-Length: {len(body.encode())}", "", ""]
    return "\r\n".join([start, *lines, *ends]).encode() + body.encode()


def messages(stream: bytes) -> tuple[list[Message], bytes]:
    """Return the whole messages at the beginning of a stream, and what is left of it (18.3)."""
    found: list[Message] = []
    while True:
        stream = stream.lstrip(b"\r\n")
        end = HEAD_END.search(stream)
        if end is None:
            return found, stream
        try:
            head = Message.read(stream[: end.end()])
        except ValueError:
            return found, stream
        size = int(head["content-length"] or 0)
        if len(stream) < end.end() + size:
            return found, stream
        found.append(Message.read(stream[: end.end() + size]))
        stream = stream[end.end() + size :]


@dataclass(frozen=True, slots=True)
class Sdp:
    """What matters of a session description (RFC 4566): where its audio is, and which codecs."""

    address: str
    port: int
    codecs: tuple[int, ...]
    direction: str

    @classmethod
    def read(cls, text: str) -> Sdp:
        """Read the first audio line; its own c= goes before the session's."""
        session, _, audio = text.partition("m=audio ")
        audio = audio.split("\nm=")[0]
        place = re.search(r"c=IN IP[46] (\S+)", audio) or re.search(r"c=IN IP[46] (\S+)", session)
        port, _protocol, *codecs = audio.splitlines()[0].split()
        ways = re.findall(r"a=(sendrecv|sendonly|recvonly|inactive)", audio + session)
        return cls(
            place[1] if place else "",
            int(port.split("/")[0]),
            tuple(int(codec) for codec in codecs),
            ways[0] if ways else "sendrecv",
        )
