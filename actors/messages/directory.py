"""From the directory to everybody concerned: what exists now, what of it has changed, what ends.

At the start all there is comes as Added, as whatever is added later does.
"""

from __future__ import annotations

from actors.ids import AgentId, QueueName
from actors.messages.by import By
from actors.messages.duty import Restore
from actors.messages.message import Message
from actors.settings import Agent, Queue

# ---- directory -> everybody concerned ----------------------------------------------------------


class QueueAdded(Message, frozen=True):
    """directory -> floor, switchboard: this queue exists; `agents` are its own, in their order."""

    queue: Queue
    agents: tuple[Agent, ...]


class QueueChanged(Message, frozen=True):
    """directory -> floor, switchboard, queue: it is so from now on; calls and clocks stay.

    A queue that is `closing` takes no new callers, and ends when those it has are gone.
    """

    queue: Queue
    agents: tuple[Agent, ...]
    closing: bool = False


class QueueRemoved(Message, frozen=True):
    """directory -> floor, switchboard: the queue is no more; nobody is in it."""

    queue: QueueName


class AgentAdded(Message, frozen=True):
    """directory -> seats: this agent may log on; `queues` are the agent's own.

    -> agent: the same, to one who was being removed and stays after all.
    """

    agent: Agent
    queues: tuple[Queue, ...]


class AgentChanged(Message, frozen=True):
    """directory -> seats, agent: the agent is so from now on; a call in progress goes on."""

    agent: Agent
    queues: tuple[Queue, ...]


class AgentRemoved(Message, frozen=True):
    """directory -> seats, agent: logs on no more; one on a call ends with that call."""

    agent: AgentId
    by: By


News = QueueAdded | QueueChanged | QueueRemoved | AgentAdded | AgentChanged | AgentRemoved

# ---- back to the directory ---------------------------------------------------------------------


class NobodyEnters(Message, frozen=True):
    """switchboard -> queue, closing: no call that came in for you is up any more."""

    queue: QueueName


class QueueEmpty(Message, frozen=True):
    """queue, closing -> directory: nobody is in it, and nobody comes."""

    queue: QueueName


class AgentGone(Message, frozen=True):
    """agent, removed -> directory: logged off and on no call."""

    agent: AgentId


# ---- root -> directory -------------------------------------------------------------------------


class Exist(Message, frozen=True):
    """root -> directory: these queues and agents, and no others, are to exist. `by` wants it."""

    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    by: By


class TakeSeats(Message, frozen=True):
    """root -> directory, once all is up: agents sit where they sat; all others' time begins."""

    seats: tuple[Restore, ...]
