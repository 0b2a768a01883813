"""The pump over real sockets: what a phone hears from open to close."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.messages.media import (
    Bridge,
    Play,
    Played,
    PlayMusic,
    StopPlaying,
    Unbridge,
)
from actors.messages.sip import DigitPressed, Direction, Media
from media.g711 import TRANSCODE, Law
from tests.media_rig import (
    FRAME,
    MUSIC,
    NEWS,
    PCMA,
    PCMU,
    PROMPTS,
    SILENCE,
    TUNE,
    VOICE,
    WELCOME,
    Packet,
    Rig,
    bytes_of,
)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path) as running:
        yield running


def assert_one_line(packets: list[Packet], skipped: int = 0) -> None:
    """Check for one SSRC, sequence +1 and timestamp +160.

    On a machine that holds the pump or this test up, a timestamp may skip whole frames: with the
    marker bit where a pause ended, without it as often as the pump says that it skipped.
    """
    assert len({packet.ssrc for packet in packets}) == 1
    jumps = 0
    for before, after in itertools.pairwise(packets):
        assert (after.seq - before.seq) & 0xFFFF == 1
        step = (after.ts - before.ts) & 0xFFFFFFFF
        assert step % FRAME == 0
        assert FRAME <= step <= 50 * FRAME
        jumps += step != FRAME and not after.marker
    assert jumps <= skipped


def test_a_caller_hears_prompts_then_music_on_one_rtp_line(rig: Rig) -> None:
    phone = rig.phone()
    leg, ears, _ = rig.open(phone)
    rig.ref.tell(Play(leg, (WELCOME,), token=5))
    ears.wait_for(Played)
    rig.ref.tell(Play(leg, (NEWS, WELCOME), token=6))
    assert ears.wait_for(Played) == Played(leg, 6)
    rig.ref.tell(PlayMusic(leg, TUNE))
    for _ in range(60):
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
    assert_one_line(phone.got, rig.state().skipped_ticks)
    assert phone.got[0].marker


def test_one_line_from_welcome_over_music_announcement_and_agent_to_hold(
    rig: Rig,
) -> None:
    caller, agent = rig.phone(), rig.phone()
    leg, ears, _ = rig.open(caller)
    rig.ref.tell(PlayMusic(leg, TUNE))
    rig.ref.tell(Play(leg, (WELCOME,), token=1))
    ears.wait_for(Played)
    rig.ref.tell(Play(leg, (NEWS,), token=2))
    ears.wait_for(Played)
    agent_leg, _, agent_to = rig.open(agent)
    rig.ref.tell(Bridge(leg, agent_leg))
    caller.receive_until(lambda packet: packet.payload == SILENCE)
    for _ in range(25):
        agent.send(agent_to, VOICE)
        caller.receive_until(lambda packet: packet.payload == VOICE)
    rig.ref.tell(Unbridge(agent_leg))
    rig.ref.tell(PlayMusic(leg, TUNE))
    caller.receive_until(lambda packet: packet.payload in bytes_of(MUSIC[TUNE]))
    rig.ref.tell(Bridge(agent_leg, leg))
    caller.receive_until(lambda packet: packet.payload == SILENCE)
    for _ in range(5):
        agent.send(agent_to, VOICE)
        caller.receive_until(lambda packet: packet.payload == VOICE)

    assert_one_line(caller.got, rig.state().skipped_ticks)
    changes = [packet.payload[:1] for packet in caller.got if packet.marker]
    assert changes.count(b"\x77") == 2
    figures = rig.close(leg).figures
    assert figures.sent == len(caller.got)


def test_two_callers_hear_one_clock_of_music_though_one_came_later(rig: Rig) -> None:
    early, late = rig.phone(), rig.phone()
    tune = bytes_of(MUSIC[TUNE])
    for phone in (early, late):
        leg, _, _ = rig.open(phone)
        rig.ref.tell(PlayMusic(leg, TUNE))
        phone.receive_until(lambda packet: packet.payload in tune)
    for _ in range(30):
        late.receive()
    early.receive_until(lambda packet: packet.at > late.got[-1].at)

    # Packets of one tick leave in one system call, whatever holds the pump up between two of them.
    heard_by_both = [
        other
        for other in late.got[-30:]
        for one in early.got
        if one.payload == other.payload and abs(one.at - other.at) < 0.01
    ]
    assert len(heard_by_both) > 15


def test_a_bridge_cuts_a_prompt_and_each_hears_the_other_in_the_own_law(
    rig: Rig,
) -> None:
    caller, agent = rig.phone(), rig.phone()
    leg, ears, to = rig.open(caller)
    agent_leg, _, agent_to = rig.open(agent, codec=PCMA)
    rig.ref.tell(Play(leg, (WELCOME,) * 50, token=1))
    caller.receive_until(lambda packet: packet.payload == bytes_of(PROMPTS[WELCOME])[3])
    rig.ref.tell(Bridge(leg, agent_leg))
    caller.receive_until(lambda packet: packet.payload == SILENCE)
    caller.send(to, bytes(range(FRAME)))
    agent.send(agent_to, bytes(range(FRAME)), second=PCMA.payload_type)
    every = list(range(FRAME))
    to_agent = TRANSCODE[Law.MU][every].tobytes()
    to_caller = TRANSCODE[Law.A][every].tobytes()

    assert agent.receive_until(lambda packet: packet.payload == to_agent).kind == 8
    assert caller.receive_until(lambda packet: packet.payload == to_caller).kind == 0
    assert not any(isinstance(told, Played) for told in ears.all_now())
    for phone in (caller, agent):
        assert_one_line(phone.got, rig.state().skipped_ticks)


def test_a_peer_that_sends_nothing_is_replaced_by_silence_packet_by_packet(
    rig: Rig,
) -> None:
    caller, agent = rig.phone(), rig.phone()
    leg, _, _ = rig.open(caller)
    agent_leg, _, to = rig.open(agent)
    rig.bridge(leg, caller, agent_leg)
    agent.send(to, VOICE)
    caller.receive_until(lambda packet: packet.payload == VOICE)
    first = caller.receive_until(lambda packet: packet.payload == SILENCE)
    pause = ((first.ts - caller.got[-2].ts) & 0xFFFFFFFF) / 8000

    assert 0.15 < pause < 0.5 + rig.state().skipped_ticks * 0.02
    assert first.marker
    assert caller.receive().payload == SILENCE


def test_stop_playing_ends_the_prompt_without_a_word(rig: Rig) -> None:
    phone = rig.phone()
    leg, ears, _ = rig.open(phone)
    rig.ref.tell(Play(leg, (WELCOME,) * 100, token=1))
    phone.receive_until(lambda packet: packet.payload == bytes_of(PROMPTS[WELCOME])[0])
    rig.ref.tell(StopPlaying(leg))
    phone.receive_until(lambda packet: packet.payload == SILENCE)
    assert phone.receive().payload == SILENCE
    assert ears.all_now() == []


def test_a_phone_on_hold_gets_no_packet_and_its_line_goes_on_after(rig: Rig) -> None:
    phone = rig.phone()
    leg, _, _ = rig.open(phone)
    phone.receive()
    rig.aim(leg, phone.media("2", Direction.SENDONLY))
    rig.settle()
    phone.forget_waiting()
    quiet = phone.hears_nothing(0.1)
    held = rig.state()
    rig.aim(leg, phone.media("3"))
    back = phone.receive()

    assert quiet
    assert held.sessions == 1
    assert back.marker
    assert back.ssrc == phone.got[0].ssrc
    assert 0 < (back.ts - phone.got[0].ts) & 0xFFFFFFFF < 8000 * 60


def test_keys_are_told_once_a_press_and_passed_on_to_the_bridged_phone(rig: Rig) -> None:
    caller, agent = rig.phone(), rig.phone()
    leg, ears, to = rig.open(caller)
    remote = Media(agent.host, agent.port, (PCMU,), dtmf=96, version="1")
    agent_leg, _, _ = rig.open(agent, remote=remote)
    rig.bridge(leg, caller, agent_leg)
    for event in (2, 7, 7, 1, 11):
        caller.press(to, event)
    pressed = [ears.wait_for(DigitPressed).digit for _ in range(5)]
    keys = [agent.receive_until(lambda packet: packet.kind == 96) for _ in range(25)]

    assert pressed == ["2", "7", "7", "1", "#"]
    assert [key.payload[0] for key in keys] == [e for e in (2, 7, 7, 1, 11) for _ in range(5)]
    assert len({key.ts for key in keys}) == 5
    assert len({packet.ssrc for packet in agent.got}) == 1
    assert ears.all_now() == []
