"""Takes away the namespaces of one lab: ``undertaker.py PREFIX SECONDS``, run by its path.

Waits for the end of its standard input, which comes with the end of the tests' process however it
ends, or for SECONDS; then ends what runs in the namespaces named PREFIX..., and deletes them.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

NAMESPACES = Path("/run/netns")
SETTINGS = Path("/etc/netns")
PATIENCE = 5.0


def inhabitants(namespace: str, spared: int) -> list[int]:
    """Return the processes in a namespace."""
    found = subprocess.run(
        ["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False
    )
    return [pid for pid in map(int, found.stdout.split()) if pid != spared]


def end(namespace: str, spared: int) -> None:
    """Kill whatever runs in the namespace, and wait for it to be gone."""
    until = time.monotonic() + PATIENCE
    while (pids := inhabitants(namespace, spared)) and time.monotonic() < until:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.01)


def main(prefix: str, seconds: float) -> int:
    """Return 0 when nothing is left."""
    tests = os.getppid()
    select.select([sys.stdin], [], [], seconds)
    if not NAMESPACES.is_dir():
        return 0
    for name in [entry.name for entry in NAMESPACES.iterdir() if entry.name.startswith(prefix)]:
        end(name, tests)
        subprocess.run(["ip", "netns", "delete", name], check=False)
        shutil.rmtree(SETTINGS / name, ignore_errors=True)
    return int(any(entry.name.startswith(prefix) for entry in NAMESPACES.iterdir()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
