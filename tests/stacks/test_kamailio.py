"""Kamailio as call server, known by name and of two domains: phones behind it call and are called.

It keeps itself in the way of every dialog (Record-Route) and answers 404 to whatever is asked of
another domain than its own, an address included.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.stage import ACD, KAMAILIO, Stage
from tests.hosts.talk import they_talk

BY_TCP = {"sip": {"call_server": "sip:one.example;transport=tcp"}}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as made:
        yield made


def test_an_agent_behind_it_logs_on_is_called_by_name_and_talks(stage: Stage) -> None:
    stage.kamailio()
    server = stage.acd()
    desk, caller = stage.phone("phone1"), stage.phone("caller")
    stage.hear_out_login(desk, "2771")
    assert server.agent("2771")["device"] == "phone1@one.example"

    call = stage.call_queue(caller)
    ringing = desk.wait_ring()
    server.wait_agent("2771", "ringing")
    ringing.answer()
    they_talk(call, ringing)

    [invite] = stage.offers()
    assert invite.message.uri == "sip:phone1@one.example"
    assert "one.example" in invite.message["to"]
    call.hang_up()
    ringing.wait_over()
    server.wait_agent("2771", "idle")
    server.wait_calls("sales")


def test_whatever_it_says_of_itself_is_an_address_that_the_others_reach(stage: Stage) -> None:
    stage.kamailio()
    stage.acd()
    desk, caller = stage.phone("phone1"), stage.phone("caller")
    stage.log_on(desk, "2771")
    call = stage.call_queue(caller)
    desk.wait_ring().answer()
    call.hang_up()
    stage.server.wait_agent("2771", "idle")

    for seen in stage.sent():
        assert seen.message.sdp is None or seen.message.sdp.address == ACD
        assert "127.0.0.1" not in "".join(value for _, value in seen.message.headers)


def test_phones_of_two_domains_with_one_name_are_two_phones(stage: Stage) -> None:
    stage.kamailio()
    server = stage.acd()
    first, second = stage.phone("phone1"), stage.phone("phone1", "two.example")
    caller = stage.phone("caller")
    stage.log_on(first, "2771")
    stage.log_on(second, "2772", "sip:acdlogin@two.example")
    assert server.agent("2771")["device"] == "phone1@one.example"
    assert server.agent("2772")["device"] == "phone1@two.example"

    one = stage.call_queue(caller)
    first.wait_ring().answer()
    stage.talk(caller, second, "sip:sales@one.example")

    assert first.ring_count() == 1
    assert [seen.message.uri.split("@")[1] for seen in stage.offers()] == [
        "one.example",
        "two.example",
    ]
    one.hang_up()


def test_by_tcp_everything_of_a_call_goes_by_tcp(stage: Stage) -> None:
    stage.kamailio("acd.example;transport=tcp")
    server = stage.acd(BY_TCP)
    desk, caller = stage.phone("phone1"), stage.phone("caller")
    stage.log_on(desk, "2771")
    talk = stage.talk(caller, desk)
    talk.hold()
    talk.end()
    server.wait_agent("2771", "idle")

    carriers = {seen.protocol for seen in stage.capture.sip()}
    methods = {seen.message.method for seen in stage.sent()}
    assert carriers == {"tcp"}
    assert {"INVITE", "ACK", "BYE"} <= methods


def test_a_call_server_is_found_by_naptr_and_srv(stage: Stage) -> None:
    resolver = stage.lab.resolver
    resolver.forget("one.example")
    resolver.naptr("one.example", (10, 10, "SIP+D2T", "_sip._tcp.one.example"))
    resolver.srv("_sip._tcp.one.example", (1, 1, 5080, "sip.one.example"))
    resolver.srv("_sip._udp.one.example", (1, 1, 5080, "sip.one.example"))
    resolver.a("sip.one.example", KAMAILIO)
    stage.kamailio(port=5080)
    stage.acd()
    desk, caller = stage.phone("phone1"), stage.phone("caller")
    stage.log_on(desk, "2771")

    stage.talk(caller, desk)

    [invite] = stage.offers()
    assert invite.message.uri == "sip:phone1@one.example"
    assert (invite.protocol, invite.target) == ("tcp", (KAMAILIO, 5080))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_caller_who_gives_up_stops_the_ringing_behind_it(stage: Stage, transport: str) -> None:
    stage.kamailio(f"acd.example;transport={transport}")
    server = stage.acd({"sip": {"call_server": f"sip:one.example;transport={transport}"}})
    desk, caller = stage.phone("phone1"), stage.phone("caller")
    stage.log_on(desk, "2771")
    call = stage.call_queue(caller)
    ringing = desk.wait_ring()

    call.hang_up()

    ringing.wait_over(2)
    server.wait_agent("2771", "idle")


def test_an_agent_who_hangs_up_behind_it_ends_the_call(stage: Stage) -> None:
    stage.kamailio()
    server = stage.acd()
    desk, caller = stage.phone("phone1"), stage.phone("caller")
    stage.log_on(desk, "2771")
    call = stage.call_queue(caller)
    ringing = desk.wait_ring()
    ringing.answer()
    server.wait_calls("sales", "connected")

    ringing.hang_up()

    call.wait_over()
    server.wait_agent("2771", "idle")


def test_a_phone_that_is_not_registered_passes_the_call_on(stage: Stage) -> None:
    stage.kamailio()
    server = stage.acd()
    gone, there, caller = stage.phone("phone1"), stage.phone("phone2"), stage.phone("caller")
    stage.log_on(gone, "2771")
    stage.log_on(there, "2772")
    gone.unregister()

    stage.call_queue(caller)

    there.wait_ring().answer()
    server.wait_agent("2772", "oncall")
    assert server.agent("2771")["state"] == "unavailable"


def test_agents_log_off_and_take_breaks_behind_it(stage: Stage) -> None:
    stage.kamailio()
    server = stage.acd()
    desk = stage.phone("phone1")
    stage.log_on(desk, "2771")

    for user, state in (("acdpause", "paused"), ("acdunpause", "idle"), ("acdlogout", "loggedout")):
        desk.dial(stage.uri(user)).wait_over(15)
        server.wait_agent("2771", state)

    assert server.agent("2771")["device"] == ""
