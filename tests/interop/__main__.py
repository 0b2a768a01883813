"""``python -m tests.interop``: the scenario with a real Asterisk, on ports of its own.

Everything runs in a network namespace that has nothing but a loopback interface, so the files of
conf/asterisk are run as they are, port 5060 and all, beside whatever this machine serves; and in a
process namespace, so that nothing outlives the run.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

from tests.interop import chroot, scenario

SIOCSIFFLAGS = 0x8914
UP_AND_RUNNING = 0x41

NAMESPACES = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def outside() -> int:
    """Prepare, then run this module again inside the namespaces."""
    if os.geteuid() != 0:
        sys.stderr.write("interop needs root: for debootstrap, chroot and a network namespace\n")
        return 2
    with chroot.locked("interop"):
        folder = chroot.prepare()
        chroot.configure(folder)
        command = [sys.executable, "-m", "tests.interop", "--inside", str(folder)]
        return subprocess.run(
            ["unshare", *NAMESPACES, "--", *command], cwd=chroot.ROOT, check=False
        ).returncode


def raise_loopback() -> None:
    """Bring the namespace's loopback interface up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", UP_AND_RUNNING, b""))


def main() -> int:
    """Return 0 if every step passed."""
    if sys.argv[1:2] != ["--inside"]:
        return outside()
    raise_loopback()
    return scenario.run(Path(sys.argv[2]))


if __name__ == "__main__":
    sys.exit(main())
