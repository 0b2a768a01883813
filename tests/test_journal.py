"""The journal: every fact once and in order, behind everybody's back, and a new run's beginning."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actors.ids import AgentId, CallId, QueueName
from actors.journal import schema
from actors.journal.actor import JournalActor
from actors.journal.backlog import Backlog
from actors.journal.restart import closing, seat
from actors.journal.store import Store, StoreError, connect
from actors.messages.duty import Restore
from actors.messages.facts import (
    AgentInterval,
    CallEntered,
    CallFinished,
    CallJoined,
    CallOffered,
    Fact,
    GetJournalState,
    JournalState,
    OfferEnded,
)
from tests.harness import Desk, FakeClock

CALL = CallId("t3k2a1-17")
ADA = AgentId("2771")
SALES = QueueName("sales")
PHONE = "sip:phone1@192.0.2.10"
AT = 1_700_000_000.0

ENTERED = CallEntered(AT, CALL, "a@b", "sip:1@gw", "sip:sales@acd", "queue")
JOINED = CallJoined(AT + 1, CALL, SALES)
OFFERED = CallOffered(AT + 2, CALL, SALES, ADA, PHONE)
ANSWERED = OfferEnded(AT + 5, CALL, ADA, "answered", 3000)
FINISHED = CallFinished(AT + 65, CALL, "answered", "hung-up", "caller", 4000, 60_000)


def entered(number: int) -> CallEntered:
    return CallEntered(AT + number, CallId(f"c-{number}"), f"{number}@x", "a", "b", "queue")


def interval(at: float, state: str, reason: str = "", device: str = PHONE) -> AgentInterval:
    return AgentInterval(at, ADA, state, reason, device, at - 3)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def facts(path: Path) -> list[Fact]:
    names = ", ".join(schema.COLUMNS)
    kinds = ", ".join(f"'{kind}'" for kind in schema.KINDS)
    query = f"SELECT {names} FROM facts WHERE kind IN ({kinds}) ORDER BY id"  # noqa: S608
    found = rows(path, query)
    return [schema.fact_of(row) for row in found]  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "acd.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store.open(path)
    store.begin(FakeClock())
    yield store
    store.close(5)


def written(path: Path, *told: Fact) -> None:
    """Have a server run, write these facts, and be gone."""
    store = Store.open(path)
    store.begin(FakeClock())
    for fact in told:
        store.add(fact)
    store.close(5)


# ---- writing ---------------------------------------------------------------------------------


def test_every_kind_of_fact_comes_back_as_it_was_told_in_order(path: Path) -> None:
    told: list[Fact] = [ENTERED, JOINED, OFFERED, ANSWERED, FINISHED, interval(AT, "idle")]

    written(path, *told)

    assert facts(path) == told


def test_facts_are_in_the_file_soon_without_a_flush(path: Path, store: Store) -> None:
    store.add(ENTERED)

    until(lambda: facts(path) == [ENTERED])
    until(lambda: store.state() == JournalState(0, 1, 0, ""))


def test_ten_thousand_facts_are_written_once_and_in_order(path: Path, store: Store) -> None:
    told = [entered(number) for number in range(10_000)]
    for fact in told:
        store.add(fact)
    store.close(10)

    assert facts(path) == told
    assert rows(path, "SELECT count(*), count(DISTINCT id) FROM facts") == [(10_001, 10_001)]


def test_what_cannot_be_stored_is_refused_and_hurts_no_other_fact(path: Path, store: Store) -> None:
    with pytest.raises(TypeError, match="cannot be stored"):
        store.add(OfferEnded(AT, CALL, ADA, "answered", 2**70))
    store.add(CallEntered(AT, CALL, "a@b", "\udcff", "sip:ä", "queue"))
    store.close(5)

    assert facts(path) == [CallEntered(AT, CALL, "a@b", "?", "sip:ä", "queue")]


def test_a_locked_file_delays_nobody_and_nothing_is_lost(path: Path, store: Store) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    for number in range(1000):
        store.add(entered(number))
    took = time.monotonic() - began
    until(lambda: "locked" in store.state().error)
    waiting = store.state().backlog
    other.execute("COMMIT")
    other.close()
    store.close(10)

    assert took < 0.5
    assert waiting == 1000
    assert facts(path) == [entered(number) for number in range(1000)]
    assert store.state() == JournalState(0, 1000, 0, "")


def test_a_full_disk_delays_nobody_and_is_written_when_there_is_room(path: Path) -> None:
    room = 20

    def small_disk(file: Path) -> sqlite3.Connection:
        connection = connect(file)
        connection.execute(f"PRAGMA max_page_count = {room}")
        return connection

    store = Store(path, connecting=small_disk)
    store.prepare()
    store.begin(FakeClock())
    for number in range(2000):
        store.add(entered(number))
    until(lambda: "full" in store.state().error)
    room = 100_000
    store.close(10)

    assert facts(path) == [entered(number) for number in range(2000)]


def test_what_does_not_fit_in_memory_loses_the_oldest_and_leaves_a_gap(path: Path) -> None:
    store = Store(path, Backlog(most=3))
    store.prepare()
    for number in range(10):
        store.add(entered(number))
    lost = store.state().lost
    store.begin(FakeClock())
    store.close(5)

    assert lost == 7
    assert rows(path, "SELECT kind, lost FROM facts ORDER BY id LIMIT 3") == [
        ("ServerStarted", None),
        ("Gap", 7),
        ("CallEntered", None),
    ]
    assert facts(path) == [entered(number) for number in (7, 8, 9)]


def test_a_store_that_never_can_write_still_closes_in_time(path: Path) -> None:
    store = Store.open(path)
    store.begin(FakeClock())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store.add(ENTERED)
    began = time.monotonic()

    store.close(0.3)

    assert time.monotonic() - began < 1
    other.close()


def test_a_server_killed_while_it_writes_leaves_a_whole_file(path: Path) -> None:
    writer = """
