"""What is counted of what is heard: loss, jitter, refusals, silence."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from media.figures import account, figures
from media.hearing import Datagrams, recognise
from media.rtp import PACKET_BYTES
from tests.two_legs import HOST, Desk, packet, spoken


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
        doors, control = np.zeros(batch, np.uint16), np.zeros(batch, np.bool_)
        datagrams = Datagrams(rows, lengths, hosts, ports, doors, control)
        heard = recognise(desk.table, desk.index, datagrams)
        account(desk.table, heard.batch, np.array([arrivals[n] for n in of], np.int64))
    assert desk.table.jitter[0] == pytest.approx(jitter)
