"""The journal: every fact once and in order, numbered, behind everybody's back."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.exchange.actor import World
from actors.exchange.exchange import Exchange
from actors.exchange.post import Post
from actors.journal.actor import JournalActor
from actors.journal.backlog import Backlog
from actors.journal.database import connect
from actors.journal.store import Store
from actors.messages.facts import (
    CallEntered,
    ClockStepped,
    Fact,
    Gap,
    GetJournalState,
    JournalState,
    OfferEnded,
    ServerStarted,
    ServerStopped,
)
from tests.harness import Desk, FakeClock
from tests.journals import (
    ADA,
    ANSWERED,
    AT,
    CALL,
    ENTERED,
    FINISHED,
    JOINED,
    OFFERED,
    Running,
    entered,
    facts,
    interval,
    rows,
    until,
    written,
)
from tests.patience import PATIENCE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "acd.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Running]:
    running = Running(path)
    running.store.begin()
    yield running
    running.store.close(PATIENCE)


# ---- writing ---------------------------------------------------------------------------------


def test_every_kind_of_fact_comes_back_as_it_was_told_in_order(path: Path) -> None:
    told: list[Fact] = [ENTERED, JOINED, OFFERED, ANSWERED, FINISHED, interval(AT, "idle")]

    written(path, *told)

    assert facts(path) == told


def test_facts_are_in_the_file_soon_without_a_flush(path: Path, journal: Running) -> None:
    journal.add(ENTERED)

    until(lambda: facts(path) == [ENTERED])
    until(lambda: journal.store.state() == JournalState(0, 2, 0, ""))


def test_a_fact_after_a_quiet_while_is_in_the_file_soon(path: Path, journal: Running) -> None:
    journal.add(ENTERED)
    until(lambda: facts(path) == [ENTERED])

    journal.add(JOINED)

    until(lambda: facts(path) == [ENTERED, JOINED])


def test_ten_thousand_facts_are_written_once_and_in_order(path: Path, journal: Running) -> None:
    told = [entered(number) for number in range(10_000)]
    journal.add(*told)
    journal.store.close(PATIENCE)

    assert facts(path) == told


def test_what_cannot_be_stored_is_refused_and_hurts_no_other_fact(
    path: Path, journal: Running
) -> None:
    with pytest.raises(TypeError, match="cannot be stored"):
        journal.add(OfferEnded(AT, CALL, ADA, "answered", 2**70))
    journal.add(CallEntered(AT, CALL, "a@b", "\udcff", "sip:ä", "queue"))
    journal.store.close(PATIENCE)

    assert facts(path) == [CallEntered(AT, CALL, "a@b", "?", "sip:ä", "queue")]


def test_a_locked_file_delays_nobody_and_nothing_is_lost(path: Path, journal: Running) -> None:
    journal.add(ENTERED)
    until(lambda: facts(path) == [ENTERED])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    journal.add(*[entered(number) for number in range(1000)])
    until(lambda: "locked" in journal.store.state().error)
    waiting = journal.store.state().backlog
    other.execute("COMMIT")
    other.close()
    journal.store.close(PATIENCE)

    assert waiting == 1000
    assert facts(path) == [ENTERED, *[entered(number) for number in range(1000)]]
    assert journal.store.state() == JournalState(0, 1002, 0, "")


def test_a_full_disk_delays_nobody_and_is_written_when_there_is_room(path: Path) -> None:
    room = 20

    def small_disk(file: Path) -> sqlite3.Connection:
        connection = connect(file)
        connection.execute(f"PRAGMA max_page_count = {room}")
        return connection

    journal = Running(path, connecting=small_disk)
    journal.store.begin()
    journal.add(*[entered(number) for number in range(2000)])
    until(lambda: "full" in journal.store.state().error)
    room = 100_000
    journal.store.close(PATIENCE)

    assert facts(path) == [entered(number) for number in range(2000)]


def test_what_does_not_fit_in_memory_loses_the_oldest_and_leaves_a_gap(path: Path) -> None:
    journal = Running(path, backlog=Backlog(most=3))
    journal.add(*[entered(number) for number in range(10)])
    lost = journal.store.state().lost
    journal.store.begin()
    journal.store.close(PATIENCE)

    # The row that says that the server started was the first to go.
    assert lost == 8
    assert facts(path, also_of_the_server=True) == [
        Gap(AT + 7, 8),
        *[entered(number) for number in (7, 8, 9)],
    ]
    assert rows(path, "SELECT seq FROM facts") == [(8,), (9,), (10,), (11,)]


def test_a_store_that_never_can_write_still_closes_in_time(path: Path) -> None:
    journal = Running(path)
    journal.store.begin()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    journal.add(ENTERED)

    journal.store.close(0.3)

    assert journal.store.state().backlog
    other.close()


def test_a_server_killed_while_it_writes_leaves_a_whole_file(path: Path) -> None:
    writer = """
