"""The server as a whole: starts its parts in order and stops them in reverse."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pykka

from actors.directory import DirectoryActor
from actors.editor import Editor
from actors.exchange.actor import World
from actors.exchange.clock import Clock
from actors.exchange.exchange import Exchange
from actors.exchange.post import Post, Ref
from actors.floor import FloorActor
from actors.gateway import GatewayActor
from actors.http.app import build_app
from actors.http.server import HttpServer
from actors.http.tokens import Tokens, tokens_path
from actors.ids import Ids
from actors.journal.actor import JournalActor
from actors.journal.store import Store
from actors.messages.by import BY_SERVER
from actors.messages.changes import Denied, Reload, Reloaded
from actors.messages.directory import Exist, TakeSeats
from actors.messages.facts import Booked
from actors.messages.life import Shutdown
from actors.messages.media import GetMediaState, MediaState
from actors.messages.sip import GatewayState, GetGatewayState, SayGoodbye, StopTaking, TraceSip
from actors.seats import SeatsActor
from actors.settings import Settings
from actors.switchboard import SwitchboardActor
from media.actor import MediaActor
from media.sounds import Sounds

logger = logging.getLogger(__name__)

BYE_SECONDS = 2.0
"""How long the calls' actors get to say BYE: with the stops below, exit stays under 5 s."""

STOP_SECONDS = 1.0

FLUSH_SECONDS = 0.9
"""What the last facts get to be written."""

GOODBYE_SECONDS = 1.0

POLL_SECONDS = 0.02

EXIST_SECONDS = 60.0
"""What all queues and agents get to begin: tens of thousands a second."""

ROLES = ("gateway", "media", "floor", "seats", "switchboard", "directory", "journal")

PUMP_SECONDS = 20.0
"""What the pump gets to load music and prompts: some 0.3 s on an idle machine."""


