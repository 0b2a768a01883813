"""The names by which calls, legs, agents, queues and leases are known everywhere."""

from __future__ import annotations

from typing import NamedTuple, NewType

CallId = NewType("CallId", str)
"""Our name of a call, unique over restarts, short enough for a log line: ``t3k2a1-17``."""

AgentId = NewType("AgentId", str)
"""The digits an agent logs on with: ``2771``."""

QueueName = NewType("QueueName", str)
"""The user part of the queue's AOR: ``sales`` of ``sip:sales@acd.example``."""

LeaseId = NewType("LeaseId", int)
"""One attempt to ring one agent for one call; never used twice while the server runs."""

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
