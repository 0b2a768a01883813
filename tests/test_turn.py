"""One turn of the pump, and a batch relayed, byte by byte: arrays in, arrays out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from media.figures import account, figures
from media.g711 import DECODE, TRANSCODE, Law
from media.hearing import Datagrams, recognise, silent_since
from media.lateness import Lateness
from media.relay import Batch, relay
from media.rtp import PACKET_BYTES, Bytes, headers
from media.sessions import CAPACITY, NOTHING, RELAY, Index, Table, key_of
from media.sources import Frames, build
from media.turn import QUIET_TICKS, skip, turn
from tests.media_rig import frames_of

SPOKEN, TUNE_LENGTH = range(10, 13), 4
FRAMES: Frames = build({"word": frames_of(SPOKEN)}, {"tune": frames_of(range(20, 24))})
WORD = FRAMES.prompts["word"]
HOST = 0x7F000001
SSRC = 0xDEADBEEF
NOW = 1000
"""A tick; the tune is at its first frame: 1000 % 4 = 0."""


class Desk:
    """A table with two legs, and turns one after another."""

    def __init__(self) -> None:
        self.table = Table()
        self.index = Index()
        self.packets: Bytes = np.zeros((CAPACITY, PACKET_BYTES), np.uint8)
        self.tick = NOW - 1
        for slot in (0, 1):
            self.table.begin(slot, home=0)
            self.table.hears[slot] = True
            self.table.ssrc[slot] = SSRC + slot
            self.table.seq[slot] = 65535
            self.table.line[slot] = self.table.next_ts[slot] = 0
            self.table.mu_law[slot], self.table.a_law[slot] = 0, 8
            self.table.host[slot], self.table.port[slot] = HOST, 4000 + slot
            self.index.add(key_of(0, HOST, 4000 + slot), slot)

    def turn(self, slot: int = 0) -> bytes | None:
        """Take a turn; return the leg's packet where it is sent one."""
        self.tick += 1
        outgoing = turn(self.table, self.tick, FRAMES, self.packets)
        return self.packets[slot].tobytes() if slot in outgoing.slots else None

    def hear(self, *datagrams: bytes, port: int = 4000, arrivals: int = 0) -> list[bytes]:
        """Receive datagrams from one phone; return what its peer is sent."""
        packets = np.zeros((len(datagrams), 400), np.uint8)
        for row, data in enumerate(datagrams):
            packets[row, : len(data)] = np.frombuffer(data, np.uint8)
        lengths = np.array([len(data) for data in datagrams], np.int32)
        heard = recognise(
            self.table,
            self.index,
            Datagrams(
                packets,
                lengths,
                np.full(len(datagrams), HOST, np.uint32),
                np.full(len(datagrams), port, np.uint16),
                np.zeros(len(datagrams), np.uint8),
            ),
        )
        account(self.table, heard.batch, np.full(len(datagrams), arrivals, np.int64))
        self.strangers, self.rtcp = heard.strangers, heard.rtcp
        rows, _ = relay(self.table, heard.batch, self.tick)
        return [packets[row, : lengths[row]].tobytes() for row in rows]


def packet(second: int, seq: int, ts: int, ssrc: int, payload: bytes) -> bytes:
    head = np.zeros((1, 12), np.uint8)
    header = headers(head)
    header["first"], header["second"] = 0x80, second
    header["seq"], header["ts"], header["ssrc"] = seq & 0xFFFF, ts & 0xFFFFFFFF, ssrc
    return head.tobytes() + payload


def spoken(code: int) -> bytes:
    return bytes([code]) * 160


def test_the_first_packet_of_a_leg_has_the_marker_and_lines_wrap() -> None:
    desk = Desk()
    desk.table.line[0] = desk.table.next_ts[0] = 0xFFFFFF60
    assert desk.turn() == packet(0x80, 65535, 0xFFFFFF60, SSRC, spoken(0xFF))
    assert desk.turn() == packet(0, 0, 0, SSRC, spoken(0xFF))


def test_music_is_the_frame_of_the_clock_for_every_leg_and_each_in_its_law() -> None:
    desk = Desk()
    desk.table.music[:2] = 0
    desk.table.law[1], desk.table.payload_type[1] = Law.A, 8
    assert desk.turn() == packet(0x80, 65535, 0, SSRC, spoken(20))
    in_a_law = TRANSCODE[Law.MU][20].item()
    assert desk.packets[1].tobytes() == packet(0x88, 65535, 0, SSRC + 1, spoken(in_a_law))
    assert [desk.turn()[12:] for _ in range(4)] == [spoken(c) for c in (21, 22, 23, 20)]  # type: ignore[index]


