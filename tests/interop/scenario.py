"""The run: sets the stage, plays the steps in order, and tells what became of each."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
import traceback
from pathlib import Path

import toml

from tests.interop.asterisk import Asterisk
from tests.interop.steps import STEPS
from tests.interop.tell import tell
from tests.interop.world import ASTERISK, RING_SECONDS, World
from tests.phones import Phone
from tests.server import ROOT, AcdServer, merged


def configuration() -> dict[str, object]:
    """Return conf/asterisk/acd.toml with a short ring time."""
    whole = toml.load(ROOT / "conf/asterisk/acd.toml")
    for queue in whole["queue"]:
        queue["ring_seconds"] = RING_SECONDS
    return merged(whole, {"sip": {"trace": bool(os.environ.get("INTEROP_TRACE"))}})


def run(folder: Path) -> int:
    """Play all steps with the Asterisk in `folder`; stop at the first that fails."""
    with contextlib.ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="interop-")))
        asterisk = stack.enter_context(Asterisk(folder))
        phones = {
            name: stack.enter_context(
                Phone(name, registrar=ASTERISK, password=f"{name}-secret", port=port)
            )
            for port, name in enumerate(("phone1", "phone2", "phone3", "gateway"), start=5081)
        }
        own = merged(configuration(), {"journal": {"path": str(temporary / "acd.sqlite")}})
        acd = stack.enter_context(AcdServer(temporary, own))
        return play(World(asterisk, acd, phones))


def play(world: World) -> int:
    """Run the steps in order and tell each; return the exit code."""
    passed = 0
    for step in STEPS:
        title = (step.__doc__ or step.__name__).strip()
        began = time.monotonic()
        try:
            step(world)
        except Exception:  # noqa: BLE001 - whatever it was, it is told with both logs
            tell(f"FAILED {title}\n{traceback.format_exc()}")
            tell(f"--- Asterisk's console:\n{world.asterisk.tail()}")
            tell(f"--- the ACD's log:\n{world.acd.log_tail()}")
            tell(f"--- phones: {list(world.phones.values())}")
            break
        passed += 1
        tell(f"ok {title} ({time.monotonic() - began:.1f} s)")
    failed = 0 if passed == len(STEPS) else 1
    not_run = len(STEPS) - passed - failed
    tell(f"{passed} passed, {failed} failed" + (f", {not_run} not run" if not_run else ""))
    return failed
