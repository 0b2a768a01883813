"""Strategies and levels as a configuration sets them, with real phones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.centre import CallCentre
from tests.phones import Phone

pytestmark = pytest.mark.e2e


def take(centre: CallCentre, desk: Phone, agent: str) -> None:
    """Answer the next call at the agent's phone."""
    desk.wait_ring().answer()
    centre.server.wait_agent(agent, "oncall")


def waited(centre: CallCentre) -> float:
    """Return how long the second caller had waited when the last phone was rung, in seconds."""
    [_, (since,)] = centre.journal("SELECT since FROM facts WHERE kind = 'CallJoined' ORDER BY seq")
    return centre.offers()[-1].offered_at - float(since)


def served(centre: CallCentre, caller: Phone, desk: Phone, agent: str) -> None:
    """Let one call come, this phone ring for it, and caller and agent hang up."""
    call = caller.dial(centre.uri("sales"))
    take(centre, desk, agent)
    call.hang_up()
    centre.server.wait_agent(agent, "idle")


def agents(**more: Any) -> list[dict[str, Any]]:
    """Return two agents of the queue, the second with these settings, too."""
    return [
        {"id": "2771", "queues": ["sales"]},
        {"id": "2772", "queues": ["sales"], **more},
    ]


def test_linear_rings_the_first_of_the_order_though_another_was_idle_for_longer(
    tmp_path: Path,
) -> None:
    more = {
        "queue": [{"name": "sales", "strategy": "linear", "ring_seconds": 3.0}],
        "agent": agents(order={"sales": 1}),
    }
    with CallCentre(tmp_path, more) as centre:
        first, second = centre.agent_phone("desk1", "2771"), centre.agent_phone("desk2", "2772")
        caller = centre.phone("caller")

        served(centre, caller, second, "2772")
        served(centre, caller, second, "2772")
        caller.dial(centre.uri("sales"))
        second.wait_ring().wait_over()
        first.wait_ring()

        assert [offer.agent for offer in centre.offers()] == ["2772", "2772", "2772", "2771"]


def test_an_agent_of_the_next_level_is_rung_once_the_caller_has_waited(tmp_path: Path) -> None:
    more = {
        "queue": [{"name": "sales", "widen_after": [2.0]}],
        "agent": agents(level={"sales": 2}),
    }
    with CallCentre(tmp_path, more) as centre:
        first, second = centre.agent_phone("desk1", "2771"), centre.agent_phone("desk2", "2772")
        centre.phone("talker").dial(centre.uri("sales"))
        take(centre, first, "2771")

        centre.phone("caller").dial(centre.uri("sales")).wait_up()
        take(centre, second, "2772")

        assert [offer.agent for offer in centre.offers()] == ["2771", "2772"]
        assert waited(centre) > 2.0 - 0.01


def test_who_has_the_grade_is_rung_first_and_another_once_less_is_asked_for(tmp_path: Path) -> None:
    skills = {"name": "sales", "skills": {"english": 3}, "relax_skills": [{"after": 2.0}]}
    more = {"queue": [skills], "agent": agents(skills={"english": 3})}
    with CallCentre(tmp_path, more) as centre:
        without, able = centre.agent_phone("desk1", "2771"), centre.agent_phone("desk2", "2772")

        centre.phone("talker").dial(centre.uri("sales"))
        take(centre, able, "2772")
        centre.phone("caller").dial(centre.uri("sales")).wait_up()
        take(centre, without, "2771")

        assert [offer.agent for offer in centre.offers()] == ["2772", "2771"]
        assert waited(centre) > 2.0 - 0.01


def test_an_agent_of_the_next_level_is_rung_at_once_where_nobody_of_the_first_is_logged_on(
    tmp_path: Path,
) -> None:
    more = {
        "queue": [{"name": "sales", "widen_after": [3600.0]}],
        "agent": agents(level={"sales": 2}),
    }
    with CallCentre(tmp_path, more) as centre:
        second = centre.agent_phone("desk2", "2772")

        centre.phone("caller").dial(centre.uri("sales"))
        take(centre, second, "2772")
