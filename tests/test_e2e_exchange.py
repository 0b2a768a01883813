"""The one thread of all actors under load: a handler that blocks it, and a pump that dies."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.server import AcdServer, eventually
from tests.sipp_peers import callers

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

RATE, COUNT = 100.0, 500
CONFIGURATION = {"queue": [{"name": "sales"}]}


class SlowServer(AcdServer):
    """A server whose queues take 50 ms over every hundredth message."""

    def _command(self, *command: str) -> list[str]:
        slow = [sys.executable, "-m", "tests.slow_server", command[-1]]
        return super()._command(*slow)


def finished(server: AcdServer) -> None:
    """Wait until no call is left."""
    eventually(lambda: server.health()["actors"]["calls"] == 0, "the end of every call", 20)


def test_a_handler_that_blocks_is_told_and_no_call_is_lost(tmp_path: Path) -> None:
    with SlowServer(tmp_path, CONFIGURATION) as server:
        with callers(tmp_path, server.uri("sales"), COUNT, RATE, 1.0) as calling:
            calling.wait(60)
        finished(server)

        exchange = server.health()["exchange"]
        assert exchange["slow_messages"] >= COUNT // 100
        assert exchange["turn_max_ms"] >= 50
        server.wait_log("for one message: Join")


def test_calls_are_answered_while_the_pump_is_killed_and_started_again(tmp_path: Path) -> None:
    with AcdServer(tmp_path, CONFIGURATION) as server:
        with callers(tmp_path, server.uri("sales"), COUNT, RATE, 1.0) as calling:
            server.wait_log("sales: .*waiting")
            os.kill(server.pump().pid, signal.SIGKILL)
            calling.wait(60)
        finished(server)

        assert server.health()["media"]["restarts"] == 1
