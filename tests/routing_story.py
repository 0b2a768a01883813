"""A queue's routing told as a story: what happens, and whose phones ring upon it.

Floor, queue and agents are the real actors; calls are scripted. A line of a story is an event, then
after a bar who rings for which call: ``1 calls | 1:A``. Phones ring until they are told otherwise.
"""

from __future__ import annotations

import random
import re
from typing import Any

from actors.agent import AgentActor
from actors.core.routing.strategies import MOST_RINGING, STRATEGIES
from actors.floor import FloorActor
from actors.ids import AgentId, CallId, QueueName
from actors.messages import duty
from actors.messages import floor as f
from actors.queue import QueueActor
from actors.settings import Agent, Outcomes, PresenceSettings, Queue, Settings
from tests.harness import Desk, phone_at
from tests.scripted_call import Leg, ScriptedCall

SALES = QueueName("sales")
TALK_SECONDS = 60


def agent(
    name: str, *, level: int = 1, weight: int = 1, order: int | None = None, **skills: int
) -> Agent:
    """Return an agent of the queue, with these grades of skills."""
    return Agent(
        AgentId(name),
        queues=(SALES,),
        level={SALES: level},
        weight={SALES: weight},
        order={} if order is None else {SALES: order},
        skills=skills,
    )


class Story:
    """One queue whose agents are logged on, in the order in which they are given."""

    def __init__(self, strategy: str, *agents: Agent, **queue: Any) -> None:
        self.most = STRATEGIES[strategy].phones(MOST_RINGING)
        settings = Settings(
            presence=PresenceSettings(subscribe=False),
            outcomes=Outcomes(strikes=1000),
            queues=(Queue(SALES, strategy=strategy, **queue),),
            agents=agents,
        )
        self.desk = Desk()
        self.calls: dict[str, ScriptedCall] = {}
        self._seen: set[str] = set()
        world = self.desk.world
        self.floor = self.desk.seat(FloorActor(world, settings), role="floor")
        self.floor.chance = random.Random(1)  # noqa: S311 - no secret
        self.desk.seat(QueueActor(world, settings.queues[0]), queue=SALES)
        for one in agents:
            self.desk.seat(AgentActor(world, one, settings), agent=one.id)
            self.tell(f"{one.id} logs on")

    def check(self, script: str) -> None:
        """Let it happen; fail at the first line after which others ring than it says."""
        for line in filter(None, map(str.strip, script.splitlines())):
            event, _, told = line.partition("|")
            assert self.tell(event.strip()) == told.split(), line

    def tell(self, event: str) -> list[str]:
        """Let one thing happen, a second after the one before; return whose phones ring upon it."""
        rings = self._pass(1)
        who, _, what = event.partition(" ")
        match what:
            case "calls":
                self._joins(who)
            case "s pass":
                return rings + self._pass(int(who) - 1)
            case "gives up":
                self.calls[who].hang_up()
            case "answers":
                self._call_of(who).answer(self._leg(who))
            case "picks up":
                call = self._call_of(who)
                call.to_queue(f.Taken(call.call, AgentId(who)))
            case "hangs up":
                self._call_of(who).hang_up()
            case "serves":
                rings += self.tell(f"{who} answers")
                rings += self._pass(TALK_SECONDS - 1)
                return rings + self.tell(f"{who} hangs up")
            case "does not answer":
                self._call_of(who).fail(self._leg(who), "no answer")
            case "rejects":
                self._call_of(who).fail(self._leg(who), "declined")
            case _:
                self._duty(AgentId(who), what)
        return rings + self._settle()

    def _pass(self, seconds: int) -> list[str]:
        rings = []
        for _ in range(seconds):
            self.desk.advance(1.0)
            rings += self._settle()
        return rings

    def _duty(self, agent: AgentId, what: str) -> None:
        words: dict[str, duty.LoggedIn | duty.LoggedOut | duty.Pause | duty.Unpause] = {
            "logs on": duty.LoggedIn(agent, phone_at(f"sip:phone{agent}@192.0.2.7")),
            "logs off": duty.LoggedOut(agent, "test"),
            "pauses": duty.Pause(agent, "tea"),
            "is back": duty.Unpause(agent),
        }
        self.desk.post.to_agent(agent, words[what])

    def _joins(self, name: str) -> None:
        call = self.calls[name] = ScriptedCall(self.desk, CallId(name), SALES, most=self.most)
        self.desk.call(name).script = call.take
        join = f.Join(call.call, SALES, self.desk.clock.at, 0, f"{name}@test", "caller", "sales")
        call.to_queue(join)

    def _call_of(self, agent: str) -> ScriptedCall:
        [call] = [call for call in self.calls.values() if any(at(leg, agent) for leg in call.legs)]
        return call

    def _leg(self, agent: str) -> Leg:
        [leg] = [leg for leg in self._call_of(agent).legs if at(leg, agent)]
        return leg

    def _settle(self) -> list[str]:
        """Let everybody do what follows: legs that end are over once the match is done."""
        rings = self._handle()
        for call in self.calls.values():
            call.legs_go()
        return rings + self._handle()

    def _handle(self) -> list[str]:
        rings = []
        self.desk.settle()
        while waits := [call for call in self.calls.values() if call.inbox]:
            for call in waits:
                call.handle_one()
            self.desk.settle()
        for call in self.calls.values():
            for leg in call.ringing():
                if leg.lease not in self._seen:
                    self._seen.add(leg.lease)
                    rings.append(f"{call.call}:{leg.agent}")
        return rings


def at(leg: Leg, agent: str) -> bool:
    """Tell whether the leg is this agent's and not over."""
    return leg.agent == agent and leg.state != "ends"


def rung(story: Story, script: str) -> str:
    """Return who is rung for each call of ``1 2 3 ...`` where everybody rung serves it at once."""
    found = []
    for number in re.findall(r"\S+", script):
        [ring] = story.tell(f"{number} calls")
        found.append(ring.partition(":")[2])
        story.tell(f"{found[-1]} serves")
    return " ".join(found)
