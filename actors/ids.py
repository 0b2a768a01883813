"""The names by which calls, legs, agents, queues and leases are known everywhere."""

from __future__ import annotations

from itertools import count
from typing import NamedTuple, NewType

CallId = NewType("CallId", str)
"""Our name of a call, unique for ever: ``t3k2a1-17``, with a node's name ``n1-t3k2a1-17``."""

AgentId = NewType("AgentId", str)
"""The digits an agent logs on with: ``2771``."""

QueueName = NewType("QueueName", str)
"""The user part of the queue's AOR: ``sales`` of ``sip:sales@acd.example``."""

LeaseId = NewType("LeaseId", str)
"""One attempt to ring one agent for one call, unique for ever: ``t3k2a1-L17``."""

PromptId = NewType("PromptId", str)
"""One spoken text or audio file, by the hash of what it says."""

MusicClass = NewType("MusicClass", str)
"""One endless piece of music on its own shared clock."""


class Leg(NamedTuple):
    """One SIP dialog and RTP session of a call: number 0 is the caller's, 1 and up the agents'."""

    call: CallId
    number: int

    def __str__(self) -> str:
        return f"{self.call}.{self.number}"


class Ids:
    """Makes ids that no other node makes, no other run, and none after a step of the clock.

    `node` is this machine's name among others, empty where it is alone; `run` a number that the
    journal has given to no run before. Both together are a node's `life`. May be asked from any
    thread.
    """

    def __init__(self, node: str = "", run: int = 0) -> None:
        self.life = f"{node}-{_base36(run)}" if node else _base36(run)
        self._calls = count(1)
        self._leases = count(1)

    def call(self) -> CallId:
        """Return the id of the next call."""
        return CallId(f"{self.life}-{next(self._calls)}")

    def lease(self) -> LeaseId:
        """Return the id of the next lease."""
        return LeaseId(f"{self.life}-L{next(self._leases)}")


def life_of(call: CallId) -> str:
    """Return in which life of which node the call is."""
    return call.rpartition("-")[0]


DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        text = DIGITS[digit] + text
    return text or "0"
