"""Calls in bytes to the gateway alone: answered, confirmed and ended as a test says."""

from __future__ import annotations

from typing import Any

from tests.gateway_process import PCMU, Gateway, audio
from tests.raw_sip import RawSip


def answered(gateway: Gateway, caller: RawSip, *codecs: Any, **invite: bytes) -> tuple[bytes, Any]:
    """Have a call answered with these codecs, PCMU without any; returns the 200 and its leg."""
    caller.invite(gateway.port, **invite)
    leg = gateway.wait("Incoming")["leg"]
    gateway.do("Answer", leg=leg, local=audio(*(codecs or (PCMU,))))
    return caller.receive(b"SIP/2.0 200"), leg


def confirm(gateway: Gateway, caller: RawSip, answer: bytes, leg: Any, body: bytes = b"") -> Any:
    """Acknowledge the 200; returns what was confirmed."""
    kind = b"Content-Type: application/sdp\r\n" if body else b""
    caller.follow(gateway.port, b"ACK", answer, more=kind, body=body)
    return gateway.wait("LegConfirmed", leg=leg)["remote"]


def up(gateway: Gateway, caller: RawSip, **invite: bytes) -> tuple[bytes, Any]:
    """Have a call answered and confirmed; returns the 200 and its leg."""
    answer, leg = answered(gateway, caller, **invite)
    confirm(gateway, caller, answer, leg)
    return answer, leg


def end(gateway: Gateway, caller: RawSip, answer: bytes, leg: Any) -> None:
    """Hang up as the caller."""
    caller.hang_up(gateway.port, answer)
    gateway.wait("LegEnded", leg=leg)
