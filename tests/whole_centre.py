"""A whole centre to be taken through every order of events: real calls, agents, queues and floor.

Only SIP and media are mocked. What must hold of all of them together, whenever all is quiet and at
the end, is checked here; what happens is for the machine in test_centre_machine.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from actors.agent import AgentActor
from actors.call import CallActor
from actors.core.agent.state import Rest
from actors.core.call.state import CallTerms, Joining, Waiting
from actors.core.routing.line import CallState
from actors.directory import DirectoryActor, Starters
from actors.exchange.actor import World
from actors.exchange.post import Ref
from actors.floor import FloorActor
from actors.ids import AgentId, CallId, QueueName
from actors.messages import facts
from actors.messages.by import BY_SERVER
from actors.messages.directory import Exist
from actors.messages.duty import Done, Refused
from actors.messages.phone import Phone
from actors.messages.views import AgentSnapshot
from actors.queue import QueueActor
from actors.seats import SeatsActor
from actors.settings import Agent, Destination, Overflow, Queue, Settings
from actors.switchboard import SwitchboardActor, Terms
from tests import callkit as kit
from tests.fake_gateway import At, FakeGateway
from tests.harness import Desk, phone_at
from tests.neighbours import FakeMedia, Neighbour

SALES, SUPPORT = QueueName("sales"), QueueName("support")
TO_SALES, TO_SUPPORT = Destination(queue=SALES), Destination(queue=SUPPORT)
QUEUES = {
    SALES: Queue(
        SALES,
        wrapup_seconds=3.0,
        max_wait=20.0,
        max_length=3,
        overflow=Overflow(max_wait=TO_SUPPORT, max_length=TO_SUPPORT),
    ),
    SUPPORT: Queue(
        SUPPORT,
        priority=1,
        welcome=kit.WELCOME,
        strategy="ring-all",
        max_wait=10.0,
        max_length=2,
        overflow=Overflow(max_wait=TO_SALES, max_length=TO_SALES),
    ),
}
AGENTS = {
    AgentId("2771"): Agent(AgentId("2771"), queues=(SALES, SUPPORT)),
    AgentId("2772"): Agent(AgentId("2772"), queues=(SALES,)),
    AgentId("2773"): Agent(AgentId("2773"), queues=(SUPPORT, SALES), wrapup_seconds=0.0),
}
SETTINGS = Settings(queues=tuple(QUEUES.values()), agents=tuple(AGENTS.values()))
AT_LAST = 100.0
"""Seconds after which every timer of a call that ends has fired."""


def phone_of(agent: AgentId) -> Phone:
    return phone_at(f"sip:phone{agent}@192.0.2.7")


def service_of(agent: AgentId) -> CallId:
    """Return the call to a service that the agent's phone makes, one at a time."""
    return CallId(f"service-{agent}")


class StumblingAgent(AgentActor):
    """Fails on the next message of some kind; only other faults are counted."""

    stumbles: type | None = None
    stumbled = 0

    def handle(self, message: object) -> AgentSnapshot | Done | Refused | None:
        if self.stumbles and isinstance(message, self.stumbles):
            self.stumbles = None
            self.stumbled += 1
            self.faults -= 1
            raise RuntimeError(f"stumbled over {message!r}")
        return super().handle(message)


