"""Calls that come in, on real SIP: SIPp on the loopback interface."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway_process import PCMA, PCMU, Gateway, answered, audio, serving
from tests.ports import free_ports

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]


@pytest.fixture(name="gateway")
def fixture_gateway() -> Iterator[Gateway]:
    with serving() as gateway:
        yield gateway


def test_an_incoming_call_is_announced_answered_and_hung_up_by_us(gateway: Gateway) -> None:
    caller = gateway.sipp("caller")
    incoming = gateway.wait("Incoming")
    assert incoming["user"] == "sales"
    assert incoming["caller"] == {"uri": "sip:1001@example.org", "display": 'O\'Neill "Joe"'}
    assert incoming["asserted"] is None
    assert incoming["contact"]["uri"] == f"sip:1001@127.0.0.1:{gateway.port + 2};transport=UDP"
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


def test_calls_over_the_limit_get_503_with_retry_after() -> None:
    with serving(max_calls=1) as gateway:
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


@pytest.mark.alone
def test_two_hundred_calls_at_fifty_a_second_leave_nothing() -> None:
    with serving(max_calls=300, auto=0.5) as gateway:
        gateway.sipp("caller", "-m", "200", "-r", "50", "-l", "200").finish()
        ends = [gateway.wait("LegEnded") for _ in range(200)]
        assert {(end["code"], end["by"], end["quiet"]) for end in ends} == {(200, "us", True)}
        state = gateway.state()
        assert (state["legs"], state["stack_calls"], state["faults"]) == (0, 0, 0)
        assert state["exchange"]["turn_p99_ms"] > 0


def test_a_callback_that_raises_ends_its_leg_and_nothing_else() -> None:
    with Gateway(free_ports(8), broken=True) as gateway:
        gateway.wait("started")
        caller = gateway.sipp("caller")
        leg = gateway.wait("Incoming")["leg"]
        gateway.do("Answer", leg=leg, local=audio(PCMA))
        ended = gateway.wait("LegEnded", leg=leg)
        assert (ended["code"], ended["by"]) == (200, "us")
        caller.finish()
        state = gateway.state()
        assert (state["legs"], state["stack_calls"], state["faults"]) == (0, 0, 1)
        gateway.wait_log(f"call {leg[0]}.0: failed in onCallState")
        assert gateway.unseen == []


def test_it_stops_with_a_bye_to_everyone() -> None:
    with Gateway(free_ports(8)) as gateway:
        gateway.wait("started")
        caller, _ = answered(gateway, "caller")
        gateway.stop()
        caller.finish()


def test_settings_beyond_the_build_are_refused_with_what_to_do() -> None:
    with Gateway(free_ports(8), max_calls=9000) as gateway:
        why = gateway.wait("refused")["why"]
    assert "sip.max_calls" in why
    assert "lower" in why


def test_a_port_in_use_is_refused_with_what_to_do(gateway: Gateway) -> None:
    with Gateway(gateway.port) as second:
        assert "sip.port" in second.wait("refused")["why"]
