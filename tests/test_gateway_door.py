"""What is answered, by code and header, to requests that nobody has a use for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway_process import PCMU, Gateway, audio, serving
from tests.notifier import Notifier
from tests.ports import free_port
from tests.stranger import Dialog, Message, Stranger

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]


@pytest.fixture(name="call")
def fixture_call(gateway: Gateway, stranger: Stranger) -> Iterator[Dialog]:
    """A call that is up, and that ends with the stranger's BYE."""
    dialog = stranger.call("INVITE", body=stranger.audio())
    leg = gateway.wait("Incoming")["leg"]
    gateway.do("Answer", leg=leg, local=audio(PCMU))
    stranger.wait(dialog, 200)
    stranger.ack(dialog)
    gateway.wait("LegConfirmed", leg=leg)
    yield dialog
    stranger.ask(dialog, "BYE")
    gateway.wait("LegEnded", leg=leg)


def methods(message: Message, name: str = "Allow") -> set[str]:
    return set(message.header(name).replace(" ", "").split(","))


@pytest.mark.parametrize("method", ["REGISTER", "PUBLISH", "MESSAGE", "REFER", "FROBNICATE"])
def test_what_we_do_not_do_is_refused_with_what_we_do(stranger: Stranger, method: str) -> None:
    refused = stranger.wait(stranger.call(method), 405)

    assert {"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"} <= methods(refused)
    assert not {"SUBSCRIBE", "MESSAGE", "PUBLISH", "REGISTER"} & methods(refused)


def test_nobody_subscribes_here(stranger: Stranger) -> None:
    refused = stranger.wait(stranger.call("SUBSCRIBE", headers="Event: presence\r\n"), 489)

    assert refused.header("Allow-Events")


@pytest.mark.parametrize("method", ["NOTIFY", "BYE", "INFO", "UPDATE", "PRACK"])
def test_what_belongs_into_a_dialog_gets_481_outside_of_one(
    stranger: Stranger, method: str
) -> None:
    headers = "Event: presence\r\nSubscription-State: active\r\n" if method == "NOTIFY" else ""

    stranger.wait(stranger.call(method, headers=headers), 481)


def test_options_tell_what_we_can_do(stranger: Stranger) -> None:
    answer = stranger.wait(stranger.call("OPTIONS"), 200)

    assert "INVITE" in methods(answer)
    assert "application/sdp" in methods(answer, "Accept")
    assert methods(answer, "Supported") == {"100rel", "timer"}


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_an_extension_that_we_do_not_know_is_refused_by_its_name(
    stranger: Stranger, method: str
) -> None:
    dialog = stranger.call(method, headers="Require: timer, teleportation\r\n")
    refused = stranger.wait(dialog, 420)

    assert refused.header("Unsupported") == "teleportation"
    if method == "INVITE":
        stranger.ack(dialog)


def test_a_call_that_is_up_is_asked_for_its_health(stranger: Stranger, call: Dialog) -> None:
    answer = stranger.ask(call, "OPTIONS")

    assert answer.code == 200
    assert "INVITE" in methods(answer)


@pytest.mark.parametrize(
    ("method", "headers", "code"),
    [
        ("NOTIFY", "Event: refer\r\nSubscription-State: active\r\n", 481),
        ("SUBSCRIBE", "Event: presence\r\n", 489),
        ("MESSAGE", "Content-Type: text/plain\r\n", 405),
        ("FROBNICATE", "", 405),
        ("INFO", "Require: teleportation\r\n", 420),
        ("INVITE", "Require: teleportation\r\n", 420),
    ],
)
def test_in_a_call_it_is_refused_and_the_call_goes_on(
    stranger: Stranger, call: Dialog, method: str, headers: str, code: int
) -> None:
    assert stranger.ask(call, method, headers=headers).code == code
    if method == "INVITE":
        stranger.ack(call)

    assert stranger.ask(call, "OPTIONS").code == 200


@pytest.mark.parametrize("method", ["INVITE", "INFO", "OPTIONS", "UPDATE"])
def test_after_its_end_a_call_does_not_exist(stranger: Stranger, call: Dialog, method: str) -> None:
    assert stranger.ask(call, "BYE").code == 200
    body = stranger.audio() if method == "INVITE" else ""

    assert stranger.ask(call, method, body=body).code == 481


