"""What the pump itself can say: prompts, music and silence, cut into G.711 frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from media import g711
from media.g711 import Law, Samples
from media.rtp import FRAME, Bytes, Ints

SILENCE_ROW = 0
DUCKED = 0.25
"""What is left of music under a prompt: 12 dB down. By itself it is 6 dB below speech, so that the
voice stands 18 dB above it."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Every sound in both laws, one 20 ms frame a row: `data` (2, rows, 160); row 0 is silence.

    `linear` (rows, 160): the same as samples, for what is mixed; `ducked`: turned down.
    A prompt is (first row, end row). Music i is `music_start[i]`, `music_length[i]` rows long.
    """

    data: Bytes
    linear: Samples
    ducked: Samples
    prompts: Mapping[str, tuple[int, int]]
    music: Mapping[str, int]
    music_start: Ints
    music_length: Ints

    @property
    def rows(self) -> int:
        """Rows of one law."""
        return int(self.data.shape[1])


def build(prompts: Mapping[str, Samples], music: Mapping[str, Samples]) -> Frames:
    """Cut samples (8,000 Hz) into frames.

    A prompt's last frame is filled up with silence. A ring of music loses what is over a whole
    frame, at most 19.9 ms, for its clock counts whole frames.
    """
    pieces: list[Samples] = [np.zeros((1, FRAME), np.int16)]
    at = 1
    spoken: dict[str, tuple[int, int]] = {}
    starts: list[int] = []
    lengths: list[int] = []
    for name, samples in prompts.items():
        piece = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
        spoken[name] = (at, at + len(piece))
        pieces.append(piece)
        at += len(piece)
    for samples in music.values():
        whole = max(len(samples) // FRAME, 1)
        piece = np.resize(samples, whole * FRAME).reshape(-1, FRAME)
        starts.append(at)
        lengths.append(whole)
        pieces.append(piece)
        at += whole
    linear = np.concatenate(pieces)
    data = np.stack([g711.encode(linear, law) for law in Law])
    numbers = {name: number for number, name in enumerate(music)}
    ducked = np.rint(linear * DUCKED).astype(np.int16)
    begin, length = np.array(starts, np.int64), np.array(lengths, np.int64)
    return Frames(data, linear, ducked, spoken, numbers, begin, length)


def load(prompts: Mapping[str, str], music: Mapping[str, str]) -> Frames:
    """Build from .npy files of int16 samples; OSError or ValueError where one cannot be read."""
    return build(
        {name: _samples(Path(path)) for name, path in prompts.items()},
        {name: _samples(Path(path)) for name, path in music.items()},
    )


def more(frames: Frames, prompts: Mapping[str, str], music: Mapping[str, str]) -> Frames:
    """Return the frames with these sounds behind all others: what plays now plays on.

    OSError or ValueError where one cannot be read.
    """
    new = load(prompts, music)
    rows, numbers = frames.rows, len(frames.music_start)
    spoken = {name: (start + rows, end + rows) for name, (start, end) in new.prompts.items()}
    classes = {name: number + numbers for name, number in new.music.items()}
    return Frames(
        np.concatenate([frames.data, new.data], axis=1),
        np.concatenate([frames.linear, new.linear]),
        np.concatenate([frames.ducked, new.ducked]),
        {**frames.prompts, **spoken},
        {**frames.music, **classes},
        np.concatenate([frames.music_start, new.music_start + rows]),
        np.concatenate([frames.music_length, new.music_length]),
    )


def _samples(path: Path) -> Samples:
    """Return the samples of one file."""
    found: Samples = np.load(path)
    if found.dtype != np.int16 or found.ndim != 1 or not len(found):
        raise ValueError(f"{path}: not int16 mono samples: {found.dtype}, shape {found.shape}")
    return found
