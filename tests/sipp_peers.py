"""SIPp as caller, as agents' phones and as agents logging on: many calls, or packets to look at."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.patience import PATIENCE
from tests.ports import free_from, free_port, free_ports

SCENARIOS = Path(__file__).parent / "sipp"

# SIPp names a port of its own for each call's audio, up to 10,000 above the first, and listens on
# none but the first: what callers and desks name must not meet, nor what the tests listen on.
CALLERS_AUDIO = 34000
DESKS_AUDIO = 45000


class Sipp:
    """One SIPp process on 127.0.0.1 with SIP and media ports of its own."""

    def __init__(
        self, folder: Path, scenario: str, *options: str, port: int = 0, media: int = 0
    ) -> None:
        self.port = port or free_port()
        self._name = f"{scenario}-{self.port}"
        self._folder = folder
        self._scenario = (SCENARIOS / f"{scenario}.xml").read_text()
        self._command = [
            *("sipp", "-sf", f"{self._name}.xml", "-nostdin"),
            "-aa",  # whoever asks by OPTIONS whether a silent phone is there, gets a 200
            *("-i", "127.0.0.1", "-p", str(self.port), "-mp", str(media or free_ports(4))),
            *("-timeout", "300", "-timeout_error"),
            *("-trace_err", "-error_file", f"{self._name}.errors"),
            *options,
        ]

    def with_audio_at(self, rtp_port: int) -> Self:
        """Have all its SDPs name this port."""
        self._scenario = self._scenario.replace("[auto_media_port]", str(rtp_port))
        return self

    def __enter__(self) -> Self:
        (self._folder / f"{self._name}.xml").write_text(self._scenario)
        with (self._folder / f"{self._name}.out").open("wb") as out:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(self, *_unused: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(PATIENCE)

    def wait(self, timeout: float) -> None:
        """Wait for the end of all its calls; fail unless every one went as the scenario says."""
        code = self._process.wait(timeout)
        assert code == 0, f"SIPp ended with {code}: {self.told()}"

    def told(self) -> str:
        """Return what it says went wrong, and the end of its screen."""
        errors = self._folder / f"{self._name}.errors"
        screen = (self._folder / f"{self._name}.out").read_text(errors="replace")
        return (errors.read_text(errors="replace")[:3000] if errors.exists() else "") + screen[
            -800:
        ]


def caller(folder: Path, target: str, rtp_port: int, seconds: float) -> Sipp:
    """Return one caller with its audio at `rtp_port`, who hangs up `seconds` after the answer."""
    return callers(folder, target, 1, 1.0, seconds).with_audio_at(rtp_port)


def callers(folder: Path, target: str, count: int, rate: float, seconds: float) -> Sipp:
    """Return `count` callers, `rate` a second, who each hang up `seconds` after the answer."""
    user, address = target.removeprefix("sip:").split("@")
    pace = ("-m", str(count), "-r", str(rate), "-l", str(count))
    talk = ("-d", str(round(seconds * 1000)))
    return Sipp(
        folder, "e2e_callers", *pace, *talk, "-s", user, address, media=free_from(CALLERS_AUDIO)
    )


def crowd(folder: Path, target: str, count: int, rate: float, seconds: float) -> Sipp:
    """Return `callers` to whom a 503 is as good as a 200."""
    user, address = target.removeprefix("sip:").split("@")
    pace = ("-m", str(count), "-r", str(rate), "-l", str(count))
    talk = ("-d", str(round(seconds * 1000)))
    return Sipp(
        folder, "e2e_crowd", *pace, *talk, "-s", user, address, media=free_from(CALLERS_AUDIO)
    )


def desks(folder: Path, port: int) -> Sipp:
    """Return phones at `port` that answer every call at once, whatever its user part."""
    return Sipp(folder, "e2e_desks", port=port, media=free_from(DESKS_AUDIO))


def log_ons(folder: Path, target: str, agents: Sequence[str], port: int) -> Sipp:
    """Return calls to the login address in which each agent, of four digits, keys in the number.

    Agent 3001's phone is ``desk3001`` at `port`: start `desks` there when all have logged on.
    """
    user, address = target.removeprefix("sip:").split("@")
    rows = "\n".join(f"desk{agent};{';'.join(agent)}" for agent in agents)
    (folder / "agents.csv").write_text(f"SEQUENTIAL\n{rows}\n")
    rows_from = ("-inf", str(folder / "agents.csv"))
    pace = ("-m", str(len(agents)), "-r", "10")
    return Sipp(folder, "e2e_login", *rows_from, *pace, "-s", user, address, port=port)
