"""Calls that entered are with the kernel before they are answered, and found at the next start."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.exchange.clock import SystemClock
from actors.ids import CallId
from actors.journal import entries as room
from actors.journal.entries import Entries, left, path_of
from actors.messages.facts import CallEntered, CallFinished
from tests.descriptors import no_descriptors
from tests.harness import FakeClock
from tests.journals import AT, ENTERED, Running, entered, facts, interval, rows, written
from tests.patience import PATIENCE

DISK_FULL = "/dev/full"


class Kept:
    """Entries whose word is waited for."""

    def __init__(self, path: Path) -> None:
        self.told: list[CallId] = []
        self._more = threading.Condition()
        self.entries = Entries(path, SystemClock(), self._take)

    def _take(self, call: CallId) -> None:
        with self._more:
            self.told.append(call)
            self._more.notify_all()

    def book(self, *numbers: int) -> None:
        for number in numbers:
            self.entries.book(number, entered(number))

    def wait(self, count: int) -> None:
        with self._more:
            assert self._more.wait_for(lambda: len(self.told) >= count, PATIENCE)


def noted(path: Path, *calls: CallEntered) -> None:
    """Have a server note these calls and be killed before its journal has them."""
    kept = Kept(path)
    kept.entries.start(1000)
    for number, one in enumerate(calls, 1001):
        kept.entries.book(number, one)
    kept.wait(len(calls))
    kept.entries.close(PATIENCE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acd.sqlite"


@pytest.fixture
def kept(path: Path) -> Iterator[Kept]:
    kept = Kept(path)
    kept.entries.start(0)
    yield kept
    kept.entries.close(PATIENCE)


def test_a_call_is_in_the_file_when_its_caller_hears_of_it(path: Path, kept: Kept) -> None:
    for number in range(1, 50):
        kept.book(number)
        kept.wait(number)
        assert list(left(path)) == [entered(one) for one in range(1, number + 1)]


def test_what_is_half_written_or_no_call_is_left_out(path: Path) -> None:
    noted(path, entered(1))
    with path_of(path, 0).open("ab") as file:
        file.write(b'{"at":1700000002.0,"call":"c-2","sip_')

    noted(path, entered(3))

    assert list(left(path)) == [entered(1), entered(3)]


def test_files_take_turns_and_keep_what_the_journal_does_not_have(
    path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "TURN_BYTES", 1000)
    for number in range(1, 200):
        kept.entries.committed = max(0, number - 20)
        kept.book(number)
        kept.wait(number)

    found = list(left(path))
    assert {one.call for one in found} >= {entered(one).call for one in range(180, 200)}
    assert len(found) < 100


def test_while_the_journal_cannot_be_written_nothing_is_overwritten(
    path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "TURN_BYTES", 1000)
    for number in range(1, 200):
        kept.book(number)
    kept.wait(199)

    assert len(list(left(path))) == 199


@pytest.mark.parametrize("where", ["full disk", "too much"])
def test_callers_hear_of_it_where_nothing_can_be_noted_and_it_is_counted(
    path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "full disk":
        path_of(path, 0).symlink_to(DISK_FULL)
    else:
        monkeypatch.setattr(room, "MOST_BYTES", 100)
    kept = Kept(path)
    kept.entries.start(0)
    kept.book(1, 2)
    kept.wait(2)
    kept.entries.close(PATIENCE)

    assert kept.entries.failed == 2


def test_a_disk_that_hangs_is_told_as_calls_that_were_late(path: Path) -> None:
    os.mkfifo(path_of(path, 0))  # opening it for writing waits for a reader
    kept = Kept(path)
    kept.entries.start(0)
    kept.book(1, 2)
    waiting = threading.Event()
    while kept.entries.late() < 2:
        assert not waiting.wait(0.01)
    assert kept.told == []

    reader = os.open(path_of(path, 0), os.O_RDONLY | os.O_NONBLOCK)
    kept.wait(2)
    os.close(reader)

    assert kept.entries.late() == 2
    kept.entries.close(PATIENCE)


def test_what_calls_need_is_open_before_they_come(path: Path, kept: Kept) -> None:
    kept.book(1)
    kept.wait(1)

    with no_descriptors():
        kept.book(2)
        kept.wait(2)

    assert kept.entries.failed == 0
    assert all(path_of(path, number).exists() for number in range(room.FILES))


def test_a_file_that_is_deleted_is_made_anew(path: Path, kept: Kept) -> None:
    kept.book(1)
    kept.wait(1)
    path_of(path, 0).unlink()

    kept.book(2)
    kept.wait(2)

    assert list(left(path)) == [entered(2)]


# ---- the next start --------------------------------------------------------------------------


def test_calls_that_the_journal_lacks_are_added_and_closed_at_the_next_start(path: Path) -> None:
    known, lost = entered(1), entered(70)
    written(path, interval(AT, "idle"), known)
    noted(path, known, lost)

    written(path, clock=FakeClock(wall=AT + 500))

    ends = [one for one in facts(path) if isinstance(one, CallFinished)]
    assert [(one.call, one.at, one.reason) for one in ends] == [
        (known.call, AT + 70, "server-restart"),
        (lost.call, AT + 70, "server-restart"),
    ]
    assert [one for one in facts(path) if isinstance(one, CallEntered)] == [known, lost]
    assert rows(path, "SELECT stopped_at, reason FROM runs")[0] == (AT + 70, "killed")


def test_a_start_that_fails_leaves_them_for_the_next_one(path: Path) -> None:
    written(path)
    noted(path, ENTERED)

    Running(path).store.close(PATIENCE)
    written(path)
    written(path)

    assert rows(path, "SELECT call FROM calls") == [(ENTERED.call,)]


def test_after_a_stop_nothing_is_left_to_be_added(path: Path) -> None:
    written(path, *[entered(number) for number in range(100)])

    assert list(left(path)) == []
