"""A phone or call server gone mad inside its own dialogs: what it can have us keep, and do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway_process import PCMU, Gateway, audio, serving
from tests.notifier import Notifier
from tests.ports import free_port
from tests.raw_sip import RawSip
from tests.server import eventually
from tests.stranger import Stranger, of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

MANY = 300
KEPT = 8
"""Answered requests of a dialog that are kept, in case they come again."""
OWN = 4
"""Transactions of ours that may be under way beside: SUBSCRIBE, BYE."""


@pytest.fixture(name="gateway")
def fixture_gateway() -> Iterator[Gateway]:
    with serving(trace=False, limits={"dialog_requests_per_second": 10_000}) as gateway:
        yield gateway


def wait_few(gateway: Gateway) -> None:
    """Wait until few transactions are left, long before the 32 s for which each would be kept."""
    eventually(lambda: gateway.state()["transactions"] <= KEPT + OWN, "few transactions", 5.0)


def test_notifies_by_the_hundred_leave_a_few_transactions(gateway: Gateway) -> None:
    with Notifier(free_port()) as notifier:
        notifier.set("p", "On the phone")
        gateway.do("Watch", agent="1", uri=f"sip:p@127.0.0.1:{notifier.port}")
        gateway.wait("PresenceBusy")
        for _ in range(MANY):
            notifier.set("p", "On the phone")
        notifier.set("p", "Ready")
        gateway.wait("PresenceIdle")
        wait_few(gateway)


def test_keys_by_the_hundred_leave_a_few_transactions(gateway: Gateway) -> None:
    with RawSip() as caller:
        caller.invite(gateway.port)
        leg = gateway.wait("Incoming")["leg"]
        gateway.do("Answer", leg=leg, local=audio(PCMU))
        answer = caller.receive(b"SIP/2.0 200")
        caller.follow(gateway.port, b"ACK", answer)
        gateway.wait("LegConfirmed", leg=leg)
        relay = b"Content-Type: application/dtmf-relay\r\n"
        for number in range(MANY):
            caller.follow(gateway.port, b"INFO", answer, 2 + number, relay, b"Signal=5\r\n")
            caller.receive(b"SIP/2.0 200")

        wait_few(gateway)
        caller.follow(gateway.port, b"BYE", answer, MANY + 2)
        caller.receive(b"SIP/2.0 200")
        gateway.wait("LegEnded", leg=leg)


def test_a_source_may_say_so_much_in_its_calls_and_hang_up_whenever() -> None:
    limits = {"requests_per_second": 50, "dialog_requests_per_second": 10_000}
    with serving(trace=False, limits=limits) as gateway, Stranger(gateway.port) as stranger:
        call = stranger.call("INVITE", body=stranger.audio())
        leg = gateway.wait("Incoming")["leg"]
        gateway.do("Answer", leg=leg, local=audio(PCMU))
        stranger.wait(call, 200)
        stranger.ack(call)
        gateway.wait("LegConfirmed", leg=leg)
        for _ in range(MANY):
            call.cseq += 1
            stranger.request(call, "OPTIONS")

        assert stranger.ask(call, "BYE").code == 200

        assert 0 < len(list(of(stranger.unread, "OPTIONS"))) < MANY // 2
        gateway.wait("LegEnded", leg=leg)


def test_a_phone_gone_mad_is_slowed_down_and_its_last_word_counts() -> None:
    # Two seconds' worth of requests at once, and then as many a second.
    limits = {"dialog_requests_per_second": 10}
    with serving(trace=False, limits=limits) as gateway, Notifier(free_port()) as notifier:
        notifier.set("p", "On the phone")
        gateway.do("Watch", agent="1", uri=f"sip:p@127.0.0.1:{notifier.port}")
        gateway.wait("PresenceBusy")
        for turn in range(MANY):
            notifier.set("p", ("Ready", "On the phone")[turn % 2])
        notifier.all_heard()
        assert len(notifier.answered) < MANY // 2

        notifier.set("p", "Unavailable")
        notifier.insist("p")
        gateway.wait("PresenceUnavailable")