def test_a_prompt_covers_the_music_whose_clock_runs_on() -> None:
    desk = Desk()
    desk.table.music[0] = 0
    desk.turn()
    desk.table.cursor[0], desk.table.cursor_end[0] = WORD
    heard = [desk.turn() for _ in range(2)]
    desk.tick += 1
    outgoing = turn(desk.table, desk.tick, FRAMES, desk.packets)
    assert outgoing.said.tolist() == [0]
    desk.table.cursor[0] = -1
    heard += [desk.packets[0].tobytes(), desk.turn()]
    assert heard == [
        packet(0x80, 0, 160, SSRC, spoken(10)),
        packet(0, 1, 320, SSRC, spoken(11)),
        packet(0, 2, 480, SSRC, spoken(12)),
        packet(0x80, 3, 640, SSRC, spoken(20)),
    ]


def test_skipped_ticks_move_the_timestamp_but_not_the_sequence() -> None:
    desk = Desk()
    desk.turn()
    skip(desk.table, 3)
    desk.tick += 3
    assert desk.turn() == packet(0, 0, 640, SSRC, spoken(0xFF))


def test_a_leg_on_hold_is_sent_nothing_and_its_clock_runs_on() -> None:
    desk = Desk()
    desk.turn()
    desk.table.hears[0] = False
    assert [desk.turn() for _ in range(100)] == [None] * 100
    desk.table.hears[0] = True
    assert desk.turn() == packet(0x80, 0, 101 * 160, SSRC, spoken(0xFF))


def test_a_bridged_packet_gets_the_legs_own_line() -> None:
    desk = Desk()
    desk.turn()
    desk.table.join(0, 1)
    assert desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001) == [
        packet(0x80, 0, 160, SSRC, spoken(3))
    ]
    assert desk.hear(packet(0, 10, 5160, 77, spoken(4)), port=4001) == [
        packet(0, 1, 320, SSRC, spoken(4))
    ]
    assert desk.turn() is None


def test_loss_and_pauses_of_the_sender_are_passed_on_as_they_are() -> None:
    desk = Desk()
    desk.turn()
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
    desk.turn()
    desk.table.join(0, 1)
    desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001)
    assert desk.hear(packet(0, seq, ts, ssrc, spoken(4)), port=4001) == [
        packet(0x80, 1, 320, SSRC, spoken(4))
    ]


def test_packets_from_before_an_input_began_are_not_put_before_it() -> None:
    desk = Desk()
    desk.turn()
    desk.table.join(0, 1)
    late = packet(0, 8, 4840, 77, spoken(2))
    assert len(desk.hear(packet(0, 9, 5000, 77, spoken(3)), late, port=4001)) == 1


def test_after_the_bridge_the_line_goes_on_where_the_peer_ended() -> None:
    desk = Desk()
    desk.turn()
    desk.table.join(0, 1)
    desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001)
    desk.table.part(1)
    assert desk.turn() == packet(0x80, 1, 320, SSRC, spoken(0xFF))


def test_a_peer_that_falls_silent_is_replaced_after_200_ms_at_the_clocks_time() -> None:
    desk = Desk()
    desk.turn()
    desk.table.join(0, 1)
    desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001)
    assert [desk.turn() for _ in range(QUIET_TICKS)] == [None] * QUIET_TICKS
    assert desk.turn() == packet(0x80, 1, (QUIET_TICKS + 1) * 160, SSRC, spoken(0xFF))
    # The phone speaks again, with its own clock's pause: from now on, at the line's end.
    assert desk.hear(packet(0x80, 10, 9000, 77, spoken(4)), port=4001) == [
        packet(0x80, 2, (QUIET_TICKS + 2) * 160, SSRC, spoken(4))
    ]


def test_a_prompt_over_a_bridge_is_heard_alone() -> None:
    desk = Desk()
    desk.table.join(0, 1)
    desk.table.cursor[0], desk.table.cursor_end[0] = WORD
    assert desk.turn() == packet(0x80, 65535, 0, SSRC, spoken(10))
    assert desk.hear(packet(0, 9, 5000, 77, spoken(3)), port=4001) == []
    desk.table.cursor[0] = -1
    assert desk.hear(packet(0, 10, 5160, 77, spoken(3)), port=4001) == [
        packet(0x80, 0, 160, SSRC, spoken(3))
    ]


def test_laws_are_changed_on_the_way_but_not_in_keys() -> None:
    desk = Desk()
    desk.turn()
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
    desk.turn()
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


