"""The log: its lines, its file, and what holds lines back."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actors import logs
from actors.exchange.rates import RateLimit
from actors.logs import configure
from actors.settings import Log
from tests.harness import FakeClock

Written = Callable[[], list[str]]

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d ")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, hook = root.level, threading.excepthook
    yield
    for one in [one for one in root.handlers if isinstance(one, logs.Behind)]:
        root.removeHandler(one)
    root.setLevel(level)
    threading.excepthook = hook


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Configure a log file; what it returns ends the log and gives its lines without the time."""
    file = tmp_path / "logs" / "acd.log"
    listener = configure(Log("info", str(file)))

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
    first = configure(Log("info", str(file)))
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
    listener = configure(Log("info", str(file)))
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


def test_a_log_file_that_cannot_be_opened_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=str(tmp_path)):
        configure(Log("info", str(tmp_path)))


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
