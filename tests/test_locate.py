"""Where a SIP URI leads by NAPTR, SRV and address records, in which order (RFC 3263)."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from actors.core.wire.locate import (
    MOST_HOPS,
    DnsFailed,
    Naptr,
    Srv,
    Target,
    at_once,
    locate,
)
from actors.core.wire.uri import SipUri
from actors.messages.phone import Hop

OURS = ("udp", "tcp")
T = TypeVar("T")


@dataclass
class Zone:
    """A name server by heart: records by name, and what was asked."""

    naptrs: dict[str, list[Naptr]] = field(default_factory=dict)
    srvs: dict[str, list[Srv]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    ttl: int = 60
    asked: list[str] = field(default_factory=list)

    def naptr(self, name: str) -> tuple[list[Naptr], int]:
        return self._found(self.naptrs, name), self.ttl

    def srv(self, name: str) -> tuple[list[Srv], int]:
        return self._found(self.srvs, name), self.ttl

    def addresses(self, name: str) -> tuple[list[str], int]:
        return self._found(self.hosts, name), self.ttl

    def _found(self, records: dict[str, list[T]], name: str) -> list[T]:
        self.asked.append(name)
        if name in self.broken:
            raise DnsFailed(name)
        return records.get(name, [])


def led(uri: str, zone: Zone, seed: int = 1) -> list[str]:
    found = locate(Target.of(SipUri.parse(uri)), zone, OURS, random.Random(seed))  # noqa: S311
    return [str(hop) for hop in found.hops]


HOSTS = {
    "one.example": ["192.0.2.1"],
    "a.one.example": ["192.0.2.11", "192.0.2.12"],
    "b.one.example": ["192.0.2.21"],
}
UDP = {"_sip._udp.one.example": [Srv(10, 1, 5070, "a.one.example.")]}
TCP = {"_sip._tcp.one.example": [Srv(10, 1, 5080, "b.one.example.")]}
BY_TCP = {"one.example": [Naptr(10, 10, "SIP+D2T", "_sip._tcp.one.example")]}
BY_TLS = {
    "one.example": [Naptr(1, 1, "SIPS+D2T", "_sips._tcp.one.example"), *BY_TCP["one.example"]]
}
A, B = ["udp:192.0.2.11:5070", "udp:192.0.2.12:5070"], ["tcp:192.0.2.21:5080"]

TABLE = {
    "an address of the name": ("sip:one.example", Zone(), ["udp:192.0.2.1:5060"]),
    "its port said": ("sip:one.example:5090", Zone(srvs=UDP), ["udp:192.0.2.1:5090"]),
    "SRV": ("sip:x@one.example", Zone(srvs=UDP), A),
    "SRV of UDP first": ("sip:one.example", Zone(srvs={**TCP, **UDP}), A),
    "SRV of TCP only": ("sip:one.example", Zone(srvs=TCP), B),
    "NAPTR says TCP": ("sip:one.example", Zone(BY_TCP, {**TCP, **UDP}), B),
    "NAPTR says TLS first, which we do not speak": (
        "sip:one.example",
        Zone(BY_TLS, {**TCP, **UDP}),
        B,
    ),
    "transport said": ("sip:one.example;transport=tcp", Zone(srvs={**TCP, **UDP}), B),
    "transport said, no SRV": ("sip:one.example;transport=tcp", Zone(), ["tcp:192.0.2.1:5060"]),
    "port and transport said": (
        "sip:one.example:5066;transport=TCP",
        Zone(BY_TCP, TCP),
        ["tcp:192.0.2.1:5066"],
    ),
    "sips": ("sips:one.example", Zone(), ["tls:192.0.2.1:5061"]),
    "maddr": ("sip:two.example;maddr=one.example", Zone(), ["udp:192.0.2.1:5060"]),
    "not offered at all": (
        "sip:one.example",
        Zone(srvs={"_sip._udp.one.example": [Srv(0, 0, 0, ".")]}),
        ["udp:192.0.2.1:5060"],
    ),
    "nothing": ("sip:nobody.example", Zone(), []),
}


@pytest.mark.parametrize(("uri", "zone", "found"), TABLE.values(), ids=TABLE.keys())
def test_a_uri_leads_where_its_name_says(uri: str, zone: Zone, found: list[str]) -> None:
    zone.hosts = HOSTS

    assert led(uri, zone) == found


@pytest.mark.parametrize(
    ("uri", "hop"),
    [
        ("sip:x@192.0.2.7", "udp:192.0.2.7:5060"),
        ("sip:192.0.2.7:5070;transport=tcp", "tcp:192.0.2.7:5070"),
        ("sips:192.0.2.7", "tls:192.0.2.7:5061"),
    ],
)
def test_an_address_needs_no_name_server(uri: str, hop: str) -> None:
    found = at_once(Target.of(SipUri.parse(uri)))

    assert found
    assert [str(one) for one in found.hops] == [hop]


def test_lower_priorities_come_later_and_weight_shares_within_one() -> None:
    records = [
        Srv(20, 1, 5060, "192.0.2.9"),
        Srv(10, 3, 5060, "192.0.2.1"),
        Srv(10, 1, 5060, "192.0.2.2"),
    ]
    zone = Zone(srvs={"_sip._udp.one.example": records})

    orders = [tuple(led("sip:one.example", zone, seed)) for seed in range(400)]

    first = Counter(order[0] for order in orders)
    assert {order[2] for order in orders} == {"udp:192.0.2.9:5060"}
    assert 250 < first["udp:192.0.2.1:5060"] < 350


def test_a_host_that_cannot_be_asked_for_is_left_out_where_there_are_others() -> None:
    records = [Srv(1, 0, 5060, "dead.example"), Srv(2, 0, 5060, "b.one.example")]
    zone = Zone(srvs={"_sip._udp.one.example": records}, hosts=HOSTS, broken={"dead.example"})

    assert led("sip:one.example", zone) == ["udp:192.0.2.21:5060"]


def test_a_name_server_that_fails_is_no_answer() -> None:
    with pytest.raises(DnsFailed):
        led("sip:one.example", Zone(broken={"one.example"}))


def test_no_answer_is_so_long_that_it_floods_us() -> None:
    many = [f"192.0.2.{number}" for number in range(200)]
    records = [Srv(1, 1, 5060, f"h{number}.example") for number in range(100)]
    zone = Zone(srvs={"_sip._udp.one.example": records})
    zone.hosts = {f"h{number}.example": many for number in range(100)}

    assert len(led("sip:one.example", zone)) == MOST_HOPS
    assert len(zone.asked) < 10


def test_the_shortest_of_all_times_to_live_counts() -> None:
    class Mixed(Zone):
        def addresses(self, name: str) -> tuple[list[str], int]:
            return super().addresses(name)[0], 7

    zone = Mixed(srvs=UDP, hosts=HOSTS)
    found = locate(Target("one.example"), zone, OURS, random.Random(1))  # noqa: S311

    assert found.ttl == 7
    assert found.hops[0] == Hop("192.0.2.11", 5070)
