"""How late the 20 ms tick is by the pump's count: callers waiting, then other load beside them."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from bench.figures import Figure
from bench.stage import RATE, Centre
from tests.server import AcdServer

WAITING = 2000
ALONE_SECONDS = 10.0
LOAD_SECONDS = 60.0
"""As far back as the pump's figures reach: nothing of what was before is in them."""
SETUP_RATE = 50.0
SETUP_PHONES = 300
TALK_SECONDS = 1.0
REST_RATE = 100.0
REST_THREADS = 4
REST_PATHS = ("/agents", "/health", "/queues", "/agents")
TARGET_MS = 5.0


class RestLoad:
    """Requests at a steady rate from a few threads; how long each took, and how many failed."""

    def __init__(self, server: AcdServer) -> None:
        self._server = server
        self._stop = threading.Event()
        self.seconds: list[float] = []
        self.failed = 0
        self._threads = [
            threading.Thread(target=self._run, args=(at,), daemon=True)
            for at in range(REST_THREADS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(6)

    def _run(self, first: int) -> None:
        pause = REST_THREADS / REST_RATE
        due = time.monotonic() + first * pause / REST_THREADS
        number = first
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due += pause
            number += 1
            self._ask(REST_PATHS[number % len(REST_PATHS)])

    def _ask(self, path: str) -> None:
        began = time.monotonic()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self._server.http_port, timeout=5)
            connection.request("GET", path)
            connection.getresponse().read()
            connection.close()
        except (OSError, http.client.HTTPException):
            self.failed += 1
        self.seconds.append(time.monotonic() - began)


def ticks() -> Iterator[Figure]:
    """Measure with waiting callers only, then with REST and set-ups beside them."""
    with Centre(WAITING + SETUP_PHONES, 0) as centre:
        centre.fill(WAITING, 0)
        time.sleep(ALONE_SECONDS)
        yield _lateness(
            f"{WAITING} waiting (their set-up at {RATE:.0f}/s included)", centre.media()
        )
        count = round(SETUP_RATE * LOAD_SECONDS)
        with RestLoad(centre.server) as rest:
            calling = centre.bring("wait", count, SETUP_RATE, first=WAITING, seconds=TALK_SECONDS)
            window = centre.window(LOAD_SECONDS)
            media = centre.media()
        load = f"the same, {SETUP_RATE:.0f} set-ups/s, {REST_RATE:.0f} REST requests/s"
        yield _lateness(load, media)
        counts = calling.counts()
        calls = (
            f"{counts.failed} of {counts.created} failed, INVITE to 200 {counts.answer_ms:.0f} ms"
        )
        yield Figure("ticks", "the set-ups meanwhile", f"{calls} on average")
        yield Figure("ticks", "the REST requests meanwhile", _rest(rest, window.seconds))
        cost = f"main {window.shares['main']:.0f} %, pump {window.shares['pump']:.0f} %"
        yield Figure("ticks", "the server's CPU meanwhile", cost)


def _lateness(when: str, media: dict[str, Any]) -> Figure:
    late = f"p50 {media['late_p50_ms']:.2f} ms, p99 {media['late_p99_ms']:.2f} ms"
    value = f"{late}, max {media['late_max_ms']:.1f} ms, {media['skipped_ticks']} skipped"
    reached = media["late_p99_ms"] < TARGET_MS
    return Figure("ticks", when, value, f"p99 under {TARGET_MS:.0f} ms", reached)


def _rest(rest: RestLoad, seconds: float) -> str:
    half, most = np.percentile(np.array(rest.seconds) * 1000, [50, 99])
    rate = len(rest.seconds) / seconds
    return f"{rate:.0f}/s, p50 {half:.0f} ms, p99 {most:.0f} ms, {rest.failed} failed"
