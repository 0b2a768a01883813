"""The gateway on real SIP: SIPp and a small notifier on the loopback interface."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import SIPP, Gateway, Sipp
from tests.notifier import Notifier
from tests.ports import free_ports
from tests.registrar import Registrar

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

PCMU = {"name": "PCMU", "payload_type": 0, "clock": 8000}
PCMA = {"name": "PCMA", "payload_type": 8, "clock": 8000}
CALLER = {"uri": "sip:0301234@192.0.2.7", "display": 'Ann "A" Lee'}


def audio(*codecs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "address": "127.0.0.1",
        "port": 40000,
        "codecs": list(codecs),
        "dtmf": 101,
        "direction": "sendrecv",
        "ptime": 20,
        "version": "",
        **more,
    }


@pytest.fixture(name="ports")
def fixture_ports() -> int:
    return free_ports(8)


@pytest.fixture(name="gateway")
def fixture_gateway(ports: int) -> Iterator[Gateway]:
    with Gateway(ports) as gateway:
        gateway.wait("started")
        yield gateway
        state = gateway.state()
        assert (state["legs"], state["stack_calls"], state["faults"]) == (0, 0, 0), gateway.log


def answered(gateway: Gateway, scenario: str) -> tuple[Sipp, list[Any]]:
    """Let SIPp call and have the call answered."""
    caller = gateway.sipp(scenario)
    leg = gateway.wait("Incoming")["leg"]
    gateway.do("Answer", leg=leg, local=audio(PCMA))
    gateway.wait("LegConfirmed", leg=leg)
    return caller, leg


def dial(gateway: Gateway, uri: str = "", leg: tuple[str, int] = ("t-1", 1)) -> list[Any]:
    uri = uri or f"sip:11@127.0.0.1:{gateway.port + 2}"
    gateway.do("Dial", leg=list(leg), uri=uri, local=audio(PCMU, PCMA), caller=CALLER)
    return list(leg)


def test_an_incoming_call_is_announced_answered_and_hung_up_by_us(gateway: Gateway) -> None:
    caller = gateway.sipp("caller")
    incoming = gateway.wait("Incoming")
    assert incoming["user"] == "sales"
    assert incoming["caller"] == {"uri": "sip:1001@example.org", "display": 'O\'Neill "Joe"'}
    assert incoming["asserted"] == {"uri": "sip:+15551001@example.org", "display": "Joe"}
    assert incoming["contact"]["uri"] == f"sip:1001@127.0.0.1:{gateway.port + 2}"
    assert incoming["source"] == ["127.0.0.1", gateway.port + 2]
    assert incoming["remote"]["codecs"] == [PCMA, PCMU]
    leg = incoming["leg"]
    gateway.do("Answer", leg=leg, local=audio(PCMA))
    assert gateway.wait("LegConfirmed", leg=leg)["remote"]["port"] == 17000
    gateway.do("HangUp", leg=leg)
    ended = gateway.wait("LegEnded", leg=leg)
    assert (ended["code"], ended["by"], ended["quiet"]) == (200, "us", True)
    caller.finish()


def test_a_call_comes_in_by_tcp(gateway: Gateway) -> None:
    caller = gateway.sipp("caller", "-t", "t1")
    leg = gateway.wait("Incoming")["leg"]
    gateway.do("Answer", leg=leg, local=audio(PCMA))
    gateway.wait("LegConfirmed", leg=leg)
    gateway.do("HangUp", leg=leg)
    gateway.wait("LegEnded", leg=leg)
    caller.finish()


def test_a_caller_who_cancels_ends_the_leg_once_with_487(gateway: Gateway) -> None:
    caller = gateway.sipp("caller_cancels")
    leg = gateway.wait("Incoming")["leg"]
    ended = gateway.wait("LegEnded", leg=leg)
    assert (ended["code"], ended["by"]) == (487, "remote")
    gateway.do("Answer", leg=leg, local=audio(PCMA))
    gateway.do("HangUp", leg=leg)
    caller.finish()
    assert gateway.is_quiet()


def test_a_delayed_offer_gets_our_offer_and_the_ack_names_the_remote_audio(
    gateway: Gateway,
) -> None:
    caller = gateway.sipp("caller_delays_offer")
    incoming = gateway.wait("Incoming")
    assert incoming["remote"] is None
    gateway.do("Answer", leg=incoming["leg"], local=audio(PCMU, PCMA))
    remote = gateway.wait("LegConfirmed", leg=incoming["leg"])["remote"]
    assert (remote["port"], remote["codecs"], remote["dtmf"]) == (17006, [PCMA], 101)
    gateway.do("HangUp", leg=incoming["leg"])
    gateway.wait("LegEnded", leg=incoming["leg"])
    caller.finish()


def test_hold_is_mirrored_with_our_port_and_codec_kept(gateway: Gateway) -> None:
    caller, leg = answered(gateway, "caller_holds")
    assert gateway.wait("MediaChanged", leg=leg)["remote"]["direction"] == "sendonly"
    remote = gateway.wait("MediaChanged", leg=leg)["remote"]
    assert (remote["direction"], remote["port"]) == ("sendrecv", 17010)
    ended = gateway.wait("LegEnded", leg=leg)
    assert (ended["code"], ended["by"]) == (200, "remote")
    caller.finish()
    assert gateway.is_quiet()


def test_keys_by_info_are_told_in_order(gateway: Gateway) -> None:
    caller, leg = answered(gateway, "caller_presses")
    assert [gateway.wait("DigitPressed", leg=leg)["digit"] for _ in range(3)] == ["2", "#", "7"]
    gateway.wait("LegEnded", leg=leg)
    caller.finish()


def test_refer_is_declined_and_the_call_goes_on(gateway: Gateway) -> None:
    caller, leg = answered(gateway, "caller_refers")
    assert gateway.wait("LegEnded", leg=leg)["by"] == "remote"
    caller.finish()


def test_a_call_is_refused_as_told(gateway: Gateway) -> None:
    caller = gateway.sipp("caller_refused")
    leg = gateway.wait("Incoming")["leg"]
    gateway.do("Refuse", leg=leg, code=404, reason="Not Found")
    assert gateway.wait("LegEnded", leg=leg)["code"] == 404
    caller.finish()


def test_a_stranger_gets_403_and_nobody_is_told(ports: int) -> None:
    with Gateway(ports, allow_from=["192.0.2.0/24", "2001:db8::/32"]) as gateway:
        gateway.wait("started")
        gateway.sipp("caller_refused").finish()
        assert "403" in gateway.log
        assert gateway.is_quiet()


def test_calls_over_the_limit_get_503_with_retry_after(ports: int) -> None:
    with Gateway(ports, max_calls=1) as gateway:
        gateway.wait("started")
        first = gateway.sipp("caller")
        leg = gateway.wait("Incoming")["leg"]
        gateway.sipp("caller_refused", port=4).finish()
        gateway.do("Answer", leg=leg, local=audio(PCMA))
        gateway.wait("LegConfirmed", leg=leg)
        gateway.do("HangUp", leg=leg)
        gateway.wait("LegEnded", leg=leg)
        first.finish()
        assert "503 Service Unavailable" in gateway.log
        gateway.do("StopTaking", retry_after=7)
        gateway.sipp("caller_refused").finish()
        assert gateway.is_quiet()


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


def test_a_re_invite_that_meets_491_is_sent_again(gateway: Gateway) -> None:
    peer = gateway.sipp("phone_glares")
    leg = dial(gateway)
    gateway.wait("LegAnswered", leg=leg)
    gateway.do("Reoffer", leg=leg, local=audio(PCMU, direction="inactive"))
    assert gateway.wait("MediaChanged", leg=leg)["remote"]["direction"] == "inactive"
    gateway.do("HangUp", leg=leg)
    gateway.wait("LegEnded", leg=leg)
    peer.finish()


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
    never = gateway.wait("LegEnded", 40, leg=legs[2])
    assert (never["code"], never["by"]) == (408, "us")
    assert gateway.wait("LegEnded", leg=legs[4])["by"] == "us"
    phone_is = gateway.wait("LegEnded", leg=dead)
    assert (phone_is["code"], phone_is["by"], phone_is["quiet"]) == (408, "us", False)
    for caller in (lost, early):
        caller.finish()


def test_a_name_that_does_not_resolve_ends_the_leg(gateway: Gateway) -> None:
    leg = dial(gateway, "sip:11@nowhere.invalid")
    ended = gateway.wait("LegEnded", 30, leg=leg)
    assert (ended["code"], ended["by"]) == (503, "us")
    bad = dial(gateway, "mailto:x", ("t-2", 1))
    assert gateway.wait("LegEnded", leg=bad)["code"] == 404


def test_a_phone_by_tcp_that_is_not_there_ends_the_leg(gateway: Gateway) -> None:
    leg = dial(gateway, f"sip:11@127.0.0.1:{gateway.port + 6};transport=tcp")
    assert gateway.wait("LegEnded", leg=leg)["code"] in (502, 503)
    assert gateway.is_quiet()


def test_presence_is_told_once_for_each_change(gateway: Gateway) -> None:
    with Notifier(gateway.port + 4) as notifier:
        uri = f"sip:phone1@127.0.0.1:{notifier.port}"
        notifier.set("phone1", "Ready")
        gateway.do("Watch", agent="2771", uri=uri)
        assert gateway.wait("PresenceIdle", agent="2771")["uri"] == uri
        notifier.set("phone1", "Ready")
        notifier.set("phone1", "Ringing")
        assert gateway.wait("PresenceBusy")["ringing"] is True
        notifier.set("phone1", "On the phone")
        assert gateway.wait("PresenceBusy")["ringing"] is False
        notifier.set("phone1", "On hold")
        notifier.set("phone1", "Unavailable")
        gateway.wait("PresenceUnavailable")
        notifier.set("phone1", "Gone fishing")
        assert "fishing" in gateway.wait("PresenceUnknown")["reason"]
        assert gateway.is_quiet()
        assert gateway.state()["subscriptions"] == 1
        gateway.do("Unwatch", agent="2771")
        notifier.wait_subscribed("phone1", subscribed=False)
        assert gateway.is_quiet()


def test_a_subscription_that_ends_is_unknown_at_once_and_made_anew(gateway: Gateway) -> None:
    with Notifier(gateway.port + 4) as notifier:
        notifier.set("phone1", "On the phone")
        gateway.do("Watch", agent="2771", uri=f"sip:phone1@127.0.0.1:{notifier.port}")
        gateway.wait("PresenceBusy")
        notifier.drop("phone1")
        gateway.wait("PresenceUnknown", 0.5)
        notifier.set("phone1", "Ready")
        gateway.wait("PresenceIdle", 3)


def test_a_refused_subscription_is_tried_again(gateway: Gateway) -> None:
    with Notifier(gateway.port + 4) as notifier:
        notifier.refuse["phone1"] = "404 Not Found"
        gateway.do("Watch", agent="2771", uri=f"sip:phone1@127.0.0.1:{notifier.port}")
        assert "404" in gateway.wait("PresenceUnknown")["reason"]
        del notifier.refuse["phone1"]
        notifier.set("phone1", "Ready")
        gateway.wait("PresenceIdle", 3)


def test_subscriptions_at_the_start_are_paced(gateway: Gateway) -> None:
    with Notifier(gateway.port + 4) as notifier:
        for number in range(12):
            gateway.do("Watch", agent=str(number), uri=f"sip:p{number}@127.0.0.1:{notifier.port}")
        for number in range(12):
            notifier.wait_subscribed(f"p{number}")
        assert 0.5 < notifier.arrivals[-1] - notifier.arrivals[0] < 2.0


def test_two_hundred_calls_at_fifty_a_second_leave_nothing(ports: int) -> None:
    with Gateway(ports, max_calls=300, auto=0.5) as gateway:
        gateway.wait("started")
        begun = time.monotonic()
        gateway.sipp("caller", "-m", "200", "-r", "50", "-l", "200").finish()
        assert time.monotonic() - begun < 15
        ends = [gateway.wait("LegEnded") for _ in range(200)]
        assert {(end["code"], end["by"], end["quiet"]) for end in ends} == {(200, "us", True)}
        state = gateway.state()
        assert (state["legs"], state["stack_calls"], state["faults"]) == (0, 0, 0)
        assert state["command_delay_ms"] < 5


def test_settings_beyond_the_build_are_refused_with_what_to_do(ports: int) -> None:
    with Gateway(ports, max_calls=9000) as gateway:
        why = gateway.wait("refused")["why"]
    assert "sip.max_calls" in why
    assert "lower" in why


def test_a_port_in_use_is_refused_with_what_to_do(gateway: Gateway) -> None:
    with Gateway(gateway.port) as second:
        assert "sip.port" in second.wait("refused")["why"]


def test_the_trace_is_switched_while_running(gateway: Gateway) -> None:
    gateway.do("TraceSip", on=True)
    with Notifier(gateway.port + 4) as notifier:
        gateway.do("Watch", agent="1", uri=f"sip:p@127.0.0.1:{notifier.port}")
        gateway.wait("PresenceUnavailable")
        gateway.do("Unwatch", agent="1")
        notifier.wait_subscribed("p", subscribed=False)
    gateway.do("TraceSip", on=False)
    gateway.state()
    assert f"-> UDP 127.0.0.1:{notifier.port} Request msg SUBSCRIBE" in gateway.log
    assert f"<- UDP 127.0.0.1:{notifier.port} Request msg NOTIFY" in gateway.log


def test_it_stops_within_two_seconds_with_a_bye_to_everyone(ports: int) -> None:
    with Gateway(ports) as gateway:
        gateway.wait("started")
        caller, _ = answered(gateway, "caller")
        begun = time.monotonic()
        gateway.stop()
        assert time.monotonic() - begun < 2
        caller.finish()


def registered_at(port: int, password: str = "secret") -> dict[str, Any]:  # noqa: S107 - a test's
    return {"registrar": f"sip:127.0.0.1:{port}", "user": "acd", "password": password}


def wait_registration(gateway: Gateway, wanted: str, seconds: float = 5.0) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        state = gateway.state()
        if state["registration"] == wanted:
            return state
        assert time.monotonic() < deadline, f"{state}\n{gateway.log}"


def test_it_registers_with_digest_calls_as_its_account_and_unregisters(ports: int) -> None:
    with (
        Registrar(ports + 4, "acd", "secret") as registrar,
        Gateway(ports, registration=registered_at(ports + 4)) as gateway,
    ):
        gateway.wait("started")
        wait_registration(gateway, "registered")
        peer = gateway.sipp("phone_refuses")
        leg = dial(gateway)
        assert gateway.wait("LegEnded", leg=leg)["code"] == 486
        peer.finish()
        gateway.stop()
    assert 'From: "Ann \\"A\\" Lee" <sip:acd@127.0.0.1>' in gateway.log
    assert 'P-Asserted-Identity: "Ann \\"A\\" Lee" <sip:0301234@192.0.2.7>' in gateway.log
    assert registrar.seen[-1].header("expires") == "0"


def test_a_registration_that_fails_says_why_and_is_tried_again(ports: int) -> None:
    with Registrar(ports + 4, "acd", "secret") as registrar:
        registrar.refusals = ["503 Service Unavailable"]
        with Gateway(ports, registration=registered_at(ports + 4)) as gateway:
            gateway.wait("started")
            assert "503" in wait_registration(gateway, "failed")["why"]
            wait_registration(gateway, "registered")
        with Gateway(ports, registration=registered_at(ports + 4, "wrong")) as gateway:
            gateway.wait("started")
            assert "403" in wait_registration(gateway, "failed")["why"]
