"""How loud audio is to the ear, in LUFS (ITU-R BS.1770-5), mono. Pure.

A `Wave` as in levels. Half the energy of a telephone's band lies where the ear is keenest, which is
why an RMS says little of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]

_OFFSET = -0.691
"""A full-scale sine of 997 Hz is -3.01 LUFS."""
_BLOCK_SECONDS, _OVERLAP = 0.4, 4
_ABSOLUTE_GATE = -70.0
_RELATIVE_GATE = -10.0
"""LU: what is so much below the loudness of the rest is a pause, and does not count."""
_RECOMMENDED_RATE = 48000
_SHELF = (
    1.53512485958697,
    -2.69169618940638,
    1.19839281085285,
    -1.69065929318241,
    0.73248077421585,
)
_HIGH_PASS = (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621)
"""The K-weighting's two filters as b0, b1, b2, a1, a2 of the recommendation, for 48,000 Hz; here
their response is applied to the spectrum, so that any rate is weighed the same."""
_RINGING_SECONDS = 0.5


def lufs(wave: Wave, rate: int) -> float:
    """Return the integrated loudness, pauses left out; -inf where there is nothing to hear."""
    powers = _block_powers(k_weighted(wave, rate), rate)
    heard = powers[_loudness(powers) > _ABSOLUTE_GATE]
    if not heard.size:
        return -np.inf
    gate = float(_loudness(heard.mean())) + _RELATIVE_GATE
    return float(_loudness(heard[_loudness(heard) > gate].mean()))


def k_weighted(wave: Wave, rate: int) -> Wave:
    """Return the wave as the ear weighs it: less of the lowest, 4 dB more above 2 kHz."""
    size = wave.size + round(_RINGING_SECONDS * rate)
    spectrum = np.fft.rfft(wave, size)
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size, 1 / rate) / _RECOMMENDED_RATE)
    for b0, b1, b2, a1, a2 in (_SHELF, _HIGH_PASS):
        spectrum *= (b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)
    return np.fft.irfft(spectrum, size)[: wave.size]


def _block_powers(wave: Wave, rate: int) -> Wave:
    """Return the mean square of each 400 ms, one beginning every 100 ms; of a shorter wave, its."""
    size = round(_BLOCK_SECONDS * rate)
    if wave.size <= size:
        return np.array([np.mean(np.square(wave))] if wave.size else [0.0])
    sums = np.concatenate(([0.0], np.cumsum(np.square(wave))))
    starts = np.arange(0, wave.size - size + 1, size // _OVERLAP)
    return (sums[starts + size] - sums[starts]) / size


def _loudness(power: Wave | np.float64) -> Wave:
    """Return LUFS of mean squares."""
    return np.asarray(_OFFSET + 10 * np.log10(np.maximum(power, 1e-20)))
