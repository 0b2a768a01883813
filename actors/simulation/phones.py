"""Agents' phones on a simulated day: they ring, are answered or not, talk, die, and tell presence.

What a phone does at an attempt is drawn from the day's seed and the leg's name: one attempt more or
less, or another rule of the server's, changes nothing of all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from actors.core.wire.codecs import ours
from actors.core.wire.uri import SipUri
from actors.exchange.actor import World
from actors.ids import AgentId, Leg
from actors.messages import media, presence, sip
from actors.messages.phone import Phone
from actors.settings import Settings
from actors.simulation.agenda import Agenda
from actors.simulation.callers import EVENTS_PAYLOAD, OK, RTP_PORT, TERMINATED
from actors.simulation.day import Day, Does
from actors.simulation.spread import draw

ADDRESS = "192.0.2.2"
"""Where all phones are, an address for examples (RFC 5737)."""

REFUSALS = {Does.BUSY: 486, Does.DECLINES: 603, Does.FAILS: 488, Does.MISSING: 404}

PRESS_SECONDS = 1.5
"""How long an agent takes to press the key by which he takes a call, or another."""
OTHER_KEY = "D"

BOOT_SECONDS = 45.0
"""How long a phone that was without power takes until it has registered again."""

TIMED_OUT = 408
STACK_SECONDS = 32.0
"""When a SIP stack gives up (64 * T1: RFC 3261, section 17.1.1.2)."""


OfPhone = (
    sip.Dialled
    | sip.HangUpSent
    | sip.LegRinging
    | sip.LegAnswered
    | sip.LegEnded
    | sip.Alive
    | sip.DigitPressed
    | media.MediaSilent
)


@dataclass(slots=True)
class Device:
    """One agent's phone: the leg it has of ours, whether it is in a call of its own, or `off`."""

    agent: AgentId
    uri: SipUri
    leg: Leg | None = None
    own_call: bool = False
    off: bool = False
    watched: bool = False


@dataclass(slots=True)
class Dialled:
    """One leg to a phone that is not over; one that is `gone` answers nothing."""

    device: Device
    does: Does
    up: bool = False
    gone: bool = False
    hung_up: bool = False


def phone_of(agent: AgentId) -> Phone:
    """Return the phone at which an agent sits."""
    return Phone.at(SipUri("sip", f"phone-{agent}", ADDRESS))


