"""The attacks themselves: the same seed sends the same, nothing is endless, nothing is borrowed."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile import bodies, sdps, sip_texts, streams
from tests.hostile.chance import MOST_BYTES, Chance
from tests.hostile.packets import Voice
from tests.hostile.sip_texts import Place

PLACE = Place(b"192.0.2.1", 5060, 5070)
USERS = (b"sales",)


def _first_of_a_stream(chance: Chance) -> bytes:
    return b"".join(itertools.islice(chance.one(streams.WAYS)(chance, PLACE), 3))


GENERATORS: dict[str, Callable[[Chance], bytes]] = {
    "requests": lambda chance: sip_texts.outside(chance, PLACE, USERS),
    "answers": lambda chance: sip_texts.stray_answer(chance, PLACE),
    "no SIP": sip_texts.no_sip,
    "descriptions": lambda chance: sdps.odd(chance, b"192.0.2.1", 9000),
    "documents": lambda chance: bodies.document(chance)[1],
    "digits": lambda chance: bodies.digits(chance)[1],
    "streams": _first_of_a_stream,
}


@pytest.mark.parametrize("make", GENERATORS.values(), ids=GENERATORS)
def test_the_same_seed_sends_the_same_and_no_more_than_a_packet_holds(
    make: Callable[[Chance], bytes],
) -> None:
    once, again = Chance("1"), Chance("1")

    messages = [make(once) for _ in range(300)]

    assert messages == [make(again) for _ in range(300)]
    assert max(map(len, messages)) <= 4 * MOST_BYTES
    assert len(set(messages)) > 50


def test_packets_are_those_of_the_seed() -> None:
    voices = [Voice(Chance("1"), "127.0.0.1") for _ in range(2)]

    one, other = ([voice.packet() for _ in range(300)] for voice in voices)

    for voice in voices:
        voice._socket.close()
    assert one == other


def test_nothing_of_the_products_own_makes_what_is_sent() -> None:
    borrowed = {
        (path.name, node.module)
        for path in Path(__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").partition(".")[0] in {"actors", "media"}
    }

    # What reads configurations, and the parsers of SIP's texts, are what is tried there.
    assert {name for name, _ in borrowed} == {"test_configurations.py", "fuzz.py"}