import sys
import time
from pathlib import Path
from actors.journal.store import Store
from tests.test_journal import FakeClock, entered
store = Store.open(Path(sys.argv[1]))
store.begin(FakeClock())
number = 0
while True:
    store.add(entered(number))
    number += 1
    if number % 100 == 0:
        time.sleep(0.01)
        print(store.state().written, flush=True)
"""
    command = [sys.executable, "-c", writer, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        committed = next(count for line in child.stdout if (count := int(line)) > 2000)
        child.send_signal(signal.SIGKILL)
        child.stdout.read()

    found = facts(path)
    assert len(found) >= committed
    assert found == [entered(number) for number in range(len(found))]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


# ---- the file --------------------------------------------------------------------------------


def test_a_file_of_another_version_is_left_alone(path: Path) -> None:
    written(path, ENTERED)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreError, match=r"acd\.sqlite cannot be used: it is of version 99"):
        Store.open(path)


def test_a_file_that_is_no_database_is_told_with_its_name(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("this is a text, and no database at all\n" * 100)

    with pytest.raises(StoreError, match=r"journal.path: .*acd\.sqlite cannot be used: .*database"):
        Store.open(path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").touch()

    with pytest.raises(StoreError, match="cannot be used"):
        Store.open(tmp_path / "var" / "acd.sqlite")


def test_a_journal_belongs_to_one_server_until_that_closes_it(path: Path, store: Store) -> None:
    with pytest.raises(StoreError, match=f"another server uses it .process {os.getpid()}.: stop"):
        Store.open(path)
    store.close(5)

    Store.open(path).close(5)


def test_another_way_to_the_same_journal_is_the_same_journal(path: Path, store: Store) -> None:
    assert store.path == path
    link = path.parent / "link.sqlite"
    link.symlink_to(path)

    with pytest.raises(StoreError, match="another server uses it"):
        Store.open(link)


def test_a_run_that_is_never_begun_changes_nothing_and_frees_the_journal(path: Path) -> None:
    written(path, ENTERED)
    before = rows(path, "SELECT * FROM facts")
    store = Store.open(path)
    store.add(entered(2))

    store.close(5)

    assert rows(path, "SELECT * FROM facts") == before
    Store.open(path).close(5)


# ---- reports ---------------------------------------------------------------------------------


def test_the_views_tell_of_calls_offers_and_agents(path: Path) -> None:
    no_answer = OfferEnded(AT + 4, CALL, ADA, "no-answer", 2000)
    again = CallOffered(AT + 4.5, CALL, SALES, ADA, PHONE)
    written(
        path,
        ENTERED,
        JOINED,
        OFFERED,
        no_answer,
        again,
        ANSWERED,
        FINISHED,
        entered(1),
        interval(AT, "idle"),
        interval(AT + 9, "paused", "lunch"),
    )

    calls = rows(path, "SELECT call, queue, joined_at, result, ended_by, talked_ms FROM calls")
    offers = rows(path, "SELECT agent, offered_at, ended_at, outcome FROM offers ORDER BY id")
    agents = rows(path, 'SELECT agent, state, reason, since, "until" FROM agent_intervals')

    assert calls == [
        (CALL, "sales", AT + 1, "answered", "caller", 60_000),
        ("c-1", None, None, None, None, None),
    ]
    assert offers == [
        (ADA, AT + 2, AT + 4, "no-answer"),
        (ADA, AT + 4.5, AT + 5, "answered"),
    ]
    assert agents == [
        (ADA, "idle", "", AT, AT + 9),
        (ADA, "paused", "lunch", AT + 9, None),
    ]


# ---- a new run -------------------------------------------------------------------------------


def test_an_agent_sits_where_the_last_interval_says_and_keeps_the_idle_order() -> None:
    assert seat(interval(AT, "idle"), now=50.0, wall=AT + 10) == Restore(ADA, PHONE, 37.0, None)
    assert seat(interval(AT, "oncall"), now=5.0, wall=AT + 10) == Restore(ADA, PHONE, -8.0, None)


def test_a_paused_agent_keeps_the_reason() -> None:
    last = interval(AT, "paused", "lunch")

    assert seat(last, now=50.0, wall=AT) == Restore(ADA, PHONE, 47.0, "lunch")


def test_a_pause_asked_for_during_a_call_is_kept() -> None:
    last = interval(AT, "oncall", "lunch")

    assert seat(last, now=50.0, wall=AT) == Restore(ADA, PHONE, 47.0, "lunch")


def test_an_agent_who_had_left_sits_nowhere() -> None:
    assert seat(interval(AT, "loggedout", device=""), now=50.0, wall=AT) is None


def test_an_idle_clock_from_the_future_starts_now() -> None:
    assert seat(interval(AT, "idle"), now=50.0, wall=AT - 100) == Restore(ADA, PHONE, 50.0, None)


def test_the_last_interval_of_each_agent_counts(path: Path) -> None:
    grace, linus = AgentId("2772"), AgentId("2773")
    clock = FakeClock(wall=AT + 100)
    written(
        path,
        interval(AT, "idle"),
        AgentInterval(AT, grace, "idle", "", PHONE, AT),
        AgentInterval(AT, linus, "paused", "lunch", "sip:3@x", AT + 1),
        interval(AT + 5, "oncall", device="sip:other@x"),
        AgentInterval(AT + 6, grace, "loggedout", "", "", AT),
    )

    store = Store.open(path)
    seats = store.begin(clock)
    store.close(5)

    assert seats == [
        Restore(linus, "sip:3@x", clock.now() - 99, "lunch"),
        Restore(ADA, "sip:other@x", clock.now() - 98, None),
    ]


def test_a_call_cut_off_while_waiting_is_closed_with_what_it_waited() -> None:
    assert closing([ENTERED, JOINED], AT + 31) == [
        CallFinished(AT + 31, CALL, "failed", "server-restart", "server", 30_000, 0)
    ]


def test_a_call_cut_off_while_it_rang_ends_its_offer_too() -> None:
    assert closing([ENTERED, JOINED, OFFERED], AT + 12) == [
        OfferEnded(AT + 12, CALL, ADA, "call-gone", 10_000),
        CallFinished(AT + 12, CALL, "failed", "server-restart", "server", 11_000, 0),
    ]


def test_a_call_cut_off_while_talking_keeps_both_times() -> None:
    assert closing([ENTERED, JOINED, OFFERED, ANSWERED], AT + 65) == [
        CallFinished(AT + 65, CALL, "failed", "server-restart", "server", 4000, 60_000)
    ]


def test_a_finished_call_and_one_never_entered_need_nothing() -> None:
    assert closing([ENTERED, JOINED, FINISHED], AT + 99) == []
    assert closing([JOINED], AT + 99) == []


def test_after_a_restart_every_call_of_the_last_run_has_exactly_one_end(path: Path) -> None:
    other = entered(99)
    written(path, ENTERED, JOINED, FINISHED, other)

    for _ in range(2):
        written(path)

    assert rows(path, "SELECT call, reason FROM calls") == [
        (CALL, "hung-up"),
        (other.call, "server-restart"),
    ]
    ends = "SELECT count(*), count(DISTINCT call) FROM facts WHERE kind = 'CallFinished'"
    assert rows(path, ends) == [(2, 2)]


# ---- the actor -------------------------------------------------------------------------------


def test_the_actor_keeps_facts_and_tells_how_far_behind_it_is(path: Path) -> None:
    desk = Desk()
    journal = desk.seat(JournalActor(desk.world, Store.open(path)), role="journal")
    desk.post.to_journal(ENTERED)
    desk.settle()

    assert desk.ask(journal, GetJournalState()) == JournalState(1, 0, 0, "")


def test_a_stopped_actor_has_written_everything_it_was_told(path: Path) -> None:
    store = Store.open(path)
    store.begin(FakeClock())
    ref = JournalActor.start(Desk().world, store)
    for number in range(50):
        ref.tell(entered(number))
    ref.stop(timeout=5)

    store.close(5)

    assert len(facts(path)) == 50


def test_a_message_that_is_no_fact_ends_nothing(path: Path) -> None:
    desk = Desk()
    desk.faults_expected = True
    journal = desk.seat(JournalActor(desk.world, Store.open(path)), role="journal")

    desk.tell(journal, "nonsense")

    assert journal.faults == 1