import sys
import time
from pathlib import Path
from tests.journals import Running, entered
journal = Running(Path(sys.argv[1]))
journal.store.begin()
number = 0
while True:
    journal.add(entered(number))
    number += 1
    if number % 100 == 0:
        time.sleep(0.01)
        print(journal.store.state().written, flush=True)
"""
    command = [sys.executable, "-c", writer, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        committed = next(count for line in child.stdout if (count := int(line)) > 2000)
        child.send_signal(signal.SIGKILL)
        child.stdout.read()

    found = facts(path)
    assert len(found) + 1 >= committed
    assert found == [entered(number) for number in range(len(found))]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


# ---- the actor -------------------------------------------------------------------------------


def test_the_actor_keeps_facts_and_tells_how_far_behind_it_is(path: Path) -> None:
    desk = Desk()
    store = Store(path, desk.clock)
    journal = desk.seat(JournalActor(desk.world, store), role="journal")
    desk.post.to_journal(ENTERED)
    desk.settle()

    assert desk.ask(journal, GetJournalState()) == JournalState(2, 0, 0, "")
    store.close(PATIENCE)


def test_facts_are_numbered_without_a_hole_over_all_runs(path: Path) -> None:
    for run in range(3):
        desk = Desk()
        desk.faults_expected = True
        store = Store(path, desk.clock, "n1")
        journal = desk.seat(JournalActor(desk.world, store), role="journal")
        store.begin()
        for fact in (entered(run), OfferEnded(AT, CALL, ADA, "x", 2**70), interval(AT, "idle")):
            desk.tell(journal, fact)
        journal.on_stop()
        store.close(PATIENCE)

    numbers = rows(path, "SELECT seq, node FROM facts ORDER BY seq")
    assert numbers == [(number, "n1") for number in range(1, len(numbers) + 1)]


def test_the_last_fact_of_a_run_says_that_it_ended(path: Path) -> None:
    desk = Desk()
    store = Store(path, FakeClock())
    store.begin()
    exchange = Exchange()
    exchange.start()
    ref = JournalActor.start(World(Post(), desk.clock, exchange, exchange), store)
    for number in range(50):
        ref.tell(entered(number))
    ref.stop(timeout=PATIENCE)
    store.close(PATIENCE)
    exchange.stop()

    run = int(AT)
    assert facts(path, also_of_the_server=True) == [
        ServerStarted(AT, run),
        *[entered(number) for number in range(50)],
        ServerStopped(AT, run, "stopped"),
    ]


def test_a_clock_that_was_set_is_a_fact_once_and_the_facts_go_on_as_before(path: Path) -> None:
    desk = Desk()
    store = Store(path, desk.clock)
    store.begin()
    journal = desk.seat(JournalActor(desk.world, store), role="journal")
    journal.on_start()
    desk.advance(5)
    desk.clock.step = -7200.0
    desk.advance(5)
    desk.clock.step = -7199.95
    desk.advance(5)
    desk.clock.step = 0.0
    desk.advance(5)

    state = desk.ask(journal, GetJournalState())
    store.close(PATIENCE)

    steps = [one for one in facts(path, also_of_the_server=True) if isinstance(one, ClockStepped)]
    assert steps == [ClockStepped(AT + 6, -7200.0), ClockStepped(AT + 16, 7200.0)]
    assert state.clock_stepped_seconds == 0.0


def test_a_message_that_is_no_fact_ends_nothing(path: Path) -> None:
    desk = Desk()
    desk.faults_expected = True
    store = Store(path, desk.clock)
    journal = desk.seat(JournalActor(desk.world, store), role="journal")

    desk.tell(journal, "nonsense")

    assert journal.faults == 1
    store.close(PATIENCE)
