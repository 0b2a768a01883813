"""The lock beside a journal: one server writes a file, and a second one is told who that is."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import NamedTuple

MOST_BYTES = 100


class LockedError(OSError):
    """Another server has this journal open."""


class Mark(NamedTuple):
    """Word left in the lock's file: this run was alive at `at`, in Unix seconds."""

    run: int = 0
    at: float = 0.0


class Lock:
    """An advisory lock (flock) on ``<journal>-lock``; the kernel drops it with the process.

    On a file of its own, as SQLite locks and unlocks the database itself, and as backups and
    reports may have that open at any time. The file stays when the lock goes: were it deleted, two
    servers could each lock one of that name. In it: ``<process> <run> <alive at>``.
    """

    def __init__(self, journal: Path) -> None:
        self.path = journal.with_name(f"{journal.name}-lock")
        self.mark = Mark()
        """What the run before left; until `alive`."""
        self._fd: int | None = None

    def take(self) -> None:
        """Take it at once; raises LockedError where another process has it, OSError."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            process, self.mark = _read(fd)
        except BlockingIOError:
            process, _ = _read(fd)
            os.close(fd)
            raise LockedError(
                f"another server uses it (process {process or 'unknown'}): "
                "stop that one, or give this one a journal of its own"
            ) from None
        except OSError:
            os.close(fd)
            raise
        self._fd = fd
        self._write(self.mark)

    def hold(self) -> None:
        """Take it anew where its file was deleted; raises as `take` does."""
        if self._fd is None:
            return
        ours = os.fstat(self._fd)
        with contextlib.suppress(FileNotFoundError):
            there = self.path.stat()
            if (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
                return
        old, mark = self._fd, self.mark
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.take()
        os.close(old)
        self.mark = mark
        self._write(mark)

    def alive(self, run: int, at: float) -> None:
        """Leave word, for the next start, that this run is alive now; raises OSError."""
        self.mark = Mark(run, at)
        self._write(self.mark)

    def release(self) -> None:
        """Let the next server have the journal; nothing happens where the lock is not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _write(self, mark: Mark) -> None:
        """Write all of it at once, over what is there: blanks fill what was longer."""
        if self._fd is not None:
            text = f"{os.getpid()} {mark.run} {mark.at:.3f}"
            os.pwrite(self._fd, f"{text:<60}\n".encode(), 0)


def _read(fd: int) -> tuple[str, Mark]:
    words = os.pread(fd, MOST_BYTES, 0).decode("ascii", "replace").split()
    mark = Mark()
    with contextlib.suppress(ValueError, IndexError):
        mark = Mark(int(words[1]), float(words[2]))
    return (words[0] if words else ""), mark
