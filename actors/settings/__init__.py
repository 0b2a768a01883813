"""What conf/acd.toml may say, with its defaults: one frozen dataclass a table."""

# ruff: noqa: RUF009 - tables of other rooms as defaults: they are frozen

from __future__ import annotations

from dataclasses import dataclass

from actors.ids import PromptId
from actors.settings.agents import (
    OUTCOMES,
    THEN,
    Accept,
    Agent,
    Login,
    Outcomes,
    OwnOutcomes,
    PauseReason,
    PresenceSettings,
)
from actors.settings.queues import (
    MOST_PRIORITY,
    Destination,
    KnownCallers,
    Overflow,
    Queue,
    Relaxed,
)
from actors.settings.server import Http, JournalSettings, Log
from actors.settings.sip import LAN, Peer, Privacy, Registration, Sip, SipLimits, Strangers
from actors.settings.sound import DEFAULT_MUSIC, Announcement, MediaSettings, Music, Prompt, Voice

__all__ = [
    "DEFAULT_MUSIC",
    "LAN",
    "MOST_PRIORITY",
    "OUTCOMES",
    "THEN",
    "Accept",
    "Agent",
    "Announcement",
    "Destination",
    "Http",
    "JournalSettings",
    "KnownCallers",
    "Log",
    "Login",
    "MediaSettings",
    "Music",
    "Outcomes",
    "Overflow",
    "OwnOutcomes",
    "PauseReason",
    "Peer",
    "PresenceSettings",
    "Privacy",
    "Prompt",
    "Queue",
    "Registration",
    "Relaxed",
    "Settings",
    "Sip",
    "SipLimits",
    "Strangers",
    "Voice",
]


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
