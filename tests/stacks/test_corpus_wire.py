"""Every message of the corpus, sent to a running server: what comes back, and that it serves on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus_case import Case, cases
from tests.hosts.acd import LabServer
from tests.hosts.raw_phone import Came, RawPhone
from tests.hosts.siptext import Message, assembled, uri_of
from tests.hosts.stage import ACD, PHONES, Stage

SERVER = (ACD, 5060)
CONFIGURATION = {
    "sip": {
        "call_server": "",
        "peer": [{"name": "all", "addresses": [PHONES], "may_log_on": True, "without_caps": True}],
    },
    "queue": [{"name": "sales", "aliases": ["100"], "ring_seconds": 3.0}],
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("corpus")
    with Stage(folder, ACD) as made:
        made.acd(CONFIGURATION)
        yield made


class Sent:
    """A message of the corpus on its way, and the dialog that may come of it."""

    def __init__(self, stage: Stage, case: Case) -> None:
        self.case = case
        self.message = Message.read(case.data)
        via = self.message["via"].split(";")[0].replace(" ", "")
        _, _, port = via.rpartition(":")
        contact = self.message.contact
        self.phone = RawPhone(
            stage.phones_host,
            "corpus",
            int(port) if port.isdecimal() else 5060,
            contact if PHONES in contact else "",
        )
        self.phone.identity = uri_of(self.message["from"])
        self.branch = self.message["via"].partition("branch=")[2].split(";")[0]
        # No more than our own requests may have, whatever the message says.
        self.cseq = min(int(self.message["cseq"].split()[0]), 1 << 30)
        self._final: Message | None = None

    def about_it(self, came: Came) -> bool:
        """Tell whether it belongs to this message, which may be without a Call-ID."""
        if known := self.message.all("call-id"):
            return came.message["call-id"] in known
        return self.branch in came.message["via"]

    def answer(self) -> int:
        """Send it, and something ordinary after it; return the final status, 0 for none."""
        self.phone.send(self.case.data, SERVER)
        self.request("OPTIONS", f"sip:{ACD}", call_id=f"after-{self.case.name}", to="<sip:x@y>")
        if self.expected == 0:
            self.phone.wait(
                lambda came: came.message["call-id"].startswith("after-"), "life after it"
            )
            found = [came for came in self.phone.came if self.about_it(came)]
            found = [came for came in found if came.message.status >= 200]
        else:
            found = [
                self.phone.wait(
                    lambda came: self.about_it(came) and came.message.status >= 200, "an answer"
                )
            ]
        self._final = found[0].message if found else None
        status = self._final.status if self._final else 0
        if status >= 300 and self.message.method == "INVITE":
            self._take_refusal()
        return status

    @property
    def expected(self) -> int:
        status: int = self.case.wire["answer"]
        return status

    @property
    def final(self) -> Message:
        assert self._final
        return self._final

    def request(
        self, method: str, uri: str, *more: str, call_id: str = "", to: str = "", body: str = ""
    ) -> None:
        address, port = self.phone.place
        lines = [
            f"Via: SIP/2.0/UDP {address}:{port};branch=z9hG4bK{self.case.name}{method}{self.cseq}",
            "Max-Forwards: 70",
            f"From: {self._final['from'] if self._final else '<sip:corpus@there>;tag=1'}",
            f"To: {to or self.final['to']}",
            f"Call-ID: {call_id or self.final['call-id']}",
            f"CSeq: {self.cseq} {method}",
            *more,
        ]
        self.phone.send(assembled(f"{method} {uri} SIP/2.0", lines, body), SERVER)

    def _take_refusal(self) -> None:
        """Acknowledge it: until then it comes again, to whoever sits at this port next.

        The Via is that of the INVITE (RFC 3261, section 17.1.1.3).
        """
        copied = ("from", "call-id", "max-forwards")
        lines = [f"{name}: {value}" for name, value in self.message.headers if name in copied]
        lines += [f"Via: {self.message['via']}", f"To: {self.final['to']}"]
        lines.append(f"CSeq: {self.message['cseq'].split()[0]} ACK")
        self.phone.send(assembled(f"ACK {self.message.uri} SIP/2.0", lines), SERVER)

    def confirm(self) -> None:
        body = self.phone.sdp if self.case.wire.get("late") else ""
        self.request("ACK", self.final.contact, body=body)

    def in_dialog(self, method: str, *more: str, body: str = "") -> None:
        """Send a request in the dialog and wait for its 200."""
        self.cseq += 1
        wanted = f"{self.cseq} {method}"
        self.request(method, self.final.contact, *more, body=body)
        self.phone.wait(
            lambda came: self.about_it(came) and came.message["cseq"] == wanted
            and came.message.status == 200,
            f"200 to {wanted}",
        )  # fmt: skip

    def press(self, digits: str) -> None:
        for digit in digits:
            self.in_dialog("INFO", "Content-Type: application/dtmf", body=digit)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_it_is_answered_as_it_should_be(stage: Stage, case: Case) -> None:
    sent = Sent(stage, case)
    with sent.phone:
        answer = sent.answer()
        served = answer == 200 and sent.message.method == "INVITE"
        if served:
            sent.confirm()
        try:
            assert answer == sent.expected, sent.final.start if answer else "no answer"
            if served:
                looks(stage.server, sent)
            if "calls_back" in case.wire:
                is_called_back(stage, sent)
        finally:
            if served:
                sent.in_dialog("BYE")
    stage.server.wait_calls("sales")


def looks(server: LabServer, sent: Sent) -> None:
    """Look at what the server says of the call, in its SDP and by REST."""
    wire, sdp = sent.case.wire, sent.final.sdp
    assert sdp
    assert sdp.address == ACD
    if "answer_formats" in wire:
        assert list(sdp.codecs) == wire["answer_formats"]
    if "answer_ports" in wire:
        lines = [line for line in sent.final.body.decode().splitlines() if line.startswith("m=")]
        assert [line[2:].split()[0] for line in lines] == wire["answer_ports"]
        taken = [line for line in lines if line.split()[1] != "0"]
        assert len(taken) == 1
        assert taken[0].startswith("m=audio ")
    if "from" in wire:
        calls = server.wait_calls("sales", "waiting")
        assert re.sub(r":\d+$", "", calls[0]["from"]) == wire["from"]


def parts(uri: str) -> tuple[str, list[str]]:
    """Return a URI with its parameters in order: theirs means nothing (RFC 3261, 19.1.4)."""
    front, *parameters = uri.split(";")
    return front, sorted(parameters)


def is_called_back(stage: Stage, sent: Sent) -> None:
    """Log agent 2771 on by keys; a call to the queue rings that phone, by its Contact."""
    server = stage.server
    sent.press("2771#")
    server.wait_agent("2771", "idle")
    with RawPhone(stage.phones_host, "caller", 5200) as caller:
        call = caller.dial(f"sip:sales@{ACD}", SERVER)
        try:
            invite = sent.phone.wait_request("INVITE").message
            assert parts(invite.uri) == parts(sent.case.wire["calls_back"])
            assert invite["to"].startswith("<")
            server.wait_agent("2771", "oncall")
        finally:
            call.hang_up()
        sent.phone.wait_request("BYE")
    server.wait_agent("2771", "idle")
    sent.phone.dial(f"sip:acdlogout@{ACD}", SERVER).hang_up()
    server.wait_agent("2771", "loggedout")


def test_after_all_that_the_server_is_well(stage: Stage) -> None:
    server = stage.server
    desk, caller = stage.started("desk", stage.phones_host), stage.started("ada", stage.phones_host)
    desk.answer_calls()
    stage.log_on(desk, "2771")
    call = stage.call_queue(caller)

    server.wait_agent("2771", "oncall")

    call.hang_up()
    status, health = server.request("GET", "/health")
    assert status == 200, health
    assert not [line for line in server.lines if re.match(r"\S+ error |Traceback", line)]
