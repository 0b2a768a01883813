"""How REST shows a SIP address."""

from __future__ import annotations


def address(uri: str) -> str:
    """Return the user@host[:port] of a SIP URI, as the seed's answers show it."""
    if "<" in uri:
        uri = uri.partition("<")[2].partition(">")[0]
    scheme, colon, rest = uri.partition(":")
    if colon and scheme.lower() in {"sip", "sips"}:
        uri = rest
    user, at, host = uri.rpartition("@")
    return f"{user}{at}{host.partition(';')[0].partition('?')[0]}"
