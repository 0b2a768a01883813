"""What the tests of calls share: an incoming call, its settings, and short names for messages."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from actors.callmachine import Step
from actors.core.call.state import CallTerms
from actors.core.effects import AtQueue, Instant, Note, StartTimer
from actors.core.leg.step import Caller
from actors.core.wire.codecs import ours
from actors.core.wire.identity import told
from actors.core.wire.uri import SipUri
from actors.ids import AgentId, CallId, LeaseId, Leg, MusicClass, PromptId, QueueName
from actors.messages.facts import Fact
from actors.messages.floor import Placed, Ring
from actors.messages.media import Closed, LegFigures, NoMedia, Opened
from actors.messages.message import Message
from actors.messages.sip import (
    Codec,
    Dialled,
    Direction,
    EndedBy,
    Incoming,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRinging,
    Media,
    Party,
    Rights,
)
from actors.settings import Announcement, Privacy, Prompt, Queue
from tests.harness import phone_at

M = TypeVar("M")

CALL = CallId("t1-1")
CALLER = Leg(CALL, 0)
SALES = QueueName("sales")
ADA = AgentId("2771")
BOB = AgentId("2772")
PHONES = {ADA: phone_at("sip:ada@192.0.2.11:5070"), BOB: phone_at("sip:bob@192.0.2.12")}

PCMU = Codec("PCMU", 0)
PCMA = Codec("PCMA", 8)
OPUS = Codec("OPUS", 107, 48000)
OWN = ours(("PCMU", "PCMA"))

WELCOME = Prompt(PromptId("welcome"), "Welcome.")
PATIENCE = Prompt(PromptId("patience"), "Please hold the line.")
SORRY = Prompt(PromptId("sorry"), "Still busy.")

QUEUE = Queue(
    SALES,
    welcome=WELCOME,
    music=MusicClass("soft"),
    announcement=Announcement((PATIENCE, SORRY), every=30.0),
    priority=3,
)
PLAIN_QUEUE = Queue(SALES)


def media(*codecs: Codec, direction: Direction = Direction.SENDRECV, port: int = 4000) -> Media:
    return Media("192.0.2.1", port, codecs or (PCMU, PCMA), dtmf=101, direction=direction)


def incoming(remote: Media | None = None, *, user: str = "sales", leg: Leg = CALLER) -> Incoming:
    """A call to `user`; without `remote` it offers both our codecs."""
    return Incoming(
        leg,
        sip_call_id="abc@192.0.2.1",
        user=user,
        caller=Party(SipUri.parse("sip:5551234@192.0.2.1"), "Carla"),
        called=Party(SipUri.parse(f"sip:{user}@192.0.2.9:5060")),
        contact=Party(SipUri.parse("sip:5551234@192.0.2.1:5070")),
        asserted=None,
        remote=remote or media(),
        source=("192.0.2.1", 5070),
        at=99.5,
        rights=Rights(may_call=True, may_log_on=True),
    )


def caller(call: Incoming) -> Caller:
    return Caller(call, OWN, told(call, Privacy()))


def terms(call: Incoming | None = None, queue: Queue = QUEUE) -> CallTerms:
    return CallTerms(caller(call or incoming()), queue.name, unreachable_seconds=2.0)


def placed(queue: Queue = QUEUE, place: int = 1) -> Placed:
    return Placed(CALL, queue, place)


def agent_leg(number: int = 1) -> Leg:
    return Leg(CALL, number)


# ---- what neighbours say ------------------------------------------------------------------------


def opened(leg: Leg = CALLER) -> Opened:
    return Opened(leg, "192.0.2.9", 40000)


def no_media(leg: Leg = CALLER) -> NoMedia:
    return NoMedia(leg, "no port left")


def closed(leg: Leg = CALLER) -> Closed:
    return Closed(leg, LegFigures(sent=10, received=9, lost=1))


def confirmed(remote: Media | None = None) -> LegConfirmed:
    return LegConfirmed(CALLER, remote or media())


def answered(leg: Leg, remote: Media | None = None) -> LegAnswered:
    return LegAnswered(leg, remote or media(PCMU))


def on_the_wire(leg: Leg) -> Dialled:
    return Dialled(leg)


def rings(leg: Leg) -> LegRinging:
    return LegRinging(leg, alerting=True)


def trying(leg: Leg) -> LegRinging:
    return LegRinging(leg, alerting=False)


def hung_up(leg: Leg = CALLER) -> LegEnded:
    """A BYE came, or before the answer a CANCEL."""
    return LegEnded(leg, 200, "OK", EndedBy.REMOTE)


def over(leg: Leg = CALLER, code: int = 200, *, quiet: bool = True) -> LegEnded:
    """What our HangUp led to."""
    return LegEnded(leg, code, "", EndedBy.US, quiet)


def refused(leg: Leg, code: int) -> LegEnded:
    """The phone gave this final answer."""
    return LegEnded(leg, code, "", EndedBy.REMOTE)


def ring(lease: int, agent: AgentId = ADA, seconds: float = 15.0, queue: QueueName = SALES) -> Ring:
    return Ring(LeaseId(str(lease)), CALL, agent, PHONES[agent], seconds, queue)


def kinds(messages: list[Any]) -> list[str]:
    """The names of the messages' types."""
    return [type(message).__name__ for message in messages]


class Story:
    """A pure machine taken through its life by hand: events in, effects noted down."""

    def __init__(self, state: Any, step: Step, at: float = 100.0) -> None:
        self.state = state
        self.at = at
        self.epoch = 1e9
        """Of the wall clock, which runs beside the other one and is read a moment after it."""
        self.all: list[Any] = []
        self._step = step

    def tell(self, *events: Any) -> list[Any]:
        """Let these happen; return what is to be done about them, log lines left out."""
        told: list[Any] = []
        for event in events:
            self.state, effects = self._step(
                self.state, event, Instant(self.at, self.at + self.epoch)
            )
            told += [effect for effect in effects if not isinstance(effect, Note)]
        self.all += told
        return told

    def later(self, seconds: float) -> Story:
        """Let time pass; timers are the test's business."""
        self.at += seconds
        return self

    def fire(self, timer: Message) -> list[Any]:
        """Let a timer fire that was started."""
        assert any(started.message == timer for started in self.of(StartTimer)), timer
        return self.tell(timer)

    def of(self, kind: type[M]) -> list[M]:
        """Return all effects of one type so far."""
        return [effect for effect in self.all if isinstance(effect, kind)]

    def to_queue(self) -> list[Any]:
        """Return what the queue was told so far."""
        return [effect.message for effect in self.of(AtQueue)]


def done(effects: list[Any]) -> list[Any]:
    """Leave timers and journal out, and unpack what goes to the queue."""
    plain = [e.message if isinstance(e, AtQueue) else e for e in effects]
    return [e for e in plain if not isinstance(e, (StartTimer, *get_args(Fact)))]
