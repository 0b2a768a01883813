"""How a caller is introduced: what the agent's phone shows, and which headers its INVITE has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_phone import log_on
from tests.raw_sip import RawSip, all_headers, header

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

TRUNK = "127.0.0.5"
PEERS = [
    {"name": "trunk", "addresses": [TRUNK], "believed": True},
    {"name": "phones", "addresses": ["127.0.0.1"], "may_log_on": True},
]
SIP = {"trace": False, "peer": PEERS, "pass_headers": ["User-to-User", "X-Order"]}
CARLA = b'"Carla" <sip:5551234@192.0.2.1>'
MORE = b"User-to-User: 00ab;encoding=hex\r\nX-Order: 7\r\nX-Order: 8\r\nX-Other: no\r\n"


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    sales = {"name": "sales", "caller_prefix": "Sales: ", "auto_answer": True}
    with CallCentre(tmp_path, {"sip": SIP, "queue": [sales, {"name": "support"}]}) as running:
        yield running


def rung_for(centre: CallCentre, caller: RawSip, sender: bytes) -> bytes:
    """Call the queue; returns the INVITE to the agent's phone."""
    port = centre.server.sip_port
    with RawSip() as phone:
        log_on(centre, phone, "2771")
        up = caller.call(port, sender=sender, headers=MORE)
        ringing = phone.receive(b"INVITE ")
        phone.answer(port, ringing, b"486 Busy Here")
        caller.hang_up(port, up)
    return ringing


def test_the_phone_shows_the_queue_and_gets_what_a_believed_peer_sends_along(
    centre: CallCentre,
) -> None:
    with RawSip(host=TRUNK) as trunk:
        ringing = rung_for(centre, trunk, CARLA)

    assert header(ringing, b"From").startswith(b'"Sales: Carla" <sip:5551234@127.0.0.1>')
    assert header(ringing, b"X-ACD-Queue") == b"sales"
    assert header(ringing, b"User-to-User") == b"00ab;encoding=hex"
    assert all_headers(ringing, b"X-Order") == [b"7", b"8"]
    assert not all_headers(ringing, b"X-Other")
    assert header(ringing, b"Answer-Mode") == b"Auto"
    assert header(ringing, b"Call-Info").endswith(b";answer-after=0")
    centre.settle_journal()
    call = header(ringing, b"X-ACD-Call").decode()
    assert centre.journal("SELECT call FROM calls WHERE purpose = 'queue'") == [(call,)]


def test_a_stranger_sends_nothing_along_and_a_number_is_shown_where_no_name_is(
    centre: CallCentre,
) -> None:
    with RawSip() as stranger:
        ringing = rung_for(centre, stranger, b"<sip:5551234@192.0.2.1>")

    assert header(ringing, b"From").startswith(b'"Sales: 5551234" <sip:5551234@127.0.0.1>')
    assert not all_headers(ringing, b"User-to-User")
    assert not all_headers(ringing, b"X-Order")
