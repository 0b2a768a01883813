"""A phone that says nothing, muted or gone: what is told of it, and what is a sign of life."""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from typing import Any, Self

import pytest

from actors.messages.media import MediaSilent, MediaUnreachable
from actors.messages.sip import Direction
from media.control import Join, Unreachable
from media.silence import Patience, fallen_silent, refused
from tests.hand_pump import HandPump
from tests.media_rig import FRAME_SECONDS, VOICE, Rig, RtpPhone, write_sounds
from tests.two_legs import Desk, packet, spoken

PATIENCE = Patience(bridged=100, others=1500)
RTCP = struct.pack("!BBHI", 0x80, 201, 1, 77)
"""A receiver report without reports: all that some muted phones send."""
HEAD = struct.Struct("!BBHII")


# ---- who is told of --------------------------------------------------------------------------


def told(desk: Desk, ticks: int) -> dict[int, list[int]]:
    """Let ticks pass; return after how many each leg was told of."""
    found: dict[int, list[int]] = {}
    for passed in range(1, ticks + 1):
        for slot in fallen_silent(desk.table, desk.tick + passed, PATIENCE):
            found.setdefault(int(slot), []).append(passed)
    desk.tick += ticks
    return found


def two_who_should_speak() -> Desk:
    desk = Desk()
    desk.table.speaks[:2] = True
    desk.table.heard_tick[:2] = desk.table.told_tick[:2] = desk.tick
    return desk


def test_a_bridged_leg_is_told_of_after_two_seconds_and_again_each_two() -> None:
    desk = two_who_should_speak()
    desk.table.join(0, 1)
    assert told(desk, 350) == {0: [100, 200, 300], 1: [100, 200, 300]}


def test_a_caller_who_waits_is_told_of_after_thirty_seconds() -> None:
    assert told(two_who_should_speak(), 3100) == {0: [1500, 3000], 1: [1500, 3000]}


def test_a_leg_that_holds_or_only_listens_is_told_of_as_seldom_as_one_that_waits() -> None:
    desk = two_who_should_speak()
    desk.table.join(0, 1)
    desk.table.speaks[0] = False
    assert told(desk, 1600)[0] == [1500]


def test_nobody_is_told_of_who_is_not_to_be() -> None:
    desk = two_who_should_speak()
    assert not len(fallen_silent(desk.table, desk.tick + 10**6, Patience(bridged=0, others=0)))


@pytest.mark.parametrize(
    ("data", "port", "door"),
    [
        (packet(0, 1, 160, 77, spoken(1)), 4000, "RTP"),
        (packet(13, 1, 160, 77, b"\x40"), 4000, "RTP"),
        (RTCP, 4000, "RTP"),
        (RTCP, 4001, "RTP"),
        (RTCP, 4001, "RTCP"),
    ],
    ids=["RTP", "comfort noise", "RTCP multiplexed", "RTCP to the RTP port", "RTCP"],
)
def test_whatever_comes_from_a_phone_is_a_sign_of_life(data: bytes, port: int, door: str) -> None:
    desk = two_who_should_speak()
    desk.move(1, 5000)
    desk.table.join(0, 1)
    told(desk, 90)
    desk.hear(data, port=port, control=door == "RTCP")
    assert told(desk, 99) == {1: [10]}


@pytest.mark.parametrize("port", [4005, 5001])
def test_a_strangers_rtcp_is_none(port: int) -> None:
    desk = two_who_should_speak()
    desk.table.join(0, 1)
    told(desk, 90)
    desk.hear(RTCP, port=port, control=port == 5001)
    assert sorted(told(desk, 20)) == [0, 1]


def test_what_comes_to_the_rtcp_port_is_never_passed_on() -> None:
    desk = two_who_should_speak()
    desk.move(1, 5000)
    desk.table.join(0, 1)
    for port in (5000, 5001):
        assert desk.hear(packet(0, 1, 160, 77, spoken(1)), port=port, control=True) == []


def test_what_the_network_says_counts_a_second_after_the_last_sign_of_life() -> None:
    table = two_who_should_speak().table
    since = int(table.heard_tick[0])
    assert [after for after in range(300) if refused(table, 0, since + after)] == [50, 150, 250]
    table.heard_tick[0] = since + 300
    assert [after for after in range(300, 400) if refused(table, 0, since + after)] == [350]


# ---- what the network says -------------------------------------------------------------------


def a_voice(seq: int) -> bytes:
    return HEAD.pack(0x80, 0, seq, seq * 160, 9) + VOICE


