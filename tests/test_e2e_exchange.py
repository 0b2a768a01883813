"""The one thread of all actors under load: a handler that blocks it, and a pump that dies."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.patience import PATIENCE
from tests.raw_phone import log_on
from tests.raw_sip import SDP, RawSip
from tests.server import AcdServer, eventually
from tests.sipp_peers import callers, crowd

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

RATE, COUNT = 100.0, 500
TAKES_SECONDS = 0.5
"""What a phone may well take to say that it rings: it has two seconds."""
QUESTIONS = 1000
"""What comes before its answer: more than SIP takes in by one turn of the exchange."""
CONFIGURATION = {"queue": [{"name": "sales"}]}


class SlowServer(AcdServer):
    """A server whose queues take 50 ms over every three hundredth message."""

    every, block_ms = 300, 50

    def _command(self, *command: str) -> list[str]:
        slow = [str(self.every), str(self.block_ms), command[-1]]
        return super()._command(sys.executable, "-m", "tests.slow_server", *slow)


class BusyServer(SlowServer):
    """A server that can take in some eighty calls a second, on whatever machine."""

    every, block_ms = 1, 6


class LateToSend(AcdServer):
    """A server that sends each INVITE to a phone later than a phone may take to answer one."""

    before_ms, after_ms = 2700, 0

    def _command(self, *command: str) -> list[str]:
        late = [str(self.before_ms), str(self.after_ms), command[-1]]
        return super()._command(sys.executable, "-m", "tests.late_server", *late)


class LateToHear(LateToSend):
    """A server that hears what a phone says only when the phone's time is over."""

    before_ms, after_ms = 0, 2700


def ask(peer: RawSip, port: int, number: int) -> None:
    """Send OPTIONS, as whoever wants to know whether we are there."""
    peer.send(
        port,
        b"OPTIONS sip:127.0.0.1:%d SIP/2.0\r\n" % port
        + b"Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bKo%d\r\n" % (peer.port, number)
        + b"From: <sip:127.0.0.1>;tag=o\r\nTo: <sip:127.0.0.1>\r\nCall-ID: o%d\r\n" % number
        + b"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
    )


def finished(server: AcdServer) -> None:
    """Wait until no call is left."""
    eventually(lambda: server.health()["actors"]["calls"] == 0, "the end of every call", 20)


def test_a_handler_that_blocks_is_told_and_no_call_is_lost(tmp_path: Path) -> None:
    with SlowServer(tmp_path, CONFIGURATION) as server:
        with callers(tmp_path, server.uri("sales"), COUNT, RATE, 1.0) as calling:
            calling.wait(60)
        finished(server)

        exchange = server.health()["exchange"]
        assert exchange["slow_messages"] >= COUNT // 300
        assert exchange["turn_max_ms"] >= 50
        server.wait_log(r"\d+ ms for one message: \w+\(")


def test_calls_are_answered_while_the_pump_is_killed_and_started_again(tmp_path: Path) -> None:
    with AcdServer(tmp_path, CONFIGURATION) as server:
        with callers(tmp_path, server.uri("sales"), COUNT, RATE, 1.0) as calling:
            server.wait_log("sales: .*waiting")
            os.kill(server.pump().pid, signal.SIGKILL)
            calling.wait(60)
        finished(server)

        assert server.health()["media"]["restarts"] == 1


@pytest.mark.parametrize("late", [LateToSend, LateToHear])
def test_a_server_that_stands_still_blames_no_phone(tmp_path: Path, late: type[AcdServer]) -> None:
    with CallCentre(tmp_path, server=late) as centre, RawSip() as ada, RawSip() as caller:
        port = centre.server.sip_port
        log_on(centre, ada, "2771")
        centre.server.wait_agent("2771", "idle")
        caller.call(port)

        invite = ada.receive(b"INVITE ", 10)
        time.sleep(TAKES_SECONDS)
        for number in range(QUESTIONS):
            ask(caller, port, number)
        ada.answer(port, invite, b"180 Ringing")

        eventually(lambda: centre.agent_states("2771")[-1] == "ringing", "the phone to ring")
        ada.answer(port, invite, b"200 OK", SDP)
        eventually(lambda: centre.agent_states("2771")[-1] == "oncall", "the answer")
        assert centre.agent_states("2771")[-4:] == ["idle", "reserved", "ringing", "oncall"]


@pytest.mark.long
def test_more_calls_than_we_can_take_are_refused_and_those_inside_go_on(tmp_path: Path) -> None:
    with BusyServer(tmp_path, CONFIGURATION) as server:
        with callers(tmp_path, server.uri("sales"), 1, 1.0, 12.0) as inside:
            server.wait_calls("sales", "waiting")
            with crowd(tmp_path, server.uri("sales"), 1500, 300.0, 0.5) as calling:
                server.wait_log("overload: new calls are refused", 10)
                calling.wait(60)
            eventually(lambda: not server.health()["problems"], "the end of the overload", 70)
            server.wait_log("overload is over", 10)
            with callers(tmp_path, server.uri("sales"), 5, 5.0, 0.1) as after:
                after.wait(PATIENCE)
            inside.wait(60)
        finished(server)
        assert server.health()["status"] == "ok"

        server.stop()

    with contextlib.closing(sqlite3.connect(tmp_path / "acd.sqlite")) as journal:
        count = "SELECT count(*) FROM calls WHERE"
        (served,) = journal.execute(f"{count} joined_at IS NOT NULL").fetchone()
        (left,) = journal.execute(f"{count} finished_at IS NULL").fetchone()
    assert served > 5 * 40
    assert left == 0
