"""Music under a prompt: turned down in a slope before the voice, and up again after it. Pure.

Music fades in by the same slopes wherever it begins. Nothing jumps, and no pause is black.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from media import g711
from media.g711 import Law
from media.rtp import FRAME, Bytes, Ints
from media.sessions import Table
from media.sources import DUCKED, Frames

FULL = 1.0
DOWN, UP = 0.25, 0.0625
"""A tick: from full to ducked in 60 ms, which is how long a prompt begins with nothing, and back in
240 ms. The ear takes what changes within 30 ms for a click, and slower than that for a hand."""
_ALONG = (np.arange(FRAME, dtype=np.float32) + 1) / FRAME
"""How far along its slope each sample of a tick is."""


def blend(table: Table, frames: Frames, slots: Ints, voice: Ints, music: Ints) -> Bytes:
    """Return the payloads (n, 160) of legs whose music changes its level or lies under a prompt.

    `voice` and `music` are rows of Frames, `voice` that of silence where nothing is said. Moves the
    legs' `gain` on by a tick.
    """
    before = table.gain[slots]
    target = np.where(table.cursor[slots] >= 0, np.float32(DUCKED), np.float32(FULL))
    after = np.clip(target, before - np.float32(DOWN), before + np.float32(UP))
    table.gain[slots] = after
    # Most are neither going down nor up: whole numbers, which take half the time.
    samples = np.add(frames.ducked[music], frames.linear[voice], dtype=np.int32)
    sloping = np.flatnonzero((before != DUCKED) | (after != DUCKED))
    if len(sloping):
        slope = before[sloping, None] + (after - before)[sloping, None] * _ALONG
        samples[sloping] = np.rint(slope * frames.linear[music[sloping]])
        samples[sloping] += frames.linear[voice[sloping]]
    return _encoded(np.clip(samples, -32768, 32767).astype(np.int16), table.law[slots])


def _encoded(samples: npt.NDArray[np.int16], law: npt.NDArray[np.uint8]) -> Bytes:
    payloads = g711.encode(samples, Law.MU)
    other = law == Law.A
    if other.any():
        payloads[other] = g711.encode(samples[other], Law.A)
    return payloads
