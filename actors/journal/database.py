"""The journal's SQLite file while the server runs: written, watched, and begun anew where lost."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from actors.journal import rows, schema
from actors.journal.backlog import Batch
from actors.journal.migration import run_each
from actors.journal.standing import Standing
from actors.messages.facts import Gap

logger = logging.getLogger(__name__)

BUSY_SECONDS = 1.0
"""How long SQLite itself waits for another process's lock."""

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""Primary result codes by which SQLite says that a file is none of its own."""

PRIMARY = 0xFF
"""The bits of a result code that are the primary one."""

SUFFIXES = ("", "-wal", "-shm")
"""The files that one database is."""

Connecting = Callable[[Path], sqlite3.Connection]

Identity = tuple[int, int]
"""Device and inode."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file; transactions are begun and ended explicitly.

    With WAL and synchronous=NORMAL a power cut may cost the last transactions, never the file.
    """
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


class Database:
    """Appends batches to the file at `path`.

    SQLite goes on writing into a file that has no name any more, and says nothing. So the file is
    looked at before each batch: one that was deleted or moved away is begun anew, with all that the
    next start needs; what is there in its place and is no copy of it is put aside, never written.
    """

    def __init__(self, path: Path, node: str, connecting: Connecting) -> None:
        self.anew = 0
        """How often the file was lost and begun anew."""
        self._path = path
        self._node = node
        self._connecting = connecting
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._wal_path = Path(f"{path}-wal")
        self._wal: Identity | None = None
        self._suspect = False
        self.standing = Standing()

    def write(self, batch: Batch) -> None:
        """Append the batch in one transaction; raises sqlite3.Error or OSError: nothing was."""
        try:
            if self.lost():
                self._leave()
            if self._connection is None:
                self._connection = self._open()
            self._append(self._connection, batch)
        except BaseException as error:
            code = getattr(error, "sqlite_errorcode", None)
            damaged = code is not None and code & PRIMARY in {*DAMAGED, sqlite3.SQLITE_ERROR}
            self._suspect = self._suspect or damaged
            self.close()
            raise
        self.standing.note(batch.rows)

    @property
    def last(self) -> int:
        """The number of the last fact that was written."""
        return self.standing.last

    def lost(self) -> bool:
        """Tell whether the open file is no longer the one at its path."""
        return self._connection is not None and _identity(self._path) != self._identity

    def close(self) -> None:
        """Leave a transaction that failed, and whatever state the connection is in."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _append(self, connection: sqlite3.Connection, batch: Batch) -> None:
        connection.execute("BEGIN IMMEDIATE")
        if batch.lost:
            rows.add(connection, [self._gap(batch)])
        rows.add(connection, batch.rows)
        connection.execute("COMMIT")
        self._wal = _identity(self._wal_path)

    def _gap(self, batch: Batch) -> rows.Row:
        """Return the row that stands for what was lost: it takes the number of the last of them."""
        first = batch.rows[0]
        gap = Gap(float(first[rows.AT] or 0.0), batch.lost)
        return rows.row_of(int(first[rows.SEQ] or 0) - 1, self._node, gap)

    # -- a file that is lost

    def _leave(self) -> None:
        """Let go of a file that was deleted or moved, and complete it where it still has a name."""
        logger.error("journal: %s was deleted or replaced", self._path)
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
        if self._wal is not None and _identity(self._wal_path) == self._wal:
            # SQLite would read what is in it into whatever file stands here now.
            self._wal_path.unlink()

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        first = self._identity is None
        connection = self._connecting(self._path) if first else self._open_again()
        self._identity = _identity(self._path)
        self._suspect = False
        return connection

    def _open_again(self) -> sqlite3.Connection:
        same = _identity(self._path) == self._identity
        if same and not self._suspect:
            return self._connecting(self._path)
        connection = self._find()
        if not (same and self._continues(connection)):
            self._begin_anew(connection)
        return connection

    def _find(self) -> sqlite3.Connection:
        """Return a connection to a file that is new, or a copy of ours; put any other aside."""
        connection = None
        with contextlib.suppress(sqlite3.DatabaseError):
            connection = self._connecting(self._path)
            if _is_new(connection) or self._continues(connection):
                return connection
        if connection is not None:
            connection.close()
        self._put_aside()
        return self._connecting(self._path)

    def _continues(self, connection: sqlite3.Connection) -> bool:
        """Tell whether this is a copy of our journal; raises sqlite3.DatabaseError."""
        if connection.execute("PRAGMA user_version").fetchone() != (schema.VERSION,):
            return False
        run, *_ = connection.execute(schema.LAST_RUN).fetchone() or (None,)
        seq, _ = connection.execute(schema.LAST).fetchone() or (0, 0.0)
        return run == self.standing.run and seq <= self.standing.last

    def _begin_anew(self, connection: sqlite3.Connection) -> None:
        """Make the tables where there are none, and have in the file what the next start needs."""
        connection.execute("BEGIN IMMEDIATE")
        if _is_new(connection):
            run_each(connection, schema.SCHEMA)
            connection.execute(f"PRAGMA user_version = {schema.VERSION}")
        rows.add(connection, self.standing.rows(), missing=True)
        connection.execute("COMMIT")
        self.anew += 1
        logger.warning("journal: %s was begun anew", self._path)

    def _put_aside(self) -> None:
        aside = next(
            name
            for number in range(1, 1000)
            if not (name := Path(f"{self._path}-aside-{number}")).exists()
        )
        for suffix in SUFFIXES:
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self._path}{suffix}").rename(f"{aside}{suffix}")
        logger.error("journal: what stood there is no journal of this run: it is %s now", aside)


def _is_new(connection: sqlite3.Connection) -> bool:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(tables == (0,))


def _identity(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
