"""Model neighbours of calls for hypothesis: a gateway and a pump, each with an inbox of its own.

They keep the contract and nothing else; when each handles what it was told, the test decides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from actors.core.wire.uri import SipUri
from actors.ids import Leg
from actors.messages import media as rtp
from actors.messages import sip
from tests import callkit as kit
from tests.harness import Probe


class Neighbour:
    """A probe with an inbox: what it is told waits there until the model handles it."""

    def __init__(self, probe: Probe) -> None:
        self.inbox: deque[Any] = deque()
        self.fail_next = False
        probe.script = self._note

    def _note(self, message: Any) -> None:
        if self.fail_next:
            self.fail_next = False
            raise RuntimeError("a command that could not be told")
        self.inbox.append(message)


class ModelGateway(Neighbour):
    """The gateway's side of the contract: each leg early, up or over, and told over once."""

    def __init__(self, probe: Probe) -> None:
        super().__init__(probe)
        self.legs: dict[Leg, str] = {}
        self.answered: set[Leg] = set()
        self.uris: dict[Leg, SipUri] = {}

    def incoming(self, leg: Leg) -> None:
        """Take a caller's INVITE in."""
        self.legs[leg] = "early"

    def handle(self, *, silent: bool) -> Iterator[Any]:
        """Carry out one command; a phone that is `silent` does not confirm our CANCEL at once."""
        command = self.inbox.popleft()
        state = self.legs.get(command.leg, "none")
        match command:
            case sip.Dial():
                assert state == "none", "a leg dialled twice"
                self.legs[command.leg] = "early"
                self.uris[command.leg] = command.uri
                yield sip.Dialled(command.leg)
            case sip.Answer() if state == "early":
                self.answered.add(command.leg)
            case sip.Answer() | sip.HangUp() | sip.Refuse() if state in {"over", "none"}:
                pass
            case sip.HangUp() if silent and state == "early" and command.leg.number:
                self.legs[command.leg] = "cancelled"
                yield sip.HangUpSent(command.leg)
            case sip.HangUp() | sip.Refuse():
                yield self.end(command.leg, 487, sip.EndedBy.US)

    def end(self, leg: Leg, code: int, by: sip.EndedBy, *, quiet: bool = True) -> sip.LegEnded:
        self.legs[leg] = "over"
        return sip.LegEnded(leg, code, "", by, quiet)

    def agents(self, *states: str) -> list[Leg]:
        """Return the legs that were dialled and are in one of these states."""
        return [leg for leg, state in self.legs.items() if leg.number and state in states]

    def callers(self, *states: str) -> list[Leg]:
        """Return the callers' legs in one of these states."""
        return [leg for leg, state in self.legs.items() if not leg.number and state in states]


class ModelMedia(Neighbour):
    """The media actor's side: one Opened or NoMedia for an Open, one Closed for a Close."""

    def __init__(self, probe: Probe) -> None:
        super().__init__(probe)
        self.state: dict[Leg, str] = {}
        self.forgiving = False
        """Once a message to us was lost by a fault, what comes may refer to it."""

    def handle(self, *, refuses: bool) -> Iterator[Any]:
        message = self.inbox.popleft()
        match message:
            case rtp.Bridge():
                assert self.forgiving or self.are_open(message.one, message.other), message
            case rtp.Open():
                assert message.leg not in self.state
                self.state[message.leg] = "none" if refuses else "open"
                yield kit.no_media(message.leg) if refuses else kit.opened(message.leg)
            case rtp.Close():
                assert self.forgiving or self.state[message.leg] != "closed"
                self.state[message.leg] = "closed"
                yield kit.closed(message.leg)
            case _:
                assert self.forgiving or self.are_open(message.leg), message

    def are_open(self, *legs: Leg) -> bool:
        return all(self.state.get(leg) == "open" for leg in legs)
