"""Bytes off the wire: what is shown of them is text, and URIs keep them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core.wire import text


@pytest.mark.parametrize(
    ("came", "told"),
    [
        (b"Ann Lee", "Ann Lee"),
        ("Müller, Łódź 東京".encode(), "Müller, Łódź 東京"),
        ("Müller".encode("iso-8859-1"), "Müller"),
        ("5 € „Bar“".encode("cp1252"), "5 € „Bar“"),
        (b"nothing \x81", "nothing \N{REPLACEMENT CHARACTER}"),
        (b"two\r\nlines\t\x00\x1b[2J", "two  lines   [2J"),
        ("turned \u202e txt \u2028 next \x85".encode(), "turned   txt   next  "),
    ],
)
def test_a_name_is_shown_as_it_was_meant(came: bytes, told: str) -> None:
    assert text.shown(text.of(came)) == told


@given(st.binary())
def test_whatever_comes_is_shown_as_one_line_of_valid_text(came: bytes) -> None:
    told = text.shown(text.of(came))
    assert told.encode("utf-8").decode() == told
    assert len(told.splitlines()) <= 1


@pytest.mark.parametrize(
    ("part", "told"),
    [("0301", "0301"), ("caf%C3%A9", "café"), ("M%FCller", "Müller"), ("a%00b%", "a b%")],
)
def test_escapes_are_undone_where_a_user_is_shown(part: str, told: str) -> None:
    assert text.unescaped(part) == told
