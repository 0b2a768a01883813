"""Who calls, as agents, REST and the journal are told: a trunk's callers, named and anonymous."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_phone import log_on
from tests.raw_sip import RawSip, all_headers, header

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

TRUNK = "127.0.0.5"
NUMBER = b"+4930777"
PAI = b"P-Asserted-Identity: <sip:%s@trunk.example>\r\n" % NUMBER
CARLA = b'"Carla" <sip:5551234:secret@192.0.2.1>'
PEERS = [{"name": "trunk", "addresses": [TRUNK], "believed": True}]
CALLERS = """
SELECT caller, caller_number, caller_name FROM calls WHERE purpose = 'queue' ORDER BY seq
"""


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    loopback = {"name": "phones", "addresses": ["127.0.0.1"], "may_log_on": True}
    with CallCentre(tmp_path, {"sip": {"trace": False, "peer": [*PEERS, loopback]}}) as running:
        yield running


def rung_for(centre: CallCentre, **invite: bytes) -> tuple[bytes, str]:
    """Let the trunk call; returns the agent's INVITE, and whom REST shows meanwhile."""
    port = centre.server.sip_port
    with RawSip() as phone, RawSip(host=TRUNK) as trunk:
        log_on(centre, phone, "2771")
        up = trunk.call(port, **invite)
        ringing = phone.receive(b"INVITE ")
        shown = centre.server.calls("sales")[0]["from"]
        phone.answer(port, ringing, b"486 Busy Here")
        trunk.hang_up(port, up)
    centre.settle_journal()
    return ringing, shown


def test_an_anonymous_caller_is_anonymous_to_everybody(centre: CallCentre) -> None:
    ringing, shown = rung_for(centre, sender=CARLA, headers=PAI + b"Privacy: id\r\n")

    nobody = "anonymous@anonymous.invalid"
    assert header(ringing, b"From").startswith(b'"Anonymous" <sip:%s>' % nobody.encode())
    assert not all_headers(ringing, b"P-Asserted-Identity")
    assert shown == nobody
    assert centre.journal(CALLERS) == [(nobody, "anonymous", "Anonymous")]
    told = ringing + shown.encode() + centre.server.log_tail(1000).encode()
    for secret in (NUMBER, b"Carla", b"5551234", b"secret"):
        assert secret not in told


def test_the_number_that_a_trunk_vouches_for_is_the_caller(centre: CallCentre) -> None:
    ringing, shown = rung_for(centre, sender=CARLA, headers=PAI)

    assert header(ringing, b"From").startswith(b'"Carla" <sip:%s@127.0.0.1>' % NUMBER)
    assert not all_headers(ringing, b"P-Asserted-Identity")
    assert shown == "+4930777@trunk.example"
    assert centre.journal(CALLERS) == [("+4930777@trunk.example", "+4930777", "Carla")]
    assert "secret" not in centre.server.log_tail(1000)
