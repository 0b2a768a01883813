"""Whence a call comes, as its From and Contact cannot say it: anybody may write those. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from actors.core.wire.message import Message
from actors.core.wire.uri import is_address
from actors.messages.phone import Phone
from actors.messages.sip import Incoming, Rights

MOST_PROXIES = 5
"""So many in a row are looked behind."""


def origin(incoming: Incoming, phone: Phone) -> str:
    """Return whence the phone that calls does so, empty where its own URI and hop say it.

    That is the packet's IP address, whatever the port: behind NAT it changes. Where a party speaks
    for phones it is the party's name, so that all its addresses are one, after what it tells of the
    phone: the user it vouches for (RFC 3325), or the IP address from which a proxy had the call.
    """
    rights = incoming.rights
    if incoming.asserted is not None:
        found = f"{incoming.asserted.uri.number.casefold()} by {rights.party}"
    elif rights.is_call_server and phone.hop is None:
        found = ""
    elif not rights.party:
        found = incoming.source[0]
    elif incoming.behind and not (rights.believed or rights.is_call_server):
        found = f"{incoming.behind} by {rights.party}"
    else:
        found = f"by {rights.party}"
    return "" if found == phone.whence else found


def behind(request: Message, source: str, rights_of: Callable[[str], Rights]) -> str:
    """Return the IP address from which the first of the proxies had the request; empty: no proxy.

    A proxy notes in the topmost Via it finds from which address that came, where the Via does not
    say so itself (``received``: RFC 3261, section 18.2.1). Only a peer that the configuration calls
    a proxy is believed; `source` is where the packet came from.
    """
    found = ""
    for via in itertools.islice(_vias(request), 1, 1 + MOST_PROXIES):
        if not rights_of(found or source).is_proxy:
            break
        before = _sender(via)
        if not before:
            break
        found = before
    return found


def _vias(request: Message) -> Iterator[str]:
    """Yield the Vias from the top, also where several stand in one line."""
    for line in request.headers.get("via", []):
        yield from line.split(",", MOST_PROXIES + 1)


def _sender(via: str) -> str:
    """Return the IP address of who wrote this Via, empty where it does not tell."""
    way, *parameters = via.split(";")
    named = [one.partition("=") for one in parameters]
    received = next((value for name, _, value in named if name.strip().lower() == "received"), "")
    words = (received or way).split()
    host = words[-1] if words else ""
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    return host if is_address(host) else ""
