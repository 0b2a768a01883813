"""Refusals are counted, and told without a line for each."""

from __future__ import annotations

from actors.core.door.refusals import KINDS, Digest
from actors.messages.sip import Refused


def test_the_first_is_told_at_once_and_the_others_as_a_sum() -> None:
    digest = Digest()
    digest.add(Refused("192.0.2.1", "INVITE", 404, "no such AOR: 'x'"))

    assert digest.lines(0.0) == [
        "INVITE refused with 404: no such AOR: 'x'; from 192.0.2.1",
    ]
    for _ in range(500):
        digest.add(Refused("192.0.2.1", "INVITE", 404, "no such AOR: 'x'", 2))
    digest.add(Refused("192.0.2.2", "INVITE", 404, "no such AOR: 'x'"))
    assert digest.lines(9.9) == []
    assert digest.lines(10.0) == [
        "INVITE refused with 404 1001 times: no such AOR: 'x'; from 192.0.2.1, 192.0.2.2",
    ]
    assert digest.lines(20.0) == []


def test_what_got_no_answer_is_told_as_such() -> None:
    digest = Digest()
    digest.add(Refused("", "OPTIONS", 0, "too many requests a second", 70))

    assert digest.lines(0.0) == [
        "OPTIONS not answered 70 times: too many requests a second; from several",
    ]


def test_a_flood_of_kinds_and_of_sources_takes_no_more_than_so_many_lines() -> None:
    digest = Digest()
    for number in range(10_000):
        source = f"10.0.{number >> 8}.{number & 255}"
        digest.add(Refused(source, "INVITE", 404, f"no such AOR: {number}"))
        digest.add(Refused(source, "INVITE", 503, "too many calls"))

    lines = digest.lines(0.0)

    assert len(lines) <= KINDS + 1
    assert any("and 997 other sources" in line for line in lines)
    assert sum(len(line) for line in lines) < 20_000
