"""Somebody calls as another's phone: he does nothing to its agent; that phone does, wherever from.

All phones here are behind NAT: their From and Contact say one thing, their packets another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.centre import PIN, CallCentre
from tests.raw_phone import attempt
from tests.raw_sip import RawSip

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

LAN = {"name": "lan", "addresses": ["127.0.0.0/8"], "may_log_on": True, "without_caps": True}
PROXIES = ["127.0.0.50", "127.0.0.51"]
PEERS = [LAN, {**LAN, "name": "proxies", "addresses": PROXIES, "is_proxy": True}]
ADA = {"sender": b"<sip:ada@acd.example>", "contact": b"<sip:ada@10.1.2.3:5060;line=7>"}
BEHIND = b"Via: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bKa;received=198.51.100.%d\r\n"


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, {"sip": {"peer": PEERS}}) as running:
        yield running


@pytest.fixture(name="sockets")
def fixture_sockets() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


class Desk:
    """A phone that says it is ada's, at an address; `headers` are in its INVITEs."""

    def __init__(
        self, centre: CallCentre, sockets: ExitStack, host: str, headers: bytes = b""
    ) -> None:
        self.centre, self.server = centre, centre.server
        self.phone = sockets.enter_context(RawSip(host=host))
        self.says = {**ADA, "headers": headers}

    def log_on(self, agent: str, pin: str = "") -> str:
        """Key in the number and, where there is one, the PIN; return what came of it."""
        return attempt(self.centre, self.phone, agent, pin, **self.says)[-1]

    def dial(self, user: str) -> str:
        """Call a service and hang up while it says what it did; return for which agent, if any."""
        mark = self.server.log_mark()
        answer = self.phone.call(self.server.sip_port, user.encode(), **self.says)
        said = r"call \S+: (?:nobody is logged on|\w+ of agent (\d+)) at ada@"
        found = self.server.wait_log(said, since=mark)[1]
        self.phone.hang_up(self.server.sip_port, answer)
        return found or ""


def warnings(centre: CallCentre) -> list[str]:
    return [line.partition("security: ")[2] for line in centre.server.lines if "security:" in line]


def test_whoever_calls_as_an_agents_phone_from_elsewhere_does_nothing_to_the_agent(
    centre: CallCentre, sockets: ExitStack
) -> None:
    ada, forger = (Desk(centre, sockets, host) for host in ("127.0.0.9", "127.0.0.66"))
    assert ada.log_on("2771") == "accepted"
    centre.server.wait_agent("2771", "idle")

    assert [forger.dial(user) for user in ("acdpause", "acdlogout")] == ["", ""]
    forger.phone.call(centre.server.sip_port, b"acdlogin", **forger.says)
    assert centre.server.agent("2771")["state"] == "idle"
    assert ada.dial("acdpause") == "2771"
    assert forger.dial("acdunpause") == ""
    centre.server.wait_agent("2771", "paused")

    assert warnings(centre) == [
        f"no {asked} from 127.0.0.66 as ada@10.1.2.3: agent 2771 is logged on there from 127.0.0.9"
        for asked in ("pause", "logout", "unpause")
    ]
    assert ada.dial("acdlogout") == "2771"
    centre.server.wait_agent("2771", "loggedout")


def test_to_the_forger_it_is_as_if_nobody_were_logged_on(
    centre: CallCentre, sockets: ExitStack
) -> None:
    forger = Desk(centre, sockets, "127.0.0.66")
    forger.dial("acdpause")
    Desk(centre, sockets, "127.0.0.9").log_on("2771")
    forger.dial("acdpause")

    centre.settle_journal()
    ends = centre.journal("SELECT result, reason FROM calls WHERE purpose = 'pause'")
    assert ends == [("refused", "nobody-here")] * 2


def test_a_seat_goes_to_another_place_under_its_phones_name_only_with_the_pin(
    centre: CallCentre, sockets: ExitStack
) -> None:
    for agent, pin, moves in (("2771", "", False), ("2774", PIN, True)):
        here, there = (Desk(centre, sockets, host) for host in ("127.0.0.9", "127.0.0.66"))
        assert here.log_on(agent, pin) == "accepted"

        assert there.log_on(agent, pin) == ("accepted" if moves else "agent-elsewhere")

        assert here.dial("acdlogout") == ("" if moves else agent)


def test_a_phone_behind_nat_whose_port_has_changed_pauses_its_agent(
    centre: CallCentre, sockets: ExitStack
) -> None:
    Desk(centre, sockets, "127.0.0.9").log_on("2771")

    assert Desk(centre, sockets, "127.0.0.9").dial("acdpause") == "2771"

    centre.server.wait_agent("2771", "paused")
    assert warnings(centre) == []


def test_a_phone_is_the_same_by_either_of_two_proxies_and_after_a_restart(
    centre: CallCentre, sockets: ExitStack
) -> None:
    one, other = (Desk(centre, sockets, proxy, BEHIND % 7) for proxy in PROXIES)
    forger = Desk(centre, sockets, PROXIES[0], BEHIND % 66)
    assert one.log_on("2771") == "accepted"

    assert other.dial("acdpause") == "2771"
    centre.server.wait_agent("2771", "paused")
    centre.server.stop()
    centre.server.start()
    assert other.dial("acdunpause") == "2771"
    assert forger.dial("acdlogout") == ""

    (warning,) = warnings(centre)
    assert warning == (
        "no logout from 198.51.100.66 by 127.0.0.50 as ada@10.1.2.3:"
        " agent 2771 is logged on there from 198.51.100.7 by proxies"
    )
