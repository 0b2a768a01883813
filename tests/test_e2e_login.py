"""Agents log on and off by phone: real phones, real keys, the real voice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from media.dtmf import DIGITS
from tests.books import AT_ONCE_SECONDS
from tests.centre import PIN, CallCentre
from tests.media_rig import RtpPhone
from tests.raw_phone import press
from tests.raw_sip import SDP, RawSip

pytestmark = pytest.mark.e2e


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


def logged_out(agent: str, queues: list[str]) -> dict[str, object]:
    return {
        "id": agent,
        "state": "loggedout",
        "idletime": "0",
        "device": "",
        "memberof": queues,
    }


def test_at_the_start_nobody_is_logged_on(centre: CallCentre) -> None:
    assert centre.server.get("/agents") == {
        "agents": [
            logged_out("2771", ["sales", "support"]),
            logged_out("2772", ["sales"]),
            logged_out("2773", ["support"]),
            logged_out("2774", ["sales"]),
        ]
    }


@pytest.mark.parametrize("dtmf", ["info", "rtpevent"])
def test_an_agent_logs_on_with_keys(centre: CallCentre, dtmf: str) -> None:
    phone = centre.phone("desk1", dtmf)

    call = phone.dial(centre.uri("acdlogin"))
    call.wait_up()
    centre.hears(call, centre.login_prompt("ask_id"))
    call.press("2771#")
    centre.hears(call, centre.login_prompt("accepted"))
    call.wait_over()

    agent = centre.server.wait_agent("2771", "idle")
    assert agent["idletime"].isdecimal()
    assert agent["device"].startswith("desk1")
    assert agent["device"].endswith(f"@127.0.0.1:{phone.port}")
    assert agent["memberof"] == ["sales", "support"]


@pytest.mark.parametrize("first", ["info", "rtp"])
def test_keys_that_a_phone_sends_by_info_and_in_rtp_count_once(
    centre: CallCentre, first: str
) -> None:
    server = centre.server
    with RawSip() as phone, RtpPhone() as ear:
        sdp = SDP.replace(b"audio 17000", b"audio %d" % ear.port)
        answer = phone.call(server.sip_port, b"acdlogin", body=sdp)
        to = ("127.0.0.1", server.media_port)
        ear.receive()
        for turn, key in enumerate("2771#"):
            ways: list[Callable[[], None]] = [
                partial(press, phone, server.sip_port, answer, 10 + turn, key),
                partial(ear.press, to, DIGITS.index(key)),
            ]
            for way in ways if first == "info" else reversed(ways):
                way()
                ear.receive()

        server.wait_agent("2771", "idle")
        phone.receive(b"BYE ")


def test_keys_are_taken_while_the_question_is_asked(centre: CallCentre) -> None:
    call = centre.phone("desk1").dial(centre.uri("acdlogin"))

    call.wait_up()
    call.press("2771#")

    centre.server.wait_agent("2771", "idle")


def test_a_number_without_the_hash_key_is_taken_after_a_while(centre: CallCentre) -> None:
    call = centre.phone("desk1").dial(centre.uri("acdlogin"))

    call.wait_up()
    call.press("2771")

    centre.server.wait_agent("2771", "idle")


def test_an_agent_with_a_pin_is_asked_for_it(centre: CallCentre) -> None:
    phone = centre.phone("desk1", "rtpevent")

    centre.log_on(phone, "2774", PIN)

    centre.server.wait_agent("2774", "idle")


def test_a_wrong_pin_is_refused_and_may_be_tried_again(centre: CallCentre) -> None:
    call = centre.phone("desk1").dial(centre.uri("acdlogin"))
    call.wait_up()
    call.press("2774#")
    centre.hears(call, centre.login_prompt("ask_pin"))
    call.press("9999#")

    wrong = centre.hears(call, centre.login_prompt("wrong"))
    assert centre.server.agent("2774")["state"] == "loggedout"
    centre.hears(call, centre.login_prompt("ask_id"), since=wrong.at)
    call.press("2774#")
    centre.hears(call, centre.login_prompt("ask_pin"), since=wrong.at)
    call.press(f"{PIN}#")

    centre.server.wait_agent("2774", "idle")


@pytest.mark.parametrize("number", ["2774", "1234"], ids=["an agent's", "nobody's"])
def test_a_wrong_pin_sounds_alike_whoever_has_the_number_and_three_end_the_call(
    centre: CallCentre, number: str
) -> None:
    call = centre.phone("desk1").dial(centre.uri("acdlogin"))
    call.wait_up()
    heard = centre.hears(call, centre.login_prompt("ask_id")).at
    for _ in range(3):
        call.press(f"{number}#")
        heard = centre.hears(call, centre.login_prompt("ask_pin"), since=heard).at
        call.press("9999#")
        heard = centre.hears(call, centre.login_prompt("wrong"), since=heard).at

    call.wait_over(15)

    states = {agent["state"] for agent in centre.server.get("/agents")["agents"]}
    assert states == {"loggedout"}


def test_an_agent_logged_on_elsewhere_is_refused(centre: CallCentre) -> None:
    first = centre.agent_phone("desk1", "2771")
    call = centre.phone("desk2").dial(centre.uri("acdlogin"))
    call.wait_up()

    call.press("2771#")

    centre.hears(call, centre.login_prompt("agent_elsewhere"))
    call.wait_over()
    assert centre.server.agent("2771")["device"].endswith(f":{first.port}")


def test_a_phone_with_an_agent_takes_no_second_one(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    call = phone.dial(centre.uri("acdlogin"))
    call.wait_up()

    call.press("2772#")

    centre.hears(call, centre.login_prompt("phone_taken"))
    call.wait_over()
    assert centre.server.agent("2772") == logged_out("2772", ["sales"])


def test_an_agent_logs_off_by_phone(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")

    call = phone.dial(centre.uri("acdlogout"))
    call.wait_up()
    centre.hears(call, centre.login_prompt("logged_out"))
    call.wait_over()

    assert centre.server.agent("2771") == logged_out("2771", ["sales", "support"])


def test_logging_off_where_nobody_is_logged_on_is_told(centre: CallCentre) -> None:
    call = centre.phone("desk1").dial(centre.uri("acdlogout"))

    call.wait_up()

    centre.hears(call, centre.login_prompt("nobody_here"))
    call.wait_over()


def test_a_paused_agent_gets_no_calls_until_unpaused(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    phone.dial(centre.uri("acdpause")).wait_over(10)
    centre.server.wait_agent("2771", "paused")
    caller = centre.phone("caller").dial(centre.uri("sales"))
    caller.wait_up()
    centre.server.wait_calls("sales", "waiting")
    assert phone.ring_count() == 0

    phone.dial(centre.uri("acdunpause")).wait_over(10)

    phone.wait_ring()


@pytest.mark.parametrize("does", ["logs on", "comes back"])
def test_a_phone_in_its_own_call_is_rung_as_soon_as_it_has_hung_up_and_not_before(
    centre: CallCentre, does: str
) -> None:
    server = centre.server
    phone = centre.phone("desk1")
    phone.has_one_line()
    if does == "comes back":
        centre.log_on(phone, "2771")
        phone.dial(centre.uri("acdpause")).wait_over()
        server.wait_agent("2771", "paused")
    centre.phone("caller").dial(centre.uri("sales")).wait_up()
    server.wait_calls("sales", "waiting")

    own = phone.dial(centre.uri("acdlogin" if does == "logs on" else "acdunpause"))
    own.wait_up()
    if does == "logs on":
        own.press("2771#")
    server.wait_agent("2771", "busy")
    centre.hears(own, centre.login_prompt("accepted" if does == "logs on" else "unpaused"))
    own.hang_up()

    phone.wait_ring().answer()
    server.wait_calls("sales", "connected")
    (offer,) = centre.offers()
    ((ended,),) = centre.journal("SELECT max(finished_at) FROM calls WHERE queue IS NULL")
    assert (offer.agent, offer.outcome) == ("2771", "answered")
    assert 0 <= offer.offered_at - ended < AT_ONCE_SECONDS


def test_hanging_up_during_the_question_logs_nobody_on(centre: CallCentre) -> None:
    call = centre.phone("desk1").dial(centre.uri("acdlogin"))
    call.wait_up()
    call.press("277")

    call.hang_up()

    centre.server.wait_log(r"call \S+: .*(end|over|finish)")
    assert centre.server.agent("2771")["state"] == "loggedout"


def test_an_unknown_address_is_refused_with_404(centre: CallCentre) -> None:
    call = centre.phone("desk1").dial(centre.uri("nobody"))

    assert call.wait_over().startswith("404")
