"""What a phone heard: a tone, a known prompt and where, or nothing. Audio is int16 at 8,000 Hz."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 8000

Pcm = NDArray[np.int16]

LOUD = 300
"""A sample beyond this is no silence: that of G.711 is within 8."""


def is_loud(pcm: Pcm) -> bool:
    """Tell whether there is anything but silence."""
    return bool(np.abs(pcm.astype(np.int32)).max(initial=0) > LOUD)


def longest_black(pcm: Pcm) -> int:
    """Return the samples of the longest digital silence: stretch in which all are the same."""
    changes = np.flatnonzero(np.diff(pcm))
    return int(np.diff(np.concatenate(([-1], changes, [len(pcm) - 1]))).max())


def tone_share(pcm: Pcm, hertz: float) -> float:
    """Return the share of the energy that lies within 20 Hz of a tone, 0 to 1."""
    wave = pcm.astype(np.float64) * np.hanning(len(pcm))
    power = np.abs(np.fft.rfft(wave)) ** 2
    at = np.fft.rfftfreq(len(pcm), 1 / RATE)
    total = power.sum()
    return float(power[np.abs(at - hertz) < 20].sum() / total) if total else 0.0


def has_tone(pcm: Pcm, hertz: float) -> bool:
    """Tell whether this tone is nearly all that is heard."""
    return is_loud(pcm) and tone_share(pcm, hertz) > 0.9


class Match(NamedTuple):
    """Where something known begins in what was heard, and how like it that is (1: the same)."""

    at: int
    likeness: float


def find(known: Pcm, heard: Pcm) -> Match:
    """Return the best place of `known` in `heard` by normalised cross-correlation.

    Independent of level; G.711's quantising leaves a likeness above 0.99, music under speech that
    is 6 dB louder about 0.9, different speech less than 0.2.
    """
    assert len(heard) >= len(known), f"{len(heard)} samples heard, {len(known)} looked for"
    size = 1 << (len(heard) + len(known) - 1).bit_length()
    wave = known.astype(np.float64)
    field = heard.astype(np.float64)
    product = np.fft.irfft(np.fft.rfft(field, size) * np.conj(np.fft.rfft(wave, size)), size)
    product = product[: len(heard) - len(known) + 1]
    sums = np.concatenate(([0.0], np.cumsum(field**2)))
    energy = sums[len(known) :] - sums[: len(sums) - len(known)]
    # What is nearly silent is like nothing: half a sample value of noise keeps the division sane.
    likeness = product / np.sqrt((energy + 0.25 * len(known)) * (wave @ wave))
    at = int(likeness.argmax())
    return Match(at, float(likeness[at]))
