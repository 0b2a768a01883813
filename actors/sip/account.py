"""Our one account: who we are, and where we are registered."""

from __future__ import annotations

import logging
import random
import weakref
from typing import Protocol

import pjsua2

from actors.core.wire.message import address
from actors.core.wire.text import shown
from actors.core.wire.uri import SipUri
from actors.messages.phone import Hop
from actors.settings import Settings
from actors.sip import door
from actors.sip.guard import override
from actors.sip.ways import Way, Ways

logger = logging.getLogger(__name__)

MIN_SESSION_SECONDS = 90
"""RFC 4028, section 4: the shortest session interval a server may ask for."""

OWN_USER = "acd"
OK, REDIRECT = 200, 300
FIRST_RETRY, LONGEST_RETRY = 1.0, 60.0


class Callers(Protocol):
    """Who is told of a new call."""

    def arrived(self, account: pjsua2.Account, slot: int, text: str, came: Hop) -> None:
        """Take a new INVITE; `text` is the whole message, `came` where it came from."""


class Account(pjsua2.Account):
    """The director: hands events to its owners, which it does not keep alive."""

    log_name = "SIP account"

    def __init__(self, callers: Callers, registration: Registration, domain: str) -> None:
        """`domain` is the host in the From of calls that we make."""
        super().__init__()
        self.domain = domain
        self.user = registration.user or OWN_USER
        self.registered_as = f"sip:{registration.user}@{domain}" if registration.user else ""
        self._callers = weakref.ref(callers)
        self._registration = weakref.ref(registration)

    @override
    def onIncomingCall(self, prm: pjsua2.OnIncomingCallParam) -> None:  # noqa: N802 - PJSIP\'s name
        """Take a call; PJSIP answers 500 by itself where nobody does."""
        callers = self._callers()
        if callers:
            host, port = address(prm.rdata.srcAddress)
            came = Hop(host, port, door.transport(int(prm.rdata.pjRxData)))
            callers.arrived(self, prm.callId, prm.rdata.wholeMsg, came)

    @override
    def onRegState(self, prm: pjsua2.OnRegStateParam) -> None:  # noqa: N802 - PJSIP\'s name
        """Note what came of a REGISTER."""
        registration = self._registration()
        if registration:
            registration.answered(prm.code, shown(prm.reason), prm.expiration)

    @override
    def onIncomingSubscribe(self, prm: pjsua2.OnIncomingSubscribeParam) -> None:  # noqa: N802 - PJSIP\'s name
        """Refuse: nobody's presence is served here."""
        prm.code = 489

    def fault(self) -> None:
        """Count it."""
        registration = self._registration()
        if registration:
            registration.faults += 1


class Registration:
    """Keeps us registered: refreshed by the stack, tried again with back-off by us."""

    def __init__(self, settings: Settings, ways: Ways, rng: random.Random) -> None:
        self._settings = settings
        self._ways = ways
        self._rng = rng
        self._pause = FIRST_RETRY
        self._due: float | None = 0.0 if settings.sip.registration else None
        self._found: list[tuple[Way | None, str]] = []
        self._way: Way | None = None
        self._contact = ""
        self.faults = 0
        self.user = settings.sip.registration.user if settings.sip.registration else ""
        self.state = "registering" if settings.sip.registration else "off"
        self.why = ""

    def turn(
        self, account: pjsua2.Account, configuration: pjsua2.AccountConfig, now: float
    ) -> None:
        """Send what is due; `now` in monotonic seconds."""
        wanted = self._settings.sip.registration
        if wanted is None:
            return
        while self._found:
            way, why = self._found.pop()
            if way is None:
                self._failed(why)
            else:
                self._way = way
                self._register(account, configuration, way)
        if self.state == "failed" and self._due is None:
            self._due = now + self._pause * self._rng.uniform(0.75, 1.25)
            self._pause = min(2 * self._pause, LONGEST_RETRY)
        elif self._due is not None and now >= self._due:
            self._due = None
            self.state = "registering"
            registrar = SipUri.parse(wanted.registrar)
            self._ways.look_up(registrar, registrar, self._note)

    def _note(self, way: Way | None, why: str) -> None:
        self._found.append((way, why))

    def answered(self, code: int, reason: str, expiration: int) -> None:
        """Take the outcome of a REGISTER, or of its refresh."""
        success = OK <= code < REDIRECT
        if success and expiration > 0:
            if self.state != "registered":
                logger.info("registered with %s", self._registrar)
            self.state, self.why, self._pause = "registered", "", FIRST_RETRY
        elif success:
            self.state, self.why = "off", "unregistered"
        else:
            if self._way:
                self._ways.in_vain(self._way, code)
            self._failed(f"{code} {reason}")

    @property
    def _registrar(self) -> str:
        wanted = self._settings.sip.registration
        return wanted.registrar if wanted else ""

    def _failed(self, why: str) -> None:
        logger.warning("registration with %s failed: %s", self._registrar, why)
        self.state, self.why = "failed", why

    def _register(
        self, account: pjsua2.Account, configuration: pjsua2.AccountConfig, way: Way
    ) -> None:
        """Register, with the Contact that leads back to us from the registrar."""
        contact = self._ways.contact(self.user, way.first)
        try:
            if contact != self._contact:
                self._contact = contact
                # PJSIP keeps to the Contact with which it began, until the registrar is another.
                for registrar in ("", self._registrar):
                    configuration.regConfig.registrarUri = registrar
                    account.modify(configuration)
            with self._ways.registers(account, contact):
                account.setRegistration(True)
        except pjsua2.Error as error:
            self._failed(error.reason)


def configure(settings: Settings, domain: str) -> pjsua2.AccountConfig:
    """Return our account: without its registrar, whose address is not known yet."""
    wanted = pjsua2.AccountConfig()
    registration = settings.sip.registration
    user = registration.user if registration else OWN_USER
    wanted.idUri = f"sip:{user}@{domain}"
    wanted.regConfig.registerOnAdd = False
    wanted.regConfig.disableRegOnModify = True
    wanted.regConfig.retryIntervalSec = 0
    wanted.regConfig.unregWaitMsec = 200
    if registration:
        wanted.regConfig.timeoutSec = registration.expires
        wanted.sipConfig.authCreds.append(
            pjsua2.AuthCredInfo(
                "digest", registration.realm, registration.user, 0, registration.password
            )
        )
    seconds = settings.sip.session_expires
    wanted.callConfig.timerUse = (
        pjsua2.PJSUA_SIP_TIMER_OPTIONAL if seconds else pjsua2.PJSUA_SIP_TIMER_INACTIVE
    )
    wanted.callConfig.timerMinSESec = MIN_SESSION_SECONDS
    wanted.callConfig.timerSessExpiresSec = max(seconds, MIN_SESSION_SECONDS)
    # Our pump carries the sound: no sockets of PJSIP's own, no re-INVITE to agree on one codec.
    wanted.mediaConfig.useLoopMedTp = True
    wanted.mediaConfig.lockCodecEnabled = False
    wanted.natConfig.contactRewriteUse = 0
    wanted.natConfig.sdpNatRewriteUse = 0
    # A Contact of TCP names the port at which we listen: to find out another one, PJSIP would dial,
    # and ask the DNS, and wait.
    wanted.natConfig.contactUseSrcPort = 0
    return wanted
