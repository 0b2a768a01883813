"""The cache of ready-made audio: 8000 Hz mono int16 in .npy files, named by what they hold."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np

from media.levels import Pcm

RECIPE = 3
"""Part of every name: raise it when the same text or file is to sound different."""


def entry(cache: Path, kind: str, *parts: str) -> Path:
    """Return where audio of this kind, made from these parts, is kept."""
    said = "\0".join((str(RECIPE), kind, *parts))
    return cache / f"{kind}-{hashlib.sha256(said.encode()).hexdigest()[:24]}.npy"


def digest(path: Path) -> str:
    """Return the hash of a file's contents. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(path: Path) -> Pcm | None:
    """Return the audio of an entry, or None where it is missing, cut short or not ours."""
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if not isinstance(found, np.ndarray) or found.dtype != np.int16 or found.ndim != 1:
        return None
    return found if found.any() else None


def save(path: Path, pcm: Pcm) -> None:
    """Write an entry in one step: a reader sees all of it or none, after a power cut too.

    Raises OSError.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-", suffix=".npy")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, pcm, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
