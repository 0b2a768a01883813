"""Keys pressed before the server has the ACK: RTP takes another way, and often a faster one."""

from __future__ import annotations

import re
import socket
import struct
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_sip import SDP, RawSip
from tests.server import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

AGENT = "2771"
PACKETS = 6
"""Of each press (RFC 4733, section 2.5.1.3): three while it lasts, three that end it."""
LENGTHS = (160, 320, 480, 640, 640, 640)
KEYS = "0123456789*#"


def press(sound: socket.socket, to: tuple[str, int], turn: int, key: str) -> None:
    """Send a press of 80 ms, the packets at once."""
    for number, length in enumerate(LENGTHS):
        marker = 0x80 if number == 0 else 0
        end = 0x80 if number >= PACKETS // 2 else 0
        head = struct.pack(
            "!BBHII", 0x80, marker | 101, turn * PACKETS + number, turn * 1600, 0x4B45
        )
        sound.sendto(head + struct.pack("!BBH", KEYS.index(key), end | 10, length), to)


def received(centre: CallCentre) -> int:
    """Return how many RTP packets of its callers the pump has told of; keys are told before."""
    count: int = centre.server.health()["media"]["received"]
    return count


def test_a_number_keyed_in_before_the_ack_logs_its_agent_on(tmp_path: Path) -> None:
    with (
        CallCentre(tmp_path) as centre,
        RawSip() as phone,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sound,
    ):
        port = centre.server.sip_port
        sound.bind(("127.0.0.1", 0))
        own = b"m=audio %d " % sound.getsockname()[1]
        phone.invite(port, b"acdlogin", body=SDP.replace(b"m=audio 17000 ", own))
        answer = phone.receive(b"SIP/2.0 200")
        found = re.search(rb"m=audio (\d+) ", answer)
        assert found
        before = received(centre)
        for turn, key in enumerate(f"{AGENT}#"):
            press(sound, ("127.0.0.1", int(found[1])), turn, key)
        wanted = before + PACKETS * len(f"{AGENT}#")
        eventually(lambda: received(centre) >= wanted, "the keys to have come")

        phone.follow(port, b"ACK", answer)
        eventually(lambda: centre.server.agent(AGENT)["device"], f"agent {AGENT} at a phone")
        phone.receive(b"BYE ")
