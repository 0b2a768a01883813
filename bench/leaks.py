"""A thousand calls in and out: what the server holds afterwards must be what it held before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.figures import Figure
from bench.generator import wait_for
from bench.stage import Centre

CALLS = 1000
RATE = 50.0
TALK_SECONDS = 1.0
AGENTS = 150
WARM_CALLS = 1000
"""Before the first count: what is made once, and memory for the busiest moment, is no leak."""
TRANSACTION_SECONDS = 35.0
"""An ended transaction stays 32 s in PJSIP (RFC 3261, 17.1.1.2)."""
PATIENCE_SECONDS = 15.0
RSS_SLACK_MIB = 8.0
"""What the allocator may keep in hand: 8 kB a call."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the server holds."""

    calls: int
    sessions: int
    legs: int
    stack_calls: int
    threads: int
    descriptors: int
    rss_mib: float


def held(centre: Centre) -> Held:
    """Ask it."""
    _, health = centre.server.request("GET", "/health")
    figures = centre.server.figures()
    return Held(
        health["actors"]["calls"],
        health["media"]["sessions"],
        health["gateway"]["legs"],
        health["gateway"]["stack_calls"],
        figures.threads,
        figures.descriptors,
        figures.rss_kib / 1024,
    )


def run(centre: Centre, count: int) -> str:
    """Make so many calls to agents and wait until PJSIP has forgotten them; return what failed."""
    calling = centre.bring("talk", count, RATE, seconds=TALK_SECONDS)
    wait_for(calling.ended, count / RATE + PATIENCE_SECONDS)
    time.sleep(TRANSACTION_SECONDS)
    counts = calling.counts()
    return f"{counts.done} of {count} ended well, {counts.failed} failed"


def leaks() -> Iterator[Figure]:
    """Count before and after."""
    part = "leaks"
    with Centre(AGENTS, AGENTS) as centre:
        run(centre, WARM_CALLS)
        before = held(centre)
        ended = run(centre, CALLS)
        after = held(centre)
    yield Figure(part, f"{CALLS} calls to agents, {RATE:.0f}/s", ended)
    for name in ("calls", "sessions", "legs", "stack_calls", "threads", "descriptors"):
        was, now = getattr(before, name), getattr(after, name)
        yield Figure(part, name.replace("_", " "), f"{was} -> {now}", "as before", now <= was)
    grown = after.rss_mib - before.rss_mib
    memory = f"{before.rss_mib:.0f} -> {after.rss_mib:.0f} MiB"
    allowed = f"+{RSS_SLACK_MIB:.0f} MiB at most"
    yield Figure(part, "memory", memory, allowed, grown <= RSS_SLACK_MIB)
