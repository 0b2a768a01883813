"""A new run and the journal of the one before: who sat where, what was cut off, when it ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from actors.ids import AgentId, Ids
from actors.journal.cutoff import closing
from actors.journal.lock import Lock
from actors.journal.restart import next_run, seat
from actors.messages.by import BY_SERVER
from actors.messages.duty import Restore
from actors.messages.facts import (
    AgentInterval,
    CallFinished,
    CallJoined,
    CallLeft,
    HoldEnded,
    LegEnded,
    OfferEnded,
    ServerStopped,
)
from tests.harness import FakeClock, phone_at
from tests.journals import (
    ADA,
    AT,
    CALL,
    ENTERED,
    FINISHED,
    HELD,
    JOINED,
    LEASE,
    OFFERED,
    PHONE,
    SALES,
    TALKED,
    Running,
    entered,
    interval,
    rows,
    written,
)
from tests.patience import PATIENCE

INTERVALS = 'SELECT agent, state, reason, since, "until" FROM agent_intervals'
ENDS = "SELECT stopped_at, reason FROM runs"
ADAS = phone_at(PHONE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acd.sqlite"


# ---- seats -----------------------------------------------------------------------------------


def known(last: AgentInterval, now: float, wall: float) -> Restore | None:
    """Return what is known of the agent where the run ended with that interval's beginning."""
    return seat(last, AT, now, wall)


def test_an_agent_sits_where_the_last_interval_says_and_keeps_the_idle_order() -> None:
    assert known(interval(AT, "idle"), now=50.0, wall=AT + 10) == Restore(ADA, ADAS, 37.0)
    assert known(interval(AT, "ringing"), now=5.0, wall=AT + 10) == Restore(ADA, ADAS, -8.0)


def test_an_agent_who_talked_when_the_run_ended_is_idle_from_there() -> None:
    last = replace(interval(AT, "oncall"), call=CALL, queue=SALES)

    restored = seat(last, ended=AT + 8, now=50.0, wall=AT + 10)

    assert restored == Restore(ADA, ADAS, 48.0, cut_off=True, call=CALL, queue=SALES, talked=8.0)


def test_a_paused_agent_keeps_the_reason() -> None:
    last = interval(AT, "paused", "lunch")

    assert known(last, now=50.0, wall=AT) == Restore(ADA, ADAS, 47.0, "lunch")


def test_a_pause_asked_for_during_a_call_is_kept() -> None:
    last = interval(AT, "oncall", "lunch")

    assert known(last, now=50.0, wall=AT) == Restore(ADA, ADAS, 47.0, "lunch")


def test_an_agent_who_had_left_sits_nowhere() -> None:
    assert known(interval(AT, "loggedout", device=""), now=50.0, wall=AT) is None


def test_an_idle_clock_from_the_future_starts_now() -> None:
    assert known(interval(AT, "idle"), now=50.0, wall=AT - 100) == Restore(ADA, ADAS, 50.0)


def test_a_clock_that_was_set_back_makes_no_wrap_up_and_no_cool_down_longer() -> None:
    last = replace(interval(AT, "wrapup"), wrapup_until=AT + 20, cooldown_until=AT + 30)

    restored = known(last, now=50.0, wall=AT - 7200)

    assert restored is not None
    assert (restored.wrapup_until, restored.cooldown_until) == (70.0, 80.0)


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

    journal = Running(path, clock)

    assert journal.store.past.seats == (
        Restore(linus, phone_at("sip:3@x"), clock.now() - 99, "lunch"),
        Restore(ADA, phone_at("sip:other@x"), clock.now() - 98),
    )
    journal.store.close(PATIENCE)


# ---- calls -----------------------------------------------------------------------------------


def end(at: float, waited: int, talked: int = 0, held: int = 0) -> CallFinished:
    return CallFinished(
        at, CALL, "failed", "server-restart", "server", waited, talked, held, BY_SERVER
    )


def left(at: float, waited: int) -> CallLeft:
    return CallLeft(at, CALL, SALES, "failed", "server-restart", waited, BY_SERVER)


def leg_ended(at: float, talked: int, held: int) -> LegEnded:
    return LegEnded(at, CALL, ADA, LEASE, talked, held, "server", "server-restart")


def test_a_call_cut_off_while_waiting_is_closed_with_what_it_waited() -> None:
    assert closing([ENTERED, JOINED], AT + 31) == [left(AT + 31, 30_000), end(AT + 31, 30_000)]


def test_a_call_cut_off_while_it_rang_ends_its_offer_too() -> None:
    assert closing([ENTERED, JOINED, OFFERED], AT + 12) == [
        OfferEnded(AT + 12, CALL, ADA, "call-gone", 10_000, LEASE, BY_SERVER),
        left(AT + 12, 11_000),
        end(AT + 12, 11_000),
    ]


def test_a_call_cut_off_while_talking_keeps_its_times_and_ends_its_leg() -> None:
    assert closing(TALKED[:6], AT + 65) == [
        leg_ended(AT + 65, 60_000, 0),
        end(AT + 65, 4000, 60_000),
    ]


