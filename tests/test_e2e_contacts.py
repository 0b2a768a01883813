"""Where an agent's phone is called: at its Contact as it came, wherever it comes back from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_phone import log_on
from tests.raw_sip import SDP, RawSip, RawTcp

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


def first_line(message: bytes) -> bytes:
    return message.split(b"\r\n")[0]


def test_an_agents_phone_is_called_at_its_contact_with_all_its_parameters(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with RawSip() as phone, RawSip() as caller:
        uri = b"sip:ada%%20l@127.0.0.1:%d;line=2a7;rinstance=0f;ob" % phone.port
        log_on(centre, phone, "2771", contact=b'"Ada" <%s>;expires=60' % uri)
        up = caller.call(port)

        invite = phone.receive(b"INVITE ")
        assert first_line(invite) == b"INVITE %s SIP/2.0" % uri
        phone.answer(port, invite, b"200 OK", SDP)
        phone.receive(b"ACK ")
        caller.hang_up(port, up)


def test_a_phone_that_speaks_tcp_is_called_by_tcp(centre: CallCentre) -> None:
    port = centre.server.sip_port
    with RawTcp() as phone, RawSip() as caller:
        uri = b"sip:ada@127.0.0.1:%d;transport=tcp" % phone.port
        log_on(centre, phone, "2771", contact=b"<%s>" % uri)
        up = caller.call(port)

        invite = phone.receive(b"INVITE ")
        assert first_line(invite) == b"INVITE %s SIP/2.0" % uri
        phone.answer(port, invite, b"486 Busy Here")
        phone.receive(b"ACK ")
        caller.hang_up(port, up)


def test_a_softphone_back_on_another_port_takes_its_own_seat_along(centre: CallCentre) -> None:
    server = centre.server
    ada = b"<sip:ada@127.0.0.1>"
    with RawSip() as before:
        contact = b"<sip:x1@127.0.0.1:%d>" % before.port
        log_on(centre, before, "2771", sender=ada, contact=contact)
    with RawSip() as phone, RawSip() as caller:
        contact = b"<sip:k2@127.0.0.1:%d>" % phone.port
        log_on(centre, phone, "2771", sender=ada, contact=contact)
        assert server.agent("2771")["device"] == f"k2@127.0.0.1:{phone.port}"

        up = caller.call(server.sip_port)
        phone.answer(server.sip_port, phone.receive(b"INVITE sip:k2@"), b"486 Busy Here")
        caller.hang_up(server.sip_port, up)


def test_a_seat_is_the_same_after_a_restart(centre: CallCentre) -> None:
    server = centre.server
    ada = b"<sip:ada@127.0.0.1>"
    with RawSip() as phone:
        contact = b"<sip:x1@127.0.0.1:%d;line=7>" % phone.port
        log_on(centre, phone, "2771", sender=ada, contact=contact)
        server.stop()
        server.start()
        with RawSip() as caller:
            up = caller.call(server.sip_port)
            invite = phone.receive(b"INVITE sip:x1@127.0.0.1:%d;line=7 " % phone.port)
            phone.answer(server.sip_port, invite, b"486 Busy Here")
            caller.hang_up(server.sip_port, up)
    with RawSip() as back:
        contact = b"<sip:k2@127.0.0.1:%d>" % back.port
        log_on(centre, back, "2771", sender=ada, contact=contact)
