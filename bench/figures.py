"""What was measured: a list of figures, printed as a table and written into bench/README.md."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: what was measured, what came out, what is to be reached, and whether it was."""

    part: str
    what: str
    value: str
    target: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """In a word; empty where nothing was to be reached."""
        return {None: "", True: "yes", False: "NO"}[self.met]


def machine() -> str:
    """Return the machine in general words."""
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    name = re.sub(r"\s+", " ", model[1]).strip() if model else platform.machine()
    release = platform.release().split("-")[0]
    today = dt.datetime.now(dt.UTC).date()
    python = platform.python_version()
    return f"{os.cpu_count()} cores ({name}), Linux {release}, Python {python}, {today}"


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as Markdown."""
    rows = [("part", "what", "measured", "to reach", "reached")]
    rows += [(f.part, f.what, f.value, f.target, f.verdict) for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, _line(["-" * width for width in widths], widths))
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def write(figures: Sequence[Figure]) -> None:
    """Put the figures into bench/README.md, in place of those of the same parts."""
    before, rest = README.read_text().split(BEGIN)
    old, after = rest.split(END)
    whole = table(merged(read(old), figures))
    README.write_text(f"{before}{BEGIN}\n{machine()}\n\n{whole}\n{END}{after}")


def merged(old: Sequence[Figure], new: Sequence[Figure]) -> list[Figure]:
    """Return the old figures, parts measured anew in their old places, new parts at the end."""
    parts = dict.fromkeys(figure.part for figure in [*old, *new])
    fresh = {figure.part for figure in new}
    return [
        figure
        for part in parts
        for figure in (new if part in fresh else old)
        if figure.part == part
    ]


def read(text: str) -> list[Figure]:
    """Return the figures of a table."""
    rows = [line.strip("| \n").split("|") for line in text.splitlines() if line.startswith("|")]
    found = []
    for row in rows[2:]:
        part, what, value, target, verdict = [cell.strip() for cell in [*row, "", ""]][:5]
        found.append(Figure(part, what, value, target, {"yes": True, "NO": False}.get(verdict)))
    return found
