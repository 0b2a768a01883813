"""The server under test: ``python -m actors CONF`` in a subprocess, its log, its REST, its end.

Where a test fails inside ``with AcdServer(...)``, the end of the log is printed: pytest shows it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil
import toml

from tests.patience import PATIENCE, Wait
from tests.ports import free_port, free_ports

ROOT = Path(__file__).parent.parent

# The prompts of a first run are spoken before the server is ready: some 10 s on two cores.
START_SECONDS = 90.0
POLL_SECONDS = 0.02
TAIL_LINES = 120

Found = TypeVar("Found")


def eventually(
    found: Callable[[], Found | None],
    what: str,
    timeout: float = PATIENCE,
    every: float = POLL_SECONDS,
) -> Found:
    """Return what `found` returns once it is true; for what tells no events: REST, /proc."""
    wait = Wait(what, timeout)
    while not (result := found()):
        assert wait.left() > 0, f"waited {timeout} s in vain for {what}"
        time.sleep(every)
    wait.over()
    return result


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with the keys of `more` over it, tables merged, lists replaced."""
    result = dict(base)
    for key, value in more.items():
        old = result.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[key] = merged(old, value) if both and old is not None else value
    return result


@dataclass(frozen=True)
class Figures:
    """What the server holds, its pump included: what must be at the end as at the start."""

    threads: int
    descriptors: int
    rss_kib: int


