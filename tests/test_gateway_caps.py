"""Caps of each source: a flood from one address shuts nobody else out, and leaves nothing."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import pytest

from tests.gateway_process import PCMU, Gateway, audio, dial, serving
from tests.raw_sip import RawTcp
from tests.stranger import Stranger, of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def resident_kib(gateway: Gateway) -> int:
    status = Path(f"/proc/{gateway.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    assert found
    return int(found[1])


def is_served(gateway: Gateway, host: str) -> None:
    """A call from there is answered, and ended by its caller."""
    with Stranger(gateway.port, host) as honest:
        call = honest.call("INVITE", body=honest.audio())
        leg = gateway.wait("Incoming", source=[host, honest.port])["leg"]
        gateway.do("Answer", leg=leg, local=audio(PCMU))
        honest.wait(call, 200)
        honest.ack(call)
        gateway.wait("LegConfirmed", leg=leg)
        assert honest.ask(call, "BYE").code == 200
        gateway.wait("LegEnded", leg=leg)


def test_half_open_calls_of_one_source_are_bounded_and_others_are_served() -> None:
    limits = {"setups_per_second": 500, "requests_per_second": 5000}
    with serving(limits=limits, trace=False) as gateway, Stranger(gateway.port) as stranger:
        for _ in range(200):
            stranger.call("INVITE", body=stranger.audio())
        legs = [gateway.wait("Incoming")["leg"] for _ in range(10)]
        is_served(gateway, "127.0.0.8")
        codes = list(of(stranger.all_answered(), "INVITE"))
        assert codes == [503] * 190
        assert gateway.state()["legs"] == 10
        for leg in legs:
            gateway.do("Refuse", leg=leg, code=404)
        for leg in legs:
            gateway.wait("LegEnded", leg=leg)
        gateway.wait_log("too many half-open calls; from 127.0.0.9")
        for message in stranger.everything():
            stranger.acknowledge(message)
        is_served(gateway, stranger.host)


def test_new_calls_of_one_source_in_a_second_are_bounded() -> None:
    limits = {"half_open": 1000, "setups_per_second": 2}
    with serving(limits=limits) as gateway, Stranger(gateway.port) as stranger:
        for _ in range(60):
            stranger.call("INVITE", body=stranger.audio())
        refused = [one for one in stranger.all_answered() if one.code == 503]
        # Two at once, and two in each second that the others took.
        assert 40 <= len(refused) <= 58
        assert {one.header("Retry-After") for one in refused} == {"10"}
        taken = gateway.state()["legs"]
        assert taken == 60 - len(refused)
        for _ in range(taken):
            gateway.do("Refuse", leg=gateway.wait("Incoming")["leg"], code=480)
        for _ in range(taken):
            gateway.wait("LegEnded")
        for message in stranger.everything():
            stranger.acknowledge(message)


def test_calls_of_one_source_are_bounded_and_one_that_ends_makes_room() -> None:
    with serving(limits={"calls": 2}) as gateway, Stranger(gateway.port) as stranger:
        calls = []
        for _ in range(2):
            call = stranger.call("INVITE", body=stranger.audio())
            leg = gateway.wait("Incoming")["leg"]
            gateway.do("Answer", leg=leg, local=audio(PCMU))
            stranger.wait(call, 200)
            stranger.ack(call)
            gateway.wait("LegConfirmed", leg=leg)
            calls.append(call)
        third = stranger.call("INVITE", body=stranger.audio())
        stranger.wait(third, 503)
        stranger.ack(third)
        assert stranger.ask(calls.pop(), "BYE").code == 200
        gateway.wait("LegEnded")
        is_served(gateway, stranger.host)
        assert stranger.ask(calls.pop(), "BYE").code == 200
        gateway.wait("LegEnded")


def test_a_peer_without_caps_has_none() -> None:
    peer = {"name": "sbc", "addresses": ["127.0.0.9"], "without_caps": True}
    with serving(peers=[peer], max_calls=100) as gateway, Stranger(gateway.port) as stranger:
        for _ in range(60):
            stranger.call("INVITE", body=stranger.audio())
        legs = [gateway.wait("Incoming")["leg"] for _ in range(60)]
        for leg in legs:
            gateway.do("Refuse", leg=leg, code=480)
        for message in stranger.everything():
            stranger.acknowledge(message)
        for leg in legs:
            gateway.wait("LegEnded", leg=leg)


def test_agents_phones_and_callers_take_no_place_of_each_other() -> None:
    with (
        serving(max_calls=1) as gateway,
        Stranger(gateway.port, "127.0.0.1") as ada,
        Stranger(gateway.port, "127.0.0.1") as bob,
        Stranger(gateway.port) as caller,
    ):
        legs = [dial(gateway, ada.contact)]
        invites = [ada.wait_request("INVITE")]
        ada.wait_request("INVITE")  # sent again after half a second: the door has been minded
        call = caller.call("INVITE", body=caller.audio())
        only = gateway.wait("Incoming")["leg"]
        legs.append(dial(gateway, bob.contact, ("t-1", 2)))
        invites.append(bob.wait_request("INVITE"))

        for phone, invite, leg in zip((ada, bob), invites, legs, strict=True):
            phone.answer(invite, "486 Busy Here")
            assert gateway.wait("LegEnded", leg=leg)["code"] == 486
        gateway.do("Refuse", leg=only, code=404)
        caller.wait(call, 404)
        caller.ack(call)
        gateway.wait("LegEnded", leg=only)


def test_who_may_not_call_gets_403_and_nobody_is_told() -> None:
    with (
        serving(strangers={"may_call": False}) as gateway,
        Stranger(gateway.port) as stranger,
    ):
        call = stranger.call("INVITE", body=stranger.audio())
        stranger.wait(call, 403)
        stranger.ack(call)
        assert gateway.is_quiet()
        is_served(gateway, "127.0.0.1")


def test_without_an_ack_a_call_is_over_after_32_seconds_and_its_caller_free_to_call() -> None:
    with serving(limits={"half_open": 1}) as gateway, Stranger(gateway.port) as stranger:
        call = stranger.call("INVITE", body=stranger.audio())
        leg = gateway.wait("Incoming")["leg"]
        gateway.do("Answer", leg=leg, local=audio(PCMU))
        stranger.wait(call, 200)
        begun = time.monotonic()
        ended = gateway.wait("LegEnded", 80, leg=leg)
        assert time.monotonic() - begun > 31
        assert ended["code"] == 408
        bye = stranger.wait_request("BYE")
        stranger.answer(bye, "200 OK")
        is_served(gateway, stranger.host)


def test_a_connection_that_says_nothing_is_closed_and_one_with_a_call_is_not() -> None:
    with (
        serving() as gateway,
        RawTcp("127.0.0.8") as caller,
        socket.create_connection(("127.0.0.1", gateway.port)) as silent,
    ):
        caller.invite(gateway.port)
        leg = gateway.wait("Incoming")["leg"]
        gateway.do("Answer", leg=leg, local=audio(PCMU))
        answer = caller.receive(b"SIP/2.0 200")
        caller.follow(gateway.port, b"ACK", answer)
        gateway.wait("LegConfirmed", leg=leg)

        silent.settimeout(60.0)
        assert silent.recv(1) == b""

        caller.hang_up(gateway.port, answer)
        assert gateway.wait("LegEnded", leg=leg)["code"] == 200


def test_a_flood_that_is_refused_leaves_no_memory_behind() -> None:
    with serving(trace=False) as gateway, Stranger(gateway.port) as stranger:
        headers = "Event: presence\r\n"
        for _ in range(2000):
            stranger.call("SUBSCRIBE", headers=headers)
        stranger.everything()
        before = resident_kib(gateway)
        for _ in range(10_000):
            stranger.call("SUBSCRIBE", headers=headers)
        answers = len(stranger.everything())
        # 25 KiB each, where each takes a transaction and a dialog: 250,000 together.
        assert resident_kib(gateway) - before < 20_000
        assert answers < 10_000
        is_served(gateway, "127.0.0.8")
        gateway.wait_log("SUBSCRIBE not answered")
