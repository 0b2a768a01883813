"""One call of a real phone, made or received: what the phone does with it, sees and hears."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tests.patience import PATIENCE

RATE = 8000

Pcm = NDArray[np.int16]
Found = TypeVar("Found")


class Owner(Protocol):
    """The phone the call is on."""

    user: str
    changed: threading.Condition

    def order(self, do: str, timeout: float = PATIENCE, **more: Any) -> dict[str, Any]:
        """Have the phone do something."""

    def wait(self, found: Callable[[], Found | None], what: str, timeout: float) -> Found:
        """Wait until `found` returns something."""


class PhoneCall:
    """One call of a phone, made or received."""

    def __init__(self, phone: Owner, number: int, peer: str = "", call_id: str = "") -> None:
        self.phone = phone
        self.number = number
        self.peer = peer
        self.call_id = call_id
        self.events: list[str] = []
        self.digits = ""
        self.end_reason: str | None = None
        self._heard = bytearray()

    def __repr__(self) -> str:
        return f"<call {self.number} of {self.phone.user}: {' '.join(self.events) or 'new'}>"

    # -- what the phone does

    def answer(self) -> None:
        """Pick up."""
        self.phone.order("answer", call=self.number)
        self.wait_up()

    def reject(self) -> None:
        """Refuse with 486."""
        self.phone.order("reject", call=self.number)

    def hang_up(self) -> None:
        """End the call from this side."""
        self.phone.order("hang_up", call=self.number)
        self.wait_over()

    def hold(self) -> None:
        """Put the other side on hold by re-INVITE."""
        self.phone.order("hold", call=self.number)

    def resume(self) -> None:
        """Take the other side off hold."""
        self.phone.order("resume", call=self.number)

    def press(self, digits: str) -> None:
        """Press keys, one after another, in the phone's DTMF mode."""
        self.phone.order("press", call=self.number, digits=digits, timeout=PATIENCE + len(digits))

    def say(self, pcm: Pcm, *, again: bool = False) -> None:
        """Speak samples, once or over and over; silence by an empty array."""
        text = base64.b64encode(pcm.astype("<i2").tobytes()).decode()
        self.phone.order("say", call=self.number, pcm=text, again=again)

    def say_tone(self, hertz: int, level: float = 0.25) -> None:
        """Speak a steady tone; `hertz` whole, so that one second of it repeats without a click."""
        at = np.arange(RATE) * (2 * np.pi * hertz / RATE)
        self.say((np.sin(at) * level * 32767).astype(np.int16), again=True)

    def hush(self) -> None:
        """Say nothing more."""
        self.say(np.zeros(0, np.int16))

    # -- what the phone sees

    @property
    def is_up(self) -> bool:
        """Answered and not over."""
        return "up" in self.events and self.end_reason is None

    def wait_for(self, event: str, timeout: float = PATIENCE) -> None:
        """Wait for ringing, progress, up, held, resumed or over."""
        self.phone.wait(lambda: event in self.events or None, f"{event} on {self}", timeout)

    def wait_up(self, timeout: float = PATIENCE) -> None:
        """Wait until the call is answered."""
        self.phone.wait(
            lambda: ("up" in self.events or self.end_reason is not None) or None,
            f"an answer on {self}",
            timeout,
        )
        assert self.is_up, f"{self} ended instead: {self.end_reason}"

    def wait_over(self, timeout: float = PATIENCE) -> str:
        """Wait for the end of the call; return the reason the phone shows."""
        return self.phone.wait(lambda: self.end_reason, f"the end of {self}", timeout)

    def wait_digits(self, digits: str, timeout: float = PATIENCE) -> None:
        """Wait until the other side has pressed these keys."""
        self.phone.wait(lambda: digits in self.digits or None, f"{digits} on {self}", timeout)

    def mark(self) -> int:
        """Return how many samples have been heard so far."""
        with self.phone.changed:
            return len(self._heard) // 2

    def heard(self, since: int = 0) -> Pcm:
        """Return what was heard, from sample `since` on."""
        with self.phone.changed:
            return np.frombuffer(bytes(self._heard), "<i2").astype(np.int16)[since:]

    def listen(self, seconds: float, since: int | None = None, timeout: float = PATIENCE) -> Pcm:
        """Wait for `seconds` of audio from now (or from sample `since`) on; return just them."""
        first = self.mark() if since is None else since
        count = round(seconds * RATE)
        self.phone.wait(
            lambda: len(self._heard) // 2 >= first + count or None,
            f"{seconds} s of audio on {self}",
            timeout + seconds,
        )
        return self.heard(first)[:count]

    def take(self, message: dict[str, Any]) -> None:
        """Note what the phone process tells of this call; called under the phone's lock."""
        if "pcm" in message:
            self._heard += base64.b64decode(message["pcm"])
            return
        self.events.append(message["event"])
        self.call_id = message.get("call_id") or self.call_id
        if message["event"] == "digit":
            self.digits += message["digit"]
        elif message["event"] == "over":
            self.end_reason = message.get("text") or "no reason"
