"""The log: its lines, its file, and what holds lines back."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from actors import logs
from actors.exchange.clock import SystemClock
from actors.exchange.rates import RateLimit
from actors.logs import configure
from actors.settings import Log
from tests.harness import FakeClock
from tests.server import eventually

Written = Callable[[], list[str]]

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d ")


@pytest.fixture(autouse=True)
def _logging_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing"):
        monkeypatch.setattr(logging, name, getattr(logging, name))
    root = logging.getLogger()
    level, hook, factory = root.level, threading.excepthook, logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(factory)
    for one in [one for one in root.handlers if isinstance(one, logs.Behind)]:
        root.removeHandler(one)
    root.setLevel(level)
    threading.excepthook = hook


def record(text: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("actors.call", logging.INFO, "", 0, text, arguments, None)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Configure a log file; what it returns ends the log and gives its lines without the time."""
    file = tmp_path / "logs" / "acd.log"
    listener = configure(Log("info", str(file)), SystemClock())

    def lines() -> list[str]:
        listener.stop()
        return [STAMP.sub("", line) for line in file.read_text().splitlines()]

    return lines


def test_a_line_has_time_level_name_and_text(tmp_path: Path, written: Written) -> None:
    logging.getLogger("actors.call").info("call %s: answered after %d ms", "t3k2a1-17", 40)

    assert written() == ["info call: call t3k2a1-17: answered after 40 ms"]
    assert STAMP.match((tmp_path / "logs" / "acd.log").read_text())


def test_debug_lines_and_those_of_pykka_are_left_out(written: Written) -> None:
    logging.getLogger("actors.call").debug("much")
    logging.getLogger("pykka").debug("more")

    assert written() == []


def test_a_text_cannot_forge_a_line_nor_drive_a_terminal(written: Written) -> None:
    logging.getLogger("media.actor").warning("from %s", "\x1b[2J\n2026 error call: all is lost")

    assert written() == ["warning media.actor: from \\x1b[2J", "    2026 error call: all is lost"]


def test_bytes_that_are_no_text_are_written_as_such(written: Written) -> None:
    name = b"M\xfcller".decode("utf-8", "surrogateescape")
    logging.getLogger("sip").warning("from %s, \ud800", name)

    assert written() == ["warning sip: from M\\xfcller, \\ud800"]


def test_an_exception_is_indented_below_its_line(written: Written) -> None:
    try:
        int("x")
    except ValueError:
        logging.getLogger("actors.call").exception("call 1: failed")

    lines = written()
    assert lines[0] == "error call: call 1: failed"
    assert lines[-1] == "    ValueError: invalid literal for int() with base 10: 'x'"
    assert all(line.startswith("    ") for line in lines[1:])


def test_a_thread_that_dies_is_in_the_log(written: Written) -> None:
    def die() -> None:
        raise ValueError("no more")

    thread = threading.Thread(target=die, name="worker")
    thread.start()
    thread.join()

    lines = written()
    assert lines[0] == "critical logs: thread worker died"
    assert lines[-1] == "    ValueError: no more"


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "acd.log"
    file.with_suffix(".old").touch()
    first = configure(Log("info", str(file)), SystemClock())
    logging.getLogger("actors.call").info("one")
    first.stop()
    file.rename(file.with_suffix(".1"))
    first.start()

    logging.getLogger("actors.call").info("two")
    first.stop()

    assert file.with_suffix(".1").read_text().endswith("one\n")
    assert file.read_text().endswith("two\n")


def test_a_disk_that_hangs_delays_nobody_and_lost_lines_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(logs, "MOST_WAITING", 3)
    file = tmp_path / "acd.log"
    listener = configure(Log("info", str(file)), SystemClock())
    listener.stop()
    for number in range(5):
        logging.getLogger("actors.call").info("line %d", number)
    listener.start()
    listener.stop()
    listener.start()

    logging.getLogger("actors.call").info("line 5")
    listener.stop()

    told = [STAMP.sub("", line) for line in file.read_text().splitlines()]
    assert told == [
        "info call: line 0",
        "info call: line 1",
        "info call: line 2",
        "error logs: 2 lines lost: the log could not be written fast enough",
        "info call: line 5",
    ]


