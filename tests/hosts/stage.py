"""The usual hosts of a scenario, one network: the server, Kamailio, and a room with phones.

    acd       192.0.2.10   acd.example
    kamailio  192.0.2.20   one.example, two.example
    phones    192.0.2.30

Each part is started by the method of its name and ended with the stage.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from tests.centre import hears_something
from tests.hosts.acd import LabServer
from tests.hosts.capture import Capture, Seen
from tests.hosts.host import Host
from tests.hosts.kamailio import Kamailio
from tests.hosts.lab import Lab
from tests.hosts.linphone import Linphone
from tests.hosts.net_sip import NetSip
from tests.hosts.talk import Talk
from tests.phones import Phone, PhoneCall
from tests.server import eventually, merged

ACD, KAMAILIO, PHONES = "192.0.2.10", "192.0.2.20", "192.0.2.30"


class Stage:
    """One lab and what runs in it."""

    def __init__(self, folder: Path, domain: str = "one.example") -> None:
        self.folder = folder
        self.domain = domain
        self._stack = contextlib.ExitStack()
        self._phones = 0

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.lab = stack.enter_context(Lab())
            self.town = self.lab.net("192.0.2.0/24")
            self.acd_host = self.lab.host("acd", {self.town: ACD})
            self.kamailio_host = self.lab.host("kamailio", {self.town: KAMAILIO})
            self.phones_host = self.lab.host("phones", {self.town: PHONES})
            self.lab.resolver.a("acd.example", ACD)
            self.lab.resolver.a("one.example", KAMAILIO)
            self.lab.resolver.a("two.example", KAMAILIO)
            self.capture = stack.enter_context(Capture(self.acd_host))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *failure: object) -> None:
        self._stack.close()

    # -- who is there

    def acd(self, configuration: Mapping[str, Any] | None = None) -> LabServer:
        """Start the server, which finds its call server by name unless it is told otherwise."""
        usual = {"sip": {"call_server": f"sip:{self.domain}"}}
        whole = merged(usual, configuration or {})
        self.server = LabServer(self.folder, self.acd_host, whole)
        # A fixture is not told of a failure: pytest shows what was written where there is one.
        self._stack.callback(lambda: self._show("the server's log", self.server.log_tail()))
        return self._stack.enter_context(self.server)

    def kamailio(self, acd: str = "acd.example", **more: Any) -> Kamailio:
        """Start Kamailio; `acd` is where it sends what is the ACD's."""
        made = Kamailio(self.folder, self.kamailio_host, acd, **more)
        self._stack.callback(lambda: self._show("Kamailio", made.tail()))
        return self._stack.enter_context(made)

    def phone(self, user: str, domain: str = "", **more: Any) -> Phone:
        """Start a phone in its room and register it."""
        registrar = domain or self.domain
        phone = self.started(user, self.phones_host, registrar=registrar, **more)
        phone.register()
        return phone

    def started(self, user: str, host: Host, port: int = 0, **more: Any) -> Phone:
        """Start a phone on a host, with a port of its own."""
        self._phones += 1
        port = port or 5060 + 2 * self._phones
        return self._stack.enter_context(Phone(user, host=host, port=port, **more))

    def linphone(self, user: str, **more: Any) -> Linphone:
        """Start a linphone in the phones' room, with ports of its own."""
        self._phones += 1
        port = 5060 + 2 * self._phones
        made = Linphone(
            self.folder, self.phones_host, user, port=port, audio=7000 + 2 * self._phones, **more
        )
        self._stack.callback(lambda: self._show(f"linphone {user}", made.tail()))
        return self._stack.enter_context(made)

    def net_sip(self, user: str) -> NetSip:
        """Start a phone by Net::SIP in the phones' room, with a port of its own."""
        self._phones += 1
        made = NetSip(self.folder, self.phones_host, user, port=5060 + 2 * self._phones)
        self._stack.callback(lambda: self._show(f"Net::SIP {user}", made.tail()))
        return self._stack.enter_context(made)

    # -- what they do

    def uri(self, user: str) -> str:
        """Return an address at the call server."""
        return f"sip:{user}@{self.domain}"

    def log_on(
        self,
        phone: Phone,
        agent: str,
        uri: str = "",
        first: Callable[[PhoneCall], object] = lambda _: None,
    ) -> None:
        """Log on by keys, at another phone than before, and be free for calls.

        `first` is done before a key is pressed.
        """
        before = self.server.agent(agent)["device"]
        call = phone.dial(uri or self.uri("acdlogin"))
        call.wait_up()
        first(call)
        call.press(f"{agent}#")
        eventually(
            lambda: self.server.agent(agent)["device"] not in ("", before),
            f"agent {agent} to have this phone",
        )
        call.hang_up()
        self.server.wait_agent(agent, "idle")

    def hear_out_login(self, phone: Phone, agent: str) -> None:
        """Log on by keys, hearing the question and what comes after them: the server hangs up."""
        call = phone.dial(self.uri("acdlogin"))
        call.wait_up()
        hears_something(call)
        call.press(f"{agent}#")
        call.wait_over(15)
        self.server.wait_agent(agent, "idle")

    def call_queue(self, phone: Phone, uri: str = "") -> PhoneCall:
        """Call a queue and be answered."""
        call = phone.dial(uri or self.uri("sales"))
        call.wait_up()
        return call

    def talk(self, phone: Phone, desk: Phone, uri: str = "") -> Talk:
        """Call a queue and talk with the agent at this desk."""
        return Talk.begin(self.call_queue(phone, uri), desk)

    # -- what is seen on the wire

    def sent(self) -> list[Seen]:
        """Return the SIP messages that the server has sent."""
        return [seen for seen in self.capture.sip() if seen.source[0] == ACD]

    def offers(self) -> list[Seen]:
        """Return its INVITEs outside dialogs."""
        invites = [seen for seen in self.sent() if seen.message.start.startswith("INVITE ")]
        return [seen for seen in invites if ";tag=" not in seen.message["to"]]

    @staticmethod
    def _show(title: str, text: str) -> None:
        sys.stdout.write(f"--- {title}:\n{text}\n")