def test_in_a_subscription_only_notify_is_understood(gateway: Gateway) -> None:
    with Notifier(free_port()) as notifier, Stranger(gateway.port, "127.0.0.1") as stranger:
        notifier.set("p", "Ready")
        gateway.do("Watch", agent="7", uri=f"sip:p@127.0.0.1:{notifier.port}")
        gateway.wait("PresenceIdle")
        subscribe = notifier.seen[-1]
        tag = notifier.to_of("p")
        dialog = Dialog(subscribe["call-id"], "acd", tag, subscribe["from"], cseq=200)
        assert stranger.ask(dialog, "OPTIONS").code == 200
        assert stranger.ask(dialog, "SUBSCRIBE", headers="Event: presence\r\n").code == 489
        assert stranger.ask(dialog, "INVITE", body=stranger.audio()).code == 405
        stranger.ack(dialog)
        notifier.set("p", "On the phone")
        gateway.wait("PresenceBusy")
        gateway.do("Unwatch", agent="7")
        notifier.wait_subscribed("p", subscribed=False)


@pytest.mark.parametrize(("more", "code"), [(7, 200), (8, 488)])
def test_an_offer_of_many_lines_gets_as_many_in_its_answer_or_488(
    gateway: Gateway, stranger: Stranger, more: int, code: int
) -> None:
    lines = "".join(f"m=video {30000 + 2 * n} RTP/AVP 31\r\n" for n in range(more))
    dialog = stranger.call("INVITE", body=stranger.audio(lines))
    if code == 200:
        leg = gateway.wait("Incoming")["leg"]
        gateway.do("Answer", leg=leg, local=audio(PCMU))
    answer = stranger.wait(dialog, code)
    stranger.ack(dialog)
    if code == 200:
        assert answer.body.count("\nm=") == more + 1
        gateway.wait("LegConfirmed")
        assert stranger.ask(dialog, "BYE").code == 200
        gateway.wait("LegEnded")


def test_an_offer_that_grows_too_long_in_a_call_is_refused(
    stranger: Stranger, call: Dialog
) -> None:
    lines = "m=video 30000 RTP/AVP 31\r\n" * 8

    assert stranger.ask(call, "INVITE", body=stranger.audio(lines)).code == 488
    stranger.ack(call)
    assert stranger.ask(call, "INVITE", body=stranger.audio(lines[:26])).code == 200
    stranger.ack(call)


def test_while_all_calls_are_taken_calls_and_options_are_told_so_and_not_after() -> None:
    with serving(max_calls=1) as gateway, Stranger(gateway.port) as stranger:
        only = stranger.call("INVITE", body=stranger.audio())
        leg = gateway.wait("Incoming")["leg"]
        for method in ("INVITE", "OPTIONS"):
            dialog = stranger.call(method, body=stranger.audio() if method == "INVITE" else "")
            assert stranger.wait(dialog, 503).header("Retry-After")
            if method == "INVITE":
                stranger.ack(dialog)

        gateway.do("Refuse", leg=leg, code=404)
        stranger.wait(only, 404)
        stranger.ack(only)
        gateway.wait("LegEnded", leg=leg)

        assert stranger.wait(stranger.call("OPTIONS")).code == 200


def test_while_the_door_is_shut_calls_and_options_are_told_when_to_come_back() -> None:
    with serving() as gateway, Stranger(gateway.port) as stranger:
        gateway.do("StopTaking", retry_after=7)
        gateway.state()
        for method in ("INVITE", "OPTIONS"):
            dialog = stranger.call(method, body=stranger.audio() if method == "INVITE" else "")
            refused = stranger.wait(dialog, 503)
            assert refused.header("Retry-After") == "7"
            if method == "INVITE":
                stranger.ack(dialog)
        assert stranger.wait(stranger.call("REGISTER")).code == 405
        assert gateway.is_quiet()


def test_while_we_are_late_calls_are_told_when_to_come_back_and_taken_when_we_are_not() -> None:
    with serving(limits={"retry_after": 7}) as gateway, Stranger(gateway.port) as stranger:
        gateway.do("be late", seconds=1.0)
        gateway.wait_log("overload: new calls are refused")
        for method in ("INVITE", "OPTIONS"):
            dialog = stranger.call(method, body=stranger.audio() if method == "INVITE" else "")
            assert stranger.wait(dialog, 503).header("Retry-After") == "7"
            if method == "INVITE":
                stranger.ack(dialog)

        gateway.do("be in time")
        gateway.wait_log("overload is over")

        assert gateway.is_quiet()
        taken = stranger.call("INVITE", body=stranger.audio())
        leg = gateway.wait("Incoming")["leg"]
        gateway.do("HangUp", leg=leg)
        # Declined by everybody, everywhere (603), is for nobody to say but an agent.
        stranger.wait(taken, 480)
        stranger.ack(taken)
        gateway.wait("LegEnded", leg=leg)
