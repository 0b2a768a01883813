"""Where a SIP URI leads: transport, port and addresses, best first (RFC 3263, section 4). Pure.

What the DNS says is asked of a `Dns`; this only knows what to ask for, and in which order.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from actors.core.wire.uri import SipUri, is_address
from actors.messages.phone import Hop

DEFAULT_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
SERVICES = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}
PREFIXES = {"udp": "_sip._udp.", "tcp": "_sip._tcp.", "tls": "_sips._tcp."}

MOST_TARGETS = 4
"""So many hosts of an SRV answer are looked up."""

MOST_HOPS = 8
LONGEST_TTL = 86_400


class DnsFailed(Exception):  # noqa: N818 - says what happened
    """The DNS did not answer, or not with an answer: it may later."""


@dataclass(frozen=True, slots=True)
class Naptr:
    """A NAPTR record of flag ``s`` (RFC 3403)."""

    order: int
    preference: int
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    """An SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


class Dns(Protocol):
    """What is asked: each answer with its TTL in seconds, empty where there is no such record.

    DnsFailed where nobody knows.
    """

    def naptr(self, name: str) -> tuple[list[Naptr], int]:
        """Return the name's NAPTR records."""

    def srv(self, name: str) -> tuple[list[Srv], int]:
        """Return the name's SRV records."""

    def addresses(self, name: str) -> tuple[list[str], int]:
        """Return the host's IP addresses."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is looked for; `port` 0 and `transport` empty where the URI does not say."""

    host: str
    port: int = 0
    transport: str = ""
    secure: bool = False

    @classmethod
    def of(cls, uri: SipUri) -> Target:
        """Return where a request to this URI wants to go."""
        secure = uri.scheme == "sips"
        transport = (uri.parameter("transport") or "").lower()
        if transport not in DEFAULT_PORTS:
            transport = ""
        if secure and transport:
            transport = "tls"
        host = uri.parameter("maddr") or uri.host
        return cls(host.lower(), uri.port or 0, transport, secure)


@dataclass(frozen=True, slots=True)
class Located:
    """Where it leads, best first; none: nowhere. Good for `ttl` seconds."""

    hops: tuple[Hop, ...]
    ttl: int


def at_once(target: Target) -> Located | None:
    """Return where a target leads that needs no DNS; None for a host name."""
    if not is_address(target.host):
        return None
    transport = _transport(target)
    port = target.port or DEFAULT_PORTS[transport]
    return Located((Hop(target.host, port, transport),), LONGEST_TTL)


def locate(target: Target, dns: Dns, ours: Iterable[str], rng: random.Random) -> Located:
    """Return where a host name leads; `ours` are the transports we speak, best first.

    DnsFailed where nothing at all could be found out.
    """
    spoken = [one for one in ours if one == "tls" or not target.secure]
    if target.port:
        return _hosts([(target.host, target.port)], _transport(target), dns)
    if target.transport:
        return _of_service(target.host, target.transport, dns, rng)
    services, ttl = _services(target, dns, spoken)
    for name, transport in services:
        records, records_ttl = dns.srv(name)
        if records:
            found = _hosts(_chosen(records, rng), transport, dns)
            if found.hops:
                return Located(found.hops, min(ttl, records_ttl, found.ttl))
    transport = _transport(target)
    return _hosts([(target.host, DEFAULT_PORTS[transport])], transport, dns)


def _transport(target: Target) -> str:
    return target.transport or ("tls" if target.secure else "udp")


def _services(target: Target, dns: Dns, spoken: list[str]) -> tuple[list[tuple[str, str]], int]:
    """Return the SRV names to ask for, with their transports: as NAPTR says, else all of ours."""
    records, ttl = dns.naptr(target.host)
    known = [
        (one.order, one.preference, one.replacement, SERVICES[one.service.upper()])
        for one in records
        if one.service.upper() in SERVICES
    ]
    named = [(name, transport) for _, _, name, transport in sorted(known) if transport in spoken]
    if named:
        return named, ttl
    return [(PREFIXES[one] + target.host, one) for one in spoken], LONGEST_TTL


def _of_service(host: str, transport: str, dns: Dns, rng: random.Random) -> Located:
    records, ttl = dns.srv(PREFIXES[transport] + host)
    if not records:
        return _hosts([(host, DEFAULT_PORTS[transport])], transport, dns)
    found = _hosts(_chosen(records, rng), transport, dns)
    return Located(found.hops, min(ttl, found.ttl))


def _chosen(records: list[Srv], rng: random.Random) -> list[tuple[str, int]]:
    """Return hosts and ports in the order of priority, by chance within one (RFC 2782)."""
    left = [one for one in records if one.target.rstrip(".")]
    chosen: list[tuple[str, int]] = []
    while left and len(chosen) < MOST_TARGETS:
        first = min(one.priority for one in left)
        alike = [one for one in left if one.priority == first]
        weights = [one.weight for one in alike]
        # Those of weight 0 come last: of none but those, each has the same chance.
        one = rng.choices(alike, weights if any(weights) else None)[0]
        chosen.append((one.target.rstrip("."), one.port))
        left.remove(one)
    return chosen


def _hosts(hosts: list[tuple[str, int]], transport: str, dns: Dns) -> Located:
    hops: list[Hop] = []
    ttl, failure = LONGEST_TTL, None
    for host, port in hosts:
        try:
            addresses, its = ([host], LONGEST_TTL) if is_address(host) else dns.addresses(host)
        except DnsFailed as error:
            failure = error
            continue
        ttl = min(ttl, its)
        hops += [Hop(address, port, transport) for address in addresses]
    if not hops and failure:
        raise failure
    return Located(tuple(hops[:MOST_HOPS]), ttl)