class WholeCentre:
    """The actors at one desk, SIP and media mocked beside them, and what holds of them together."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.sip = FakeGateway(self.desk.post, self.desk.gateway)
        self.media = FakeMedia(self.desk.post, self.desk.media)
        world = self.desk.world
        nothing = Settings()
        self.floor = self.desk.seat(FloorActor(world, nothing), role="floor")
        self.desk.seat(SeatsActor(world, nothing), role="seats")
        self.desk.seat(SwitchboardActor(world, nothing, self.begin), role="switchboard")
        starters = Starters(self.have_queue, self.have_agent)
        self.directory = self.desk.seat(DirectoryActor(world, nothing, starters), role="directory")
        self.exist(set(QUEUES), {name: AGENTS[name].queues for name in AGENTS})
        self.desk.settle()

    def exist(
        self,
        queues: set[QueueName],
        agents: dict[AgentId, tuple[QueueName, ...]],
        priority: int = 0,
    ) -> None:
        """Want these queues, and these agents in those of them, with so much more priority."""
        wanted = (replace(QUEUES[one], priority=priority) for one in QUEUES if one in queues)
        members = {
            name: replace(AGENTS[name], queues=tuple(one for one in own if one in queues))
            for name, own in agents.items()
        }
        self.desk.post.to_directory(Exist(tuple(wanted), tuple(members.values()), BY_SERVER))

    def have_queue(self, world: World, queue: Queue) -> Ref:
        return self.desk.seat(QueueActor(world, queue)).actor_ref

    def have_agent(self, world: World, agent: Agent, settings: Settings) -> Ref:
        return self.desk.seat(StumblingAgent(world, agent, settings)).actor_ref

    @property
    def queues(self) -> dict[QueueName, QueueActor]:
        """The queues that there are, those that are closing among them."""
        return {one.queue.name: one for one in self.desk.actors if isinstance(one, QueueActor)}

    @property
    def agents(self) -> dict[AgentId, StumblingAgent]:
        """The agents that there are, those who leave after their call among them."""
        return {one.agent.id: one for one in self.desk.actors if isinstance(one, StumblingAgent)}

    def begin(self, world: World, terms: Terms) -> Ref:
        """Have a call's actor whose inbox is emptied by hand."""
        assert isinstance(terms, CallTerms)
        return self.desk.seat(CallActor(world, terms)).actor_ref

    @staticmethod
    def handle(one: Neighbour) -> None:
        """No phone confirms a CANCEL at once."""
        one.handle_one(**({"silent": True} if isinstance(one, FakeGateway) else {}))

    # -- what always holds

    def settle(self) -> None:
        """Let everybody handle everything, then check what holds whenever all is quiet."""
        self.desk.settle()
        while self.sip.inbox or self.media.inbox:
            self.handle(self.sip if self.sip.inbox else self.media)
            self.desk.settle()
        told = {name: agent.state.told_free for name, agent in self.agents.items()}
        free = {name: since for name, since in told.items() if since is not None}
        assert {a: known.idle_since for a, known in self.floor.pool.agents.items()} == free
        assert not self.floor.pool.leases
        for call in (want.told for want in self.floor.pool.wants.values()):
            members = [agent for agent in free if call.queue in self.agents[agent].agent.queues]
            idle = set(members) - call.avoid
            assert not idle, f"{idle} are free while {call.call} waits in {call.queue}"
        self.check_the_directory()
        lines = [queue.line.calls for queue in self.queues.values()]
        waiting = {c for line in lines for c in line if line[c].state is CallState.WAITING}
        calls = [one for one in self.desk.actors if isinstance(one, CallActor)]
        lost = [one.call for one in calls if isinstance(one.state.phase, Joining)]  # type: ignore[attr-defined] # of a queue call
        assert not lost, f"no queue has answered {lost}"
        resting = waiting - set(self.floor.pool.wants)
        assert all(self.has_failed(call) for call in resting), f"nobody is offered {resting}"

    def check_the_directory(self) -> None:
        """Everybody knows of the same queues and members; nobody waits in one that is no more."""
        known = self.directory.directory
        assert set(self.queues) == set(known.queues) == set(self.desk.post.queues())
        assert set(self.floor.pool.shares) == set(known.queues)
        assert set(self.desk.post.agents()) == set(self.agents) >= set(known.agents)
        for name, share in self.floor.pool.shares.items():
            members = {agent.id for agent in known.agents.values() if name in agent.queues}
            assert set(share.members) == members
            assert set(share.free()) == members & set(self.floor.pool.agents)
        for agent in known.agents.values():
            assert self.agents[agent.id].agent == agent
        for name in known.closing:
            entered = [
                one
                for one in self.desk.actors
                if isinstance(one, CallActor) and one.state.terms.queue == name  # type: ignore[attr-defined]
            ]
            assert entered or self.queues[name].line.calls, f"{name} is closing for nobody"

    def has_failed(self, call: CallId) -> bool:
        """Whether the call rests because the last phone could not take it."""
        [actor] = [a for a in self.desk.actors if isinstance(a, CallActor) and a.call == call]
        phase: object = actor.state.phase  # type: ignore[attr-defined] # of a queue call
        return isinstance(phase, Waiting) and phase.place.failures > 0

    def check_the_end(self) -> None:
        """No lease, leg, session or actor is left; the journal has one end for each beginning."""
        assert set(self.sip.legs.values()) <= {At.OVER}
        assert set(self.media.state.values()) <= {"closed"}
        assert not self.desk.post.calls()
        assert not [actor for actor in self.desk.actors if isinstance(actor, CallActor)]
        assert not self.floor.pool.wants
        assert not any(queue.line.calls for queue in self.queues.values())
        assert not self.directory.directory.closing
        assert set(self.agents) == set(self.directory.directory.agents)
        assert all(isinstance(agent.state.work, Rest) for agent in self.agents.values())
        assert all(agent.state.own_call is None for agent in self.agents.values())
        idle = {name for name, agent in self.agents.items() if agent.state.told.state == "idle"}
        assert set(self.floor.pool.agents) == idle
        journal = self.desk.journal
        entered = [fact.call for fact in journal.of(facts.CallEntered)]
        finished = [fact.call for fact in journal.of(facts.CallFinished)]
        assert sorted(entered) == sorted(finished)
        assert len(set(entered)) == len(entered)
        offered = Counter((fact.call, fact.agent) for fact in journal.of(facts.CallOffered))
        outcomes = Counter((fact.call, fact.agent) for fact in journal.of(facts.OfferEnded))
        assert offered == outcomes
