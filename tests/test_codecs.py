"""Which codec is spoken, and what our SDP says of it."""

from __future__ import annotations

import pytest

from actors.core.wire import codecs
from actors.messages.sip import Codec, Media
from tests import callkit as kit
from tests.callkit import OPUS, OWN, PCMA, PCMU

OPENED = kit.opened()


def test_the_configured_order_is_ours() -> None:
    assert codecs.ours(("PCMA", "pcmu")) == (PCMA, PCMU)


def test_an_unknown_codec_is_no_codec_of_ours() -> None:
    with pytest.raises(KeyError):
        codecs.ours(("G999",))


def test_the_other_sides_order_decides() -> None:
    assert codecs.common(OWN, kit.media(OPUS, PCMA, PCMU)) == PCMA
    assert codecs.common(OWN, kit.media(PCMU, PCMA)) == PCMU


def test_nothing_in_common_is_none() -> None:
    assert codecs.common(OWN, kit.media(OPUS)) is None
    assert codecs.common(OWN, Media("192.0.2.1", 4000, ())) is None


def test_their_payload_type_is_kept_and_case_is_not_looked_at() -> None:
    odd = Codec("pcmu", 100)

    assert codecs.common(OWN, kit.media(odd)) == odd


def test_the_same_name_at_another_clock_is_another_codec() -> None:
    assert codecs.common(OWN, kit.media(Codec("PCMU", 101, 16000))) is None


def test_an_answer_has_one_codec_and_numbers_digits_as_the_offer_does() -> None:
    remote = Media("192.0.2.1", 4000, (PCMA, PCMU), dtmf=96)

    assert codecs.answer(OPENED, PCMA, remote) == Media("192.0.2.9", 40000, (PCMA,), dtmf=96)


def test_an_answer_to_an_offer_without_digits_offers_none() -> None:
    assert codecs.answer(OPENED, PCMU, Media("192.0.2.1", 4000, (PCMU,))).dtmf is None


def test_an_offer_puts_what_the_other_leg_speaks_first() -> None:
    assert codecs.offer(OPENED, OWN, PCMA).codecs == (PCMA, PCMU)
    assert codecs.offer(OPENED, OWN).codecs == (PCMU, PCMA)


def test_an_offer_states_our_own_payload_types() -> None:
    assert codecs.offer(OPENED, OWN, Codec("PCMA", 100)).codecs == (PCMA, PCMU)


def test_a_reinvite_keeps_the_codec_where_they_still_take_it() -> None:
    assert codecs.keep(PCMU, OWN, kit.media(PCMA, PCMU)) == PCMU
    assert codecs.keep(PCMU, OWN, kit.media(PCMA)) == PCMA
    assert codecs.keep(PCMU, OWN, kit.media(OPUS)) == PCMU
