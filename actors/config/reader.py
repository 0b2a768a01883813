"""Tables of a parsed file to dataclasses: the fields' types and defaults say how."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from actors.config.faults import At, Fault, meant
from actors.config.prompts import (
    ACCEPT_TEXT,
    LOGIN_PROMPTS,
    REASON_TEXT,
    file_fault,
    recorded,
    spoken,
    text_fault,
)
from actors.config.rules import NOT_EMPTY, RULES, SECRET, Rule
from actors.ids import MusicClass
from actors.settings import Accept, Agent, Music, PauseReason, Prompt, Queue, Settings, Sip, Voice

T = TypeVar("T")

TABLES = {
    "queues": "queue",
    "agents": "agent",
    "peers": "peer",
    "callers": "caller",
    "pause_reasons": "pause_reason",
}
"""Settings' lists of tables are written one at a time: ``[[queue]]``."""

NOTHING: dict[type, Any] = {str: "", int: 0, float: 0.0, bool: False}
"""Stands for a required value that is missing, so that the rest of the table is still read."""


WORDS = {
    str: 'a text in "quotes"',
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


class Wrong(Exception):  # noqa: N818 - says what would be right
    """A value is not of the type it must be."""


class Reader:
    """Reads one file's tables; what is wrong gathers in `faults`, and reading goes on."""

    def __init__(self, folder: Path, model: str) -> None:
        self.folder = folder
        self.model = model
        self.faults: list[Fault] = []

    @classmethod
    def of(cls, table: dict[str, object], folder: Path) -> Reader:
        """Return a reader for the file's tables; the voice is part of every prompt's id."""
        voice = table.get("voice")
        model = voice.get("model") if isinstance(voice, dict) else None
        return cls(folder, model if isinstance(model, str) else Voice().model)

    def settings(self, table: dict[str, object]) -> Settings:
        """Return the whole configuration."""
        return self._table(Settings, table, ())

    def queue(self, table: object) -> Queue:
        """Return one queue, faults told at the keys of its table."""
        return self._table(Queue, table, ())

    def agent(self, table: object) -> Agent:
        """Return one agent, likewise."""
        return self._table(Agent, table, ())

    # -- tables

    def _table(self, cls: type[T], raw: object, at: At) -> T:
        if not isinstance(raw, dict):
            raise Wrong(f"must be a table: [{at[-1]}] or {{...}}")
        hints = typing.get_type_hints(cls)
        # is_dataclass() holds, but type[T] cannot say so.
        known = {_key(cls, one.name): one for one in fields(cls)}  # type: ignore[arg-type]
        if cls is not Prompt:
            self._unknown(raw, known, at)
        values = {
            one.name: self._field(cls, one, hints[one.name], raw, at) for one in known.values()
        }
        if cls is Accept and values["prompt"] is None:
            values["prompt"] = self._spoken(ACCEPT_TEXT.format(key=values["key"]))
        if cls is PauseReason and values["prompt"] is None and values["key"]:
            values["prompt"] = self._spoken(REASON_TEXT.format(**values))
        return cls(**values)

    def _unknown(self, raw: dict[str, object], known: Iterable[str], at: At) -> None:
        left = [name for name in known if name not in raw]
        for name in raw:
            if name not in known:
                self._fault((*at, name), f"unknown key; {meant(name, left or known)}")

    def _field(self, cls: type, one: Field[Any], kind: Any, raw: dict[str, object], at: At) -> Any:
        name = _key(cls, one.name)
        where = (*at, name)
        default = self._default(one, kind)
        if name not in raw:
            if default is MISSING:
                self._fault(where, "missing: it must be given")
                return _nothing(kind)
            return default
        try:
            value = self._value(kind, raw[name], where, RULES.get((cls, one.name)))
        except Wrong as error:
            self._fault(where, _told(error, raw[name], name))
            return _nothing(kind) if default is MISSING else default
        if raw[name] == [] and (cls, one.name) in NOT_EMPTY:
            self._fault(where, "must name at least one")
        return self._whole(cls, one.name, value)

    def _default(self, one: Field[Any], kind: Any) -> Any:
        if one.default_factory is dict:
            return self._by_name(kind, {}, (), None)
        if is_dataclass(kind) and one.default is not MISSING:
            return self._table(typing.cast("type", kind), {}, ())
        return one.default

    def _whole(self, cls: type, name: str, value: Any) -> Any:
        """Queues that name no music hear `default`, so it is there beside the operator's own."""
        if (cls, name) != (Settings, "music") or any(one.name == "default" for one in value):
            return value
        return (*value, Music(MusicClass("default")))

    # -- values

    def _value(self, kind: Any, raw: object, at: At, rule: Rule | None) -> Any:
        kind = _plain(kind)
        if kind is Prompt:
            return self._prompt(raw)
        if is_dataclass(kind):
            return self._table(typing.cast("type", kind), raw, at)
        if typing.get_origin(kind) is tuple:
            return self._list(typing.get_args(kind)[0], raw, at, rule)
        if typing.get_origin(kind) is dict:
            return self._by_name(kind, raw, at, rule)
        if kind is Path:
            return self._path(raw, at)
        value = _scalar(kind, raw)
        if rule and (right := rule(value)):
            raise Wrong(right)
        return value

    def _list(self, kind: Any, raw: object, at: At, rule: Rule | None) -> tuple[Any, ...]:
        tables = is_dataclass(kind) and kind is not Prompt
        if not isinstance(raw, list):
            raise Wrong(f"must be tables: [[{at[-1]}]]" if tables else "must be a list: [...]")
        found: list[Any] = []
        for index, one in enumerate(raw):
            where = (*at, index)
            try:
                value = self._value(kind, one, where, rule)
            except Wrong as error:
                self._fault(where, _told(error, one, None))
                continue
            if value in found and not tables:
                self._fault(where, "stands in this list twice")
            found.append(value)
        return tuple(found)

    def _by_name(self, kind: Any, raw: object, at: At, rule: Rule | None) -> dict[str, Any]:
        """Return a table whose keys are names: purposes of prompts, queues, or skills."""
        if not isinstance(raw, dict):
            raise Wrong(f"must be a table: [{at[-1]}] or {{...}}")
        inner = typing.get_args(kind)[1]
        if inner is Prompt:
            return self._login_prompts(raw, at)
        found: dict[str, Any] = {}
        for name, one in raw.items():
            try:
                found[name] = self._value(inner, one, (*at, name), rule)
            except Wrong as error:
                self._fault((*at, name), _told(error, one, name))
        return found

    def _path(self, raw: object, at: At) -> Path:
        path = Path(_scalar(str, raw)).expanduser()
        if not path.name:
            raise Wrong("must be the path of a file")
        if "files" in at:
            return self._audio(self.folder / path)
        return path

    def _audio(self, file: Path) -> Path:
        if wrong := file_fault(file):
            raise Wrong(wrong)
        return file

    # -- prompts

    def _prompt(self, raw: object) -> Prompt:
        if isinstance(raw, str):
            return self._spoken(raw)
        if not isinstance(raw, dict) or len(raw) != 1 or not raw.keys() <= {"say", "file"}:
            raise Wrong('must be a text, {say = "text"} or {file = "name.wav"}')
        (name, value), *_ = raw.items()
        text = _scalar(str, value)
        if name == "say":
            return self._spoken(text)
        return recorded(self._audio(self.folder / Path(text).expanduser()))

    def _spoken(self, text: str) -> Prompt:
        if wrong := text_fault(text):
            raise Wrong(wrong)
        return spoken(text, self.model)

    def _login_prompts(self, raw: dict[str, object], at: At) -> dict[str, Prompt]:
        """Return a prompt for every purpose: the operator's, or the one we come with."""
        self._unknown(raw, LOGIN_PROMPTS, at)
        prompts = {}
        for purpose, text in LOGIN_PROMPTS.items():
            prompts[purpose] = spoken(text, self.model)
            if purpose in raw:
                where = (*at, purpose)
                try:
                    prompts[purpose] = self._prompt(raw[purpose])
                except Wrong as error:
                    self._fault(where, _told(error, raw[purpose], None))
        return prompts

    def _fault(self, at: At, text: str) -> None:
        self.faults.append(Fault(at, text))


def _key(cls: type, name: str) -> str:
    return TABLES.get(name, name) if cls in (Settings, Sip) else name


def _plain(kind: Any) -> Any:
    """Return the type behind ``X | None`` and behind a NewType."""
    if typing.get_origin(kind) in {types.UnionType, typing.Union}:
        kind = next(one for one in typing.get_args(kind) if one is not type(None))
    return getattr(kind, "__supertype__", kind)


def _nothing(kind: Any) -> Any:
    return NOTHING.get(_plain(kind))


def _scalar(kind: Any, raw: object) -> Any:
    """Return the value; a whole number will do for a float, but true is not a number."""
    if kind is float and type(raw) is int:
        return float(raw)
    if type(raw) is not kind:
        raise Wrong(f"must be {WORDS[kind]}")
    return raw


def _told(error: Wrong, raw: object, name: object) -> str:
    """Say what would be right, and what is there instead: never a secret, never a whole table."""
    told = str(error)
    if name in SECRET or isinstance(raw, dict | list) or not told.startswith("must"):
        return told
    if isinstance(raw, bool):
        return f"{told}; is {str(raw).lower()}"
    return f'{told}; is "{raw}"' if isinstance(raw, str) else f"{told}; is {raw}"
