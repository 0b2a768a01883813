"""Between calls and the media actor: sessions, prompts, music, bridges and what is heard."""

from __future__ import annotations

from actors.ids import Leg, MusicClass, PromptId
from actors.messages.message import Message
from actors.messages.sip import Codec, Media

# ---- call -> media ---------------------------------------------------------------------------


class Open(Message, frozen=True):
    """call -> media: make an RTP session for the leg; answered by Opened or NoMedia.

    `remote` is None where the other side's SDP is not known yet (we offer). `source` is the IP
    address the leg's SIP comes from or goes to: the only other address media may be learned from.
    """

    leg: Leg
    codec: Codec
    remote: Media | None
    source: str


class Aim(Message, frozen=True):
    """call -> media: the other side's audio is now `remote`, spoken with `codec`.

    A new `remote.version` opens a new bounded learning window. Idempotent.
    """

    leg: Leg
    codec: Codec
    remote: Media


class Play(Message, frozen=True):
    """call -> media: say these prompts one after another over whatever else the leg hears.

    Replaces what is being said. When the last one has ended: Played with the same `token`.
    """

    leg: Leg
    prompts: tuple[PromptId, ...]
    token: int


class StopPlaying(Message, frozen=True):
    """call -> media: say no more at the next frame; no Played follows."""

    leg: Leg


class PlayMusic(Message, frozen=True):
    """call -> media: music of this class lies under everything else the leg hears."""

    leg: Leg
    music: MusicClass


class Bridge(Message, frozen=True):
    """call -> media: the two legs hear each other from the next 20 ms frame; prompts end."""

    one: Leg
    other: Leg


class Unbridge(Message, frozen=True):
    """call -> media: the leg and its peer part; each hears silence until told otherwise."""

    leg: Leg


class Close(Message, frozen=True):
    """call -> media: the session is over; answered by Closed with its figures."""

    leg: Leg


# ---- media -> call ---------------------------------------------------------------------------


class Opened(Message, frozen=True):
    """media -> call: the session exists; its RTP is received at this address and port."""

    leg: Leg
    address: str
    port: int


class NoMedia(Message, frozen=True):
    """media -> call: no session could be made."""

    leg: Leg
    reason: str


class Played(Message, frozen=True):
    """media -> call: the prompts of the Play with this token have been said to the end."""

    leg: Leg
    token: int


class MediaSilent(Message, frozen=True):
    """media -> call: of this leg nothing has been received for so long, RTP nor RTCP.

    Told of a leg that should speak with its peer after `media.silent_seconds`, of all others (that
    wait, hold, only receive) after `media.quiet_seconds`; again each time as many have passed. It
    proves nothing: a phone that is muted or on VAD may send nothing at all. To know, ask it.
    """

    leg: Leg
    seconds: float


class MediaUnreachable(Message, frozen=True):
    """media -> call: the network says that nobody is there (ICMP), and nothing has been received.

    Told a second after the last sign of life at the earliest, and every two seconds at most while
    it goes on. `why`: "port unreachable", "host unreachable", … Anybody can forge it who knows the
    addresses: it is a reason to ask the phone, not to hang up.
    """

    leg: Leg
    why: str


class LegFigures(Message, frozen=True):
    """What one leg's RTP was like; loss and jitter as in RFC 3550, sections 6.4.1 and A.8."""

    sent: int = 0
    received: int = 0
    lost: int = 0
    refused: int = 0
    jitter_ms: float = 0.0


class Closed(Message, frozen=True):
    """media -> call: the session is gone, once for each Close."""

    leg: Leg
    figures: LegFigures


# ---- operations ------------------------------------------------------------------------------


class LearnSounds(Message, frozen=True):
    """root -> media: more sounds, by the paths of their files; those that play go on."""

    prompts: dict[PromptId, str]
    music: dict[MusicClass, str]


class GetMediaState(Message, frozen=True):
    """http -> media: ask for a MediaState."""


class MediaState(Message, frozen=True):
    """The media actor's answer. Lateness of the 20 ms tick over the last 60 s, in ms.

    `why`: the reason why the pump does not run, where that is known. `dropped_batches`: what phones
    sent and the pump could not take in, a fault of ours; the log says why.
    """

    running: bool
    why: str
    restarts: int
    sessions: int
    late_p50_ms: float
    late_p99_ms: float
    late_max_ms: float
    skipped_ticks: int
    received: int
    sent: int
    send_failures: int
    strangers: int
    kernel_drops: int
    dropped_batches: int
