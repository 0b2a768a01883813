"""Two networks with the server in both: callers in the town, an agent's phone in the country.

acd      192.0.2.10 and 198.51.100.10    acd.example is the second
town     192.0.2.30
country  198.51.100.30                   one.example
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from tests.hosts.acd import LabServer
from tests.hosts.capture import Capture
from tests.hosts.host import Host
from tests.hosts.lab import Lab
from tests.hosts.talk import Talk
from tests.phones import Phone
from tests.server import eventually

TOWN, COUNTRY = "192.0.2.10", "198.51.100.10"


class Nets:
    """The server's host in both networks, a room of phones in each."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        town, country = lab.net("192.0.2.0/24"), lab.net("198.51.100.0/24")
        self.acd_host = lab.host("acd", {town: TOWN, country: COUNTRY})
        self.town = lab.host("town", {town: "192.0.2.30"})
        self.country = lab.host("country", {country: "198.51.100.30"})
        lab.resolver.a("one.example", self.country.address)
        lab.resolver.a("acd.example", COUNTRY)
        self._ports = itertools.count(5062, 2)

    def phone(self, user: str, host: Host, **more: Any) -> Phone:
        """Return a phone with a port of its own, not yet started."""
        return Phone(user, host=host, port=next(self._ports), **more)


def log_on(server: LabServer, phone: Phone, address: str) -> None:
    """Log agent 2771 on, the server being reached at this address."""
    call = phone.dial(f"sip:acdlogin@{address}")
    call.wait_up()
    call.press("2771#")
    eventually(lambda: server.agent("2771")["device"], "agent 2771 to have a phone")
    call.hang_up()
    server.wait_agent("2771", "idle")


def talk(caller: Phone, desk: Phone) -> Talk:
    """Call the queue from the town and talk with the agent at the desk."""
    call = caller.dial(f"sip:sales@{TOWN}")
    call.wait_up()
    return Talk.begin(call, desk)


def own_addresses(capture: Capture, own: str) -> set[str]:
    """Return every address the server has named on this interface as its own: Contact and SDP.

    Not the Via's: answers come back to where the request came from (RFC 3581).
    """
    sent = [seen.message for seen in capture.sip() if seen.source[0] == own]
    contacts = {message.contact.partition("@")[2] for message in sent if message.contact}
    return {contact.split(":")[0] for contact in contacts} | {
        message.sdp.address for message in sent if message.sdp
    }
