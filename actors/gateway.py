"""The gateway: SIP on one side, messages on the other; owns the SIP stack on its one thread."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Self

import pjsua2
import pykka

from actors.core.wire.codecs import ours
from actors.core.wire.uri import SipUri
from actors.exchange.actor import Actor, World
from actors.ids import Leg
from actors.messages.life import Undelivered
from actors.messages.message import Message
from actors.messages.presence import Unwatch, Watch
from actors.messages.roles import ToCall
from actors.messages.sip import (
    Answer,
    Dial,
    GatewayState,
    GetGatewayState,
    HangUp,
    Incoming,
    LegEnded,
    Probe,
    Refuse,
    SayGoodbye,
    StopTaking,
    TraceSip,
)
from actors.settings import Settings
from actors.sip import clib, limits, trace
from actors.sip.account import Account, Registration, configure
from actors.sip.dialogs import Dialogs
from actors.sip.doorkeeper import Doorkeeper
from actors.sip.goodbye import Goodbye
from actors.sip.hosts import Hosts
from actors.sip.incoming import Arrivals, Reception
from actors.sip.legs import Legs
from actors.sip.limits import GatewayError
from actors.sip.memory import Ebb, give_back
from actors.sip.outgoing import Dialler
from actors.sip.stack import Stack, our_address
from actors.sip.system_dns import SystemDns
from actors.sip.watches import Watches
from actors.sip.ways import Ways

logger = logging.getLogger(__name__)

START_SECONDS = 15.0
LONGEST_PAUSE = 0.05
"""Seconds: PJSIP's own timers are looked at when it is turned, so it is turned this often."""

UNANSWERED_SECONDS = 32.0
"""A caller about whom nothing has been decided by then gets 503."""

BETWEEN_LOOKS = 0.005
"""How often the slots of legs that are ending are looked at."""

BETWEEN_ROUNDS = 0.02
"""How often subscriptions and registration are looked at."""


class Undecided(Message, frozen=True):
    """Time enough for this caller to have been answered or refused."""

    leg: Leg


