"""What survives: agents a kill -9 of the server, calls one of the pump; and how it all ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre, hears_something, hears_tone
from tests.descriptors import no_descriptors
from tests.server import eventually
from tests.test_e2e_strategies import served

pytestmark = pytest.mark.e2e


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


def test_after_a_kill_and_a_restart_agents_are_logged_on_in_their_idle_order(
    centre: CallCentre,
) -> None:
    first = centre.agent_phone("desk1", "2772")
    second = centre.agent_phone("desk2", "2771")
    paused = centre.agent_phone("desk3", "2773")
    paused.dial(centre.uri("acdpause")).wait_over(10)
    centre.server.wait_agent("2773", "paused")
    devices = [agent["device"] for agent in centre.server.get("/agents")["agents"]]

    centre.kill_server()
    centre.server.start()

    centre.server.wait_agent("2772", "idle")
    centre.server.wait_agent("2771", "idle")
    centre.server.wait_agent("2773", "paused")
    assert [agent["device"] for agent in centre.server.get("/agents")["agents"]] == devices
    centre.phone("caller").dial(centre.uri("sales")).wait_up()
    first.wait_ring().answer()
    assert second.ring_count() == 0


def test_an_agent_who_logged_off_is_logged_off_after_a_restart(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    phone.dial(centre.uri("acdlogout")).wait_over(10)
    centre.server.wait_agent("2771", "loggedout")

    centre.server.stop()
    centre.server.start()

    assert centre.server.agent("2771")["state"] == "loggedout"


WRAPPING = {
    "agent": [{"id": "2771", "queues": ["sales"], "wrapup_seconds": 25.0}],
    "outcomes": {"strikes": 2, "busy_cooldown": 20.0, "reject_cooldown": 20.0},
}
ENDS = """
SELECT state, strikes, round(coalesce(wrapup_until, cooldown_until), 2) FROM agent_intervals
WHERE wrapup_until IS NOT NULL OR cooldown_until IS NOT NULL ORDER BY seq
"""


@pytest.fixture(name="wrapping")
def fixture_wrapping(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, WRAPPING) as running:
        yield running


def known_before_and_after_a_kill(centre: CallCentre, state: str) -> None:
    """Kill and start; the agent is to be in this state, to the same end, and then idle."""
    before = centre.server.agent("2771")
    centre.kill_server()
    centre.server.start()
    # Nobody else is there who could have put the agent into it.
    assert (
        eventually(lambda: centre.server.agent("2771")["device"], "the agent") == before["device"]
    )
    assert centre.server.agent("2771")["state"] == state == before["state"]
    centre.server.wait_agent("2771", "idle", timeout=60)
    centre.settle_journal()
    first, again = centre.journal(ENDS)
    assert first == again
    [(idle_since,)] = centre.journal(
        "SELECT idle_since FROM agent_intervals WHERE state = 'idle' ORDER BY seq DESC LIMIT 1"
    )
    if state == "wrapup":
        assert round(idle_since, 2) == first[2]


def test_an_agent_in_wrap_up_is_in_wrap_up_after_a_kill_until_its_end(
    wrapping: CallCentre,
) -> None:
    phone = wrapping.agent_phone("desk1", "2771")
    call = wrapping.phone("caller").dial(wrapping.uri("sales"))
    phone.wait_ring().answer()
    call.wait_up()
    wrapping.server.wait_calls("sales", "connected")
    call.hang_up()
    wrapping.server.wait_agent("2771", "wrapup")

    known_before_and_after_a_kill(wrapping, "wrapup")


def test_an_agent_who_rejected_a_call_cools_down_after_a_kill_until_the_end(
    wrapping: CallCentre,
) -> None:
    phone = wrapping.agent_phone("desk1", "2771")
    call = wrapping.phone("caller").dial(wrapping.uri("sales"))
    phone.wait_ring().reject()
    wrapping.server.wait_agent("2771", "busy")
    call.hang_up()

    known_before_and_after_a_kill(wrapping, "busy")


def test_strikes_outlive_a_kill(wrapping: CallCentre) -> None:
    phone = wrapping.agent_phone("desk1", "2771")
    call = wrapping.phone("one").dial(wrapping.uri("sales"))
    phone.wait_ring().wait_over(30)
    call.hang_up()
    wrapping.server.wait_calls("sales")

    wrapping.kill_server()
    wrapping.server.start()
    wrapping.server.wait_agent("2771", "idle")
    wrapping.phone("two").dial(wrapping.uri("sales"))
    wrapping.server.wait_agent("2771", "notresponding", timeout=30)

    wrapping.settle_journal()
    of_this_run = "SELECT outcome FROM offers WHERE seq > (SELECT max(seq) FROM runs)"
    assert wrapping.journal(of_this_run) == [("no-answer",)]


def test_who_has_answered_fewer_calls_is_rung_first_after_a_kill_too(tmp_path: Path) -> None:
    more = {
        "queue": [{"name": "sales", "strategy": "fewest-calls", "ring_seconds": 60.0}],
        "agent": [{"id": agent, "queues": ["sales"]} for agent in ("2771", "2772")],
    }
    with CallCentre(tmp_path, more) as centre:
        first, second = centre.agent_phone("desk1", "2771"), centre.agent_phone("desk2", "2772")
        caller = centre.phone("caller")
        served(centre, caller, first, "2771")
        served(centre, caller, second, "2772")
        second.dial(centre.uri("acdpause")).wait_over()
        for _ in range(2):
            served(centre, caller, first, "2771")
        second.dial(centre.uri("acdunpause")).wait_over()
        centre.server.wait_agent("2772", "idle")

        centre.kill_server()
        centre.server.start()
        for agent in ("2771", "2772"):
            centre.server.wait_agent(agent, "idle")
        caller.dial(centre.uri("sales")).wait_up()
        second.wait_ring()

        # With as many calls as the other, the first of the queue would be rung.
        assert [offer.agent for offer in centre.offers()] == [
            *("2771", "2772", "2771", "2771"),
            "2772",
        ]


def test_when_the_pump_dies_talk_and_music_come_back(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    talking = centre.phone("one").dial(centre.uri("sales"))
    agent = phone.wait_ring()
    agent.answer()
    waiting = centre.phone("two").dial(centre.uri("sales"))
    waiting.wait_up()
    talking.say_tone(600)
    agent.say_tone(1000)
    hears_tone(agent, 600)
    old = centre.server.pump()

    old.kill()
    new = eventually(centre.server.find_pump, "another pump")
    assert new.pid != old.pid

    talking.listen(1.0)
    hears_tone(talking, 1000)
    hears_tone(agent, 600)
    hears_something(waiting)
    assert [call["state"] for call in centre.server.calls("sales")] == ["waiting", "connected"]


def test_where_no_pump_can_be_started_it_is_tried_until_one_can(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    talking = centre.phone("one").dial(centre.uri("sales"))
    agent = phone.wait_ring()
    agent.answer()
    talking.wait_up()
    talking.say_tone(600)
    server = centre.server

    # A start takes five descriptors for a moment, a question to REST one.
    with no_descriptors(but=3, pid=server.process.pid):
        server.pump().kill()
        eventually(lambda: "Too many open files" in str(server.health()["problems"]), "the reason")
        since = server.health()["uptime_seconds"]  # a start is tried each second or two
        eventually(lambda: server.health()["uptime_seconds"] > since + 2, "two more attempts")
        assert server.find_pump() is None
    eventually(server.find_pump, "another pump")

    hears_tone(agent, 600)
    assert eventually(lambda: server.health()["media"]["running"], "health")
    assert [call["state"] for call in server.calls("sales")] == ["connected"]


def test_sigterm_says_bye_to_everybody_and_ends_in_five_seconds(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    talking = centre.phone("one").dial(centre.uri("sales"))
    agent = phone.wait_ring()
    agent.answer()
    waiting = centre.phone("two").dial(centre.uri("sales"))
    waiting.wait_up()
    centre.server.wait_calls("sales", "waiting", "connected")

    code = centre.server.stop()

    assert code == 0
    assert centre.server.seconds_between("stopping: ", "stopped$") < 5
    for call in (talking, agent, waiting):
        call.wait_over()


def test_sigterm_stops_a_phone_that_rings(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    centre.phone("one").dial(centre.uri("sales"))
    ringing = phone.wait_ring()

    centre.server.stop()

    ringing.wait_over()


def test_the_journal_has_every_call_and_its_end(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    phone.answer_calls()
    call = centre.phone("caller").dial(centre.uri("sales"))
    centre.server.wait_calls("sales", "connected")
    call.hang_up()
    centre.server.wait_calls("sales")

    centre.server.stop()

    calls = centre.journal("SELECT purpose, result, ended_by FROM calls ORDER BY seq")
    assert ("login", "served") in [row[:2] for row in calls]
    assert ("queue", "answered", "caller") in calls
