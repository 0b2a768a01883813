"""What keeps a pump running: another is started where one ends, and told what the first knew."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from actors.exchange.actor import Actor, World
from actors.messages.message import Message
from media.control import Beat, Command, Event, Ready, Start
from media.keeper import WATCH_SECONDS, Keeper, Pump

logger = logging.getLogger(__name__)

_FLUSH_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class PumpStarted:
    """media, from aside: the pump of this generation runs; None, and why, where it could not."""

    generation: int
    pump: Pump | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class PumpSaid:
    """Events of the pump of this generation; None: it is gone."""

    generation: int
    events: list[Command | Event] | None


class WatchPump(Message, frozen=True):
    """Look whether the pump still lives, and whether another is wanted."""


class FlushPump(Message, frozen=True):
    """Tell the pump what did not fit."""

    generation: int


OfPump = WatchPump | PumpStarted | PumpSaid | FlushPump


class PumpActor(Actor):
    """An actor that talks to the present pump; what it says of sessions is for `_on_event`."""

    def __init__(self, world: World, beginning: Start, keeper: Keeper | None) -> None:
        super().__init__(world)
        self._keeper = keeper or Keeper()
        self._beginning = beginning
        self._commands: list[Command] = []

    @abstractmethod
    def _on_event(self, event: Command | Event) -> None:
        """Do what follows from what the pump says of its sessions."""

    @abstractmethod
    def _forget_closing(self) -> None:
        """Close the sessions that no pump need be told of any more."""

    @abstractmethod
    def _all_anew(self) -> Iterable[Command]:
        """Return what a new pump is to be told."""

    @abstractmethod
    def _sessions(self) -> int:
        """Return how many sessions there are."""

    def on_start(self) -> None:
        """Start the first pump."""
        self.after(WATCH_SECONDS, WatchPump())
        self._start()

    def on_stop(self) -> None:
        """End the pump."""
        if (pump := self._keeper.close()) is not None:
            self._deaf(pump)
            self.aside(pump.stop)

    def _of_pump(self, message: OfPump) -> None:
        """Do what is due for the pump, or what it says; one that is gone is not heard."""
        match message:
            case WatchPump():
                self._watch()
            case PumpStarted():
                self._started(message)
            case FlushPump(generation) if generation == self._keeper.generation:
                self._flush()
            case PumpSaid(generation, None) if generation == self._keeper.generation:
                self._lost("it has ended")
            case PumpSaid(generation, events) if generation == self._keeper.generation:
                self._keeper.alive(self.world.clock.now())
                for event in events or ():
                    self._hear_guarded(event)

    def _hear_guarded(self, event: Command | Event) -> None:
        """Take in one event: what fails in it keeps none of the others from being heard."""
        try:
            self._hear(event)
        except Exception:
            self.faults += 1
            logger.exception("media: failed on %r", event)

    def _hear(self, event: Command | Event) -> None:
        match event:
            case Beat():
                self._keeper.beat = event
            case Ready(prompts, music):
                self._keeper.runs()
                logger.info("media: pump runs: %d prompts, %d pieces of music", prompts, music)
            case _:
                self._on_event(event)

    # -- told

    def _tell_pump(self, *commands: Command) -> None:
        """Send commands: all those of one turn of the exchange together."""
        under_way = bool(self._commands)
        self._commands += commands
        if not under_way:
            self.soon(self._flush)

    def _flush(self) -> None:
        commands, self._commands = self._commands, []
        if not self._keeper.tell(*commands):
            self.after(_FLUSH_SECONDS, FlushPump(self._keeper.generation))

    # -- its life

    def _start(self) -> None:
        """Start a pump; what was to be closed is closed here."""
        self._forget_closing()
        generation = self._keeper.begin(self.world.clock.now())

        def start() -> PumpStarted | None:
            try:
                pump = self._keeper.make(self._beginning)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told and tried again
                return PumpStarted(generation, None, str(error))
            if generation == self._keeper.generation:
                return PumpStarted(generation, pump)
            pump.stop()  # we have stopped meanwhile: nobody would hear of it
            return None

        try:
            self.aside(start)
        except RuntimeError as error:  # not even a thread
            self._keeper.failed(str(error))

    def _started(self, message: PumpStarted) -> None:
        """Tell the new pump of every session; one that could not be started is tried again."""
        pump = message.pump
        if message.generation != self._keeper.generation:
            if pump is not None:
                self.aside(pump.stop)
        elif pump is None:
            self._keeper.failed(message.why)
        else:
            self._keeper.take(pump, self.world.clock.now())
            if self.world.exchange is not None:
                self.world.exchange.read_on(pump.descriptor, lambda: self._read(pump))
            self._tell_pump(*self._all_anew())

    def _read(self, pump: Pump) -> None:
        """Hear what the pump says; the exchange calls this when it has."""
        generation = self._keeper.generation
        try:
            events = pump.receive()
        except EOFError:
            self._deaf(pump)
            self.on_receive(PumpSaid(generation, None))
        else:
            self.on_receive(PumpSaid(generation, events))

    def _deaf(self, pump: Pump) -> None:
        if self.world.exchange is not None:
            self.world.exchange.forget(pump.descriptor)

    def _watch(self) -> None:
        """Mend what is wrong with the pump; whatever fails in it, the next watch comes."""
        self.after(WATCH_SECONDS, WatchPump())
        why = self._keeper.watch(self.world.clock.now())
        if why:
            self._lost(why)
        self._start_if_wanted()

    def _lost(self, why: str) -> None:
        logger.error("media: pump lost: %s; %d sessions", why, self._sessions())
        if (pump := self._keeper.lose(why)) is not None:
            self._deaf(pump)
            self.aside(pump.kill)
        self._start_if_wanted()

    def _start_if_wanted(self) -> None:
        if self._keeper.wanted(self.world.clock.now()):
            self._start()
