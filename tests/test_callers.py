"""Callers known by their numbers: which list counts for whom, and what a peer may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from actors.core.door.callers import CallerLists, priority_of
from actors.core.wire.message import priority
from actors.core.wire.names import party
from actors.messages.sip import Incoming
from actors.settings import KnownCallers
from tests.callkit import incoming
from tests.configurations import faults_of

VIP = KnownCallers(("+49 301/234-567", "alice"), priority=5)
BERLIN = KnownCallers(("+4930*",), priority=1)
BLOCKED = KnownCallers(("+4930666*", "anonymous"), blocked=True)
LISTS = CallerLists((VIP, BERLIN, BLOCKED))


def call_from(sender: str, asserted: str = "", privacy: str = "") -> Incoming:
    known = party(f"<sip:{asserted}@trunk.example>") if asserted else None
    words = frozenset([privacy] if privacy else [])
    return replace(incoming(), caller=party(sender), asserted=known, privacy=words)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (call_from("<sip:+49301234567@192.0.2.1>"), VIP),
        (call_from("<sip:+49(30)1234567@192.0.2.1>"), VIP),
        (call_from("<sip:Alice@192.0.2.1>"), VIP),
        (call_from("<sip:+493012345678@192.0.2.1>"), BERLIN),
        (call_from("<sip:+4930666123@192.0.2.1>"), BLOCKED),
        (call_from("<sip:+4989123@192.0.2.1>"), None),
        (call_from("<sip:@192.0.2.1>"), None),
        (call_from("<sip:anonymous@anonymous.invalid>"), BLOCKED),
        (call_from("<sip:alice@192.0.2.1>", privacy="id"), BLOCKED),
        (call_from("<sip:anonymous@anonymous.invalid>", "alice", "id"), VIP),
        (call_from("<sip:alice@192.0.2.1>", "+4989123"), None),
    ],
)
def test_a_caller_is_in_the_list_that_fits_his_number_best(
    call: Incoming, expected: KnownCallers | None
) -> None:
    assert LISTS.of(call) is expected


def test_a_list_of_everybody_is_the_last_that_counts() -> None:
    everybody = KnownCallers(("*",), priority=-1)
    lists = CallerLists((everybody, BERLIN))

    assert lists.of(call_from("<sip:+4930777@192.0.2.1>")) is BERLIN
    assert lists.of(call_from("<sip:+4989777@192.0.2.1>")) is everybody


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("5", 5),
        ("-1000", -1000),
        ("+7", 7),
        ("", None),
        ("1001", None),
        ("9" * 5000, None),
        ("high", None),
        ("5;q=1", None),
        ("\u0665", None),
    ],
)
def test_a_priority_that_a_peer_asks_for_is_an_integer_within_bounds(
    written: str, expected: int | None
) -> None:
    assert priority(written) == expected


def test_what_a_peer_asks_for_goes_before_the_list() -> None:
    silent = incoming()
    asked = replace(silent, priority=0)

    assert priority_of(asked, VIP) == 0
    assert priority_of(silent, VIP) == 5
    assert priority_of(silent, None) == 0


def test_a_number_in_two_lists_is_told(tmp_path: Path) -> None:
    text = '[[caller]]\nnumbers = ["+49 30 1"]\n[[caller]]\nnumbers = ["2", "+49301"]\n'

    assert faults_of(tmp_path, text) == [
        ':4: caller[1].numbers[1]: "+49301" is in caller[0].numbers[0] already'
    ]
