"""What conf/acd.toml may say, with its defaults: one frozen dataclass a table."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path

from actors.ids import AgentId, MusicClass, PromptId, QueueName

DEFAULT_MUSIC = MusicClass("default")

MOST_PRIORITY = 1000
"""Of a queue and of a caller, and as far below 0."""


@dataclass(frozen=True, slots=True)
class Registration:
    """``[sip.registration]``: how we log on at the call server (RFC 3261, section 10)."""

    registrar: str
    user: str
    password: str
    realm: str = "*"
    expires: int = 300


@dataclass(frozen=True, slots=True)
class Peer:
    """``[[sip.peer]]``: somebody known by the addresses his packets come from, and his rights.

    `addresses` are IP addresses, networks, or host names. `believed`: what he says of a caller's
    identity and priority counts (RFC 3325). `is_proxy`: he speaks for others.
    """

    name: str
    addresses: tuple[str, ...]
    may_call: bool = True
    may_log_on: bool = False
    believed: bool = False
    is_proxy: bool = False
    without_caps: bool = False


@dataclass(frozen=True, slots=True)
class Strangers:
    """``[sip.strangers]``: what everybody may do who is no peer."""

    may_call: bool = True
    may_log_on: bool = False


@dataclass(frozen=True, slots=True)
class SipLimits:
    """``[sip.limits]``: what one source address (IPv6: one /64) may have at a time, or in a second.

    `half_open`: calls that are not confirmed yet; `calls`: all of them; `connections`: TCP, those
    that it opens, `all_connections` of all sources together; `retry_after` in seconds.
    `dialog_requests_per_second` is for each dialog, whoever its other side is.
    """

    half_open: int = 10
    calls: int = 200
    setups_per_second: int = 20
    requests_per_second: int = 100
    dialog_requests_per_second: int = 20
    connections: int = 10
    all_connections: int = 1000
    retry_after: int = 10


@dataclass(frozen=True, slots=True)
class Privacy:
    """``[sip.privacy]``: where a caller's wish not to be known counts (RFC 3323).

    `agents` are their phones; `rest` and `journal` what those show; the log is as the journal.
    """

    agents: bool = True
    rest: bool = True
    journal: bool = True


@dataclass(frozen=True, slots=True)
class KnownCallers:
    """``[[caller]]``: callers by their numbers, and what is done for or against them.

    A number that ends in * stands for all that begin so, ``anonymous`` for whoever hides his.
    """

    numbers: tuple[str, ...]
    priority: int = 0
    blocked: bool = False


LAN = Peer("lan", ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"), may_log_on=True)
"""Private networks (RFC 1918, RFC 4193): where phones of one's own are."""


