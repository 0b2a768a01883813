"""The server under attack, an honest agent beside it, and the verdict after each attack."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psutil

from tests.hostile.honest import HonestPhone, is_served
from tests.hostile.stranger import EVIL_PHONES, HONEST, LURED_PHONE
from tests.server import AcdServer, eventually

HONEST_AGENT = "2771"
LURED_AGENT = "3000"
EVIL_AGENTS = tuple(str(3001 + at) for at in range(len(EVIL_PHONES)))

CONFIGURATION: dict[str, Any] = {
    "sip": {
        "max_calls": 300,
        "unreachable_seconds": 1.0,
        "peer": [
            {
                "name": "desks",
                "addresses": [HONEST, LURED_PHONE, *EVIL_PHONES],
                "may_log_on": True,
                "without_caps": True,
            }
        ],
        # What the door lets nobody say by the hundred is to be tried by the hundred.
        "limits": {
            "half_open": 100,
            "setups_per_second": 1000,
            "requests_per_second": 10_000,
            "dialog_requests_per_second": 1000,
            "connections": 100,
        },
    },
    "presence": {"subscribe": True, "unknown_is_idle_after": 0.0},
    "media": {"quiet_seconds": 5.0},
    "login": {"digit_seconds": 3.0, "takeover": True},
    # Phones that decline, or are not there, are to be rung again soon.
    "outcomes": {
        "strikes": 1000,
        "reject_cooldown": 0.1,
        "busy_cooldown": 0.1,
        "unreachable_cooldown": 0.1,
    },
    "queue": [
        {"name": "sales"},
        {"name": "wait"},
        {"name": "trap", "ring_seconds": 1.0},
        {"name": "lure"},
    ],
    "agent": [
        {"id": HONEST_AGENT, "queues": ["sales"]},
        {"id": LURED_AGENT, "queues": ["lure"]},
        *({"id": agent, "queues": ["trap"]} for agent in EVIL_AGENTS),
    ],
}

GIVEN_BACK_SECONDS = 90.0
"""A leg whose 200 is never acknowledged, or whose BYE is never answered, ends after 32 s (RFC 3261,
13.3.1.4 and 17.1.2.2)."""
MOST_GROWTH_MIB = 150.0
"""What 200 requests a second inside dialogs take: PJSIP keeps each one's transaction for 32 s, some
20 kB."""
MOST_LINES_A_MESSAGE = 0.2
LINES_OF_OUR_OWN = 2000
"""Log lines of the start, of the honest calls and of the bait."""
REMEMBERED = 2000
TROUBLE = re.compile(r"Traceback| critical |Fatal Python error| died|Assertion")


class Ground:
    """One server, which strangers attack one after another."""

    def __init__(self, folder: Path) -> None:
        self.server = AcdServer(folder, CONFIGURATION)
        self.sent = 0
        """Messages and packets that strangers have sent."""
        self._last: deque[bytes] = deque(maxlen=REMEMBERED)

    def __enter__(self) -> Self:
        self.server.start()
        self.phone = HonestPhone(self.server)
        self.phone.log_on(HONEST_AGENT)
        self._pump = self.server.pump().pid
        self._looked_at = self.server.log_mark()
        self._memory = self._memory_mib()
        return self

    def __exit__(self, *_unused: object) -> None:
        self.phone.close()
        self.server.close()

    def note(self, message: bytes) -> bytes:
        """Remember what is about to be sent, so that what did the harm can be found."""
        self.sent += 1
        self._last.append(message)
        return message

    def last(self) -> bytes:
        """Return what was sent last."""
        return self._last[-1]

    def remembered(self) -> Path:
        """Write what was sent last, oldest first, and beside it the server's log; return where."""
        file = self.server.folder / "sent.txt"
        file.write_text("".join(f"{message!r}\n" for message in self._last))
        file.with_name("server.log").write_text(self.server.log_tail(1_000_000))
        return file

    def serves(self) -> str:
        """Have an honest caller served; return what went wrong, empty where nothing did."""
        return is_served(self.server, self.phone, b"sales")

    # -- the verdict

    def is_dead(self) -> bool:
        """Whether there is no server any more."""
        return not self._lives()

    def quick(self) -> list[str]:
        """Return whether the server is dead, or the honest are not served."""
        if self.is_dead():
            return ["the server died"]
        return list(filter(None, [self.serves()]))

    def complaints(self) -> list[str]:
        """Return what is wrong with the server after an attack: nothing, one hopes."""
        if not self._lives():
            return [f"the server is dead:\n{self.server.log_tail(40)}"]
        return [*self._ailments(), *self._trouble(), *filter(None, [self.serves()])]

    def _lives(self) -> bool:
        try:
            return self.server.process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def _ailments(self) -> Iterator[str]:
        told = self.server.health()
        yield from told["problems"]
        pump = self.server.find_pump()
        if pump is None or pump.pid != self._pump:
            yield "the pump died"
            self._pump = pump.pid if pump else 0
        if dropped := told["media"]["dropped_batches"]:
            yield f"the pump dropped {dropped} batches"
        if faults := told["actors"]["faults"]:
            yield f"handlers failed: {faults}"
        if faults := told["gateway"]["faults"]:
            yield f"{faults} callbacks of SIP failed"

    def _trouble(self) -> Iterator[str]:
        """Return lines of the log that no stranger may cause."""
        lines = self.server.lines[self._looked_at :]
        self._looked_at += len(lines)
        for at, line in enumerate(lines):
            if TROUBLE.search(line):
                yield "\n".join(lines[max(0, at - 1) : at + 20])
                return

    # -- what strangers have taken

    def what_is_kept(self) -> list[str]:
        """Wait until nobody but the honest has anything of the server's; return what is kept."""
        try:
            eventually(lambda: not any(self._rest().values()), "all to end", GIVEN_BACK_SECONDS)
        except AssertionError:
            return [f"kept for nobody: {self._rest()} (the last messages: {self.remembered()})"]
        return [*self._too_much(), *self.complaints()]

    def _rest(self) -> dict[str, int]:
        told = self.server.health()
        return {
            "calls": told["actors"]["calls"],
            "sessions": told["media"]["sessions"],
            "legs": told["gateway"]["legs"],
            "stack calls": told["gateway"]["stack_calls"],
        }

    def _too_much(self) -> Iterator[str]:
        if (grown := self._memory_mib() - self._memory) > MOST_GROWTH_MIB:
            yield f"memory has grown by {grown:.0f} MiB"
        allowed = LINES_OF_OUR_OWN + int(self.sent * MOST_LINES_A_MESSAGE)
        if (lines := self.server.log_mark()) > allowed:
            yield f"{lines} log lines, {self.sent} messages"

    def _memory_mib(self) -> float:
        return self.server.figures().rss_kib / 1024
