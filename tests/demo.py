"""``./acd demo``: a small call centre with real phones on loopback, told step by step.

Three agents log on, five callers dial, one agent lets it ring, one writes notes after a call. What
REST says is printed after each step. To listen, point phones of your own at ``./acd run``.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from pathlib import Path

import toml

from tests.phones import Phone, PhoneCall
from tests.server import AcdServer

CONFIGURATION = {
    "presence": {"unknown_is_idle_after": 0.0},
    "queue": [
        {
            "name": "sales",
            "welcome": "Welcome to the sales department. Please stay on the line.",
            "ring_seconds": 4.0,
            "wrapup_seconds": 3.0,
            "announcement": {"prompts": ["Thank you for waiting."], "every": 10.0},
        },
    ],
    "agent": [
        {"id": "2771", "queues": ["sales"]},
        {"id": "2772", "queues": ["sales"]},
        {"id": "2773", "queues": ["sales"]},
    ],
}


class Show:
    """Tells the story and shows what REST says."""

    def __init__(self, server: AcdServer) -> None:
        self.server = server

    def tell(self, what: str) -> None:
        """Print one step, then the queues and agents."""
        sys.stdout.write(f"\n== {what}\n")
        for agent in self.server.get("/agents")["agents"]:
            line = f"   agent {agent['id']}: {agent['state']:<13} idle {agent['idletime']:>3} s"
            sys.stdout.write(f"{line}  {agent['device']}\n")
        for queue in self.server.get("/queues")["queues"]:
            for call in queue["calls"]:
                line = f"   queue {queue['name']}: {call['state']:<10} {call['from']}"
                sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def log_on(server: AcdServer, phone: Phone, agent: str) -> None:
    """Log the agent on as people do: dial, wait for the question, key in the number."""
    call = phone.dial(server.uri("acdlogin"))
    call.wait_up()
    call.listen(0.5)
    call.press(f"{agent}#")
    call.wait_over(20)
    server.wait_agent(agent, "idle")


def play(server: AcdServer, phones: dict[str, Phone]) -> None:
    """Go through the story."""
    show = Show(server)
    show.tell("The server runs; nobody is logged on.")
    for agent in ("2771", "2772", "2773"):
        log_on(server, phones[agent], agent)
    show.tell("Three agents have dialled acdlogin and keyed in their numbers.")

    first = phones["caller1"].dial(server.uri("sales"))
    ringing = phones["2771"].wait_ring()
    show.tell("A caller dials sales: the agent idle longest is rung.")
    second_try = phones["2772"].wait_ring(10)
    show.tell("2771 let it ring for 4 s: 2772 is rung at once, the caller kept the place.")
    second_try.answer()
    server.wait_agent("2772", "oncall")
    show.tell("2772 answers: they talk.")
    assert ringing.wait_over(5)

    waiting = fill(server, phones)
    show.tell("Four more callers: two agents are free for them, the rest wait with music.")
    second_try.hang_up()
    first.wait_over()
    show.tell("2772 hangs up and writes notes for 3 s (wrap-up).")
    phones["2772"].wait_ring(10).answer()
    show.tell("The wrap-up is over: the next caller is put through.")
    for call in waiting:
        if call.end_reason is None:
            call.hang_up()
    time.sleep(0.2)
    show.tell("All callers have hung up.")


def fill(server: AcdServer, phones: dict[str, Phone]) -> list[PhoneCall]:
    """Have four callers dial; the two free agents answer at once."""
    for agent in ("2771", "2773"):
        phones[agent].answer_calls()
    calls = [phones[f"caller{n}"].dial(server.uri("sales")) for n in (2, 3, 4, 5)]
    server.wait_agent("2771", "oncall", 10)
    server.wait_agent("2773", "oncall", 10)
    return calls


def main() -> int:
    """Run the demonstration."""
    names = ["2771", "2772", "2773", *(f"caller{n}" for n in range(1, 6))]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="acd-demo-")))
        server = stack.enter_context(AcdServer(folder, CONFIGURATION))
        sys.stdout.write(f"configuration:\n{toml.dumps(CONFIGURATION)}\n")
        phones = {name: stack.enter_context(Phone(name)) for name in names}
        play(server, phones)
    return 0


if __name__ == "__main__":
    sys.exit(main())
