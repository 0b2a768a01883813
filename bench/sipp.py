"""SIPp as thousands of callers and as the agents' phones, and what it counts."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.ports import free_port, free_ports

SCENARIOS = Path(__file__).parent / "scenarios"
SOCKET_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Counts:
    """SIPp's own counters, at most a second old. `answer_ms` from INVITE to 200, on average."""

    created: int = 0
    done: int = 0
    failed: int = 0
    retransmissions: int = 0
    answer_ms: float = 0.0


class Sipp:
    """One SIPp process on 127.0.0.1."""

    def __init__(
        self, folder: Path, scenario: str, rtp_port: int, port: int, *options: str
    ) -> None:
        self._folder = folder
        self._name = f"{scenario}-{port}"
        self.port = port
        self._command = [
            *("sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-nostdin", "-i", "127.0.0.1"),
            *("-p", str(port), "-mp", str(free_ports(4)), "-buff_size", str(SOCKET_BYTES)),
            *("-key", "rtp_port", str(rtp_port)),
            *("-trace_stat", "-stf", f"{self._name}.csv", "-fd", "1"),
            *("-trace_err", "-error_file", f"{self._name}.errors"),
            *options,
        ]

    def __enter__(self) -> Self:
        with (self._folder / f"{self._name}.out").open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - of our own making
                self._command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        return self

    def __exit__(self, *_unused: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(5)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def ended(self) -> bool:
        """Say whether all its calls are over."""
        return self._process.poll() is not None

    def counts(self) -> Counts:
        """Return the counters as last written: each second, and at the end."""
        try:
            with (self._folder / f"{self._name}.csv").open(newline="") as file:
                rows = list(csv.DictReader(file, delimiter=";"))
        except FileNotFoundError:
            return Counts()
        if not rows or rows[-1].get("Retransmissions(C)") is None:
            return Counts()
        last = rows[-1]
        hours, minutes, seconds, micros = last["ResponseTime1(C)"].split(":")
        spent = int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(micros) / 1e6
        return Counts(
            int(last["TotalCallCreated"]),
            int(last["SuccessfulCall(C)"]),
            int(last["FailedCall(C)"]),
            int(last["Retransmissions(C)"]),
            1000 * spent,
        )

    def errors(self) -> str:
        """Return the first of what went wrong."""
        file = self._folder / f"{self._name}.errors"
        return file.read_text(errors="replace")[:2000] if file.exists() else ""


@dataclass(frozen=True, slots=True)
class Load:
    """`count` calls, `rate` a second, each hung up `seconds` after its answer."""

    count: int
    rate: float
    seconds: float


def callers(
    folder: Path, place: str, rows: Sequence[tuple[str, str]], rtp_port: int, load: Load
) -> Sipp:
    """Return callers at `place` (host:port): each row is a phone's address and whom it calls."""
    port = free_port()
    names = folder / f"callers-{port}.csv"
    names.write_text("\n".join(["SEQUENTIAL", *(f"{own};{user}" for own, user in rows)]) + "\n")
    return Sipp(
        *(folder, "caller", rtp_port, port, "-inf", str(names), "-m", str(load.count)),
        *("-l", str(load.count), "-r", str(load.rate), "-d", str(round(load.seconds * 1000))),
        place,
    )


def agents(folder: Path, rtp_port: int, port: int) -> Sipp:
    """Return the agents' phones at `port`: sip:<address of the audio>@127.0.0.1:`port`."""
    return Sipp(folder, "agent", rtp_port, port)
