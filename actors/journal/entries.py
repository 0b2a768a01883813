"""Calls that came in, given to the kernel before anything else: what a kill -9 cannot take away."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from actors.exchange.clock import Clock
from actors.ids import CallId
from actors.messages.facts import CallEntered

logger = logging.getLogger(__name__)

FILES = 2
TURN_BYTES = 256 * 1024
"""A file of this size makes way for the other: some 1,000 calls."""

MOST_BYTES = 16 * 1024 * 1024
"""While the journal itself cannot be written the file grows: up to here, some 80,000 calls."""

LATE_SECONDS = 0.02
"""Callers do not wait longer for it than this."""

Told = Callable[[CallId], None]

_DECODER = msgspec.json.Decoder(CallEntered)


class Entry(NamedTuple):
    """A call that entered: its fact's number, and when it was handed over (monotonic seconds)."""

    seq: int
    fact: CallEntered
    since: float


def path_of(journal: Path, number: int) -> Path:
    """Return where the number-th file of entries is."""
    return journal.with_name(f"{journal.name}-entered-{number}")


def left(journal: Path) -> Iterator[CallEntered]:
    """Yield the calls that a run before has noted, whatever became of them; raises OSError.

    The last line of a run that was killed may be half a line: it was never answered.
    """
    for number in range(FILES):
        path = path_of(journal, number)
        for line in path.read_bytes().splitlines() if path.is_file() else ():
            with contextlib.suppress(msgspec.DecodeError):
                yield _DECODER.decode(line)


class Entries:
    """Notes calls by one write of a line each, without fsync, on a thread of its own.

    No database stands between and nobody's lock; a disk that hangs holds up this thread only. Once
    the journal has a file's last call (`committed`), the file is used anew.
    """

    def __init__(self, journal: Path, clock: Clock, told: Told) -> None:
        self.committed = 0
        """The number of the last fact that the journal has."""
        self.failed = 0
        """Calls that could not be noted at all."""
        self._late = 0
        self._clock = clock
        self._told = told
        self._files = [_File(path_of(journal, number)) for number in range(FILES)]
        self._file = self._files[0]
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._waiting: deque[Entry] = deque()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="entries", daemon=True)

    def book(self, seq: int, fact: CallEntered) -> None:
        """Note the call soon, and tell then; returns at once."""
        entry = Entry(seq, fact, self._clock.now())
        self._waiting.append(entry)
        self._queue.put(entry)

    def late(self) -> int:
        """Return how many calls were not noted within LATE_SECONDS: they were answered without."""
        limit = self._clock.now() - LATE_SECONDS
        return self._late + sum(one.since < limit for one in tuple(self._waiting))

    def dead(self) -> bool:
        """Tell whether the thread has died."""
        return self._thread.ident is not None and not self._closed and not self._thread.is_alive()

    def start(self, seq: int) -> None:
        """Begin to write; what the files hold is in the journal once that has fact `seq`."""
        for file in self._files:
            file.last = seq
        self._thread.start()

    def close(self, seconds: float) -> None:
        """Write what waits, for so long at most, and end; nothing where it was never started."""
        self._closed = True
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(seconds)

    # -- the thread

    def _run(self) -> None:
        for file in self._files:  # now: later there may be no descriptor left
            with contextlib.suppress(OSError):
                file.open()
        ended = False
        while not ended:
            batch = self._take()
            ended = batch[-1] is None
            entries = [one for one in batch if one is not None]
            if entries:
                self._note(entries)
        for file in self._files:
            file.close(empty=file.last <= self.committed)

    def _take(self) -> list[Entry | None]:
        """Wait for a call, and return it with all that have come meanwhile."""
        batch = [self._queue.get()]
        with contextlib.suppress(queue.Empty):
            while batch[-1] is not None:
                batch.append(self._queue.get_nowait())
        return batch

    def _note(self, entries: list[Entry]) -> None:
        try:
            self._turn()
            self._file.write(entries)
        except (OSError, ValueError) as error:
            if not self.failed:
                logger.error("journal: %s: %s", self._file.path, error)  # noqa: TRY400
            self.failed += len(entries)
        limit = self._clock.now() - LATE_SECONDS
        for one in entries:
            self._waiting.popleft()
            self._late += one.since < limit
            self._told(one.fact.call)

    def _turn(self) -> None:
        """Go over to a file of which the journal has everything, where this one is long enough."""
        if self._file.size < TURN_BYTES:
            return
        for file in self._files:
            if file.last <= self.committed:
                file.empty()
                self._file = file
                return


class _File:
    """One file of entries, a line each; `last` is the number of the last one in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.last = 0
        self._fd: int | None = None
        self._torn = False

    def write(self, entries: list[Entry]) -> None:
        """Append them by one write; raises OSError, and ValueError for what is no text."""
        fd = self.open()
        lines = [msgspec.json.encode(one.fact) for one in entries]
        data = b"\n".join([*([b""] if self._torn else []), *lines, b""])
        if self.size + len(data) > MOST_BYTES:
            raise OSError("full: the journal could not be written for too long")
        # A line that is only half there, of ours or of a run before, is ended by the next one.
        self._torn = True
        if os.write(fd, data) < len(data):
            raise OSError("no room for a whole line")
        self._torn = False
        self.size += len(data)
        self.last = entries[-1].seq

    def empty(self) -> None:
        """Begin anew; raises OSError."""
        os.ftruncate(self.open(), 0)
        self.size = 0

    def close(self, *, empty: bool) -> None:
        """Close it, emptied where nobody needs what is in it."""
        with contextlib.suppress(OSError):
            if empty and self.path.exists():
                self.empty()
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def open(self) -> int:
        """Return the open file; where it was deleted, another. Raises OSError."""
        if self._fd is not None and not os.fstat(self._fd).st_nlink:
            os.close(self._fd)
            self._fd = None
        if self._fd is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._fd = os.open(self.path, flags, 0o644)
            self.size = os.fstat(self._fd).st_size
            self._torn = self.size > 0
        return self._fd
