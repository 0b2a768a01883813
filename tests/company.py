"""Tests side by side in several workers, and those that must be alone meanwhile."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

DOOR, ROOM = 0, 1
"""Bytes of the lock file. Whoever wants to be alone holds the door until the others are out."""


class Company:
    """What one worker knows of its run's other workers: whether a test of theirs is under way."""

    def __init__(self, run: str) -> None:
        self._path = Path(tempfile.gettempdir(), f"acd-tests-{run}.lock")
        self._file = self._path.open("a+b")

    @contextmanager
    def among_others(self) -> Generator[None]:
        """Let others run meanwhile, but for a test that must be alone: the first to come goes."""
        self._lock(DOOR, fcntl.LOCK_EX)
        self._lock(ROOM, fcntl.LOCK_SH)
        self._lock(DOOR, fcntl.LOCK_UN)
        yield
        self._lock(ROOM, fcntl.LOCK_UN)

    @contextmanager
    def alone(self) -> Generator[None]:
        """Wait until no other test is under way, and let none begin meanwhile."""
        self._lock(DOOR, fcntl.LOCK_EX)
        self._lock(ROOM, fcntl.LOCK_EX)
        yield
        self._lock(ROOM, fcntl.LOCK_UN)
        self._lock(DOOR, fcntl.LOCK_UN)

    def _lock(self, byte: int, how: int) -> None:
        fcntl.lockf(self._file, how, 1, byte)

    def close(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)
