"""Packets relayed from leg to leg, byte by byte."""

from __future__ import annotations

import numpy as np
import pytest

from media.g711 import TRANSCODE, Law
from media.relay import Batch, relay
from media.sessions import RELAY
from media.tick import QUIET_TICKS
from tests.two_legs import NOW, SSRC, WORD, Desk, packet, spoken


def test_a_bridged_packet_gets_the_legs_own_line() -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.join(0, 1)
    assert desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001) == [
        packet(0x80, 0, 160, SSRC, spoken(3))
    ]
    assert desk.hear(packet(0, 10, 5160, 77, spoken(4)), port=4001) == [
        packet(0, 1, 320, SSRC, spoken(4))
    ]
    assert desk.next_tick() is None


def test_loss_and_pauses_of_the_sender_are_passed_on_as_they_are() -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.join(0, 1)
    sent = [(9, 5000), (11, 5320), (12, 5480), (10, 5160), (13, 9000)]
    desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001)
    desk.table.relay_count[0] = 50
    desk.tick += 40
    heard = desk.hear(*(packet(0, *each, 77, spoken(3)) for each in sent[1:]), port=4001)
    lines = [(int.from_bytes(p[2:4]), int.from_bytes(p[4:8])) for p in heard]
    assert lines == [(seq - 9, ts - 5000 + 160) for seq, ts in sent[1:]]
    assert desk.table.seq[0] == 5


@pytest.mark.parametrize(
    ("seq", "ts", "ssrc"),
    [(10, 5160, 78), (5000, 5160, 77), (10, 900_000, 77), (10, 0x80000000, 77)],
    ids=["another SSRC", "sequence jumps", "timestamp leaps", "timestamp falls back"],
)
def test_a_new_input_goes_on_in_the_line_with_the_marker(seq: int, ts: int, ssrc: int) -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.join(0, 1)
    desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001)
    assert desk.hear(packet(0, seq, ts, ssrc, spoken(4)), port=4001) == [
        packet(0x80, 1, 320, SSRC, spoken(4))
    ]


def test_packets_from_before_an_input_began_are_not_put_before_it() -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.join(0, 1)
    late = packet(0, 8, 4840, 77, spoken(2))
    assert len(desk.hear(packet(0, 9, 5000, 77, spoken(3)), late, port=4001)) == 1


def test_the_first_two_packets_of_a_bridge_that_change_places_are_one_packet() -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.join(0, 1)
    desk.hear(packet(0, 100, 5160, 77, spoken(3)), port=4001)
    assert desk.hear(packet(0, 99, 5000, 77, spoken(2)), port=4001) == []
    assert desk.hear(packet(0, 101, 5320, 77, spoken(4)), port=4001) == [
        packet(0, 1, 320, SSRC, spoken(4))
    ]


def test_a_late_packet_before_others_of_its_batch_is_left_out_alone() -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.join(0, 1)
    desk.hear(packet(0, 100, 5160, 77, spoken(3)), port=4001)
    sent = [packet(0, 98, 4840, 77, spoken(2)), packet(0, 101, 5320, 77, spoken(4))]
    assert desk.hear(*sent, port=4001) == [packet(0, 1, 320, SSRC, spoken(4))]


def test_after_the_bridge_the_line_goes_on_where_the_peer_ended() -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.join(0, 1)
    desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001)
    desk.table.part(1)
    assert desk.next_tick() == packet(0x80, 1, 320, SSRC, spoken(0xFF))


def test_a_peer_that_falls_silent_is_replaced_after_200_ms_at_the_clocks_time() -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.join(0, 1)
    desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001)
    assert [desk.next_tick() for _ in range(QUIET_TICKS)] == [None] * QUIET_TICKS
    assert desk.next_tick() == packet(0x80, 1, (QUIET_TICKS + 1) * 160, SSRC, spoken(0xFF))
    # The phone speaks again, with its own clock's pause: from now on, at the line's end.
    assert desk.hear(packet(0x80, 10, 9000, 77, spoken(4)), port=4001) == [
        packet(0x80, 2, (QUIET_TICKS + 2) * 160, SSRC, spoken(4))
    ]


def test_a_prompt_over_a_bridge_is_heard_alone() -> None:
    desk = Desk()
    desk.table.join(0, 1)
    desk.table.cursor[0], desk.table.cursor_end[0] = WORD
    assert desk.next_tick() == packet(0x80, 65535, 0, SSRC, spoken(10))
    assert desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001) == []
    desk.table.cursor[0] = -1
    assert desk.hear(packet(0, 10, 5160, 77, spoken(3)), port=4001) == [
        packet(0x80, 0, 160, SSRC, spoken(3))
    ]


def test_laws_are_changed_on_the_way_but_not_in_keys() -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.join(0, 1)
    desk.table.law[0], desk.table.payload_type[0] = Law.A, 8
    desk.table.dtmf[:2] = 96, 101
    every = bytes(range(160))
    key = bytes([7, 10, 0, 160])
    heard = desk.hear(
        packet(0, 1, 0, 77, every), packet(8, 2, 160, 77, every), packet(101, 3, 320, 77, key),
        port=4001,
    )  # fmt: skip
    in_a_law = TRANSCODE[Law.MU][list(every)].tobytes()
    assert heard == [
        packet(0x88, 0, 160, SSRC, in_a_law),
        packet(8, 1, 320, SSRC, every),
        packet(96, 2, 480, SSRC, key),
    ]


def test_a_packet_of_another_length_is_relayed_as_it_is() -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.join(0, 1)
    desk.hear(packet(0, 1, 0, 77, spoken(1) + spoken(2)), port=4001)
    assert desk.hear(packet(0, 2, 320, 77, b"\5" * 240), port=4001) == [
        packet(0, 1, 480, SSRC, b"\5" * 240)
    ]
    assert desk.table.next_ts[0] == 480 + 240


def test_keys_are_not_passed_to_a_phone_that_did_not_ask_for_them() -> None:
    desk = Desk()
    desk.table.join(0, 1)
    desk.table.dtmf[1] = 101
    assert desk.hear(packet(101, 3, 320, 77, bytes([7, 10, 0, 160])), port=4001) == []


def test_an_empty_batch_is_nothing() -> None:
    desk = Desk()
    assert desk.hear() == []
    none = np.zeros(0, np.int64)
    batch = Batch(
        np.zeros((1, 20), np.uint8),
        *(none, none, none, none),
        np.zeros(0, np.bool_),
        *(none.astype(np.uint16), none.astype(np.uint32), none.astype(np.uint32)),
    )
    assert [len(each) for each in relay(desk.table, batch, NOW)] == [0, 0]
    assert RELAY not in desk.table.source[:2]
