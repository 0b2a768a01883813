"""Callers who are refused before they have a call are in the books: how many, whence and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_sip import SDP, RawSip, header

pytestmark = pytest.mark.e2e

REFUSED = """
SELECT source, method, code, sum(count), count(*) FROM refusals GROUP BY 1, 2, 3 ORDER BY code
"""
TIMES = 30


def be_refused(
    caller: RawSip, port: int, code: int, user: bytes = b"sales", **invite: bytes
) -> None:
    """Call and wait for this answer; one sent again to an earlier call is none to this one."""
    call_id = header(caller.invite(port, user, **invite), b"Call-ID")
    while header(caller.receive(b"SIP/2.0 %d" % code), b"Call-ID") != call_id:
        continue


def test_refusals_are_counted_by_source_and_code_and_are_few_rows(tmp_path: Path) -> None:
    with CallCentre(tmp_path) as centre, RawSip() as caller:
        port = centre.server.sip_port
        for _ in range(TIMES):
            be_refused(caller, port, 404, b"nobody")
        centre.server.stop()

        refused = centre.journal(REFUSED)

    [(source, method, code, count, rows)] = refused
    assert (source, method, code, count) == ("127.0.0.1", "INVITE", 404, TIMES)
    assert rows <= 3


def test_those_for_whom_there_is_no_room_are_in_the_books(tmp_path: Path) -> None:
    with CallCentre(tmp_path, {"sip": {"max_calls": 1}}) as centre, RawSip() as caller:
        port = centre.server.sip_port
        caller.call(port)
        for _ in range(TIMES):
            be_refused(caller, port, 503)
        centre.server.stop()

        refused = centre.journal(REFUSED)

    assert [row[:4] for row in refused] == [("127.0.0.1", "INVITE", 503, TIMES)]


def test_whoever_may_not_call_is_in_the_books(tmp_path: Path) -> None:
    with CallCentre(tmp_path) as centre, RawSip(host="127.0.0.9") as stranger:
        port = centre.server.sip_port
        for _ in range(TIMES):
            stranger.invite(port, b"acdlogin")
        finals: set[bytes] = set()
        while len(finals) < TIMES:
            answer = stranger.receive(b"SIP/2.0 ")
            if not answer.startswith(b"SIP/2.0 1"):
                finals.add(header(answer, b"Call-ID"))
        centre.server.stop()

        refused = centre.journal(REFUSED)

    # Some of so many at once may find that their source has its share of calls.
    assert {code for _, _, code, *_ in refused} <= {403, 503}
    assert {source for source, *_ in refused} == {"127.0.0.9"}
    assert sum(count for *_, count, _ in refused) == TIMES


NO_CODEC = SDP.replace(b"0 8 101", b"18 4 101")
"""G.729 and G.723 and nothing else."""


@pytest.mark.parametrize(
    ("invite", "code"),
    [
        ({"body": NO_CODEC}, 488),
        ({"headers": b"Replaces: x;from-tag=a;to-tag=b\r\n"}, 481),
    ],
    ids=["no common codec", "a call to replace that there is not"],
)
def test_those_whom_pjsip_itself_refuses_are_in_the_books(
    tmp_path: Path, invite: dict[str, bytes], code: int
) -> None:
    with CallCentre(tmp_path) as centre, RawSip() as caller:
        port = centre.server.sip_port
        for _ in range(TIMES):
            be_refused(caller, port, code, **invite)
        centre.server.stop()

        refused = centre.journal(REFUSED)

    [(source, method, told, count, rows)] = refused
    assert (source, method, told, count) == ("127.0.0.1", "INVITE", code, TIMES)
    assert rows <= 3
    lines = [line for line in centre.server.lines if f" {code} " in line and "127.0.0.1" in line]
    assert len(lines) <= 3
