"""Callers known by their numbers: preferred ones are served first, blocked ones not let in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_phone import log_on
from tests.raw_sip import RawSip, from_user

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

TRUNK = "127.0.0.5"
PEERS = [
    {"name": "trunk", "addresses": [TRUNK], "believed": True},
    {"name": "phones", "addresses": ["127.0.0.1"], "may_log_on": True},
]
LISTS = [
    {"numbers": ["+49 30 777"], "priority": 5},
    {"numbers": ["+4930666*", "anonymous"], "blocked": True},
]
NOBODY = b"<sip:nobody@127.0.0.1>"
URGENT = b"X-ACD-Priority: 9\r\n"


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    wanted = {"sip": {"trace": False, "peer": PEERS}, "caller": LISTS}
    with CallCentre(tmp_path, wanted) as running:
        yield running


def test_callers_of_the_list_and_those_a_believed_peer_asks_for_are_served_first(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with RawSip() as older, RawSip() as listed, RawSip(host=TRUNK) as trunk, RawSip() as ada:
        older.call(port, sender=NOBODY, headers=URGENT)
        centre.server.wait_calls("sales", "waiting")
        listed.call(port, sender=b"<sip:+4930777@127.0.0.1>")
        centre.server.wait_calls("sales", "waiting", "waiting")
        trunk.call(port, sender=b"<sip:+4989123@127.0.0.1>", headers=URGENT)
        centre.server.wait_calls("sales", "waiting", "waiting", "waiting")
        shown = [call["from"].partition("@")[0] for call in centre.server.calls("sales")]
        assert shown == ["+4989123", "+4930777", "nobody"]

        log_on(centre, ada, "2771", sender=b"<sip:ada@127.0.0.1>")
        assert from_user(ada.receive(b"INVITE ", 10)) == b"+4989123"


def test_a_blocked_caller_is_refused_and_in_the_books(centre: CallCentre) -> None:
    port = centre.server.sip_port
    with RawSip() as blocked, RawSip(host=TRUNK) as hidden, RawSip() as other:
        blocked.invite(port, sender=b"<sip:+4930666123@127.0.0.1>")
        hidden.invite(port, sender=b'"Anonymous" <sip:anonymous@anonymous.invalid>')
        assert blocked.receive(b"SIP/2.0 603")
        assert hidden.receive(b"SIP/2.0 603")
        other.call(port, sender=b"<sip:+4930667@127.0.0.1>")
        centre.server.wait_calls("sales", "waiting")

    centre.settle_journal()
    refused = "SELECT source, code, reason FROM facts WHERE kind = 'CallRefused' ORDER BY source"
    assert centre.journal(refused) == [
        ("127.0.0.1", 603, "a caller who is blocked"),
        (TRUNK, 603, "a caller who is blocked"),
    ]
