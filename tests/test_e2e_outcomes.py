"""What becomes of agents and callers when a phone cannot be rung, or cannot take a call."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.notifier import Notifier
from tests.ports import free_ports
from tests.raw_phone import log_on
from tests.raw_sip import SDP, RawSip, from_user
from tests.server import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

MANY = {"agent": [{"id": f"277{n}", "queues": ["sales", "support"]} for n in range(1, 5)]}
"""Four agents, all in both queues."""


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, MANY) as running:
        yield running


@contextlib.contextmanager
def phones(centre: CallCentre, *agents: str) -> Iterator[list[RawSip]]:
    """Have these agents logged on at phones of bytes, idle in this order."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(RawSip()) for _ in agents]
        for agent, phone in zip(agents, found, strict=True):
            log_on(centre, phone, agent)
            centre.server.wait_agent(agent, "idle")
        yield found


def refuse(centre: CallCentre, phone: RawSip, status: bytes) -> bytes:
    """Answer the next INVITE so; returns it."""
    invite = phone.receive(b"INVITE ", 10)
    phone.answer(centre.server.sip_port, invite, status)
    phone.receive(b"ACK ")
    return invite


def test_a_call_that_no_phone_can_take_costs_no_agent_anything_and_keeps_nobody_waiting(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with (
        phones(centre, "2771", "2772", "2773") as (ada, bob, cyd),
        RawSip() as odd,
        RawSip() as good,
    ):
        odd.call(port, sender=b"<sip:odd@127.0.0.1>")
        refuse(centre, ada, b"488 Not Acceptable Here")
        centre.server.wait_calls("sales", "waiting")
        refuse(centre, bob, b"500 Server Internal Error")
        good_call = good.call(port, sender=b"<sip:good@127.0.0.1>")

        invite = ada.receive(b"INVITE ")
        assert from_user(invite) == b"good"
        ada.answer(port, invite, b"200 OK", SDP)
        ada.receive(b"ACK ")
        invite = refuse(centre, cyd, b"415 Unsupported Media Type")
        assert from_user(invite) == b"odd"

        centre.server.wait_calls("sales", "waiting", "connected")
        eventually(
            lambda: centre.journal("SELECT 1 FROM facts WHERE kind = 'OffersFailed'"), "it told"
        )
        good.hang_up(port, good_call)
        ada.answer(port, ada.receive(b"BYE "), b"200 OK")
        centre.server.wait_agent("2771", "idle")
    [(reason,)] = centre.journal("SELECT reason FROM facts WHERE kind = 'OffersFailed'")
    assert reason == "3 phones in a row could not take it, 415 by the last phone"
    offers = centre.journal("SELECT agent, outcome FROM offers ORDER BY seq")
    assert sorted(offers) == [
        ("2771", "answered"),
        ("2771", "failed"),
        ("2772", "failed"),
        ("2773", "failed"),
    ]
    intervals = centre.journal(
        "SELECT state FROM agent_intervals WHERE since >= (SELECT min(offered_at) FROM offers)"
    )
    states = {state for (state,) in intervals}
    assert not states & {"busy", "unavailable", "notresponding"}


def test_a_failure_for_one_call_leaves_the_idle_clock_alone(centre: CallCentre) -> None:
    port = centre.server.sip_port
    with phones(centre, "2771", "2772") as (ada, bob), RawSip() as odd, RawSip() as good:
        odd_call = odd.call(port, sender=b"<sip:odd@127.0.0.1>")
        refuse(centre, ada, b"400 Bad Request")
        centre.server.wait_agent("2771", "idle")
        odd.hang_up(port, odd_call)

        good.call(port, sender=b"<sip:good@127.0.0.1>")

        assert from_user(ada.receive(b"INVITE ")) == b"good"
        assert not [one for one in bob.seen if one.startswith(b"INVITE ")]


def test_a_phone_that_cannot_take_three_different_calls_is_taken_as_not_there(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with phones(centre, "2771") as (ada,), contextlib.ExitStack() as stack:
        callers = [stack.enter_context(RawSip()) for _ in range(3)]
        for caller in callers[:2]:
            caller.call(port)
            refuse(centre, ada, b"488 Not Acceptable Here")
            centre.server.wait_agent("2771", "idle")
        callers[2].call(port)
        refuse(centre, ada, b"488 Not Acceptable Here")

        centre.server.wait_agent("2771", "unavailable")


def test_a_phone_that_leaves_our_cancel_unanswered_holds_its_agent_for_two_seconds(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with phones(centre, "2771", "2772") as (ada, bob), RawSip() as caller:
        caller.call(port)
        ada.answer(port, ada.receive(b"INVITE "), b"180 Ringing")
        ada.receive(b"CANCEL ", 10)

        assert bob.receive(b"INVITE ")
        centre.server.wait_agent("2771", "unavailable")
        eventually(
            lambda: centre.agent_states("2771")[-3:] == ["reserved", "ringing", "unavailable"],
            "the journal to say so",
        )


def test_a_phone_that_leaves_our_bye_unanswered_holds_its_agent_for_two_seconds(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with phones(centre, "2771") as (ada,), RawSip() as caller:
        call = caller.call(port)
        ada.answer(port, ada.receive(b"INVITE "), b"200 OK", SDP)
        centre.server.wait_agent("2771", "oncall")

        caller.hang_up(port, call)

        ada.receive(b"BYE ")
        centre.server.wait_agent("2771", "unavailable")


def test_who_logs_out_in_mid_call_is_shown_at_the_phone_until_the_call_ends(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with phones(centre, "2771") as (ada,), RawSip() as caller:
        call = caller.call(port)
        ada.answer(port, ada.receive(b"INVITE "), b"200 OK", SDP)
        at_phone = centre.server.wait_agent("2771", "oncall")
        ada.call(port, b"acdlogout")
        centre.server.wait_log("logout of agent 2771")

        assert centre.server.agent("2771") == at_phone

        ada.seen.clear()
        caller.hang_up(port, call)
        ada.answer(port, ada.receive(b"BYE "), b"200 OK")
        assert centre.server.wait_agent("2771", "loggedout")["device"] == ""


def contact(phone: RawSip, user: bytes) -> bytes:
    """Return the phone's Contact under this user."""
    return b"<sip:%s@127.0.0.1:%d>" % (user, phone.port)


def rung_again(centre: CallCentre) -> None:
    """Wait until a second INVITE has gone out; the first had no answer."""
    eventually(lambda: len(centre.offers()) == 2, "another offer")
    assert centre.offers()[0].outcome == "unreachable"


@pytest.mark.parametrize("when", ["at once", "when its leg has gone"])
def test_ready_ends_the_cool_down_of_a_phone_that_did_not_answer(tmp_path: Path, when: str) -> None:
    with Notifier(free_ports(2)) as notifier:
        server = f"sip:127.0.0.1:{notifier.port}"
        more = {**MANY, "presence": {"subscribe": True, "server": server}}
        with CallCentre(tmp_path, more) as centre, RawSip() as ada, RawSip() as caller:
            notifier.set("ada", "Ready")
            log_on(centre, ada, "2771", sender=b"<sip:ada@127.0.0.1>", contact=contact(ada, b"ada"))
            centre.server.wait_agent("2771", "idle")
            caller.call(centre.server.sip_port)
            ada.receive(b"INVITE ")
            centre.server.wait_agent("2771", "unavailable")
            if when == "when its leg has gone":
                centre.server.wait_log("does not answer our hanging up: it is let go")

            notifier.set("ada", "Ready")

            rung_again(centre)


def test_a_call_of_the_phones_own_ends_its_cool_down(centre: CallCentre) -> None:
    port = centre.server.sip_port
    with phones(centre, "2771") as (ada,), RawSip() as caller:
        caller.call(port)
        ada.receive(b"INVITE ")
        centre.server.wait_agent("2771", "unavailable")

        own = ada.call(port, b"acdunpause")
        ada.hang_up(port, own)

        rung_again(centre)


def test_who_has_moved_from_a_phone_that_answers_nothing_is_rung_at_the_other(
    tmp_path: Path,
) -> None:
    with CallCentre(tmp_path, {**MANY, "login": {"takeover": True}}) as centre:
        port = centre.server.sip_port
        with phones(centre, "2771") as (ada,), RawSip() as other, RawSip() as caller:
            caller.call(port)
            ada.answer(port, ada.receive(b"INVITE "), b"180 Ringing")
            ada.receive(b"CANCEL ", 10)

            log_on(centre, other, "2771")

            assert other.receive(b"INVITE ", 10)


def test_callers_are_served_in_the_order_in_which_their_calls_came(centre: CallCentre) -> None:
    port = centre.server.sip_port
    with RawSip() as first, RawSip() as second, RawSip() as ada:
        first.invite(port, sender=b"<sip:first@127.0.0.1>")
        slow = first.receive(b"SIP/2.0 200")
        second.call(port, sender=b"<sip:second@127.0.0.1>")
        centre.server.wait_calls("sales", "waiting")
        first.follow(port, b"ACK", slow)
        centre.server.wait_calls("sales", "waiting", "waiting")

        log_on(centre, ada, "2771", sender=b"<sip:ada@127.0.0.1>")

        assert from_user(ada.receive(b"INVITE ", 10)) == b"first"


POLICIES = {
    "outcomes": {"strikes": 1, "then": "log-out"},
    "queue": [
        {"name": "sales", "ring_seconds": 1.0},
        {
            "name": "support",
            "ring_seconds": 1.0,
            "outcomes": {"strike_for": ["busy"], "then": "pause", "pause_reason": "do not disturb"},
        },
    ],
    "agent": [{"id": "2771", "queues": ["sales", "support"]}],
}


def test_what_an_outcome_costs_is_for_the_configuration_to_say_and_for_each_queue(
    tmp_path: Path,
) -> None:
    with CallCentre(tmp_path, POLICIES) as centre:
        port = centre.server.sip_port
        with phones(centre, "2771") as (ada,), RawSip() as one, RawSip() as other:
            call = one.call(port, b"support")
            refuse(centre, ada, b"486 Busy Here")
            centre.server.wait_agent("2771", "paused")
            one.hang_up(port, call)
            centre.settle_journal()
            query = "SELECT reason, \"by\" FROM agent_intervals WHERE state = 'paused'"
            assert centre.journal(query) == [("do not disturb", "rule:strikes")]
            ada.hang_up(port, ada.call(port, b"acdunpause"))
            centre.server.wait_agent("2771", "idle")

            other.call(port)
            invite = ada.receive(b"INVITE ", 10)
            ada.answer(port, invite, b"180 Ringing")
            ada.answer(port, ada.receive(b"CANCEL ", 10), b"200 OK")
            ada.answer(port, invite, b"487 Request Terminated")

            centre.server.wait_agent("2771", "loggedout")
            # He is shown at the phone until that has stopped ringing.
            eventually(lambda: not centre.server.agent("2771")["device"], "the phone to be left")
