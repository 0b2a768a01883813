"""MediaActor: the only one who talks to the pump; keeps it running, and its sessions with it."""

from __future__ import annotations

import contextlib
import heapq
import logging
import random
from dataclasses import dataclass
from typing import Any

import pykka

from actors.actor import Actor, World
from actors.ids import Leg
from actors.messages.floor import TimerFired
from actors.messages.media import (
    Aim,
    Bridge,
    Close,
    Closed,
    GetMediaState,
    LegFigures,
    MediaState,
    MediaTimeout,
    NoMedia,
    Open,
    Opened,
    Play,
    Played,
    PlayMusic,
    PlaySilence,
    StopPlaying,
    Unbridge,
)
from actors.messages.sip import DigitPressed
from actors.post import Ref
from actors.settings import MediaSettings
from media.book import LAWS, Session, aiming, all_anew, fresh_line
from media.child import Listener
from media.control import (
    Beat,
    CloseSession,
    Command,
    Event,
    Join,
    Learned,
    Part,
    PlayPrompts,
    Pressed,
    PromptsPlayed,
    Ready,
    SessionClosed,
    SetMusic,
    Silent,
    Start,
    StopPrompts,
)
from media.figures import figures
from media.homes import open_homes, own_address
from media.keeper import WATCH_SECONDS, Keeper
from media.ports import NoPort, Ports
from media.sessions import CAPACITY, Table
from media.sounds import Sounds

logger = logging.getLogger(__name__)

_TICKS_A_SECOND = 50
_FLUSH_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class PumpSaid:
    """reader thread -> media: events of the pump of this `turn`; None: it is gone."""

    turn: int
    events: list[Command | Event] | None


