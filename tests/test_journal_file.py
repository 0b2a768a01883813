"""The journal's file: one server's, untouched by a start that fails, brought up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.journal.store import Store, StoreError
from tests.harness import FakeClock
from tests.journals import AT, ENTERED, Running, entered, facts, rows, written

VERSION_1 = Path(__file__).parent / "data" / "journal_1.sql"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "acd.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path, FakeClock())
    yield store
    store.close(5)


def test_a_file_of_a_later_version_is_left_alone(path: Path) -> None:
    written(path, ENTERED)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreError, match=r"acd\.sqlite cannot be used: it is of version 99"):
        Store(path, FakeClock())


def test_a_file_that_is_no_database_is_told_with_its_name(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("this is a text, and no database at all\n" * 100)

    with pytest.raises(StoreError, match=r"journal.path: .*acd\.sqlite cannot be used: .*database"):
        Store(path, FakeClock())


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").touch()

    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path / "var" / "acd.sqlite", FakeClock())


# ---- one server ------------------------------------------------------------------------------


def test_a_journal_belongs_to_one_server_until_that_closes_it(path: Path, store: Store) -> None:
    with pytest.raises(StoreError, match=f"another server uses it .process {os.getpid()}.: stop"):
        Store(path, FakeClock())
    store.close(5)

    Store(path, FakeClock()).close(5)


def test_another_way_to_the_same_journal_is_the_same_journal(path: Path, store: Store) -> None:
    assert store.path == path
    link = path.parent / "link.sqlite"
    link.symlink_to(path)

    with pytest.raises(StoreError, match="another server uses it"):
        Store(link, FakeClock())


def test_a_run_that_is_never_begun_changes_nothing_and_frees_the_journal(path: Path) -> None:
    written(path, ENTERED)
    before = rows(path, "SELECT * FROM facts")
    journal = Running(path)
    journal.add(entered(2))

    journal.store.close(5)

    assert rows(path, "SELECT * FROM facts") == before
    Store(path, FakeClock()).close(5)


def test_a_server_starts_while_somebody_locks_its_journal_and_writes_later(path: Path) -> None:
    written(path, ENTERED)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    journal = Running(path)
    journal.store.begin()
    journal.add(entered(2))
    other.execute("COMMIT")
    journal.store.close(5)

    other.close()
    assert entered(2) in facts(path)


# ---- a file of version 1 ---------------------------------------------------------------------


@pytest.fixture
def old(path: Path) -> Path:
    """Have a journal of version 1: a call and its agent cut off, another run 13 hours later."""
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.executescript(f"{VERSION_1.read_text()} PRAGMA user_version = 1;")
    connection.close()
    return path


def test_a_file_of_version_1_keeps_its_facts_and_its_agents_time_ends_with_each_run(
    old: Path,
) -> None:
    before = rows(old, "SELECT call, result, talked_ms, finished_at FROM calls WHERE result <> ''")
    journal = Running(old, FakeClock(wall=AT + 90_000))
    journal.store.begin()
    journal.store.close(5)

    assert rows(old, "SELECT call, result, talked_ms, finished_at FROM calls")[:1] == before
    assert rows(old, "SELECT run, started_at - run, stopped_at, reason FROM runs") == [
        (1_699_999_990, 0.0, AT + 5, "unknown"),
        (1_700_046_800, 0.0, AT + 46_950, "killed"),
        (1_700_090_000, 0.0, None, None),
    ]
    assert rows(old, 'SELECT state, since, "until" FROM agent_intervals') == [
        ("idle", AT, AT + 5),
        ("oncall", AT + 5, AT + 5),
        ("unknown", AT + 46_800, AT + 46_802),
        ("idle", AT + 46_802, AT + 46_950),
        ("paused", AT + 46_950, AT + 46_950),
    ]
    assert journal.store.past.closed == 1
    [seat] = journal.store.past.seats
    assert seat.paused == "lunch"


def test_a_start_that_fails_leaves_a_file_of_version_1_as_it_was(old: Path) -> None:
    before = rows(old, "SELECT * FROM facts")

    Running(old).store.close(5)

    assert rows(old, "PRAGMA user_version") == [(1,)]
    assert rows(old, "SELECT * FROM facts") == before
