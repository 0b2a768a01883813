"""What a presence note means."""

from __future__ import annotations

import pytest

from actors.core.wire import presence
from actors.ids import AgentId
from actors.messages.sip import (
    Presence,
    PresenceBusy,
    PresenceIdle,
    PresenceUnavailable,
    PresenceUnknown,
)

AGENT, URI = AgentId("2771"), "sip:phone1@pbx"


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("Ready", PresenceIdle(AGENT, URI)),
        (" ready\n", PresenceIdle(AGENT, URI)),
        ("Ringing", PresenceBusy(AGENT, URI, ringing=True)),
        ("On the phone", PresenceBusy(AGENT, URI)),
        ("On hold", PresenceBusy(AGENT, URI)),
        ("Unavailable", PresenceUnavailable(AGENT, URI)),
        ("", PresenceUnknown(AGENT, URI, "why")),
        ("Gone fishing", PresenceUnknown(AGENT, URI, "why")),
    ],
)
def test_a_note_is_told_as_what_it_means(note: str, told: presence.Told) -> None:
    assert presence.told(AGENT, URI, presence.of_note(note), "why") == told


def test_every_presence_can_be_told() -> None:
    assert len({type(presence.told(AGENT, URI, said)) for said in Presence}) == 4
