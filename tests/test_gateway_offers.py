"""Offers and answers as real phones write them, byte by byte: what is taken, followed, refused."""

from __future__ import annotations

import socket

import pytest

from tests.gateway_process import PCMA, PCMU, Gateway
from tests.raw_calls import answered, confirm, end, up
from tests.raw_sip import SDP, RawSip, all_headers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

PCMU_ONLY = SDP.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 0 101")
PCMA_ONLY = SDP.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 8 101").replace(b"- 1 1", b"- 1 2")
IPV6 = SDP.replace(b"c=IN IP4 127.0.0.1", b"c=IN IP6 2001:db8::9")


def reinvite(gateway: Gateway, caller: RawSip, answer: bytes, body: bytes = b"") -> bytes:
    """Send a re-INVITE; returns its final answer."""
    contact = b"Contact: <sip:me@127.0.0.1:%d>\r\n" % caller.port
    kind = b"Content-Type: application/sdp\r\n" if body else b""
    caller.follow(gateway.port, b"INVITE", answer, 2, contact + kind, body)
    while (final := caller.receive(b"SIP/2.0 ")).startswith(b"SIP/2.0 100"):
        pass
    return final


def audio_line(message: bytes) -> bytes:
    return next(line for line in message.split(b"\r\n") if line.startswith(b"m=audio"))


# ---- followed -----------------------------------------------------------------------------------


def test_a_reinvite_with_the_other_law_alone_is_followed(gateway: Gateway, caller: RawSip) -> None:
    answer, leg = up(gateway, caller, body=PCMU_ONLY)

    final = reinvite(gateway, caller, answer, PCMA_ONLY)
    assert final.startswith(b"SIP/2.0 200")
    assert audio_line(final).endswith(b"RTP/AVP 8 101")
    caller.follow(gateway.port, b"ACK", answer, 2)
    assert gateway.wait("MediaChanged", leg=leg)["remote"]["codecs"] == [PCMA]
    end(gateway, caller, answer, leg)


def test_a_late_answer_with_the_other_law_is_followed(gateway: Gateway, caller: RawSip) -> None:
    answer, leg = answered(gateway, caller, PCMU, PCMA, body=b"")
    assert audio_line(answer).endswith(b"RTP/AVP 0 8 101")

    remote = confirm(gateway, caller, answer, leg, PCMA_ONLY)
    assert remote["codecs"] == [PCMA]
    end(gateway, caller, answer, leg)


def test_an_ack_that_does_not_answer_our_offer_names_no_codec(
    gateway: Gateway, caller: RawSip
) -> None:
    answer, leg = answered(gateway, caller, PCMU, PCMA, body=b"")

    remote = confirm(gateway, caller, answer, leg)

    assert remote["codecs"] == []
    end(gateway, caller, answer, leg)


def test_a_reinvite_without_offer_is_offered_both_laws_and_its_answer_followed(
    gateway: Gateway, caller: RawSip
) -> None:
    answer, leg = up(gateway, caller, body=PCMU_ONLY)

    final = reinvite(gateway, caller, answer)
    assert audio_line(final).endswith(b"RTP/AVP 0 8 101")
    kind = b"Content-Type: application/sdp\r\n"
    caller.follow(gateway.port, b"ACK", answer, 2, kind, PCMA_ONLY.replace(b"17000", b"17008"))
    remote = gateway.wait("MediaChanged", leg=leg)["remote"]
    assert (remote["codecs"], remote["port"]) == ([PCMA], 17008)
    end(gateway, caller, answer, leg)


