"""A journal's file that is deleted, moved, replaced or damaged while the server runs."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actors.journal import writer
from actors.messages.facts import ServerStarted
from tests.harness import FakeClock
from tests.journals import (
    ADA,
    AT,
    CALL,
    ENTERED,
    FINISHED,
    JOINED,
    Running,
    entered,
    facts,
    interval,
    rows,
    until,
    written,
)
from tests.patience import PATIENCE

OVER = [entered(1), FINISHED]
"""Facts of which nothing must be known at the next start."""


def all_files(path: Path) -> list[Path]:
    return [path, Path(f"{path}-wal"), Path(f"{path}-shm")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "acd.sqlite"


@pytest.fixture
def looks_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server that has nothing to write see no loss of its file."""
    monkeypatch.setattr(writer, "LOOK_SECONDS", 3600.0)


@pytest.fixture
def journal(path: Path) -> Iterator[Running]:
    """Have a server that has written a call that is over, one that is up, and where Ada sits."""
    running = Running(path)
    running.store.begin()
    over = entered(1)
    end = type(FINISHED)(AT + 9, over.call, "abandoned", "hung-up", "caller", 8000, 0)
    running.add(over, end, ENTERED, interval(AT, "idle"), JOINED, interval(AT + 5, "paused", "tea"))
    until(lambda: len(facts(path)) == 6)
    yield running
    running.store.close(PATIENCE)


STANDING = [ServerStarted(AT, int(AT)), ENTERED, JOINED, interval(AT + 5, "paused", "tea")]


def checkpoint(path: Path) -> None:
    """Have all in the database itself: as long as it is in the -wal file, too, nothing is lost."""
    assert rows(path, "PRAGMA wal_checkpoint(TRUNCATE)") == [(0, 0, 0)]


def delete_all(path: Path) -> None:
    for one in all_files(path):
        one.unlink(missing_ok=True)


def delete_the_database_only(path: Path) -> None:
    path.unlink()


def delete_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def move_it_away(path: Path) -> None:
    path.rename(path.with_name("archive.sqlite"))


def empty_it(path: Path) -> None:
    checkpoint(path)
    path.write_bytes(b"")


def put_a_text_in_its_place(path: Path) -> None:
    new = path.with_name("new")
    new.write_text("this is a text, and no database at all\n" * 100)
    new.replace(path)


def put_another_journal_in_its_place(path: Path) -> None:
    other = path.with_name("other.sqlite")
    written(other, *[entered(number) for number in range(100, 200)])
    other.replace(path)


LOSSES = [
    delete_all,
    delete_the_database_only,
    delete_the_folder,
    move_it_away,
    empty_it,
    put_a_text_in_its_place,
    put_another_journal_in_its_place,
]


@pytest.mark.usefixtures("looks_at_nothing")
@pytest.mark.parametrize("lose", LOSSES)
def test_a_lost_journal_is_begun_anew_with_all_that_still_counts(
    path: Path, journal: Running, lose: Callable[[Path], None]
) -> None:
    lose(path)

    journal.add(entered(2))

    until(lambda: journal.store.state().begun_anew == 1)
    until(lambda: entered(2) in facts(path))
    assert facts(path, also_of_the_server=True) == [*STANDING, entered(2)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.usefixtures("looks_at_nothing")
@pytest.mark.parametrize("lose", LOSSES)
def test_after_a_loss_the_next_start_knows_who_sat_where_and_which_calls_were_up(
    path: Path, journal: Running, lose: Callable[[Path], None]
) -> None:
    lose(path)
    journal.add(entered(2))
    until(lambda: journal.store.state().begun_anew == 1)
    journal.store.close(PATIENCE)

    again = Running(path, FakeClock(wall=AT + 100))
    again.store.begin()
    again.store.close(PATIENCE)

    [seat] = again.store.past.seats
    assert (seat.agent, seat.paused) == (ADA, "tea")
    ended = rows(path, "SELECT call, reason FROM calls ORDER BY seq")
    assert ended == [(CALL, "server-restart"), ("c-2", "server-restart")]
    assert again.store.past.run == int(AT) + 100


def test_a_loss_is_noticed_while_there_is_nothing_to_write(path: Path, journal: Running) -> None:
    delete_all(path)

    until(lambda: journal.store.state().begun_anew == 1)

    until(lambda: facts(path, also_of_the_server=True) == STANDING)
    assert journal.store.state().error == ""


def test_what_was_moved_away_is_whole(path: Path, journal: Running) -> None:
    move_it_away(path)
    journal.add(entered(2))
    until(lambda: journal.store.state().begun_anew == 1)

    archive = path.with_name("archive.sqlite")
    assert len(facts(archive)) == 6
    assert rows(archive, "PRAGMA integrity_check") == [("ok",)]


def test_what_is_no_journal_of_this_run_is_put_aside_and_kept(path: Path, journal: Running) -> None:
    put_another_journal_in_its_place(path)
    journal.add(entered(2))
    until(lambda: journal.store.state().begun_anew == 1)

    aside = path.with_name("acd.sqlite-aside-1")
    assert facts(aside) == [entered(number) for number in range(100, 200)]


def test_a_copy_of_the_journal_in_its_place_is_continued(path: Path, journal: Running) -> None:
    copy = path.with_name("copy.sqlite")
    source = sqlite3.connect(path)
    source.execute(f"VACUUM INTO '{copy}'")
    source.close()
    before = facts(copy)
    copy.replace(path)

    journal.add(entered(2))

    until(lambda: entered(2) in facts(path))
    assert facts(path) == [*before, entered(2)]


def test_a_damaged_journal_is_put_aside(path: Path, journal: Running) -> None:
    checkpoint(path)
    with path.open("r+b") as file:
        file.write(b"rubbish" * 2000)

    journal.add(entered(2))

    until(lambda: journal.store.state().begun_anew == 1)
    until(lambda: entered(2) in facts(path))
    assert path.with_name("acd.sqlite-aside-1").exists()


@pytest.mark.usefixtures("looks_at_nothing")
def test_a_second_server_that_found_the_lock_deleted_writes_alone(
    path: Path, journal: Running
) -> None:
    delete_the_folder(path)
    second = Running(path, FakeClock(wall=AT + 60))
    second.store.begin()
    second.add(entered(3))
    until(lambda: entered(3) in facts(path))

    journal.add(entered(2))

    until(lambda: "another server uses it" in journal.store.state().error)
    assert facts(path) == [entered(3)]
    second.store.close(PATIENCE)
    until(lambda: journal.store.state().begun_anew == 1)
    until(lambda: entered(2) in facts(path))
    assert facts(path.with_name("acd.sqlite-aside-1")) == [entered(3)]
