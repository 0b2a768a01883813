"""What queues and agents answer when asked how they are, by REST and by tests."""

from __future__ import annotations

from dataclasses import dataclass

from actors.ids import AgentId, QueueName


@dataclass(frozen=True, slots=True)
class GetSnapshot:
    """http -> queue or agent: ask for a QueueSnapshot or AgentSnapshot."""


@dataclass(frozen=True, slots=True)
class CallView:
    """One call as its queue shows it; `state` is waiting, assigned or connected."""

    id: str
    state: str
    caller: str
    called: str


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """A queue's calls, longest waiting first."""

    name: QueueName
    calls: tuple[CallView, ...]


@dataclass(frozen=True, slots=True)
class AgentSnapshot:
    """An agent as REST shows it; `idle_seconds` 0 unless idle; `device` empty when logged out."""

    id: AgentId
    state: str
    idle_seconds: int
    device: str
    member_of: tuple[QueueName, ...]
