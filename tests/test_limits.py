"""When a queue sends callers on: every pair of a limit and of how things stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from actors.core.routing.hours import Hours
from actors.core.routing.limits import Limit, Limits, destination
from actors.ids import PromptId, QueueName
from actors.settings import Destination, Overflow, Prompt, Queue

NONE = Queue(QueueName("sales"))
CLOSED = replace(NONE, closed=True)
TWO = replace(NONE, max_length=2)
MINUTE = replace(NONE, max_wait=60.0)
REFUSES = replace(NONE, no_agents="refuse")
LEAVES = replace(NONE, no_agents="leave")
DAYTIME = replace(NONE, hours=("Mon-Fri 08:00-18:00", "Sat 09:00-12:00"))
FEAST = replace(NONE, holidays=("12-25", "2026-11-24"))
ALL = replace(
    NONE,
    closed=True,
    hours=DAYTIME.hours,
    holidays=FEAST.holidays,
    no_agents="leave",
    max_length=2,
    max_wait=60.0,
)
OPEN_ALL = replace(ALL, closed=False)

TUESDAY_NOON = datetime(2026, 11, 17, 12, tzinfo=UTC).timestamp()
NIGHT = datetime(2026, 11, 17, 22, tzinfo=UTC).timestamp()
HOLIDAY = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
HOLIDAY_NIGHT = datetime(2026, 11, 24, 22, tzinfo=UTC).timestamp()

ENTRY = [
    # the queue, how many wait, when, whether an agent is there, what keeps a caller out
    (NONE, 100_000, NIGHT, False, None),
    (CLOSED, 0, TUESDAY_NOON, True, Limit.CLOSED),
    (TWO, 1, NIGHT, False, None),
    (TWO, 2, NIGHT, True, Limit.MAX_LENGTH),
    (TWO, 3, NIGHT, True, Limit.MAX_LENGTH),
    (MINUTE, 5, NIGHT, False, None),
    (REFUSES, 5, NIGHT, True, None),
    (REFUSES, 0, TUESDAY_NOON, False, Limit.NO_AGENTS),
    (LEAVES, 5, NIGHT, True, None),
    (LEAVES, 0, TUESDAY_NOON, False, Limit.NO_AGENTS),
    (DAYTIME, 5, TUESDAY_NOON, False, None),
    (DAYTIME, 0, NIGHT, True, Limit.HOURS),
    (FEAST, 5, TUESDAY_NOON, False, None),
    (FEAST, 0, HOLIDAY, True, Limit.HOLIDAY),
    # of several the first
    (ALL, 2, HOLIDAY_NIGHT, False, Limit.CLOSED),
    (OPEN_ALL, 2, HOLIDAY_NIGHT, False, Limit.HOLIDAY),
    (OPEN_ALL, 2, NIGHT, False, Limit.HOURS),
    (OPEN_ALL, 2, TUESDAY_NOON, False, Limit.NO_AGENTS),
    (OPEN_ALL, 2, TUESDAY_NOON, True, Limit.MAX_LENGTH),
    (OPEN_ALL, 1, TUESDAY_NOON, True, None),
]


@pytest.mark.parametrize(("queue", "waiting", "wall", "anybody", "limit"), ENTRY)
def test_what_keeps_a_caller_from_joining(
    queue: Queue,
    waiting: int,
    wall: float,
    anybody: bool,  # noqa: FBT001 - a column of the table
    limit: Limit | None,
) -> None:
    assert Limits.of(queue).at_entry(waiting, wall, anybody=anybody) is limit


@pytest.mark.parametrize(
    ("queue", "waited", "anybody", "limit"),
    [
        (NONE, 86_400.0, False, None),
        (CLOSED, 100.0, False, None),
        (DAYTIME, 86_400.0, False, None),
        (FEAST, 86_400.0, False, None),
        (TWO, 100.0, False, None),
        (REFUSES, 100.0, False, None),
        (LEAVES, 100.0, True, None),
        (LEAVES, 0.0, False, Limit.NO_AGENTS),
        (MINUTE, 0.0, False, None),
        (MINUTE, 59.9, False, None),
        (MINUTE, 59.9999, True, Limit.MAX_WAIT),
        (MINUTE, 60.0, True, Limit.MAX_WAIT),
        (MINUTE, 61.0, False, Limit.MAX_WAIT),
        (ALL, 59.9, True, None),
        (ALL, 60.0, True, Limit.MAX_WAIT),
        (ALL, 60.0, False, Limit.NO_AGENTS),
    ],
)
def test_what_sends_a_waiting_caller_on(
    queue: Queue,
    waited: float,
    anybody: bool,  # noqa: FBT001 - a column of the table
    limit: Limit | None,
) -> None:
    assert Limits.of(queue).in_line(waited, anybody=anybody) is limit


KEYS = {Limit.HOLIDAY: "holidays", Limit.KEY: "leave_key"}


@pytest.mark.parametrize("limit", Limit)
def test_each_limit_has_a_destination_of_its_own(limit: Limit) -> None:
    there = Destination(say=Prompt(PromptId(limit), text=limit))
    key = KEYS.get(limit, limit.replace("-", "_"))
    queue = replace(NONE, overflow=Overflow(**{key: there}))

    assert [one for one in Limit if destination(queue, one) == there] == [limit]
    assert destination(NONE, limit) == Destination()


# ---- hours --------------------------------------------------------------------------------------


def is_open(spans: tuple[str, ...], moment: datetime, zone: str = "UTC") -> bool:
    return Hours.of(spans, (), zone).is_open(moment.timestamp())


@pytest.mark.parametrize(
    ("spans", "opens"),
    [
        ((), list(range(7 * 24))),
        (("Mon 00:00-24:00",), list(range(24))),
        (("Wed-Thu 08:00-10:00",), [56, 57, 80, 81]),
        (("Sun-Mon 23:00-24:00",), [23, 167]),
        (("Tue 08:00-09:00", "Tue 11:00-12:00"), [32, 35]),
    ],
)
def test_a_queue_is_open_in_its_hours_of_the_week(spans: tuple[str, ...], opens: list[int]) -> None:
    monday = datetime(2026, 11, 16, tzinfo=UTC)
    hours = [monday + timedelta(hours=n, minutes=59) for n in range(7 * 24)]

    assert [n for n, moment in enumerate(hours) if is_open(spans, moment)] == opens


@pytest.mark.parametrize(
    ("zone", "moment", "opened"),
    [
        # Berlin is an hour before UTC in winter, two in summer; the clocks change on March 29th.
        ("Europe/Berlin", datetime(2026, 1, 5, 6, 59, tzinfo=UTC), False),
        ("Europe/Berlin", datetime(2026, 1, 5, 7, 0, tzinfo=UTC), True),
        ("Europe/Berlin", datetime(2026, 3, 30, 5, 59, tzinfo=UTC), False),
        ("Europe/Berlin", datetime(2026, 3, 30, 6, 0, tzinfo=UTC), True),
        ("Europe/Berlin", datetime(2026, 3, 30, 16, 0, tzinfo=UTC), False),
        ("America/New_York", datetime(2026, 1, 5, 12, 59, tzinfo=UTC), False),
        ("America/New_York", datetime(2026, 1, 5, 22, 59, tzinfo=UTC), True),
        ("Asia/Kolkata", datetime(2026, 1, 5, 2, 30, tzinfo=UTC), True),
        ("Asia/Kolkata", datetime(2026, 1, 4, 19, 0, tzinfo=UTC), False),
    ],
)
def test_hours_are_those_of_the_zones_clocks_summer_time_included(
    zone: str,
    moment: datetime,
    opened: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert is_open(("Mon-Fri 08:00-18:00",), moment, zone) is opened


@pytest.mark.parametrize(
    ("day", "is_one"),
    [
        (datetime(2026, 12, 24, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 12, 24, 23, 0, tzinfo=UTC), True),
        (datetime(2031, 12, 25, 12, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 12, 0, tzinfo=UTC), True),
        (datetime(2027, 12, 31, 12, 0, tzinfo=UTC), False),
        (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), True),
    ],
)
def test_holidays_are_days_of_the_zone_of_one_year_or_of_each(
    day: datetime,
    is_one: bool,  # noqa: FBT001 - a column of the table
) -> None:
    hours = Hours.of((), ("12-25", "2026-12-31", "02-29"), "Europe/Berlin")

    assert hours.is_holiday(day.timestamp()) is is_one


@pytest.mark.parametrize(
    "text",
    ["", "Mon", "Mon 8:00-9:00", "Mon 09:00-08:00", "Mon 08:00-08:00", "Mon 08:00-24:01",
     "Mon 08:60-09:00", "Mo 08:00-09:00", "Mon-Foo 08:00-09:00", "Mon 08:00-09:00 "],
)  # fmt: skip
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no hours"):
        Hours.of((text,), (), "UTC")


@pytest.mark.parametrize("text", ["", "25.12.", "2026-02-29", "13-01", "12-32", "26-12-25"])
def test_what_is_no_holiday_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no date"):
        Hours.of((), (text,), "UTC")
