"""DialogueActor: one call to a service AOR, such as the one agents log on by."""

from __future__ import annotations

from actors.actor import World
from actors.callmachine import CallMachine
from actors.core.dialogue import new_dialogue, step
from actors.core.dialoguestate import Terms


class DialogueActor(CallMachine):
    """An agent logging on or out, pausing or coming back, by phone.

    It asks and says; what comes of it the floor decides. The rules are `actors.core.dialogue`.
    """

    def __init__(self, world: World, terms: Terms) -> None:
        super().__init__(world, terms.caller.incoming.leg.call, new_dialogue(terms), step)
