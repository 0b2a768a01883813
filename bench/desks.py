"""A centre without audio: agents whose phones ring for 200 ms, callers whom SIPp alone plays.

Each call names a media port of its own at which nobody listens.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from bench import centre, sipp
from bench.generator import wait_for
from bench.stage import Centre

IDLE_SECONDS = 4.0
PATIENCE_SECONDS = 40.0
"""From the last call's begin until SIPp must have ended: RFC 3261's 32 s and a little."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the calls of one load; `used` in seconds of a processor, by process.

    `unfinished` had no end when patience had; `taken` is each answer to an INVITE.
    """

    made: int
    failed: int
    unfinished: int
    sent_again: int
    taken: list[sipp.Taken]
    used: Mapping[str, float]

    @property
    def clean(self) -> bool:
        """Whether every call went as it should, at the first attempt of every message."""
        return not (self.failed or self.unfinished or self.sent_again)

    def told(self) -> str:
        """Return how the calls went, in words."""
        return (
            f"{self.failed} of {self.made} failed, {self.unfinished} unfinished, "
            f"{self.sent_again} messages sent again"
        )

    def ms_per_call(self, *names: str) -> float:
        """Return the milliseconds of these processes for each call."""
        return 1000 * sum(self.used[name] for name in names) / self.made

    def answers(self) -> list[float]:
        """Return the milliseconds from INVITE to 200 of each call."""
        return [one.ms for one in self.taken if one.timer == 1]


def idle_shares(processes: Mapping[str, int]) -> dict[int, float]:
    """Return what the processes use of a core, in percent, while nobody calls."""
    before = centre.moment(*processes.values())
    time.sleep(IDLE_SECONDS)
    return centre.shares(before, centre.moment(*processes.values()))


def run(
    calling: sipp.Sipp,
    load: sipp.Load,
    processes: Mapping[str, int],
    idle: Mapping[int, float],
    others: tuple[sipp.Sipp, ...] = (),
) -> Outcome:
    """Make the calls; return what became of them and what they cost, to the last BYE.

    What `others`, the agents' phones, sent again or failed in counts, too.
    """
    earlier = [other.counts() for other in others]
    before = centre.moment(*processes.values())
    with calling:
        wait_for(calling.ended, load.count / load.rate + load.seconds + PATIENCE_SECONDS)
        after = centre.moment(*processes.values())
        counts, taken = calling.counts(), calling.taken()
    time.sleep(1.0)  # the others write their counters once a second
    sent_again = counts.retransmissions
    failed = counts.failed
    for other, was in zip(others, earlier, strict=True):
        now = other.counts()
        sent_again += now.retransmissions - was.retransmissions
        failed = max(failed, now.failed - was.failed)
    by_pid = centre.used(before, after, idle)
    used = {name: by_pid[pid] for name, pid in processes.items()}
    unfinished = load.count - counts.done - counts.failed
    return Outcome(load.count, failed, unfinished, sent_again, taken, used)


class Desks(Centre):
    """A centre with so many agents at phones without audio, who hang up after a while."""

    more = centre.SILENT

    def __init__(
        self, agents: int, talk_seconds: float, most_calls: int = centre.MOST_CALLS
    ) -> None:
        super().__init__(0, 0)
        self.most_calls = most_calls
        self._count, self._talk_seconds = agents, talk_seconds

    def devices(self) -> list[str]:
        """Return the agents' devices; their phones are there from here on."""
        self.desks = self._enter(
            self.stack, sipp.desks(self.folder, self.agents_port, self._talk_seconds)
        )
        return [f"sip:a{at}@127.0.0.1:{self.agents_port}" for at in range(self._count)]

    @property
    def place(self) -> str:
        """Where SIPp finds the server."""
        return f"127.0.0.1:{self.server.sip_port}"

    def rest(self) -> None:
        """Measure what the server uses while nobody calls."""
        self.idle = idle_shares(self.processes)

    def serve(self, rate: float, seconds: float, stay_seconds: float) -> Outcome:
        """Let callers come to the agents at a rate for some seconds."""
        load = sipp.Load(round(rate * seconds), rate, stay_seconds)
        calling = sipp.customers(self.folder, self.place, "talk", load)
        return run(calling, load, self.processes, self.idle, (self.desks,))