@dataclass(frozen=True, slots=True)
class Sip:
    """``[sip]``: where SIP is spoken and with whom.

    `drain_seconds`: how long SIGTERM lets calls in progress go on before they get their BYE.
    """

    address: str = "0.0.0.0"  # noqa: S104 - a server for phones on the network
    advertise: str = ""
    port: int = 5060
    transports: tuple[str, ...] = ("udp", "tcp")
    domain: str = ""
    call_server: str = ""
    device_from: str = "auto"
    max_calls: int = 1000
    unreachable_seconds: float = 2.0
    session_expires: int = 1800
    drain_seconds: float = 0.0
    trace: bool = False
    pass_headers: tuple[str, ...] = ()
    registration: Registration | None = None
    strangers: Strangers = Strangers()
    peers: tuple[Peer, ...] = (LAN,)
    limits: SipLimits = SipLimits()
    privacy: Privacy = Privacy()


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """``[media]``: where RTP is spoken, and with which codecs.

    `silent_seconds`, `quiet_seconds`: after how much silence a phone in a talk, and any other, is
    asked whether it is there; see messages.media.
    """

    address: str = "0.0.0.0"  # noqa: S104 - a server for phones on the network
    advertise: str = ""
    port: int = 40000
    pool_first: int = 40002
    pool_last: int = 40198
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    silent_seconds: float = 2.0
    quiet_seconds: float = 30.0
    learning_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something to say: `text` for the built-in voice, or an audio `file`; exactly one of them."""

    id: PromptId
    text: str | None = None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Music:
    """``[[music]]``: one class of music; without files the built-in loop."""

    name: MusicClass
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """``[voice]``: who speaks the prompts, and where the spoken audio is cached."""

    model: str = "en_US-joe-medium"
    cache: Path = Path("~/.cache/acd/prompts")


@dataclass(frozen=True, slots=True)
class Login:
    """``[login]``: the AORs agents dial, and what logging on takes. Prompts by their ids."""

    login: str = "acdlogin"
    logout: str = "acdlogout"
    pause: str = "acdpause"
    unpause: str = "acdunpause"
    end_wrapup: str = "acdready"
    extend_wrapup: str = "acdextend"
    extend_seconds: float = 60.0
    tries: int = 3
    digit_seconds: float = 8.0
    takeover: bool = False
    lock_after: int = 6
    lock_seconds: float = 300.0
    prompts: dict[str, Prompt] = field(default_factory=dict)
    """By purpose: ask_id, ask_pin, wrong, accepted, agent_elsewhere, phone_taken, locked, goodbye,
    logged_out, nobody_here, paused, unpaused, wrapup_ended, wrapup_extended, no_wrapup,
    ask_reason."""


@dataclass(frozen=True, slots=True)
class PresenceSettings:
    """``[presence]``: whether phones are asked how they are; unknown counts as idle after a while.

    `server` (``sip:host:port``) is who is asked about a phone; empty: the device's own address.
    """

    subscribe: bool = True
    server: str = ""
    unknown_is_idle_after: float = 2.0


OUTCOMES = ("no_answer", "busy", "reject", "unreachable")
"""What may come of an offer that is not answered, as the configuration names it."""

THEN = ("notresponding", "pause", "log-out")
"""What may become of an agent who has so many strikes."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """``[outcomes]``: what an offer that is not answered costs the agent.

    Cool-downs in seconds. An outcome of `strike_for` is a strike; after so many `strikes` in a row
    (0: never) the agent gets no more calls: see THEN, with this `pause_reason`.
    """

    no_answer_cooldown: float = 0.0
    busy_cooldown: float = 10.0
    reject_cooldown: float = 10.0
    unreachable_cooldown: float = 30.0
    strike_for: tuple[str, ...] = ("no_answer",)
    strikes: int = 2
    then: str = "notresponding"
    pause_reason: str = "no answer"


@dataclass(frozen=True, slots=True)
class OwnOutcomes:
    """``outcomes`` of a queue or an agent: what is None is as for all others."""

    no_answer_cooldown: float | None = None
    busy_cooldown: float | None = None
    reject_cooldown: float | None = None
    unreachable_cooldown: float | None = None
    strike_for: tuple[str, ...] | None = None
    strikes: int | None = None
    then: str | None = None
    pause_reason: str | None = None


@dataclass(frozen=True, slots=True)
class PauseReason:
    """``[[pause_reason]]``: why an agent may be on a break; one of them, where there are any.

    By phone it is given by calling `dial`, or by `key` after calling ``login.pause``, which says
    `prompt`.
    """

    name: str
    dial: str = ""
    key: str = ""
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Accept:
    """``[accept]``: how an agent who has picked up takes a call, where he has to (`must_accept`).

    `key` is pressed within `seconds` of picking up; `prompt` asks for it.
    """

    key: str = "1"
    seconds: float = 10.0
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Http:
    """``[http]``: where REST is served."""

    address: str = "127.0.0.1"
    port: int = 8242
    threads: int = 8


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """``[journal]``: the SQLite file every fact goes to, and this machine's name in it."""

    path: Path = Path("var/acd.sqlite")
    node: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """``[log]``: how much is told, and where; an empty file name means standard error."""

    level: str = "info"
    file: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is said to waiting callers every `every` seconds, one after another in turn."""

    prompts: tuple[Prompt, ...] = ()
    every: float = 30.0


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a caller goes who may not wait, or no longer: one of these, at most."""

    queue: QueueName | None = None
    """Another queue, in whose line his age counts as if he had called there."""
    say: Prompt | None = None
    """Said to him, and then he is hung up on."""

    @property
    def words(self) -> str:
        """The destination as the journal names it; empty where it is none."""
        return f"queue:{self.queue}" if self.queue else "goodbye" if self.say else ""


