"""SeatsActor: who sits at which phone; whoever logs on or off by phone is answered here."""

from __future__ import annotations

import logging
from typing import Any

from actors.core.seats.alarms import Alarms
from actors.core.seats.owncalls import OwnCalls
from actors.core.seats.roster import Lock, Roster, Seats
from actors.exchange.actor import Actor, World
from actors.ids import AgentId
from actors.messages import directory, duty
from actors.messages.by import By, by_agent
from actors.messages.duty import LoginResult, PhoneRequest
from actors.messages.phone import Phone
from actors.settings import Settings

logger = logging.getLogger(__name__)


def of_lock(lock: Lock, request: duty.LogIn) -> str:
    """Say that nobody logs on so for a while."""
    return (
        f"no log-ins {lock.whose} for {lock.seconds:.0f} s:"
        f" too many wrong numbers or PINs, the last from {request.source}"
    )


def of_claim(request: duty.AtPhone, agent: AgentId, phone: Phone) -> str:
    """Say that somebody calls under the name of a phone that is elsewhere."""
    return (
        f"no {request.request} from {request.source} as {request.phone.record}:"
        f" agent {agent} is logged on there from {phone.whence}"
    )


class SeatsActor(Actor):
    """Puts what the seats say into messages: to the phone that asks and to the agents."""

    def __init__(self, world: World, settings: Settings, seats: Seats | None = None) -> None:
        super().__init__(world)
        self._login = settings.login
        self.seats: Seats = seats or Roster(settings.agents, settings.login)
        self._alarms = Alarms()
        self._own_calls = OwnCalls()

    @property
    def log_name(self) -> str:
        """Who this is, in log lines."""
        return "seats"

    def handle(self, message: Any) -> None:  # noqa: C901 - one arrow each
        """Seat somebody, or do what is asked for at a phone."""
        match message:
            case duty.LogIn():
                self._log_in(message)
            case duty.LogOut(agent, by, reason):
                if self.seats.leave(agent):
                    self.post.to_agent(agent, duty.LoggedOut(agent, reason, by))
            case duty.AtPhone():
                self._at_phone(message)
            case duty.Restore():
                self._restore(message)
            case directory.AgentAdded(agent) | directory.AgentChanged(agent):
                self.seats.have(agent)
            case directory.AgentRemoved(agent, by):
                self._remove(agent, by)
            case duty.ServiceBegan(call, phone):
                self._own_calls.began(call, phone)
                self._tell_own_call(phone, duty.OwnCallBegan)
            case duty.ServiceEnded(call):
                if left := self._own_calls.ended(call):
                    self._tell_own_call(left, duty.OwnCallEnded)
            case _:
                logger.warning("%s: knows no %r", self.log_name, message)

    def handle_fault(self, message: Any) -> None:
        """Answer the phone that waits: nothing was done for it."""
        match message:
            case duty.LogIn(call, agent):
                self.post.to_call(call, duty.LoginAnswer(call, agent, LoginResult.WRONG))
            case duty.AtPhone(call, _, request):
                self.post.to_call(call, duty.AtPhoneAnswer(call, request, None))

    def _log_in(self, request: duty.LogIn) -> None:
        verdict = self.seats.log_in(request, self.world.clock.now())
        agent, phone = request.agent, request.phone
        if verdict.displaced is not None:
            reason = f"phone taken over by {agent}"
            left = duty.LoggedOut(verdict.displaced, reason, by_agent(agent))
            self.post.to_agent(verdict.displaced, left)
        if verdict.result is LoginResult.ACCEPTED:
            self.post.to_agent(agent, duty.LoggedIn(agent, phone, self._own_calls.at(phone)))
        for lock in verdict.locks:
            self._alarm(of_lock(lock, request))
        logger.info("agent %s: login at %s: %s", agent, phone, verdict.result)
        self.post.to_call(request.call, duty.LoginAnswer(request.call, agent, verdict.result))

    def _alarm(self, text: str) -> None:
        if line := self._alarms.line(text, self.world.clock.now()):
            logger.warning("security: %s", line)

    def _tell_own_call(
        self, phone: Phone, word: type[duty.OwnCallBegan | duty.OwnCallEnded]
    ) -> None:
        agent = self.seats.agent_at(phone)
        if agent is not None:
            self.post.to_agent(agent, word(agent))

    def _at_phone(self, request: duty.AtPhone) -> None:
        agent = self.seats.agent_at(request.phone)
        if agent is not None:
            self._do(agent, request)
            return
        if namesake := self.seats.namesake(request.phone):
            self._alarm(of_claim(request, *namesake))
        else:
            logger.info("%s at %s: nobody is logged on there", request.request, request.phone)
        self.post.to_call(request.call, duty.AtPhoneAnswer(request.call, request.request, None))

    def _do(self, agent: AgentId, request: duty.AtPhone) -> None:
        call = request.call
        match request.request:
            case PhoneRequest.LOGOUT:
                self.seats.leave(agent)
                self.post.to_agent(agent, duty.LoggedOut(agent, "phone"))
            case PhoneRequest.PAUSE:
                self.post.to_agent(agent, duty.Pause(agent, request.reason or "phone"))
            case PhoneRequest.UNPAUSE:
                self.post.to_agent(agent, duty.Unpause(agent))
            case PhoneRequest.END_WRAPUP:
                self.post.to_agent(agent, duty.EndWrapUp(agent, call=call))
                return
            case PhoneRequest.EXTEND_WRAPUP:
                seconds = self._login.extend_seconds
                self.post.to_agent(agent, duty.ExtendWrapUp(agent, seconds, call=call))
                return
        self.post.to_call(call, duty.AtPhoneAnswer(call, request.request, agent))

    def _remove(self, agent: AgentId, by: By) -> None:
        """Let the agent log on no more; one who is logged on leaves, at the end of a call."""
        if self.seats.lose(agent):
            self.post.to_agent(agent, duty.LoggedOut(agent, "removed", by))

    def _restore(self, known: duty.Restore) -> None:
        if self.seats.restore(known.agent, known.phone):
            self.post.to_agent(known.agent, known)
        else:
            logger.warning("agent %s: cannot be restored at %s", known.agent, known.phone)
