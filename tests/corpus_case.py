"""The corpus: messages as phones, gateways and hostile hands write them, with what we make of each.

tests/corpus/sip/NAME.sip is the message, byte for byte, and NAME.toml beside it says:

    about            where it comes from and what is odd about it
    [read]           what is read out of its text: user (whom it is for), caller, called, contact,
                     asserted (URI and display name each), digit (of an INFO)
    [read.audio]     its SDP: address, port, codecs (all that it names), dtmf, direction
    [wire]           what comes back where it is sent to a server:
      answer         the final status; 0: nothing at all
      from           how GET /queues shows the caller
      calls_back     it is a log-in: the Request-URI under which that phone is called afterwards
      late           it has no offer, ours comes with the 200
      answer_ports   the lines of our SDP, one for each of theirs
      answer_formats the payload types that our SDP takes

The addresses are of RFC 5737: the server is 192.0.2.10, who sends is 192.0.2.30.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import toml

FOLDER = Path(__file__).with_name("corpus") / "sip"


@dataclass(frozen=True)
class Case:
    """One message and what we make of it."""

    name: str
    data: bytes
    about: str
    read: dict[str, Any]
    wire: dict[str, Any]

    def __str__(self) -> str:
        return self.name


def cases() -> list[Case]:
    """Return the whole corpus, by name."""
    found = []
    for file in sorted(FOLDER.glob("*.sip")):
        told = toml.loads(file.with_suffix(".toml").read_text())
        read, wire = told.get("read", {}), told.get("wire", {})
        found.append(Case(file.stem, file.read_bytes(), told["about"], read, wire))
    return found
