"""An agent's telephone: where it is called, and who it is."""

from __future__ import annotations

from typing import Self
from urllib.parse import quote, unquote

from actors.core.wire.uri import SipUri
from actors.messages.message import Message

ORIGIN, RECORD, HOP = ";origin=", ";record=", ";hop="


class Hop(Message, frozen=True):
    """Where packets go first: the next hop (RFC 3261, section 8.1.2); `host` is an IP address.

    `transport` is udp, tcp or tls. Where the host is a proxy (`by_proxy`) a Route header says so.
    """

    host: str
    port: int
    transport: str = "udp"
    by_proxy: bool = False

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read back what `str` gave; ValueError where that is no hop."""
        transport, _, place = written.removesuffix("!").partition(":")
        host, _, port = place.rpartition(":")
        return cls(host, int(port), transport, written.endswith("!"))

    def __str__(self) -> str:
        """Write it for the journal and for logs."""
        return f"{self.transport}:{self.host}:{self.port}{'!' * self.by_proxy}"


class Phone(Message, frozen=True):
    """A telephone at which agents sit.

    `uri` is where it is called and watched: its Contact as it came, or its address at the call
    server. `record` is its address of record, ``user@host`` in lower case, which stays when the
    phone comes back from another port or under another random Contact. `hop` is where its packets
    go, where that is not what the URI says: to where its login call came from. `origin` is whence
    its calls come, where that is not where its packets go: see core/wire/origin.
    """

    uri: SipUri
    record: str
    hop: Hop | None = None
    origin: str = ""

    @property
    def whence(self) -> str:
        """Where its calls come from: an IP address, who speaks for it, or its call server."""
        return self.origin or (self.hop.host if self.hop else self.uri.host.lower())

    @property
    def identity(self) -> tuple[str, str]:
        """What tells it from all others: the address of record alone anybody may write."""
        return self.record, self.whence

    @classmethod
    def at(cls, uri: SipUri) -> Self:
        """Return the phone whose URI says who it is."""
        return cls(uri, uri.record)

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read back what `written` gave; ValueError where that is no phone."""
        if not written.startswith("<"):
            return cls.at(SipUri.parse(written))
        uri, _, rest = written[1:].partition(">")
        origin = ""
        if rest.startswith(ORIGIN):
            origin, mark, rest = rest.removeprefix(ORIGIN).partition(";")
            rest = mark + rest
        rest, found, hop = rest.partition(HOP)
        phone = cls.at(SipUri.parse(uri))
        record = rest.removeprefix(RECORD) or phone.record
        return cls(phone.uri, record, Hop.parse(hop) if found else None, unquote(origin))

    def written(self) -> str:
        """Return it for the journal: its URI, and what the URI does not say."""
        if self == Phone.at(self.uri):
            return str(self.uri)
        origin = f"{ORIGIN}{quote(self.origin, safe=' :')}" if self.origin else ""
        record = "" if self.record == self.uri.record else f"{RECORD}{self.record}"
        hop = f"{HOP}{self.hop}" if self.hop else ""
        return f"<{self.uri}>{origin}{record}{hop}"

    def __str__(self) -> str:
        """Return ``user@host:port``, as it is shown."""
        return self.uri.address
