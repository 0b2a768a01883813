"""The honest caller and the honest agent's phone, who must be served whatever strangers do."""

from __future__ import annotations

import re
import socket
import threading
import time

from tests.raw_sip import SDP, RawSip, header
from tests.server import AcdServer, eventually

SERVED_SECONDS = 1.0
PACKET_SECONDS = 0.02
MARK = b"hello, is it me you are looking for?"
_AUDIO = re.compile(rb"c=IN IP4 ([0-9.]+).*m=audio ([0-9]+) ", re.DOTALL)


class Ear:
    """An RTP socket on 127.0.0.1 that says a mark and waits for another's."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.sdp = SDP.replace(b"17000", b"%d" % self._socket.getsockname()[1])
        self._seq = 0

    def close(self) -> None:
        self._socket.close()

    def say(self, to: tuple[str, int], payload: bytes) -> None:
        """Send one packet of mu-law."""
        self._seq += 1
        head = b"\x80\x00" + self._seq.to_bytes(2, "big") + (self._seq * 160).to_bytes(4, "big")
        self._socket.sendto(head + b"honest"[:4] + payload.ljust(160, b"\xff"), to)

    def has_heard(self, payload: bytes) -> bool:
        """Whether a packet with this payload has come by now."""
        self._socket.settimeout(0)
        try:
            while payload not in self._socket.recv(2000):
                pass
        except BlockingIOError:
            return False
        return True


class HonestPhone:
    """The phone of agent `agent`, which picks up at once."""

    def __init__(self, server: AcdServer) -> None:
        self._server = server
        self._sip = RawSip()
        self.ear = Ear()
        self.talks = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def log_on(self, agent: str) -> None:
        """Log the agent on, who is idle from then on; the phone answers from here on."""
        log_on(self._server, self._sip, agent)
        self._thread.start()
        self._server.wait_agent(agent, "idle")

    def close(self) -> None:
        self._stopped = True
        if self._thread.is_alive():
            self._thread.join()
        self._sip._socket.close()
        self.ear.close()

    def _serve(self) -> None:
        while not self._stopped:
            try:
                self._take(self._sip.receive(b"", 0.1))
            except AssertionError:
                continue

    def _take(self, message: bytes) -> None:
        method = message.partition(b" ")[0]
        port = self._server.sip_port
        if method == b"SUBSCRIBE":
            self._sip.answer(port, message, b"489 Bad Event")
        elif method == b"INVITE":
            self._sip.answer(port, message, b"200 OK", self.ear.sdp)
        elif method == b"ACK":
            self.talks.set()
        elif not message.startswith(b"SIP/"):
            if method == b"BYE":
                self.talks.clear()
            self._sip.answer(port, message, b"200 OK")


def log_on(server: AcdServer, phone: RawSip, agent: str) -> None:
    """Log an agent on at a phone of bytes, the number keyed in by INFO."""
    port = server.sip_port
    answer = phone.call(port, b"acdlogin")
    for number, key in enumerate(f"{agent}#"):
        body = b"Signal=%s\r\nDuration=100\r\n" % key.encode()
        phone.follow(
            port, b"INFO", answer, 10 + number, b"Content-Type: application/dtmf-relay\r\n", body
        )
        phone.receive(b"SIP/2.0 200")
    eventually(lambda: server.agent(agent)["device"], f"agent {agent} to have a phone")
    phone.hang_up(port, answer)


def is_served(server: AcdServer, phone: HonestPhone, queue: bytes) -> str:
    """Call, reach the agent, be heard, hang up; return what went wrong, empty where nothing did."""
    ear = Ear()
    try:
        with RawSip() as caller:
            return _serve_one(server, phone, queue, caller, ear)
    except AssertionError as error:
        return f"an honest caller waited in vain: {error}"
    finally:
        ear.close()


def _serve_one(
    server: AcdServer, phone: HonestPhone, queue: bytes, caller: RawSip, ear: Ear
) -> str:
    began = time.monotonic()
    caller.invite(server.sip_port, queue, body=ear.sdp)
    answer = caller.receive(b"SIP/2.0 2", SERVED_SECONDS)
    caller.follow(server.sip_port, b"ACK", answer)
    try:
        if not phone.talks.wait(SERVED_SECONDS):
            return "an honest caller was not put through to the agent"
        found = _AUDIO.search(answer)
        assert found, f"no audio in {answer!r}"
        to = (found[1].decode(), int(found[2]))
        while not phone.ear.has_heard(MARK):
            if time.monotonic() > began + 3 * SERVED_SECONDS:
                return "an honest caller was not heard by the agent"
            ear.say(to, MARK)
            time.sleep(PACKET_SECONDS)
    finally:
        caller.hang_up(server.sip_port, answer)
        phone.talks.clear()
    assert header(answer, b"Contact")
    return ""
