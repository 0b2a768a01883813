"""Rules of the SIP layer that no call shows: directors, limits, delays, one place for pjsua2."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pjsua2
import pytest

from actors.core.routing.strategies import MOST_RINGING
from actors.exchange.actor import World
from actors.exchange.clock import SystemClock
from actors.exchange.exchange import Exchange
from actors.exchange.post import Post
from actors.gateway import GatewayActor
from actors.ids import AgentId, QueueName
from actors.settings import Agent, Queue, Settings, Sip
from actors.sip import limits, trace
from actors.sip.account import Account
from actors.sip.dialog import Dialog
from actors.sip.limits import GatewayError
from actors.sip.watches import Subscription

ROOT = Path(__file__).parent.parent
DIRECTORS = (Account, Dialog, Subscription, trace.Writer)


@pytest.mark.parametrize("director", DIRECTORS)
def test_every_method_pjsip_calls_is_guarded_and_spelt_as_pjsip_spells_it(director: type) -> None:
    base = director.__mro__[1]
    for name, method in vars(director).items():
        if name.startswith("on") or name == "write":
            assert name in vars(base), f"{base.__name__} has no {name}: it would never be called"
            assert getattr(method, "is_override", False), f"{name} is not guarded"
    assert any(getattr(method, "is_override", False) for method in vars(director).values())


def test_only_the_sip_layer_imports_pjsua2() -> None:
    for path in [
        *ROOT.glob("actors/**/*.py"),
        *ROOT.glob("media/**/*.py"),
        *ROOT.glob("http/*.py"),
    ]:
        names = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        allowed = path.parent.name == "sip" or path.name == "gateway.py"
        assert allowed or "pjsua2" not in names, path


def stack(**changed: int) -> SimpleNamespace:
    found = {name: getattr(pjsua2, name) for name in dir(pjsua2) if name.startswith("ACD_")}
    return SimpleNamespace(**{**found, **changed})


def asking(max_calls: int = 10, agents: int = 0, strategy: str = "most-idle") -> Settings:
    people = tuple(Agent(AgentId(str(number))) for number in range(agents))
    queues = (Queue(QueueName("sales"), strategy=strategy),)
    return Settings(sip=Sip(max_calls=max_calls), agents=people, queues=queues)


@pytest.mark.parametrize(
    ("settings", "slots"),
    [
        (asking(100, agents=500), 200),
        (asking(100, agents=50, strategy="ring-all"), 200),
        (asking(100, agents=500, strategy="ring-all"), 600),
        (asking(100, agents=500, strategy="ring-progressively"), 600),
        (asking(2, agents=500, strategy="ring-all"), 2 + 2 * MOST_RINGING),
    ],
)
def test_there_is_a_slot_for_each_caller_and_for_each_agent_whose_phone_may_ring(
    settings: Settings, slots: int
) -> None:
    assert limits.slots(settings) == slots + limits.ENDING_SLOTS


@pytest.mark.parametrize(
    ("settings", "compiled", "said"),
    [
        (
            asking(100),
            {"ACD_MAX_CALLS": 4},
            ["sip.max_calls = 100", "PJSUA_MAX_CALLS = 4", "lower"],
        ),
        (
            asking(100, agents=200, strategy="ring-all"),
            {"ACD_MAX_CALLS": 300},
            ["with 200 agents", "needs 364 PJSIP calls", "to 36 or less"],
        ),
        (asking(100), {"ACD_MAX_CONF_PORTS": 254}, ["PJSUA_MAX_CONF_PORTS = 254", "lower"]),
        (asking(1, agents=300), {"ACD_MAX_BUDDIES": 256}, ["300 agents", "presence.subscribe"]),
        (asking(1), {"ACD_HAS_EPOLL": 0}, ["epoll"]),
    ],
)
def test_settings_beyond_what_was_compiled_are_refused(
    settings: Settings, compiled: dict[str, int], said: list[str]
) -> None:
    with pytest.raises(GatewayError) as caught:
        limits.check(settings, stack(**compiled))
    assert all(text in str(caught.value) for text in said), caught.value


def test_a_published_wheel_is_refused() -> None:
    with pytest.raises(GatewayError, match="acd run"):
        limits.check(Settings(), SimpleNamespace())


def test_what_was_compiled_is_enough_for_five_thousand_calls() -> None:
    limits.check(asking(5000, agents=1000))


def test_the_starter_is_told_what_is_wrong() -> None:
    exchange = Exchange()
    exchange.start()
    world = World(Post(), SystemClock(), exchange, exchange)
    wrong = Settings(sip=replace(Sip(), max_calls=6000))
    with pytest.raises(GatewayError, match="max_calls"):
        GatewayActor.start(world, wrong)
    exchange.stop()
