"""A centre whose phones say nothing and hear nothing: SIPp alone plays callers and agents.

Each phone has an address of its own for its audio; one socket has all that comes, and nobody reads
it. Where nobody listened each packet would come back as an ICMP error, as it does from no phone.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench import centre, sipp
from bench.generator import wait_for
from bench.phones import address
from bench.stage import Centre, Stage
from tests.ports import free_port

CALLERS = 4000
IDLE_SECONDS = 4.0
COUNTED_SECONDS = 1.1
"""SIPp writes its counters once a second."""
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
        """Return the milliseconds of these processes for each call that ended well."""
        well = max(self.made - self.failed - self.unfinished, 1)
        return 1000 * sum(self.used[name] for name in names) / well

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
    desks: sipp.Sipp | None = None,
) -> Outcome:
    """Make the calls; return what became of them and what they cost, to the last BYE.

    What the agents' phones sent again or could not end counts, too.
    """
    earlier = desks.counts() if desks else sipp.Counts()
    before = centre.moment(*processes.values())
    with calling:
        wait_for(calling.ended, load.lasts + PATIENCE_SECONDS)
        after = centre.moment(*processes.values())
        counts, taken = calling.counts(), calling.taken()
    time.sleep(COUNTED_SECONDS)
    later = desks.counts() if desks else sipp.Counts()
    by_pid = centre.used(before, after, idle)
    return Outcome(
        load.count,
        max(counts.failed, later.failed - earlier.failed),
        load.count - counts.done - counts.failed,
        counts.retransmissions + later.retransmissions - earlier.retransmissions,
        taken,
        {name: by_pid[pid] for name, pid in processes.items()},
    )


class Deaf(Stage):
    """A stage with such phones: agents ring for 200 ms, and hang up after `talk_seconds`."""

    def __init__(self, agents: int, talk_seconds: float) -> None:
        super().__init__(CALLERS, agents)
        self._talk_seconds = talk_seconds

    def _start_phones(self, stack: contextlib.ExitStack) -> None:
        deaf = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        self.audio_port = free_port()
        deaf.bind(("0.0.0.0", self.audio_port))  # noqa: S104 - all of 127.0.0.0/8, for one run
        desks = sipp.desks(self.folder, self.audio_port, self.agents_port, self._talk_seconds)
        self.desks = self._enter(stack, desks)

    def calling(self, port: int, users: Sequence[str], load: sipp.Load) -> sipp.Sipp:
        """Return callers who call `users` in turn, yet to be started."""
        rows = [(address(at), users[at % len(users)]) for at in range(CALLERS)]
        return self.callers_of(port, rows, load)


class Desks(Deaf, Centre):
    """Such a stage with the server."""

    more = centre.SILENT

    def __init__(
        self, agents: int, talk_seconds: float, most_calls: int = centre.MOST_CALLS
    ) -> None:
        super().__init__(agents, talk_seconds)
        self.most_calls = most_calls

    def rest(self) -> None:
        """Measure what the server uses while nobody calls."""
        self.idle = idle_shares(self.processes)

    def come(self, users: Sequence[str], load: sipp.Load) -> sipp.Sipp:
        """Return callers of the server, yet to be started."""
        return self.calling(self.server.sip_port, users, load)

    def serve(self, users: Sequence[str], load: sipp.Load) -> Outcome:
        """Let callers come."""
        calling = self.come(users, load)
        return run(calling, load, self.processes, self.idle, self.desks)
