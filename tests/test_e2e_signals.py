"""What signals do: a closed terminal and a storm of them end nothing, SIGTERM stops the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.centre import CONFIGURATION, CallCentre
from tests.patience import PATIENCE
from tests.phones import Phone
from tests.raw_sip import SDP, RawSip
from tests.server import ROOT, AcdServer, eventually, merged

pytestmark = pytest.mark.e2e

START_SECONDS = 90.0

CALLS = 20


def test_a_closed_terminal_ends_neither_the_server_nor_a_call(tmp_path: Path) -> None:
    log = tmp_path / "acd.log"
    server = AcdServer(tmp_path, merged(CONFIGURATION, {"log": {"file": str(log)}}))
    terminal, line = os.openpty()
    command = [sys.executable, "-m", "actors", str(server.configuration)]
    # setsid --ctty makes the line the controlling terminal of a session that the server leads.
    process = subprocess.Popen(
        ["setsid", "--ctty", *command], cwd=ROOT, stdin=line, stdout=line, stderr=line
    )
    os.close(line)
    caller = Phone("caller")
    try:
        eventually(lambda: log.exists() and "ready: " in log.read_text(), "it", START_SECONDS)
        call = caller.dial(server.uri("sales"))
        call.wait_up()

        os.close(terminal)

        eventually(lambda: "SIGHUP" in log.read_text(), "word of the signal")
        assert [one["state"] for one in server.calls("sales")] == ["waiting"]
        assert server.health()["media"]["restarts"] == 0
        assert call.is_up
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        caller.close()
        process.kill()
        process.wait(PATIENCE)


def test_the_log_has_the_lines_of_the_last_moment(tmp_path: Path) -> None:
    with CallCentre(tmp_path) as centre, RawSip() as callers:
        for number in range(CALLS):
            audio = SDP.replace(b"17000", b"%d" % (17000 + 2 * number))
            callers.call(centre.server.sip_port, body=audio)
        centre.server.wait_calls("sales", *["waiting"] * CALLS)

        assert centre.server.stop() == 0

        lines = centre.server.lines
    assert lines[-1].endswith("__main__: stopped")
    assert len([line for line in lines if ": ended: " in line]) == CALLS
    assert len([line for line in lines if ": leg 0: RTP sent " in line]) == CALLS


def test_a_storm_of_signals_is_weathered_and_sigterm_still_stops(tmp_path: Path) -> None:
    with CallCentre(tmp_path) as centre:
        call = centre.phone("caller").dial(centre.uri("sales"))
        call.wait_up()
        process = centre.server.process
        for _ in range(500):
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGUSR2)
        centre.server.wait_log("configuration: read again, 0 changes")
        assert call.is_up

        code = centre.server.stop()

    assert code == 0
    assert centre.server.seconds_between("stopping: ", "stopped$") < 5
    call.wait_over()
