"""Asterisk on ports of its own, with nothing but what the comparison needs: Queue, Dial, G.711.

It runs from the system that ./acd interop makes, once a machine, beside whatever else runs there:
its folders and ports are its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from media.g711 import Law, encode
from media.music import loop
from tests.interop.chroot import cache_folder, suite
from tests.ports import free_port, free_ports

TEMPLATES = Path(__file__).parent / "asterisk"
START_SECONDS = 30.0
MOST_LEGS = 1000
MISSING = "not compared: no Asterisk here (./acd interop installs it; root only)"


def system() -> Path | None:
    """Return the folder of a system with Asterisk that can be run here, None without."""
    folder = cache_folder() / f"asterisk-{suite()[0]}"
    return folder if os.geteuid() == 0 and folder.exists() else None


def _endpoint(name: str, uri: str) -> str:
    return f"[{name}](desk)\naors = {name}\n\n[{name}]\ntype = aor\ncontact = {uri}\n\n"


class Asterisk:
    """One running Asterisk: `agents` is its agents' phones' port, `members` are queue talk's URIs.

    Each member is an endpoint of its own, so that Asterisk knows who is on a call.
    """

    def __init__(self, folder: Path, agents: int, members: Sequence[str] = ()) -> None:
        self.port = free_port()
        self._folder = folder
        self._home = folder / f"var/tmp/acd-bench-{self.port}"
        rtp = free_ports(2 * MOST_LEGS)
        inside = f"/{self._home.relative_to(folder)}"
        self._conf = f"{inside}/asterisk.conf"
        self._values = {
            "@SIP@": str(self.port),
            "@AGENTS@": str(agents),
            "@RTP@": str(rtp),
            "@RTP_END@": str(rtp + 2 * MOST_LEGS - 1),
            "@MUSIC@": f"{inside}/music",
            "@ETC@": inside,
            "@RUN@": f"{inside}/run",
            "@ENDPOINTS@": "".join(_endpoint(f"a{at}", uri) for at, uri in enumerate(members)),
            "@MEMBERS@": "".join(f"member => PJSIP/a{at}\n" for at in range(len(members))),
        }
        self._lines: list[str] = []
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._write()
        # Every value here is ours: the chroot's asterisk with the configuration just written.
        self._process = subprocess.Popen(  # noqa: S603
            ["chroot", str(self._folder), "asterisk", "-C", self._conf, "-f"],  # noqa: S607
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._read, daemon=True).start()
        if not self._ready.wait(START_SECONDS) or self._process.poll() is not None:
            self.__exit__()
            raise RuntimeError("Asterisk does not start:\n" + "\n".join(self._lines[-30:]))
        return self

    def __exit__(self, *_unused: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        shutil.rmtree(self._home, ignore_errors=True)

    def _write(self) -> None:
        for name in ("run", "music"):
            (self._home / name).mkdir(parents=True)
        (self._home / "music/music.ulaw").write_bytes(encode(loop(), Law.MU).tobytes())
        for template in TEMPLATES.glob("*.conf"):
            text = template.read_text()
            for name, value in self._values.items():
                text = text.replace(name, value)
            (self._home / template.name).write_text(text)

    def _read(self) -> None:
        assert self._process.stdout  # noqa: S101 - for mypy
        for line in self._process.stdout:
            self._lines.append(line.rstrip("\n"))
            if "Asterisk Ready." in line:
                self._ready.set()
        self._ready.set()

    @property
    def pid(self) -> int:
        """The process's id: chroot has become Asterisk."""
        return self._process.pid

    def tail(self) -> str:
        """Return the last lines of the console."""
        return "\n".join(self._lines[-20:])