def test_a_call_cut_off_on_hold_ends_that_too() -> None:
    by_the_caller = replace(HELD, at=AT + 60, side="caller")
    on_hold = [*TALKED[:8], by_the_caller]

    assert closing(on_hold, AT + 65) == [
        HoldEnded(AT + 65, CALL, ADA, "caller"),
        leg_ended(AT + 65, 45_000, 15_000),
        end(AT + 65, 4000, 45_000, 15_000),
    ]


def test_a_call_cut_off_in_its_second_visit_keeps_the_times_of_both() -> None:
    again = replace(JOINED, at=AT + 65)

    assert closing([*TALKED[:9], again], AT + 70) == [
        left(AT + 70, 5000),
        end(AT + 70, 9000, 50_000, 10_000),
    ]


def test_a_call_cut_off_between_visit_and_end_needs_its_end_alone() -> None:
    assert closing(TALKED[:9], AT + 66) == [end(AT + 66, 4000, 50_000, 10_000)]


def test_a_call_of_an_older_version_cut_off_while_talking_keeps_both_times() -> None:
    joined = CallJoined(AT + 1, CALL, SALES)
    answered = OfferEnded(AT + 5, CALL, ADA, "answered", 3000)

    assert closing([ENTERED, joined, answered], AT + 65) == [end(AT + 65, 4000, 60_000)]


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


# ---- the agents' time ------------------------------------------------------------------------


def test_a_stop_ends_every_interval_and_no_time_passes_while_the_server_is_down(
    path: Path,
) -> None:
    stopped = ServerStopped(AT + 60, int(AT), "stopped")
    written(path, interval(AT, "idle"), interval(AT + 10, "oncall"), stopped)

    written(path, interval(AT + 50_000, "idle"), clock=FakeClock(wall=AT + 50_000))

    assert rows(path, INTERVALS) == [
        (ADA, "idle", "", AT, AT + 10),
        (ADA, "oncall", "", AT + 10, AT + 60),
        (ADA, "idle", "", AT + 50_000, None),
    ]
    assert rows(path, ENDS) == [(AT + 60, "stopped"), (None, None)]


def test_after_a_kill_intervals_end_at_the_last_moment_the_journal_knows_of(path: Path) -> None:
    written(path, interval(AT, "idle"), interval(AT + 10, "oncall"))
    Lock(path).path.write_text("")

    written(path, clock=FakeClock(wall=AT + 50_000))

    assert rows(path, INTERVALS) == [
        (ADA, "idle", "", AT, AT + 10),
        (ADA, "oncall", "", AT + 10, AT + 10),
    ]
    assert rows(path, ENDS)[0] == (AT + 10, "killed")


def test_word_that_the_server_was_alive_later_than_its_last_fact_counts(path: Path) -> None:
    run = int(AT)
    written(path, interval(AT, "idle"), ENTERED, JOINED)
    mark = Lock(path)
    mark.take()
    mark.alive(run, AT + 3600)
    mark.release()

    written(path, clock=FakeClock(wall=AT + 50_000))

    assert rows(path, INTERVALS) == [(ADA, "idle", "", AT, AT + 3600)]
    assert rows(path, "SELECT finished_at, waited_ms FROM calls") == [(AT + 3600, 3_599_000)]


def test_word_of_another_run_does_not_count(path: Path) -> None:
    written(path, interval(AT, "idle"))
    mark = Lock(path)
    mark.take()
    mark.alive(77, AT + 3600)
    mark.release()

    written(path, clock=FakeClock(wall=AT + 50_000))

    assert rows(path, INTERVALS) == [(ADA, "idle", "", AT, AT)]


def test_a_start_that_fails_takes_nothing_of_that_word_away(path: Path) -> None:
    written(path, interval(AT, "idle"))
    mark = Lock(path)
    mark.take()
    mark.alive(int(AT), AT + 3600)
    mark.release()

    Running(path).store.close(PATIENCE)
    written(path, clock=FakeClock(wall=AT + 50_000))

    assert rows(path, ENDS)[0] == (AT + 3600, "killed")


# ---- numbers ---------------------------------------------------------------------------------


def test_runs_in_one_second_and_after_the_clock_was_set_back_have_numbers_of_their_own() -> None:
    assert next_run(0, AT) == AT
    assert next_run(int(AT), AT) == AT + 1
    assert next_run(int(AT), AT - 7200) == AT + 1


def test_ids_of_calls_are_never_used_twice_however_fast_the_server_starts_anew(path: Path) -> None:
    ids = []
    for wall in (AT, AT, AT - 7200, AT - 7200):
        journal = Running(path, FakeClock(wall=wall))
        journal.store.begin()
        ids.append(Ids(run=journal.store.past.run).call())
        journal.store.close(PATIENCE)

    assert len(set(ids)) == len(ids)


def test_a_run_that_was_killed_before_it_wrote_anything_has_used_its_number(path: Path) -> None:
    lock = Lock(path)
    lock.take()
    lock.alive(int(AT) + 5, AT)
    lock.release()

    journal = Running(path)

    assert journal.store.past.run == int(AT) + 6
    journal.store.close(PATIENCE)
