"""A media actor with a pump of the test's own, which notes what it is told."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from actors.ids import CallId, Leg, MusicClass, PromptId
from actors.messages.media import (
    GetMediaState,
    LegFigures,
    MediaState,
    Open,
)
from actors.messages.sip import Codec, Media
from actors.settings import MediaSettings
from media.actor import MediaActor
from media.child import Memory
from media.control import (
    Command,
    Event,
    OpenSession,
    Ready,
    Start,
)
from media.keeper import Keeper
from media.pump_actor import PumpSaid
from media.sounds import Sounds
from tests.harness import Desk, Probe
from tests.ports import free_ports

PCMU, PCMA = Codec("PCMU", 0), Codec("PCMA", 8)
HELLO, BYE, TUNE = PromptId("hello"), PromptId("bye"), MusicClass("tune")
SOUNDS = Sounds({HELLO: Path("hello.npy"), BYE: Path("bye.npy")}, {TUNE: Path("tune.npy")})
PHONE = Media("127.0.0.2", 4000, (PCMU, PCMA), 101, version="1 1")
FIGURES = LegFigures(5, 4, 3, 2, 1.5)


class FakePump:
    """Notes what it is told; says what the test makes it say."""

    descriptor = -1

    def __init__(self, studio: Studio, start: Start) -> None:
        self.told: list[Command] = []
        self.start = start
        self.full = False
        self.sends = 0
        self.ended = ""
        self.breaks: OSError | None = None
        """Raised by `kill`."""
        self._studio = studio
        self._generation = studio.attempts

    def send(self, *commands: Command) -> bool:
        self.told += commands
        self.sends += 1
        return not self.full

    def stop(self) -> None:
        self.ended = "stopped"

    def kill(self) -> None:
        self.ended = "killed"
        if self.breaks:
            raise self.breaks

    def take(self) -> list[Command]:
        told, self.told = self.told, []
        return told

    def say(self, *events: Event) -> None:
        self._studio.tell(PumpSaid(self._generation, list(events)))

    def die(self) -> None:
        self._studio.tell(PumpSaid(self._generation, None))

    def receive(self) -> list[Command | Event]:
        return []


class Studio:
    """A desk with a media actor in its role."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.desk = Desk()
        self.fails: OSError | None = None
        """Raised where a pump is to be started."""
        self.meanwhile: Callable[[], object] = lambda: None
        """Done while a pump starts."""
        self.attempts = 0
        self.pumps: list[FakePump] = []
        self.lines: list[OpenSession] = []
        first = free_ports(4)
        self.ports = (first, first + 2)
        settings = MediaSettings(address, "", first, first + 2, first + 2)
        self.actor = self.desk.seat(
            MediaActor(self.desk.world, settings, SOUNDS, Keeper(self._start), random.Random(1)),  # noqa: S311 - the same each time
            role="media",
        )
        self.actor.on_start()
        self.pump.say(Ready(2, 1))

    def _start(self, start: Start, _: Memory) -> FakePump:
        self.attempts += 1
        if self.fails:
            raise self.fails
        self.meanwhile()
        self.pumps.append(FakePump(self, start))
        return self.pumps[-1]

    def stop(self) -> None:
        """Stop the actor: it hears of nothing any more."""
        self.actor.on_stop()
        self.desk.actors.remove(self.actor)

    @property
    def pump(self) -> FakePump:
        return self.pumps[-1]

    def tell(self, message: Any) -> None:
        self.desk.tell(self.actor, message)

    def begun(self, *legs: Leg) -> None:
        """Write into the shared table what a pump does that has begun these legs' lines."""
        for line in self.lines:
            if line.slot < len(legs):
                self.actor._table.ssrc[line.slot] = line.ssrc

    def state(self) -> MediaState:
        state = self.desk.ask(self.actor, GetMediaState())
        assert isinstance(state, MediaState)
        return state

    def open(self, name: str, remote: Media | None = PHONE) -> tuple[Leg, Probe, int]:
        """Open the session of a call's first leg; return its slot too."""
        call, leg = self.desk.call(name), Leg(CallId(name), 0)
        self.tell(Open(leg, PCMU, remote, "127.0.0.2"))
        line = next(each for each in self.pump.told if isinstance(each, OpenSession))
        self.pump.take()
        self.lines.append(line)
        return leg, call, line.slot
