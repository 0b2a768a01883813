"""Actors in the places of gateway, media and journal: the outside world is scripted, nothing else.

They keep the contract of those they stand for: one LegEnded for each leg, one Opened for each Open,
one Closed for each Close, Booked as soon as a call has entered.
"""

from __future__ import annotations

from typing import Any

from actors.exchange.actor import Actor, World
from actors.ids import Leg
from actors.messages import media, presence, sip
from actors.messages.facts import Booked, CallEntered, Fact
from actors.messages.message import Message
from actors.simulation.callers import Callers
from actors.simulation.phones import Phones

PROMPT_SECONDS = 3.0
"""How long each prompt takes to be said."""

FIRST_PORT = 40000


class Network(Actor):
    """The gateway's place: what is wanted of SIP reaches callers and phones."""

    def __init__(self, world: World, callers: Callers, phones: Phones) -> None:
        super().__init__(world)
        self._callers = callers
        self._phones = phones

    def handle(self, message: Any) -> None:
        """Let the message reach its far side."""
        match message:
            case sip.Answer(leg):
                self._callers.answered(leg.call)
            case sip.HangUp(leg) | sip.Refuse(leg) if not leg.number:
                self._callers.hung_up_on(leg.call)
            case sip.HangUp(leg):
                self._phones.hang_up(leg)
            case sip.Dial(leg, uri):
                self._phones.dial(leg, uri)
            case sip.Probe(leg):
                self._phones.probe(leg)
            case presence.Watch(agent, uri):
                self._phones.watch(agent, uri)
            case presence.Unwatch(agent):
                self._phones.watch_no_more(agent)


class Said(Message, frozen=True):
    """The prompts of this Play have been said."""

    leg: Leg
    token: int


class Sound(Actor):
    """The media actor's place: sessions open and close, and who is bridged talks."""

    def __init__(self, world: World, callers: Callers, phones: Phones) -> None:
        super().__init__(world)
        self.open: set[Leg] = set()
        self._callers = callers
        self._phones = phones

    def handle(self, message: Any) -> None:
        """Answer as the media actor does."""
        match message:
            case media.Open(leg):
                self.open.add(leg)
                opened = media.Opened(leg, "192.0.2.9", FIRST_PORT + 2 * leg.number)
                self.post.to_call(leg.call, opened)
            case media.Close(leg):
                self.open.remove(leg)
                self.post.to_call(leg.call, media.Closed(leg, media.LegFigures()))
            case media.Play(leg, prompts, token):
                if leg.number:
                    self._phones.briefed(leg)
                self.after(PROMPT_SECONDS * len(prompts), Said(leg, token))
            case Said(leg, token) if leg in self.open:
                self.post.to_call(leg.call, media.Played(leg, token))
            case media.Bridge(one, other):
                self._bridge(one, other)
            case media.Unbridge(leg):
                self._callers.waits_again(leg.call)

    def _bridge(self, caller: Leg, agent: Leg) -> None:
        guest = self._callers.connected(caller.call)
        if guest is not None:
            says = guest.caller
            self._phones.talks(agent, says.talk, hangs_up=says.agent_ends)


class Book(Actor):
    """The journal's place: it keeps all facts, in order."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.facts: list[Fact] = []

    def handle(self, message: Any) -> None:
        """Keep the fact; a call that has entered is told so."""
        self.facts.append(message)
        if isinstance(message, CallEntered):
            self.post.to_call(message.call, Booked())
