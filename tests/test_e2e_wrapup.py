"""The wrap-up after a call, ended and extended by phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.http.tokens import Role
from tests.api import ApiClient
from tests.centre import CallCentre
from tests.phones import Phone

pytestmark = pytest.mark.e2e

SETTINGS = {
    "agent": [{"id": "2771", "queues": ["sales"], "wrapup_seconds": 600.0}],
    "login": {"extend_seconds": 1200.0},
}


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, SETTINGS) as running:
        yield running


def talk(centre: CallCentre, phone: Phone) -> None:
    """Let the agent talk with a caller, and then work on."""
    caller = centre.phone("caller").dial(centre.uri("sales"))
    phone.wait_ring().answer()
    centre.server.wait_calls("sales", "connected")
    caller.hang_up()
    centre.server.wait_agent("2771", "wrapup")


def dial(centre: CallCentre, phone: Phone, service: str, prompt: str) -> None:
    """Call the service and hear what it says."""
    call = phone.dial(centre.uri(service))
    call.wait_up()
    centre.hears(call, centre.login_prompt(prompt))
    call.wait_over()


def test_an_agent_who_is_done_gets_the_next_call(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    talk(centre, phone)
    centre.phone("next").dial(centre.uri("sales")).wait_up()
    centre.server.wait_calls("sales", "waiting")

    dial(centre, phone, "acdready", "wrapup_ended")

    phone.wait_ring().answer()
    centre.server.wait_agent("2771", "oncall")


def test_an_agent_who_needs_longer_works_on_and_the_journal_says_until_when(
    centre: CallCentre,
) -> None:
    phone = centre.agent_phone("desk1", "2771")
    talk(centre, phone)

    dial(centre, phone, "acdextend", "wrapup_extended")

    centre.server.wait_agent("2771", "wrapup")
    centre.settle_journal()
    query = "SELECT wrapup_until FROM agent_intervals WHERE state = 'wrapup' ORDER BY seq"
    first, *_, last = [end for (end,) in centre.journal(query)]
    assert last - first == pytest.approx(1200.0, abs=0.01)


def test_a_wrap_up_is_extended_and_ended_by_the_api(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    talk(centre, phone)
    folder = centre.server.folder
    api = ApiClient.of(centre.server.http_port, folder / "acd.sqlite", Role.SUPERVISOR)

    extended = api.ask("POST", "/agents/2771/extend-wrapup", {"seconds": 300})
    ended = api.ask("POST", "/agents/2771/end-wrapup")

    assert (extended.body["state"], ended.body["state"]) == ("wrapup", "idle")
    assert api.ask("POST", "/agents/2771/end-wrapup").problem == "state"
    centre.settle_journal()
    (by,) = centre.journal('SELECT "by" FROM agent_intervals ORDER BY seq DESC LIMIT 1')
    assert by == ("token:crm",)


def test_an_agent_without_wrap_up_is_told_so(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")

    dial(centre, phone, "acdready", "no_wrapup")
