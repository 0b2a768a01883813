"""A program on a host of a lab, and what it prints: read line by line until it ends."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from typing import Self

from tests.hosts.host import Host


class Program:
    """Starts a command on a host; ends it with the block. One that `speaks` takes commands."""

    def __init__(self, host: Host, *command: str, speaks: bool = False) -> None:
        self.host = host
        self.lines: list[str] = []
        self._command = command
        self._speaks = speaks
        self._more = threading.Condition()

    def __enter__(self) -> Self:
        self._process = self.host.popen(*self._command, speaks=self._speaks)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._reader.join(5)

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout:
            for line in self._process.stdout:
                with self._more:
                    self.lines.append(line.rstrip("\n"))
                    self._more.notify_all()
        with self._more:
            self._more.notify_all()

    def do(self, command: str) -> None:
        """Write one line to its standard input."""
        assert self._process.stdin
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def tail(self, count: int = 60) -> str:
        """Return the last lines."""
        with self._more:
            return "\n".join(self.lines[-count:])

    def wait_line(self, pattern: str, timeout: float = 10, since: int = 0) -> re.Match[str]:
        """Return the first match of a line, from line number `since` on."""
        until = time.monotonic() + timeout
        with self._more:
            while True:
                for line in self.lines[since:]:
                    if found := re.search(pattern, line):
                        return found
                told = "\n".join(self.lines[-60:])
                assert self._reader.is_alive(), f"{self._command[0]} ended:\n{told}"
                left = until - time.monotonic()
                assert left > 0, f"no line {pattern!r} in {timeout} s:\n{told}"
                self._more.wait(min(left, 0.5))
