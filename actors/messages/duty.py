"""Between calls, the seats and agents: logging on and off, breaks, and where one sat before."""

from __future__ import annotations

from enum import StrEnum

from actors.ids import AgentId, CallId, QueueName
from actors.messages.by import By
from actors.messages.message import Message
from actors.messages.phone import Phone


class LoginResult(StrEnum):
    """What a login attempt came to."""

    ACCEPTED = "accepted"
    PIN_NEEDED = "pin-needed"
    WRONG = "wrong"
    AGENT_ELSEWHERE = "agent-elsewhere"
    PHONE_TAKEN = "phone-taken"
    LOCKED = "locked"


class LogIn(Message, frozen=True):
    """call -> seats: this agent wants to sit at this phone. `pin` None where not yet asked for.

    `source` is who answers for the call, whatever that says of itself: an address, as a rule.
    """

    call: CallId
    agent: AgentId
    pin: str | None
    phone: Phone
    source: str


class LoginAnswer(Message, frozen=True):
    """seats -> call: what came of LogIn."""

    call: CallId
    agent: AgentId
    result: LoginResult


class PhoneRequest(StrEnum):
    """What an agent may ask for from the phone by dialling an AOR, beside logging in."""

    LOGOUT = "logout"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    END_WRAPUP = "end-wrapup"
    EXTEND_WRAPUP = "extend-wrapup"


class AtPhone(Message, frozen=True):
    """call -> seats: whoever is logged on at this phone wants this; `source` as in LogIn.

    `reason` is that of a break.
    """

    call: CallId
    phone: Phone
    request: PhoneRequest
    source: str
    reason: str = ""


class AtPhoneAnswer(Message, frozen=True):
    """seats or agent -> call: done for this agent, or nobody (None) is logged on at that phone.

    `done` is False where the agent has nothing to end or to extend.
    """

    call: CallId
    request: PhoneRequest
    agent: AgentId | None
    done: bool = True


class ServiceBegan(Message, frozen=True):
    """switchboard -> seats: this phone is in a call to one of our services."""

    call: CallId
    phone: Phone


class ServiceEnded(Message, frozen=True):
    """switchboard -> seats: that call is over, however it ended; or call -> seats: as good as over.

    So it is where the phone leaves our BYE unanswered.
    """

    call: CallId


class OwnCallBegan(Message, frozen=True):
    """seats -> agent: your phone is in a call of its own, to one of our services."""

    agent: AgentId


class OwnCallEnded(Message, frozen=True):
    """seats -> agent: your phone is in no such call any more."""

    agent: AgentId


class LoggedIn(Message, frozen=True):
    """seats -> agent: you sit at this phone now; `in_call`: it is in a call of its own.

    `by` is who wants it, here and below: None where that is the agent himself.
    """

    agent: AgentId
    phone: Phone
    in_call: bool = False
    by: By | None = None


class LogOut(Message, frozen=True):
    """http or agent -> seats: the agent is to leave his phone, of which LoggedOut tells him then.

    Nothing happens where he is logged on nowhere.
    """

    agent: AgentId
    by: By
    reason: str = "api"


class LoggedOut(Message, frozen=True):
    """seats -> agent: you have left; a call in progress goes on to its end."""

    agent: AgentId
    reason: str
    by: By | None = None


class Pause(Message, frozen=True):
    """seats or http -> agent: no calls until unpaused; takes effect at the end of a call.

    Who asks (http) hears Done, or Refused where the agent is not logged on, or the configuration
    names reasons and not this one.
    """

    agent: AgentId
    reason: str
    by: By | None = None


class Unpause(Message, frozen=True):
    """seats or http -> agent: calls again, from the tail of the idle order."""

    agent: AgentId
    by: By | None = None


class EndWrapUp(Message, frozen=True):
    """seats or http -> agent: the work after the call is done: calls again, idle from now.

    `call` is the service call by which the agent wants it, here and below: it hears AtPhoneAnswer.
    Who asks (http) hears Done, or Refused where there is no wrap-up.
    """

    agent: AgentId
    by: By | None = None
    call: CallId | None = None


class ExtendWrapUp(Message, frozen=True):
    """seats or http -> agent: so many `seconds` more after the call than were left."""

    agent: AgentId
    seconds: float
    by: By | None = None
    call: CallId | None = None


class Done(Message, frozen=True):
    """agent -> who asked: it is as was wished."""

    agent: AgentId


class Refused(Message, frozen=True):
    """agent -> who asked: not done; `why` in words, `key` what of the wish is wrong, if any is."""

    agent: AgentId
    why: str
    key: str = ""


class Restore(Message, frozen=True):
    """root -> seats -> agent, at start: as the journal last knew you.

    All moments in monotonic seconds; they may be over. `cut_off`: the last run's end found you on a
    call, at `idle_since`; `call` and `queue` are that one's, or those of the wrap-up. `cooldown` is
    what is shown until then; `by` who paused you. `calls` answered and seconds `talked`
    are since you logged on.
    """

    agent: AgentId
    phone: Phone
    idle_since: float
    paused: str | None = None
    cut_off: bool = False
    strikes: int = 0
    not_responding: bool = False
    wrapup_until: float | None = None
    cooldown_until: float | None = None
    cooldown: str | None = None
    call: CallId | None = None
    queue: QueueName | None = None
    by: By | None = None
    calls: int = 0
    talked: float = 0.0
