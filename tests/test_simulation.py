"""A simulated day: what happens on it is what the real rules say, and the same each time."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from actors.ids import AgentId, QueueName
from actors.messages import facts
from actors.settings import Agent, PresenceSettings, Queue, Settings
from actors.simulation.day import Caller, Day, Does, Habits, Shift, Span
from actors.simulation.run import Run, simulate
from actors.simulation.spread import Always

SALES = QueueName("sales")
ADA, BOB = AgentId("2771"), AgentId("2772")
SETTINGS = Settings(
    presence=PresenceSettings(subscribe=False),
    queues=(Queue(SALES, wrapup_seconds=10.0),),
    agents=(Agent(ADA, queues=(SALES,)), Agent(BOB, queues=(SALES,), pin="1234")),
)
AT_ONCE = Habits(answers_after=Always(5.0), round_trip=0.0)
HOUR = 3600.0


def test_a_caller_is_answered_by_who_is_free_and_talks_as_long_as_he_has_to() -> None:
    day = Day(HOUR, (Caller(60.0, SALES, talk=100.0),), (Shift(ADA),), AT_ONCE)

    told = simulate(SETTINGS, day)

    [left] = [fact for fact in told if isinstance(fact, facts.CallLeft)]
    [ended] = [fact for fact in told if isinstance(fact, facts.LegEnded)]
    assert (left.ending, left.agent, left.at, left.waited_ms) == ("answered", ADA, 65.0, 5000)
    assert (ended.at, ended.talked_ms, ended.ended_by) == (165.0, 100_000, "caller")


def test_who_loses_patience_hangs_up_in_that_moment() -> None:
    told = simulate(SETTINGS, Day(HOUR, (Caller(60.0, SALES, patience=30.0),)))

    [left] = [fact for fact in told if isinstance(fact, facts.CallLeft)]
    assert (left.ending, left.at) == ("abandoned", 90.0)


def test_shifts_breaks_and_the_work_after_a_call_are_the_agents_intervals() -> None:
    shift = Shift(BOB, 10.0, 1000.0, breaks=(Span(500.0, 600.0),))
    day = Day(HOUR, (Caller(60.0, SALES, talk=100.0),), (shift,), AT_ONCE)

    told = simulate(SETTINGS, day)

    intervals = [one for one in told if isinstance(one, facts.AgentInterval) and one.agent == BOB]
    assert [(one.at, one.state) for one in intervals] == [
        (0.0, "loggedout"),
        (10.0, "idle"),
        (60.0, "reserved"),
        (60.0, "ringing"),
        (65.0, "oncall"),
        (165.0, "wrapup"),
        (175.0, "idle"),
        (500.0, "paused"),
        (600.0, "idle"),
        (1000.0, "loggedout"),
    ]


@pytest.mark.parametrize(
    ("does", "outcome", "at"),
    [
        (Does.RINGS, "no-answer", 75.0),
        (Does.BUSY, "busy", 60.0),
        (Does.DECLINES, "declined", 60.0),
        (Does.FAILS, "failed", 60.0),
        (Does.MISSING, "unreachable", 60.0),
        (Does.SILENT, "unreachable", 62.0),
    ],
)
def test_what_a_phone_does_is_the_offers_outcome(does: Does, outcome: str, at: float) -> None:
    habits = Habits({does: 1.0}, round_trip=0.0)

    told = simulate(SETTINGS, Day(HOUR, (Caller(60.0, SALES, 120.0),), (Shift(ADA),), habits))

    ended = next(fact for fact in told if isinstance(fact, facts.OfferEnded))
    assert (ended.outcome, ended.at) == (outcome, at)


def test_a_caller_whose_agents_phone_dies_waits_again() -> None:
    habits = Habits({Does.DIES: 1.0}, Always(5.0), round_trip=0.0)
    caller = Caller(60.0, SALES, patience=50.0, talk=100.0)

    told = simulate(SETTINGS, Day(HOUR, (caller,), (Shift(ADA),), habits))

    left = [fact.ending for fact in told if isinstance(fact, facts.CallLeft)]
    assert left[0] == "answered"
    assert len(left) > 1


def test_an_agent_whose_phone_was_without_power_is_rung_again_once_it_is_back() -> None:
    settings = replace(SETTINGS, presence=PresenceSettings(subscribe=True))
    habits = Habits({Does.DIES: 1.0}, Always(5.0))
    callers = (Caller(60.0, SALES, 30.0, talk=100.0), Caller(900.0, SALES, talk=100.0))

    told = simulate(settings, Day(1000.0, callers, (Shift(ADA),), habits))

    offered = [fact.at for fact in told if isinstance(fact, facts.CallOffered)]
    assert max(offered) > 900.0


def test_at_the_days_end_whoever_waits_is_hung_up_on() -> None:
    told = simulate(SETTINGS, Day(100.0, (Caller(60.0, SALES),)))

    assert [(type(fact).__name__, fact.at) for fact in told[-3:]] == [
        ("CallLeft", 100.0),
        ("CallFinished", 100.0),
        ("ServerStopped", 100.0),
    ]


def test_a_day_may_be_looked_at_after_every_event() -> None:
    day = Day(HOUR, (Caller(60.0, SALES, talk=100.0),), (Shift(ADA),), AT_ONCE)
    run = Run(SETTINGS, day)
    shown = {}

    for moment in run.events():
        shown[moment] = run.agents[ADA].state.told.state

    assert (shown[60.0], shown[165.0], shown[175.0]) == ("ringing", "wrapup", "idle")


def test_a_day_that_does_not_fit_the_configuration_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="a caller of 'seals', which is none of"):
        Run(SETTINGS, Day(HOUR, (Caller(0.0, QueueName("seals")),)))
    with pytest.raises(ValueError, match="a shift of '99', who is none of"):
        Run(SETTINGS, Day(HOUR, (), (Shift(AgentId("99")),)))
    with pytest.raises(ValueError, match="a day of inf seconds"):
        Run(SETTINGS, Day(math.inf, ()))
