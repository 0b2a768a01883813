"""The real gateway in a process of its own: a crash in the stack must fail one test only.

Its first argument is the settings of ``[sip]`` and more as JSON (`settings_of`). What the gateway
tells the switchboard, calls and agents comes out as lines like ``{"event": "LegEnded", ...}``, and
commands go in as ``{"do": "Answer", "leg": [...], ...}``, with the fields of the message. With
`auto` it answers every call by itself and hangs up after so many seconds.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from typing import Any
from unittest import mock

import msgspec
import pykka

from actors.core.wire.uri import SipUri
from actors.exchange.actor import World
from actors.exchange.clock import SystemClock
from actors.exchange.exchange import Exchange
from actors.exchange.post import Post, Ref
from actors.gateway import GatewayActor
from actors.ids import AgentId, CallId, Leg
from actors.messages.message import Message
from actors.messages.presence import Unwatch, Watch
from actors.messages.sip import (
    Answer,
    Codec,
    Dial,
    Direction,
    GetGatewayState,
    HangUp,
    Incoming,
    LegConfirmed,
    Media,
    Party,
    Refuse,
    StopTaking,
    TraceSip,
)
from actors.settings import (
    Agent,
    MediaSettings,
    Peer,
    Registration,
    Settings,
    Sip,
    SipLimits,
    Strangers,
)
from actors.sip.legs import Legs
from actors.sip.limits import GatewayError
from tests.patience import PATIENCE

COMMANDS = (Answer, Dial, HangUp, Refuse, StopTaking, TraceSip, Unwatch, Watch)
RTP_PORT = 40000
BUSY_SECONDS = 0.005


def settings_of(wanted: dict[str, Any]) -> Settings:
    """Read the settings that a test asks for: those of ``[sip]``, and `agents` as a number."""
    agents = tuple(Agent(AgentId(str(n))) for n in range(wanted.pop("agents", 0)))
    media = MediaSettings(codecs=tuple(wanted.pop("codecs", ("PCMU", "PCMA"))))
    if "transports" in wanted:
        wanted["transports"] = tuple(wanted["transports"])
    if "peers" in wanted:
        peers = [{**peer, "addresses": tuple(peer["addresses"])} for peer in wanted["peers"]]
        wanted["peers"] = tuple(Peer(**peer) for peer in peers)
    if "strangers" in wanted:
        wanted["strangers"] = Strangers(**wanted["strangers"])
    if "limits" in wanted:
        wanted["limits"] = SipLimits(**wanted["limits"])
    if wanted.get("registration"):
        wanted["registration"] = Registration(**wanted["registration"])
    return Settings(sip=Sip(**wanted), media=media, agents=agents)


class TalkedEnough(Message, frozen=True):
    """A call that was answered by itself is to be hung up."""

    leg: Leg


class Recorder(pykka.ThreadingActor):
    """Stands for the switchboard, every call and every agent: prints what it is told."""

    use_daemon_thread = True

    def __init__(self, world: World, auto: float | None) -> None:
        super().__init__()
        self._world = world
        self._auto = auto

    def on_receive(self, message: Any) -> None:
        if isinstance(message, TalkedEnough):
            self._world.post.to_gateway(HangUp(message.leg))
            return
        if isinstance(message, Incoming):
            # First of all: the test may be quicker to answer than this thread.
            self._world.post.add_call(message.leg.call, self.actor_ref)
        say({"event": type(message).__name__, **plain(message)})
        if isinstance(message, Incoming) and message.remote and self._auto is not None:
            self._world.post.to_gateway(Answer(message.leg, our_media(message.remote)))
        if isinstance(message, LegConfirmed) and self._auto:
            timer = TalkedEnough(message.leg)
            self._world.timers.after(self._auto, self.actor_ref, timer)


def plain(message: msgspec.Struct) -> dict[str, Any]:
    """Return a message as JSON has it, URIs as text."""
    fields: dict[str, Any] = {}
    for name, value in msgspec.structs.asdict(message).items():
        if isinstance(value, SipUri):
            fields[name] = str(value)
        elif isinstance(value, msgspec.Struct):
            fields[name] = plain(value)
        else:
            fields[name] = msgspec.to_builtins(value)
    return fields


def our_media(remote: Media | None = None) -> Media:
    """Return what the tests' calls answer or offer."""
    codecs = remote.codecs[:1] if remote else (Codec("PCMU", 0), Codec("PCMA", 8))
    return Media("127.0.0.1", RTP_PORT, codecs, dtmf=remote.dtmf if remote else 101)


