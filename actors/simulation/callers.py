"""The callers of a simulated day: they dial, wait as long as they are patient, talk and hang up."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from actors.core.wire.codecs import ours
from actors.core.wire.uri import SipUri
from actors.exchange.actor import World
from actors.ids import CallId, Leg
from actors.messages import sip
from actors.settings import Settings
from actors.simulation.agenda import Agenda
from actors.simulation.day import Caller

ADDRESS = "192.0.2.1"
"""Where all callers are, an address for examples (RFC 5737)."""

PORT = 5060
RTP_PORT = 4000
EVENTS_PAYLOAD = 101
"""What most phones send keys with (RFC 4733)."""

TERMINATED = 487
OK = 200


@dataclass(slots=True)
class Guest:
    """A caller whose leg is not over; what he had in mind for an older `stage` he forgets."""

    caller: Caller
    leg: Leg
    answered: bool = False
    stage: int = 0


class Callers:
    """The far sides of all callers' legs."""

    def __init__(self, world: World, agenda: Agenda, settings: Settings, round_trip: float) -> None:
        self.guests: dict[CallId, Guest] = {}
        self._world = world
        self._agenda = agenda
        self._round_trip = round_trip
        own = ours(settings.media.codecs)
        self._media = sip.Media(ADDRESS, RTP_PORT, own, dtmf=EVENTS_PAYLOAD)

    def dial(self, caller: Caller) -> None:
        """Let the INVITE come."""
        call = self._world.ids.call()
        guest = self.guests[call] = Guest(caller, Leg(call, 0))
        number = SipUri("sip", f"5{len(self.guests):06}", ADDRESS)
        self._world.post.expect_call(call)
        self._world.post.to_switchboard(
            sip.Incoming(
                guest.leg,
                sip_call_id=f"{call}@{ADDRESS}",
                user=caller.queue,
                caller=sip.Party(number),
                called=sip.Party(SipUri("sip", caller.queue, "acd.invalid")),
                contact=sip.Party(number),
                asserted=None,
                remote=self._media,
                source=(ADDRESS, PORT),
                at=self._agenda.now(),
                rights=sip.Rights(may_call=True),
            )
        )
        self._wait(guest)

    def answered(self, call: CallId) -> None:
        """Let the ACK to our 200 come."""
        guest = self.guests.get(call)
        if guest is not None and not guest.answered:
            self._later(self._round_trip, guest, self._confirm, staged=False)

    def connected(self, call: CallId) -> Guest | None:
        """Let the caller hear an agent; return who he is, None where he has hung up."""
        guest = self.guests.get(call)
        if guest is not None:
            guest.stage += 1
            if not guest.caller.agent_ends:
                self._later(guest.caller.talk, guest, self.hang_up)
        return guest

    def waits_again(self, call: CallId) -> None:
        """Let the caller hear music again: he begins anew to be patient."""
        guest = self.guests.get(call)
        if guest is not None:
            self._wait(guest)

    def lose_agent(self, guest: Guest) -> None:
        """Let the caller hear nobody any more, and stay."""
        guest.stage += 1

    def hung_up_on(self, call: CallId) -> None:
        """Let our BYE or final answer reach the caller."""
        guest = self.guests.pop(call, None)
        if guest is not None:
            ended = sip.LegEnded(guest.leg, TERMINATED, "", sip.EndedBy.US)
            self._later(self._round_trip, guest, lambda _: self._tell(guest, ended), staged=False)

    def hang_up(self, guest: Guest) -> None:
        """Let a BYE come, or before the answer a CANCEL."""
        if self.guests.pop(guest.leg.call, None) is not None:
            code = OK if guest.answered else TERMINATED
            self._tell(guest, sip.LegEnded(guest.leg, code, "", sip.EndedBy.REMOTE))

    def _wait(self, guest: Guest) -> None:
        guest.stage += 1
        self._later(guest.caller.patience, guest, self.hang_up)

    def _confirm(self, guest: Guest) -> None:
        if guest.leg.call in self.guests:
            guest.answered = True
            self._tell(guest, sip.LegConfirmed(guest.leg, self._media))

    def _later(
        self, seconds: float, guest: Guest, action: Callable[[Guest], None], *, staged: bool = True
    ) -> None:
        """Do this in so many seconds; where `staged`, if nothing else has begun for him."""
        stage = guest.stage

        def do() -> None:
            if not staged or guest.stage == stage:
                action(guest)

        if seconds < math.inf:
            self._agenda.at_moment(self._agenda.now() + seconds, do)

    def _tell(self, guest: Guest, event: sip.LegConfirmed | sip.LegEnded) -> None:
        self._world.post.to_call(guest.leg.call, event)
