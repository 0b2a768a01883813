"""A server whose machine's clock is set while it runs: time.time() reads a file to know by what.

libfaketime would not do: under it Python's time.sleep() raises.
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

from tests.server import AcdServer


class SetClockServer(AcdServer):
    """What `set_clock` says is what the server takes for the machine's time from then on."""

    @property
    def _clock(self) -> Path:
        return self.folder / "clock"

    def set_clock(self, by: float) -> None:
        """Set the machine's clock by so many seconds against the true time."""
        new = self._clock.with_suffix(".new")
        new.write_text(str(by))
        new.replace(self._clock)

    def _command(self, *command: str) -> list[str]:
        self.set_clock(0.0)
        python, _, module, *arguments = command
        return super()._command(
            python, "-m", "tests.set_clock", str(self._clock), module, *arguments
        )


def main(clock: str, module: str, *arguments: str) -> None:
    """Run the module with a clock that the file sets."""
    true, by = time.time, Path(clock)
    time.time = lambda: true() + float(by.read_text())
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