def say(line: dict[str, Any]) -> None:
    """Write one line to the test."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def media_of(fields: dict[str, Any]) -> Media:
    """Read a Media back from JSON."""
    codecs = tuple(Codec(**codec) for codec in fields.pop("codecs"))
    return Media(codecs=codecs, direction=Direction(fields.pop("direction")), **fields)


def command_of(order: dict[str, Any]) -> object:
    """Read a message back from JSON."""
    kind = {known.__name__: known for known in COMMANDS}[order.pop("do")]
    if "leg" in order:
        order["leg"] = Leg(CallId(order["leg"][0]), order["leg"][1])
    if "local" in order:
        order["local"] = media_of(order["local"])
    for named in ("caller", "asserted"):
        if named in order:
            order[named] = Party(SipUri.read(order[named]["uri"]), order[named]["display"])
    if "uri" in order:
        order["uri"] = SipUri.read(order["uri"])
    return kind(**order)


class Busy:
    """Keeps the exchange late by as many seconds as it is told to, until it is told otherwise."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._goes_on = False

    def begin(self, late: float) -> None:
        self._goes_on = True
        for _ in range(round(late / BUSY_SECONDS)):
            self._exchange.post(None, self._work)

    def end(self) -> None:
        self._goes_on = False

    def _work(self) -> None:
        if self._goes_on:
            time.sleep(BUSY_SECONDS)
            self._exchange.post(None, self._work)


def obey(order: dict[str, Any], post: Post, gateway: Ref, recorder: Ref, busy: Busy) -> None:
    """Do one command of the test's."""
    if order["do"] == "be late":
        busy.begin(order["seconds"])
        return
    if order["do"] == "be in time":
        busy.end()
        return
    if order["do"] == "state":
        state = gateway.ask(GetGatewayState(), block=True, timeout=PATIENCE)
        say({"event": "state", **plain(state)})
        return
    if order["do"] == "Dial":
        post.add_call(CallId(order["leg"][0]), recorder)
    if order["do"] == "Watch":
        post.add_agent(AgentId(order["agent"]), recorder)
    gateway.tell(command_of(order))


def _break(*_: object) -> None:
    raise RuntimeError("broken for a test")


def main() -> None:
    """Serve until standard input ends, then stop the gateway."""
    # As the server itself does: a thread that has work gets the interpreter ten times sooner.
    sys.setswitchinterval(0.0005)
    wanted = json.loads(sys.argv[1])
    level = logging.DEBUG if wanted.pop("verbose", False) else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(name)s %(message)s")
    auto = wanted.pop("auto", None)
    if wanted.pop("broken", False):
        mock.patch.object(Legs, "_up", _break).start()
    post, exchange = Post(), Exchange()
    exchange.start()
    world = World(post, SystemClock(), exchange, exchange)
    recorder = Recorder.start(world, auto)
    post.add("switchboard", recorder)
    try:
        gateway = GatewayActor.start(world, settings_of(wanted))
    except GatewayError as error:
        say({"event": "refused", "why": str(error)})
        return
    post.add("gateway", gateway)
    say({"event": "started"})
    busy = Busy(exchange)
    for line in sys.stdin:
        obey(json.loads(line), post, gateway, recorder, busy)
    gateway.stop(block=True, timeout=PATIENCE)
    say({"event": "stopped", "threads": [t.name for t in threading.enumerate()]})


if __name__ == "__main__":
    main()
