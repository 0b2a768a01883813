"""Callers, queues and agents over real SIP: who is rung when, and what REST says all along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.books import AT_ONCE_SECONDS
from tests.centre import RING_SECONDS, CallCentre

pytestmark = pytest.mark.e2e

GRAIN_SECONDS = 0.01
"""Timers are due within a millisecond, and time stamps are rounded."""


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


def test_rest_tells_the_truth_about_a_call_from_beginning_to_end(centre: CallCentre) -> None:
    server = centre.server
    nobody = {"name": "support", "calls": []}
    assert server.get("/queues") == {"queues": [{"name": "sales", "calls": []}, nobody]}
    caller = centre.phone("ada")
    call = caller.dial(centre.uri("sales"))
    call.wait_up()
    view = {
        "id": call.call_id,
        "state": "waiting",
        "from": f"ada@127.0.0.1:{caller.port}",
        "to": f"sales@127.0.0.1:{server.sip_port}",
    }

    server.wait_calls("sales", "waiting")
    assert server.get("/queues") == {"queues": [{"name": "sales", "calls": [view]}, nobody]}

    phone = centre.phone("desk1")
    centre.log_on_at_once(phone, "2772")
    ringing = phone.wait_ring()
    assert server.wait_calls("sales", "assigned") == [{**view, "state": "assigned"}]
    agent = server.wait_agent("2772", "ringing")
    assert agent == {
        "id": "2772",
        "state": "ringing",
        "idletime": "0",
        "device": agent["device"],
        "memberof": ["sales"],
    }
    assert agent["device"].endswith(f"@127.0.0.1:{phone.port}")

    ringing.answer()
    assert server.wait_calls("sales", "connected") == [{**view, "state": "connected"}]
    assert server.wait_agent("2772", "oncall")["idletime"] == "0"

    call.hang_up()
    ringing.wait_over()
    assert server.wait_calls("sales") == []
    assert server.wait_agent("2772", "idle")["idletime"] == "0"


def test_the_agent_idle_longest_is_rung(centre: CallCentre) -> None:
    first = centre.agent_phone("desk1", "2772")
    second = centre.agent_phone("desk2", "2771")

    centre.phone("caller").dial(centre.uri("sales")).wait_up()

    first.wait_ring()
    assert second.ring_count() == 0


def test_after_no_answer_the_next_agent_is_rung_at_once(centre: CallCentre) -> None:
    first = centre.agent_phone("desk1", "2771")
    second = centre.agent_phone("desk2", "2772")
    call = centre.phone("caller").dial(centre.uri("sales"))

    first.wait_ring().wait_over()
    second.wait_ring().answer()

    centre.server.wait_agent("2772", "oncall")
    centre.server.wait_agent("2771", "idle")
    assert call.is_up
    [unanswered, answered] = centre.offers()
    assert (unanswered.agent, unanswered.outcome) == ("2771", "no-answer")
    assert (answered.agent, answered.outcome) == ("2772", "answered")
    assert unanswered.ended_at - unanswered.offered_at > RING_SECONDS - GRAIN_SECONDS
    assert answered.offered_at - unanswered.ended_at < AT_ONCE_SECONDS


def test_after_no_answer_from_anybody_the_first_is_rung_again(centre: CallCentre) -> None:
    only = centre.agent_phone("desk1", "2772")
    centre.phone("caller").dial(centre.uri("sales")).wait_up()

    only.wait_ring().wait_over()
    again = only.wait_ring()

    again.answer()
    centre.server.wait_calls("sales", "connected")


def test_two_rings_unanswered_and_the_agent_is_left_alone(centre: CallCentre) -> None:
    only = centre.agent_phone("desk1", "2772")
    centre.phone("caller").dial(centre.uri("sales")).wait_up()

    only.wait_ring().wait_over()
    only.wait_ring().wait_over()

    centre.server.wait_agent("2772", "notresponding")
    centre.server.wait_calls("sales", "waiting")


def test_a_busy_phone_passes_the_call_on_at_once(centre: CallCentre) -> None:
    first = centre.agent_phone("desk1", "2771")
    second = centre.agent_phone("desk2", "2772")
    first.refuse_calls()
    centre.phone("caller").dial(centre.uri("sales"))

    second.wait_ring().answer()

    [busy, answered] = centre.offers()
    assert (busy.agent, busy.outcome) == ("2771", "busy")
    assert answered.agent == "2772"
    assert answered.offered_at - busy.ended_at < AT_ONCE_SECONDS


def test_a_phone_that_is_gone_passes_the_call_on(centre: CallCentre) -> None:
    first = centre.agent_phone("desk1", "2771")
    second = centre.agent_phone("desk2", "2772")
    first.kill()
    centre.phone("caller").dial(centre.uri("sales"))

    second.wait_ring().answer()

    centre.server.wait_calls("sales", "connected")


def test_a_caller_who_hangs_up_while_it_rings_stops_the_ringing(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    call = centre.phone("caller").dial(centre.uri("sales"))
    ringing = phone.wait_ring()
    call.wait_up()

    call.hang_up()

    ringing.wait_over()
    centre.server.wait_agent("2771", "idle")
    centre.server.wait_calls("sales")


def test_an_agent_who_hangs_up_ends_the_call(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    phone.answer_calls()
    call = centre.phone("caller").dial(centre.uri("sales"))
    centre.server.wait_calls("sales", "connected")

    phone.wait_ring().hang_up()

    call.wait_over()
    centre.server.wait_calls("sales")
    centre.server.wait_agent("2771", "idle")


def test_a_call_waits_until_an_agent_logs_on(centre: CallCentre) -> None:
    call = centre.phone("caller").dial(centre.uri("sales"))
    call.wait_up()
    centre.server.wait_calls("sales", "waiting")

    phone = centre.phone("desk1")
    centre.log_on_at_once(phone, "2771")

    phone.wait_ring().answer()
    centre.server.wait_calls("sales", "connected")


def test_callers_are_served_in_the_order_they_came(centre: CallCentre) -> None:
    early = centre.phone("early").dial(centre.uri("sales"))
    early.wait_up()
    late = centre.phone("late").dial(centre.uri("sales"))
    late.wait_up()
    assert [call["id"] for call in centre.server.wait_calls("sales", "waiting", "waiting")] == [
        early.call_id,
        late.call_id,
    ]
    phone = centre.phone("desk1")
    phone.answer_calls()
    centre.log_on_at_once(phone, "2772")
    [waiting, served] = centre.server.wait_calls("sales", "waiting", "connected")
    assert waiting["id"] == late.call_id
    assert served["id"] == early.call_id

    early.hang_up()

    centre.server.wait_calls("sales", "connected")
    assert centre.server.calls("sales")[0]["id"] == late.call_id


def test_an_agent_of_two_queues_has_one_call_at_a_time(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    centre.phone("one").dial(centre.uri("sales")).wait_up()
    centre.phone("two").dial(centre.uri("support")).wait_up()

    first = phone.wait_ring()
    first.answer()
    centre.server.wait_calls("support", "waiting")
    assert phone.ring_count() == 1
    first.hang_up()

    phone.wait_ring().answer()
    centre.server.wait_calls("support", "connected")


def test_an_agent_finishes_the_paperwork_before_the_next_call(tmp_path: Path) -> None:
    agents = [{"id": "2772", "queues": ["sales"], "wrapup_seconds": 2.0}]
    with CallCentre(tmp_path, {"agent": agents}) as centre:
        phone = centre.agent_phone("desk1", "2772")
        first = centre.phone("one").dial(centre.uri("sales"))
        phone.wait_ring().answer()
        centre.phone("two").dial(centre.uri("sales")).wait_up()

        first.hang_up()
        centre.server.wait_agent("2772", "wrapup")
        phone.wait_ring().answer()

        [_, second] = centre.offers()
        stays = "SELECT since, \"until\" FROM agent_intervals WHERE state = 'wrapup'"
        [(since, until)] = centre.journal(stays)
        assert until - since > 2.0 - GRAIN_SECONDS
        assert second.offered_at >= until
