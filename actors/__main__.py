"""``python -m actors conf/acd.toml``: reads the configuration, runs the server, obeys signals."""

from __future__ import annotations

import argparse
import faulthandler
import gc
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

from pykka import debug

from actors.commands import COMMANDS
from actors.config import ConfigError, load
from actors.descriptors import fitted, raise_limit
from actors.exchange.clock import Clock, SystemClock
from actors.logs import Writer, configure
from actors.server import Server, running
from actors.settings import Settings
from actors.signals import Signals
from actors.sip.limits import GatewayError
from actors.version import VERSION
from media.sounds import SoundError, prepare

logger = logging.getLogger(__name__)

SWITCH_SECONDS = 0.0005
"""The interpreter's thread switch interval: with the default of 5 ms one busy thread delays every
message by as much."""

STOPS = (signal.SIGTERM, signal.SIGINT)

OBEYED = (*STOPS, signal.SIGUSR1, signal.SIGUSR2)

LOOK_SECONDS = 1.0
"""How often it is looked whether a part has broken."""

EXIT_SECONDS = 4.8
"""What stops must have stopped by then: afterwards the process ends itself."""


def main() -> int:
    """Run until told to stop; return the exit code: 0 stopped, 1 broken, 2 cannot start."""
    if sys.argv[1:] and (command := COMMANDS.get(sys.argv[1])):
        return command(sys.argv[2:])
    parser = argparse.ArgumentParser(
        prog="acd",
        description="The ACD server. Beside it: acd token --help, acd reload --help.",
    )
    parser.add_argument("--version", action="version", version=VERSION)
    parser.add_argument("configuration", type=Path, help="for example conf/acd.toml")
    arguments = parser.parse_args()
    faulthandler.enable()
    sys.setswitchinterval(SWITCH_SECONDS)
    # From the first moment: a terminal that is closed is no reason to end.
    signals = Signals([signal.SIGHUP])
    try:
        settings = load(arguments.configuration)
        clock = SystemClock()
        writer = configure(settings.log, clock)
        try:
            fit = fitted(settings, raise_limit())
            return _run(arguments.configuration, fit, signals, clock, writer)
        finally:
            writer.stop()
    except (ConfigError, SoundError, GatewayError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _run(path: Path, settings: Settings, signals: Signals, clock: Clock, writer: Writer) -> int:
    """Prepare what is said, serve, stop."""
    sounds = prepare(settings)
    gc.freeze()
    signals.take(OBEYED)
    with running(settings, sounds, clock, path) as server:
        code = _serve(server, server.settings, signals)
        _exit_in(EXIT_SECONDS + settings.sip.drain_seconds, writer)
    logger.info("stopped")
    return code


def _serve(server: Server, settings: Settings, signals: Signals) -> int:
    """Obey signals until one says stop; 1 where a part breaks."""
    logger.info(
        "ready: %d queues, %d agents, SIP on %s:%d, REST on http://%s:%d",
        len(settings.queues),
        len(settings.agents),
        settings.sip.address,
        settings.sip.port,
        settings.http.address,
        settings.http.port,
    )
    while not (dead := server.broken()):
        for number in signals.wait(LOOK_SECONDS):
            if number in STOPS:
                return 0
            _obey(number, server)
    logger.error("broken: %s ended; stopping so that it is all started anew", dead)
    return 1


def _obey(number: signal.Signals, server: Server) -> None:
    """Do what a signal asks for that does not stop the server."""
    match number:
        case signal.SIGUSR1:
            debug.log_thread_tracebacks()
        case signal.SIGUSR2:
            server.toggle_trace()
        case signal.SIGHUP:
            logger.info("SIGHUP: the configuration is read again")
            server.reload()


def _exit_in(seconds: float, writer: Writer) -> None:
    """End the process whatever still hangs by then: a stop that never returns, say."""

    def exit_now() -> None:
        logger.error("the stop took more than %g s: the process ends itself", seconds)
        writer.stop()
        os._exit(1)

    timer = threading.Timer(seconds, exit_now)
    timer.daemon = True
    timer.start()


def run() -> NoReturn:
    """Be the process: run until told to stop, and end it."""
    result = main()
    sys.stderr.flush()
    # Not by sys.exit: nothing of pjsua2 may end with the interpreter itself (docs/pjsua2.md).
    os._exit(result)


if __name__ == "__main__":
    run()
