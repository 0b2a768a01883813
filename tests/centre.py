"""A small call centre for end-to-end tests: the server, its phones, what it says and plays.

No call server stands between: phones call the server and are called by it directly.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import numpy as np

from actors.config import load
from actors.ids import MusicClass, PromptId, QueueName
from media.sounds import prepare
from tests import books
from tests.hearing import RATE, Match, Pcm, find, has_tone, is_loud
from tests.patience import PATIENCE
from tests.phones import Phone, PhoneCall
from tests.raw_sip import AUDIO_PORT
from tests.server import AcdServer, eventually, merged

WELCOME = "Welcome to our sales department."
ANNOUNCEMENT = "Thank you for waiting."
PIN = "4711"
RING_SECONDS = 3.0

CONFIGURATION: dict[str, Any] = {
    # The phones have no presence: tests of presence bring a notifier and say otherwise.
    "presence": {"subscribe": False, "unknown_is_idle_after": 0.0},
    "login": {"digit_seconds": 3.0},
    # Phones of bytes send no RTP: tests of silence say otherwise.
    "media": {"silent_seconds": 25.0},
    "queue": [
        {
            "name": "sales",
            "welcome": WELCOME,
            "ring_seconds": RING_SECONDS,
            "announcement": {"prompts": [ANNOUNCEMENT], "every": 5.0},
        },
        {"name": "support", "ring_seconds": RING_SECONDS},
    ],
    "agent": [
        {"id": "2771", "queues": ["sales", "support"]},
        {"id": "2772", "queues": ["sales"]},
        {"id": "2773", "queues": ["support"]},
        {"id": "2774", "pin": PIN, "queues": ["sales"]},
    ],
}


def an_ear() -> socket.socket:
    """Return a port that is open where phones of bytes say that they have their audio.

    Where it is closed, the network says of a phone that nobody is there. Several may have it open.
    """
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    ear.bind(("", AUDIO_PORT))
    return ear


class CallCentre:
    """One server and its phones, ended together."""

    def __init__(
        self,
        folder: Path,
        more: Mapping[str, Any] | None = None,
        server: type[AcdServer] = AcdServer,
    ) -> None:
        self.server = server(folder, merged(CONFIGURATION, more or {}))
        self._phones: list[Phone] = []
        self._ear = an_ear()

    def __enter__(self) -> Self:
        try:
            self.server.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_unused: object) -> None:
        for phone in self._phones:
            phone.close()
        self.server.close()
        self._ear.close()
        # A fixture is not told of the failure: pytest shows what was written where there is one.
        sys.stdout.write(f"--- the server's log:\n{self.server.log_tail()}\n")

    def uri(self, user: str) -> str:
        """Return the SIP address of a queue, login or agent."""
        return self.server.uri(user)

    def phone(
        self, user: str, dtmf: str = "rtpevent", codecs: tuple[str, ...] = ("pcmu", "pcma")
    ) -> Phone:
        """Return a new phone that has started."""
        phone = Phone(user, dtmf=dtmf, codecs=codecs)
        self._phones.append(phone)
        phone.wait_started()
        return phone

    def agent_phone(self, user: str, agent: str) -> Phone:
        """Return a new phone at which the agent has just logged on and is idle."""
        phone = self.phone(user)
        self.log_on_at_once(phone, agent)
        self.server.wait_agent(agent, "idle")
        return phone

    def log_on_at_once(self, phone: Phone, agent: str) -> None:
        """Log on as somebody in a hurry: key over the question, hang up over the thanks."""
        call = phone.dial(self.uri("acdlogin"))
        call.wait_up()
        hears_something(call)
        call.press(f"{agent}#")
        eventually(lambda: self.server.agent(agent)["device"], f"agent {agent} to have a phone")
        call.hang_up()

    def log_on(self, phone: Phone, agent: str, pin: str = "") -> None:
        """Dial the login address, key in the number and, where there is one, the PIN."""
        call = phone.dial(self.uri("acdlogin"))
        call.wait_up()
        self.hears(call, self.login_prompt("ask_id"))
        call.press(f"{agent}#")
        if pin:
            self.hears(call, self.login_prompt("ask_pin"))
            call.press(f"{pin}#")
        call.wait_over()

    def journal(self, query: str, path: Path | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query to the journal, which may be elsewhere than by default."""
        return books.rows(path or self.server.folder / "acd.sqlite", query)

    def agent_states(self, agent: str) -> list[str]:
        """Return what the journal says the agent was in turn."""
        rows = self.journal("SELECT agent, state FROM agent_intervals ORDER BY seq")
        return [state for state, _ in groupby(state for who, state in rows if who == agent)]

    def settle_journal(self) -> None:
        """Wait until the journal is on disk."""
        books.settle(self.server)

    def offers(self) -> list[books.Offer]:
        """Return each time an agent's phone was dialled, in order."""
        return books.offers(self.server)

    def kill_server(self) -> None:
        """Kill it as soon as the journal is on disk."""
        self.settle_journal()
        self.server.kill()

    # -- what is said and played

    def login_prompt(self, purpose: str) -> Pcm:
        """Return the audio of a prompt of login calls."""
        return self._prompt(load(self.server.configuration).login.prompts[purpose].id)

    def welcome(self, queue: str) -> Pcm:
        """Return the audio of a queue's welcome."""
        prompt = self._queue(queue).welcome
        assert prompt
        return self._prompt(prompt.id)

    def whisper(self, queue: str) -> Pcm:
        """Return the audio that tells an agent which queue a call is of."""
        prompt = self._queue(queue).whisper
        assert prompt
        return self._prompt(prompt.id)

    def accept_prompt(self) -> Pcm:
        """Return the audio that asks an agent to take a call."""
        prompt = load(self.server.configuration).accept.prompt
        assert prompt
        return self._prompt(prompt.id)

    def announcement(self, queue: str) -> Pcm:
        """Return the audio of a queue's first announcement."""
        return self._prompt(self._queue(queue).announcement.prompts[0].id)

    def music(self, name: str = "default") -> Pcm:
        """Return one round of a class of music."""
        sounds = prepare(load(self.server.configuration))
        return np.asarray(np.load(sounds.music[MusicClass(name)]), np.int16)

    def _queue(self, name: str) -> Any:
        settings = load(self.server.configuration)
        return next(queue for queue in settings.queues if queue.name == QueueName(name))

    def _prompt(self, prompt: PromptId) -> Pcm:
        sounds = prepare(load(self.server.configuration))
        return np.asarray(np.load(sounds.prompts[prompt]), np.int16)

    # -- what a phone hears of it

    def hears(
        self, call: PhoneCall, prompt: Pcm, since: int = 0, timeout: float = PATIENCE
    ) -> Match:
        """Wait until a prompt has been heard from sample `since` on; return where and how well."""
        best = Match(0, 0.0)

        def heard() -> Match | None:
            nonlocal best
            best = max(best, find_part(prompt, call.heard(since)), key=lambda match: match.likeness)
            return best if best.likeness > 0.8 else None

        try:
            # Not more often: each look costs some 20 ms of a core that the server needs.
            match = eventually(heard, "a prompt", timeout + len(prompt) / RATE, every=0.2)
        except AssertionError as error:
            raise AssertionError(f"{error} on {call}; the likest was {best}") from None
        return Match(match.at + since, match.likeness)


def find_part(prompt: Pcm, heard: Pcm) -> Match:
    """Return where the prompt begins, by the likest of its pieces of half a second.

    Not the whole: a jitter buffer that leaves out or doubles a frame shifts what follows, and a BYE
    at the prompt's end cuts off what the phone has not yet taken from its buffer.
    """
    piece = RATE // 2
    best = Match(0, 0.0)
    for start in range(RATE // 10, len(prompt) - piece, piece):
        known = prompt[start : start + piece]
        if len(heard) < start + piece or not is_loud(known):
            continue
        match = find(known, heard)
        if match.likeness > best.likeness:
            best = Match(max(0, match.at - start), match.likeness)
    return best


def hears_tone(call: PhoneCall, hertz: int, timeout: float = PATIENCE) -> None:
    """Wait until a tone and nothing else is heard."""
    eventually(lambda: has_tone(call.listen(0.2), hertz), f"{hertz} Hz on {call}", timeout)


def hears_something(call: PhoneCall, timeout: float = PATIENCE) -> None:
    """Wait until there is no silence."""
    eventually(lambda: is_loud(call.listen(0.1)), f"sound on {call}", timeout)
