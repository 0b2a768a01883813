"""Who is who: what a packet's source may do, by the configuration's one table of peers. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

import msgspec

from actors.core.wire.locate import Target
from actors.core.wire.uri import SipUri
from actors.messages.sip import Rights
from actors.settings import Peer, Sip

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK = Peer("loopback", ("127.0.0.1", "::1"), may_call=True, may_log_on=True, without_caps=True)
"""This machine itself. The other addresses of 127.0.0.0/8 are strangers', as tests need them."""

CALL_SERVER = "call server"


class Peers:
    """The table, with the addresses that its names have at present."""

    def __init__(self, sip: Sip, found: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """Take the settings, and the addresses of the hosts of `named(sip)` as far as known."""
        strangers = sip.strangers
        self._stranger = Rights("", strangers.may_call, strangers.may_log_on)
        known = found or {}
        server = SipUri.parse(sip.call_server).host.lower() if sip.call_server else ""
        self._server = list(_networks(server, known)) if server else []
        self._server_unknown = bool(server) and not self._server
        rows = [
            (network, _rights(peer, host))
            for peer in _everybody(sip)
            for host in peer.addresses
            for network in _networks(host, known)
        ]
        # Of two networks the smaller one knows better; of two alike, what stands first counts.
        self._rows = sorted(rows, key=lambda row: -row[0].prefixlen)

    def of(self, address: str) -> Rights:
        """Return what a packet from this IP address may do; ValueError where it is none."""
        source = ipaddress.ip_address(address)
        if isinstance(source, ipaddress.IPv6Address) and source.ipv4_mapped:
            source = source.ipv4_mapped
        rights = next((one for network, one in self._rows if source in network), self._stranger)
        if any(source in network for network in self._server):
            return msgspec.structs.replace(rights, is_call_server=True, party=CALL_SERVER)
        if self._server_unknown:
            return msgspec.structs.replace(rights, server_unknown=True)
        return rights


def named(sip: Sip) -> dict[str, Target]:
    """Return the host names among the peers' addresses, and what to look up for each."""
    hosts = (host for peer in _everybody(sip) for host in peer.addresses)
    targets = {host: Target(host) for host in hosts if _is_name(host)}
    for uri in (sip.call_server, sip.registration.registrar if sip.registration else ""):
        target = Target.of(SipUri.parse(uri)) if uri else None
        if target and target.host in targets:
            targets[target.host] = target
    return targets


def _everybody(sip: Sip) -> Iterator[Peer]:
    """Yield the configured peers, then those that the rest of the configuration implies."""
    yield from sip.peers
    registrar = sip.registration.registrar if sip.registration else ""
    for name, uri in ((CALL_SERVER, sip.call_server), ("registrar", registrar)):
        if uri:
            yield Peer(
                name,
                (SipUri.parse(uri).host.lower(),),
                may_call=True,
                may_log_on=True,
                believed=True,
                without_caps=True,
            )
    yield LOOPBACK


def _networks(host: str, found: Mapping[str, tuple[str, ...]]) -> Iterator[Network]:
    for text in found.get(host, (host,)):
        try:
            yield ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue


def _rights(peer: Peer, host: str) -> Rights:
    """Return the rights of a peer at one of its addresses.

    Who speaks for phones is one party at all of them; so is whatever has one name. The phones of a
    network are not.
    """
    speaks = peer.believed or peer.is_proxy
    return Rights(
        peer.name,
        peer.may_call,
        peer.may_log_on,
        peer.believed,
        peer.is_proxy,
        peer.without_caps,
        party=peer.name if speaks else host if _is_name(host) else "",
    )


def _is_name(host: str) -> bool:
    """Say whether this is a host name, neither address nor network."""
    return not list(_networks(host, {}))
