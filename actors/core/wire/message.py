"""What is read out of the text of a SIP message: headers, body, DTMF in INFO. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from actors.core.wire.text import shown
from actors.core.wire.uri import party, user_of
from actors.ids import Leg
from actors.messages.sip import Incoming, Media, Rights

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
SIGNAL = re.compile(r"^\s*Signal\s*=\s*(\S+)", re.IGNORECASE | re.MULTILINE)


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
    def sdp(self) -> str | None:
        """The body where it is SDP."""
        return self.body if self.body and self.content_type == "application/sdp" else None


def read(text: str) -> Message:
    """Take a SIP message apart; a folded header line is joined to the one before it."""
    head, _, body = text.partition("\r\n\r\n")
    lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        headers.setdefault(COMPACT.get(key, key), []).append(value.strip())
    return Message(lines[0], headers, body)


def incoming(
    leg: Leg,
    invite: Message,
    remote: Media | None,
    source: tuple[str, int],
    rights: Rights,
) -> Incoming:
    """Gather what the switchboard needs to know of an INVITE outside a dialog."""
    asserted = invite.header("p-asserted-identity")
    return Incoming(
        leg=leg,
        sip_call_id=shown(invite.header("call-id")),
        user=user_of(invite.request_uri),
        caller=party(invite.header("from")),
        called=party(invite.header("to")),
        contact=party(invite.header("contact")),
        asserted=party(asserted) if asserted else None,
        remote=remote,
        source=source,
        rights=rights,
    )


def digit(info: Message) -> str | None:
    """Return the key that an INFO says was pressed, None where it says nothing of the kind.

    ``application/dtmf-relay`` has a line ``Signal=5``, ``application/dtmf`` the bare key; some
    phones say 10 for the star and 11 for the hash key, as the events of RFC 4733 are numbered.
    """
    if info.content_type not in ("application/dtmf-relay", "application/dtmf"):
        return None
    found = SIGNAL.search(info.body)
    text = (found[1] if found else info.body.strip()).upper()
    if text.isdecimal() and 10 <= int(text) < len(KEYS):  # noqa: PLR2004 - see above
        return KEYS[int(text)]
    return text if len(text) == 1 and text in KEYS else None


def address(text: str) -> tuple[str, int]:
    """Split ``192.0.2.1:5060`` or ``[2001:db8::1]:5060`` into host and port."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port) if port.isdecimal() else 0
