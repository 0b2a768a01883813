"""What the journal keeps of those who were refused: everyone is counted, no flood fills it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from actors.journal.actor import JournalActor
from actors.journal.refusals import MOST_KINDS, OTHERS, PERIOD, Refusals
from actors.journal.store import Store
from actors.messages.facts import CallRefused
from actors.messages.sip import Refused
from tests.harness import Desk
from tests.journals import AT, facts
from tests.patience import PATIENCE

FORBIDDEN = Refused("192.0.2.7", "INVITE", 403, "may not call")
BUSY = Refused("192.0.2.8", "INVITE", 503, "full", count=20)


def test_the_first_is_a_fact_at_once_and_those_of_the_next_minute_are_another() -> None:
    refusals = Refusals()

    first = refusals.add(FORBIDDEN, 100.0, AT)
    again = [refusals.add(FORBIDDEN, 100.0 + at, AT + at) for at in range(1, 50)]

    assert first == CallRefused(AT, "192.0.2.7", "INVITE", 403, "may not call", 1, 0.0)
    assert again == [None] * 49
    assert refusals.due(159.0, AT + 59) == []
    assert refusals.due(160.0, AT + 60) == [
        CallRefused(AT + 60, "192.0.2.7", "INVITE", 403, "may not call", 49, 60.0)
    ]


def test_a_kind_that_has_ceased_is_new_when_it_comes_again() -> None:
    refusals = Refusals()
    refusals.add(BUSY, 0.0, AT)

    assert refusals.due(PERIOD, AT + PERIOD) == []
    told = refusals.add(BUSY, PERIOD + 1, AT + PERIOD + 1)

    assert told is not None
    assert told.count == 20


def test_a_flood_of_invented_sources_is_counted_in_a_few_facts() -> None:
    refusals = Refusals()
    told = [
        refusals.add(Refused(f"10.0.{at % 250}.{at // 250}", "INVITE", 403, "no"), 0.0, AT)
        for at in range(50_000)
    ]
    made = [one for one in told if one is not None] + refusals.due(PERIOD, AT + PERIOD)

    assert len(made) <= MOST_KINDS + 2
    assert sum(one.count for one in made) == 50_000
    assert any(one.reason == OTHERS and not one.source for one in made)


kinds = st.builds(
    Refused,
    st.sampled_from(["a", "b"]),
    st.sampled_from(["INVITE", "REGISTER"]),
    st.sampled_from([403, 503]),
    st.just("no"),
    st.integers(1, 9),
)


@given(st.lists(st.one_of(kinds, st.floats(0, 200))))
def test_whatever_comes_when_every_refusal_is_counted_once(events: list[Refused | float]) -> None:
    refusals, now = Refusals(), 0.0
    came, told = Counter[tuple[str, str, int]](), Counter[tuple[str, str, int]]()
    made: list[CallRefused | None] = []
    for event in events:
        if isinstance(event, Refused):
            came[event.source, event.method, event.code] += event.count
            made.append(refusals.add(event, now, AT + now))
        else:
            now += event
            made += refusals.due(now, AT + now)
    made += refusals.rest(now, AT + now)
    for one in made:
        if one is not None:
            told[one.source, one.method, one.code] += one.count

    assert told == came


def test_the_journal_has_the_rest_when_the_server_stops(tmp_path: Path) -> None:
    desk = Desk()
    store = Store(tmp_path / "acd.sqlite", desk.clock)
    store.begin()
    journal = desk.seat(JournalActor(desk.world, store), role="journal")
    journal.on_start()
    for _ in range(3):
        desk.post.to_journal(FORBIDDEN)
    desk.advance(PERIOD)
    for _ in range(4):
        desk.post.to_journal(FORBIDDEN)
    desk.advance(10)
    journal.on_stop()
    store.close(PATIENCE)

    found = [one for one in facts(tmp_path / "acd.sqlite") if isinstance(one, CallRefused)]
    assert [one.count for one in found] == [1, 2, 4]
