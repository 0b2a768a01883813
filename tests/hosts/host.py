"""One host of a lab: a network namespace, what is started in it, and sockets that belong to it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

SETTINGS = Path("/etc/netns")
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def run(*command: str) -> str:
    """Return what a command prints; CalledProcessError, with its stderr, where it fails."""
    return subprocess.run(
        command, capture_output=True, check=True, text=True, stdin=subprocess.DEVNULL
    ).stdout


class Host:
    """A namespace by its name; addresses in the order of its interfaces."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.addresses: list[str] = []

    def __repr__(self) -> str:
        return f"<host {self.namespace} {' '.join(self.addresses)}>"

    @property
    def address(self) -> str:
        """The address of the first interface."""
        return self.addresses[0]

    def ip(self, *arguments: str) -> str:
        """Run ``ip`` in the namespace; return what it prints."""
        return run("ip", "-netns", self.namespace, *arguments)

    def run(self, *command: str) -> str:
        """Run a command on this host to its end; return what it prints."""
        return run(*self.command(*command))

    def command(self, *command: str) -> list[str]:
        """Return the command line that runs `command` on this host, as the same process."""
        return ["ip", "netns", "exec", self.namespace, *command]

    def popen(self, *command: str, speaks: bool = False) -> subprocess.Popen[str]:
        """Start a command on this host; what it prints comes by its stdout, stderr too.

        With `speaks` its standard input is a pipe.
        """
        return subprocess.Popen(
            self.command(*command),
            stdin=subprocess.PIPE if speaks else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

    def asks(self, name_server: str) -> None:
        """Have what is started here from now on ask this name server and no other source."""
        folder = SETTINGS / self.namespace
        folder.mkdir(parents=True, exist_ok=True)
        server = f"nameserver {name_server}\n" if name_server else ""
        options = "options timeout:1 attempts:1\n"
        (folder / "resolv.conf").write_text(server + options)
        (folder / "hosts").write_text("127.0.0.1 localhost\n")
        (folder / "nsswitch.conf").write_text("hosts: files dns\n")

    def add_address(self, address: str, interface: str = "eth0") -> None:
        """Give an interface one more address."""
        self.ip("address", "add", f"{address}/24", "dev", interface)
        self.addresses.append(address)

    @contextlib.contextmanager
    def network(self) -> Iterator[None]:
        """Have this thread's new sockets belong to this host; they stay so after the block."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.namespace}", os.O_RDONLY)
        try:
            _enter(there)
            yield
        finally:
            _enter(home)
            os.close(home)
            os.close(there)

    def socket(self, kind: int, address: str = "", port: int = 0) -> socket.socket:
        """Return an IPv4 socket of this host, SOCK_DGRAM or SOCK_STREAM, bound to an address."""
        with self.network():
            made = socket.socket(socket.AF_INET, kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address or self.address, port))
        return made


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
