"""What the run tells: whole lines on standard output, at once."""

from __future__ import annotations

import sys


def tell(line: str) -> None:
    """Write one line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
