"""The lock beside a journal: one server writes a file, and a second one is told who that is."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

MOST_BYTES = 100


class LockedError(OSError):
    """Another server has this journal open."""


class Lock:
    """An advisory lock (flock) on ``<journal>-lock``; the kernel drops it with the process.

    On a file of its own, as SQLite locks and unlocks the database itself, and as backups and
    reports may have that open at any time. The file stays when the lock goes: were it deleted, two
    servers could each lock one of that name.
    """

    def __init__(self, journal: Path) -> None:
        self.path = journal.with_name(f"{journal.name}-lock")
        self._fd: int | None = None

    def take(self) -> None:
        """Take it at once; raises LockedError where another process has it, OSError."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(fd, MOST_BYTES, 0).decode("ascii", "replace").strip()
            os.close(fd)
            raise LockedError(
                f"another server uses it (process {holder or 'unknown'}): "
                "stop that one, or give this one a journal of its own"
            ) from None
        except OSError:
            os.close(fd)
            raise
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def release(self) -> None:
        """Let the next server have the journal; nothing happens where the lock is not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
