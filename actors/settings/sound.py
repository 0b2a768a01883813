"""What is heard and how it travels: RTP, voice, prompts, music."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actors.ids import MusicClass, PromptId

DEFAULT_MUSIC = MusicClass("default")


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """``[media]``: where RTP is spoken, and with which codecs.

    `silent_seconds`, `quiet_seconds`: after how much silence a phone in a talk, and any other, is
    asked whether it is there; see messages.media.
    """

    address: str = "0.0.0.0"  # noqa: S104 - a server for phones on the network
    advertise: str = ""
    port: int = 40000
    pool_first: int = 40002
    pool_last: int = 40198
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    silent_seconds: float = 2.0
    quiet_seconds: float = 30.0
    learning_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something to say: `text` for the built-in voice, or an audio `file`; exactly one of them."""

    id: PromptId
    text: str | None = None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Music:
    """``[[music]]``: one class of music; without files the built-in loop."""

    name: MusicClass
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """``[voice]``: who speaks the prompts, and where the spoken audio is cached."""

    model: str = "en_US-joe-medium"
    cache: Path = Path("~/.cache/acd/prompts")


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is said to waiting callers every `every` seconds, one after another in turn."""

    prompts: tuple[Prompt, ...] = ()
    every: float = 30.0
