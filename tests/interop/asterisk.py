"""Asterisk in its chroot: starts it, reads its console, asks its command line."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path
from typing import Self

START_SECONDS = 30.0


class Asterisk:
    """One running Asterisk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self._more = threading.Condition()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def start(self) -> None:
        """Start and wait until it serves."""
        self.lines.clear()
        self._process = subprocess.Popen(
            ["chroot", str(self.folder), "asterisk", "-f"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._wait_ready()

    def kill(self) -> None:
        """Pull the plug."""
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

    def _wait_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        with self._more:
            while not any("Asterisk Ready." in line for line in self.lines):
                assert self._process.poll() is None, f"Asterisk ended:\n{self.tail()}"
                left = until - time.monotonic()
                assert left > 0, f"Asterisk not ready in {START_SECONDS} s:\n{self.tail()}"
                self._more.wait(min(left, 0.5))

    def tail(self, count: int = 60) -> str:
        """Return the last lines of the console."""
        return "\n".join(self.lines[-count:])

    def command(self, text: str) -> str:
        """Return what the command line answers."""
        return subprocess.run(
            ["chroot", str(self.folder), "asterisk", "-rx", text],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
            timeout=10,
        ).stdout.strip()

    def faults(self) -> list[str]:
        """Return the console's errors."""
        return [line for line in self.lines if " ERROR[" in line]
