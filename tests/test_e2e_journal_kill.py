"""Who has heard a 200 has a record, whatever ends the server; who gave up at once has one, too."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_sip import SDP, RawSip, header
from tests.server import AcdServer

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

CALLS = 60
PACE = 0.01
KEPT = "SELECT sip_call_id FROM calls"
ONE_END = """
SELECT count(DISTINCT call), count(*) FROM facts
WHERE kind = 'CallFinished' AND call IN (SELECT call FROM calls)
"""


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


def heard_until_the_kill(centre: CallCentre, run: int) -> set[str]:
    """Call 100 times a second, kill the server in full flight; return who heard a 200."""
    port, process = centre.server.sip_port, centre.server.process.pid
    heard: set[str] = set()
    with RawSip() as callers:
        for number in range(CALLS):
            audio = SDP.replace(b"17000", b"%d" % (17000 + 2 * number))
            callers.invite(port, call_id=b"%d-%d@%d" % (run, number, os.getpid()), body=audio)
            heard |= answered(callers, PACE)
        os.kill(process, signal.SIGKILL)
        centre.server.close()
        return heard | answered(callers, 0.2)


def answered(callers: RawSip, seconds: float) -> set[str]:
    """Return the Call-IDs of the 200s that come in so long."""
    found = set()
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        with contextlib.suppress(AssertionError):
            answer = callers.receive(b"SIP/2.0 200", left)
            found.add(header(answer, b"Call-ID").decode())
    return found


def test_kills_in_full_flight_leave_each_call_one_record_and_one_end(centre: CallCentre) -> None:
    heard: set[str] = set()
    for run in range(4):
        heard |= heard_until_the_kill(centre, run)
        centre.server.start()
    health = centre.server.health()["journal"]
    centre.server.stop()

    kept = [call for (call,) in centre.journal(KEPT)]
    assert len(heard) > CALLS
    assert heard - set(kept) == set()
    assert len(kept) == len(set(kept))
    assert centre.journal(ONE_END) == [(len(kept), len(kept))]
    assert health["entries_failed"] == 0


class SlowlyNoting(AcdServer):
    """A server whose journal notes a call half a second after it came."""

    def _command(self, *command: str) -> list[str]:
        return super()._command(sys.executable, "-m", "tests.slow_notes", "500", command[-1])


def test_a_200_goes_out_when_its_call_is_with_the_kernel_and_not_before(tmp_path: Path) -> None:
    with CallCentre(tmp_path, server=SlowlyNoting) as centre, RawSip() as caller:
        caller.invite(centre.server.sip_port)
        heard = header(caller.receive(b"SIP/2.0 200"), b"Call-ID").decode()

        centre.server.kill()
        centre.server.start()
        centre.server.stop()

        assert centre.journal(KEPT) == [(heard,)]


def cancel(invite: bytes) -> bytes:
    """Return the CANCEL of an INVITE (RFC 3261, section 9.1)."""
    start, _, rest = invite.partition(b"\r\n\r\n")[0].partition(b"\r\n")
    kept = (b"via", b"from", b"to", b"call-id", b"max-forwards")
    lines = [one for one in rest.split(b"\r\n") if one.split(b":")[0].lower() in kept]
    uri = start.split(b" ")[1]
    return b"\r\n".join(
        [b"CANCEL %s SIP/2.0" % uri, *lines, b"CSeq: 1 CANCEL", b"Content-Length: 0", b"", b""]
    )


def test_callers_who_give_up_at_once_have_their_record(centre: CallCentre) -> None:
    port = centre.server.sip_port
    with RawSip() as callers:
        for _ in range(30):
            invite = callers.invite(port)
            callers.send(port, cancel(invite))
        finals = [callers.receive(b"SIP/2.0 487") for _ in range(30)]
    centre.server.wait_calls("sales")
    centre.server.stop()

    gone = {header(final, b"Call-ID").decode() for final in finals}
    assert {call for (call,) in centre.journal(KEPT)} == gone
    results = centre.journal("SELECT DISTINCT result, ended_by FROM calls")
    assert results == [("abandoned", "caller")]
