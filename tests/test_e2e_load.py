"""A thousand calls in and out leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.ports import free_port
from tests.server import AcdServer, Figures, eventually
from tests.sipp_peers import callers, desks, log_ons

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

AGENTS = [str(number) for number in range(3001, 3021)]
RATE = 25.0
"""Calls a second: 20 agents with calls of half a second could serve 40."""

GROWTH_KIB = 24_576
"""Memory allocated after the first hundred calls: PJSIP keeps ended transactions for 32 s, some
10 kB a call at this rate, and what the allocators have spread is not given back at once."""

CONFIGURATION = {
    "queue": [{"name": "sales", "ring_seconds": 5.0}],
    "agent": [{"id": agent, "queues": ["sales"]} for agent in AGENTS],
}


def at_rest(server: AcdServer) -> Figures:
    """Return the figures when no call is left anywhere."""
    server.wait_calls("sales", timeout=30)
    eventually(lambda: server.health()["gateway"]["legs"] == 0, "the last leg's end", 10)
    eventually(lambda: server.health()["gateway"]["stack_calls"] == 0, "PJSIP's last slot", 10)
    for agent in AGENTS:
        server.wait_agent(agent, "idle")
    return server.figures()


def test_a_thousand_calls_leave_nothing_behind(tmp_path: Path) -> None:
    with CallCentre(tmp_path, CONFIGURATION) as centre:
        server = centre.server
        desk_port = free_port()
        with log_ons(tmp_path, centre.uri("acdlogin"), AGENTS, desk_port) as logging_on:
            logging_on.wait(60)
        with desks(tmp_path, desk_port):
            with callers(tmp_path, centre.uri("sales"), 100, RATE, 0.5) as few:
                few.wait(30)
            before = at_rest(server)

            with callers(tmp_path, centre.uri("sales"), 1000, RATE, 0.5) as many:
                many.wait(90)
            after = at_rest(server)
            server.stop()

    assert after.threads == before.threads
    assert after.descriptors == before.descriptors
    assert after.rss_kib - before.rss_kib < GROWTH_KIB
    ended = centre.journal("SELECT result, count(*) FROM calls WHERE purpose = 'queue' GROUP BY 1")
    assert sum(count for _, count in ended) == 1100
