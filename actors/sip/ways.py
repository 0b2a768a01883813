"""How packets get to where a URI or a phone is, and what of us is seen from there."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import ipaddress
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import pjsua2

from actors.core.wire.locate import DEFAULT_PORTS, Target
from actors.core.wire.text import shown
from actors.core.wire.uri import SipUri, is_any
from actors.messages.phone import Hop
from actors.messages.sip import Media
from actors.settings import Settings
from actors.sip.door import Door
from actors.sip.hosts import Hosts

NOBODY = frozenset({408, 503})
"""Failures after which another server is tried: no answer, no way there, or not now (RFC 3263)."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a request to `uri` goes: `first` of all; by a route to it where it is not the URI's.

    `port` is where a connection to that host may be opened, 0 where nobody listens; `others` are
    where it may go, too, if nobody answers at the first (RFC 3263, section 4.3).
    """

    uri: SipUri
    first: Hop
    routed: bool
    port: int
    others: tuple[Hop, ...] = ()

    def next(self) -> Way | None:
        """Return the way by the next of the others; None where there is none."""
        if not self.others:
            return None
        hop, *others = self.others
        return dataclasses.replace(self, first=hop, port=hop.port, others=tuple(others))


Then = Callable[[Way | None, str], None]
"""Takes the way, or why there is none."""


class Ways:
    """Finds the way before a request is sent, and has PJSIP take it."""

    def __init__(self, hosts: Hosts, door: Door, settings: Settings) -> None:
        self._hosts = hosts
        self._door = door
        self._media = settings.media
        self._sip = settings.sip
        server = settings.sip.call_server
        self._call_server = SipUri.parse(server) if server else None

    def find(self, uri: SipUri, hop: Hop | None, then: Then) -> None:
        """Call `then` when it is known where requests to `uri` go: by `hop` where there is one.

        Whatever has none goes through the call server where there is one, whoever's domain it is.
        """
        if hop is None:
            self.look_up(self._call_server or uri, uri, then)
            return
        near = uri.host == hop.host and uri.parameter("maddr") is None
        port = (uri.port or DEFAULT_PORTS[hop.transport]) if near else 0
        way = Way(uri, hop, routed=True, port=port)
        if self._leads(way):
            then(way, "")
        else:
            then(None, f"the connection from {hop.host} is gone")

    def look_up(self, server: SipUri, uri: SipUri, then: Then) -> None:
        """Call `then` when it is known where `server` is, to which requests to `uri` go."""
        wanted = (
            server.parameter("transport") or ("tls" if server.scheme == "sips" else "")
        ).lower()
        if wanted and wanted not in self._sip.transports:
            then(None, f"no way to {server.host} by {shown(wanted)}: see sip.transports")
            return
        self._hosts.find(Target.of(server), functools.partial(_first, server, uri, then))

    def _leads(self, way: Way) -> bool:
        hop = way.first
        if hop.transport == "udp" or hop.by_proxy or way.port:
            return True
        return self._door.is_connected(hop.host, hop.port)

    def in_vain(self, way: Way, code: int) -> Way | None:
        """Return by which other way to try where this code says that nobody is there; None: none.

        Until then, and for a while, all that may go by others does so.
        """
        if not way.others or code not in NOBODY:
            return None
        self._hosts.failed(way.first)
        return way.next()

    @contextlib.contextmanager
    def led(self, account: pjsua2.Account, user: str, way: Way) -> Iterator[None]:
        """Have the dialog that is begun in this block take the way, and name us as `user`."""
        number = account.getId()
        if way.routed:
            self._door.route(number, way.first, way.port)
        self._door.contact(number, self.contact(user, way.first))
        try:
            yield
        finally:
            self._door.contact(number, "")
            self._door.unroute(number)

    @contextlib.contextmanager
    def registers(self, account: pjsua2.Account, contact: str) -> Iterator[None]:
        """Have the registration that is begun in this block name us so, and no call afterwards.

        Left with the account it would be told to callers, too, from wherever they call.
        """
        self._door.registered_contact(account.getId(), contact)
        try:
            yield
        finally:
            self._door.registered_contact(account.getId(), "")

    def contact(self, user: str, hop: Hop) -> str:
        """Return our Contact as it leads back to us from there."""
        fixed = "" if is_any(self._sip.address) else self._sip.address
        host = self._sip.advertise or fixed or leading_to(hop.host) or "127.0.0.1"
        transport = "" if hop.transport == "udp" else f";transport={hop.transport}"
        return f"<{SipUri('sip', user, host, self._sip.port)}{transport}>"

    def shown(self, local: Media, way: Way) -> Media:
        """Return our audio with the address of ours that leads there."""
        fixed = self._media.advertise or not is_any(self._media.address)
        address = "" if fixed else leading_to(way.first.host)
        return msgspec.structs.replace(local, address=address) if address else local


def leading_to(host: str) -> str:
    """Return the address of this machine that leads to an IPv4 host, empty where none does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(ipaddress.IPv4Address(host)), 9))  # sends nothing
        except (OSError, ValueError):
            return ""
        return str(probe.getsockname()[0])


def _first(server: SipUri, uri: SipUri, then: Then, hops: tuple[Hop, ...]) -> None:
    if hops:
        first, *others = hops
        routed = bool(others) or Target.of(server) != Target.of(uri)
        then(Way(uri, first, routed, first.port, tuple(others)), "")
    else:
        then(None, f"cannot resolve {server.host}")