def test_a_burst_of_lines_is_a_few_writes(tmp_path: Path) -> None:
    class Counted(logs.File):
        writes = 0

        def write(self, text: str) -> None:
            Counted.writes += 1
            super().write(text)

    behind = logs.Behind(SystemClock())
    writer = logs.Writer(behind, Counted(tmp_path / "acd.log"))
    writer.start()
    for number in range(2000):
        behind.handle(record("line %d", number))
    writer.stop()

    assert len((tmp_path / "acd.log").read_text().splitlines()) == 2000
    assert Counted.writes < 100


def test_lines_of_a_sleeping_log_are_written_soon(tmp_path: Path) -> None:
    file = tmp_path / "acd.log"
    listener = configure(Log("info", str(file)), SystemClock())
    for number in range(5):
        logging.getLogger("actors.call").info("line %d", number)
        eventually(lambda: file.read_text().count("\n") > number, "the line")  # noqa: B023
    listener.stop()


def test_a_line_says_what_was_so_when_it_was_told(written: Written) -> None:
    legs = ["caller"]
    logging.getLogger("actors.call").info("legs: %s", legs)
    legs.append("agent")

    assert written() == ["info call: legs: ['caller']"]


def test_a_line_that_cannot_be_put_together_is_told_and_costs_no_other(
    written: Written,
) -> None:
    [behind] = [one for one in logging.getLogger().handlers if isinstance(one, logs.Behind)]
    behind.handle(record("%d calls", "two"))
    behind.handle(record("next"))

    first, second = written()
    assert first.startswith("info call: '%d calls' with ('two',): ")
    assert second == "info call: next"


def test_a_line_has_the_time_of_the_one_wall_clock(tmp_path: Path) -> None:
    clock = FakeClock(wall=1_700_000_000.25)
    clock.step = 7200.0
    file = tmp_path / "acd.log"
    listener = configure(Log("info", str(file)), clock)
    logging.getLogger("actors.call").info("one")
    clock.at += 60
    logging.getLogger("actors.call").info("two")
    listener.stop()

    at = [datetime.fromisoformat(line.split(" ")[0]) for line in file.read_text().splitlines()]
    assert [one.timestamp() for one in at] == [1_700_000_000.25, 1_700_000_060.25]


def test_what_a_full_disk_does_not_take_is_counted_and_told_when_there_is_room() -> None:
    class Disk:
        full = True
        written = ""

        def write(self, text: str) -> None:
            if self.full:
                raise OSError("no space left on device")
            self.written += text

        def close(self) -> None:
            pass

    behind, disk = logs.Behind(SystemClock()), Disk()
    writer = logs.Writer(behind, disk)
    for text in ("one", "two"):
        behind.handle(record(text))
    writer.start()
    writer.stop()
    disk.full = False
    behind.handle(record("three"))
    writer.start()
    writer.stop()

    told = disk.written.splitlines()
    assert told[0] == "... 2 lines are missing here: they could not be written"
    assert told[1].endswith("three")


def test_a_log_file_that_cannot_be_opened_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=str(tmp_path)):
        configure(Log("info", str(tmp_path)), SystemClock())


def test_one_line_a_key_in_ten_seconds_and_the_next_says_how_many_were_held_back() -> None:
    clock = FakeClock()
    limit = RateLimit(clock)

    first = [limit.admit("a"), limit.admit("a"), limit.admit("b"), limit.admit("a")]
    clock.at += 10
    later = [limit.admit("a"), limit.admit("a"), limit.admit("b")]

    assert first == [0, None, 0, None]
    assert later == [2, None, 0]


def test_invented_keys_take_no_memory() -> None:
    limit = RateLimit(FakeClock())

    for number in range(5000):
        limit.admit(str(number))

    assert len(limit._keys) == RateLimit.MOST_KEYS
