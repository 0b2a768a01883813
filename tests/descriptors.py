"""A process that is short of descriptors: this one or another."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def no_descriptors(but: int = 0, pid: int = 0) -> Iterator[None]:
    """Let the process open `but` descriptors more and no others, inside the block."""
    listed = list(Path(f"/proc/{pid or 'self'}/fd").iterdir())
    used = {int(each.name) for each in listed if each.is_symlink()}  # the listing's own is gone
    limit = 0
    while limit - sum(number < limit for number in used) < but or limit in used:
        limit += 1
    _, hard = before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
