"""Why what somebody wants of an agent is not done, in words for whoever asked. Pure."""

from __future__ import annotations

from actors.core.agent.events import Event
from actors.core.agent.state import Rules, State, WrapUp, pass_time
from actors.messages import duty

WISHES = (duty.Pause, duty.Unpause, duty.EndWrapUp, duty.ExtendWrapUp)
"""What is answered by Done, where it is not refused."""


def refusal(state: State, event: Event, now: float, rules: Rules) -> duty.Refused | None:
    """Return why the event, a wish, is not done; None where it is, or where it is no wish."""
    agent = rules.agent
    match event:
        case duty.EndWrapUp() | duty.ExtendWrapUp():
            if not isinstance(pass_time(state, now, rules).work, WrapUp):
                return duty.Refused(agent, f"agent {agent} is in no wrap-up")
        case duty.Pause() | duty.Unpause() if state.phone is None:
            return duty.Refused(agent, f"agent {agent} is not logged on")
        case duty.Pause(reason=reason) if not rules.may_pause_for(reason):
            known = ", ".join(rules.pause_reasons)
            why = f'there is no pause reason "{reason}"; known: {known}'
            return duty.Refused(agent, why, "reason")
    return None
