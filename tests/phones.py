"""Real phones for tests: each a baresip in a subprocess (tests/phone_process.py), used plainly.

Every wait ends by itself: with what was waited for, or with an AssertionError that tells what the
phone saw instead. Audio is numpy int16 at 8,000 Hz.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.hosts.host import Host
from tests.patience import PATIENCE, Wait
from tests.phone_call import RATE, Found, Pcm, PhoneCall
from tests.ports import free_port

__all__ = ["RATE", "Pcm", "Phone", "PhoneCall"]

ROOT = Path(__file__).parent.parent


class Phone:
    """A phone with a SIP port of its own, on 127.0.0.1 unless a lab's host is named.

    It registers at `registrar`; with a `domain` it is of that one, and sends everything there.
    """

    def __init__(  # noqa: PLR0913 - what a phone's settings page has
        self,
        user: str,
        *,
        registrar: str = "",
        domain: str = "",
        password: str = "",
        transport: str = "udp",
        dtmf: str = "rtpevent",
        codecs: tuple[str, ...] = ("pcmu", "pcma"),
        port: int = 0,
        host: Host | None = None,
        trace: bool = False,
    ) -> None:
        self.user = user
        self.address = host.address if host else "127.0.0.1"
        self.port = port or free_port()
        self.changed = threading.Condition()
        self.calls: dict[int, PhoneCall] = {}
        self.log: list[str] = []
        self._rung: list[PhoneCall] = []
        self._replies: dict[int, dict[str, Any]] = {}
        self._orders = 0
        settings = {
            "user": user,
            "address": self.address,
            "port": self.port,
            "registers": bool(registrar),
            "domain": domain or registrar or f"{self.address}:{self.port}",
            "proxy": registrar if domain else "",
            "password": password,
            "transport": transport,
            "dtmf": dtmf,
            "codecs": codecs,
            "trace": trace,
        }
        command = [sys.executable, "-m", "tests.phone_process", json.dumps(settings)]
        self._process = subprocess.Popen(
            host.command(*command) if host else command,
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
        return f"sip:{self.user}@{self.address}:{self.port}"

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
        self.order("register")

    def unregister(self) -> None:
        """Log off at the registrar."""
        self.order("unregister")

    def answer_calls(self) -> None:
        """Pick up every call from now on, at once."""
        self.order("on_ring", action="answer")

    def refuse_calls(self) -> None:
        """Answer every call from now on with 486."""
        self.order("on_ring", action="busy")

    def has_one_line(self) -> None:
        """Answer calls that come while it is in one with 486, from now on; ring otherwise."""
        self.order("on_ring", action="one line")

    def dial(self, uri: str, headers: dict[str, str] | None = None) -> PhoneCall:
        """Call somebody; the call is under way when this returns."""
        reply = self.order("dial", uri=uri, headers=headers or {})
        with self.changed:
            return self.calls.setdefault(reply["call"], PhoneCall(self, reply["call"], uri))

    def wait_ring(self, timeout: float = PATIENCE) -> PhoneCall:
        """Return the next incoming call, in the order in which they rang."""
        return self.wait(lambda: self._rung.pop(0) if self._rung else None, "a call", timeout)

    def ring_count(self) -> int:
        """Return how many calls have come in so far."""
        with self.changed:
            return sum("incoming" in call.events for call in self.calls.values())

    # -- underneath

    def wait_started(self) -> None:
        """Wait until the phone takes calls."""
        self.wait(lambda: "started" in self.log or None, "the phone's start", PATIENCE)

    def wait(self, found: Callable[[], Found | None], what: str, timeout: float) -> Found:
        """Return what `found` returns as soon as it is not None; fail after `timeout` seconds."""
        wait = Wait(what, timeout)
        with self.changed:
            while (result := found()) is None:
                gone = self._process.poll() is not None and not self._reader.is_alive()
                assert not gone, f"the phone {self.user} has died, waiting for {what}"
                assert wait.left() > 0, f"{self.user} waited {timeout} s in vain for {what}; {self}"
                self.changed.wait(0.5)
        wait.over()
        return result

    def order(self, do: str, timeout: float = PATIENCE, **more: Any) -> dict[str, Any]:
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
