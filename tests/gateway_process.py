"""The gateway in a subprocess (tests/gateway_driver.py) and SIPp beside it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from tests.patience import PATIENCE, Wait
from tests.ports import free_ports

ROOT = Path(__file__).parent.parent
SIPP = ROOT / "tests" / "sipp"

Event = dict[str, Any]


class Gateway:
    """One running gateway; what it tells is kept until it is asked for."""

    def __init__(self, port: int, **settings: Any) -> None:
        self.port = port
        wanted = {"address": "127.0.0.1", "port": port, "max_calls": 50, "trace": True, **settings}
        self.log = ""
        self.unseen: list[Event] = []
        self._peers: list[Sipp] = []
        self._lines: queue.Queue[Event | None] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.gateway_driver", json.dumps(wanted)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            # Freed memory is overwritten: what uses it fails at once and not some day.
            env={**os.environ, "MALLOC_PERTURB_": "165"},
        )
        self._readers = [
            threading.Thread(target=reader, daemon=True)
            for reader in (self._read_events, self._read_log)
        ]
        for thread in self._readers:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def do(self, command: str, **fields: Any) -> None:
        """Send the gateway one message."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": command, **fields}) + "\n")
        self._process.stdin.flush()

    def wait(self, event: str, seconds: float = PATIENCE, **fields: Any) -> Event:
        """Return the next event of this name with these fields; others are kept for later."""
        wait = Wait(event, seconds)
        while True:
            for seen in self.unseen:
                if seen["event"] == event and fields.items() <= seen.items():
                    self.unseen.remove(seen)
                    wait.over()
                    return seen
            try:
                line = self._lines.get(timeout=max(0.0, wait.left()))
            except queue.Empty:
                line = None
            assert line is not None, f"no {event} {fields}; seen: {self.unseen}\n{self.log[-8000:]}"
            self.unseen.append(line)

    def wait_log(self, text: str, seconds: float = PATIENCE) -> None:
        """Wait until this is in its log."""
        wait = Wait(f"{text!r} in the log", seconds)
        while text not in self.log:
            assert wait.left() > 0, f"no {text!r} in:\n{self.log[-8000:]}"
            time.sleep(0.01)
        wait.over()

    def sipp(self, scenario: str, *more: str, port: int = 2) -> Sipp:
        """Let SIPp play a scenario against this gateway, from its port plus `port`."""
        peer = Sipp(SIPP / f"{scenario}.xml", f"127.0.0.1:{self.port}", self.port + port, *more)
        self._peers.append(peer)
        return peer

    def state(self) -> Event:
        """Ask for the gateway's state."""
        self.do("state")
        return self.wait("state")

    def is_quiet(self) -> bool:
        """Say whether nothing has been told that no test has waited for, but for what was sent."""
        self.state()
        return all(seen["event"] in {"Dialled", "HangUpSent"} for seen in self.unseen)

    def stop(self) -> None:
        """End it in good order, and what SIPp is still doing."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
            for thread in self._readers:
                thread.join(PATIENCE)
            for peer in self._peers:
                peer.kill()
            assert self._process.returncode == 0, self.log[-8000:]

    def _read_events(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self.log += line


class Sipp:
    """SIPp playing one scenario of tests/sipp."""

    def __init__(self, scenario: Path, target: str, port: int, *more: str) -> None:
        command = [
            "sipp", target, "-sf", str(scenario), "-i", "127.0.0.1", "-p", str(port),
            "-m", "1", "-s", "sales", "-nostdin", "-timeout", "60", "-timeout_error",
            "-trace_err", "-error_file", "/dev/stderr", *more,
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self, seconds: float = 60.0) -> None:
        """Wait for its end, which must be a success."""
        out, _ = self._process.communicate(timeout=seconds)
        assert self._process.returncode == 0, out[-6000:]

    def kill(self) -> None:
        """End it at once, where it has not ended."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.communicate()


PCMU = {"name": "PCMU", "payload_type": 0, "clock": 8000}
PCMA = {"name": "PCMA", "payload_type": 8, "clock": 8000}
CALLER = {"uri": "sip:0301234@192.0.2.7", "display": 'Ann "A" Lee'}


def audio(*codecs: Event, **more: Any) -> Event:
    """Return our side's audio as a command says it."""
    return {
        "address": "127.0.0.1",
        "port": 40000,
        "codecs": list(codecs),
        "dtmf": 101,
        "direction": "sendrecv",
        "ptime": 20,
        "version": "",
        **more,
    }


@contextlib.contextmanager
def serving(**settings: Any) -> Iterator[Gateway]:
    """Have a gateway that has started, and see that it leaves no leg, slot or fault behind."""
    with Gateway(free_ports(8), **settings) as gateway:
        gateway.wait("started")
        yield gateway
        state = gateway.state()
        left = (state["legs"], state["stack_calls"], state["faults"])
        assert left == (0, 0, 0), f"{left}\n{gateway.log}"


def answered(gateway: Gateway, scenario: str) -> tuple[Sipp, list[Any]]:
    """Let SIPp call and have the call answered; returns the caller and its leg."""
    caller = gateway.sipp(scenario)
    leg = gateway.wait("Incoming")["leg"]
    gateway.do("Answer", leg=leg, local=audio(PCMA))
    gateway.wait("LegConfirmed", leg=leg)
    return caller, leg


def dial(
    gateway: Gateway, uri: str = "", leg: tuple[str, int] = ("t-1", 1), **more: Any
) -> list[Any]:
    """Dial a phone, SIPp's where no other is named; returns the leg."""
    uri = uri or f"sip:11@127.0.0.1:{gateway.port + 2}"
    gateway.do("Dial", leg=list(leg), uri=uri, local=audio(PCMU, PCMA), caller=CALLER, **more)
    return list(leg)
