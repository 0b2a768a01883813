"""Who may do what from where: the table of peers."""

from __future__ import annotations

import pytest

from actors.core.door.peers import Peers, named
from actors.core.wire.locate import Target
from actors.messages.sip import Rights
from actors.settings import Peer, Registration, Sip, Strangers

SBC = Peer("sbc", ("198.51.100.0/24", "sbc.example.net"), believed=True, without_caps=True)
TRUNK = Peer("trunk", ("198.51.100.7",), may_call=False)
SIP = Sip(
    call_server="sip:pbx.example.net:5060;transport=tcp",
    registration=Registration("sip:192.0.2.10", "acd", "secret"),
    peers=(SBC, TRUNK, Peer("desks", ("2001:db8:1::/48",), may_log_on=True)),
    strangers=Strangers(may_call=True, may_log_on=False),
)
EVERYTHING_BUT_PROXY = {"may_call", "may_log_on", "believed", "without_caps"}


def may(rights: Rights) -> set[str]:
    told = {name for name in rights.__struct_fields__ if getattr(rights, name) is True}
    return told - {"server_unknown"}


TABLE = {
    "in a peer's network": ("198.51.100.8", "sbc", {"may_call", "believed", "without_caps"}),
    "the smaller network knows better": ("198.51.100.7", "trunk", set()),
    "IPv6": ("2001:db8:1:2::3", "desks", {"may_call", "may_log_on"}),
    "IPv4 as an IPv6 socket writes it": ("::ffff:198.51.100.7", "trunk", set()),
    "the registrar": ("192.0.2.10", "registrar", EVERYTHING_BUT_PROXY),
    "this machine": ("127.0.0.1", "loopback", {"may_call", "may_log_on", "without_caps"}),
    "this machine by IPv6": ("::1", "loopback", {"may_call", "may_log_on", "without_caps"}),
    "another address of the loopback net": ("127.0.0.9", "", {"may_call"}),
    "a stranger": ("203.0.113.5", "", {"may_call"}),
    "the lan is a stranger where other peers are named": ("10.1.2.3", "", {"may_call"}),
}


@pytest.mark.parametrize(("source", "peer", "rights"), TABLE.values(), ids=TABLE.keys())
def test_a_source_may_do_what_its_peer_may(source: str, peer: str, rights: set[str]) -> None:
    found = Peers(SIP).of(source)

    assert (found.peer, may(found)) == (peer, rights)


def test_names_are_peers_once_their_addresses_are_known() -> None:
    found = {"pbx.example.net": ("192.0.2.20", "192.0.2.21"), "sbc.example.net": ("192.0.2.30",)}

    assert named(SIP) == {
        "pbx.example.net": Target("pbx.example.net", 5060, "tcp"),
        "sbc.example.net": Target("sbc.example.net"),
    }
    assert Peers(SIP).of("192.0.2.21").peer == ""
    assert Peers(SIP, found).of("192.0.2.21").peer == "call server"
    assert Peers(SIP, found).of("192.0.2.21").is_call_server
    assert Peers(SIP, found).of("192.0.2.30").peer == "sbc"


def test_without_any_peer_phones_in_private_networks_may_log_agents_on() -> None:
    peers = Peers(Sip())

    for source in ("10.1.2.3", "172.31.0.1", "192.168.1.20", "fd00::1"):
        assert may(peers.of(source)) == {"may_call", "may_log_on"}
    assert may(peers.of("203.0.113.5")) == {"may_call"}


@pytest.mark.parametrize("source", ["192.0.2.20", "203.0.113.5", "127.0.0.1"])
def test_until_a_call_servers_name_is_looked_up_anybody_may_be_it(source: str) -> None:
    assert Peers(SIP).of(source).server_unknown
    assert not Peers(SIP, {"pbx.example.net": ("192.0.2.20",)}).of(source).server_unknown
    assert not Peers(Sip(call_server="sip:192.0.2.20")).of(source).server_unknown
    assert not Peers(Sip()).of(source).server_unknown


def test_a_call_server_on_this_machine_is_the_call_server() -> None:
    found = Peers(Sip(call_server="sip:127.0.0.1:5060")).of("127.0.0.1")

    assert found.peer == "call server"
    assert found.is_call_server


def test_a_call_server_is_itself_under_whatever_name_it_is_a_peer() -> None:
    pbx = Peer("pbx", ("192.0.2.10",))
    found = Peers(Sip(call_server="sip:192.0.2.10", peers=(pbx,))).of("192.0.2.10")

    assert (found.peer, found.is_call_server, found.believed) == ("pbx", True, False)


def test_strangers_may_be_shut_out() -> None:
    peers = Peers(Sip(strangers=Strangers(may_call=False)))

    assert not peers.of("203.0.113.5").may_call
    assert peers.of("10.0.0.1").may_call
