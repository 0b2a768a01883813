"""Real phones for tests: each a baresip in a subprocess (tests/phone_process.py), used plainly.

Every wait ends by itself: with what was waited for, or with an AssertionError that tells what the
phone saw instead. Audio is numpy int16 at 8,000 Hz.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tests.ports import free_port

RATE = 8000
ROOT = Path(__file__).parent.parent

Pcm = NDArray[np.int16]
Found = TypeVar("Found")


class PhoneCall:
    """One call of a phone, made or received."""

    def __init__(self, phone: Phone, number: int, peer: str = "", call_id: str = "") -> None:
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
        self.phone.order("press", call=self.number, digits=digits, timeout=5 + len(digits))

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

    def wait_for(self, event: str, timeout: float = 5) -> None:
        """Wait for ringing, progress, up, held, resumed or over."""
        self.phone.wait(lambda: event in self.events or None, f"{event} on {self}", timeout)

    def wait_up(self, timeout: float = 5) -> None:
        """Wait until the call is answered."""
        self.phone.wait(
            lambda: ("up" in self.events or self.end_reason is not None) or None,
            f"an answer on {self}",
            timeout,
        )
        assert self.is_up, f"{self} ended instead: {self.end_reason}"

    def wait_over(self, timeout: float = 5) -> str:
        """Wait for the end of the call; return the reason the phone shows."""
        return self.phone.wait(lambda: self.end_reason, f"the end of {self}", timeout)

    def wait_digits(self, digits: str, timeout: float = 5) -> None:
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

    def listen(self, seconds: float, since: int | None = None, timeout: float = 10) -> Pcm:
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


class Phone:
    """A phone on 127.0.0.1 with a SIP port of its own."""

    def __init__(  # noqa: PLR0913 - what a phone's settings page has
        self,
        user: str,
        *,
        registrar: str = "",
        password: str = "",
        dtmf: str = "rtpevent",
        codecs: tuple[str, ...] = ("pcmu", "pcma"),
        port: int = 0,
        trace: bool = False,
    ) -> None:
        self.user = user
        self.port = port or free_port()
        self.changed = threading.Condition()
        self.calls: dict[int, PhoneCall] = {}
        self.log: list[str] = []
        self._rung: list[PhoneCall] = []
        self._replies: dict[int, dict[str, Any]] = {}
        self._orders = 0
        settings = {
            "user": user,
            "port": self.port,
            "registrar": registrar,
            "password": password,
            "dtmf": dtmf,
            "codecs": codecs,
            "trace": trace,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.phone_process", json.dumps(settings)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"phone-{user}", daemon=True)
        self._reader.start()

    @property
    def uri(self) -> str:
        """Where the phone is reached without a call server."""
        return f"sip:{self.user}@127.0.0.1:{self.port}"

    def __repr__(self) -> str:
        return f"<phone {self.user}: {list(self.calls.values())}>"

    def __enter__(self) -> Self:
        self.wait_started()
        return self

    def __exit__(self, *_unused: object) -> None:
        self.close()

    # -- what the phone does

    def register(self) -> None:
        """Log on at the registrar."""
        self.order("register", timeout=10)

    def unregister(self) -> None:
        """Log off at the registrar."""
        self.order("unregister", timeout=10)

    def answer_calls(self) -> None:
        """Pick up every call from now on, at once."""
        self.order("on_ring", action="answer")

    def ring_calls(self) -> None:
        """Let every call ring from now on (as at the start)."""
        self.order("on_ring", action="ring")

    def refuse_calls(self) -> None:
        """Answer every call from now on with 486."""
        self.order("on_ring", action="busy")

    def dial(self, uri: str, headers: dict[str, str] | None = None) -> PhoneCall:
        """Call somebody; the call is under way when this returns."""
        reply = self.order("dial", uri=uri, headers=headers or {})
        with self.changed:
            return self.calls.setdefault(reply["call"], PhoneCall(self, reply["call"], uri))

    def wait_ring(self, timeout: float = 5) -> PhoneCall:
        """Return the next incoming call, in the order in which they rang."""
        return self.wait(lambda: self._rung.pop(0) if self._rung else None, "a call", timeout)

    def ring_count(self) -> int:
        """Return how many calls have come in so far."""
        with self.changed:
            return sum("incoming" in call.events for call in self.calls.values())

    # -- underneath

    def wait_started(self) -> None:
        """Wait until the phone takes calls."""
        self.wait(lambda: "started" in self.log or None, "the phone's start", 15)

    def wait(self, found: Callable[[], Found | None], what: str, timeout: float) -> Found:
        """Return what `found` returns as soon as it is not None; fail after `timeout` seconds."""
        until = time.monotonic() + timeout
        with self.changed:
            while (result := found()) is None:
                left = until - time.monotonic()
                gone = self._process.poll() is not None and not self._reader.is_alive()
                assert not gone, f"the phone {self.user} has died, waiting for {what}"
                assert left > 0, f"{self.user} waited {timeout} s in vain for {what}; {self}"
                self.changed.wait(min(left, 1))
            return result

    def order(self, do: str, timeout: float = 5, **more: Any) -> dict[str, Any]:
        """Have the phone process do something; return its reply, fail where it could not."""
        assert self._process.stdin
        with self.changed:
            self._orders += 1
            number = self._orders
        try:
            self._process.stdin.write(json.dumps({"n": number, "do": do, **more}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError(f"the phone {self.user} has died, asked to {do}") from None
        reply = self.wait(lambda: self._replies.pop(number, None), f"its own {do}", timeout)
        assert reply["error"] is None, f"{self.user} cannot {do}: {reply['error']}"
        return reply

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout:
            for line in self._process.stdout:
                message = json.loads(line)
                with self.changed:
                    self._take(message)
                    self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        if "reply" in message:
            self._replies[message["reply"]] = message
        elif "call" in message:
            number = message["call"]
            call = self.calls.setdefault(number, PhoneCall(self, number))
            call.take(message)
            if message.get("event") == "incoming":
                call.peer = message["peer"]
                self._rung.append(call)
        else:
            self.log.append(message["event"])

    def close(self) -> None:
        """Hang up by ending the phone in good order; killed where that takes over 5 s."""
        self._end_orders()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._reader.join(5)

    def kill(self) -> None:
        """Pull the plug: no BYE, no more RTP."""
        self._process.kill()
        self._process.wait(5)
        self._end_orders()
        self._reader.join(5)

    def _end_orders(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
