"""The phones in a process of their own, and the handle by which the bench orders them about."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Self

from bench.phones import TURN_SECONDS, Heard, Phones
from tests.ports import free_port

ANSWER_SECONDS = 10.0
NICE = 10
"""The phones stand for machines of their own: they take a processor when nobody else wants it."""

POLL_SECONDS = 0.05


def serve(pipe: Connection, port: int, count: int) -> None:
    """Run phones until told "stop": absolute deadlines, so that lateness does not add up."""
    sys.setswitchinterval(0.0005)
    os.nice(NICE)
    phones = Phones(port, count)
    gc.freeze()
    gc.disable()
    pipe.send(None)
    deadline = time.monotonic()
    while True:
        phones.turn()
        while pipe.poll():
            name, arguments, options = pipe.recv()
            if name == "stop":
                return
            pipe.send(getattr(phones, name)(*arguments, **options))
        deadline = max(deadline + TURN_SECONDS, time.monotonic() - 5 * TURN_SECONDS)
        time.sleep(max(0.0, deadline - time.monotonic()))


class Generator:
    """`count` RTP phones; see bench.phones for what each order does."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.port = free_port()
        context = multiprocessing.get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process = context.Process(
            target=serve, args=(far, self.port, count), name="phones", daemon=True
        )

    def __enter__(self) -> Self:
        self._process.start()
        self._answer()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._pipe.send(("stop", (), {}))
        self._process.join(5)
        self._process.kill()

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process.pid is not None  # noqa: S101 - for mypy
        return self._process.pid

    def _answer(self) -> Any:
        if not self._pipe.poll(ANSWER_SECONDS):
            message = "the RTP phones do not answer"
            raise TimeoutError(message)
        return self._pipe.recv()

    def _ask(self, name: str, *arguments: int, **options: bool) -> Any:
        self._pipe.send((name, arguments, options))
        return self._answer()

    def aim(self, first: int, last: int, port: int) -> None:
        """Let phones first..last-1 speak to 127.0.0.1:`port` whether they hear anything or not."""
        self._ask("aim", first, last, port)

    def mute(self, *, muted: bool = True) -> None:
        """Silence all phones, or let them speak again."""
        self._ask("mute", muted=muted)

    def hearing(self, first: int, last: int) -> int:
        """Return how many of phones first..last-1 hear something."""
        return int(self._ask("hearing", first, last))

    def heard(self) -> Heard:
        """Return the counts of all phones together."""
        heard: Heard = self._ask("heard")
        return heard


def wait_for(done: Callable[[], bool], seconds: float) -> bool:
    """Look until it is done; False where it is not in so many seconds."""
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(POLL_SECONDS)
    return True
