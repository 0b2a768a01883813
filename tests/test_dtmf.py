"""Keys out of telephone-event packets (RFC 4733): once a press, whatever is lost."""

from __future__ import annotations

import struct

from media.dtmf import Presses


def event(number: int, duration: int = 160, *, end: bool = False) -> bytes:
    return struct.pack("!BBH", number, (0x80 if end else 0) | 10, duration)


def test_a_press_of_many_packets_is_one_digit() -> None:
    presses = Presses()
    packets = [event(7, 160 * n) for n in range(1, 6)] + [event(7, 960, end=True)] * 3
    assert [presses.press(0, 9, 1000, each) for each in packets] == ["7"] + [None] * 7


def test_a_press_of_which_only_a_last_packet_came_counts() -> None:
    presses = Presses()
    assert presses.press(0, 9, 1000, event(3, end=True)) == "3"
    assert presses.press(0, 9, 1000, event(3, end=True)) is None


def test_the_same_key_again_after_lost_end_packets_counts_again() -> None:
    presses = Presses()
    assert presses.press(0, 9, 1000, event(1)) == "1"
    assert presses.press(0, 9, 2600, event(1)) == "1"


def test_a_late_packet_of_an_earlier_press_is_not_news() -> None:
    presses = Presses()
    assert presses.press(0, 9, 1000, event(1)) == "1"
    assert presses.press(0, 9, 2600, event(2)) == "2"
    assert presses.press(0, 9, 1000, event(1, end=True)) is None


def test_timestamps_may_wrap_between_presses() -> None:
    presses = Presses()
    assert presses.press(0, 9, 0xFFFFFFF0, event(1)) == "1"
    assert presses.press(0, 9, 100, event(2)) == "2"


def test_another_ssrc_is_another_sender() -> None:
    presses = Presses()
    assert presses.press(0, 9, 5000, event(1)) == "1"
    assert presses.press(0, 8, 1000, event(1)) == "1"


def test_sessions_do_not_mix_and_a_forgotten_one_begins_anew() -> None:
    presses = Presses()
    assert presses.press(0, 9, 1000, event(1)) == "1"
    assert presses.press(1, 9, 1000, event(1)) == "1"
    presses.forget(0)
    assert presses.press(0, 9, 1000, event(1)) == "1"


def test_every_key_has_its_letter_and_a_hook_flash_is_none() -> None:
    presses = Presses()
    keys = [presses.press(0, 9, 1000 * (n + 1), event(n)) for n in range(17)]
    assert keys == [*"0123456789*#ABCD", None]


def test_a_truncated_event_is_ignored() -> None:
    assert Presses().press(0, 9, 1000, b"\1\2\3") is None


def test_the_press_by_which_a_phone_came_to_its_peer_is_not_the_peers_to_hear() -> None:
    presses = Presses()
    presses.press(0, 9, 1000, event(1))
    assert not presses.was_for_us(0, 9, 1000)

    presses.joined(0)
    presses.press(0, 9, 2600, event(2))

    assert presses.was_for_us(0, 9, 1000)
    assert not presses.was_for_us(0, 9, 2600)
    assert not presses.was_for_us(0, 8, 1000)
    presses.forget(0)
    assert not presses.was_for_us(0, 9, 1000)
