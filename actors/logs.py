"""The log: one line an event, written by a thread of its own so that no call waits for a disk."""

from __future__ import annotations

import atexit
import logging
import logging.handlers
import sys
import threading
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue

from actors.settings import Log

logger = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Lines that may wait for a slow disk: some 5 MB. Further ones are lost, and counted."""

CONTROLS = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)] if chr(code) != "\t"}
"""A display name with a line break or an escape must not forge a line or drive a terminal."""

SURROGATES = {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}
BYTES = {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}
"""A SIP message in the trace shows its bytes that are no UTF-8 (PEP 383) so."""

ESCAPED = {**CONTROLS, **SURROGATES, **BYTES}


class Lines(logging.Formatter):
    """``2026-11-23T00:51:16.123+00:00 info call: call t3k2a1-17: ...``; the rest is indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, or as one and its indented rest (a trace, a stack)."""
        at = datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")
        name = record.name.removeprefix("actors.")
        first, *rest = super().format(record).splitlines() or [""]
        told = [f"{at} {record.levelname.lower()} {name}: {first}", *(f"    {one}" for one in rest)]
        return "\n".join(one.translate(ESCAPED) for one in told)


class Behind(logging.handlers.QueueHandler):
    """Hands lines to the writing thread; never waits for it."""

    queue: SimpleQueue[logging.LogRecord]

    def __init__(self, waiting: SimpleQueue[logging.LogRecord]) -> None:
        super().__init__(waiting)
        self._lost = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        """Put the line in the queue, or count it as lost where too many wait."""
        if self.queue.qsize() >= MOST_WAITING:
            self._lost += 1
            return
        if self._lost:
            lost, self._lost = self._lost, 0
            text = f"{lost} lines lost: the log could not be written fast enough"
            self.queue.put(
                logging.LogRecord(__name__, logging.ERROR, __file__, 0, text, None, None)
            )
        self.queue.put(record)


class Writer(logging.handlers.QueueListener):
    """The thread that writes the lines."""

    def start(self) -> None:
        """Begin, and make sure that the end of the process writes what waits."""
        super().start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Write what waits, close the file, and end."""
        atexit.unregister(self.stop)
        super().stop()
        for handler in self.handlers:
            handler.close()


def configure(log: Log) -> Writer:
    """Send every line to the file (or to standard error); raise OSError where it cannot be opened.

    The file may be moved away at any time (logrotate): a new one is begun. Call once; what is
    returned has `stop()`, which writes what waits, and which the end of the process does too.
    """
    target = _target(log.file)
    target.setFormatter(Lines())
    waiting: SimpleQueue[logging.LogRecord] = SimpleQueue()
    listener = Writer(waiting, target)
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, Behind)]:
        root.removeHandler(old)
    root.addHandler(Behind(waiting))
    root.setLevel(log.level.upper())
    # Pykka tells every message at debug level; ours say which matter.
    logging.getLogger("pykka").setLevel(max(root.level, logging.INFO))
    threading.excepthook = _thread_died
    listener.start()
    return listener


def _target(file: str) -> logging.Handler:
    if not file:
        return logging.StreamHandler(sys.stderr)
    path = Path(file).expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    return logging.handlers.WatchedFileHandler(path, encoding="utf-8")


def _thread_died(died: threading.ExceptHookArgs) -> None:
    """Log what ended a thread, which Python itself only prints."""
    if died.exc_type is SystemExit or died.exc_value is None:
        return
    name = died.thread.name if died.thread else "unknown"
    logger.critical("thread %s died", name, exc_info=died.exc_value)
