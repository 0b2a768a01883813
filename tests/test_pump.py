"""The pump over real sockets: what a phone hears from open to close, and who is heard."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.ids import Leg
from actors.messages.media import (
    Bridge,
    MediaTimeout,
    Play,
    Played,
    PlayMusic,
    StopPlaying,
    Unbridge,
)
from actors.messages.sip import DigitPressed, Direction
from media.g711 import TRANSCODE, Law
from tests.media_rig import (
    EVENTS,
    FRAME,
    MUSIC,
    NEWS,
    PCMA,
    PROMPTS,
    TUNE,
    WELCOME,
    Exchange,
    Packet,
    RtpPhone,
    bytes_of,
)

SILENCE = b"\xff" * FRAME


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with Exchange(tmp_path) as running:
        yield running


def assert_one_line(packets: list[Packet]) -> None:
    """Check for one SSRC, sequence +1, timestamp +160 (or, after a late tick, a multiple of it)."""
    assert len({packet.ssrc for packet in packets}) == 1
    for before, after in zip(packets, packets[1:], strict=False):
        assert (after.seq - before.seq) & 0xFFFF == 1
        step = (after.ts - before.ts) & 0xFFFFFFFF
        assert step == FRAME, f"timestamp stepped by {step} at {after.seq}"


def test_a_waiting_caller_hears_welcome_then_music_on_one_rtp_line(exchange: Exchange) -> None:
    phone = exchange.phone()
    leg, ears, _ = exchange.open(phone)
    exchange.ref.tell(PlayMusic(leg, TUNE))
    exchange.ref.tell(Play(leg, (WELCOME,), token=5))
    ears.wait_for(Played)
    exchange.ref.tell(Play(leg, (NEWS, WELCOME), token=6))
    assert ears.wait_for(Played) == Played(leg, 6)
    for _ in range(40):
        phone.receive()

    payloads = [packet.payload for packet in phone.got]
    welcome, news = bytes_of(PROMPTS[WELCOME]), bytes_of(PROMPTS[NEWS])
    start = payloads.index(welcome[0])
    assert payloads[start : start + 10] == welcome
    start = payloads.index(news[0])
    assert payloads[start : start + 15] == news + welcome
    tune = bytes_of(MUSIC[TUNE])
    at = tune.index(payloads[-1])
    assert payloads[-5:] == [tune[(at - 4 + i) % 100] for i in range(5)]
    assert_one_line(phone.got)
    assert phone.got[0].marker


def test_one_line_from_welcome_over_music_announcement_and_agent_to_hold(
    exchange: Exchange,
) -> None:
    caller, agent = exchange.phone(), exchange.phone()
    leg, ears, to = exchange.open(caller)
    exchange.ref.tell(PlayMusic(leg, TUNE))
    exchange.ref.tell(Play(leg, (WELCOME,), token=1))
    ears.wait_for(Played)
    exchange.ref.tell(Play(leg, (NEWS,), token=2))
    caller.receive_until(lambda packet: packet.payload == bytes_of(PROMPTS[NEWS])[1])
    agent_leg, _, agent_to = exchange.open(agent)
    exchange.ref.tell(Bridge(leg, agent_leg))
    voice = b"\x77" * FRAME
    caller.receive_until(lambda packet: packet.payload == SILENCE)
    for _ in range(25):
        agent.send(agent_to, voice)
        caller.receive_until(lambda packet: packet.payload == voice)
    exchange.ref.tell(Unbridge(agent_leg))
    exchange.ref.tell(PlayMusic(leg, TUNE))
    caller.receive_until(lambda packet: packet.payload in bytes_of(MUSIC[TUNE]))
    exchange.ref.tell(Bridge(agent_leg, leg))
    caller.receive_until(lambda packet: packet.payload == SILENCE)
    for _ in range(5):
        agent.send(agent_to, voice)
        caller.receive_until(lambda packet: packet.payload == voice)

    assert_one_line(caller.got)
    changes = [packet.payload[:1] for packet in caller.got if packet.marker]
    assert changes.count(b"\x77") == 2
    figures = exchange.close(leg).figures
    assert figures.sent == len(caller.got)
