"""What queues and agents answer when asked how they are, by REST and by tests."""

from __future__ import annotations

from actors.ids import AgentId, QueueName
from actors.messages.message import Message


class GetSnapshot(Message, frozen=True):
    """http -> queue or agent: ask for a QueueSnapshot or AgentSnapshot."""


class CallView(Message, frozen=True):
    """One call as its queue shows it; `state` is waiting, assigned or connected."""

    id: str
    state: str
    caller: str
    called: str


class QueueSnapshot(Message, frozen=True):
    """A queue's calls, longest waiting first."""

    name: QueueName
    calls: tuple[CallView, ...]


class AgentSnapshot(Message, frozen=True):
    """An agent as REST shows it; `device` is empty when logged out.

    `idle_since` in monotonic seconds, None unless idle: an answer that stays true as time passes.
    """

    id: AgentId
    state: str
    idle_since: float | None
    device: str
    member_of: tuple[QueueName, ...]
