"""Everybody on the interop stage, and what is looked at in every step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from actors.config import load
from actors.ids import MusicClass
from media.sounds import prepare
from tests.hearing import find, has_tone
from tests.interop.asterisk import Asterisk
from tests.phones import Phone, PhoneCall
from tests.server import AcdServer, eventually

ASTERISK = "127.0.0.1:5060"
RING_SECONDS = 3.0
LIKE = 0.8
"""Of music and a part of it, after a jitter buffer."""

SIP_PORT = 5070
"""The ACD's, as in conf/asterisk/acd.toml."""


@dataclass
class World:
    """Everybody on the stage."""

    asterisk: Asterisk
    acd: AcdServer
    phones: dict[str, Phone]
    calls: dict[str, PhoneCall] = field(default_factory=dict)

    def phone(self, name: str) -> Phone:
        """Return a phone by its user name."""
        return self.phones[name]


def hears(call: PhoneCall, hertz: int) -> None:
    """Wait until a tone is heard."""
    eventually(lambda: has_tone(call.listen(0.2), hertz), f"{hertz} Hz on {call}")


def agent_is(world: World, agent: str, state: str, device: str) -> None:
    """Check state, device and the shape of one agent's entry."""
    found = world.acd.wait_agent(agent, state)
    assert list(found) == ["id", "state", "idletime", "device", "memberof"], found
    assert found["idletime"].isdecimal(), found
    assert found["device"].split("@")[0] == device, found


def hears_music(world: World, call: PhoneCall) -> bool:
    """Tell whether what is heard is a part of the music."""
    sounds = prepare(load(world.acd.configuration))
    music = np.asarray(np.load(sounds.music[MusicClass("default")]), np.int16)
    return find(call.listen(0.6), music).likeness > LIKE
