"""The journal's file: one server's, untouched by a start that fails, brought up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from actors.ids import AgentId
from actors.journal.store import Store, StoreError
from actors.messages.duty import Restore
from tests.harness import FakeClock, phone_at
from tests.journals import ADA, AT, ENTERED, Running, entered, facts, interval, rows, written
from tests.patience import PATIENCE

DATA = Path(__file__).parent / "data"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "acd.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path, FakeClock())
    yield store
    store.close(PATIENCE)


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
    store.close(PATIENCE)

    Store(path, FakeClock()).close(PATIENCE)


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

    journal.store.close(PATIENCE)

    assert rows(path, "SELECT * FROM facts") == before
    Store(path, FakeClock()).close(PATIENCE)


def test_a_server_starts_while_somebody_locks_its_journal_and_writes_later(path: Path) -> None:
    written(path, ENTERED)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    journal = Running(path)
    journal.store.begin()
    journal.add(entered(2))
    other.execute("COMMIT")
    journal.store.close(PATIENCE)

    other.close()
    assert entered(2) in facts(path)


# ---- files of older versions -----------------------------------------------------------------


def make(path: Path, version: int) -> Path:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    script = (DATA / f"journal_{version}.sql").read_text()
    connection.executescript(f"{script} PRAGMA user_version = {version};")
    connection.close()
    return path


@pytest.fixture
def old(path: Path) -> Path:
    """Have a journal of version 1: a call and its agent cut off, another run 13 hours later."""
    return make(path, 1)


def described(path: Path) -> list[tuple[object, ...]]:
    """Return the columns, in no order, and all that is made from them."""
    columns = "SELECT name, type FROM pragma_table_info('facts') ORDER BY name"
    others = "SELECT name, sql FROM sqlite_master WHERE type <> 'table' ORDER BY name"
    return rows(path, columns) + rows(path, others)


def test_a_file_of_an_older_version_has_the_tables_and_views_of_a_new_one(tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite"
    written(new)

    for version in (1, 2, 3, 4, 5):
        path = make(tmp_path / str(version) / "acd.sqlite", version)
        written(path, clock=FakeClock(wall=AT + 90_000))
        assert described(path) == described(new)


def test_a_file_of_version_2_keeps_its_facts_and_takes_new_ones(path: Path) -> None:
    make(path, 2)
    before = rows(path, "SELECT seq, node, kind, at, call, agent, state, count FROM facts")
    wrapping = replace(interval(AT + 91_000, "wrapup"), strikes=1, wrapup_until=AT + 91_020)

    written(path, wrapping, clock=FakeClock(wall=AT + 90_000))

    after = rows(path, "SELECT seq, node, kind, at, call, agent, state, count FROM facts")
    assert after[: len(before)] == before
    assert rows(path, "SELECT count, seconds FROM refusals") == [(3, 1.5)]
    seats = {seat.agent: seat for seat in Running(path).store.past.seats}
    assert seats[ADA].wrapup_until is not None
    assert seats[ADA].strikes == 1
    assert seats[AgentId("2772")] == Restore(
        AgentId("2772"),
        phone_at("sip:phone2@192.0.2.10"),
        seats[AgentId("2772")].idle_since,
        "lunch",
    )


@pytest.mark.parametrize(
    ("version", "visits", "legs"),
    [
        (1, [("t3k2a1-17", "answered", ADA, 4000)], [("t3k2a1-17", ADA, 0)]),
        (2, [("t3k2a1-17", "answered", None, 1000)], []),
    ],
)
def test_visits_of_the_first_versions_are_told_from_what_they_know(
    path: Path,
    version: int,
    visits: list[tuple[object, ...]],
    legs: list[tuple[object, ...]],
) -> None:
    """The file of version 2 lacks what came of the offer."""
    make(path, version)

    written(path, clock=FakeClock(wall=AT + 90_000))

    assert rows(path, "SELECT call, ending, agent, waited_ms FROM visits") == visits
    assert rows(path, "SELECT call, agent, talked_ms FROM legs") == legs


def test_visits_and_legs_of_version_3_are_told_from_what_it_knows(path: Path) -> None:
    make(path, 3)
    known = "SELECT seq, node, kind, at, call, queue, agent, outcome, state, run FROM facts"
    before = rows(path, known)

    written(path, clock=FakeClock(wall=AT + 90_000))

    assert rows(path, known)[: len(before)] == before
    visits = "SELECT call, ending, reason, agent, waited_ms, target_seconds FROM visits"
    assert rows(path, f"{visits} ORDER BY seq") == [
        ("t3k2a1-17", "answered", None, ADA, 4000, None),
        ("t3k2a1-18", "abandoned", "caller-hung-up", None, 11_000, None),
        ("t3k2a1-19", "answered", None, "2772", 9000, None),
        ("t3k2a1-20", "failed", "server-restart", None, 8000, None),
    ]
    legs = "SELECT call, queue, agent, talked_ms, held_ms, ended_by, reason FROM legs ORDER BY seq"
    assert rows(path, legs) == [
        ("t3k2a1-17", "sales", ADA, 30_000, None, "caller", "caller-hung-up"),
        ("t3k2a1-19", "sales", "2772", 10_000, 0, "server", "server-restart"),
    ]
    assert rows(path, "SELECT call, queue, result FROM calls WHERE result = 'failed'") == [
        ("t3k2a1-19", "sales", "failed"),
        ("t3k2a1-20", "sales", "failed"),
        ("t3k2a1-21", None, "failed"),
    ]


def test_a_file_of_version_1_keeps_its_facts_and_its_agents_time_ends_with_each_run(
    old: Path,
) -> None:
    before = rows(old, "SELECT call, result, talked_ms, finished_at FROM calls WHERE result <> ''")
    journal = Running(old, FakeClock(wall=AT + 90_000))
    journal.store.begin()
    journal.store.close(PATIENCE)

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

    Running(old).store.close(PATIENCE)

    assert rows(old, "PRAGMA user_version") == [(1,)]
    assert rows(old, "SELECT * FROM facts") == before
