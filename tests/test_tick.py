"""One tick of the pump, byte by byte: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
import pytest

from media.figures import figures
from media.g711 import DECODE, TRANSCODE, Law
from media.lateness import Lateness
from media.sessions import NOTHING
from media.sources import build
from media.tick import advance, skip
from tests.two_legs import FRAMES, SSRC, WORD, Desk, packet, spoken


def test_the_first_packet_of_a_leg_has_the_marker_and_lines_wrap() -> None:
    desk = Desk()
    desk.table.line[0] = desk.table.next_ts[0] = 0xFFFFFF60
    assert desk.next_tick() == packet(0x80, 65535, 0xFFFFFF60, SSRC, spoken(0xFF))
    assert desk.next_tick() == packet(0, 0, 0, SSRC, spoken(0xFF))


def test_music_is_the_frame_of_the_clock_for_every_leg_and_each_in_its_law() -> None:
    desk = Desk()
    desk.table.music[:2] = 0
    desk.table.law[1], desk.table.payload_type[1] = Law.A, 8
    assert desk.next_tick() == packet(0x80, 65535, 0, SSRC, spoken(20))
    in_a_law = TRANSCODE[Law.MU][20].item()
    assert desk.packets[1].tobytes() == packet(0x88, 65535, 0, SSRC + 1, spoken(in_a_law))
    assert [desk.next_tick()[12:] for _ in range(4)] == [spoken(c) for c in (21, 22, 23, 20)]  # type: ignore[index]


def test_a_prompt_is_said_frame_by_frame_and_the_musics_clock_runs_on() -> None:
    desk = Desk()
    desk.table.music[0] = 0
    desk.next_tick()
    desk.table.music[0] = -1
    desk.table.cursor[0], desk.table.cursor_end[0] = WORD
    heard = [desk.next_tick() for _ in range(2)]
    desk.tick += 1
    outgoing = advance(desk.table, desk.tick, FRAMES, desk.packets)
    assert outgoing.said.tolist() == [0]
    desk.table.cursor[0], desk.table.music[0] = -1, 0
    heard += [desk.packets[0].tobytes(), desk.next_tick()]
    assert heard == [
        packet(0x80, 0, 160, SSRC, spoken(10)),
        packet(0, 1, 320, SSRC, spoken(11)),
        packet(0, 2, 480, SSRC, spoken(12)),
        packet(0x80, 3, 640, SSRC, spoken(20)),
    ]


def test_skipped_ticks_move_the_timestamp_but_not_the_sequence() -> None:
    desk = Desk()
    desk.next_tick()
    skip(desk.table, 3)
    desk.tick += 3
    assert desk.next_tick() == packet(0, 0, 640, SSRC, spoken(0xFF))


def test_a_leg_on_hold_is_sent_nothing_and_its_clock_runs_on() -> None:
    desk = Desk()
    desk.next_tick()
    desk.table.hears[0] = False
    assert [desk.next_tick() for _ in range(100)] == [None] * 100
    desk.table.hears[0] = True
    assert desk.next_tick() == packet(0x80, 0, 101 * 160, SSRC, spoken(0xFF))


def test_a_resumed_row_keeps_its_line_and_figures_and_nothing_else() -> None:
    desk = Desk()
    desk.next_tick()
    desk.hear(packet(0, 9, 5000, 77, spoken(3)))
    desk.table.join(0, 1)
    desk.table.resume(0, door=0)
    assert (desk.table.seq[0], desk.table.ssrc[0]) == (0, SSRC)
    assert figures(desk.table, 0)[1:3] == (1, 1)
    assert (desk.table.peer[0], desk.table.source[0]) == (-1, NOTHING)


def test_closing_a_row_parts_its_peer() -> None:
    desk = Desk()
    desk.table.join(0, 1)
    desk.table.end(1)
    assert desk.table.peer[0] == -1
    assert desk.table.high == 1


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
