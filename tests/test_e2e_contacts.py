"""Where an agent's phone is called: at its Contact as it came, wherever it comes back from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_phone import key_in, log_on
from tests.raw_sip import SDP, RawSip, RawTcp, header
from tests.server import eventually

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


@pytest.mark.parametrize("calls_itself", [b"pbx", b"asterisk"])
def test_the_first_agent_behind_a_call_server_gets_the_seat_of_his_phone(
    tmp_path: Path, calls_itself: bytes
) -> None:
    with RawSip() as pbx:
        named = "pbx@" if calls_itself == b"pbx" else ""
        server = f"sip:{named}127.0.0.1:{pbx.port}"
        with CallCentre(tmp_path, {"sip": {"call_server": server}}) as centre:
            call_in(centre, pbx, calls_itself, "phone1", "2771")
            call_in(centre, pbx, calls_itself, "phone2", "2772")

            devices = [centre.server.agent(agent)["device"] for agent in ("2771", "2772")]
            assert devices == [f"phone{one}@127.0.0.1:{pbx.port}" for one in (1, 2)]


def call_in(centre: CallCentre, pbx: RawSip, calls_itself: bytes, phone: str, agent: str) -> None:
    """Log an agent on at a phone behind a call server."""
    contact = b"<sip:%s@127.0.0.1:%d>" % (calls_itself, pbx.port)
    sender = b"<sip:%s@127.0.0.1>" % phone.encode()
    answer = key_in(centre, pbx, agent, sender=sender, contact=contact)
    eventually(lambda: centre.server.agent(agent)["device"], f"{agent} at a phone")
    pbx.hang_up(centre.server.sip_port, answer)


def test_a_phone_that_the_call_server_does_not_tell_is_no_seat_and_the_log_says_what_to_do(
    tmp_path: Path,
) -> None:
    with RawSip() as pbx:
        more = {"sip": {"call_server": f"sip:127.0.0.1:{pbx.port}"}}
        with CallCentre(tmp_path, more) as centre:
            contact = b"<sip:pbx@127.0.0.1:%d>" % pbx.port
            for phone in (b"phone1", b"phone2"):
                sender = b"<sip:%s@127.0.0.1>" % phone
                pbx.invite(centre.server.sip_port, b"acdlogin", sender=sender, contact=contact)
                pbx.receive(b"SIP/2.0 403")

            centre.server.wait_log("Contact says 'pbx', its From 'phone1'; set sip.device_from")


def test_until_the_call_servers_name_is_found_nobody_logs_on_and_callers_wait(
    tmp_path: Path,
) -> None:
    with CallCentre(tmp_path, {"sip": {"call_server": "sip:pbx.invalid"}}) as centre:
        port = centre.server.sip_port
        with RawSip() as early, RawSip() as caller:
            early.invite(port, b"acdlogin")
            assert header(early.receive(b"SIP/2.0 503"), b"Retry-After") == b"5"

            up = caller.call(port)
            centre.server.wait_calls("sales", "waiting")
            caller.hang_up(port, up)