class GatewayActor(Actor):
    """Everything SIP. `start` raises GatewayError where SIP cannot be served."""

    def __init__(self, world: World, settings: Settings, started: Future[None]) -> None:
        super().__init__(world)
        limits.check(settings)
        self.settings = settings
        self.started = started
        self.hosts = Hosts(SystemDns(), settings.sip.transports, self._soon)
        self.keeper = Doorkeeper(settings.sip, self.hosts, self.post.to_journal)
        self.ways = Ways(self.hosts, self.keeper.door, settings)
        self.stack = Stack(settings, self.keeper.door)
        self.rng = random.Random()  # noqa: S311 - jitter, no secret
        self.dialogs = Dialogs(self._tell_call, self.keeper.left)
        self.legs = Legs(self.dialogs, ours(settings.media.codecs), self.keeper.confirmed)
        # What comes before the call's actor is there, a CANCEL, waits in the call's mailbox.
        reception = Reception(self.post.expect_call, self._announce, self.post.remove_call)
        self.arrivals = Arrivals(self.dialogs, self.legs, self.keeper, reception, world.ids)
        self.watches = Watches(
            SipUri.parse(server) if (server := settings.presence.server) else None,
            self.ways,
            self.post.to_agent,
            self.rng,
            world.clock.now,
        )
        self.registration = Registration(settings, self.ways, self.rng)
        self.account: Account | None = None
        self.goodbye: Goodbye | None = None
        self.ebb = Ebb()
        self.descriptor = -1
        self._next_round = 0.0
        self._behind_since = time.monotonic()
        """When all that SIP brought had been taken in last."""

    @classmethod
    def start(cls, *args: Any, **kwargs: Any) -> pykka.ActorRef[Self]:
        """Start the actor and wait until it serves SIP."""
        started: Future[None] = Future()
        ref = super().start(*args, started=started, **kwargs)
        try:
            started.result(START_SECONDS)
        except BaseException:
            ref.stop(block=False)
            raise
        return ref

    # -- life

    def on_start(self) -> None:
        """Bring SIP up; what fails is told to the starter (Pykka would only log it)."""
        try:
            self._open()
        except pjsua2.Error as error:
            # Its traceback holds objects of pjsua2, which must not leave this thread.
            self.started.set_exception(GatewayError(f"SIP does not start: {error.reason}"))
        except Exception as error:  # noqa: BLE001 - raised at the starter
            self.started.set_exception(error)
        else:
            self.started.set_result(None)

    def _open(self) -> None:
        registration = self.settings.sip.registration
        registrar = SipUri.parse(registration.registrar).host if registration else ""
        domain = self.settings.sip.domain or registrar or our_address(self.settings)
        self.stack.open()
        trace.switch(on=self.settings.sip.trace)
        self.configuration = configure(self.settings, domain)
        self.account = Account(self.arrivals, self.registration, domain)
        self.account.create(self.configuration)
        self.dialler = Dialler(
            self.dialogs, self.legs, self.account, self.ways, self.keeper.rights_of
        )
        self.descriptor = self.stack.descriptor()
        self.served = self.exchange.serve(self.descriptor, self._turn)

    def on_stop(self) -> None:
        """End the stack: legs and subscriptions first, of which SayGoodbye has left none."""
        if self.descriptor >= 0:
            self.exchange.forget(self.descriptor)
        self.hosts.stop()
        self.keeper.tell_refusals(self.world.clock.now())
        self.dialogs.drop_all()
        self.watches.drop_all()
        try:
            if self.account is not None:
                self.account.shutdown2(pjsua2.AccountShutdownParam())
        except pjsua2.Error as error:
            # An account with a call to a dead phone cannot be deleted; the library can be ended.
            logger.info("SIP ends with calls up: %s", error.reason)
            error.__traceback__ = None
        self.stack.close()
        self.account = None

    def _turn(self) -> float:
        """Serve SIP once; never raises, for it runs outside of Pykka's guard."""
        try:
            return self._serve()
        except Exception:
            self.faults += 1
            logger.exception("SIP turn failed")
            return LONGEST_PAUSE

    def _serve(self) -> float:
        now = time.monotonic()
        if caught_up := self.stack.turn():
            self._behind_since = now
        self.keeper.door.taken_in()
        self.keeper.look(max(self.exchange.late(now), now - self._behind_since), now)
        ending = self.dialogs.turn(now)
        if now >= self._next_round and self.account is not None:
            self._next_round = now + BETWEEN_ROUNDS
            self.arrivals.turn(now)
            if caught_up:  # an answer that waits to be read has come
                self.dialler.turn(now)
            self.keeper.turn(now, self.dialogs.callers)
            self.watches.turn(self.account)
            self.registration.turn(self.account, self.configuration, now)
            if self.ebb.fell(clib.transaction_count()):
                self.exchange.aside(give_back, "memory")
            if self.goodbye is not None:
                self.goodbye.go_on(now)
        if not caught_up:
            return 0.0
        return BETWEEN_LOOKS if ending or self.goodbye else LONGEST_PAUSE

    # -- messages

    def handle(self, message: Any) -> Any:
        """Do one command; what it leaves to do once PJSIP's callback has returned is done soon."""
        self.served.soon()
        match message:
            case Answer():
                self.arrivals.answer(message)
            case Refuse():
                self.arrivals.refuse(message)
            case Dial():
                self.dialler.dial(message)
            case HangUp():
                self.legs.hang_up(message)
            case Probe():
                self.legs.probe(message)
            case _:
                return self._handle_other(message)
        return None

    def _handle_other(self, message: Any) -> Any:
        match message:
            case Watch():
                self.watches.watch(message)
            case Unwatch():
                self.watches.unwatch(message)
            case SayGoodbye():
                self._say_goodbye()
            case StopTaking():
                self.keeper.door.shut("stopping", message.retry_after)
            case TraceSip():
                trace.switch(on=message.on)
            case Undecided():
                self.arrivals.refuse(Refuse(message.leg, 503))
            case Undelivered():
                self._undelivered(message.message)
            case GetGatewayState():
                return self._state()
            case _:
                logger.warning("gateway: unknown message %r", message)
        return None

    def _say_goodbye(self) -> None:
        """Begin to end all that others know of; GatewayState says when it is done."""
        if self.goodbye is None and self.account is not None:
            parts = (self.dialogs, self.watches, self.registration, self.account)
            self.goodbye = Goodbye(*parts, time.monotonic())

    def handle_fault(self, message: Any) -> None:
        """End the leg whose command failed."""
        leg = getattr(message, "leg", None)
        if isinstance(leg, Leg):
            self.dialogs.fault(leg)

    def _state(self) -> GatewayState:
        return GatewayState(
            registration=self.registration.state,
            why=self.registration.why,
            legs=len(self.dialogs),
            stack_calls=clib.call_count(),
            transactions=clib.transaction_count(),
            max_calls=self.settings.sip.max_calls,
            subscriptions=len(self.watches),
            exchange=self.exchange.state(),
            overloaded=self.keeper.overloaded,
            left=self.goodbye is not None and self.goodbye.done,
            faults=(
                self.faults + self.dialogs.faults + self.watches.faults + self.registration.faults
            ),
        )

    def _soon(self, action: Callable[[], None]) -> None:
        """Do something on the SIP thread; called from any other."""
        self.exchange.post(None, action)

    # -- told to others

    def _announce(self, message: Incoming) -> None:
        logger.debug("call %s: for %s from %s", message.leg.call, message.user, message.source[0])
        self.post.to_switchboard(message)
        self.after(UNANSWERED_SECONDS, Undecided(message.leg))

    def _tell_call(self, leg: Leg, message: ToCall) -> None:
        self.post.to_call(leg.call, message, self.actor_ref)

    def _undelivered(self, message: Any) -> None:
        """End a leg whose call has gone without a word: nobody else ever would."""
        if not isinstance(message, LegEnded):
            self.legs.hang_up(HangUp(message.leg))
