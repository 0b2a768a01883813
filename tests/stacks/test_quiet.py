"""A server by itself: it asks for nothing and speaks with nobody whom nobody has named to it."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.hosts.stage import ACD, Stage


def test_while_it_starts_and_speaks_its_prompts_it_talks_to_nobody(tmp_path: Path) -> None:
    with Stage(tmp_path, ACD) as stage:
        stage.acd({"sip": {"call_server": ""}, "voice": {"cache": str(tmp_path / "voice")}})

        asked = {name for _, name in stage.lab.resolver.asked}
        sent = {packet.target for packet in stage.capture.packets() if packet.source[0] == ACD}

    # glibc asks for the machine's own name where /etc/hosts does not know it.
    assert asked <= {socket.gethostname()}
    assert {place for place in sent if place[1] != 53} == set()
