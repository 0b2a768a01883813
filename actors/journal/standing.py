"""What a journal must say for the next start: who sits where, which calls are up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from actors.journal.rows import ABOUT, KIND, OF_CALLS, SEQ, Row, Value


class Standing:
    """The facts that still count, of all that were written: a file begun anew begins with them."""

    def __init__(self) -> None:
        self.last = 0
        """The number of the last fact that was written."""
        self.run: int | None = None
        self._started: Row | None = None
        self._agents: dict[str, Row] = {}
        self._changes: dict[tuple[Value, Value], Row] = {}
        self._calls: dict[str, list[Row]] = {}

    def note(self, rows: Iterable[Row]) -> None:
        """Take in what was written."""
        for row in rows:
            self.last = int(row[SEQ] or 0)
            about = row[ABOUT]
            match row[KIND]:
                case "AgentInterval":
                    self._agents[str(about)] = row
                case "ConfigurationChanged":
                    self._changes[row[ABOUT], row[ABOUT + 1]] = row
                case "ServerStarted":
                    self.run, self._started = int(about or 0), row
                case "CallFinished":
                    self._calls.pop(str(about), None)
                case kind if kind in OF_CALLS:
                    self._calls.setdefault(str(about), []).append(row)

    def rows(self) -> list[Row]:
        """Return them in order."""
        return sorted(self._all(), key=lambda row: int(row[SEQ] or 0))

    def _all(self) -> Iterator[Row]:
        if self._started is not None:
            yield self._started
        yield from self._agents.values()
        yield from self._changes.values()
        for rows in self._calls.values():
            yield from rows