def test_a_port_that_nobody_listens_at_any_more_is_told_and_costs_no_other_phone_a_packet(
    tmp_path: Path,
) -> None:
    with HandPump(write_sounds(tmp_path), phones=4) as hand:
        for slot in range(4):
            hand.open(slot, ssrc=slot)
        hand.obey(Join(0, 1), Join(2, 3))
        hand.phones[1].close()
        for seq in range(100):
            hand.send(0, a_voice(seq))
            hand.send(2, a_voice(seq))
            hand.send(3, a_voice(seq))
            hand.slice()
            hand.tick()
        events = [event for event in hand.events() if isinstance(event, Unreachable)]

        assert {event.slot for event in events} == {1}
        assert {event.why for event in events} == {"port unreachable"}
        for slot in (2, 3):
            voices = [each for each in hand.got(slot) if each.endswith(VOICE)]
            assert len(voices) == 100
        assert hand.pump.failures == 0


def test_a_port_that_is_closed_makes_nobody_wait_for_a_packet(tmp_path: Path) -> None:
    with HandPump(write_sounds(tmp_path), phones=3) as hand:
        for slot in range(3):
            hand.open(slot, ssrc=slot)
        hand.phones[2].close()
        hand.tick(10)
        assert [len(list(hand.got(slot))) for slot in (0, 1)] == [10, 10]
        hand.obey(Join(0, 1))
        hand.tick()
        hand.send(0, a_voice(1))
        hand.slice()
        assert any(each.endswith(VOICE) for each in hand.got(1))
        assert hand.pump.failures == 0


def test_a_phone_that_is_heard_is_there_whatever_the_network_says(tmp_path: Path) -> None:
    with HandPump(write_sounds(tmp_path), phones=2) as hand:
        hand.open(0)
        hand.open(1)
        hand.obey(Join(0, 1))
        # Its answers come, though what is sent to it does not arrive: as with a closed receiver.
        for seq in range(150):
            hand.phones[1].close()
            hand.send(0, a_voice(seq))
            hand.slice()
            hand.tick()
            hand.reopen(1)
            hand.send(1, a_voice(seq))
            hand.slice()
        events = [event for event in hand.events() if isinstance(event, Unreachable)]
        assert not events


# ---- what a call is told ---------------------------------------------------------------------


class Talk:
    """A caller who speaks, and an agent, bridged in a running pump."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.rig = Rig(folder, silent_seconds=0.6, **settings)
        self.caller, self.agent = self.rig.phone(), self.rig.phone()
        leg, self.callers_ears, self.to = self.rig.open(self.caller)
        self.leg, self.ears, _ = self.rig.open(self.agent)
        self.rig.bridge(leg, self.caller, self.leg)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.rig.close_all()

    def speak(self, phone: RtpPhone, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_SECONDS)):
            phone.send(self.to, VOICE)
            phone.receive()


def test_a_silent_phone_in_a_talk_is_told_of_soon_and_again(tmp_path: Path) -> None:
    with Talk(tmp_path) as talk:
        first = talk.ears.wait_for(MediaSilent)
        second = talk.ears.wait_for(MediaSilent)
    assert first.leg == second.leg == talk.leg
    assert 0.6 <= first.seconds < second.seconds


def test_a_muted_phone_whose_rtcp_comes_is_left_alone(tmp_path: Path) -> None:
    with Talk(tmp_path) as talk, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        control.bind((talk.agent.host, talk.agent.port + 1))
        for _ in range(8):
            control.sendto(RTCP, (talk.to[0], talk.to[1] + 1))
            talk.speak(talk.caller, 0.2)
        heard = [*talk.ears.all_now(), *talk.callers_ears.all_now()]
    assert not [each for each in heard if isinstance(each, MediaSilent)]


def test_who_waits_and_who_holds_is_told_of_too(tmp_path: Path) -> None:
    with Rig(tmp_path, quiet_seconds=0.6) as rig:
        phone, holder = rig.phone(), rig.phone()
        leg, ears, to = rig.open(phone)
        held = rig.open(holder, remote=holder.media(direction=Direction.INACTIVE))
        phone.send(to)
        assert ears.wait_for(MediaSilent).leg == leg
        assert ears.wait_for(MediaSilent).seconds > 1.2
        assert held[1].wait_for(MediaSilent).leg == held[0]


def test_a_phone_whose_port_is_closed_is_told_of_as_unreachable(tmp_path: Path) -> None:
    with Talk(tmp_path) as talk:
        talk.agent.sock.close()
        talk.speak(talk.caller, 1.5)
        told = talk.ears.wait_for(MediaUnreachable)
    assert told == MediaUnreachable(talk.leg, "port unreachable")
