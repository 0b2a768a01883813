"""Between the gateway and the others: what happens on SIP, and what is wanted of it."""

from __future__ import annotations

from enum import StrEnum

from actors.core.wire.uri import SipUri
from actors.ids import Leg
from actors.messages.life import ExchangeState
from actors.messages.message import Message
from actors.messages.phone import Hop


class Direction(StrEnum):
    """Which way media flows, seen from the party that says it (RFC 3264, section 5.1)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"


class Codec(Message, frozen=True):
    """One payload format of an SDP audio line (RFC 4566, ``a=rtpmap``); `clock` in Hz."""

    name: str
    payload_type: int
    clock: int = 8000


class Media(Message, frozen=True):
    """One party's audio as its SDP states it: where it receives, what it speaks.

    `codecs` are in that party's order of preference, telephone-event not among them: its
    payload type is `dtmf`, None where not offered. `version` is the ``o=`` line's session id and
    version: equal versions mean nothing changed (RFC 3264, section 8). `ptime` in ms.
    """

    address: str
    port: int
    codecs: tuple[Codec, ...]
    dtmf: int | None = None
    direction: Direction = Direction.SENDRECV
    ptime: int = 20
    version: str = ""


class Party(Message, frozen=True):
    """Who a SIP message names: the URI as it came, and the display name as it may be shown."""

    uri: SipUri
    display: str = ""


# ---- gateway -> switchboard ----------------------------------------------------------------


Header = tuple[str, str]
"""A header's name and value."""


class Rights(Message, frozen=True):
    """What the configuration lets the source of a packet do; `peer` is its name, empty: a stranger.

    `believed`: what it says of callers is true; `is_proxy`: it speaks for others; `is_call_server`:
    phones are called through it. `server_unknown`: nobody knows yet who the call server is, for its
    name has not been looked up: it may be this one. `party` names who has this address among others
    and speaks for phones from all of them; empty where the address stands for itself.
    """

    peer: str = ""
    may_call: bool = False
    may_log_on: bool = False
    believed: bool = False
    is_proxy: bool = False
    without_caps: bool = False
    is_call_server: bool = False
    server_unknown: bool = False
    party: str = ""


class Incoming(Message, frozen=True):
    """gateway -> switchboard: an INVITE outside a dialog; 100 has been sent.

    `user` is the request URI's user part. `remote` is None for a delayed offer (RFC 3261,
    section 13.2.1). `source` is the address the INVITE came from by this `transport` (udp, tcp,
    tls), `rights` what that one may do, `at` when it came, in monotonic seconds: from there the
    caller's age counts. `behind` is the IP address from which the proxies there had it, empty where
    there is none.
    `caller` is the From as it came; `asserted` the P-Asserted-Identity (RFC 3325) of a believed
    peer, else None; `privacy` the words of Privacy (RFC 3323). See core/wire/identity.
    `priority` is what a believed peer asks for the caller, None where it asks for nothing, `passed`
    those of his headers that go on to the agent.
    """

    leg: Leg
    sip_call_id: str
    user: str
    caller: Party
    called: Party
    contact: Party
    asserted: Party | None
    remote: Media | None
    source: tuple[str, int]
    at: float
    transport: str = "udp"
    rights: Rights = Rights()
    privacy: frozenset[str] = frozenset()
    behind: str = ""
    priority: int | None = None
    passed: tuple[Header, ...] = ()


class Refused(Message, frozen=True):
    """gateway -> journal: so many requests of one source were refused alike, or not answered (0).

    `source` is an IP address, empty where there was no room to count each; `reason` in our words.
    """

    source: str
    method: str
    code: int
    reason: str
    count: int = 1


# ---- gateway -> call ------------------------------------------------------------------------


class Dialled(Message, frozen=True):
    """gateway -> call: the INVITE is on the wire: from here on the phone's time runs."""

    leg: Leg


class HangUpSent(Message, frozen=True):
    """gateway -> call: our CANCEL or BYE to a phone we dialled is on the wire."""

    leg: Leg


class LegRinging(Message, frozen=True):
    """gateway -> call: the dialled phone answered provisionally; `alerting` with 180 or 183."""

    leg: Leg
    alerting: bool


class LegAnswered(Message, frozen=True):
    """gateway -> call: the phone we dialled sent its 200; the ACK is on its way."""

    leg: Leg
    remote: Media


