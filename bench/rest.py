"""REST beside calls: how long it takes to answer, and what that does to set-ups and to ticks."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np

from bench.figures import Figure
from bench.stage import RATE, Centre
from tests.server import AcdServer

PART = "rest"
WAITING = 2000
ALONE_SECONDS = 10.0
LOAD_SECONDS = 30.0
SETUP_RATE = 50.0
SETUP_PHONES = 300
TALK_SECONDS = 1.0
QUEUES_RATE = 25.0
OTHERS_RATE = 75.0
THREADS = 4
OTHERS = ("/agents", "/health", "/agents")
TICK_MS, QUEUES_MS, ANSWER_MS = 5.0, 50.0, 30.0


class RestLoad:
    """Requests at a steady rate from a few threads; how long each took, and how many failed."""

    def __init__(self, server: AcdServer, rate: float, paths: Sequence[str]) -> None:
        self._server = server
        self._rate, self._paths = rate, paths
        self._stop = threading.Event()
        self.seconds: list[float] = []
        self.failed = 0
        self._threads = [
            threading.Thread(target=self._run, args=(at,), daemon=True) for at in range(THREADS)
        ]

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(6)
        self._lasted = time.monotonic() - self._began

    def _run(self, first: int) -> None:
        pause = THREADS / self._rate
        due = time.monotonic() + first * pause / THREADS
        number = first
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due += pause
            number += 1
            self._ask(self._paths[number % len(self._paths)])

    def _ask(self, path: str) -> None:
        began = time.monotonic()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self._server.http_port, timeout=5)
            connection.request("GET", path)
            self.failed += connection.getresponse().read() == b""
            connection.close()
        except (OSError, http.client.HTTPException):
            self.failed += 1
        self.seconds.append(time.monotonic() - began)

    def p99(self) -> float:
        """Return what 99 of 100 took at most, in milliseconds."""
        return float(np.percentile(np.array(self.seconds) * 1000, 99))

    def told(self) -> str:
        """Return the figures in words, once it is over."""
        half = np.percentile(np.array(self.seconds) * 1000, 50)
        rate = len(self.seconds) / self._lasted
        return f"{rate:.0f}/s, p50 {half:.0f} ms, p99 {self.p99():.0f} ms, {self.failed} failed"


def rest() -> Iterator[Figure]:
    """Have callers wait; then ask for them among set-ups; then ask for everything else, too."""
    with Centre(WAITING + SETUP_PHONES, 0) as centre:
        centre.fill(WAITING, 0)
        time.sleep(ALONE_SECONDS)
        alone = f"{WAITING} waiting, nothing else (their set-up at {RATE:.0f}/s included)"
        yield _lateness(f"{alone}: tick late", centre.media())
        calls = f"{SETUP_RATE:.0f} set-ups/s"
        with RestLoad(centre.server, QUEUES_RATE, ["/queues"]) as asked:
            yield from _setups(centre, f"{QUEUES_RATE:.0f} GET /queues/s beside {calls}")
        wanted = f"p99 under {QUEUES_MS:.0f} ms, none failed"
        met = asked.p99() < QUEUES_MS and not asked.failed
        yield Figure(PART, f"GET /queues with {WAITING} calls, {calls}", asked.told(), wanted, met)
        with (
            RestLoad(centre.server, QUEUES_RATE, ["/queues"]),
            RestLoad(centre.server, OTHERS_RATE, OTHERS) as others,
        ):
            load = f"{QUEUES_RATE + OTHERS_RATE:.0f} REST requests/s beside {calls}"
            yield from _setups(centre, load, must=False)
            yield _lateness(f"{load}: tick late", centre.media())
        yield Figure(PART, f"{load}: those other than /queues", others.told())


def _setups(centre: Centre, what: str, *, must: bool = True) -> Iterator[Figure]:
    count = round(SETUP_RATE * LOAD_SECONDS)
    calling = centre.bring("wait", count, SETUP_RATE, first=WAITING, seconds=TALK_SECONDS)
    window = centre.window(LOAD_SECONDS + 2 * TALK_SECONDS)
    counts, answers = calling.counts(), [one.ms for one in calling.taken()]
    half, most = np.percentile(answers or [np.inf], [50, 99])
    told = f"p50 {half:.0f} ms, p99 {most:.0f} ms, {counts.failed} of {counts.created} failed"
    wanted = f"p99 under {ANSWER_MS:.0f} ms, none failed" if must else ""
    met = bool(most < ANSWER_MS) and counts.done == count
    yield Figure(PART, f"{what}: INVITE to 200, to 4 ms", told, wanted, met if must else None)
    cost = f"main {window.shares['main']:.0f} %, pump {window.shares['pump']:.0f} %"
    yield Figure(PART, f"{what}: the server's CPU", cost)


def _lateness(when: str, media: dict[str, Any]) -> Figure:
    late = f"p50 {media['late_p50_ms']:.2f} ms, p99 {media['late_p99_ms']:.2f} ms"
    value = f"{late}, max {media['late_max_ms']:.1f} ms, {media['skipped_ticks']} skipped"
    reached = media["late_p99_ms"] < TICK_MS
    return Figure(PART, when, value, f"p99 under {TICK_MS:.0f} ms", reached)
