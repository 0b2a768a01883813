"""How long the server takes, seen on the wire: INVITE to 200, and agent free to the next INVITE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bench.figures import Figure
from bench.phones import address
from bench.probe import Probe
from bench.stage import Centre

ROUNDS = 200
WAITING = 500
BUSY_RATE = 25.0
BUSY_SECONDS = 60.0
BUSY_PHONES = 200
TALK_SECONDS = 2.0
RATE = 50.0
PROBE_PHONES = 8
"""Audio addresses of the probe's calls, of which up to three are up at a time."""
ALONE_MS, AMONG_MS = 10.0, 15.0


class Handovers(Centre):
    """A centre whose one agent is a probe; its audio is at the last of the callers' phones."""

    def __init__(self, callers: int) -> None:
        super().__init__(callers + PROBE_PHONES, 0)
        phones = range(callers, callers + PROBE_PHONES)
        self._addresses = [address(phone) for phone in phones]

    def devices(self) -> list[str]:
        """Return the probe's device; it exists from here on."""
        audio = [(host, self.phones.port) for host in self._addresses]
        self.probe = self.stack.enter_context(Probe(audio))
        return [f"sip:probe@127.0.0.1:{self.probe.port}"]

    def run(self, rounds: int) -> tuple[list[float], list[float]]:
        """Return the seconds from INVITE to 200, and from an agent's BYE to the next INVITE.

        Each round a caller comes to wait; then the agent hangs up on the one before.
        """
        probe = self.probe
        probe.aim(self.server.sip_port)
        answers, handovers = [], []
        talking, _ = probe.call("talk")
        agent = probe.answer(probe.ringing())
        for _ in range(rounds):
            waiting, took = probe.call("talk")
            answers.append(took)
            free_at = probe.hang_up(agent)
            invite = probe.ringing()
            handovers.append(invite.at - free_at)
            agent = probe.answer(invite)
            probe.over(talking)
            talking = waiting
            probe.forget()
        probe.hang_up(agent)
        probe.over(talking)
        return answers, handovers


def delays() -> Iterator[Figure]:
    """Measure with nothing else going on, then among waiting callers and calls being set up."""
    with Handovers(0) as centre:
        yield from _told("alone", ALONE_MS, *centre.run(ROUNDS))
    with Handovers(WAITING + BUSY_PHONES) as centre:
        centre.fill(WAITING, 0, RATE)
        calls = round(BUSY_RATE * BUSY_SECONDS)
        centre.bring("wait", calls, BUSY_RATE, first=WAITING, seconds=TALK_SECONDS)
        among = f"among {WAITING} waiting and {BUSY_RATE:.0f} set-ups/s"
        yield from _told(among, AMONG_MS, *centre.run(ROUNDS))


def _told(
    when: str, most_ms: float, answers: Sequence[float], handovers: Sequence[float]
) -> Iterator[Figure]:
    for what, found in (("INVITE to 200", answers), ("agent's BYE to next INVITE", handovers)):
        half, most = np.percentile(np.array(found) * 1000, [50, 99])
        value = f"p50 {half:.1f} ms, p99 {most:.1f} ms"
        wanted = f"p99 under {most_ms:.0f} ms"
        yield Figure("delays", f"{what}, {when}", value, wanted, bool(most < most_ms))
