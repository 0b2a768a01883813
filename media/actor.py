"""MediaActor: the calls' RTP sessions, carried out by the pump that it keeps running."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from actors.exchange.actor import World
from actors.ids import MusicClass, PromptId
from actors.messages.media import (
    Aim,
    Bridge,
    Close,
    Closed,
    GetMediaState,
    LearnSounds,
    LegFigures,
    MediaSilent,
    MediaUnreachable,
    NoMedia,
    Open,
    Opened,
    Play,
    Played,
    PlayMusic,
    StopPlaying,
    Unbridge,
)
from actors.messages.sip import DigitPressed, KeySource
from actors.settings import MediaSettings
from media.book import Book, Session, aiming
from media.control import (
    CloseSession,
    Command,
    Event,
    Join,
    Learn,
    Learned,
    Part,
    PlayPrompts,
    Pressed,
    PromptsPlayed,
    SessionClosed,
    SetMusic,
    Silent,
    Start,
    StopPrompts,
    Unreachable,
)
from media.doors import open_doors, own_address
from media.figures import figures
from media.keeper import Keeper
from media.ports import NoPort
from media.pump_actor import FlushPump, PumpActor, PumpSaid, PumpStarted, WatchPump
from media.sessions import Table
from media.sounds import Sounds

logger = logging.getLogger(__name__)

_TICKS_A_SECOND = 50


class MediaActor(PumpActor):
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
        doors = open_doors(settings)
        beginning = Start(
            [door.rtp.fileno() for door in doors],
            [door.control.fileno() if door.control else None for door in doors],
            int(world.clock.now() * 1e9),
            round(settings.silent_seconds * _TICKS_A_SECOND),
            round(settings.quiet_seconds * _TICKS_A_SECOND),
            round(settings.learning_seconds * _TICKS_A_SECOND),
            {str(name): str(path) for name, path in sounds.prompts.items()},
            {str(name): str(path) for name, path in sounds.music.items()},
        )
        super().__init__(world, beginning, keeper)
        self._settings = settings
        self._sounds = sounds
        self._doors = doors
        self._book = Book(len(doors) - 1, chance or random.SystemRandom())
        self._table = Table(self._keeper.memory.map)

    def on_stop(self) -> None:
        """End the pump and give the ports back."""
        super().on_stop()
        for door in self._doors:
            door.close()

    def handle(self, message: Any) -> Any:
        """Do what a call or the pump says."""
        match message:
            case WatchPump() | PumpStarted() | PumpSaid() | FlushPump():
                self._of_pump(message)
            case GetMediaState():
                return self._keeper.state(len(self._book))
            case LearnSounds(prompts, music):
                self._learn(prompts, music)
            case Open():
                self._open(message)
            case Bridge(one, other):
                self._bridge(self._book.get(one), self._book.get(other))
            case _:
                self._on_leg(self._book.get(message.leg), message)
        return None

    def handle_fault(self, message: Any) -> None:
        """Close the session that could not be opened or closed as it should."""
        if not isinstance(message, Open | Close):
            return
        session = self._book.get(message.leg)
        if session is not None:
            session.closing = True
            self._tell_pump(CloseSession(session.slot))
        if isinstance(message, Open):
            self.post.to_call(message.leg.call, NoMedia(message.leg, "a fault of the server"))

    # -- what calls want

    def _open(self, message: Open) -> None:
        # First of all: where no descriptor is left to find it out, there is no session either.
        address = own_address(self._settings, message.source)
        session = self._book.get(message.leg)
        if session is None:
            try:
                session = self._book.open(message)
            except NoPort as why:
                self.post.to_call(message.leg.call, NoMedia(message.leg, str(why)))
                return
            self._tell_pump(session.line)
            if session.remote is not None:
                self._tell_pump(aiming(session, session.remote, window=True))
        port = self._doors[session.door].rtp.getsockname()[1]
        self.post.to_call(session.leg.call, Opened(session.leg, address, port))

    def _on_leg(self, session: Session | None, message: Any) -> None:
        """Carry out a message about one leg; about one without a session there is nothing to do."""
        if session is not None:
            self._change(session, message)
        elif isinstance(message, Close):
            self.post.to_call(message.leg.call, Closed(message.leg, LegFigures()))
        else:
            logger.debug("no session for %r", message)

    def _change(self, session: Session, message: Any) -> None:
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
            case Unbridge():
                self._book.part(session)
                self._tell_pump(Part(slot))
            case Close():
                self._book.part(session)
                session.closing = True
                self._tell_pump(CloseSession(slot))
            case _:
                raise TypeError(f"not a message to media: {message!r}")

    def _aim(self, session: Session, message: Aim) -> None:
        remote, before = message.remote, session.remote
        try:
            if not self._book.aim(session, message.codec, remote):
                logger.warning("call %s: another session's address: %r", session.leg, remote)
        except NoPort as why:
            logger.warning("call %s: its audio stays as it was: %s", session.leg, why)
            return
        window = before is None or before.version != remote.version
        self._tell_pump(aiming(session, remote, window=window))

    def _play(self, session: Session, message: Play) -> None:
        known = [str(prompt) for prompt in message.prompts if prompt in self._sounds.prompts]
        if len(known) < len(message.prompts):
            logger.error("call %s: not every prompt is there: %r", session.leg, message.prompts)
        session.says = PlayPrompts(session.slot, known, message.token, resumed=False)
        self._tell_pump(session.says)

    def _learn(self, prompts: dict[PromptId, str], music: dict[MusicClass, str]) -> None:
        """Have the pump know more sounds, and each that comes after it."""
        paths = {name: Path(path) for name, path in prompts.items()}
        classes = {name: Path(path) for name, path in music.items()}
        known = self._sounds
        self._sounds = Sounds({**known.prompts, **paths}, {**known.music, **classes})
        lesson = Learn(
            {str(name): path for name, path in prompts.items()},
            {str(name): path for name, path in music.items()},
        )
        start = self._beginning
        self._beginning = start._replace(
            prompts={**start.prompts, **lesson.prompts}, music={**start.music, **lesson.music}
        )
        self._tell_pump(lesson)

    def _bridge(self, one: Session | None, other: Session | None) -> None:
        if one is None or other is None or one is other:
            logger.debug("no bridge: a session is gone")
            return
        self._book.join(one, other)
        self._tell_pump(Join(one.slot, other.slot))

    # -- what the pump says

    def _on_event(self, event: Command | Event) -> None:
        match event:
            case (
                PromptsPlayed() | Pressed() | Silent() | Unreachable() | Learned() | SessionClosed()
            ):
                session = self._book.at(event.slot)
                if session is not None:
                    self._on_session(session, event)

    def _on_session(self, session: Session, event: Command | Event) -> None:
        leg = session.leg
        match event:
            case PromptsPlayed(_, token) if session.says and session.says.token == token:
                session.says = None
                self.post.to_call(leg.call, Played(leg, token))
            case Pressed(_, digit):
                self.post.to_call(leg.call, DigitPressed(leg, digit, KeySource.RTP))
            case Silent(_, seconds):
                self.post.to_call(leg.call, MediaSilent(leg, seconds))
            case Unreachable(_, why):
                self.post.to_call(leg.call, MediaUnreachable(leg, why))
            case Learned(_, address, port):
                logger.info("call %s: leg %d: its audio comes from %s:%d", *leg, address, port)
            case SessionClosed():
                self._closed(session, event)

    def _closed(self, session: Session, last: SessionClosed) -> None:
        self._book.remove(session)
        self.post.to_call(session.leg.call, Closed(session.leg, LegFigures(*last[1:])))

    # -- what a new pump is told

    def _forget_closing(self) -> None:
        for session in self._book.closing():
            self._closed(session, figures(self._table, session.slot))

    def _all_anew(self) -> Iterable[Command]:
        return self._book.all_anew(self._begun)

    def _begun(self, session: Session) -> bool:
        """Return whether the row of the session is its own, or what another left there."""
        return int(self._table.ssrc[session.slot]) == session.line.ssrc

    def _sessions(self) -> int:
        return len(self._book)
