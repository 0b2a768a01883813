"""``python -m bench [PART...] [--write]``: measures, prints a table; 20 minutes for all."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Iterator

from bench import figures
from bench.agents import agents
from bench.delays import delays
from bench.figures import Figure
from bench.match import matching
from bench.memory import memory
from bench.overload import overload
from bench.per_call import bridged, waiting
from bench.reach import reach
from bench.rest import rest
from bench.setups import setups

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "match": matching,
    "waiting": waiting,
    "bridged": bridged,
    "set-up": setups,
    "agents": agents,
    "delays": delays,
    "rest": rest,
    "reach": reach,
    "overload": overload,
    "memory": memory,
}


def measure(part: str) -> tuple[list[Figure], bool]:
    """Run one part; return its figures, and whether it came to its end."""
    found = []
    began = time.monotonic()
    try:
        for figure in PARTS[part]():
            found.append(figure)
            verdict = f"  [{figure.target}: {figure.verdict}]" if figure.verdict else ""
            print(f"{part}: {figure.what}: {figure.value}{verdict}", flush=True)
    except Exception:  # noqa: BLE001 - the other parts are measured all the same
        traceback.print_exc()
        failed = Figure(part, "did not come to its end", "see the output", "", met=False)
        return [*found, failed], False
    print(f"{part}: took {time.monotonic() - began:.0f} s", flush=True)
    return found, True


def main() -> int:
    """Return 0 if every part came to its end and reached what it was to reach."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="What the server costs.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--write", action="store_true", help="write bench/README.md's figures")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    found: list[Figure] = []
    whole = True
    print(figures.machine(), flush=True)
    for part in arguments.parts or PARTS:
        some, ended = measure(part)
        found += some
        whole = whole and ended
    print(figures.table(found))
    if arguments.write:
        figures.write(found)
    return 0 if whole and all(figure.met is not False for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
