"""Audio files of any rate and number of channels (WAV, FLAC, OGG …) as 8000 Hz mono."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr

from media.levels import RATE, Wave

_BLOCK_SECONDS = 10  # read in pieces: an hour of stereo at 48 kHz would take 1.4 GB at once


class AudioFileError(ValueError):
    """The file cannot be used; the text says why, without the file's name."""


def read(path: Path, longest: float) -> Wave:
    """Return the file's audio, channels mixed, at most `longest` seconds. Raises AudioFileError."""
    if not path.exists():
        raise AudioFileError("no such file")
    if not path.is_file():
        raise AudioFileError("not a file")
    if not path.stat().st_size:
        raise AudioFileError("empty")
    try:
        with soundfile.SoundFile(path) as file:
            _check_length(file.frames / file.samplerate, longest)
            return _mono(file)
    except OSError as error:
        raise AudioFileError(f"cannot be read: {error.strerror or error}") from error
    except soundfile.LibsndfileError as error:
        raise AudioFileError(f"not audio that can be read here: {error.error_string}") from error


def _check_length(seconds: float, longest: float) -> None:
    if seconds <= 0:
        raise AudioFileError("holds no audio")
    if seconds > longest:
        raise AudioFileError(f"too long: {seconds:.0f} s, at most {longest:.0f} s")


def _mono(file: soundfile.SoundFile) -> Wave:
    """Return the mean of the channels at 8000 Hz."""
    resample = soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float64", quality="VHQ")
    pieces: list[Wave] = []
    for block in file.blocks(_BLOCK_SECONDS * file.samplerate, dtype="float64", always_2d=True):
        if not np.isfinite(block).all():
            raise AudioFileError("damaged: holds values that are no numbers")
        pieces.append(resample.resample_chunk(block.mean(axis=1)))
    pieces.append(resample.resample_chunk(np.zeros(0), last=True))
    wave = np.concatenate(pieces)
    if not wave.size:
        raise AudioFileError("holds no audio")
    return wave