def test_what_is_not_the_sessions_rtp_is_counted_by_its_kind() -> None:
    desk = Desk()
    good = packet(0, 1, 0, 77, spoken(1))
    for bad in (b"\x40" + good[1:], b"", good[:12], packet(18, 1, 0, 77, spoken(1))):
        assert desk.hear(bad) == []
    assert figures(desk.table, 0).refused == 4
    desk.hear(packet(200, 1, 0, 77, spoken(1)))
    assert (desk.rtcp, figures(desk.table, 0).refused) == (1, 4)
    desk.hear(good, port=4009)
    assert len(desk.strangers) == 1
    assert figures(desk.table, 0).received == 0


def test_loss_is_counted_over_a_wrap_reordering_and_a_new_stream() -> None:
    desk = Desk()
    desk.hear(*(packet(0, seq, 0, 77, spoken(1)) for seq in (65534, 65535, 1, 0, 4)))
    assert (figures(desk.table, 0).received, figures(desk.table, 0).lost) == (5, 2)
    desk.hear(*(packet(0, seq, 0, 78, spoken(1)) for seq in (500, 502)))
    assert (figures(desk.table, 0).received, figures(desk.table, 0).lost) == (7, 3)
    desk.hear(packet(0, 502, 0, 78, spoken(1)))
    assert figures(desk.table, 0).lost == 2


@pytest.mark.parametrize("batch", [1, 3])
def test_jitter_follows_the_recursion_of_rfc_3550_however_packets_are_batched(batch: int) -> None:
    desk = Desk()
    late_ms = [0, 5, 0, 12, 3, 0, 0, 7, 1]
    jitter = 0.0
    for before, after in itertools.pairwise(late_ms):
        jitter += (abs(after - before) * 8 - jitter) / 16
    arrivals = [(20 * n + late) * 1_000_000 for n, late in enumerate(late_ms)]
    for at in range(0, 9, batch):
        of = range(at, at + batch)
        raw = b"".join(packet(0, n, 160 * n, 77, spoken(1)) for n in of)
        rows = np.frombuffer(raw, np.uint8).reshape(batch, PACKET_BYTES).copy()
        lengths = np.full(batch, PACKET_BYTES, np.int32)
        hosts, ports = np.full(batch, HOST, np.uint32), np.full(batch, 4000, np.uint16)
        homes = np.zeros(batch, np.uint8)
        heard = recognise(desk.table, desk.index, Datagrams(rows, lengths, hosts, ports, homes))
        account(desk.table, heard.batch, np.array([arrivals[n] for n in of], np.int64))
    assert desk.table.jitter[0] == pytest.approx(jitter)


def test_only_a_party_that_should_speak_is_missed_and_once() -> None:
    desk = Desk()
    desk.table.speaks[0] = True
    desk.table.heard_tick[:2] = NOW
    assert silent_since(desk.table, NOW + 49, 50).tolist() == []
    assert silent_since(desk.table, NOW + 50, 50).tolist() == [0]
    assert silent_since(desk.table, NOW + 51, 50).tolist() == []


def test_a_resumed_row_keeps_its_line_and_figures_and_nothing_else() -> None:
    desk = Desk()
    desk.turn()
    desk.hear(packet(0, 9, 5000, 77, spoken(3)))
    desk.table.join(0, 1)
    desk.table.resume(0, home=0)
    assert (desk.table.seq[0], desk.table.ssrc[0]) == (0, SSRC)
    assert figures(desk.table, 0)[1:3] == (1, 1)
    assert (desk.table.peer[0], desk.table.source[0]) == (-1, NOTHING)


def test_closing_a_row_parts_its_peer() -> None:
    desk = Desk()
    desk.table.join(0, 1)
    desk.table.end(1)
    assert desk.table.peer[0] == -1
    assert desk.table.high == 1


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


def test_prompts_are_filled_up_and_music_is_cut_to_whole_frames() -> None:
    levels = DECODE[Law.MU]
    made = build({"p": np.repeat(levels[5:6], 161)}, {"m": np.repeat(levels[6:7], 479)})
    assert made.prompts["p"] == (1, 3)
    assert made.data[Law.MU, 2].tolist() == [5] + [0xFF] * 159
    assert (made.music_start.tolist(), made.music_length.tolist()) == ([3], [2])


def test_lateness_is_that_of_the_last_minute() -> None:
    late = Lateness()
    assert late.percentiles_ms() == (0.0, 0.0, 0.0)
    for _ in range(99):
        late.add(120_000)
    late.add(70_000_000)
    half, most, worst = late.percentiles_ms()
    assert [half, most, worst] == pytest.approx([0.15, 0.15, 70.0])
    for _ in range(60):
        late.next_second()
    assert late.percentiles_ms() == (0.0, 0.0, 0.0)
