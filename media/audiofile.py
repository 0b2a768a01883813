"""Audio files of any rate and number of channels (WAV, FLAC, OGG …) as 8000 Hz mono."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import soundfile
import soxr

from media.levels import RATE, Wave

_WAV_CUT = re.compile(r"^data : (\d+) \(should be (\d+)\)$", re.MULTILINE)
"""In libsndfile's account of a WAV file: the length its header tells, and the length there is."""
_WAV_STREAMED = 0x7FFF0000  # the header's length from here on: written to a pipe, length not known

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
            _check_header(file.extra_info)
            return _mono(file)
    except OSError as error:
        raise AudioFileError(f"cannot be read: {error.strerror or error}") from error
    except soundfile.LibsndfileError as error:
        why = error.error_string or "damaged or cut short"
        raise AudioFileError(f"not audio that can be read here: {why}") from error


def _check_length(seconds: float, longest: float) -> None:
    if seconds <= 0:
        raise AudioFileError("holds no audio")
    if seconds > longest:
        raise AudioFileError(f"too long: {seconds:.0f} s, at most {longest:.0f} s")


def _check_header(account: str) -> None:
    """Find WAV files of which only the beginning has arrived: libsndfile reads them as they are."""
    told = _WAV_CUT.search(account)
    if told and int(told[2]) < int(told[1]) < _WAV_STREAMED:
        raise AudioFileError(f"cut short: {told[2]} of {told[1]} bytes")


def _mono(file: soundfile.SoundFile) -> Wave:
    """Return the mean of the channels at 8000 Hz."""
    resample = soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float64", quality="VHQ")
    pieces: list[Wave] = []
    for block in file.blocks(_BLOCK_SECONDS * file.samplerate, dtype="float64", always_2d=True):
        if not np.isfinite(block).all():
            raise AudioFileError("damaged: holds values that are no numbers")
        pieces.append(resample.resample_chunk(block.mean(axis=1)))
    pieces.append(resample.resample_chunk(np.zeros(0), last=True))
    return np.concatenate(pieces)
