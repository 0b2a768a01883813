"""Editor: changes what exists while the server runs, whoever asks: REST, SIGHUP, the start.

It checks a change as the file is checked, has its sounds made, and only then lets the directory
follow. Whoever asks waits in his own thread; nothing here runs on the exchange.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pykka

from actors.config import ConfigError, load
from actors.config.changing import check_edit, found, laid_by
from actors.config.combining import Combined, combine, of_file, tables_of
from actors.config.differences import differing, in_words, need_restart
from actors.config.refusals import Refusal, refuse
from actors.config.writing import open_table
from actors.core.directory.overlay import Overlay, Table, Tables
from actors.exchange.clock import Clock
from actors.exchange.post import Post
from actors.ids import QueueName
from actors.messages.by import By
from actors.messages.changes import Change, Denied, Done, Edit, Found, Kind, Name, Reload, Reloaded
from actors.messages.directory import Exist
from actors.messages.facts import ConfigurationChanged, GetJournalState, JournalState
from actors.messages.media import LearnSounds
from actors.messages.views import GetSnapshot, QueueSnapshot
from actors.settings import Settings
from media.sounds import SoundError, Sounds, prepare

logger = logging.getLogger(__name__)

WAIT_SECONDS = 20.0
"""How long a change may wait for those before it: one whose prompts are spoken takes seconds."""

FOLLOW_SECONDS = 5.0
"""What the directory gets to follow: it takes milliseconds."""

DISK_SECONDS = 2.0
"""How long a change waits to be on the disk: a tenth of a second as a rule."""

POLL_SECONDS = 0.02


class Editor:
    """One change at a time. `path` is the file that `settings` come from, None in tests."""

    def __init__(  # noqa: PLR0913 - what a server is made of
        self,
        path: Path | None,
        settings: Settings,
        sounds: Sounds,
        post: Post,
        clock: Clock,
        *,
        make: Callable[[Settings], Sounds] = prepare,
    ) -> None:
        self._path = path
        self._post = post
        self._clock = clock
        self._make = make
        self._lock = threading.Lock()
        self._effective = of_file(settings)
        self._sounds = sounds

    @property
    def settings(self) -> Settings:
        """What is in effect."""
        return self._effective.settings

    @property
    def sounds(self) -> Sounds:
        """The sounds of it."""
        return self._sounds

    # -- at the start

    def begin(self, changes: Iterable[ConfigurationChanged]) -> None:
        """Lay over the file what was changed in earlier runs.

        What does not fit a file that was changed since is left out, and told: the file holds.
        """
        overlay: dict[tuple[Kind, Name], Table | None] = {}
        for one in changes:
            overlay[Kind(one.what), Name(one.name)] = json.loads(one.change or "null")
        while overlay:
            try:
                self._effective, self._sounds = self._made(self._effective.file, overlay)
            except Refusal as refusal:
                told = refusal.denied.detail
                wrong = [(k, n) for k, n in overlay if told.startswith(f"{k} {n}: ")]
                for kind, name in wrong or [*overlay]:
                    del overlay[kind, name]
                    logger.error(  # noqa: TRY400 - a refusal in words
                        "%s %s: what was changed at run time does not fit the file any more: %s",
                        kind,
                        name,
                        told,
                    )
            else:
                return

    # -- what is asked for

    def all(self, kind: Kind) -> list[Found]:
        """Return all there is of a kind, in order."""
        return [found(kind, *one) for one in self._effective.tables.of(kind).items()]

    def find(self, kind: Kind, name: Name) -> Found | None:
        """Return the thing, None where there is none."""
        table = self._effective.tables.of(kind).get(name)
        return None if table is None else found(kind, name, table)

    def edit(self, edit: Edit) -> Done | Denied:
        """Carry out one change."""
        try:
            with self._alone():
                return self._edit(edit)
        except Refusal as refusal:
            return refusal.denied

    def reload(self, wanted: Reload) -> Reloaded | Denied:
        """Follow the file: all of it, or nothing where anything in it is wrong."""
        try:
            with self._alone():
                return self._reload(wanted)
        except ConfigError as error:
            return Denied("invalid", str(error), tuple(("", one) for one in error.messages))
        except Refusal as refusal:
            return refusal.denied

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one change be made at a time; raises Refusal where those before take too long."""
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise refuse("late", "other changes are still under way; try again in a moment")
        try:
            yield
        finally:
            self._lock.release()

    # -- one change

    def _edit(self, edit: Edit) -> Done:
        before = self._effective
        created = edit.name not in before.tables.of(edit.kind)
        check_edit(edit, before.tables)
        if edit.kind is Kind.QUEUE and edit.change is Change.DELETE and not edit.drain:
            self._check_empty(edit.name)
        file = tables_of(before.file)
        overlay, changes = laid_by(edit, file, before.overlay, before.tables)
        after, sounds = self._made(before.file, overlay)
        self._follow(after, sounds, edit.by)
        self._write(before.tables, after, changes, edit.by)
        return Done(self.find(edit.kind, edit.name), created=created)

    def _check_empty(self, queue: Name) -> None:
        ref = self._post.queues().get(QueueName(queue))
        if ref is None:
            return
        try:
            shown: QueueSnapshot = ref.ask(GetSnapshot(), block=True, timeout=FOLLOW_SECONDS)
        except (pykka.Timeout, pykka.ActorDeadError) as error:
            raise refuse("late", f"queue {queue} does not answer") from error
        if shown.calls:
            calls = "1 call" if len(shown.calls) == 1 else f"{len(shown.calls)} calls"
            raise refuse(
                "in-use",
                f"queue {queue} has {calls}; with drain=true it takes no new ones, and is "
                "removed when they have ended",
            )

    # -- all of it

    def _made(self, file: Settings, overlay: Overlay) -> tuple[Combined, Sounds]:
        """Return what the file and the changes make, and its sounds; raises Refusal."""
        before = self._effective
        folder = self._path.parent if self._path else Path()
        after = combine(file, overlay, folder, before.read_as)
        was, now = before.settings, after.settings
        if (now.queues, now.music) == (was.queues, was.music):
            return after, self._sounds
        try:
            return after, self._make(now)
        except SoundError as error:
            raise refuse("invalid", str(error)) from error

    # -- carried out

    def _follow(self, after: Combined, sounds: Sounds, by: By) -> None:
        """Have the pump know the sounds, then everybody what exists; raises Refusal."""
        prompts = _new(self._sounds.prompts, sounds.prompts)
        music = _new(self._sounds.music, sounds.music)
        if prompts or music:
            self._post.to_media(LearnSounds(prompts, music))
        directory = self._post.role("directory")
        if directory is None:
            raise refuse("not-running", "the directory is not running")
        exist = Exist(after.settings.queues, after.settings.agents, by)
        try:
            directory.ask(exist, block=True, timeout=FOLLOW_SECONDS)
        except (pykka.Timeout, pykka.ActorDeadError) as error:
            raise refuse("late", "the directory does not answer") from error
        self._effective, self._sounds = after, sounds

    def _write(
        self, before: Tables, after: Combined, changed: Collection[tuple[Kind, Name]], by: By
    ) -> None:
        """Have the journal know what was changed, by whom, and what lies over the file now."""
        for kind, name in changed:
            was, now = before.of(kind).get(name), after.tables.of(kind).get(name)
            lies = (kind, name) in after.overlay
            self._post.to_journal(
                ConfigurationChanged(
                    self._clock.wall(),
                    kind.value,
                    name,
                    by,
                    None if was is None else json.dumps(open_table(was)),
                    None if now is None else json.dumps(open_table(now)),
                    json.dumps(after.overlay[kind, name]) if lies else None,
                )
            )
        if changed:
            self._wait_for_disk()

    def _wait_for_disk(self) -> None:
        """Return once the file has it, so that a kill -9 from now on costs nothing.

        Not for ever: where the disk is full the change holds, and /health tells of it.
        """
        journal = self._post.role("journal")
        until = time.monotonic() + DISK_SECONDS
        with contextlib.suppress(pykka.Timeout, pykka.ActorDeadError):
            while journal is not None and time.monotonic() < until:
                state: JournalState | None = journal.ask(
                    GetJournalState(), block=True, timeout=DISK_SECONDS
                )
                if state is None or not state.backlog:
                    return
                time.sleep(POLL_SECONDS)

    # -- the file

    def _reload(self, wanted: Reload) -> Reloaded:
        if self._path is None:
            raise refuse("state", "there is no file to be read")
        before = self._effective
        file = load(self._path)
        after, sounds = self._made(file, {} if wanted.take_file else before.overlay)
        changed = differing(before.tables, after.tables)
        lines = tuple(in_words(before.tables, after.tables, kind, name) for kind, name in changed)
        told = Reloaded(lines, tuple(need_restart(before.file, file)))
        if wanted.dry_run:
            return told
        self._follow(after, sounds, wanted.by)
        dropped = [*before.overlay] if wanted.take_file else []
        by_file = [one for one in changed if one not in before.overlay]
        self._write(before.tables, after, (*dropped, *by_file), wanted.by)
        return told


def _new(before: Mapping[Any, Path], after: Mapping[Any, Path]) -> dict[Any, str]:
    return {name: str(path) for name, path in after.items() if before.get(name) != path}