class MediaActor(Actor):
    """Sessions by leg: messages become commands to the pump, its events messages to the calls.

    OSError where the shared port is taken: better no server than one that nobody hears.
    """

    def __init__(
        self,
        world: World,
        settings: MediaSettings,
        sounds: Sounds,
        keeper: Keeper | None = None,
        chance: random.Random | None = None,
    ) -> None:
        super().__init__(world)
        self._settings = settings
        self._sounds = sounds
        self._chance = chance or random.SystemRandom()
        self._sockets = open_homes(settings)
        self._ports = Ports(len(self._sockets) - 1)
        self._slots = list(range(CAPACITY))
        self._sessions: dict[Leg, Session] = {}
        self._by_slot: dict[int, Session] = {}
        self._keeper = keeper or Keeper()
        self._table = Table(self._keeper.memory.map)
        self._epoch_ns = int(world.clock.now() * 1e9)

    def on_start(self) -> None:
        """Start the first pump."""
        self._start()

    def on_stop(self) -> None:
        """End the pump and give the ports back."""
        self._keeper.stop()
        for sock in self._sockets:
            sock.close()

    def handle(self, message: Any) -> Any:
        """Do what a call or the pump says."""
        match message:
            case PumpSaid() | TimerFired():
                if message.turn == self._keeper.turn:
                    self._on_pump(message)
            case GetMediaState():
                return self._state()
            case Open():
                self._open(message)
            case Bridge(one, other):
                self._bridge(one, other)
            case Close(leg) if leg not in self._sessions or self._sessions[leg].closing:
                self.post.to_call(leg.call, Closed(leg, LegFigures()))
            case _:
                session = self._sessions.get(message.leg)
                if session is None or session.closing:
                    logger.debug("no session for %r", message)
                    return None
                self._change(session, message)
        return None

    # -- what calls want

    def _open(self, message: Open) -> None:
        leg, remote = message.leg, message.remote
        if leg in self._sessions:
            self._opened(self._sessions[leg])
            return
        if message.codec.name.upper() not in LAWS:
            self.post.to_call(leg.call, NoMedia(leg, f"no such codec: {message.codec.name}"))
            return
        if not self._slots:
            self.post.to_call(leg.call, NoMedia(leg, f"all {CAPACITY} sessions are in use"))
            return
        try:
            home = self._ports.choose(
                leg, (remote.address, remote.port) if remote else None, message.source
            )
        except NoPort as why:
            self.post.to_call(leg.call, NoMedia(leg, str(why)))
            return
        slot = heapq.heappop(self._slots)
        line = fresh_line(slot, home, self._chance)
        session = Session(leg, slot, home, message.codec, None, message.source, line)
        self._sessions[leg] = self._by_slot[slot] = session
        self._tell_pump(line)
        if remote is not None:
            session.remote = remote
            self._tell_pump(aiming(session, remote, window=True))
        self._opened(session)

    def _opened(self, session: Session) -> None:
        port = self._sockets[session.home].getsockname()[1]
        address = own_address(self._settings, session.source)
        self.post.to_call(session.leg.call, Opened(session.leg, address, port))

    def _change(self, session: Session, message: Any) -> None:
        """Carry out a message about one leg that has a session."""
        slot = session.slot
        match message:
            case Aim():
                self._aim(session, message)
            case Play():
                self._play(session, message)
            case StopPlaying():
                session.says = None
                self._tell_pump(StopPrompts(slot))
            case PlayMusic(_, music):
                if music not in self._sounds.music:
                    logger.error("call %s: no music %r: silence", session.leg, music)
                session.music = music
                self._tell_pump(SetMusic(slot, music))
            case PlaySilence():
                session.music = None
                self._tell_pump(SetMusic(slot, None))
            case Unbridge():
                self._part(session)
                self._tell_pump(Part(slot))
            case Close():
                self._part(session)
                session.closing = True
                self._tell_pump(CloseSession(slot))
            case _:
                raise TypeError(f"not a message to media: {message!r}")

    def _aim(self, session: Session, message: Aim) -> None:
        if message.codec.name.upper() not in LAWS:
            raise ValueError(f"call {session.leg}: no such codec: {message.codec.name}")
        remote, before = message.remote, session.remote
        session.codec, session.remote = message.codec, remote
        if not self._ports.aim(session.leg, (remote.address, remote.port)):
            logger.warning("call %s: another session's address: %r", session.leg, remote)
        window = before is None or before.version != remote.version
        self._tell_pump(aiming(session, remote, window=window))

    def _play(self, session: Session, message: Play) -> None:
        known = [str(prompt) for prompt in message.prompts if prompt in self._sounds.prompts]
        if len(known) < len(message.prompts):
            logger.error("call %s: not every prompt is there: %r", session.leg, message.prompts)
        session.says = PlayPrompts(session.slot, known, message.token, resumed=False)
        self._tell_pump(session.says)

    def _bridge(self, one: Leg, other: Leg) -> None:
        ends = [self._sessions[leg] for leg in (one, other) if leg in self._sessions]
        if len(ends) != len((one, other)) or any(end.closing for end in ends) or one == other:
            logger.warning("call %s: no bridge to %s: a session is gone", one, other)
            return
        for end, peer in zip(ends, (other, one), strict=True):
            self._part(end)
            end.says = end.music = None
            end.peer = peer
        self._tell_pump(Join(ends[0].slot, ends[1].slot))

    def _part(self, session: Session) -> None:
        peer = self._sessions.get(session.peer) if session.peer else None
        for end in (session, peer) if peer and peer.peer == session.leg else ():
            end.peer = end.music = None

    # -- what the pump says

    def _on_pump(self, message: PumpSaid | TimerFired) -> None:
        """Hear the present pump, or do for it what is due."""
        match message:
            case TimerFired("watch"):
                self._watch()
            case TimerFired("flush"):
                self._tell_pump()
            case TimerFired("start"):
                self._start()
            case PumpSaid(_, None):
                self._lost("it has ended")
            case PumpSaid(_, events):
                self._keeper.alive(self.world.clock.now())
                for event in events or ():
                    self._on_event(event)

    def _on_event(self, event: Command | Event) -> None:
        match event:
            case Beat():
                self._keeper.beat = event
            case Ready(prompts, music):
                self._keeper.ready = True
                logger.info("media: pump runs: %d prompts, %d pieces of music", prompts, music)
            case SessionClosed() if event.slot in self._by_slot:
                self._closed(self._by_slot[event.slot], event)
            case PromptsPlayed() | Pressed() | Silent() | Learned() if event.slot in self._by_slot:
                self._on_session(self._by_slot[event.slot], event)

    def _on_session(self, session: Session, event: Command | Event) -> None:
        leg = session.leg
        match event:
            case PromptsPlayed(_, token) if session.says and session.says.token == token:
                session.says = None
                self.post.to_call(leg.call, Played(leg, token))
            case Pressed(_, digit):
                self.post.to_call(leg.call, DigitPressed(leg, digit))
            case Silent(_, seconds):
                self.post.to_call(leg.call, MediaTimeout(leg, seconds))
            case Learned(_, address, port):
                logger.info("call %s: leg %d: its audio comes from %s:%d", *leg, address, port)

    def _closed(self, session: Session, last: SessionClosed) -> None:
        leg = session.leg
        del self._sessions[leg], self._by_slot[session.slot]
        heapq.heappush(self._slots, session.slot)
        self._ports.release(leg)
        self.post.to_call(leg.call, Closed(leg, LegFigures(*last[1:])))

    # -- the pump's life

    def _tell_pump(self, *commands: Command) -> None:
        if not self._keeper.tell(*commands):
            self.after(_FLUSH_SECONDS, "flush", self._keeper.turn)

    def _start(self) -> None:
        """Start a pump and tell it of every session; what was to be closed is closed here."""
        for session in [each for each in self._sessions.values() if each.closing]:
            self._closed(session, figures(self._table, session.slot))
        ref, settings = self.actor_ref, self._settings

        def listener(turn: int) -> Listener:
            return lambda events: _tell(ref, PumpSaid(turn, events))

        beginning = Start(
            [sock.fileno() for sock in self._sockets],
            self._epoch_ns,
            round(settings.timeout_seconds * _TICKS_A_SECOND),
            round(settings.learning_seconds * _TICKS_A_SECOND),
            {str(name): str(path) for name, path in self._sounds.prompts.items()},
            {str(name): str(path) for name, path in self._sounds.music.items()},
        )
        self._keeper.start(beginning, listener, self.world.clock.now())
        self._tell_pump(*all_anew(list(self._sessions.values())))
        self.after(WATCH_SECONDS, "watch", self._keeper.turn)

    def _watch(self) -> None:
        why = self._keeper.watch(self.world.clock.now())
        if why:
            self._lost(why)
        else:
            self.after(WATCH_SECONDS, "watch", self._keeper.turn)

    def _lost(self, why: str) -> None:
        logger.error("media: pump lost: %s; %d sessions", why, len(self._sessions))
        pause = self._keeper.lose(self.world.clock.now())
        if pause:
            self.after(pause, "start", self._keeper.turn)
        else:
            self._start()

    def _state(self) -> MediaState:
        beat = self._keeper.beat
        return MediaState(
            running=self._keeper.ready,
            restarts=self._keeper.restarts,
            sessions=len(self._sessions),
            late_p50_ms=beat.late_p50_ms,
            late_p99_ms=beat.late_p99_ms,
            late_max_ms=beat.late_max_ms,
            skipped_ticks=beat.skipped_ticks,
            received=beat.received,
            sent=beat.sent,
            send_failures=beat.send_failures,
            strangers=beat.strangers,
            kernel_drops=beat.kernel_drops,
        )


def _tell(ref: Ref, said: PumpSaid) -> None:
    """Tell the actor from a thread that may outlive it."""
    with contextlib.suppress(pykka.ActorDeadError):
        ref.tell(said)
