"""Mocked SIP: the gateway's side of its contract, without SIP; what the network does, tests say.

    sip = FakeGateway(desk.post, desk.gateway)  # the probe notes commands, this carries them out
    leg = sip.invite(kit.incoming())            # the switchboard is told Incoming
    sip.handle_all()                            # what the actors wanted: an Answer, a Dial ...
    sip.confirm(leg)                            # the caller's ACK
    sip.ring(phone); sip.answer(phone); sip.end(phone)

Commands wait in an inbox until the test lets them be handled, which gives every crossing that there
is between a gateway and a call. Whoever wants no crossings has them handled `at_once`.
"""

from __future__ import annotations

from enum import Enum, auto

from actors.core.wire.uri import SipUri
from actors.exchange.post import Post
from actors.ids import Leg
from actors.messages import sip
from tests import callkit as kit
from tests.harness import Probe
from tests.neighbours import Neighbour


class At(Enum):
    """How far a leg is."""

    EARLY = auto()
    ANSWERED = auto()
    """Our 200 has gone out to a caller, whose ACK has not come."""
    UP = auto()
    CANCELLED = auto()
    """Our CANCEL has gone out to a phone, which has not given its final answer."""
    OVER = auto()


OfLeg = sip.Dial | sip.Answer | sip.HangUp | sip.Refuse

LIVE = (At.EARLY, At.ANSWERED, At.UP)


class FakeGateway(Neighbour):
    """Each leg is early, up or over, and told over once; whatever comes for it then is nothing."""

    def __init__(self, post: Post, probe: Probe, *, at_once: bool = False) -> None:
        super().__init__(post, probe, at_once=at_once)
        self.legs: dict[Leg, At] = {}
        self.uris: dict[Leg, SipUri] = {}
        """Where each phone was dialled."""

    # -- what the actors want

    def handle_one(self, *, silent: bool = False) -> None:
        """Carry out the next command; a phone that is `silent` does not confirm our CANCEL yet.

        What is wanted of no leg (Watch, TraceSip ...) leads to nothing by itself.
        """
        command = self.inbox.popleft()
        if isinstance(command, OfLeg):
            self._carry_out(command, self.legs.get(command.leg), silent=silent)

    def _carry_out(self, command: OfLeg, at: At | None, *, silent: bool) -> None:
        match command:
            case sip.Dial(leg, uri):
                assert at is None, f"{leg} is dialled twice"
                self.legs[leg], self.uris[leg] = At.EARLY, uri
                self.post.to_call(leg.call, sip.Dialled(leg))
            case sip.Answer(leg) if at is At.EARLY:
                self.legs[leg] = At.ANSWERED
            case sip.HangUp(leg) if at in LIVE and leg.number:
                self.legs[leg] = At.CANCELLED if at is At.EARLY else At.UP
                self.post.to_call(leg.call, sip.HangUpSent(leg))
                if not (silent and at is At.EARLY):
                    self.end(leg, 487, sip.EndedBy.US)
            case sip.HangUp(leg) | sip.Refuse(leg) if at in LIVE:
                self.end(leg, 487, sip.EndedBy.US)

    # -- what the network does

    def invite(self, incoming: sip.Incoming) -> Leg:
        """Let a caller's INVITE come; return his leg."""
        self.legs[incoming.leg] = At.EARLY
        self.post.expect_call(incoming.leg.call)
        self.post.to_switchboard(incoming)
        return incoming.leg

    def confirm(self, leg: Leg, remote: sip.Media | None = None) -> None:
        """Let the caller's ACK come."""
        assert self.legs[leg] is At.ANSWERED, f"{leg} has no answer to confirm"
        self.legs[leg] = At.UP
        self.post.to_call(leg.call, sip.LegConfirmed(leg, remote or kit.media()))

    def ring(self, leg: Leg, *, alerting: bool = True) -> None:
        """Let a dialled phone answer provisionally."""
        assert self.legs[leg] is At.EARLY, f"{leg} cannot ring"
        self.post.to_call(leg.call, sip.LegRinging(leg, alerting))

    def answer(self, leg: Leg, remote: sip.Media | None = None) -> None:
        """Let a dialled phone answer."""
        assert self.legs[leg] is At.EARLY, f"{leg} cannot answer"
        self.legs[leg] = At.UP
        self.post.to_call(leg.call, kit.answered(leg, remote))

    def change(self, leg: Leg, remote: sip.Media) -> None:
        """Let the other side hold, resume or move its audio."""
        assert self.legs[leg] is At.UP, f"{leg} is not up"
        self.post.to_call(leg.call, sip.MediaChanged(leg, remote))

    def is_there(self, leg: Leg) -> None:
        """Let the other side answer a Probe."""
        assert self.legs[leg] is At.UP, f"{leg} is not up"
        self.post.to_call(leg.call, sip.Alive(leg))

    def end(
        self,
        leg: Leg,
        code: int = 200,
        by: sip.EndedBy = sip.EndedBy.REMOTE,
        *,
        quiet: bool = True,
    ) -> None:
        """Let a leg end: by a BYE or CANCEL, a final answer, or because nothing came."""
        assert self.legs[leg] is not At.OVER, f"{leg} is over"
        self.legs[leg] = At.OVER
        self.post.to_call(leg.call, sip.LegEnded(leg, code, "", by, quiet))

    def phones(self, *states: At) -> list[Leg]:
        """Return the legs that were dialled and are in one of these states."""
        return [leg for leg, at in self.legs.items() if leg.number and at in states]

    def callers(self, *states: At) -> list[Leg]:
        """Return the callers' legs in one of these states."""
        return [leg for leg, at in self.legs.items() if not leg.number and at in states]
