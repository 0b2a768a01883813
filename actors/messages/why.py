"""Why a call or an agent is served or not: questions to the floor, and its answers."""

from __future__ import annotations

from enum import StrEnum

from actors.ids import AgentId, CallId, QueueName
from actors.messages.message import Message


class Bar(StrEnum):
    """A rule by which an agent is not offered a call."""

    LOGGED_OFF = "logged-off"
    NOT_FREE = "not-free"
    """In a call, paused, not responding ...: the agent's own state says which."""
    OFFERED = "offered"
    """Just now a call is offered to the agent."""
    ENOUGH = "enough"
    """For the call as many phones ring as are to ring at a time."""
    SKILLS = "skills"
    """The agent has not the grades that are asked for as yet."""
    LEVEL = "level"
    """The call has not waited long enough for agents of this level."""
    AVOIDED = "avoided"
    """The agent's phone could not take this very call."""
    CALL_BEFORE = "call-before"
    """Another call is before this one, and somebody free may take it."""
    AGENT_BEFORE = "agent-before"
    """The strategy of the queue puts another free agent first."""


class Against(Message, frozen=True):
    """One reason against, in words; `call` or `agent` is who comes before, where somebody does."""

    bar: Bar
    text: str
    call: CallId | None = None
    agent: AgentId | None = None


class Candidate(Message, frozen=True):
    """An agent for a call that waits in one of his queues: rung now, or what is against it."""

    call: CallId
    agent: AgentId
    queue: QueueName
    against: tuple[Against, ...]

    @property
    def rung_now(self) -> bool:
        """Whether the next phone to ring is the agent's, for this call."""
        return not self.against


class WhyCall(Message, frozen=True):
    """http -> floor: who would be rung for this call, and why not? Answered by a CallExplained."""

    call: CallId


class WhyAgent(Message, frozen=True):
    """http -> floor: which call would the agent be rung for? Answered by an AgentExplained."""

    agent: AgentId


class CallExplained(Message, frozen=True):
    """floor -> http: what decides about a call: `rule` in words, and the queue's members.

    `queue` is None of a call that no phone is to be rung for: it is unknown, talks, or rests. Those
    who are free come first; of a great many members, `more` are not told of.
    """

    call: CallId
    queue: QueueName | None
    rule: str
    candidates: tuple[Candidate, ...] = ()
    more: int = 0


class AgentExplained(Message, frozen=True):
    """floor -> http: what decides about an agent: `rule` in words, and the calls that wait for him.

    They are those of all his queues, whoever is served first before the others; of a great many,
    `more` are not told of. `against` is what is against any call.
    """

    agent: AgentId
    rule: str
    against: tuple[Against, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    more: int = 0
