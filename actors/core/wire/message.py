"""What is read out of the text of a SIP message: headers, body, DTMF in INFO. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from actors.core.wire import document, identity, text
from actors.core.wire.names import party
from actors.core.wire.uri import SipUri
from actors.ids import Leg
from actors.messages.phone import Hop
from actors.messages.sip import Header, Incoming, Media, Rights
from actors.settings import MOST_PRIORITY

COMPACT = {
    "f": "from",
    "t": "to",
    "m": "contact",
    "i": "call-id",
    "c": "content-type",
    "v": "via",
}
"""Short forms of header names (RFC 3261, section 7.3.3) of the headers that are asked for."""

KEYS = "0123456789*#ABCD"
MOST_DIGITS = 2
"""The longest name of a key in an INFO: ``10``, ``11``, up to ``15``."""

SDP = "application/sdp"

PRIORITY = "x-acd-priority"
"""The header in which a believed peer asks for a caller's priority, an integer."""

LONGEST_PASSED = 256
MOST_PASSED = 8
"""Of headers that go on to an agent: length of a value, and how many, to stay one packet."""

INTEGER = re.compile(r"[+-]?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Message:
    """A SIP message: its first line, its headers by lower-case full name, its body.

    All of it as it came: what is shown of it goes through `text.shown` first.
    """

    start: str
    headers: dict[str, list[str]]
    body: str

    def header(self, name: str) -> str:
        """Return the first value of a header, empty where absent."""
        return self.headers.get(name, [""])[0]

    @property
    def method(self) -> str:
        """The method of a request; ``SIP/2.0`` for an answer."""
        return self.start.partition(" ")[0]

    @property
    def request_uri(self) -> str:
        """The request's URI as it stands on the first line."""
        return self.start.split(" ")[1] if self.start.count(" ") > 1 else ""

    @property
    def content_type(self) -> str:
        """The body's type without parameters, lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def octets(self) -> bytes:
        """The body as it came, as long as the message says."""
        body = text.octets(self.body)
        length = self.header("content-length")
        return body[: int(length[:9])] if length.isascii() and length.isdecimal() else body

    @property
    def sdp(self) -> str | None:
        """The body where it is SDP, or the part of a multipart body that is (RFC 5621)."""
        if self.content_type.startswith("multipart/"):
            boundary = document.boundary_of(self.header("content-type"))
            for kind, content in document.parts(self.octets, boundary) if boundary else ():
                if kind.partition(";")[0].strip().lower() == SDP:
                    return text.of(content)
            return None
        return text.of(self.octets) if self.body and self.content_type == SDP else None


def read(came: str) -> Message:
    """Take a SIP message apart; a folded header line is joined to the one before it.

    Lines may end with a bare line feed, as the stack lets them.
    """
    head, body = _head_and_body(came)
    headers: dict[str, list[str]] = {}
    start, *lines = head.split("\n")
    values: list[str] = []
    for line in lines:
        if line[:1] in {" ", "\t"}:
            if values:
                values[-1] = f"{values[-1]} {line.strip()}".strip()
            continue
        name, _, value = line.partition(":")
        key = name.strip().lower()
        values = headers.setdefault(COMPACT.get(key, key), [])
        values.append(value.strip())
    return Message(start.rstrip("\r"), headers, body)


def _head_and_body(came: str) -> tuple[str, str]:
    """Split at the first empty line."""
    ends = [(came.find(mark), len(mark)) for mark in ("\r\n\r\n", "\n\n", "\n\r\n")]
    at, length = min(((at, length) for at, length in ends if at >= 0), default=(len(came), 0))
    return came[:at], came[at + length :]


def incoming(  # noqa: PLR0913, PLR0917 - what SIP tells
    leg: Leg,
    invite: Message,
    remote: Media | None,
    came: Hop,
    at: float,
    rights: Rights,
    behind: str = "",
    pass_on: Sequence[str] = (),
) -> Incoming:
    """Gather what the switchboard needs to know of an INVITE outside a dialog.

    `came` is whence: the next hop of what is sent back. `pass_on` are the names of headers that
    go on to the agent where a believed peer sends them.
    """
    asserted = identity.asserted(invite.headers.get("p-asserted-identity", ()))
    return Incoming(
        leg=leg,
        sip_call_id=text.shown(invite.header("call-id")),
        user=SipUri.read(invite.request_uri).number,
        caller=party(invite.header("from")),
        called=party(invite.header("to")),
        contact=party(invite.header("contact")),
        asserted=asserted if rights.believed else None,
        remote=remote,
        source=(came.host, came.port),
        transport=came.transport,
        at=at,
        rights=rights,
        privacy=identity.privacy(invite.headers.get("privacy", ())),
        behind=behind,
        priority=priority(invite.header(PRIORITY)) if rights.believed else None,
        passed=passed(invite, pass_on) if rights.believed else (),
    )


def passed(invite: Message, names: Sequence[str]) -> tuple[Header, ...]:
    """Return these headers in the order of their names; what is too long is left out."""
    found = ((name, text.shown(value)) for name in names for value in _values(invite, name))
    return tuple(islice((one for one in found if 0 < len(one[1]) <= LONGEST_PASSED), MOST_PASSED))


def _values(invite: Message, name: str) -> list[str]:
    return invite.headers.get(name.lower(), [])


def priority(written: str) -> int | None:
    """Read the priority that a peer asks for; None for what is none, or out of bounds."""
    if not INTEGER.fullmatch(written):
        return None
    asked = int(written)
    return asked if abs(asked) <= MOST_PRIORITY else None


def digit(info: Message) -> str | None:
    """Return the key that an INFO says was pressed, None where it says nothing of the kind.

    ``application/dtmf-relay`` has a line ``Signal=5``, ``application/dtmf`` the bare key; some
    phones say 10 for the star and 11 for the hash key, as the events of RFC 4733 are numbered.
    """
    if info.content_type not in ("application/dtmf-relay", "application/dtmf"):
        return None
    key = _signal(info.body).upper()
    if key.isascii() and key.isdecimal() and len(key) == MOST_DIGITS and int(key) < len(KEYS):
        return KEYS[int(key)]
    return key if len(key) == 1 and key in KEYS else None


def _signal(body: str) -> str:
    """Return the value of the line ``Signal=``; without such a line the whole body."""
    for line in body.splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip().lower() == "signal":
            return value.strip()
    return body.strip()


def address(written: str) -> tuple[str, int]:
    """Split ``192.0.2.1:5060`` or ``[2001:db8::1]:5060`` into host and port."""
    host, _, port = written.rpartition(":")
    return host.strip("[]"), int(port) if port.isdecimal() else 0
