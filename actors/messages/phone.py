"""An agent's telephone: where it is called, and who it is."""

from __future__ import annotations

from typing import Self

from actors.core.wire.uri import SipUri
from actors.messages.message import Message

RECORD = ">;record="


class Phone(Message, frozen=True):
    """A telephone at which agents sit.

    `uri` is where it is called and watched: its Contact as it came, or its address at the call
    server. `record` is its address of record, ``user@host`` in lower case: what tells one phone
    from another, and stays when the phone comes back from another port or under another random
    Contact.
    """

    uri: SipUri
    record: str

    @classmethod
    def at(cls, uri: SipUri) -> Self:
        """Return the phone whose URI says who it is."""
        return cls(uri, uri.record)

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read back what `written` gave; ValueError where that is no phone."""
        uri, found, record = written.removeprefix("<").partition(RECORD)
        phone = cls.at(SipUri.parse(uri))
        return cls(phone.uri, record) if found else phone

    def written(self) -> str:
        """Return it for the journal: its URI, and who it is where the URI does not say that."""
        return str(self.uri) if self == Phone.at(self.uri) else f"<{self.uri}{RECORD}{self.record}"

    def __str__(self) -> str:
        """Return ``user@host:port``, as it is shown."""
        return self.uri.address
