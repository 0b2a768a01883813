"""RTP packets as rows of a matrix, byte by byte."""

from __future__ import annotations

import numpy as np
import pytest

from media.rtp import headers, plain

VOICE = bytes(range(1, 161))
HEAD = bytes.fromhex("8000fffeffffff60deadbeef")


def test_a_header_is_read_and_written_through_the_view() -> None:
    batch = np.zeros((2, 20), np.uint8)
    batch[1, :12] = np.frombuffer(HEAD, np.uint8)
    header = headers(batch)
    assert header[1]["seq"] == 0xFFFE
    assert header[1]["ts"] == 0xFFFFFF60
    assert header[1]["ssrc"] == 0xDEADBEEF
    header["first"][0], header["second"][0] = 0x80, 0x88
    header["seq"][0], header["ts"][0], header["ssrc"][0] = 1, 2, 3
    assert batch[0, :12].tobytes() == bytes.fromhex("808800010000000200000003")


def test_a_plain_packet_stays_as_it_is() -> None:
    assert plain(HEAD + VOICE) == HEAD + VOICE


@pytest.mark.parametrize(
    ("first", "between", "after"),
    [
        (0x82, b"\1\2\3\4\5\6\7\x08", b""),
        (0x90, bytes.fromhex("bede0002") + b"extended", b""),
        (0x90, bytes.fromhex("bede0000"), b""),
        (0xA0, b"", b"\0\0\3"),
        (0xB1, b"csrc" + bytes.fromhex("bede0001") + b"four", b"\1"),
    ],
)
def test_csrc_extension_and_padding_are_taken_out(first: int, between: bytes, after: bytes) -> None:
    packet = bytes([first]) + HEAD[1:] + between + VOICE + after
    assert plain(packet) == HEAD + VOICE


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        HEAD[:11],
        b"\x40" + HEAD[1:] + VOICE,
        HEAD,
        b"\x8f" + HEAD[1:] + VOICE[:60],
        b"\x90" + HEAD[1:] + b"\1",
        b"\x90" + HEAD[1:] + bytes.fromhex("bede00ff") + VOICE,
        b"\xa0" + HEAD[1:] + b"\1\2\xff",
    ],
)
def test_what_is_no_rtp_packet_or_has_no_payload_is_none(packet: bytes) -> None:
    assert plain(packet) is None
