"""Who answers for a try to log on: an address, or whom a believed peer names. Pure."""

from __future__ import annotations

import ipaddress

from actors.messages.sip import Incoming

SITE_BITS = 64
"""Whoever has one IPv6 address has as many as he likes of its network."""


def source_of(incoming: Incoming) -> str:
    """Return who answers for this call, as logs show it and as one source is told from another.

    Never what a caller says of himself. Of a peer who is believed it is the identity he vouches
    for (RFC 3325), so that one phone behind a call server is not taken for another.
    """
    source = incoming.source[0]
    if incoming.rights.believed:
        party = incoming.asserted or incoming.caller
        return f"{party.uri.record} by {source}"
    if incoming.behind:
        return f"{_site(incoming.behind)} by {source}"
    return _site(source)


def _site(address: str) -> str:
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, SITE_BITS), strict=False))
