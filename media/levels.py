"""Loudness, band and edges of audio: what makes every prompt and piece of music sound alike.

A `Wave` is float64, mono, 8000 Hz, full scale 1.0; `Pcm` is int16, mono, 8000 Hz. What the ear
compares is in LUFS (see loudness), other levels are in dBov (ITU-T G.100.1): dB relative to an RMS
of full scale.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from media import loudness

Wave = NDArray[np.float64]
Pcm = NDArray[np.int16]

RATE = 8000
"""Samples a second of everything made here: the clock of PCMU and PCMA."""
FRAME = 160
"""Samples in the 20 ms of one RTP packet; every piece is a whole number of them."""
FULL_SCALE = 32768.0

SPEECH_LUFS = -19.0
"""Prompts: loud for a telephone, as a caller listens beside a noisy street."""
MUSIC_LUFS = -25.0
"""Music by itself is 6 dB below speech; under a prompt it is turned down further (see ducking)."""
ROOM_DBOV = -70.0
"""A breath of noise under everything: digital silence sounds like a dead line."""
PEAK_DBOV = -3.0
"""No sample is over this: below the overload of both G.711 laws, with room for an echo on top."""
SILENCE_DBOV = -60.0
"""Quieter than this at its loudest is taken for no audio at all."""

LOW_HZ, HIGH_HZ = 300.0, 3400.0
"""The telephone band: what lies outside is lost on the way and only eats level."""

_TAPS = 161  # 165 Hz from pass to stop, and no more than 10 ms of ringing ahead of a sound
_LIMITER = 64  # samples: 8 ms, short for the ear, long against the 3.3 ms of 300 Hz
_ACTIVE_MARGIN_DB = (
    15.9  # ITU-T P.56, section 5: speech is what is at most this far below its level
)
_LEAD, _TAIL = RATE * 60 // 1000, RATE * 120 // 1000  # kept around speech, so that no word is cut
_FADE = RATE * 5 // 1000


class SilentError(ValueError):
    """There is nothing to hear in it."""


def rms_dbov(wave: Wave) -> float:
    """Return the level of the whole of it, pauses included; -inf for digital silence."""
    return _dbov(float(np.mean(np.square(wave)))) if wave.size else -np.inf


def peak_dbov(wave: Wave) -> float:
    """Return the level of the greatest sample, of either sign."""
    return _dbov(float(np.max(np.abs(wave))) ** 2) if wave.size else -np.inf


def active_dbov(wave: Wave) -> float:
    """Return the level of the parts in which there is sound, pauses left out.

    After ITU-T P.56 by 20 ms frames: the level whose frames at most 15.9 dB below it have just
    that mean power.
    """
    powers = _frame_powers(wave)
    margin = 10 ** (-_ACTIVE_MARGIN_DB / 10)
    level = 0.0
    active = powers[powers > 0.0]
    while active.size and (found := float(active.mean())) > level:
        level = found
        active = powers[powers >= level * margin]
    return _dbov(level)


def to_wave(pcm: Pcm) -> Wave:
    """Return int16 samples as floats."""
    return pcm.astype(np.float64) / FULL_SCALE


def to_pcm(wave: Wave) -> Pcm:
    """Return floats as int16 samples, rounded; what is over full scale is clipped."""
    scaled = np.rint(wave * FULL_SCALE)
    return np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def on_ring(process: Callable[[Wave], Wave], ring: Wave) -> Wave:
    """Return `process(ring)` as if the ring had neither start nor end: no seam to hear."""
    margin = max(_TAPS, 2 * _LIMITER)
    return process(np.pad(ring, margin, mode="wrap"))[margin:-margin]


def band_limit(wave: Wave) -> Wave:
    """Return what lies in the telephone band, without DC, not delayed."""
    if not wave.size:
        return wave
    kernel = _band_kernel()
    half = kernel.size // 2
    return np.convolve(wave - wave.mean(), kernel)[half : half + wave.size]


def limit(wave: Wave, ceiling_dbov: float = PEAK_DBOV) -> Wave:
    """Return the wave turned down smoothly around every peak above the ceiling.

    The gain at a sample is a weighted mean of minima over windows that all contain the sample, so
    never above what that sample needs.
    """
    ceiling = 10 ** (ceiling_dbov / 20)
    needed = ceiling / np.maximum(np.abs(np.pad(wave, _LIMITER)), ceiling)
    step = 1
    while step < _LIMITER:  # doubling: six passes make the minimum over 64 samples
        needed = np.minimum(needed[:-step], needed[step:])
        step *= 2
    weights = np.hanning(_LIMITER + 2)[1:-1]
    gain = np.convolve(needed, weights / weights.sum(), mode="valid")
    return wave * gain[1 : 1 + wave.size]


def trim(wave: Wave) -> Wave:
    """Return the wave from its first to its last sound, with 60 ms and 120 ms left around them.

    Sound is any 20 ms frame at most 30 dB below the active level: breath and final consonants are,
    the noise of a quiet room is not. Raises SilentError.
    """
    least = 10 ** ((_audible_dbov(wave) - 30.0) / 10)
    sounds = np.flatnonzero(_frame_powers(wave) >= least)
    start = int(sounds[0]) * FRAME - _LEAD
    end = (int(sounds[-1]) + 1) * FRAME + _TAIL
    kept = wave[max(start, 0) : end]
    return np.pad(kept, (max(-start, 0), max(end - wave.size, 0)))


def fade(wave: Wave) -> Wave:
    """Return the wave with 5 ms of raised cosine at both ends: they are zero and do not click."""
    length = min(_FADE, wave.size // 2)
    slope = 0.5 - 0.5 * np.cos(np.pi * np.arange(length) / max(length, 1))
    faded = wave.copy()
    faded[:length] *= slope
    faded[wave.size - length :] *= slope[::-1]
    return faded


def level(wave: Wave, lufs: float) -> Wave:
    """Return the wave at this loudness, no peak above the ceiling.

    Limiting takes some level away, so it is done up to four times, each with a little more gain.
    Raises SilentError.
    """
    levelled, gain = wave, 0.0
    for _ in range(4):
        _audible_dbov(levelled)
        gain += lufs - loudness.lufs(levelled, RATE)
        levelled = limit(wave * 10 ** (gain / 20))
    return levelled


def speech(wave: Wave) -> Pcm:
    """Return a prompt ready to be sent. Raises SilentError."""
    return to_pcm(in_a_room(sentence(wave)))


def sentence(wave: Wave) -> Wave:
    """Return a part of a prompt, as loud as the whole is to be. Raises SilentError."""
    return _piece(wave, SPEECH_LUFS)


def music(wave: Wave) -> Pcm:
    """Return a piece of music with a start and an end, ready to be sent. Raises SilentError."""
    return to_pcm(in_a_room(_piece(wave, MUSIC_LUFS)))


def music_ring(ring: Wave) -> Pcm:
    """Return a piece of music that goes on for ever; its length is a whole number of frames."""
    levelled = on_ring(lambda wave: level(wave, MUSIC_LUFS), on_ring(band_limit, ring))
    return to_pcm(in_a_room(levelled))


def in_a_room(wave: Wave) -> Wave:
    """Return the wave with the noise of a quiet room, the same each time: never digital silence."""
    noise = np.random.default_rng(2771).standard_normal(wave.size)
    return wave + noise * 10 ** (ROOM_DBOV / 20)


def whole_frames(wave: Wave) -> Wave:
    """Return the wave with silence added up to the next full 20 ms."""
    return np.pad(wave, (0, -wave.size % FRAME))


def _dbov(power: float) -> float:
    return 10.0 * float(np.log10(power)) if power > 0.0 else -np.inf


def _piece(wave: Wave, lufs: float) -> Wave:
    return whole_frames(fade(level(trim(band_limit(wave)), lufs)))


def _audible_dbov(wave: Wave) -> float:
    """Return the active level. Raises SilentError."""
    if (found := active_dbov(wave)) < SILENCE_DBOV:
        raise SilentError("silent")
    return found


def _frame_powers(wave: Wave) -> Wave:
    """Return the mean square of each 20 ms, the last one filled up with silence."""
    framed = whole_frames(wave).reshape(-1, FRAME)
    powers: Wave = np.einsum("ij,ij->i", framed, framed) / FRAME
    return powers


def _band_kernel() -> Wave:
    """Return a linear-phase FIR, 300 to 3400 Hz at -6 dB, Hamming window, zero at DC."""
    at = np.arange(_TAPS) - _TAPS // 2

    def low_pass(hertz: float) -> Wave:
        kernel: Wave = np.sinc(2 * hertz / RATE * at) * np.hamming(_TAPS)
        kernel /= kernel.sum()
        return kernel

    return low_pass(HIGH_HZ) - low_pass(LOW_HZ)
