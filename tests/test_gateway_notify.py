"""What a notifier may send inside a subscription: whatever it is, PJSIP's parsers never see it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.gateway_process import Gateway, serving
from tests.notifier import Notifier, document
from tests.ports import free_port
from tests.stranger import Dialog, Stranger

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

WITHOUT_ID = (
    '<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:p@127.0.0.1">'
    "<tuple><status><basic>open</basic></status><note>Ready</note></tuple></presence>"
)
XPIDF = (
    '<?xml version="1.0"?><presence><presentity uri="sip:p@127.0.0.1;method=SUBSCRIBE"/>'
    '<atom><address uri="sip:p@127.0.0.1"><status status="open"/></address></atom></presence>'
)
PIECES = (b"", b"<tuple>", b"</tuple>", b"<", b">", b'"', b"\0", b"\xff", b"<!--", b"<![CDATA[")
TYPES = ("application/pidf+xml", "application/xpidf+xml", "application/dialog-info+xml", "a/b")


@pytest.fixture(name="gateway")
def fixture_gateway() -> Iterator[Gateway]:
    # What the door lets nobody say by the hundred is to be tried by the thousand.
    with serving(trace=False, limits={"dialog_requests_per_second": 10_000}) as gateway:
        yield gateway


@pytest.fixture(name="notifier")
def fixture_notifier(gateway: Gateway) -> Iterator[Notifier]:
    with Notifier(free_port()) as notifier:
        notifier.set("p", "On the phone")
        gateway.do("Watch", agent="2771", uri=f"sip:p@127.0.0.1:{notifier.port}")
        gateway.wait("PresenceBusy")
        yield notifier


def mutated(rng: random.Random, text: bytes) -> bytes:
    """Return the text with a few pieces cut out, doubled, or put in."""
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice((0, 1, 2, 5, 40)))
        text = text[:start] + rng.choice((*PIECES, text[start:end] * 2)) + text[end:]
    return text


def test_a_tuple_without_an_id_is_read_like_any_other(gateway: Gateway, notifier: Notifier) -> None:
    notifier.say("p", WITHOUT_ID.encode())

    gateway.wait("PresenceIdle", agent="2771")


@pytest.mark.parametrize("content_type", ["application/xpidf+xml", "application/pidf+xml"])
def test_a_document_is_read_as_what_it_is_whatever_its_type_says(
    gateway: Gateway, notifier: Notifier, content_type: str
) -> None:
    notifier.say("p", XPIDF.encode(), content_type)

    gateway.wait("PresenceIdle", agent="2771")


def test_a_body_that_is_no_document_says_nothing_and_harms_nobody(
    gateway: Gateway, notifier: Notifier
) -> None:
    notifier.say("p", b"\xff\x00<?xml", "text/plain")
    gateway.wait("PresenceUnknown", agent="2771")

    notifier.set("p", "Ready")
    gateway.wait("PresenceIdle", agent="2771")


def test_an_empty_notify_changes_nothing(gateway: Gateway, notifier: Notifier) -> None:
    notifier.say("p", b"")
    notifier.set("p", "Ready")

    gateway.wait("PresenceIdle", agent="2771")
    assert gateway.is_quiet()


def test_only_what_comes_in_our_own_subscription_says_anything(
    gateway: Gateway, notifier: Notifier
) -> None:
    subscribed, theirs = notifier.seen[-1], notifier.to_of("p")
    call_id, ours = subscribed["call-id"], subscribed["from"]
    guesses = (
        Dialog(call_id, "acd", theirs, f"{ours.partition(';tag=')[0]};tag=guessed"),
        Dialog(call_id, "acd", f"{theirs.partition(';tag=')[0]};tag=guessed", ours),
    )
    headers = (
        "Event: presence\r\nSubscription-State: active\r\nContent-Type: application/pidf+xml\r\n"
    )
    with Stranger(gateway.port) as stranger:
        for guess in guesses:
            guess.cseq = 1000
            stranger.request(guess, "NOTIFY", headers=headers, body=document("p", "Ready"))
            stranger.wait(guess, 481)

    assert gateway.is_quiet()
    notifier.set("p", "Ready")
    gateway.wait("PresenceIdle", agent="2771")


@pytest.mark.hostile
def test_mutated_bodies_inside_a_subscription_end_nothing(
    gateway: Gateway, notifier: Notifier, request: pytest.FixtureRequest
) -> None:
    asked = request.config.getoption
    longer = asked("--long") or "hostile" in str(asked("-m"))
    rng = random.Random(1)  # noqa: S311 - the same every time
    for number in range(20_000 if longer else 2_000):
        kind = rng.choice(TYPES)
        good = rng.choice((document("p", "Ready"), WITHOUT_ID, XPIDF)).encode()
        notifier.say("p", mutated(rng, good), kind)
        if number % 100 == 99:
            notifier.all_heard()
    notifier.set("p", "Ringing")
    notifier.insist("p")
    while not gateway.wait("PresenceBusy")["ringing"]:
        pass