class AcdServer:
    """One server process on 127.0.0.1, with ports and a folder of its own."""

    def __init__(self, folder: Path, configuration: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self.sip_port = free_port()
        self.http_port = free_port()
        rtp = free_ports(102)
        own = {
            "sip": {"address": "127.0.0.1", "port": self.sip_port},
            "media": {
                "address": "127.0.0.1",
                "port": rtp,
                "pool_first": rtp + 2,
                "pool_last": rtp + 100,
            },
            "http": {"address": "127.0.0.1", "port": self.http_port},
            "journal": {"path": str(folder / "acd.sqlite")},
        }
        whole = merged(own, configuration or {})
        self.sip_port = whole["sip"]["port"]
        self.http_port = whole["http"]["port"]
        self.media_port = whole["media"]["port"]
        self.configuration = folder / "acd.toml"
        self.configuration.write_text(toml.dumps(whole))
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_unused: object) -> None:
        self.close()
        if kind:
            sys.stdout.write(f"--- the server's log ({self.folder}):\n{self.log_tail()}\n")

    # -- its life

    def start(self, timeout: float = START_SECONDS) -> None:
        """Start and wait for the line that says it serves."""
        first = len(self.lines)
        self._process = subprocess.Popen(
            self._command(sys.executable, "-m", "actors", str(self.configuration)),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        try:
            self.wait_log(r"\bready: ", timeout, first)
        except BaseException:
            self.close()
            raise

    def _command(self, *command: str) -> list[str]:
        """Return the command line that runs this one where the server lives."""
        return list(command)

    @property
    def process(self) -> psutil.Process:
        """The running server."""
        assert self._process
        return psutil.Process(self._process.pid)

    def stop(self, timeout: float = PATIENCE) -> int:
        """End it by SIGTERM; return its exit code."""
        return self._end(signal.SIGTERM, timeout)

    def kill(self) -> None:
        """End it by SIGKILL, and its children, which the kernel would leave."""
        children = self.process.children(recursive=True)
        self._end(signal.SIGKILL, PATIENCE)
        psutil.wait_procs(children, timeout=PATIENCE)
        for child in children:
            assert not child.is_running(), f"outlived the server: {child}"

    def _end(self, number: int, timeout: float) -> int:
        assert self._process
        assert self._reader
        self._process.send_signal(number)
        code = self._process.wait(timeout)
        self._reader.join(PATIENCE)
        return code

    def close(self) -> None:
        """End it however it takes."""
        if self._process and self._process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(PATIENCE)
        if self._reader:
            self._reader.join(PATIENCE)

    # -- its log

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                with self._more:
                    self.lines.append(line.rstrip("\n"))
                    self._more.notify_all()
        with self._more:
            self._more.notify_all()

    def log_tail(self, count: int = TAIL_LINES) -> str:
        """Return the last lines of the log."""
        with self._more:
            return "\n".join(self.lines[-count:])

    def log_mark(self) -> int:
        """Return the number of lines so far."""
        with self._more:
            return len(self.lines)

    def wait_log(self, pattern: str, timeout: float = PATIENCE, since: int = 0) -> re.Match[str]:
        """Return the first match of a line from number `since` on."""
        wanted = re.compile(pattern)
        wait = Wait(f"a line {pattern!r}", timeout)
        at = since
        with self._more:
            while True:
                for line in self.lines[at:]:
                    if found := wanted.search(line):
                        wait.over()
                        return found
                at = len(self.lines)
                ended = self._reader is None or not self._reader.is_alive()
                assert not ended, f"the server ended:\n{self.log_tail()}"
                assert wait.left() > 0, f"no line {pattern!r} in {timeout} s:\n{self.log_tail()}"
                self._more.wait(0.5)

    def seconds_between(self, first: str, last: str) -> float:
        """Return how much later the last such line is than the first such one, by its own stamp."""
        stamps = [
            next(line.split()[0] for line in lines if re.search(pattern, line))
            for pattern, lines in ((first, self.lines), (last, reversed(self.lines)))
        ]
        began, ended = map(datetime.fromisoformat, stamps)
        return (ended - began).total_seconds()

    # -- its addresses and its REST

    def uri(self, user: str) -> str:
        """Return the SIP address of a queue, login or agent."""
        return f"sip:{user}@127.0.0.1:{self.sip_port}"

    def _connection(self) -> http.client.HTTPConnection:
        """Return a connection to REST."""
        return http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=PATIENCE)

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and decoded JSON of one HTTP request."""
        connection = self._connection()
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            data = answer.read()
            return answer.status, json.loads(data) if data else None
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """Return the JSON of a resource that must be there."""
        status, found = self.request("GET", path)
        assert status == http.client.OK, f"GET {path}: {status} {found}"
        return found

    def health(self) -> Any:
        """Return ``GET /health``, whether it is well (200) or not (503)."""
        return self.request("GET", "/health")[1]

    def agent(self, agent: str) -> dict[str, Any]:
        """Return one agent of ``GET /agents``."""
        agents: list[dict[str, Any]] = self.get("/agents")["agents"]
        return next(found for found in agents if found["id"] == agent)

    def calls(self, queue: str) -> list[dict[str, str]]:
        """Return the calls of one queue of ``GET /queues``."""
        queues: list[dict[str, Any]] = self.get("/queues")["queues"]
        return next(found["calls"] for found in queues if found["name"] == queue)

    def wait_agent(self, agent: str, state: str, timeout: float = PATIENCE) -> dict[str, Any]:
        """Wait until REST shows the agent in this state."""
        seen: list[str] = []

        def look() -> dict[str, Any] | None:
            found = self.agent(agent)
            if not seen or seen[-1] != found["state"]:
                seen.append(found["state"])
            return found if found["state"] == state else None

        try:
            return eventually(look, f"agent {agent} to be {state}", timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}; was {seen}") from None

    def wait_calls(
        self, queue: str, *states: str, timeout: float = PATIENCE
    ) -> list[dict[str, str]]:
        """Wait until the queue's calls are in these states: waiting, assigned, connected ones."""
        seen: list[list[str]] = []

        def look() -> list[dict[str, str]] | None:
            found = self.calls(queue)
            now = [call["state"] for call in found]
            if not seen or seen[-1] != now:
                seen.append(now)
            return found or [{}] if now == list(states) else None

        try:
            found = eventually(look, f"calls of {queue} to be {states}", timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}; were {seen}") from None
        return [] if found == [{}] else found

    # -- what it holds

    def pump(self) -> psutil.Process:
        """Return the child process that moves the audio."""
        found = self.find_pump()
        assert found, f"no pump among {self.process.children(recursive=True)}"
        return found

    def find_pump(self) -> psutil.Process | None:
        """Return the same, or None while there is none."""
        for child in self.process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is such a one, too
                if "media.pump" in " ".join(child.cmdline()):
                    return child
        return None

    def figures(self) -> Figures:
        """Return what server and pump hold now."""
        everyone = [self.process, *self.process.children(recursive=True)]
        return Figures(
            threads=sum(one.num_threads() for one in everyone),
            descriptors=sum(one.num_fds() for one in everyone),
            rss_kib=sum(one.memory_info().rss for one in everyone) // 1024,
        )