class Phones:
    """The far sides of all legs to agents."""

    def __init__(self, world: World, agenda: Agenda, settings: Settings, day: Day) -> None:
        self.legs: dict[Leg, Dialled] = {}
        self.doubled = 0
        """How often a phone was dialled that was in another call of ours."""
        self._habits = day.habits
        self._seed = day.seed
        self._world = world
        self._agenda = agenda
        self._silent_seconds = settings.media.silent_seconds
        self._key = settings.accept.key
        self._media = sip.Media(ADDRESS, RTP_PORT, ours(settings.media.codecs), EVENTS_PAYLOAD)
        devices = (Device(agent.id, phone_of(agent.id).uri) for agent in settings.agents)
        self._devices = {device.uri: device for device in devices}

    # -- the server's wishes

    def dial(self, leg: Leg, uri: SipUri) -> None:
        """Let the INVITE reach the phone."""
        device, habits = self._devices[uri], self._habits
        chance = Random(f"{self._seed} {leg}")  # noqa: S311 - no secret
        [does] = chance.choices(list(habits.does), list(habits.does.values()))
        if device.leg is not None or device.own_call:
            self.doubled += device.leg is not None
            does = Does.BUSY
        if device.off:
            does = Does.SILENT
        self.legs[leg] = Dialled(device, does, gone=does is Does.SILENT)
        self._tell(leg, sip.Dialled(leg))
        if does is Does.SILENT:
            return
        if (code := REFUSALS.get(does)) is not None:
            self._later(habits.round_trip, leg, lambda: self._end(leg, code))
            return
        device.leg = leg
        self._later(habits.round_trip, leg, lambda: self._ring(leg))
        if does is not Does.RINGS:
            after = habits.round_trip + draw(habits.answers_after, chance)
            self._later(after, leg, lambda: self._answer(leg))

    def hang_up(self, leg: Leg) -> None:
        """Let our CANCEL or BYE reach the phone."""
        dialled = self.legs.get(leg)
        if dialled is None or dialled.hung_up:
            return
        dialled.hung_up = True
        self._tell(leg, sip.HangUpSent(leg))
        code = OK if dialled.up else TERMINATED
        us = sip.EndedBy.US
        if dialled.gone:
            self._later(STACK_SECONDS, leg, lambda: self._end(leg, TIMED_OUT, us, quiet=False))
        else:
            self._later(self._habits.round_trip, leg, lambda: self._end(leg, code, us))

    def probe(self, leg: Leg) -> None:
        """Let our OPTIONS reach the phone."""
        dialled = self.legs.get(leg)
        if dialled is not None and not dialled.gone:
            self._later(self._habits.round_trip, leg, lambda: self._tell(leg, sip.Alive(leg)))

    def watch(self, agent: AgentId, uri: SipUri) -> None:
        """Tell the phone's presence from now on."""
        device = self._devices[uri]
        device.watched = True
        self._show(agent, device)

    def watch_no_more(self, agent: AgentId) -> None:
        """Tell it no more."""
        self._devices[phone_of(agent).uri].watched = False

    def briefed(self, leg: Leg) -> None:
        """Let who has picked up hear which call it is, and mostly take it by its key."""
        dialled = self.legs.get(leg)
        if dialled is None or dialled.does is Does.MAILBOX:
            return
        key = OTHER_KEY if dialled.does is Does.OTHER_KEY else self._key
        pressed = sip.DigitPressed(leg, key, sip.KeySource.RTP)
        self._later(PRESS_SECONDS, leg, lambda: self._tell(leg, pressed))

    # -- what goes on at the phone

    def talks(self, leg: Leg, seconds: float, *, hangs_up: bool) -> None:
        """Let the agent talk with a caller, and hang up after so long where that is his to do."""
        if self.legs[leg].does is Does.DIES:
            self._later(seconds / 2, leg, lambda: self._die(leg))
        elif hangs_up:
            self._later(seconds, leg, lambda: self._end(leg, OK))

    def own_call(self, agent: AgentId, *, begins: bool) -> None:
        """Let the agent call somebody himself, where no other call keeps the phone busy."""
        device = self._devices[phone_of(agent).uri]
        if not begins or device.leg is None:
            device.own_call = begins
            self._show(agent, device)

    def _ring(self, leg: Leg) -> None:
        dialled = self.legs[leg]
        if not dialled.hung_up:
            self._tell(leg, sip.LegRinging(leg, alerting=True))
            self._show(dialled.device.agent, dialled.device, ringing=True)

    def _answer(self, leg: Leg) -> None:
        dialled = self.legs[leg]
        if not dialled.hung_up:
            dialled.up = True
            self._tell(leg, sip.LegAnswered(leg, self._media))
            self._show(dialled.device.agent, dialled.device)

    def _die(self, leg: Leg) -> None:
        """Let the phone be without power, and in a while as new: it knows no call any more."""
        dialled = self.legs[leg]
        device = dialled.device
        dialled.gone = device.off = True
        device.leg = None
        self._fall_silent(leg)

        def come_back() -> None:
            device.off = False
            self._show(device.agent, device)

        self._agenda.at_moment(self._agenda.now() + BOOT_SECONDS, come_back)

    def _fall_silent(self, leg: Leg) -> None:
        """Let the pump tell, again and again, that nothing is heard."""

        def tell() -> None:
            if not self.legs[leg].hung_up:
                self._tell(leg, media.MediaSilent(leg, self._silent_seconds))
                self._fall_silent(leg)

        self._later(self._silent_seconds, leg, tell)

    def _end(
        self, leg: Leg, code: int, by: sip.EndedBy = sip.EndedBy.REMOTE, *, quiet: bool = True
    ) -> None:
        """Let the leg be over."""
        dialled = self.legs.pop(leg)
        device = dialled.device
        if device.leg == leg:
            device.leg = None
            self._show(device.agent, device)
        self._tell(leg, sip.LegEnded(leg, code, "", by, quiet))

    def _show(self, agent: AgentId, device: Device, *, ringing: bool = False) -> None:
        """Let the NOTIFY come, where somebody has subscribed."""
        if device.off or not device.watched:
            return
        if device.leg is None and not device.own_call:
            self._world.post.to_agent(agent, presence.PresenceIdle(agent, device.uri))
        else:
            self._world.post.to_agent(agent, presence.PresenceBusy(agent, device.uri, ringing))

    def _later(self, seconds: float, leg: Leg, action: Callable[[], None]) -> None:
        """Do this in so many seconds, where the leg is not over by then."""

        def do() -> None:
            if leg in self.legs:
                action()

        self._agenda.at_moment(self._agenda.now() + seconds, do)

    def _tell(self, leg: Leg, event: OfPhone) -> None:
        self._world.post.to_call(leg.call, event)
