"""PJSIP's log, and the SIP trace made of it: one entry a message, with direction and peer."""

from __future__ import annotations

import logging
import re

import pjsua2

from actors.core.wire.text import without_passwords
from actors.exchange.clock import SystemClock
from actors.exchange.rates import RateLimit
from actors.sip import clib
from actors.sip.guard import override

logger = logging.getLogger("sip")

QUIET, MESSAGES = 2, 4
"""Levels of PJSIP's log: errors and warnings; and with every SIP message that comes and goes."""

HEAD = re.compile(r"(TX|RX) \d+ bytes ([^()]*) \(\w+\) (?:to|from) (\S+ \S+):$")
"""The first line of an entry that holds a message, which follows it."""

END = "--end msg--"
LONGEST_HEAD = 300
LEVELS = {1: logging.WARNING, 2: logging.INFO}
STAMP = re.compile(r"^[0-9:.]+ +")
MOST_LINE = 300
"""Characters of a line of PJSIP's."""


class Writer(pjsua2.LogWriter):
    """Takes PJSIP's log lines; those with a SIP message become a trace entry."""

    log_name = "SIP log"

    def __init__(self) -> None:
        super().__init__()
        self._limit = RateLimit(SystemClock(), seconds=1.0)

    @override
    def write(self, entry: pjsua2.LogEntry) -> None:
        """Pass one line of PJSIP's log on."""
        head, _, message = entry.msg.partition("\n")
        found = HEAD.search(head.rstrip("\r")[:LONGEST_HEAD])
        if found:
            way, what, peer = found.groups()
            text, end, _ = message.rpartition(END)
            text = without_passwords(text if end else message).replace("\r\n", "\n").rstrip()
            logger.info("%s %s %s\n%s", "->" if way == "TX" else "<-", peer, what, text)
        elif entry.level in LEVELS:
            self._tell(LEVELS[entry.level], entry.msg)

    def _tell(self, level: int, words: str) -> None:
        """Log the first line of what PJSIP says, once a second for each of its source files.

        It writes a line, and for some the whole packet, about each packet that it drops.
        """
        line = STAMP.sub("", words.strip().partition("\n")[0])[:MOST_LINE]
        if (held := self._limit.admit(line.partition(" ")[0])) is not None:
            more = f" ({held} more from there)" if held else ""
            logger.log(level, "stack: %s%s", line, more)

    def fault(self) -> None:
        """Drop the line."""


_kept: list[Writer] = []


def writer() -> Writer:
    """Make the one writer. C++ keeps no reference to it: so this module does, for ever."""
    made = Writer()
    # libDestroy deletes the C++ half: Python must not do it again.
    made.this.disown()
    _kept.append(made)
    return made


def switch(*, on: bool) -> None:
    """Write every SIP message to the log, or stop doing so. Costs nothing while off."""
    clib.set_log_level(MESSAGES if on else QUIET)
