"""Where the stories of a queue call begin: called, waiting, a phone dialled, talking."""

from __future__ import annotations

from actors.core.call.machine import new_call, step
from actors.ids import LeaseId
from actors.messages import sip
from actors.messages.facts import Booked
from actors.messages.life import Begin
from actors.settings import Queue
from tests import callkit as kit
from tests.callkit import ADA, QUEUE, Story, ring

LEASE = (LeaseId("1"), ADA)
FIRST, SECOND = kit.agent_leg(1), kit.agent_leg(2)


def begun(call: sip.Incoming | None = None, queue: Queue = QUEUE) -> Story:
    story = Story(new_call(kit.terms(call, queue)), step)
    story.tell(Begin(), Booked())
    return story


def waiting(queue: Queue = QUEUE) -> Story:
    story = begun(queue=queue)
    story.tell(kit.opened(), kit.confirmed(), kit.placed(queue))
    return story


def dialled(queue: Queue = QUEUE) -> Story:
    story = waiting(queue)
    story.later(5).tell(ring(1), kit.opened(FIRST), kit.on_the_wire(FIRST))
    return story


def talking() -> Story:
    story = dialled()
    story.later(3).tell(kit.rings(FIRST), kit.answered(FIRST))
    return story
