"""The voice: speaks texts with piper, in a process of its own (``python -m media.voice``).

Its own process because onnxruntime keeps some 200 MB that the server needs once, if at all. One
JSON object comes in on standard input, ``{"model": path, "orders": [[text, path], …]}``; for each
order the audio is written to its path and a JSON line, null or what was wrong, goes out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import soxr
from piper import PiperVoice, SynthesisConfig

from media import levels, soundcache
from media.levels import Pcm, Wave

SEED = 2771
"""The same list of texts is spoken the same way every time, down to the sample."""
SLOWER = 1.15
"""The voice by itself says 3.5 words a second, too fast for a telephone; so it says 3.1."""
PAUSE_SECONDS = 0.35
"""Between two sentences, on top of the 0.18 s left around each."""


def load(model: Path) -> PiperVoice:
    """Return the voice of an .onnx model with its .onnx.json beside it."""
    onnxruntime.set_seed(SEED)
    return PiperVoice.load(model)


def speak(voice: PiperVoice, text: str) -> Pcm:
    """Return the text as a prompt, each sentence at the same level. Raises SilentError."""
    how = SynthesisConfig(length_scale=SLOWER, normalize_audio=False)
    pause = np.zeros(int(PAUSE_SECONDS * levels.RATE))
    pieces: list[Wave] = []
    for chunk in voice.synthesize(text, how):
        sentence = soxr.resample(
            chunk.audio_float_array.astype(np.float64), chunk.sample_rate, levels.RATE, "VHQ"
        )
        pieces += [levels.sentence(sentence), pause]
    if not pieces:
        raise levels.SilentError("nothing in it can be spoken")
    return levels.speech(np.concatenate(pieces))


def main() -> None:
    """Speak what standard input orders."""
    asked = json.load(sys.stdin)
    voice = load(Path(asked["model"]))
    for text, path in asked["orders"]:
        wrong = None
        try:
            soundcache.save(Path(path), speak(voice, text))
        except (levels.SilentError, OSError) as error:
            wrong = str(error)
        sys.stdout.write(json.dumps(wrong) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
