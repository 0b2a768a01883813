"""An agent's phone in bytes: logs on by keys, and answers what it is sent as a test says."""

from __future__ import annotations

import itertools

from tests.centre import CallCentre
from tests.raw_sip import RawSip
from tests.server import eventually


def log_on(centre: CallCentre, phone: RawSip, agent: str, **invite: bytes) -> None:
    """Log an agent on at the phone, the number keyed in by INFO; `invite` as for RawSip.invite."""
    answer = key_in(centre, phone, agent, **invite)
    device = f":{phone.port}"
    eventually(lambda: centre.server.agent(agent)["device"].endswith(device), f"{agent} at a phone")
    phone.hang_up(centre.server.sip_port, answer)


def attempt(centre: CallCentre, phone: RawSip, number: str, pin: str, **invite: bytes) -> list[str]:
    """Try to log on in one call, with the PIN if it is asked for; return the seats' verdicts."""
    server = centre.server
    answer = phone.call(server.sip_port, b"acdlogin", **invite)
    verdicts: list[str] = []
    numbers = itertools.count(10)
    for keys in (number, pin):
        mark = server.log_mark()
        for cseq, key in zip(numbers, f"{keys}#", strict=False):
            press(phone, server.sip_port, answer, cseq, key)
        verdict = server.wait_log(rf"agent {number}: login at \S+: (\S+)$", since=mark)
        verdicts.append(verdict[1])
        if verdicts[-1] != "pin-needed":
            break
    phone.hang_up(server.sip_port, answer)
    return verdicts


def key_in(centre: CallCentre, phone: RawSip, number: str, **invite: bytes) -> bytes:
    """Call the login address and key in a number and #; returns the 200 of the call."""
    port = centre.server.sip_port
    answer = phone.call(port, b"acdlogin", **invite)
    for turn, key in enumerate(f"{number}#"):
        press(phone, port, answer, 10 + turn, key)
    return answer


def press(phone: RawSip, port: int, answer: bytes, cseq: int, key: str) -> None:
    """Send a key by INFO, and wait for its 200."""
    body = b"Signal=%s\r\nDuration=100\r\n" % key.encode()
    kind = b"Content-Type: application/dtmf-relay\r\n"
    phone.follow(port, b"INFO", answer, cseq, kind, body)
    phone.receive(b"SIP/2.0 200")
