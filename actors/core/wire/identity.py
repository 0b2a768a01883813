"""Who a caller is, and to whom it is told: asserted identities and privacy (RFC 3325, 3323). Pure.

From is what a caller says of himself. A P-Asserted-Identity is what the network knows, so it counts
where a believed peer sends it, and is passed on to believed peers alone (RFC 3325, section 5). Who
asks for privacy is a nobody to everybody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from actors.core.wire.names import parties
from actors.core.wire.uri import ANONYMOUS, SipUri
from actors.messages.sip import Incoming, Party
from actors.settings import Privacy

WITHHOLDING = frozenset({"id", "user", "header"})
"""What of a Privacy header hides who calls (RFC 3323, section 4.2; RFC 3325, section 9.3).

``session`` and the headers of the network's own (Via, Contact) need nothing more: to a phone the
call comes from us, sound too. So ``critical`` is kept as well.
"""

NO_WISH = "none"
NOBODY = Party(ANONYMOUS, "Anonymous")


@dataclass(frozen=True, slots=True)
class Told:
    """The caller as each is told of him: `phone` in a From, `rest` as an address.

    `asserted` and the value of the Privacy header, empty for none, are for believed peers.
    """

    phone: Party
    rest: str
    journal: Party
    asserted: Party | None = None
    privacy: str = ""


def asserted(values: Iterable[str]) -> Party | None:
    """Read P-Asserted-Identity (RFC 3325, section 9.1): of a SIP and a tel URI, the first."""
    found = [party for value in values for party in parties(value)]
    return next((party for party in found if _is_identity(party.uri)), None)


def privacy(values: Iterable[str]) -> frozenset[str]:
    """Read Privacy (RFC 3323, section 4.2): words between semicolons, some write commas."""
    words = (word for value in values for word in value.replace(",", ";").split(";"))
    return frozenset(word.strip().lower() for word in words if word.strip())


def withheld(incoming: Incoming) -> bool:
    """Say whether the caller does not want to be known: by Privacy, or by an anonymous From."""
    if incoming.privacy & WITHHOLDING:
        return True
    return NO_WISH not in incoming.privacy and _is_nobody(incoming.caller)


def told(incoming: Incoming, kept: Privacy) -> Told:
    """Return what each is told; `kept`: where a wish for privacy counts."""
    caller = known(incoming)
    hidden = withheld(incoming)
    phone, rest, journal = (
        NOBODY if hidden and one else caller for one in (kept.agents, kept.rest, kept.journal)
    )
    return Told(
        phone,
        rest.uri.address,
        journal,
        incoming.asserted,
        "id" if hidden and kept.agents else "",
    )


def known(incoming: Incoming) -> Party:
    """Return who calls: whom a believed peer vouches for, else whom From names."""
    caller, asserted = incoming.caller, incoming.asserted
    if asserted is None:
        return caller
    name = "" if _is_nobody(caller) else caller.display
    return Party(asserted.uri, asserted.display or name)


def _is_identity(uri: SipUri) -> bool:
    return bool(uri.user) and (uri.is_sip or uri.scheme == "tel")


def _is_nobody(party: Party) -> bool:
    """Say whether this is nobody's URI (RFC 3323, section 4.1.1.3), as some write it: any host."""
    uri = party.uri
    return uri.number.casefold() == ANONYMOUS.user or uri.host.lower() == ANONYMOUS.host
