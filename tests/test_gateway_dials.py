"""Calls that we make, on real SIP: SIPp on the loopback interface."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import PCMA, PCMU, SIPP, Gateway, audio, dial, serving
from tests.racing_phone import RacingPhone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]


@pytest.fixture(name="gateway")
def fixture_gateway() -> Iterator[Gateway]:
    with serving() as gateway:
        yield gateway


def test_a_dialled_phone_rings_answers_and_is_hung_up(gateway: Gateway) -> None:
    peer = gateway.sipp("phone_answers")
    leg = dial(gateway)
    assert gateway.wait("LegRinging", leg=leg)["alerting"] is False
    assert gateway.wait("LegRinging", leg=leg)["alerting"] is True
    remote = gateway.wait("LegAnswered", leg=leg)["remote"]
    assert (remote["port"], remote["codecs"], remote["dtmf"]) == (17020, [PCMU], 101)
    gateway.do("HangUp", leg=leg)
    ended = gateway.wait("LegEnded", leg=leg)
    assert (ended["code"], ended["by"]) == (200, "us")
    peer.finish()
    assert gateway.is_quiet()


@pytest.mark.parametrize(
    ("status", "code"),
    [("486 Busy Here", 486), ("404 Not Found", 404), ("603 Decline", 603), ("302 Moved", 603)],
)
def test_a_phone_that_refuses_ends_the_leg_with_its_code(
    gateway: Gateway, tmp_path: Path, status: str, code: int
) -> None:
    # SIPp takes no keyword where the status belongs.
    scenario = (SIPP / "phone_refuses.xml").read_text().replace("486 Busy Here", status)
    (tmp_path / "phone_refuses.xml").write_text(scenario)
    peer = gateway.sipp(str(tmp_path / "phone_refuses"))
    leg = dial(gateway)
    ended = gateway.wait("LegEnded", leg=leg)
    assert (ended["code"], ended["by"]) == (code, "remote")
    peer.finish()
    assert gateway.is_quiet()


def test_what_is_sent_to_a_phone_is_told_when_it_is_on_the_wire(gateway: Gateway) -> None:
    peer = gateway.sipp("phone_rings")
    leg = dial(gateway)
    gateway.wait("LegRinging", leg=leg)
    assert next(seen["event"] for seen in gateway.unseen if seen["leg"] == leg) == "Dialled"

    gateway.do("HangUp", leg=leg, elsewhere=True)
    gateway.wait("LegEnded", leg=leg)

    assert [seen["event"] for seen in gateway.unseen if seen["leg"] == leg] == [
        "Dialled",
        "HangUpSent",
    ]
    peer.finish()


def test_a_phone_that_cannot_be_found_has_not_been_dialled(gateway: Gateway) -> None:
    leg = dial(gateway, "sip:11@nowhere.invalid")

    assert gateway.wait("LegEnded", leg=leg)["code"] == 503
    assert gateway.unseen == []


def test_a_ringing_phone_is_cancelled_with_a_reason(gateway: Gateway) -> None:
    peer = gateway.sipp("phone_rings")
    leg = dial(gateway)
    gateway.wait("LegRinging", leg=leg)
    gateway.do("HangUp", leg=leg, elsewhere=True)
    ended = gateway.wait("LegEnded", leg=leg)
    assert (ended["code"], ended["by"], ended["quiet"]) == (487, "us", True)
    peer.finish()


def test_an_answer_that_crosses_our_cancel_gets_ack_and_bye(gateway: Gateway) -> None:
    peer = gateway.sipp("phone_answers_too_late")
    leg = dial(gateway)
    gateway.wait("LegRinging", leg=leg)
    gateway.do("HangUp", leg=leg)
    assert gateway.wait("LegEnded", leg=leg)["quiet"] is True
    peer.finish()
    assert gateway.is_quiet()


def test_what_gets_no_answer_is_over_after_32_seconds_and_not_called_quiet(
    gateway: Gateway,
) -> None:
    lost, early = (gateway.sipp("caller_never_acks", port=port) for port in (2, 4))
    legs: dict[int, Any] = {}
    for _ in range(2):
        incoming = gateway.wait("Incoming")
        legs[incoming["source"][1] - gateway.port] = incoming["leg"]
        gateway.do("Answer", leg=incoming["leg"], local=audio(PCMA))
    gateway.do("HangUp", leg=legs[4])
    dead = dial(gateway, f"sip:11@127.0.0.1:{gateway.port + 6}")
    gateway.do("HangUp", leg=dead)
    assert gateway.is_quiet()
    never = gateway.wait("LegEnded", 80, leg=legs[2])
    assert (never["code"], never["by"]) == (408, "us")
    assert gateway.wait("LegEnded", leg=legs[4])["by"] == "us"
    phone_is = gateway.wait("LegEnded", leg=dead)
    assert (phone_is["code"], phone_is["by"], phone_is["quiet"]) == (408, "us", False)
    for caller in (lost, early):
        caller.finish()


def test_a_name_that_does_not_resolve_ends_the_leg(gateway: Gateway) -> None:
    leg = dial(gateway, "sip:11@nowhere.invalid")
    ended = gateway.wait("LegEnded", leg=leg)
    assert (ended["code"], ended["by"]) == (503, "us")
    bad = dial(gateway, "mailto:x", ("t-2", 1))
    assert gateway.wait("LegEnded", leg=bad)["code"] == 404


def test_an_invite_that_cannot_be_sent_ends_the_leg_once_and_harms_no_other(
    gateway: Gateway,
) -> None:
    peer = gateway.sipp("phone_answers")
    leg = dial(gateway)
    gateway.wait("LegAnswered", leg=leg)
    for number in range(2, 6):
        bad = dial(gateway, "sip:1@127.0.0.1;transport=sctp", ("t-1", number))
        assert gateway.wait("LegEnded", leg=bad)["by"] == "us"
    others = [event for event in gateway.unseen if event["leg"] != leg]
    assert others == []
    gateway.do("HangUp", leg=leg)
    assert gateway.wait("LegEnded", leg=leg)["code"] == 200
    peer.finish()


def test_hanging_up_at_any_moment_ends_every_leg_once(gateway: Gateway) -> None:
    """The phone rings, answers and gets our CANCEL or BYE in every order, 150 times."""
    rng = random.Random(7)  # noqa: S311 - a test's
    with RacingPhone(gateway.port + 4, rng) as phone:
        for number in range(1, 151):
            leg = dial(gateway, f"sip:11@127.0.0.1:{phone.port}", ("t-1", number))
            threading.Event().wait(rng.uniform(0.0, 0.02))
            gateway.do("HangUp", leg=leg)
        ends = [gateway.wait("LegEnded") for _ in range(150)]
    assert sorted(end["leg"][1] for end in ends) == list(range(1, 151))
    assert all(end["quiet"] for end in ends)
    assert phone.talking == set()
    assert gateway.is_quiet() or all(e["event"] != "LegEnded" for e in gateway.unseen)


def test_a_phone_by_tcp_that_is_not_there_ends_the_leg(gateway: Gateway) -> None:
    leg = dial(gateway, f"sip:11@127.0.0.1:{gateway.port + 6};transport=tcp")
    assert gateway.wait("LegEnded", leg=leg)["code"] in (502, 503)
    assert gateway.is_quiet()
