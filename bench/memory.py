"""20,000 calls to agents: what the server holds at start, along the way, and when all are over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.desks import Desks
from bench.figures import Figure
from bench.generator import wait_for
from bench.sipp import Load, Sipp
from tests.server import eventually

PART = "memory"
MOST_CALLS = 1000
MARK, CALLS = 5_000, 20_000
RATE = 50.0
TALK_SECONDS = 1.0
AGENTS = 150
TRANSACTION_SECONDS = 35.0
"""An ended transaction stays 32 s in PJSIP (RFC 3261, 17.1.1.2)."""
PATIENCE_SECONDS = 30.0
LATE_SECONDS = 60.0
START_MIB, GROWTH_MIB = 110.0, 40.0
FOR_EVER = 3600.0
"""The desks talk until their caller hangs up."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the server holds; threads, descriptors and `all_mib` are the pump's, too."""

    calls: int
    sessions: int
    legs: int
    stack_calls: int
    threads: int
    descriptors: int
    main_mib: float
    all_mib: float


def held(centre: Desks) -> Held:
    """Ask it; a part that is late is asked again."""
    health = eventually(lambda: _whole(centre.server.health()), "a word from every part", every=1.0)
    figures = centre.server.figures()
    return Held(
        health["actors"]["calls"],
        health["media"]["sessions"],
        health["gateway"]["legs"],
        health["gateway"]["stack_calls"],
        figures.threads,
        figures.descriptors,
        centre.server.process.memory_info().rss / 2**20,
        figures.rss_kib / 1024,
    )


def _whole(health: dict[str, Any]) -> dict[str, Any] | None:
    return health if health["media"] and health["gateway"] else None


def memory() -> Iterator[Figure]:
    """Look at the start, after the first calls, after the last, and when PJSIP has forgotten."""
    with Desks(AGENTS, FOR_EVER, MOST_CALLS) as centre:
        start = held(centre)
        load = Load(CALLS, RATE, TALK_SECONDS, "crowd")
        with centre.come(["talk"], load) as calling:
            _wait_for(calling, MARK)
            mark = held(centre)
            _wait_for(calling, CALLS)
            end = held(centre)
            counts, refused = calling.counts(), sum(one.timer > 1 for one in calling.taken())
        time.sleep(TRANSACTION_SECONDS)
        # What REST itself holds for the question goes a moment later.
        wait_for(lambda: held(centre).descriptors <= mark.descriptors, PATIENCE_SECONDS / 3)
        after = held(centre)
    ended = f"{counts.done - refused} ended well, {counts.failed} failed, {refused} refused"
    calls = f"{CALLS} calls to agents, {RATE:.0f}/s"
    yield Figure(PART, calls, ended, "all ended well", counts.done - refused == CALLS)
    yield from _grown(start, mark, end, after)
    for name in ("calls", "sessions", "legs", "stack_calls", "threads", "descriptors"):
        # The first call opens a file for good: threads and descriptors are those among calls.
        before = mark if name in {"threads", "descriptors"} else start
        was, now = getattr(before, name), getattr(after, name)
        yield Figure(PART, name.replace("_", " "), f"{was} -> {now}", "as before", now <= was)


def _wait_for(calling: Sipp, count: int) -> None:
    wait_for(lambda: calling.counts().done >= count or calling.ended(), count / RATE + LATE_SECONDS)


def _grown(start: Held, mark: Held, end: Held, after: Held) -> Iterator[Figure]:
    at_start = f"{start.main_mib:.0f} MiB (with the pump {start.all_mib:.0f})"
    wanted = f"{START_MIB:.0f} MiB at most"
    what = f"main at start, max_calls {MOST_CALLS}, {AGENTS} agents"
    yield Figure(PART, what, at_start, wanted, start.main_mib <= START_MIB)
    grown = end.main_mib - mark.main_mib
    told = f"{mark.main_mib:.0f} -> {end.main_mib:.0f} MiB; {after.main_mib:.0f} when all is over"
    wanted = f"+{GROWTH_MIB:.0f} MiB at most"
    what = f"main after {MARK} calls -> after {CALLS}"
    yield Figure(PART, what, told, wanted, grown <= GROWTH_MIB)
    threads = f"{start.threads} -> {mark.threads} -> {end.threads}"
    met = max(mark.threads, end.threads) <= start.threads
    yield Figure(PART, "threads at start, and with calls", threads, "none more", met)
