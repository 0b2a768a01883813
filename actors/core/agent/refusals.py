"""Why what somebody wants of an agent is not done, in words for whoever asked. Pure."""

from __future__ import annotations

from actors.core.agent.events import Event
from actors.core.agent.state import Rules, State, WrapUp, pass_time
from actors.messages import duty


def refusal(state: State, event: Event, now: float, rules: Rules) -> str:
    """Return why the event, a wish, is not done; empty where it is, or where it is no wish."""
    match event:
        case duty.EndWrapUp() | duty.ExtendWrapUp():
            if not isinstance(pass_time(state, now, rules).work, WrapUp):
                return f"agent {rules.agent} is in no wrap-up"
        case duty.Pause() | duty.Unpause() if state.phone is None:
            return f"agent {rules.agent} is not logged on"
        case duty.Pause(reason=reason) if not rules.may_pause_for(reason):
            known = ", ".join(rules.pause_reasons)
            return f'there is no pause reason "{reason}"; known: {known}'
    return ""
