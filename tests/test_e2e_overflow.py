"""Queues with limits, called by real phones: where a caller goes who may not wait there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actors.config import load
from media.sounds import prepare
from tests.centre import CallCentre, hears_tone
from tests.hearing import Pcm

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

FULL = "We are sorry, all of our lines are busy at the moment. Please call again in an hour."
LATER = "Nobody could take your call this time. Please try again later, or write to us."
NIGHT = "You have reached us while we are closed. Please call again during our office hours."
TODAY = datetime.now(UTC)
DAYS = [f"{TODAY + timedelta(days=n):%Y-%m-%d}" for n in range(2)]
LATER_HOURS = [f"{TODAY + timedelta(days=3):%a} 00:00-24:00"]
SETTINGS: dict[str, Any] = {
    "queue": [
        {
            "name": "sales",
            "max_wait": 4.0,
            "ring_seconds": 30.0,
            "overflow": {"max_wait": {"queue": "support"}},
        },
        {
            "name": "support",
            "ring_seconds": 30.0,
            "max_wait": 3.0,
            "overflow": {"max_wait": {"say": LATER}},
        },
        {"name": "orders", "max_length": 1, "overflow": {"max_length": {"say": FULL}}},
        {"name": "night", "closed": True, "overflow": {"closed": {"say": NIGHT}}},
        {"name": "later", "hours": LATER_HOURS, "overflow": {"hours": {"say": NIGHT}}},
        {"name": "feast", "holidays": DAYS, "overflow": {"holidays": {"say": NIGHT}}},
        {"name": "desk", "no_agents": "leave", "overflow": {"no_agents": {"say": LATER}}},
        {"name": "keyed", "leave_key": "1", "overflow": {"leave_key": {"queue": "support"}}},
    ],
    "agent": [
        {"id": "2771", "queues": ["support"]},
        {"id": "2772", "queues": ["sales"]},
        {"id": "2773", "queues": ["desk"]},
    ],
}
SHUT = {"night": "closed", "later": "hours", "feast": "holiday"}
VISITS = 'SELECT queue, ending, reason, "by", "to" FROM visits ORDER BY seq'
CALLS = "SELECT result, reason, ended_by FROM calls WHERE purpose = 'queue' ORDER BY seq"


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, SETTINGS) as running:
        yield running


def goodbye(centre: CallCentre, text: str) -> Pcm:
    """Return the audio of the prompt that says this."""
    settings = load(centre.server.configuration)
    prompt = next(one.id for one in settings.prompts().values() if one.text == text)
    return np.asarray(np.load(prepare(settings).prompts[prompt]), np.int16)


def test_who_has_waited_for_too_long_is_answered_in_the_other_queue(centre: CallCentre) -> None:
    desk = centre.agent_phone("desk", "2771")
    call = centre.phone("caller").dial(centre.uri("sales"))
    call.wait_up()

    agent = desk.wait_ring()
    assert centre.server.calls("sales") == []
    agent.answer()
    centre.server.wait_calls("support", "connected")
    call.say_tone(600)
    hears_tone(agent, 600)
    agent.say_tone(1000)
    hears_tone(call, 1000)
    call.hang_up()
    agent.wait_over()
    centre.server.wait_agent("2771", "idle")
    centre.server.stop()

    assert centre.journal(VISITS) == [
        ("sales", "overflowed", "max-wait", "rule:max-wait", "queue:support"),
        ("support", "answered", "agent-answered", "agent:2771", None),
    ]
    assert centre.journal("SELECT count(DISTINCT since), count(*) FROM visits") == [(1, 2)]
    assert centre.journal("SELECT queue, agent FROM legs") == [("support", "2771")]
    assert centre.journal(CALLS) == [("answered", "caller-hung-up", "caller")]
    sums = "SELECT c.waited_ms = sum(v.waited_ms) FROM calls c JOIN visits v ON v.call = c.call"
    assert centre.journal(sums) == [(1,)]


def test_the_phone_that_rings_when_the_time_is_over_may_be_answered(centre: CallCentre) -> None:
    desk = centre.agent_phone("desk", "2772")
    call = centre.phone("caller").dial(centre.uri("sales"))
    agent = desk.wait_ring()
    centre.server.wait_log("queue sales: call .* goes on: max-wait")

    agent.answer()
    call.wait_up()
    centre.server.wait_calls("sales", "connected")
    call.hang_up()
    agent.wait_over()
    centre.server.stop()

    assert [visit[:2] for visit in centre.journal(VISITS)] == [("sales", "answered")]


def test_whom_no_queue_can_help_is_told_goodbye_and_hung_up_on(centre: CallCentre) -> None:
    waits = centre.phone("waits").dial(centre.uri("orders"))
    waits.wait_up()
    centre.server.wait_calls("orders", "waiting")

    for queue, text in (*(("orders", FULL), ("sales", LATER)), *((one, NIGHT) for one in SHUT)):
        call = centre.phone(queue).dial(centre.uri(queue))
        centre.hears(call, goodbye(centre, text))
        call.wait_over()
    waits.hang_up()
    centre.server.wait_calls("orders")
    centre.server.stop()

    assert centre.journal(VISITS)[1:] == [
        ("sales", "overflowed", "max-wait", "rule:max-wait", "queue:support"),
        ("support", "overflowed", "max-wait", "rule:max-wait", "goodbye"),
    ]
    assert centre.journal(CALLS)[1:] == [
        ("refused", "max-length", "server"),
        ("overflowed", "max-wait", "server"),
        *(("refused", reason, "server") for reason in SHUT.values()),
    ]
    refused = "SELECT queue, reason, \"to\" FROM facts WHERE kind = 'JoinRefused' ORDER BY seq"
    assert centre.journal(refused) == [
        ("orders", "max-length", "goodbye"),
        *((queue, reason, "goodbye") for queue, reason in SHUT.items()),
    ]


def test_where_the_last_agent_has_gone_who_waits_goes_too_and_nobody_is_let_in(
    centre: CallCentre,
) -> None:
    desk = centre.agent_phone("desk", "2773")
    desk.dial(centre.uri("acdpause")).wait_over()
    centre.server.wait_agent("2773", "paused")
    first = centre.phone("first").dial(centre.uri("desk"))
    first.wait_up()
    centre.server.wait_calls("desk", "waiting")

    desk.dial(centre.uri("acdlogout")).wait_over()
    centre.hears(first, goodbye(centre, LATER))
    first.wait_over()
    second = centre.phone("second").dial(centre.uri("desk"))
    centre.hears(second, goodbye(centre, LATER))
    second.wait_over()
    centre.server.stop()

    assert centre.journal(VISITS) == [
        ("desk", "overflowed", "no-agents", "rule:no-agents", "goodbye"),
    ]
    assert centre.journal(CALLS) == [
        ("overflowed", "no-agents", "server"),
        ("refused", "no-agents", "server"),
    ]


def test_a_key_leads_out_of_the_line_into_another(centre: CallCentre) -> None:
    desk = centre.agent_phone("desk", "2771")
    call = centre.phone("caller").dial(centre.uri("keyed"))
    call.wait_up()
    centre.server.wait_calls("keyed", "waiting")

    call.press("1")
    agent = desk.wait_ring()
    agent.answer()
    centre.server.wait_calls("support", "connected")
    call.say_tone(600)
    hears_tone(agent, 600)
    call.hang_up()
    agent.wait_over()
    centre.server.stop()

    assert centre.journal(VISITS) == [
        ("keyed", "overflowed", "key", "caller", "queue:support"),
        ("support", "answered", "agent-answered", "agent:2771", None),
    ]
