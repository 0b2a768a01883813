"""The one thread of all actors under load: a handler that blocks it, and a pump that dies."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.server import AcdServer, eventually
from tests.sipp_peers import callers, crowd

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

RATE, COUNT = 100.0, 500
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
                after.wait(10)
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
