"""Editor: changes what exists while the server runs, whoever asks: REST, SIGHUP, the start.

It checks a change as the file is checked, has its sounds made, and only then lets the directory
follow. Whoever asks waits in his own thread; nothing here runs on the exchange.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pykka

from actors.config import ConfigError, load
from actors.config.checks import check
from actors.config.faults import Fault, key
from actors.config.reader import Reader
from actors.config.writing import open_table, table_of
from actors.core.directory.overlay import (
    Overlay,
    Table,
    Tables,
    change_to,
    laid_over,
    memberships,
    parts,
    patched,
    split,
    whole_agent,
)
from actors.exchange.clock import Clock
from actors.exchange.post import Post
from actors.ids import QueueName
from actors.messages.by import By
from actors.messages.changes import (
    Change,
    Denied,
    Done,
    Edit,
    Found,
    Kind,
    Name,
    Reload,
    Reloaded,
)
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

MOST_THINGS = 100_000
"""Changes that lie over the file: a kilobyte each at most."""

FOLLOWED = ("queues", "agents", "music")
"""What of the settings a running server follows; all else is read at a start only."""


@dataclass(slots=True)
class _State:
    """What is in effect: the file, what lies over it, and what both make."""

    file: Settings
    overlay: Overlay
    tables: Tables
    settings: Settings
    sounds: Sounds
    kept: Mapping[tuple[Kind, Name], tuple[Table, Any]] = field(default_factory=dict)
    """What each table was read as: what has not changed is not read again."""


class Wrong(Exception):  # noqa: N818 - a refusal, not a failure
    """A change cannot be made."""

    def __init__(self, denied: Denied) -> None:
        super().__init__(denied.detail)
        self.denied = denied


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
        base = tables_of(settings)
        self._state = _State(settings, {}, base, settings, sounds)

    @property
    def settings(self) -> Settings:
        """What is in effect."""
        return self._state.settings

    @property
    def sounds(self) -> Sounds:
        """The sounds of it."""
        return self._state.sounds

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
                self._state = self._made(self._state.file, overlay)
            except Wrong as wrong:
                culprits = [found for found in overlay if _names(wrong.denied, found)] or [*overlay]
                for kind, name in culprits:
                    del overlay[kind, name]
                    logger.error(  # noqa: TRY400 - a refusal in words
                        "%s %s: what was changed at run time does not fit the file any more: %s",
                        kind,
                        name,
                        wrong.denied.detail,
                    )
            else:
                return

    # -- what is asked for

    def all(self, kind: Kind) -> list[Found]:
        """Return all there is of a kind, in order."""
        tables = self._state.tables
        return [_found(kind, name, table) for name, table in tables.of(kind).items()]

    def find(self, kind: Kind, name: Name) -> Found | None:
        """Return the thing, None where there is none."""
        table = self._state.tables.of(kind).get(name)
        return None if table is None else _found(kind, name, table)

    def edit(self, edit: Edit) -> Done | Denied:
        """Carry out one change."""
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            return Denied("late", "other changes are still under way; try again in a moment")
        try:
            return self._edit(edit)
        except Wrong as wrong:
            return wrong.denied
        finally:
            self._lock.release()

    def reload(self, wanted: Reload) -> Reloaded | Denied:
        """Follow the file: all of it, or nothing where anything in it is wrong."""
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            return Denied("late", "other changes are still under way; try again in a moment")
        try:
            return self._reload(wanted)
        except ConfigError as error:
            return Denied("invalid", str(error), tuple(("", one) for one in error.messages))
        except Wrong as wrong:
            return wrong.denied
        finally:
            self._lock.release()

    # -- one change

    def _edit(self, edit: Edit) -> Done | Denied:
        state = self._state
        old = state.tables.of(edit.kind).get(edit.name)
        self._may(edit, old)
        changes = self._changes(edit, old)
        overlay = {**state.overlay, **changes}
        if len(overlay) > MOST_THINGS:
            raise Wrong(
                Denied("too-many", f"at most {MOST_THINGS} things may differ from the file")
            )
        after = self._made(state.file, overlay)
        self._follow(after, edit.by)
        self._write(state.tables, after, changes, edit.by)
        return Done(self.find(edit.kind, edit.name), created=old is None)

    def _may(self, edit: Edit, old: Table | None) -> None:
        kind, name = edit.kind, edit.name
        if edit.change is Change.CREATE and old is not None:
            raise Wrong(Denied("exists", f"there is a {kind} {name} already"))
        if edit.change in {Change.PATCH, Change.DELETE} and old is None:
            raise Wrong(Denied(f"no-such-{kind}", f"there is no {kind} {name}"))
        if edit.version is not None and (old is None or edit.version != _version(old)):
            present = "it is not there" if old is None else f'its version is "{_version(old)}"'
            raise Wrong(Denied("version", f"the {kind} {name} was changed meanwhile: {present}"))
        if kind is Kind.MEMBER and edit.change is not Change.DELETE:
            for of, one in zip((Kind.QUEUE, Kind.AGENT), parts(name), strict=True):
                if one not in self._state.tables.of(of):
                    raise Wrong(Denied(f"no-such-{of}", f"there is no {of} {one}"))
        if kind is Kind.QUEUE and edit.change is Change.DELETE and not edit.drain:
            self._is_empty(name)

    def _is_empty(self, queue: Name) -> None:
        ref = self._post.queues().get(QueueName(queue))
        if ref is None:
            return
        try:
            found: QueueSnapshot = ref.ask(GetSnapshot(), block=True, timeout=FOLLOW_SECONDS)
        except (pykka.Timeout, pykka.ActorDeadError) as error:
            raise Wrong(Denied("late", f"queue {queue} does not answer")) from error
        if found.calls:
            calls = "1 call" if len(found.calls) == 1 else f"{len(found.calls)} calls"
            raise Wrong(
                Denied(
                    "in-use",
                    f"queue {queue} has {calls}; with drain=true it takes no new ones, and is "
                    "removed when they have ended",
                )
            )

    def _changes(self, edit: Edit, old: Table | None) -> dict[tuple[Kind, Name], Table | None]:
        """Return what lies over the file for it, and for the memberships that go with it."""
        kind, name = edit.kind, edit.name
        base = tables_of(self._state.file).of(kind).get(name)
        if edit.change is Change.DELETE:
            tables = self._state.tables
            own = (one for one in tables.member if kind is not Kind.MEMBER and name in parts(one))
            of_kind = [one for one in own if parts(one)[kind is Kind.AGENT] == name]
            return {(kind, name): None, **{(Kind.MEMBER, one): None for one in of_kind}}
        given = dict(edit.table or {})
        if kind is not Kind.MEMBER:
            own_name = "name" if kind is Kind.QUEUE else "id"
            if given.setdefault(own_name, name) != name:
                raise Wrong(_invalid([Fault((own_name,), f"must be {name}, or left out")]))
        unknown = (
            {"queues", "level", "weight", "order"} & given.keys() if kind is Kind.AGENT else ()
        )
        if unknown:
            told = "belongs to the membership: PUT /api/v1/queues/{queue}/members/{agent}"
            raise Wrong(_invalid([Fault((one,), told) for one in sorted(unknown)]))
        if edit.change is Change.PATCH and old is not None:
            patch = {**given}
            whole = patched(old, patch)
            before = self._state.overlay.get((kind, name)) or {}
            return {(kind, name): {**before, **{one: whole.get(one) for one in patch}}}
        return {(kind, name): change_to(base, given)}

    # -- all of it

    def _made(self, file: Settings, overlay: Overlay) -> _State:
        """Return what the file and the changes make; raises Wrong."""
        before = self._state
        tables = laid_over(tables_of(file), overlay)
        reader = Reader(self._folder(), file.voice.model)
        kept: dict[tuple[Kind, Name], tuple[Table, Any]] = {}
        queues = [
            self._read(reader, Kind.QUEUE, name, table, kept)
            for name, table in tables.queue.items()
        ]
        own = memberships(tables)
        agents = [
            self._read(reader, Kind.AGENT, name, whole_agent(tables, name, own[name]), kept)
            for name in tables.agent
        ]
        settings = replace(file, queues=tuple(queues), agents=tuple(agents))
        if faults := [*check(settings)]:
            raise Wrong(_invalid(faults))
        sounds = before.sounds
        known = before.settings
        if settings.queues != known.queues or settings.music != known.music:
            try:
                sounds = self._make(settings)
            except SoundError as error:
                raise Wrong(Denied("invalid", str(error))) from error
        read_tables = tables_of(settings)
        return _State(file, overlay, read_tables, settings, sounds, kept)

    def _read(
        self,
        reader: Reader,
        kind: Kind,
        name: Name,
        table: Table,
        kept: dict[tuple[Kind, Name], tuple[Table, Any]],
    ) -> Any:
        known = self._state.kept.get((kind, name))
        if known is None or known[0] != table:
            one = reader.queue(table) if kind is Kind.QUEUE else reader.agent(table)
            if reader.faults:
                raise Wrong(_invalid(reader.faults, f"{kind} {name}: "))
            known = (table, one)
        kept[kind, name] = known
        return known[1]

    def _folder(self) -> Path:
        return self._path.parent if self._path else Path()

    # -- carried out

    def _follow(self, after: _State, by: By) -> None:
        """Have the pump know the sounds, then everybody what exists; raises Wrong."""
        before = self._state
        prompts = _new(before.sounds.prompts, after.sounds.prompts)
        music = _new(before.sounds.music, after.sounds.music)
        if prompts or music:
            self._post.to_media(LearnSounds(prompts, music))
        directory = self._post.role("directory")
        if directory is None:
            raise Wrong(Denied("not-running", "the directory is not running"))
        exist = Exist(after.settings.queues, after.settings.agents, by)
        try:
            directory.ask(exist, block=True, timeout=FOLLOW_SECONDS)
        except (pykka.Timeout, pykka.ActorDeadError) as error:
            raise Wrong(Denied("late", "the directory does not answer")) from error
        self._state = after

    def _write(
        self,
        before: Tables,
        after: _State,
        changes: Mapping[tuple[Kind, Name], Table | None],
        by: By,
        *,
        lies: bool = True,
    ) -> None:
        """Have the journal know what was changed, by whom, and what lies over the file now."""
        for (kind, name), change in changes.items():
            was, now = before.of(kind).get(name), after.tables.of(kind).get(name)
            self._post.to_journal(
                ConfigurationChanged(
                    self._clock.wall(),
                    kind.value,
                    name,
                    by,
                    None if was is None else json.dumps(open_table(was)),
                    None if now is None else json.dumps(open_table(now)),
                    json.dumps(change) if lies else None,
                )
            )
        if changes:
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

    def _reload(self, wanted: Reload) -> Reloaded | Denied:
        if self._path is None:
            return Denied("state", "there is no file to be read")
        state = self._state
        file = load(self._path)
        after = self._made(file, {} if wanted.take_file else state.overlay)
        changed = _differing(state.tables, after.tables)
        lines = tuple(_line(state.tables, after.tables, kind, name) for kind, name in changed)
        needs_restart = tuple(_needs_restart(state.file, file))
        if wanted.dry_run:
            return Reloaded(lines, needs_restart)
        self._follow(after, wanted.by)
        if wanted.take_file:
            self._write(state.tables, after, dict.fromkeys(state.overlay), wanted.by, lies=False)
        of_file = {one: None for one in changed if one not in state.overlay}
        self._write(state.tables, after, of_file, wanted.by, lies=False)
        return Reloaded(lines, needs_restart)


def tables_of(settings: Settings) -> Tables:
    """Return the settings' queues, agents and memberships as tables."""
    return split(map(table_of, settings.queues), map(table_of, settings.agents))


