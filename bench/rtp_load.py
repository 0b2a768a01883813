"""The pump alone under load, no SIP: CPU and loss for callers who wait and for bridged calls.

``python -m bench.rtp_load --waiting 2000 --bridged 500 --seconds 20``: the phones run in a process
of their own and send as well as they hear; a bare loop with the same packets runs before.
"""

from __future__ import annotations

import argparse
import os
import queue
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import numpy as np

from actors.exchange.actor import World
from actors.exchange.clock import SystemClock
from actors.exchange.exchange import Exchange
from actors.exchange.post import Post, Ref
from actors.ids import CallId, Leg, MusicClass
from actors.messages.media import (
    Bridge,
    Close,
    Closed,
    GetMediaState,
    LegFigures,
    MediaState,
    Open,
    Opened,
    PlayMusic,
)
from actors.messages.sip import Codec, Media
from actors.settings import MediaSettings
from bench.bare import Bare
from bench.centre import moment, shares
from bench.generator import Generator, wait_for
from bench.phones import address
from media.actor import MediaActor
from media.child import Child
from media.keeper import Keeper
from media.sounds import Sounds
from tests.ports import free_ports

PCMU, PCMA = Codec("PCMU", 0), Codec("PCMA", 8)
TUNE = MusicClass("tune")
PATIENCE = 20.0
PACKETS_A_SECOND = 50


class Told:
    """Where the calls' actors would be."""

    def __init__(self) -> None:
        self.messages: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def tell(self, message: Any) -> None:
        """Keep a message."""
        self.messages.put(message)


class Server:
    """A media actor and its pump."""

    def __init__(self, folder: Path) -> None:
        tune = folder / "tune.npy"
        np.save(tune, np.random.default_rng(1).integers(-8000, 8000, 800_000).astype(np.int16))
        first = free_ports(4)
        settings = MediaSettings("127.0.0.1", "", first, first + 2, first + 2)
        self.port = first
        self.pids: list[int] = []
        self.post = Post()
        self.exchange = Exchange()
        self.exchange.start()
        world = World(self.post, SystemClock(), self.exchange, self.exchange)
        sounds = Sounds({}, {TUNE: tune})
        self.ref = MediaActor.start(world, settings, sounds, keeper=Keeper(self._start))
        self.told = Told()

    def _start(self, *arguments: Any) -> Child:
        child = Child(*arguments)
        self.pids.append(child.pid)
        return child

    def leg(self, number: int, port: int, codec: Codec) -> Leg:
        """Open the leg of phone `number`."""
        leg = Leg(CallId(f"c{number}"), 0)
        self.post.add_call(leg.call, cast("Ref", self.told))
        remote = Media(address(number), port, (codec,), version="1")
        self.ref.tell(Open(leg, codec, remote, address(number)))
        opened = self.told.messages.get(timeout=PATIENCE)
        if not isinstance(opened, Opened):
            raise TypeError(f"not Opened: {opened!r}")
        return leg

    def close(self, legs: list[Leg]) -> list[LegFigures]:
        """Close legs and return their figures."""
        for leg in legs:
            self.ref.tell(Close(leg))
        closed: list[LegFigures] = []
        while len(closed) < len(legs):
            message = self.told.messages.get(timeout=PATIENCE)
            if isinstance(message, Closed):
                closed.append(message.figures)
        return closed

    def state(self) -> MediaState:
        """Return the media actor's state."""
        return cast("MediaState", self.ref.ask(GetMediaState(), timeout=PATIENCE))

    def stop(self) -> None:
        """End it."""
        self.ref.stop()
        self.exchange.stop()


def bare(generator: Generator, legs: int, seconds: float, loop: str) -> float:
    """Return the microseconds a packet in and out costs a loop that does nothing else."""
    with Bare(loop, legs, generator.port) as loop_process:
        generator.aim(0, legs, loop_process.port)
        time.sleep(2.0)
        before = moment(loop_process.pid)
        time.sleep(seconds)
        share = shares(before, moment(loop_process.pid))[loop_process.pid]
    return share / 100 / (legs * PACKETS_A_SECOND) * 1e6


def run(options: argparse.Namespace) -> None:
    """Open everything, measure, close, and print."""
    total = options.waiting + 2 * options.bridged
    with Generator(total) as generator, tempfile.TemporaryDirectory() as folder:
        if options.bare:
            loop = "music" if options.waiting else "relay"
            cost = bare(generator, total, options.seconds / 2, loop)
            print(f"bare {loop} loop: {cost:.2f} us for a packet in and one out")
        server = Server(Path(folder))
        other = PCMA if options.transcode else PCMU
        legs = [
            server.leg(number, generator.port, other if number % 2 else PCMU)
            for number in range(total)
        ]
        for leg in legs[: options.waiting]:
            server.ref.tell(PlayMusic(leg, TUNE))
        for at in range(options.waiting, total, 2):
            server.ref.tell(Bridge(legs[at], legs[at + 1]))
        generator.aim(0, total, server.port)
        wait_for(lambda: generator.hearing(0, total) == total, PATIENCE)
        time.sleep(2.0)
        pids = (server.pids[-1], generator.pid, os.getpid())
        heard, before = generator.heard(), moment(*pids)
        time.sleep(options.seconds)
        after, heard = moment(*pids), generator.heard().since(heard)
        used = shares(before, after)
        report(options, used[pids[0]], used[pids[1]], used[pids[2]])
        print(f"phones: {heard}")
        print(f"server: {server.state()}")
        figures = server.close(legs)
        lost, jitter = sum(each.lost for each in figures), [each.jitter_ms for each in figures]
        refused = sum(each.refused for each in figures)
        print(f"legs: lost {lost}, refused {refused}, jitter p50 {np.median(jitter):.2f} ms,"
              f" max {max(jitter):.2f} ms")  # fmt: skip
        server.stop()


def report(options: argparse.Namespace, pump: float, phones: float, actor: float) -> None:
    """Print what a call and a packet cost."""
    total = options.waiting + 2 * options.bridged
    packet = pump / 100 / (total * PACKETS_A_SECOND) * 1e6
    print(f"pump {pump:.1f} % of a core, phones {phones:.1f} %, media actor {actor:.1f} %")
    print(f"a leg with RTP both ways: {pump / total:.4f} % of a core")
    print(f"a packet in and one out: {packet:.2f} us")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=2000, help="callers who hear music")
    parser.add_argument("--bridged", type=int, default=0, help="calls of two legs")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--transcode", action="store_true", help="every bridge PCMU to PCMA")
    parser.add_argument("--bare", action="store_true", help="run the bare loop first")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
