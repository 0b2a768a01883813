"""SDP: what phones write is understood, what we write is understood, and answers fit offers."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.core.wire import sdp
from actors.messages.sip import Codec, Direction, Media

PCMU, PCMA = Codec("PCMU", 0), Codec("PCMA", 8)
OURS = Media("192.0.2.1", 40000, (PCMA, PCMU), dtmf=101)

PHONE = """v=0\r
o=- 3747 2 IN IP4 10.0.0.9\r
s=call\r
c=IN IP4 10.0.0.9\r
t=0 0\r
a=sendonly\r
m=audio 11780 RTP/AVP 8 0 101 102\r
a=rtpmap:8 pcma/8000/1\r
a=rtpmap:101 telephone-event/8000\r
a=rtpmap:102 opus/48000/2\r
a=ptime:30\r
m=video 0 RTP/AVP 34\r
"""


def test_a_phones_offer_is_read() -> None:
    assert sdp.parse(PHONE) == Media(
        address="10.0.0.9",
        port=11780,
        codecs=(PCMA, PCMU, Codec("OPUS", 102, 48000)),
        dtmf=101,
        direction=Direction.SENDONLY,
        ptime=30,
        version="3747 2",
    )


def test_the_sections_own_address_and_direction_count_before_the_sessions() -> None:
    text = PHONE.replace("a=ptime:30", "c=IN IP4 10.0.0.7\r\na=recvonly")
    found = sdp.parse(text)
    assert (found.address, found.direction) == ("10.0.0.7", Direction.RECVONLY)


def test_lines_may_end_without_carriage_return() -> None:
    assert sdp.parse(PHONE.replace("\r\n", "\n")) == sdp.parse(PHONE)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("sendrecv", "sendonly"), ("sendonly", "sendonly"), ("recvonly", "inactive")],
)
def test_the_address_zero_means_hold(said: str, meant: str) -> None:
    text = PHONE.replace("10.0.0.9", "0.0.0.0").replace("sendonly", said)  # noqa: S104
    assert sdp.parse(text).direction == Direction(meant)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("m=audio 11780", "m=audio 0", "no audio"),
        ("RTP/AVP 8", "RTP/SAVP 8", "no audio"),
        ("m=audio 11780", "m=audio 99999", "no audio"),
        ("m=audio 11780", "m=audio x", "no audio"),
        ("c=IN IP4 10.0.0.9", "c=IN IP4 phone.example", "no IP address"),
        ("c=IN IP4 10.0.0.9", "", "no IP address"),
        ("m=audio 11780 RTP/AVP 8 0 101 102", "m=audio 11780", "incomplete"),
        ("m=video 0 RTP/AVP 34", "m=video 0 RTP/AVP 34\r\n" * 64, "65 m= lines"),
    ],
)
def test_what_cannot_be_served_is_refused_with_the_reason(old: str, new: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        sdp.parse(PHONE.replace(old, new))


def test_audio_by_ipv6_is_refused_as_that() -> None:
    with pytest.raises(sdp.AddressFamilyError, match="IPv6"):
        sdp.parse(PHONE.replace("IN IP4 10.0.0.9", "IN IP6 2001:db8::9"))


def test_a_name_for_an_address_is_taken_as_where_the_sip_came_from() -> None:
    text = PHONE.replace("c=IN IP4 10.0.0.9", "c=IN IP4 phone.example")
    assert sdp.parse(text, "192.0.2.7").address == "192.0.2.7"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=rtpmap:102 opus/48000/2", "a=rtpmap:102 opus"),
        ("a=rtpmap:102 opus/48000/2", "a=rtpmap:102 opus/x"),
        ("a=rtpmap:102 opus/48000/2", "a=rtpmap:x opus/48000"),
        ("8 0 101 102", "8 0 101 x"),
        ("8 0 101 102", "8 0 101 1000"),
        ("a=ptime:30", "a=ptime:30\r\nrubbish\r\nz\r\na=\r\na=rtpmap\r\nc="),
    ],
)
def test_what_cannot_be_used_is_passed_over(old: str, new: str) -> None:
    found = sdp.parse(PHONE.replace(old, new))
    assert (found.codecs[:2], found.dtmf, found.ptime) == ((PCMA, PCMU), 101, 30)


def test_digits_without_a_clock_rate_are_no_digits() -> None:
    text = PHONE.replace("telephone-event/8000", "telephone-event")
    assert sdp.parse(text).dtmf is None


def test_a_profile_with_feedback_is_answered_as_that() -> None:
    offer = PHONE.replace("RTP/AVP 8", "RTP/AVPF 8")
    assert sdp.parse(offer) == sdp.parse(PHONE)
    assert "m=audio 40000 RTP/AVPF 8 0 101\r\n" in sdp.build(OURS, (7, 1), offer)


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no m= line"):
        sdp.parse("")


def test_what_we_write_reads_as_it_was_meant() -> None:
    text = sdp.build(OURS, (7, 3))
    assert sdp.parse(text) == replace(OURS, version="7 3")
    assert text.count("m=") == 1


def test_ipv6_addresses_are_written_as_such() -> None:
    text = sdp.build(replace(OURS, address="2001:db8::1"), (7, 1))
    assert "c=IN IP6 2001:db8::1\r\n" in text


def test_an_answer_has_the_offers_lines_all_but_one_rejected() -> None:
    offer = "m=audio 0 RTP/AVP 0\r\n".join(PHONE.split("m=audio", 1)[:1])
    offer += "m=audio 0 RTP/AVP 0\r\nm=audio" + PHONE.split("m=audio", 1)[1]
    answer = sdp.build(OURS, (7, 1), offer)
    lines = [line for line in answer.split("\r\n") if line.startswith("m=")]
    assert lines == [
        "m=audio 0 RTP/AVP 0",
        "m=audio 40000 RTP/AVP 8 0 101",
        "m=video 0 RTP/AVP 34",
    ]


DIRECTIONS = {
    # offered: our answer where we want sendrecv, sendonly, recvonly, inactive (RFC 3264, 6.1)
    "sendrecv": ("sendrecv", "sendonly", "recvonly", "inactive"),
    "sendonly": ("recvonly", "inactive", "recvonly", "inactive"),
    "recvonly": ("sendonly", "sendonly", "inactive", "inactive"),
    "inactive": ("inactive", "inactive", "inactive", "inactive"),
}


@pytest.mark.parametrize("offered", list(DIRECTIONS))
def test_the_direction_of_an_answer_is_at_most_what_the_offer_leaves(offered: str) -> None:
    found = tuple(sdp.mirrored(Direction(offered), Direction(wanted)) for wanted in DIRECTIONS)
    assert found == DIRECTIONS[offered]


OFFER_OF_A = Media("10.0.0.9", 9, (PCMA,), dtmf=101)
OFFER = Media("10.0.0.9", 9, (Codec("PCMA", 98), Codec("PCMU", 97)), dtmf=96)


def test_a_later_offer_is_answered_with_the_codec_in_use_by_the_offers_numbers() -> None:
    remote = Media("10.0.0.9", 9, (PCMU, PCMA), dtmf=101)
    found = sdp.kept(OURS, remote, replace(OFFER, direction=Direction.SENDONLY), ())
    assert (found.codecs, found.dtmf) == ((Codec("PCMU", 97),), 96)
    assert (found.address, found.port) == (OURS.address, OURS.port)
    assert found.direction is Direction.RECVONLY


def test_a_later_offer_without_the_codec_in_use_gets_another_of_ours() -> None:
    only_a = replace(OFFER, codecs=(Codec("PCMA", 8),), dtmf=None)
    found = sdp.kept(OURS, Media("10.0.0.9", 9, (PCMU,)), only_a, ())
    assert (found.codecs, found.dtmf) == ((PCMA,), None)


def test_a_later_offer_with_the_other_law_alone_is_followed() -> None:
    local = replace(OURS, codecs=(PCMU,))
    found = sdp.kept(local, Media("10.0.0.9", 9, (PCMU,)), OFFER_OF_A, (PCMU, PCMA))
    assert found.codecs == (PCMA,)


def test_an_offer_of_ours_within_a_call_has_all_we_speak_and_first_what_is_spoken() -> None:
    said = replace(OURS, codecs=(Codec("PCMA", 98),))
    found = sdp.anew(replace(OURS, codecs=(PCMU,)), said, (PCMU, PCMA))
    assert found.codecs == (Codec("PCMA", 98), PCMU)


def test_a_later_offer_with_nothing_in_common_is_refused() -> None:
    with pytest.raises(ValueError, match="no codec in common"):
        sdp.kept(OURS, None, replace(OFFER, codecs=(Codec("OPUS", 107, 48000),)), (PCMU,))


medias = st.builds(
    Media,
    address=st.ip_addresses(v=4).map(str).filter(lambda text: text != "0.0.0.0"),  # noqa: S104
    port=st.integers(1, 65535),
    codecs=st.lists(
        st.builds(Codec, st.sampled_from(["PCMU", "OPUS", "G722"]), st.integers(96, 120)),
        unique_by=lambda codec: codec.payload_type,
        min_size=1,
        max_size=5,
    ).map(tuple),
    dtmf=st.none() | st.integers(121, 127),
    direction=st.sampled_from(Direction),
    ptime=st.integers(1, 200),
)


@settings(deadline=None)  # other loads share the machine
@given(medias)
def test_every_media_survives_being_written_and_read(media: Media) -> None:
    assert sdp.parse(sdp.build(media, (1, 1))) == replace(media, version="1 1")


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("vomca=:/ 0189.\r\nINPTAVudirtp"), max_size=200))
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        sdp.parse("v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 0\r\n" + text)


def test_bytes_that_are_no_text_reach_nobody() -> None:
    odd = b"M\xfcller".decode("utf-8", "surrogateescape")
    found = sdp.parse(PHONE.replace("3747", odd).replace("opus", odd))
    assert (found.version, found.codecs[2].name) == ("Müller 2", "MÜLLER")
    with pytest.raises(ValueError, match="incomplete"):
        sdp.parse(PHONE.replace("m=video", f"m={odd}"))
