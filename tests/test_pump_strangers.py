"""The pump over real sockets: who is heard, from where, and how it is counted."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.messages.media import (
    Open,
    Opened,
    PlayMusic,
    Unbridge,
)
from actors.messages.sip import DigitPressed, Direction, Media
from tests.media_rig import (
    EVENTS,
    FRAME,
    MUSIC,
    PCMA,
    PCMU,
    SILENCE,
    TUNE,
    VOICE,
    Rig,
    bytes_of,
)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path) as running:
        yield running


def test_a_stranger_is_not_heard_and_gets_nothing_in_any_phase(rig: Rig) -> None:
    caller, agent, stranger = rig.phone(), rig.phone(), rig.phone("127.0.0.66")
    leg, ears, to = rig.open(caller)
    agent_leg, _, agent_to = rig.open(agent)

    def spray() -> None:
        for _ in range(20):
            stranger.send(to, b"\x01" * FRAME)
        stranger.press(to, 5)

    spray()  # early, in the learning window
    caller.send(to)
    agent.send(agent_to)
    spray()
    rig.bridge(leg, caller, agent_leg)
    spray()
    rig.aim(leg, caller.media("2", Direction.SENDONLY))
    spray()
    rig.aim(leg, caller.media("3"))
    spray()
    rig.ref.tell(Unbridge(leg))
    for _ in range(10):
        agent.receive()
        caller.receive()

    assert stranger.hears_nothing(0.05)
    assert not any(b"\x01" in packet.payload for packet in agent.got)
    assert not any(isinstance(told, DigitPressed) for told in ears.all_now())
    assert rig.close(leg).figures.received == 1
    assert rig.close(agent_leg).figures.received == 1


def test_a_phone_behind_nat_is_learned_in_the_window_and_heard(rig: Rig) -> None:
    phone = rig.phone("127.0.0.7")
    remote = Media("127.1.2.3", 4000, (PCMU,), EVENTS, version="1")
    leg, _, to = rig.open(phone, remote=remote, source=phone.host)
    assert phone.send_until_heard(to).payload == SILENCE
    phone.send(to)
    other = rig.phone("127.0.0.7")
    for _ in range(10):
        other.send(to)
    phone.receive()

    assert other.hears_nothing(0.1)
    assert 1 <= rig.close(leg).figures.received < phone.sent


def test_after_a_new_sdp_the_phone_is_heard_at_its_new_port_at_once(rig: Rig) -> None:
    phone, moved = rig.phone(), rig.phone()
    leg, _, to = rig.open(phone)
    phone.send(to)
    phone.receive()
    rig.aim(leg, moved.media("2"))
    moved.receive()
    moved.send(to)
    phone.send(to)
    moved.receive()
    assert rig.close(leg).figures.received == 2


def test_two_sessions_of_one_remote_address_get_two_ports(rig: Rig) -> None:
    phone = rig.phone()
    _, _, first = rig.open(phone)
    leg, _, second = rig.open(phone)
    assert first != second
    rig.ref.tell(PlayMusic(leg, TUNE))
    phone.receive_until(lambda packet: packet.payload in bytes_of(MUSIC[TUNE]))
    phone.send(second)
    phone.receive_until(lambda packet: packet.payload == SILENCE)
    assert rig.close(leg).figures.received == 1


def test_figures_tell_what_was_lost_and_what_was_refused(rig: Rig) -> None:
    phone = rig.phone()
    leg, _, to = rig.open(phone)
    for _ in range(4):
        phone.send(to)
    phone.seq = (phone.seq + 3) & 0xFFFF
    phone.send(to)
    phone.send(to, second=18)
    phone.sock.sendto(b"\x40" + bytes(20), to)
    phone.sock.sendto(struct.pack("!BBHI", 0x80, 201, 1, phone.ssrc), to)
    for _ in range(3):
        phone.receive()

    figures = rig.close(leg).figures
    assert (figures.received, figures.lost, figures.refused) == (5, 3, 2)
    assert figures.sent >= 3


def test_packets_with_extension_padding_or_csrc_are_understood(rig: Rig) -> None:
    caller, agent = rig.phone(), rig.phone()
    leg, _, to = rig.open(caller)
    agent_leg, _, _ = rig.open(agent)
    rig.bridge(leg, caller, agent_leg)
    head = struct.pack("!BBHII", 0x80 | 0x20 | 0x10 | 1, 0, 1, 160, 9)
    extra = struct.pack("!IHHI", 0xCAFE, 0xBEDE, 1, 0)
    caller.sock.sendto(head + extra + VOICE + b"\0\0\x03", to)
    assert agent.receive_until(lambda packet: packet.payload == VOICE).kind == 0


def test_an_agents_leg_opened_before_its_sdp_is_known_speaks_once_it_is(
    rig: Rig,
) -> None:
    phone = rig.phone()
    leg, ears = rig.call()
    rig.ref.tell(Open(leg, PCMU, None, "127.0.0.1"))
    opened = ears.wait_for(Opened)
    assert phone.hears_nothing(0.1)
    rig.aim(leg, phone.media(), PCMA)
    assert phone.receive().kind == 8
    phone.send((opened.address, opened.port))
    phone.receive()
    assert rig.close(leg).figures.received == 1
