"""The pump as a child process: started, spoken to, heard, stopped within a second."""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import socket
import subprocess
import sys
from pathlib import Path

from media.control import Command, Event, Start, Wire
from media.sessions import TABLE_BYTES

logger = logging.getLogger(__name__)

_STOP_SECONDS = 0.6


class Memory:
    """The table's memory, shared with every pump: what one leaves the next takes up."""

    def __init__(self) -> None:
        self.fd = os.memfd_create("acd-rtp-sessions")
        os.ftruncate(self.fd, TABLE_BYTES)
        self.map = mmap.mmap(self.fd, TABLE_BYTES)

    def close(self) -> None:
        """Give the descriptor back; the map goes with the last table over it."""
        os.close(self.fd)


class Child:
    """One pump process. Where it cannot be started (OSError), nothing of it is left."""

    def __init__(self, start: Start, memory: Memory) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._wire = Wire(ours)
        root = str(Path(__file__).resolve().parents[1])
        path = os.pathsep.join(each for each in (root, os.environ.get("PYTHONPATH", "")) if each)
        with theirs, contextlib.ExitStack() as undo:
            undo.callback(ours.close)
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "media.pump", str(theirs.fileno()), str(memory.fd)],
                pass_fds=[
                    *(theirs.fileno(), memory.fd, *start.sockets),
                    *(fd for fd in start.control if fd is not None),
                ],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
            undo.callback(self._process.wait)
            undo.callback(self._process.kill)
            self.send(start)
            undo.pop_all()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def descriptor(self) -> int:
        """What is readable when the pump has said something, or has ended."""
        return self._wire.sock.fileno()

    def receive(self) -> list[Command | Event]:
        """Return the next batch of what it said, empty for none; EOFError: it has ended."""
        try:
            return self._wire.receive(socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        except OSError as error:
            raise EOFError from error

    def send(self, *commands: Command) -> bool:
        """Send without waiting; True where nothing is left waiting, as to a child that is gone."""
        try:
            return self._wire.send(*commands)
        except OSError:
            return True  # whoever receives hears of it

    def stop(self) -> None:
        """Let it end: it does when the wire is closed. Killed where it does not in time."""
        self._hang_up()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._wire.sock.close()

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.wait()
        self._wire.sock.close()

    def _hang_up(self) -> None:
        try:
            self._wire.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            logger.debug("pump %d had hung up", self.pid)
