"""A caller and an agent on the phone with each other: they hear each other, hold, hang up."""

from __future__ import annotations

from dataclasses import dataclass

from tests.centre import hears_tone
from tests.phones import Phone, PhoneCall


@dataclass(frozen=True)
class Talk:
    """One call of a queue, from both of its ends."""

    caller: PhoneCall
    agent: PhoneCall

    @classmethod
    def begin(cls, call: PhoneCall, desk: Phone) -> Talk:
        """Pick the call up at the desk that rings for it, and hear each other."""
        ringing = desk.wait_ring()
        ringing.answer()
        talk = cls(call, ringing)
        talk.heard()
        return talk

    def heard(self) -> None:
        """Each hears the other, and nothing else."""
        they_talk(self.caller, self.agent)

    def hold(self) -> None:
        """The agent holds the caller and comes back; they hear each other again."""
        self.agent.hold()
        self.agent.resume()
        self.heard()

    def end(self) -> None:
        """The caller hangs up, and the agent's phone is told."""
        self.caller.hang_up()
        self.agent.wait_over()


def they_talk(one: PhoneCall, other: PhoneCall) -> None:
    """Each hears the other, and nothing else."""
    one.say_tone(600)
    other.say_tone(1100)
    hears_tone(one, 1100)
    hears_tone(other, 600)
