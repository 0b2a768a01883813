"""A thousand calls in and out leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.ports import free_port
from tests.server import AcdServer, Figures, eventually
from tests.sipp_peers import callers, desks, log_ons

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(180)]

AGENTS = [str(number) for number in range(3001, 3021)]
RATE = 25.0
"""Calls a second: 20 agents with calls of half a second could serve 40."""

WARM_UP = 800
"""PJSIP keeps ended transactions for 32 s: after so many calls as many end as begin."""

GROWTH_KIB = 8_192
"""1,000 calls grew it by 1,100 when measured; a leak of one transaction a call would be 6,000."""

CONFIGURATION = {
    "queue": [{"name": "sales", "ring_seconds": 5.0}],
    "agent": [{"id": agent, "queues": ["sales"]} for agent in AGENTS],
}


def at_rest(server: AcdServer) -> Figures:
    """Return the figures when no call is left anywhere."""
    server.wait_calls("sales", timeout=30)
    eventually(lambda: left(server) == (0, 0, 0, 0), "the end of every call", 40, every=0.1)
    for agent in AGENTS:
        server.wait_agent(agent, "idle")
    return server.figures()


def left(server: AcdServer) -> tuple[int, int, int, int]:
    """Return how many calls, legs, PJSIP slots and RTP sessions there are."""
    health = server.health()
    legs, slots = health["gateway"]["legs"], health["gateway"]["stack_calls"]
    return health["actors"]["calls"], legs, slots, health["media"]["sessions"]


def test_a_thousand_calls_leave_nothing_behind(tmp_path: Path) -> None:
    with CallCentre(tmp_path, CONFIGURATION) as centre:
        server, desk_port = centre.server, free_port()
        with log_ons(tmp_path, centre.uri("acdlogin"), AGENTS, desk_port) as logging_on:
            logging_on.wait(60)
        start = at_rest(server)
        with desks(tmp_path, desk_port):
            with callers(tmp_path, centre.uri("sales"), WARM_UP, RATE, 0.5) as some:
                some.wait(90)
            warm = at_rest(server)
            with callers(tmp_path, centre.uri("sales"), 1000, RATE, 0.5) as many:
                many.wait(90)
            end = at_rest(server)

        # An answer of REST is read before its connection is closed: one descriptor too many then.
        eventually(lambda: server.figures().threads <= start.threads, "the last thread's end")
        eventually(
            lambda: server.figures().descriptors <= start.descriptors, "the last descriptor's end"
        )
        server.stop()

    assert end.rss_kib - warm.rss_kib < GROWTH_KIB
    ended = centre.journal("SELECT result, count(*) FROM calls WHERE purpose = 'queue' GROUP BY 1")
    assert sum(count for _, count in ended) == WARM_UP + 1000
