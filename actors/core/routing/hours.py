"""When a queue is open: hours of the week and holidays, by the clock of a named time zone. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOUR = 60
DAY = 24 * HOUR
"""In minutes."""
_SPAN = re.compile(
    rf"({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))? (\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII
)
_HOLIDAY = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)", re.ASCII)
LEAP_YEAR = 2000
"""A year that has every day there is."""


class Span(NamedTuple):
    """Open on these days of the week (0 is Monday) from one minute of the day until another."""

    days: frozenset[int]
    begins: int
    ends: int


class Holiday(NamedTuple):
    """Closed on this day, of every year where none is given."""

    year: int | None
    month: int
    day: int


def span(text: str) -> Span:
    """Return what "Mon-Fri 08:00-18:00" says; raise ValueError.

    Sat-Mon are three days. The end is not in it; the day's end is 24:00, and hours that reach into
    the next day are two.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"no hours: {text!r}")
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    days = frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))
    hour, minute, until_hour, until_minute = (int(found[at]) for at in (3, 4, 5, 6))
    begins, ends = HOUR * hour + minute, HOUR * until_hour + until_minute
    if max(minute, until_minute) >= HOUR or not begins < ends <= DAY:
        raise ValueError(f"no hours: {text!r}")
    return Span(days, begins, ends)


def holiday(text: str) -> Holiday:
    """Return what "2026-12-24" or, every year, "12-25" says; raise ValueError."""
    found = _HOLIDAY.fullmatch(text)
    if found is None:
        raise ValueError(f"no date: {text!r}")
    year = int(found[1]) if found[1] else None
    try:
        day = date(year or LEAP_YEAR, int(found[2]), int(found[3]))
    except ValueError as error:
        raise ValueError(f"no date: {text!r}: {error}") from error
    return Holiday(year, day.month, day.day)


class Hours(NamedTuple):
    """When a queue is open: in any of the spans, always where there is none; not on holidays."""

    spans: tuple[Span, ...]
    holidays: frozenset[Holiday]
    zone: ZoneInfo

    @classmethod
    def of(cls, spans: tuple[str, ...], holidays: tuple[str, ...], zone: str) -> Hours:
        """Return what the configuration says; raise ValueError or ZoneInfoNotFoundError."""
        every = frozenset(holiday(one) for one in holidays)
        return cls(tuple(span(one) for one in spans), every, ZoneInfo(zone))

    def local(self, wall: float) -> datetime:
        """Return what the zone's clocks show at that moment (Unix time)."""
        return datetime.fromtimestamp(wall, UTC).astimezone(self.zone)

    def is_holiday(self, wall: float) -> bool:
        """Tell whether that moment is on a holiday."""
        now = self.local(wall)
        these = {Holiday(None, now.month, now.day), Holiday(now.year, now.month, now.day)}
        return not self.holidays.isdisjoint(these)

    def is_open(self, wall: float) -> bool:
        """Tell whether that moment is within the hours, holidays aside."""
        now = self.local(wall)
        minute = HOUR * now.hour + now.minute
        return not self.spans or any(
            now.weekday() in one.days and one.begins <= minute < one.ends for one in self.spans
        )