class Server:
    """All parts of one running ACD.

    Nothing here restarts a gateway, a journal or a floor that died: a half-dead switch is worse
    than a restart, so `broken` says so and the process ends for its supervisor to start anew.
    """

    def __init__(
        self, settings: Settings, sounds: Sounds, clock: Clock, path: Path | None = None
    ) -> None:
        self.settings = settings
        self.path = path
        self.clock = clock
        self.sounds = sounds
        self.post = Post()
        self._stops: list[tuple[str, Callable[[], None]]] = []
        self._trace = settings.sip.trace
        self._reload_wanted = threading.Event()
        self._reloading: threading.Thread | None = None

    # -- start

    def start(self) -> None:
        """Start every part; what fails raises here, and what had started is stopped again."""
        try:
            self._start_parts()
        except BaseException:
            self.stop()
            raise

    def _start_parts(self) -> None:
        settings = self.settings
        exchange = Exchange()
        exchange.start()
        self._on_stop("exchange", exchange.stop)
        clock = self.clock
        store = Store(
            settings.journal.path,
            clock,
            settings.journal.node,
            booked=lambda call: self.post.to_call(call, Booked()),
        )
        self._on_stop("store", lambda: store.close(FLUSH_SECONDS))
        self.editor = Editor(self.path, settings, self.sounds, self.post, clock)
        self.editor.begin(change for _, change in store.past.changes)
        self.settings = settings = self.editor.settings
        ids = Ids(settings.journal.node, store.past.run)
        world = World(self.post, clock, exchange, exchange, ids)
        self._add("journal", JournalActor.start(world, store))
        self._add("media", MediaActor.start(world, settings.media, self.editor.sounds))
        nothing = dataclasses.replace(settings, queues=(), agents=())
        self._add("floor", FloorActor.start(world, nothing))
        self._add("seats", SeatsActor.start(world, nothing))
        self._add("switchboard", SwitchboardActor.start(world, nothing))
        directory = DirectoryActor.start(world, nothing)
        self._add("directory", directory)
        all_there_is = Exist(settings.queues, settings.agents, BY_SERVER)
        directory.ask(all_there_is, block=True, timeout=EXIST_SECONDS)
        self._wait_for_pump()
        self._add("gateway", GatewayActor.start(world, settings))
        tokens = Tokens(tokens_path(settings.journal.path))
        http = HttpServer(build_app(self.post, clock, self.editor, tokens), settings.http)
        http.start()
        self._on_stop("http", http.stop)
        # Every port is ours: a start that fails leaves the journal as it was.
        store.begin()
        self.post.to_directory(TakeSeats(store.past.seats))
        exchange.count_from_now()

    def _wait_for_pump(self) -> None:
        """Return once RTP is pumped; a pump that takes too long is the media actor's to mend."""
        media = self.post.role("media")
        deadline = time.monotonic() + PUMP_SECONDS
        while media is not None and time.monotonic() < deadline:
            state: MediaState = media.ask(GetMediaState(), block=True, timeout=PUMP_SECONDS)
            if state.running:
                return
            time.sleep(POLL_SECONDS)
        logger.error("the pump does not run after %g s; calls will hear nothing", PUMP_SECONDS)

    def _add(self, role: str, ref: Ref) -> None:
        self.post.add(role, ref)
        self._on_stop(role, lambda: _stop_actor(ref))

    def _on_stop(self, name: str, stop: Callable[[], None]) -> None:
        self._stops.append((name, stop))

    # -- while it runs

    def broken(self) -> list[str]:
        """Name the parts without which no call can be served and that are dead."""
        refs = {role: self.post.role(role) for role in ROLES}
        dead = [role for role, ref in refs.items() if ref is None or not ref.is_alive()]
        dead += [f"queue {name}" for name in self.post.dead_queues()]
        return dead + [f"agent {agent}" for agent in self.post.dead_agents()]

    def reload(self) -> None:
        """Follow the configuration file, in a thread of its own: prompts may have to be spoken.

        However often this is asked for meanwhile, it is done once more.
        """
        if self._reloading is None:
            self._reloading = threading.Thread(target=self._reload, name="reload", daemon=True)
            self._reloading.start()
        self._reload_wanted.set()

    def _reload(self) -> None:
        while True:
            self._reload_wanted.wait()
            self._reload_wanted.clear()
            self._reload_once()

    def _reload_once(self) -> None:
        try:
            result = self.editor.reload(Reload(BY_SERVER))
        except Exception:
            logger.exception("the configuration could not be read again")
            return
        match result:
            case Denied(_, detail):
                logger.error("the configuration stays as it was: %s", detail)
            case Reloaded(changes, needs_restart):
                for line in changes:
                    logger.info("configuration: %s", line)
                for setting in needs_restart:
                    logger.warning("configuration: %s has changed: it needs a restart", setting)
                logger.info("configuration: read again, %d changes", len(changes))

    def toggle_trace(self) -> None:
        """Switch the SIP trace on or off."""
        self._trace = not self._trace
        self.post.to_gateway(TraceSip(self._trace))

    # -- stop

    def stop(self, drain_seconds: float = 0.0) -> None:
        """Refuse new calls, let those in progress end, say BYE to the rest, stop every part."""
        self.post.to_gateway(StopTaking(retry_after=5 + int(drain_seconds)))
        calls = len(self.post.calls())
        logger.info("stopping: new calls are refused; %d may go on %g s", calls, drain_seconds)
        self._wait_for_calls(drain_seconds)
        for call in self.post.calls():
            self.post.to_call(call, Shutdown("server stopped"))
        self._wait_for_calls(BYE_SECONDS)
        self._say_goodbye()
        while self._stops:
            name, stop = self._stops.pop()
            logger.debug("stopping %s", name)
            stop()
        pykka.ActorRegistry.stop_all(block=False)

    def _say_goodbye(self) -> None:
        """Let the gateway end what is left of SIP: it does so step by step."""
        gateway = self.post.role("gateway")
        deadline = time.monotonic() + GOODBYE_SECONDS
        with contextlib.suppress(pykka.Timeout, pykka.ActorDeadError):
            while gateway is not None and time.monotonic() < deadline:
                gateway.tell(SayGoodbye())
                state: GatewayState = gateway.ask(
                    GetGatewayState(), block=True, timeout=GOODBYE_SECONDS
                )
                if state.left:
                    return
                time.sleep(POLL_SECONDS)

    def _wait_for_calls(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.post.calls() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def _stop_actor(ref: Ref) -> None:
    with contextlib.suppress(pykka.Timeout, pykka.ActorDeadError):
        ref.stop(block=True, timeout=STOP_SECONDS)


@contextlib.contextmanager
def running(
    settings: Settings, sounds: Sounds, clock: Clock, path: Path | None = None
) -> Iterator[Server]:
    """Have a server inside the block."""
    server = Server(settings, sounds, clock, path)
    server.start()
    try:
        yield server
    finally:
        server.stop(settings.sip.drain_seconds)
