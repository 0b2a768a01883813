"""Presence by SUBSCRIBE and NOTIFY decides who is rung; the notes are those Asterisk writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.notifier import Notifier
from tests.ports import free_port

pytestmark = pytest.mark.e2e


@pytest.fixture
def notifier() -> Iterator[Notifier]:
    with Notifier(free_port()) as running:
        yield running


@pytest.fixture
def centre(tmp_path: Path, notifier: Notifier) -> Iterator[CallCentre]:
    presence = {
        "subscribe": True,
        "server": f"sip:127.0.0.1:{notifier.port}",
        "unknown_is_idle_after": 1.0,
    }
    with CallCentre(tmp_path, {"presence": presence}) as running:
        yield running


def test_an_agent_is_free_when_the_phone_is_ready(centre: CallCentre, notifier: Notifier) -> None:
    notifier.set("desk1", "Ready")
    centre.agent_phone("desk1", "2771")


@pytest.mark.parametrize(
    ("note", "state"),
    [("On the phone", "busy"), ("On hold", "busy"), ("Ringing", "busy")],
)
def test_an_agent_whose_phone_is_in_use_is_not_rung(
    centre: CallCentre, notifier: Notifier, note: str, state: str
) -> None:
    notifier.set("desk1", "Ready")
    notifier.set("desk2", "Ready")
    busy = centre.agent_phone("desk1", "2771")
    free = centre.agent_phone("desk2", "2772")

    notifier.set("desk1", note)
    centre.server.wait_agent("2771", state)
    centre.phone("caller").dial(centre.uri("sales")).wait_up()
    free.wait_ring().answer()

    assert busy.ring_count() == 0


def test_a_waiting_call_rings_the_agent_as_soon_as_the_phone_is_ready(
    centre: CallCentre, notifier: Notifier
) -> None:
    notifier.set("desk1", "Ready")
    phone = centre.agent_phone("desk1", "2771")
    notifier.set("desk1", "On the phone")
    centre.server.wait_agent("2771", "busy")
    centre.phone("caller").dial(centre.uri("sales")).wait_up()
    centre.server.wait_calls("sales", "waiting")

    notifier.set("desk1", "Ready")

    phone.wait_ring(2)


def test_a_phone_that_goes_away_makes_the_agent_unavailable(
    centre: CallCentre, notifier: Notifier
) -> None:
    notifier.set("desk1", "Ready")
    centre.agent_phone("desk1", "2771")

    notifier.set("desk1", "Unavailable")
    centre.server.wait_agent("2771", "unavailable")
    notifier.set("desk1", "Ready")
    centre.server.wait_agent("2771", "idle")


def test_an_ended_subscription_is_unknown_and_never_busy_for_ever(
    centre: CallCentre, notifier: Notifier
) -> None:
    notifier.set("desk1", "Ready")
    phone = centre.agent_phone("desk1", "2771")
    notifier.set("desk1", "On the phone")
    centre.server.wait_agent("2771", "busy")

    notifier.refuse["desk1"] = "404 Not Found"
    notifier.drop("desk1")
    centre.server.wait_agent("2771", "unknown")
    centre.phone("caller").dial(centre.uri("sales")).wait_up()

    phone.wait_ring(8)


def test_the_agents_own_call_from_the_queue_wins_over_presence(
    centre: CallCentre, notifier: Notifier
) -> None:
    notifier.set("desk1", "Ready")
    phone = centre.agent_phone("desk1", "2771")
    call = centre.phone("caller").dial(centre.uri("sales"))
    ringing = phone.wait_ring()
    notifier.set("desk1", "Ringing")
    ringing.answer()
    notifier.set("desk1", "On the phone")
    centre.server.wait_agent("2771", "oncall")

    call.hang_up()
    ringing.wait_over()
    notifier.set("desk1", "Ready")

    centre.server.wait_agent("2771", "idle")


def test_after_a_kill_and_a_restart_presence_is_subscribed_anew(
    centre: CallCentre, notifier: Notifier
) -> None:
    notifier.set("desk1", "Ready")
    centre.agent_phone("desk1", "2771")
    before = len(notifier.seen)

    centre.kill_server()
    notifier.set("desk1", "On the phone")
    centre.server.start()

    centre.server.wait_agent("2771", "busy")
    assert len(notifier.seen) > before
    notifier.set("desk1", "Ready")
    centre.server.wait_agent("2771", "idle")
