"""SIPp as thousands of callers and as the agents' phones, and what it counts."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.ports import free_port, free_ports

SCENARIOS = Path(__file__).parent / "scenarios"
SOCKET_BYTES = 4 << 20
PATIENCE_SECONDS = 5.0
_AS_IT_SHOULD = re.compile(
    r"\d+-\d+-\d+\t[^,]*, receive timeout on message desk:\d+, jumping to label \d"
)
"""What SIPp writes of a telephone that has rung or talked for long enough."""


@dataclass(frozen=True, slots=True)
class Counts:
    """SIPp's own counters, at most a second old. `answer_ms` from INVITE to 200, on average."""

    created: int = 0
    done: int = 0
    failed: int = 0
    retransmissions: int = 0
    answer_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Taken:
    """An INVITE that was answered after `ms`, `at` seconds after SIPp's start, to 4 ms.

    `timer` is the scenario's rtd: 1 for a 200, 2 for a 503.
    """

    at: float
    ms: float
    timer: int


class Sipp:
    """One SIPp process on 127.0.0.1."""

    def __init__(
        self, folder: Path, scenario: str, *options: str, port: int = 0, rtp_port: int = 0
    ) -> None:
        """Play a scenario whose SDPs name `rtp_port`."""
        self._folder = folder
        self.port = port or free_port()
        self._name = f"{scenario}-{self.port}"
        self._scenario = (SCENARIOS / f"{scenario}.xml").read_text()
        self._command = [
            *("sipp", "-sf", f"{self._name}.xml", "-nostdin", "-i", "127.0.0.1"),
            "-aa",  # whoever asks by OPTIONS whether a silent phone is there, gets a 200
            *("-p", str(self.port), "-mp", str(free_ports(4))),
            *("-buff_size", str(SOCKET_BYTES), "-key", "rtp_port", str(rtp_port)),
            *("-trace_stat", "-stf", f"{self._name}.csv", "-fd", "1"),
            *("-trace_rtt", "-rtt_freq", "1", "-timer_resol", "1"),
            *("-trace_err", "-error_file", f"{self._name}.errors"),
            *options,
        ]

    def with_talks_of(self, seconds: float) -> Self:
        """Have the scenario's "talk_ms" be so long."""
        self._scenario = self._scenario.replace('"talk_ms"', f'"{1000 * seconds:.0f}"')
        return self

    def __enter__(self) -> Self:
        (self._folder / f"{self._name}.xml").write_text(self._scenario)
        with (self._folder / f"{self._name}.out").open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - of our own making
                self._command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        return self

    def __exit__(self, *_unused: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE_SECONDS)

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
        hours, minutes, seconds, micros = last.get("ResponseTime1(C)", "0:0:0:0").split(":")
        spent = int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(micros) / 1e6
        return Counts(
            int(last["TotalCallCreated"]),
            int(last["SuccessfulCall(C)"]),
            int(last["FailedCall(C)"]),
            int(last["Retransmissions(C)"]),
            1000 * spent,
        )

    def taken(self) -> list[Taken]:
        """Return every answer to an INVITE so far."""
        file = self._folder / f"{self._name}_{self.pid}_rtt.csv"
        return list(read_taken(file.read_text().splitlines())) if file.exists() else []

    def errors(self) -> str:
        """Return the first of what went wrong."""
        file = self._folder / f"{self._name}.errors"
        text = file.read_text(errors="replace") if file.exists() else ""
        return _AS_IT_SHOULD.sub("", text)[:2000]


def read_taken(lines: Iterable[str]) -> Iterable[Taken]:
    """Return what the lines of SIPp's file of response times say."""
    for line in lines:
        fields = line.split(";")
        if len(fields) == 3 and fields[2].isdigit():  # noqa: PLR2004 - not the head, nor half a line
            yield Taken(float(fields[0]) / 1000, float(fields[1]), int(fields[2]))


@dataclass(frozen=True, slots=True)
class Load:
    """`count` calls, `rate` a second, each hung up `seconds` after its answer.

    Callers of scenario "crowd" do not mind a 503; a "customer" is hung up on.
    """

    count: int
    rate: float
    seconds: float
    scenario: str = "caller"

    @property
    def lasts(self) -> float:
        """How many seconds it takes where all goes well."""
        return self.count / self.rate + self.seconds


def callers(
    folder: Path, place: str, rows: Sequence[tuple[str, str]], rtp_port: int, load: Load
) -> Sipp:
    """Return callers at `place` (host:port): each row is a phone's address and whom it calls."""
    port = free_port()
    names = folder / f"callers-{port}.csv"
    names.write_text("\n".join(["SEQUENTIAL", *(f"{own};{user}" for own, user in rows)]) + "\n")
    return Sipp(
        *(folder, load.scenario, "-inf", str(names), "-m", str(load.count), "-l", str(load.count)),
        *("-r", str(load.rate), "-d", str(round(load.seconds * 1000)), place),
        port=port,
        rtp_port=rtp_port,
    )


def agents(folder: Path, rtp_port: int, port: int) -> Sipp:
    """Return the agents' phones at `port`: sip:<address of the audio>@127.0.0.1:`port`."""
    return Sipp(folder, "agent", port=port, rtp_port=rtp_port)


def desks(folder: Path, rtp_port: int, port: int, talk_seconds: float) -> Sipp:
    """Return the same, but they ring for 200 ms, and talk for so long, before they hang up."""
    return Sipp(folder, "desk", port=port, rtp_port=rtp_port).with_talks_of(talk_seconds)
