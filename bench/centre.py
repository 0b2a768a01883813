"""The server under load: its configuration, agents logged on from the start, its processor time."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from actors.exchange.clock import SystemClock
from actors.ids import AgentId
from actors.journal.store import Store
from actors.messages.facts import AgentInterval
from tests.server import AcdServer, merged

MOST_CALLS = 4000
SEED_SECONDS = 10.0
SILENT = {"media": {"silent_seconds": 25.0}}
"""Phones that never send anything are not looked after, as Asterisk does not look after them."""


def configuration(devices: Sequence[str], most_calls: int) -> dict[str, Any]:
    """Return queues "wait", which nobody serves, and "talk", served by an agent at each device."""
    return {
        "sip": {"max_calls": most_calls},
        "presence": {"subscribe": False, "unknown_is_idle_after": 0.0},
        "queue": [{"name": "wait"}, {"name": "talk"}],
        "agent": [{"id": str(3000 + at), "queues": ["talk"]} for at in range(len(devices))],
    }


def seat(path: Path, devices: Sequence[str]) -> None:
    """Write a journal after which the server starts with an idle agent at each device."""
    store = Store(path, SystemClock())
    store.begin()
    now = time.time()
    for at, device in enumerate(devices):
        agent = AgentId(str(3000 + at))
        store.add(
            store.past.seq + 1 + at, AgentInterval(now, agent, "idle", "", device, now + at * 1e-3)
        )
    store.close(SEED_SECONDS)


def server(
    folder: Path,
    devices: Sequence[str] = (),
    most_calls: int = MOST_CALLS,
    more: Mapping[str, Any] | None = None,
) -> AcdServer:
    """Return the server, yet to be started, with an agent logged on at each device."""
    seat(folder / "acd.sqlite", devices)
    return AcdServer(folder, merged(configuration(devices, most_calls), more or {}))


def nobody_calls(server: AcdServer) -> bool:
    """Say whether no queue has a call; a server too busy to tell has some."""
    try:
        status, told = server.request("GET", "/queues")
    except (OSError, http.client.HTTPException):
        return False
    return status == http.client.OK and not any(queue["calls"] for queue in told["queues"])


@dataclass(frozen=True, slots=True)
class Moment:
    """Processor seconds used by each process until a moment."""

    at: float
    used: Mapping[int, float]


def moment(*pids: int) -> Moment:
    """Return what the processes have used until now."""
    used = {}
    for pid in pids:
        times = psutil.Process(pid).cpu_times()
        used[pid] = times.user + times.system
    return Moment(time.monotonic(), used)


def used(before: Moment, after: Moment, idle: Mapping[int, float]) -> dict[int, float]:
    """Return the seconds each process has used beyond its share of a core when idle, in percent."""
    elapsed = after.at - before.at
    return {
        pid: seconds - before.used[pid] - elapsed * idle[pid] / 100
        for pid, seconds in after.used.items()
    }


def shares(before: Moment, after: Moment) -> dict[int, float]:
    """Return each process's share of one core between two moments, in percent."""
    elapsed = after.at - before.at
    return {pid: 100 * (used - before.used[pid]) / elapsed for pid, used in after.used.items()}
