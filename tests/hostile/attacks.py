"""The attacks, each a burst at a time, so that an honest caller can be tried between bursts."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Callable
from typing import Protocol

from tests.hostile import packets, pages, streams
from tests.hostile.chance import Chance
from tests.hostile.evil_callers import EvilCallers
from tests.hostile.evil_phones import EvilPhones
from tests.hostile.ground import Ground
from tests.hostile.sip_texts import no_sip, outside, stray_answer
from tests.hostile.stranger import Stranger
from tests.hostile.watched import Watched

BURST = 60
A_SECOND = 400.0
USERS = (b"wait", b"wait", b"acdlogin", b"acdlogout", b"acdpause", b"nobody", b"3001", b"")
"""Whom strangers ask for; not the honest agent's queue: a sound call from a stranger is a call."""


class Attack(Protocol):
    """What strangers do."""

    def burst(self) -> None:
        """Do some of it: some tenths of a second."""

    def close(self) -> None:
        """Leave."""


class _OneByOne(abc.ABC):
    """Sends whatever a generator makes, paced."""

    def __init__(self, ground: Ground, chance: Chance) -> None:
        self._ground = ground
        self._chance = chance
        self._stranger = Stranger(chance, ground.server.sip_port)

    @abc.abstractmethod
    def message(self) -> bytes:
        """Make the next one."""

    def burst(self) -> None:
        for _ in range(BURST):
            self._stranger.say(self._ground.note(self.message()))
            self._stranger.pace(A_SECOND)
        self._stranger.heard()

    def close(self) -> None:
        self._stranger._socket.close()


class Requests(_OneByOne):
    """Requests outside dialogs, of all methods."""

    def message(self) -> bytes:
        return outside(self._chance, self._stranger.place, USERS)


class StrayAnswers(_OneByOne):
    """Answers to nothing."""

    def message(self) -> bytes:
        return stray_answer(self._chance, self._stranger.place)


class NoSip(_OneByOne):
    """Noise and other protocols at the SIP port."""

    def message(self) -> bytes:
        return no_sip(self._chance)


ATTACKS: dict[str, Callable[[Ground, Chance], Attack]] = {
    "requests outside dialogs": Requests,
    "answers to nothing": StrayAnswers,
    "no SIP at all": NoSip,
    "callers": EvilCallers,
    "phones": EvilPhones,
    "watched phones": Watched,
    "TCP streams": streams.Streams,
    "RTP": packets.Packets,
    "HTTP": pages.Pages,
}


def begun(name: str, ground: Ground, chance: Chance) -> contextlib.closing[Attack]:
    """Return an attack for a with statement."""
    return contextlib.closing(ATTACKS[name](ground, chance))
