"""Who decided something, in one word, as the journal and whoever reads it say it."""

from __future__ import annotations

from typing import NewType

from actors.ids import AgentId

By = NewType("By", str)
"""``caller``, ``server``, ``agent:2771``, ``rule:strikes``, ``user:margaret`` or ``token:crm``.

A rule is named by what it is about: ring-time, strikes, most-idle (a strategy),
max-wait. A user is a person at a page, a token a program.
"""

BY_CALLER = By("caller")
BY_SERVER = By("server")


def by_agent(agent: AgentId) -> By:
    """Return the word for an agent, by the phone or by what the agent's phone is set to do."""
    return By(f"agent:{agent}")


def by_rule(name: str) -> By:
    """Return the word for what the configuration demands."""
    return By(f"rule:{name}")


def is_rule(by: By) -> bool:
    """Tell whether the configuration demanded it."""
    return by.startswith("rule:")