class LegConfirmed(Message, frozen=True):
    """gateway -> call: the caller's ACK came: the call is up. `remote` is final here."""

    leg: Leg
    remote: Media


class MediaChanged(Message, frozen=True):
    """gateway -> call: after a re-INVITE or UPDATE the other side's audio is now `remote`."""

    leg: Leg
    remote: Media


class KeySource(StrEnum):
    """How a key was sent; many phones and gateways send every key both ways."""

    INFO = "info"
    """SIP INFO, told by the gateway."""
    RTP = "rtp"
    """Telephone-events (RFC 4733), told by media."""


class DigitPressed(Message, frozen=True):
    """gateway or media -> call: one key of ``0-9*#A-D``."""

    leg: Leg
    digit: str
    source: KeySource


class EndedBy(StrEnum):
    """Which side ended a leg."""

    REMOTE = "remote"
    US = "us"


class Alive(Message, frozen=True):
    """gateway -> call: the phone answered a Probe: it is there, whatever it answered."""

    leg: Leg


class LegEnded(Message, frozen=True):
    """gateway -> call: the dialog is over, once for each leg, whatever happened before.

    `code` is the final SIP status (200 after a BYE, 487 after a CANCEL, 408 where nothing came);
    `quiet` is False where the far phone may still ring (no final answer to our CANCEL).
    """

    leg: Leg
    code: int
    reason: str
    by: EndedBy
    quiet: bool = True


# ---- call -> gateway ------------------------------------------------------------------------


class Answer(Message, frozen=True):
    """call -> gateway: send 200 with our audio: an answer, or the offer where theirs is late."""

    leg: Leg
    local: Media


class Refuse(Message, frozen=True):
    """switchboard or call -> gateway: end an unanswered incoming leg with a final answer.

    `retry_after` in seconds goes with 503 (RFC 3261, section 21.5.4). `at_door`: why the call never
    began, told with the others that were refused at the door; empty for a call that had begun.
    `warning` is the value of a Warning header (RFC 3261, section 20.43), without names of ours.
    """

    leg: Leg
    code: int
    reason: str = ""
    retry_after: int | None = None
    at_door: str = ""
    warning: str = ""


class Dial(Message, frozen=True):
    """call -> gateway: INVITE `uri` with our offer `local`; From shows `caller`.

    `hop` is where the packets go; None: where the URI leads. A believed peer is told who the caller
    is for certain, `asserted`, and with `privacy` that nobody else may know (RFC 3325). `headers`
    are further ones.
    """

    leg: Leg
    uri: SipUri
    local: Media
    caller: Party
    hop: Hop | None = None
    asserted: Party | None = None
    privacy: str = ""
    headers: tuple[Header, ...] = ()


class HangUp(Message, frozen=True):
    """call -> gateway: end the leg as its state asks: CANCEL, BYE, or a final answer.

    `elsewhere` adds ``Reason: SIP;cause=200;text="Call completed elsewhere"`` (RFC 3326).
    """

    leg: Leg
    elsewhere: bool = False


class Probe(Message, frozen=True):
    """call -> gateway: ask whether the phone is still in the dialog (OPTIONS, RFC 3261, 11).

    Any answer is told as Alive; 481, or none within 32 s, ends the leg (section 12.2.1.2).
    """

    leg: Leg


# ---- operations ------------------------------------------------------------------------------


class StopTaking(Message, frozen=True):
    """root -> gateway: answer every new INVITE with 503 and Retry-After."""

    retry_after: int


class SayGoodbye(Message, frozen=True):
    """root -> gateway: end every leg and subscription, unregister; GatewayState tells `left`."""


class TraceSip(Message, frozen=True):
    """http or signal -> gateway: write every SIP message to the log, or stop doing so."""

    on: bool


class GetGatewayState(Message, frozen=True):
    """http -> gateway: ask for a GatewayState."""


class GatewayState(Message, frozen=True):
    """The gateway's answer; `registration`: off, registering, registered, or failed (see `why`)."""

    registration: str
    why: str
    legs: int
    stack_calls: int
    transactions: int
    max_calls: int
    subscriptions: int
    faults: int
    exchange: ExchangeState
    overloaded: bool = False
    left: bool = False