# ---- taken --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"c=IN IP4 127.0.0.1", b"c=IN IP4 phone.nowhere.invalid"),
        (b"a=rtpmap:101 telephone-event/8000", b"a=rtpmap:101 telephone-event"),
        (b"RTP/AVP 0 8 101\r\n", b"RTP/AVP 0 8 101 97\r\na=rtpmap:97 iLBC\r\n"),
        (b"RTP/AVP 0 8 101\r\n", b"RTP/AVP 0 8 101 97\r\n"),
        (b"\r\n", b"\n"),
        (b"t=0 0\r\n", b"t=0 0\r\nb=AS:64\r\na=x\r\nk=clear:x\r\n"),
        (b"17000 RTP/AVP", b"17000/2 RTP/AVP"),
    ],
)
def test_an_offer_with_a_line_that_nobody_can_use_is_answered(
    gateway: Gateway, caller: RawSip, old: bytes, new: bytes
) -> None:
    answer, leg = answered(gateway, caller, body=SDP.replace(old, new))
    assert b" RTP/AVP 0" in audio_line(answer)
    remote = confirm(gateway, caller, answer, leg)
    assert (remote["address"], remote["port"]) == ("127.0.0.1", 17000)
    end(gateway, caller, answer, leg)


def test_a_profile_with_feedback_is_repeated(gateway: Gateway, caller: RawSip) -> None:
    answer, leg = answered(gateway, caller, body=SDP.replace(b"RTP/AVP", b"RTP/AVPF"))
    assert audio_line(answer).endswith(b"RTP/AVPF 0 101")
    confirm(gateway, caller, answer, leg)
    end(gateway, caller, answer, leg)


def test_lines_of_other_kinds_are_declined_one_by_one(gateway: Gateway, caller: RawSip) -> None:
    more = b"m=video 17002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" * 6
    answer, leg = answered(gateway, caller, body=SDP + more)
    assert answer.count(b"m=video 0 RTP/AVP 96") == 6
    confirm(gateway, caller, answer, leg)
    end(gateway, caller, answer, leg)


def test_a_body_in_parts_has_its_sdp_found(gateway: Gateway, caller: RawSip) -> None:
    body = (
        b"--x\r\nContent-Type: application/sdp\r\n\r\n"
        + SDP
        + b"--x\r\nContent-Type: application/isup\r\n\r\n\x01\x02\xff\r\n--x--\r\n"
    )
    kind = b"Content-Type: multipart/mixed;boundary=x\r\nContent-Length: %d\r\n\r\n" % len(body)
    answer, leg = answered(gateway, caller, body=b"", headers=kind + body + b"\r\n")
    assert audio_line(answer).endswith(b"RTP/AVP 0 101")
    assert confirm(gateway, caller, answer, leg)["port"] == 17000
    end(gateway, caller, answer, leg)


# ---- refused ------------------------------------------------------------------------------------

MANY_LINES = SDP + b"m=video 17002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" * 12
NO_CODEC = SDP.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 18")


def test_bad_sdp_is_refused_without_a_word_about_us(gateway: Gateway, caller: RawSip) -> None:
    caller.invite(gateway.port, body=SDP.replace(b"m=audio", b"m="))
    refused = caller.receive(b"SIP/2.0 488")
    assert all_headers(refused, b"Warning") == [b'304 acd "Media type not available"']


@pytest.mark.parametrize(
    "body",
    [IPV6, MANY_LINES, NO_CODEC, SDP.replace(b"17000", b"0"), SDP.replace(b"RTP/AVP", b"RTP/SAVP")],
    ids=["ipv6", "many lines", "no codec", "no port", "secure"],
)
def test_an_offer_that_cannot_be_served_is_refused_without_a_word_about_us(
    gateway: Gateway, caller: RawSip, body: bytes
) -> None:
    caller.invite(gateway.port, body=body)
    refused = caller.receive(b"SIP/2.0 488")
    said = b"".join(all_headers(refused, b"Warning"))
    assert socket.gethostname().encode() not in said.split()
    assert b"PJ" not in refused
    if body is IPV6:
        assert said == b'300 acd "Incompatible network protocol"'


def test_a_reinvite_to_ipv6_is_refused_and_the_call_goes_on(
    gateway: Gateway, caller: RawSip
) -> None:
    answer, leg = up(gateway, caller)

    final = reinvite(gateway, caller, answer, IPV6)
    assert final.startswith(b"SIP/2.0 488")
    assert all_headers(final, b"Warning") == [b'300 acd "Incompatible network protocol"']
    caller.follow(gateway.port, b"ACK", answer, 2)
    end(gateway, caller, answer, leg)
