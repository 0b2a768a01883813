"""Where the stories of a call to a service begin, and what its caller and the seats say in them."""

from __future__ import annotations

from typing import Any

from actors.core.service.machine import new_service, step
from actors.core.service.state import ServiceTerms
from actors.core.wire.aors import Purpose
from actors.ids import AgentId, PromptId
from actors.messages import facts, sip
from actors.messages import media as rtp
from actors.messages.duty import LoginAnswer, LoginResult
from actors.messages.facts import Booked
from actors.messages.life import Begin
from actors.settings import Login, Prompt
from tests import callkit as kit
from tests.callkit import ADA, CALL, CALLER, Story, done
from tests.harness import phone_at

DEVICE = phone_at("sip:ada@192.0.2.11:5070")
SOURCE = "192.0.2.11"
PURPOSES = (
    *("ask_id", "ask_pin", "wrong", "accepted", "agent_elsewhere", "phone_taken", "locked"),
    *("goodbye", "logged_out", "nobody_here", "paused", "unpaused"),
    *("wrapup_ended", "wrapup_extended", "no_wrapup", "ask_reason"),
)
LOGIN = Login(prompts={purpose: Prompt(PromptId(purpose), purpose) for purpose in PURPOSES})
MUTE = Login(prompts={})


def terms(purpose: Purpose = Purpose.LOGIN, login: Login = LOGIN) -> ServiceTerms:
    return ServiceTerms(kit.caller(kit.incoming(user="acdlogin")), purpose, DEVICE, SOURCE, login)


def story(purpose: Purpose = Purpose.LOGIN, login: Login = LOGIN) -> Story:
    """A caller whose call is up."""
    telling = Story(new_service(terms(purpose, login)), step)
    telling.tell(Begin(), Booked(), kit.opened(), kit.confirmed())
    return telling


def keys(telling: Story, text: str) -> list[Any]:
    return done(telling.tell(*(key(digit) for digit in text)))


def said(telling: Story) -> list[Any]:
    """Let the prompt be said to its end."""
    return done(telling.tell(rtp.Played(CALLER, telling.of(rtp.Play)[-1].token)))


def answer(telling: Story, result: LoginResult, agent: AgentId = ADA) -> list[Any]:
    return done(telling.tell(LoginAnswer(CALL, agent, result)))


def prompts(effects: list[Any]) -> list[str]:
    return [str(p) for effect in effects if isinstance(effect, rtp.Play) for p in effect.prompts]


def finished(telling: Story) -> list[tuple[str, str, str]]:
    return [(f.result, f.reason, f.ended_by) for f in telling.of(facts.CallFinished)]


def key(digit: str, source: sip.KeySource = sip.KeySource.RTP) -> sip.DigitPressed:
    return sip.DigitPressed(CALLER, digit, source)