def _found(kind: Kind, name: Name, table: Table) -> Found:
    return Found(kind, name, open_table(table), _version(table))


def _version(table: Table) -> str:
    """Return what is the same for as long as the thing is: also after a restart."""
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()[:16]


def _invalid(faults: Iterable[Fault], where: str = "") -> Denied:
    told = [(_pointer(fault), fault.text) for fault in faults]
    words = "; ".join(f"{key(fault.at)}: {fault.text}" for fault in faults)
    return Denied("invalid", f"{where}{words}", tuple(told))


def _pointer(fault: Fault) -> str:
    """Return the place as a JSON pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in fault.at)
    return "".join(f"/{step}" for step in steps)


def _names(denied: Denied, found: tuple[Kind, Name]) -> bool:
    kind, name = found
    return denied.detail.startswith(f"{kind} {name}: ")


def _new(before: Mapping[Any, Path], after: Mapping[Any, Path]) -> dict[Any, str]:
    return {name: str(path) for name, path in after.items() if before.get(name) != path}


def _differing(before: Tables, after: Tables) -> list[tuple[Kind, Name]]:
    return [
        (kind, name)
        for kind in Kind
        for name in dict.fromkeys((*before.of(kind), *after.of(kind)))
        if before.of(kind).get(name) != after.of(kind).get(name)
    ]


def _line(before: Tables, after: Tables, kind: Kind, name: Name) -> str:
    """Return in words what has become of a thing."""
    was, now = before.of(kind).get(name), after.of(kind).get(name)
    what = f"{kind} {name}"
    if was is None or now is None:
        return f"{what}: {'added' if was is None else 'removed'}"
    was, now = open_table(was), open_table(now)
    keys = [one for one in dict.fromkeys((*was, *now)) if was.get(one) != now.get(one)]
    return f"{what}: changed: {', '.join(keys) or 'pin'}"


def _needs_restart(before: Settings, after: Settings) -> Iterable[str]:
    for one in fields(Settings):
        was, now = getattr(before, one.name), getattr(after, one.name)
        if one.name in FOLLOWED or was == now:
            continue
        if not is_dataclass(was):
            yield f"[[{one.name.removesuffix('s')}]]"
            continue
        for setting in fields(was):
            if getattr(was, setting.name) != getattr(now, setting.name):
                yield f"[{one.name}] {setting.name}"