@dataclass(frozen=True, slots=True)
class Overflow:
    """``[queue.overflow]``: for each of a queue's limits where callers go for it."""

    closed: Destination | None = None
    holidays: Destination | None = None
    hours: Destination | None = None
    no_agents: Destination | None = None
    max_length: Destination | None = None
    max_wait: Destination | None = None
    leave_key: Destination | None = None

    def destinations(self) -> dict[str, Destination]:
        """Those that are given, by their keys."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: one for name, one in every.items() if one is not None}


@dataclass(frozen=True, slots=True)
class Relaxed:
    """``[[queue.relax_skills]]``: the skills asked for once a caller has waited `after` seconds."""

    after: float
    skills: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """``[[queue]]``: one waiting line, called by ``sip:<name>@…`` or any of `aliases`.

    `target_seconds` is within which a call should be answered; who gives up before `short_abandon`
    seconds counts as a short call, not as a lost one. `widen_after`: seconds of waiting after which
    agents of level 2, 3 and so on may have a call. `ring_delay` is for ring-progressively.
    `caller_prefix` is shown before a caller's name at agents' phones.
    `whisper` is said to the agent alone who picks up; `must_accept`: he takes the call by key.
    `closed`: nobody joins, nor outside the `hours` of `time_zone` and on its `holidays`
    (routing.hours). `no_agents`: wait, refuse or leave where all of them are in `absent` states.
    `max_length`: so many wait at most, `max_wait`: each for so many seconds at most; 0 sets no
    limit. `leave_key` leads out of the line. In each case `overflow` says where to.
    `skills`: the grade that agents need to have of each, by its name. `priority_every`: after how
    many seconds of waiting a call's priority is one higher, 0 for never; `weight`: for how many
    seconds each second of waiting counts beside calls of other queues.
    """

    name: QueueName
    aliases: tuple[str, ...] = ()
    welcome: Prompt | None = None
    music: MusicClass = DEFAULT_MUSIC
    announcement: Announcement = Announcement()
    strategy: str = "most-idle"
    widen_after: tuple[float, ...] = ()
    skills: dict[str, int] = field(default_factory=dict)
    relax_skills: tuple[Relaxed, ...] = ()
    priority: int = 0
    priority_every: float = 0.0
    weight: float = 1.0
    caller_prefix: str = ""
    auto_answer: bool = False
    ring_seconds: float = 15.0
    ring_delay: float = 10.0
    wrapup_seconds: float = 0.0
    target_seconds: float = 20.0
    short_abandon: float = 5.0
    whisper: Prompt | None = None
    must_accept: bool = False
    outcomes: OwnOutcomes = OwnOutcomes()
    closed: bool = False
    hours: tuple[str, ...] = ()
    holidays: tuple[str, ...] = ()
    time_zone: str = "UTC"
    no_agents: str = "wait"
    absent: tuple[str, ...] = ("loggedout", "notresponding", "unavailable")
    max_length: int = 0
    max_wait: float = 0.0
    leave_key: str = ""
    overflow: Overflow = Overflow()


@dataclass(frozen=True, slots=True)
class Agent:
    """``[[agent]]``: one person; None for ring, wrap-up, `must_accept` means as the queue says.

    `level`, `weight` and `order` are the agent's in each queue, by its name, where given. `skills`
    are the agent's grades.
    """

    id: AgentId
    name: str = ""
    pin: str = ""
    queues: tuple[QueueName, ...] = ()
    level: dict[QueueName, int] = field(default_factory=dict)
    weight: dict[QueueName, int] = field(default_factory=dict)
    order: dict[QueueName, int] = field(default_factory=dict)
    skills: dict[str, int] = field(default_factory=dict)
    ring_seconds: float | None = None
    wrapup_seconds: float | None = None
    must_accept: bool | None = None
    outcomes: OwnOutcomes = OwnOutcomes()


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration."""

    sip: Sip = Sip()
    media: MediaSettings = MediaSettings()
    voice: Voice = Voice()
    login: Login = Login()
    presence: PresenceSettings = PresenceSettings()
    outcomes: Outcomes = Outcomes()
    accept: Accept = Accept()
    pause_reasons: tuple[PauseReason, ...] = ()
    http: Http = Http()
    journal: JournalSettings = JournalSettings()
    log: Log = Log()
    music: tuple[Music, ...] = (Music(DEFAULT_MUSIC),)
    callers: tuple[KnownCallers, ...] = ()
    queues: tuple[Queue, ...] = ()
    agents: tuple[Agent, ...] = ()

    def prompts(self) -> dict[PromptId, Prompt]:
        """Every prompt anywhere in the configuration, by id."""
        found = list(self.login.prompts.values())
        found += [self.accept.prompt] if self.accept.prompt else []
        found += [reason.prompt for reason in self.pause_reasons if reason.prompt]
        for queue in self.queues:
            found += [one for one in (queue.welcome, queue.whisper) if one]
            found += queue.announcement.prompts
            found += (one.say for one in queue.overflow.destinations().values() if one.say)
        return {prompt.id: prompt for prompt in found}
