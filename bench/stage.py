"""What a measurement plays on: the phones, the server (or Asterisk), callers and agents' phones."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench import centre, sipp
from bench.generator import Generator, wait_for
from bench.phones import Heard, address
from tests.ports import free_port
from tests.server import AcdServer

FOR_EVER = 3600.0
RATE = 100.0
TALKING_RATE = 40.0
"""Calls a second that come to wait, and that come to agents, which is twice the SIP and more."""
SETTLE_SECONDS = 8.0
"""From the last set-up to the window: what a set-up leaves to do is not what a call costs."""
PATIENCE_SECONDS = 20.0


class TooFewError(Exception):
    """The phones that should hear something do not; says what SIPp and the server tell."""


@dataclass(frozen=True, slots=True)
class Window:
    """What some seconds of steady load took, in percent of one core, and what the phones heard."""

    seconds: float
    shares: dict[str, float]
    heard: Heard

    @property
    def generators(self) -> float:
        """Percent of a core for what plays the callers' and agents' phones."""
        return sum(share for name, share in self.shares.items() if name in {"phones", "sipp"})


class Stage:
    """Phones, and the agents' SIPp; callers are phones 0 and up, agents those after them."""

    def __init__(self, callers: int, agents: int) -> None:
        self.callers, self.agents = callers, agents
        self.stack = contextlib.ExitStack()
        self.agents_port = free_port()
        self.processes: dict[str, int] = {}
        self._sipps: list[sipp.Sipp] = []

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="acd-bench-"))
            )
            self._start_phones(stack)
            self.stack = stack.pop_all()
        return self

    def _start_phones(self, stack: contextlib.ExitStack) -> None:
        self.phones = stack.enter_context(Generator(self.callers + self.agents))
        self.processes["phones"] = self.phones.pid
        self.audio_port = self.phones.port
        if self.agents:
            self._enter(stack, sipp.agents(self.folder, self.audio_port, self.agents_port))

    def __exit__(self, *_unused: object) -> None:
        self.stack.close()

    def _enter(self, stack: contextlib.ExitStack, process: sipp.Sipp) -> sipp.Sipp:
        self._sipps.append(stack.enter_context(process))
        return process

    def devices(self) -> list[str]:
        """Return the agents' devices."""
        phones = range(self.callers, self.callers + self.agents)
        return [f"sip:{address(phone)}@127.0.0.1:{self.agents_port}" for phone in phones]

    def call(self, port: int, rows: list[tuple[str, str]], load: sipp.Load) -> sipp.Sipp:
        """Let callers call 127.0.0.1:`port`: rows of a phone's address and whom it calls."""
        return self._enter(self.stack, self.callers_of(port, rows, load))

    def callers_of(self, port: int, rows: list[tuple[str, str]], load: sipp.Load) -> sipp.Sipp:
        """Return the same callers, yet to be started."""
        return sipp.callers(self.folder, f"127.0.0.1:{port}", rows, self.audio_port, load)

    def wait_hearing(self, first: int, last: int, calling: sipp.Sipp, seconds: float) -> None:
        """Wait until all these phones hear something; TooFewError where they do not in time."""
        wanted = last - first
        if wait_for(lambda: self.phones.hearing(first, last) == wanted, seconds):
            return
        raise TooFewError(
            f"{self.phones.hearing(first, last)} of {wanted} phones hear something "
            f"{seconds:.0f} s after the first call; {calling.counts()}; {calling.errors()}"
        )

    def window(self, seconds: float) -> Window:
        """Measure for some seconds."""
        pids = dict(self.processes)
        pids |= {f"sipp {at}": each.pid for at, each in enumerate(self._sipps) if not each.ended()}
        heard, before = self.phones.heard(), centre.moment(*pids.values())
        time.sleep(seconds)
        after, heard_then = centre.moment(*pids.values()), self.phones.heard()
        by_pid = centre.shares(before, after)
        shares = {name: by_pid[pid] for name, pid in pids.items() if not name.startswith("sipp")}
        shares["sipp"] = sum(by_pid[pid] for name, pid in pids.items() if name.startswith("sipp"))
        return Window(after.at - before.at, shares, heard_then.since(heard))


class Centre(Stage):
    """A stage with the server: queue "wait" has no agents, "talk" has all of them, logged on."""

    server: AcdServer
    most_calls = centre.MOST_CALLS
    more: Mapping[str, Any] = {}
    """What else its configuration says."""

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            devices = self.devices()
            made = centre.server(self.folder, devices, self.most_calls, self.more)
            self.server = self.stack.enter_context(made)
        except BaseException:
            self.stack.close()
            raise
        self.processes["main"] = self.server.process.pid
        self.processes["pump"] = self.server.pump().pid
        return self

    def __exit__(self, *_unused: object) -> None:
        # SIPp first: what it would say about the server's BYEs interests nobody.
        self.stack.close()

    def bring(
        self, queue: str, count: int, rate: float, first: int = 0, seconds: float = FOR_EVER
    ) -> sipp.Sipp:
        """Let phones `first` and up, in turn, call the queue, `rate` a second."""
        last = min(first + count, self.callers)
        rows = [(address(phone), queue) for phone in range(first, last)]
        return self.call(self.server.sip_port, rows, sipp.Load(count, rate, seconds))

    def fill(self, waiting: int, talking: int, rate: float = RATE) -> None:
        """Have so many callers wait and so many talk to agents; TooFewError where that fails."""
        if waiting:
            calling = self.bring("wait", waiting, rate)
            self.wait_hearing(0, waiting, calling, waiting / rate + PATIENCE_SECONDS)
        if talking:
            calling = self.bring("talk", talking, TALKING_RATE, self.callers - talking)
            last = self.callers + talking
            seconds = talking / TALKING_RATE + PATIENCE_SECONDS
            self.wait_hearing(self.callers - talking, last, calling, seconds)
        time.sleep(SETTLE_SECONDS)

    def media(self) -> dict[str, Any]:
        """Return the pump's figures."""
        _, health = self.server.request("GET", "/health")
        found: dict[str, Any] = health["media"]
        return found

    def lost_inward(self) -> int:
        """Silence the phones; return how many of their packets the server never got.

        Strangers came too: packets of a phone whose call had just ended.
        """
        self.phones.mute()
        time.sleep(1.0)  # the pump tells its counters twice a second
        media = self.media()
        lost: int = self.phones.heard().sent - media["received"] - media["strangers"]
        self.phones.mute(muted=False)
        return lost
