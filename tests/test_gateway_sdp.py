"""Offers as phones, gateways and hostile hands write them: an odd line costs nobody a call."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.gateway_process import Gateway, serving
from tests.stranger import Dialog, Message, Stranger

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
AUDIO = "m=audio 20000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"


@pytest.fixture(name="gateway", scope="module")
def fixture_gateway() -> Iterator[Gateway]:
    with serving(auto=0.0) as gateway:
        yield gateway


def offered(stranger: Stranger, body: str) -> tuple[Dialog, Message]:
    """Call with this offer; return the final answer, acknowledged."""
    dialog = stranger.call("INVITE", body=body)
    answer = stranger.wait(dialog)
    stranger.ack(dialog)
    return dialog, answer


TAKEN = {
    "a video line without its map": HEAD + AUDIO + "m=video 30000 RTP/AVP 96\r\n",
    "a map without a clock": HEAD + "m=audio 20000 RTP/AVP 0 96\r\na=rtpmap:96 foo\r\n",
    "a map of no codec at all": HEAD + "m=audio 20000 RTP/AVP 0 96\r\na=rtpmap:96\r\n",
    "its own address is a name": (HEAD + AUDIO).replace("c=IN IP4 127.0.0.1", "c=IN IP4 a.b"),
    "attributes nobody knows": HEAD + AUDIO + "a=\r\na=:::\r\na=x-y z:\x01\r\na=rtcp:x IN IP4\r\n",
    "RTCP at a name": HEAD + AUDIO + "a=rtcp:20001 IN IP4 slow.example\r\n",
    "an origin of names": (HEAD + AUDIO).replace("- 1 1 IN IP4 127.0.0.1", "me a b IN IP4 my.host"),
    "no origin, no subject, no time": "v=0\r\nc=IN IP4 127.0.0.1\r\n" + AUDIO,
    "bare line feeds": (HEAD + AUDIO).replace("\r\n", "\n"),
    "another line's address is a name": HEAD
    + AUDIO
    + "m=video 30000 RTP/AVP 31\r\nc=IN IP4 slow.example\r\n",
    "SCTP beside it": HEAD + AUDIO + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
}


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN.keys())
def test_an_odd_line_costs_no_call(stranger: Stranger, body: str) -> None:
    dialog, answer = offered(stranger, body)

    assert answer.code == 200, answer.start
    assert answer.body.count("\nm=") == body.count("\nm=")
    assert "m=audio 40000 RTP/AVP 0" in answer.body
    assert stranger.ask(dialog, "BYE").code == 200


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN.keys())
def test_an_odd_line_costs_no_call_in_a_later_offer(stranger: Stranger, body: str) -> None:
    dialog, _ = offered(stranger, HEAD + AUDIO)

    assert stranger.ask(dialog, "INVITE", body=body).code == 200
    stranger.ack(dialog)
    assert stranger.ask(dialog, "BYE").code == 200


def test_ipv6_is_refused_with_the_reason_and_without_names(stranger: Stranger) -> None:
    _, answer = offered(stranger, (HEAD + AUDIO).replace("IP4 127.0.0.1", "IP6 ::1"))

    assert answer.code == 488
    assert answer.headers("Warning") == ['300 acd "Incompatible network protocol"']


def test_what_we_do_not_speak_is_refused_with_the_reason(stranger: Stranger) -> None:
    _, answer = offered(stranger, HEAD + "m=audio 20000 RTP/SAVP 0\r\n")

    assert answer.code == 488
    assert answer.headers("Warning") == ['304 acd "Media type not available"']


def test_sips_without_tls_is_refused(stranger: Stranger) -> None:
    stranger.send(
        "OPTIONS sips:sales@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{stranger.port};branch=z9hG4bKsips;rport\r\n"
        "From: <sip:x@127.0.0.1>;tag=1\r\nTo: <sip:sales@127.0.0.1>\r\nCall-ID: sips-1\r\n"
        "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )

    assert [one.code for one in stranger.all_answered()] == [416]


@pytest.mark.hostile
def test_mutated_offers_end_nothing(stranger: Stranger, request: pytest.FixtureRequest) -> None:
    longer = "hostile" in str(request.config.getoption("-m"))
    rng = random.Random(3)  # noqa: S311 - the same every time
    seeds = list(TAKEN.values())
    for _ in range(5000 if longer else 400):
        text = rng.choice(seeds)
        for _ in range(rng.randint(1, 5)):
            start = rng.randrange(len(text) + 1)
            end = min(len(text), start + rng.choice((0, 1, 3, 30)))
            piece = rng.choice(("", "\r\n", " ", "m=audio 1 RTP/AVP 0\r\n", text[start:end] * 2))
            text = text[:start] + piece + text[end:]
        dialog, answer = offered(stranger, text)
        assert answer.code in (200, 400, 415, 488), text
        if answer.code == 200:
            assert stranger.ask(dialog, "BYE").code == 200
    dialog, answer = offered(stranger, HEAD + AUDIO)
    assert answer.code == 200
    assert stranger.ask(dialog, "BYE").code == 200
