"""Hundreds of idle TCP connections, and few descriptors: calls, REST, journal and TCP go on."""

from __future__ import annotations

import contextlib
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.patience import PATIENCE
from tests.raw_sip import RawSip, RawTcp
from tests.server import AcdServer, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(180)]

IDLE = 900
DESCRIPTORS = 1024
STRANGER, PEER = "127.0.0.9", "127.0.0.7"
PEERS = [{"name": "pbx", "addresses": [PEER], "without_caps": True}]
MINE = "SELECT count(*) FROM calls WHERE result IS NOT NULL"


class FewDescriptors(AcdServer):
    """A server with the soft and hard limit that many systems give."""

    def _command(self, *command: str) -> list[str]:
        return ["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}", *command]


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, {"sip": {"peer": PEERS}}, FewDescriptors) as running:
        yield running


@pytest.fixture(name="idle", params=[STRANGER, PEER], ids=["stranger", "peer without caps"])
def fixture_idle(centre: CallCentre, request: pytest.FixtureRequest) -> Iterator[None]:
    """Connections from one source that say nothing."""
    _, hard = before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.ExitStack() as streams:
        for _ in range(IDLE):
            stream = streams.enter_context(socket.socket())
            stream.bind((request.param, 0))
            stream.settimeout(PATIENCE)
            with contextlib.suppress(ConnectionError):
                stream.connect(("127.0.0.1", centre.server.sip_port))
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("idle")
def test_idle_connections_of_one_source_stop_nobody(centre: CallCentre) -> None:
    server = centre.server
    with RawSip() as by_udp, RawTcp("127.0.0.8") as by_tcp:
        calls = [(one, one.call(server.sip_port)) for one in (by_udp, by_tcp)]
        server.wait_calls("sales", "waiting", "waiting")
        for one, answer in calls:
            one.hang_up(server.sip_port, answer)
        server.wait_calls("sales")
    eventually(lambda: centre.journal(MINE) == [(2,)], "two calls in the journal")
    assert server.health()["problems"] == []
    assert server.pump().is_running()
    server.wait_log("too many connections")
