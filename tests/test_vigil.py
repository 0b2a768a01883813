"""A leg that has fallen silent is asked, at a bounded pace, and ended where no answer comes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.core.effects import Effect, Instant, StartTimer
from actors.core.leg.machine import LegEvent, step
from actors.core.leg.state import Attempt, LegState, Moved, PhoneGone, Rtp, Sip
from actors.core.leg.timers import Unanswered
from actors.core.leg.vigil import AGENT_SECONDS, PATIENT_SECONDS, PAUSE_SECONDS
from actors.ids import LeaseId
from actors.messages.media import MediaSilent, MediaUnreachable
from actors.messages.sip import Alive, EndedBy, LegEnded, Probe
from tests import callkit as kit
from tests.callkit import ADA, CALLER, OWN, PCMU, PHONES

FIRST = kit.agent_leg(1)
CALLERS = LegState(CALLER, PCMU, OWN, Sip.UP, Rtp.OPEN)
ATTEMPT = Attempt(LeaseId("1"), ADA, PHONES[ADA], 15.0, 2.0, sent=True, settled=True)
AGENTS = LegState(FIRST, PCMU, OWN, Sip.UP, Rtp.OPEN, attempt=ATTEMPT)


class Line:
    """A leg, told of events at times of its own; `asked`: when it was, `gone`: when it was said."""

    def __init__(self, leg: LegState, *, answers: bool) -> None:
        self.leg = leg
        self.answers = answers
        self.asked: list[float] = []
        self.gone: list[float] = []
        self._timers: list[tuple[float, LegEvent]] = []

    def silent(self, *times: float, heard: float = 0.0) -> Line:
        """Let silence be told at these times; something was heard last at `heard`."""
        for at in times:
            self.tell(at, MediaSilent(self.leg.leg, at - heard))
        return self

    def tell(self, at: float, event: LegEvent) -> Line:
        """Let this happen, after the timers that are due before it."""
        self.until(at)
        self._take(at, step(self.leg, event, Instant(at, at)))
        return self

    def until(self, at: float) -> Line:
        """Let timers fire until then."""
        while self._timers and min(self._timers, key=lambda one: one[0])[0] <= at:
            due = min(self._timers, key=lambda one: one[0])
            self._timers.remove(due)
            self._take(due[0], step(self.leg, due[1], Instant(due[0], due[0])))
        return self

    def _take(self, at: float, moved: Moved) -> None:
        self.leg = moved.leg
        for effect in moved.effects:
            self._do(at, effect)
        if isinstance(moved.news, PhoneGone):
            self.gone.append(at)

    def _do(self, at: float, effect: Effect) -> None:
        if isinstance(effect, Probe):
            self.asked.append(at)
            if self.answers:
                self._timers.append((at + 0.1, Alive(effect.leg)))
        elif isinstance(effect, StartTimer):
            self._timers.append((at + effect.seconds, effect.message))


def every(seconds: float, until: float) -> list[float]:
    return [at * seconds for at in range(1, int(until / seconds) + 1)]


@pytest.mark.parametrize("leg", [CALLERS, AGENTS], ids=["caller", "agent"])
def test_a_phone_that_is_silent_for_an_hour_and_answers_stays(leg: LegState) -> None:
    line = Line(leg, answers=True).silent(*every(2.0, 3600))

    assert line.gone == []
    assert len(line.asked) == pytest.approx(3600 / (PAUSE_SECONDS + 2), abs=2)


@pytest.mark.parametrize(
    ("leg", "found"),
    [
        (AGENTS, 2.0 + AGENT_SECONDS),
        (replace(AGENTS, on_hold=True), 2.0 + PATIENT_SECONDS),
        (CALLERS, 2.0 + PATIENT_SECONDS),
    ],
    ids=["an agent in a talk", "an agent who holds", "a caller"],
)
def test_a_phone_that_does_not_answer_is_gone_and_said_to_be_so_once(
    leg: LegState, found: float
) -> None:
    line = Line(leg, answers=False).silent(*every(2.0, 12.0)).until(100.0)

    assert line.asked[0] == 2.0
    assert line.gone[0] == found


@pytest.mark.parametrize("leg", [CALLERS, AGENTS], ids=["caller", "agent"])
def test_a_phone_that_is_heard_again_stays_though_it_answers_nothing(leg: LegState) -> None:
    line = Line(leg, answers=False).silent(2.0).until(60.0)  # heard from 3.0 to 58.0
    line.silent(60.0, heard=58.0).until(90.0)

    assert line.gone == []
    assert line.asked == [2.0, 60.0]


def test_a_phone_of_whose_silence_is_told_seldom_is_gone_at_the_next_word() -> None:
    line = Line(CALLERS, answers=False).silent(30.0)

    assert line.until(59.0).gone == []
    assert line.silent(60.0).gone == [60.0]


def test_an_agents_phone_that_dies_in_a_talk_is_found_within_five_seconds() -> None:
    assert 2.0 + AGENT_SECONDS < 5.0


def test_one_question_is_open_at_a_time() -> None:
    line = Line(CALLERS, answers=False).silent(2.0, 4.0, 6.0)
    line.tell(6.5, MediaUnreachable(CALLER, "port unreachable"))

    assert line.asked == [2.0]


def test_what_the_network_says_is_asked_after_without_a_pause() -> None:
    line = Line(AGENTS, answers=True).silent(2.0)
    line.tell(3.0, MediaUnreachable(FIRST, "port unreachable"))

    assert line.asked == [2.0, 3.0]


def test_a_late_answer_to_an_earlier_question_ends_no_later_one() -> None:
    line = Line(AGENTS, answers=False).silent(2.0).tell(3.0, Alive(FIRST))
    line.tell(4.0, MediaUnreachable(FIRST, "port unreachable"))

    assert line.until(2.0 + AGENT_SECONDS).gone == []
    assert line.silent(6.0).until(100.0).gone == [4.0 + AGENT_SECONDS]


@pytest.mark.parametrize("sip", [Sip.NONE, Sip.EARLY, Sip.DROPPING, Sip.OVER])
def test_only_a_leg_that_is_up_is_asked(sip: Sip) -> None:
    assert Line(replace(AGENTS, sip=sip), answers=False).silent(2.0).asked == []


def test_a_leg_that_ends_meanwhile_is_not_said_to_be_gone() -> None:
    line = Line(CALLERS, answers=False).silent(2.0)
    line.tell(3.0, LegEnded(CALLER, 481, "", EndedBy.US))

    assert line.until(100.0).gone == []


def test_an_answer_to_a_question_that_nobody_asked_changes_nothing() -> None:
    assert Line(CALLERS, answers=False).tell(1.0, Alive(CALLER)).silent(2.0).asked == [2.0]
    assert Line(CALLERS, answers=False).tell(1.0, Unanswered(0, 1)).gone == []
