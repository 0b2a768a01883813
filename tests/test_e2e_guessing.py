"""Somebody guesses PINs by phone: he is locked out, whatever he calls himself, and he alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import PIN, CallCentre
from tests.raw_phone import attempt
from tests.raw_sip import RawSip

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

GUESSES = 60
LAN = {"name": "lan", "addresses": ["127.0.0.0/8"], "may_log_on": True, "without_caps": True}
PROXY = {**LAN, "name": "proxy", "addresses": ["127.0.0.50"], "is_proxy": True}


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, {"sip": {"peer": [LAN, PROXY]}}) as running:
        yield running


class Keyboard:
    """A phone that keys in numbers and PINs, and sees what is made of them.

    `headers` are in its INVITEs, each line with its CRLF.
    """

    def __init__(self, centre: CallCentre, phone: RawSip, headers: bytes = b"") -> None:
        self.centre, self.phone, self.headers = centre, phone, headers
        self.calls = 0

    def attempt(self, number: str, pin: str) -> list[str]:
        """Try to log on once, in a call of its own under a name of its own; return the verdicts."""
        self.calls += 1
        name = b"sip:x%d@%s:%d" % (self.calls, self.phone.host.encode(), self.phone.port)
        own = {"sender": b"<%s>" % name, "contact": b"<%s>" % name}
        return attempt(self.centre, self.phone, number, pin, headers=self.headers, **own)


def guess(centre: CallCentre, number: str, host: str) -> list[list[str]]:
    with RawSip(host=host) as phone:
        keyboard = Keyboard(centre, phone)
        return [keyboard.attempt(number, f"{turn:04}") for turn in range(GUESSES)]


def test_sixty_guesses_from_one_address_are_locked_and_an_honest_agent_logs_on(
    centre: CallCentre,
) -> None:
    verdicts = guess(centre, "2774", "127.0.0.66")

    assert verdicts[:5] == [["pin-needed", "wrong"]] * 5
    assert verdicts[5] == ["pin-needed", "locked"]
    assert verdicts[6:] == [["locked"]] * (GUESSES - 6)
    with RawSip(host="127.0.0.66") as again:
        assert Keyboard(centre, again).attempt("2774", PIN) == ["locked"]
    assert centre.server.agent("2774")["state"] == "loggedout"

    with RawSip(host="127.0.0.7") as honest:
        assert Keyboard(centre, honest).attempt("2774", PIN) == ["pin-needed", "accepted"]
        centre.server.wait_agent("2774", "idle")

    lines = [line for line in centre.server.lines if "security:" in line]
    assert len(lines) == 1
    assert "no log-ins from 127.0.0.66 for 300 s" in lines[0]


def test_of_two_phones_behind_a_proxy_the_one_that_guesses_is_locked(centre: CallCentre) -> None:
    with RawSip(host="127.0.0.50") as proxy:
        # The proxy's own Via stands above; it notes where each request came to it from.
        via = b"Via: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bKa;received=198.51.100.%d\r\n"
        guesser = Keyboard(centre, proxy, via % 66)
        verdicts = [guesser.attempt("1234", f"{turn:04}")[-1] for turn in range(10)]
        assert verdicts == ["wrong"] * 5 + ["locked"] * 5

        honest = Keyboard(centre, proxy, via % 7)
        assert honest.attempt("2774", PIN) == ["pin-needed", "accepted"]
    centre.server.wait_log("security: no log-ins from 198.51.100.66 by 127.0.0.50 for 300 s")


def test_a_number_that_nobody_has_is_answered_as_one_that_somebody_has(
    centre: CallCentre,
) -> None:
    known = guess(centre, "2774", "127.0.0.66")
    unknown = guess(centre, "1234", "127.0.0.67")

    assert known == unknown
