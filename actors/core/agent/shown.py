"""An agent in the one word that REST and the journal tell; free is who is shown idle. Pure."""

from __future__ import annotations

from actors.core.agent.phone import Report
from actors.core.agent.state import Closing, Offered, OnCall, Rules, State, WrapUp
from actors.messages.presence import Presence


def shown(state: State, rules: Rules) -> str:
    """Return the agent's state in one word. Own leg and lease win over presence."""
    return of_work(state) or of_hindrance(state) or of_phone(state.report, rules)


def of_work(state: State) -> str:
    """Return what the agent does under our lease or after it; empty where nothing."""
    match state.work:
        case Offered(alerting=True):
            return "ringing"
        case Offered():
            return "reserved"
        case OnCall():
            return "oncall"
        case WrapUp() if state.phone:
            return "wrapup"
        case _:
            return ""


def of_hindrance(state: State) -> str:
    """Return what of our own stands between the agent and a call; empty where nothing."""
    if not state.phone:
        return "loggedout"
    if state.paused is not None:
        return "paused"
    if state.not_responding:
        return "notresponding"
    if state.cooldown is not None or state.own_call is not None:
        return state.cooldown.shown if state.cooldown else "busy"
    match state.work:
        case Closing(alerting=alerting):
            return "ringing" if alerting else "reserved"
        case _:
            return ""


def of_phone(report: Report, rules: Rules) -> str:
    """Return what the phone makes of an agent whom nothing else keeps from a call."""
    match report.presence:
        case Presence.UNAVAILABLE:
            return "unavailable"
        case Presence.RINGING | Presence.BUSY:
            return "busy"
        case Presence.UNKNOWN if rules.subscribe and not report.presumed:
            return "unknown"
        case _:
            return "idle"
