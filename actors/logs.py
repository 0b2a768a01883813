"""The log: one line an event, written by a thread of its own so that no call waits for a disk."""

from __future__ import annotations

import atexit
import logging
import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from actors.exchange.clock import Clock
from actors.settings import Log

logger = logging.getLogger(__name__)

GATHER_SECONDS = 0.05
"""How long a line waits for others: some 20 writes a second, whatever is told."""

STOP_SECONDS = 1.0
"""What the last lines get to be written where the disk hangs."""

MOST_WAITING = 10_000
"""Lines that may wait for a slow disk: some 5 MB. Further ones are lost, and counted."""

CONTROLS = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)] if chr(code) != "\t"}
"""A display name with a line break or an escape must not forge a line or drive a terminal."""

SURROGATES = {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}
BYTES = {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}
"""A SIP message in the trace shows its bytes that are no UTF-8 (PEP 383) so."""

PLAIN = frozenset({str, int, float, bool, type(None)})
"""Arguments that the writer may put into the text: nobody can change them meanwhile."""

ESCAPED = {**CONTROLS, **SURROGATES, **BYTES}


class Record(logging.LogRecord):
    """A record without what no line tells: where in the code it was made, on which thread.

    Python's own takes 5 us to make, this one 1.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - as logging makes it
        self,
        name: str,
        level: int,
        pathname: str,  # noqa: ARG002
        lineno: int,  # noqa: ARG002
        msg: object,
        args: Any,
        exc_info: Any,
        func: str | None = None,  # noqa: ARG002
        sinfo: str | None = None,
        **_unused: object,
    ) -> None:
        self.name = name
        self.msg = msg
        if args and len(args) == 1 and isinstance(args[0], Mapping) and args[0]:
            args = args[0]
        self.args = args
        self.levelname = logging.getLevelName(level)
        self.levelno = level
        self.exc_info = exc_info
        self.exc_text = None
        self.stack_info = sinfo
        self.created = self.msecs = 0.0
        # What other formatters than ours ask for.
        self.pathname = self.filename = self.module = ""
        self.lineno = 0


class Behind(logging.Handler):
    """Keeps records for the writing thread; never waits for it, and wakes it for the first only.

    What a record says is put together by that thread. Where an argument may change meanwhile, or
    may be touched by its own thread only (an object of pjsua2, a traceback), it is done at once.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.waiting: deque[logging.LogRecord] = deque()
        self.asleep = False
        """The writer waits for the bell: set by it before it looks for records once more."""
        self._clock = clock
        self._lost = 0

    def handle(self, record: logging.LogRecord) -> bool:
        """Keep the record, without the lock that logging's own handlers take."""
        try:
            self.emit(record)
        except Exception:  # noqa: BLE001 - a line must not end what it tells of
            self.handleError(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record, or count it as lost where too many wait."""
        if len(self.waiting) >= MOST_WAITING:
            self._lost += 1
            return
        record.created = self._clock.wall()
        _settle(record)
        if self._lost:
            lost, self._lost = self._lost, 0
            self.waiting.append(self._told(lost, record.created))
        self.waiting.append(record)
        if self.asleep:
            self.asleep = False
            self.bell.put(None)

    @staticmethod
    def _told(lost: int, at: float) -> logging.LogRecord:
        text = f"{lost} lines lost: the log could not be written fast enough"
        record = logging.LogRecord(__name__, logging.ERROR, __file__, 0, text, None, None)
        record.created = at
        return record


def _settle(record: logging.LogRecord) -> None:
    """Leave nothing in the record that another thread must not touch."""
    if record.exc_info:
        record.exc_text = record.exc_text or _FORMATTER.formatException(record.exc_info)
        record.exc_info = None
    args = record.args
    if args and not (isinstance(args, tuple) and PLAIN.issuperset(map(type, args))):
        record.msg, record.args = record.getMessage(), None


_FORMATTER = logging.Formatter()


class Lines:
    """``2026-11-23T00:51:16.123+00:00 info call: call t3k2a1-17: ...``; the rest is indented."""

    def __init__(self) -> None:
        self._second = -1
        self._date = self._zone = ""

    def of(self, record: logging.LogRecord) -> str:
        """Return the record as one line, or as one and its indented rest (a trace, a stack)."""
        name = record.name.removeprefix("actors.")
        first, *rest = self._text(record).splitlines() or [""]
        told = f"{self._at(record.created)} {record.levelname.lower()} {name}: {first}"
        return "".join(
            f"{one if one.isprintable() else one.translate(ESCAPED)}\n"
            for one in (told, *(f"    {line}" for line in rest))
        )

    @staticmethod
    def _text(record: logging.LogRecord) -> str:
        try:
            text = record.getMessage()
        except Exception as error:  # noqa: BLE001 - the other lines are written all the same
            text = f"{record.msg!r} with {record.args!r}: {error}"
        return "\n".join(part for part in (text, record.exc_text, record.stack_info) if part)

    def _at(self, created: float) -> str:
        """Return the local time; that of one second is made once."""
        second = int(created)
        if second != self._second:
            self._second = second
            at = datetime.fromtimestamp(second).astimezone()
            self._date, self._zone = at.isoformat()[:19], at.isoformat()[19:]
        return f"{self._date}.{int((created - second) * 1000):03d}{self._zone}"


class Target(Protocol):
    """Where lines go."""

    def write(self, text: str) -> None:
        """Write it all; raises OSError."""

    def close(self) -> None:
        """Write nothing more."""


class Stderr:
    """Standard error."""

    @staticmethod
    def write(text: str) -> None:
        """Write it all; raises OSError."""
        sys.stderr.write(text)
        sys.stderr.flush()

    def close(self) -> None:
        """Leave it open: others write there, too."""


class File:
    """A file, which may be moved away at any time (logrotate): a new one is begun."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = self._open()

    def write(self, text: str) -> None:
        """Write it all; raises OSError."""
        self._follow()
        left = memoryview(text.encode())
        while left:
            left = left[os.write(self._fd, left) :]

    def close(self) -> None:
        """Close it; the next write opens it again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _follow(self) -> None:
        if self._fd >= 0:
            ours = os.fstat(self._fd)
            try:
                there = self._path.stat()
            except FileNotFoundError:
                there = None
            if there and (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
                return
            self.close()
        self._fd = self._open()

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        return os.open(self._path, flags, 0o644)


class Writer:
    """The thread that writes the lines."""

    def __init__(self, behind: Behind, target: Target) -> None:
        self._behind = behind
        self._target = target
        self._lines = Lines()
        self._lost = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, and make sure that the end of the process writes what waits."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Write what waits, close the file, and end."""
        atexit.unregister(self.stop)
        self._stopping.set()
        self._behind.bell.put(None)
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._sleep()
            self._write()
            self._stopping.wait(GATHER_SECONDS)
        self._write()
        self._target.close()

    def _sleep(self) -> None:
        """Return when there is something to write, or to end."""
        behind = self._behind
        behind.asleep = True
        if not behind.waiting and not self._stopping.is_set():
            behind.bell.get()
        behind.asleep = False

    def _write(self) -> None:
        """Write what waits by one write; what cannot be written is counted, and told of later."""
        waiting = self._behind.waiting
        count = len(waiting)
        if not count:
            return
        text = "".join([self._lines.of(waiting.popleft()) for _ in range(count)])
        if self._lost:
            text = f"... {self._lost} lines are missing here: they could not be written\n{text}"
        try:
            self._target.write(text)
            self._lost = 0
        except OSError:
            self._lost += count


def configure(log: Log, clock: Clock) -> Writer:
    """Send every line to the file (or to standard error); raise OSError where it cannot be opened.

    Call once; what is returned has `stop()`, which writes what waits, and which the end of the
    process does too.
    """
    target: Target = File(Path(log.file).expanduser()) if log.file else Stderr()
    behind = Behind(clock)
    writer = Writer(behind, target)
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, Behind)]:
        root.removeHandler(old)
    root.addHandler(behind)
    root.setLevel(log.level.upper())
    # Pykka tells every message at debug level; ours say which matter.
    logging.getLogger("pykka").setLevel(max(root.level, logging.INFO))
    # Not told, so not found out for each line: who logs it, on which thread of which process
    # (Logging HOWTO, "Optimization").
    logging._srcfile = None  # noqa: SLF001 - as the HOWTO says
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.setLogRecordFactory(Record)
    threading.excepthook = _thread_died
    writer.start()
    return writer


def _thread_died(died: threading.ExceptHookArgs) -> None:
    """Log what ended a thread, which Python itself only prints."""
    if died.exc_type is SystemExit or died.exc_value is None:
        return
    name = died.thread.name if died.thread else "unknown"
    logger.critical("thread %s died", name, exc_info=died.exc_value)
