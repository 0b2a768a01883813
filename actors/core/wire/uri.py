"""SIP URIs and name-addr (RFC 3261, sections 19.1 and 20.10), taken apart and built. Pure."""

from __future__ import annotations

import ipaddress
import re

from actors.core.wire.text import escaped, shown, unescaped
from actors.messages.sip import Party

NAME_ADDR = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<([^>]*)>')
URI = re.compile(
    r"(?P<scheme>sips?):(?:(?P<user>[^@]*)@)?(?P<place>\[[^\]]*\]|[^:;?@]+)(?P<rest>.*)",
    re.IGNORECASE,
)


def party(value: str) -> Party:
    """Read a From, To, Contact or P-Asserted-Identity value; of several, the first."""
    found = NAME_ADDR.match(value)
    if found:
        quoted, plain, uri = found.groups()
        display = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
        return Party(escaped(bare(uri)), shown(display))
    # Without angle brackets the parameters are the header's, not the URI's.
    return Party(escaped(bare(value.partition(",")[0].strip())))


def bare(uri: str) -> str:
    """Return the URI without parameters and headers: ``sip:1@host:5070``."""
    scheme, colon, rest = uri.strip().partition(":")
    user, at, place = rest.rpartition("@")
    return f"{scheme}{colon}{user}{at}{re.split('[;?]', place, maxsplit=1)[0]}"


def user_of(uri: str) -> str:
    """Return the user part, percent signs undone; empty where there is none. Case as it is."""
    scheme, _, rest = uri.strip().partition(":")
    if scheme.lower() == "tel":
        return unescaped(rest.partition(";")[0])
    user, at, _ = rest.rpartition("@")
    if not at:
        return ""
    # A ";" in the user part begins its own parameters (RFC 3261, section 19.1.6: tel URIs).
    return unescaped(user.partition(":")[0].partition(";")[0])


def host_of(uri: str) -> str:
    """Return the host, IPv6 without brackets; ValueError for anything but sip and sips."""
    found = URI.fullmatch(uri.strip())
    if not found:
        raise ValueError(f"no SIP URI: {uri!r}")
    return found["place"].strip("[]")


def with_host(uri: str, address: str) -> str:
    """Return the URI with its host replaced by an IP address, all else as it is."""
    found = URI.fullmatch(uri.strip())
    if not found:
        raise ValueError(f"no SIP URI: {uri!r}")
    user = f"{found['user']}@" if found["user"] is not None else ""
    place = f"[{address}]" if ":" in address else address
    return f"{found['scheme']}:{user}{place}{found['rest']}"


def at_server(uri: str, server: str) -> str:
    """Return the URI's user at another server (``sip:host:port``); the URI where there is none."""
    if not server:
        return uri
    scheme, _, place = bare(server).partition(":")
    user = bare(uri).partition(":")[2].rpartition("@")[0]
    return f"{scheme}:{user}@{place.rpartition('@')[2]}"


def is_address(host: str) -> bool:
    """Say whether the host is an IP address and needs no resolving."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def name_addr(uri: str, display: str = "") -> str:
    """Write ``"display" <uri>``, safe for any display text."""
    if not display:
        return f"<{uri}>"
    text = re.sub(r"[\x00-\x1f\x7f]", " ", display).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}" <{uri}>'
