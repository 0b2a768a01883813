"""One real phone in a process of its own: baresip, told by JSON lines what to do.

baresip allows one SIP stack a process, and a crash of it must fail one test only. Commands come
on standard input as ``{"n": 1, "do": "dial", ...}``; each is answered by ``{"reply": 1, "error":
null, ...}``; what happens on the phone comes as ``{"event": ...}``, its audio as ``{"pcm": ...}``
(base64 of 16-bit PCM at the call's rate, 8,000 Hz for G.711).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TextIO

from baresip.call import Call
from baresip.config import Account, Config
from baresip.errors import AudioNotActive, AudioRestarted, BaresipError, StaleHandleError
from baresip.events import Event, StackEvent
from baresip.runtime import Runtime
from baresip.ua import UserAgent

FRAME_SECONDS = 0.02
# Written ahead of the packet clock: two frames, so that a late wake-up starves nothing.
AHEAD_BYTES = 3 * 320

NAMES = {
    Event.CALL_RINGING: "ringing",
    Event.CALL_PROGRESS: "progress",
    Event.CALL_ESTABLISHED: "up",
    Event.CALL_HOLD: "held",
    Event.CALL_RESUME: "resumed",
    Event.CALL_CLOSED: "over",
}


class Line:
    """One call of the phone, its audio in and out."""

    def __init__(self, number: int, call: Call, tell: Callable[[dict[str, Any]], None]) -> None:
        self.number = number
        self.call = call
        self._tell = tell
        self._voice = b""
        self._at = 0
        self._again = False
        self.over = False
        call.on(self._on_event)
        self._audio = asyncio.get_running_loop().create_task(self._pump())

    def say(self, pcm: bytes, *, again: bool) -> None:
        """Speak these samples once, or over and over."""
        self._voice, self._at, self._again = pcm, 0, again

    def _event(self, name: str, **more: Any) -> None:
        self._tell({"event": name, "call": self.number, **more})

    def _on_event(self, event: StackEvent) -> None:
        # At its start: keys sent by INFO 220 ms apart say they last 250 ms, and have no end.
        if event.event is Event.CALL_DTMF_START and event.text:
            self._event("digit", digit=event.text)
        name = NAMES.get(event.event)
        if name is None:
            return
        self._event(name, text=event.text or "", call_id=self.call.call_id or "")
        if name == "over":
            self.over = True
            self._audio.cancel()

    async def _pump(self) -> None:
        """Move audio both ways, frame by frame, for as long as the call lives."""
        while True:
            with contextlib.suppress(AudioNotActive, AudioRestarted):
                self._hear()
                self._speak()
            await asyncio.sleep(FRAME_SECONDS / 2)

    def _hear(self) -> None:
        pcm = self.call.audio.read(65536)
        if pcm:
            self._tell({"pcm": base64.b64encode(pcm).decode(), "call": self.number})

    def _speak(self) -> None:
        if not self._voice:
            return
        wanted = AHEAD_BYTES - self.call.audio.info().tx_buffered
        while wanted > 0 and self._voice:
            chunk = self._voice[self._at : self._at + wanted]
            self._at += len(chunk)
            wanted -= self.call.audio.write(chunk)
            if self._at < len(self._voice):
                return
            self._at = 0
            if not self._again:
                self._voice = b""
                self._event("said")


class Telephone:
    """The phone: one account on one SIP port, and its lines."""

    def __init__(self, settings: dict[str, Any], out: TextIO) -> None:
        self._settings = settings
        self._out = out
        self._runtime = Runtime()
        self._lines: dict[int, Line] = {}
        self._on_ring = "ring"

    async def start(self) -> None:
        """Bring the stack up on the settings' port."""
        address, port = self._settings["address"], self._settings["port"]
        await self._runtime.start(
            Config(
                net_interface=address,
                max_concurrent_calls=8,
                native_log_level="info",
                sip_trace=bool(self._settings["trace"]),
                extra_config_text=f"sip_listen {address}:{port}\nrtp_ports 10000-19999\n",
            )
        )
        proxy, registers = self._settings["proxy"], self._settings["registers"]
        self._agent = await UserAgent.create(
            self._runtime,
            Account(
                self._settings["user"],
                self._settings["domain"],
                self._settings["password"],
                registrar=proxy or None,
                reg_interval=60 if registers else 0,
                transport=self._settings["transport"],
                audio_codecs=tuple(self._settings["codecs"]),
                dtmf_mode=self._settings["dtmf"],
                extra_params=("catchall=yes",),  # rings for whatever user part the URI has
            ),
        )
        self._agent.on_incoming(self._incoming)
        self.tell({"event": "started"})

    def tell(self, message: dict[str, Any]) -> None:
        """Write one line to the test."""
        self._out.write(json.dumps(message) + "\n")
        self._out.flush()

    def _add(self, call: Call) -> Line:
        line = Line(len(self._lines) + 1, call, self.tell)
        self._lines[line.number] = line
        return line

    def _incoming(self, call: Call) -> None:
        line = self._add(call)
        self.tell(
            {
                "event": "incoming",
                "call": line.number,
                "peer": call.peer or "",
                "call_id": call.call_id or "",
            }
        )
        engaged = any(one is not line and not one.over for one in self._lines.values())
        one_line = call.reject if engaged else None
        actions = {"answer": call.answer, "busy": call.reject, "one line": one_line}
        action = actions.get(self._on_ring)
        if action:
            self._reaction = asyncio.get_running_loop().create_task(self._react(action))

    async def _react(self, action: Callable[[], Awaitable[None]]) -> None:
        try:
            await action()
        except BaresipError as error:  # a caller who gave up in this very moment
            self.tell({"event": "refused", "text": str(error)})

    async def obey(self, order: dict[str, Any]) -> None:
        """Do one command and say what came of it."""
        more: dict[str, Any] = {}
        error = None
        try:
            more = await getattr(self, f"_do_{order['do']}")(order) or {}
        except (BaresipError, ValueError, KeyError, TimeoutError) as fault:
            error = f"{type(fault).__name__}: {fault}"
        self.tell({"reply": order["n"], "error": error, **more})

    async def _do_register(self, _order: dict[str, Any]) -> None:
        await self._agent.register(timeout=5)

    async def _do_unregister(self, _order: dict[str, Any]) -> None:
        await self._agent.unregister(timeout=5)

    async def _do_on_ring(self, order: dict[str, Any]) -> None:
        self._on_ring = order["action"]

    async def _do_dial(self, order: dict[str, Any]) -> dict[str, Any]:
        # A server that answers in 2 ms is faster than the return from dial(), before which the call
        # hears of nothing.
        early: list[StackEvent] = []

        def note(event: StackEvent) -> None:
            early.append(event)

        self._runtime.subscribe(note)
        try:
            call = await self._agent.dial(order["uri"], headers=order.get("headers"))
        finally:
            self._runtime.unsubscribe(note)
        line = self._add(call)
        for event in early:
            call._on_stack_event(event)
        return {"call": line.number}

    async def _do_answer(self, order: dict[str, Any]) -> None:
        await self._lines[order["call"]].call.answer()

    async def _do_reject(self, order: dict[str, Any]) -> None:
        await self._lines[order["call"]].call.reject()

    async def _do_hang_up(self, order: dict[str, Any]) -> None:
        await self._lines[order["call"]].call.hangup()

    async def _do_hold(self, order: dict[str, Any]) -> None:
        await self._when_quiet(self._lines[order["call"]].call.hold)

    async def _do_resume(self, order: dict[str, Any]) -> None:
        await self._when_quiet(self._lines[order["call"]].call.resume)

    @staticmethod
    async def _when_quiet(reinvite: Callable[[], Awaitable[None]]) -> None:
        """Send a re-INVITE as soon as none before it is under way (RFC 3261, section 14.1)."""
        for _ in range(100):
            try:
                return await reinvite()
            except BaresipError as error:
                if "in flight" not in str(error):
                    raise
            await asyncio.sleep(FRAME_SECONDS)
        raise TimeoutError

    async def _do_press(self, order: dict[str, Any]) -> None:
        with contextlib.suppress(StaleHandleError):  # the far side may hang up on a key
            await self._lines[order["call"]].call.send_dtmf(order["digits"])

    async def _do_say(self, order: dict[str, Any]) -> None:
        self._lines[order["call"]].say(base64.b64decode(order["pcm"]), again=order["again"])

    async def close(self) -> None:
        """End the stack."""
        await self._runtime.close()


async def main(settings: dict[str, Any], out: TextIO) -> None:
    """Run the phone until standard input ends."""
    phone = Telephone(settings, out)
    await phone.start()
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    doing = set()
    while line := await reader.readline():
        task = asyncio.get_running_loop().create_task(phone.obey(json.loads(line)))
        doing.add(task)
        task.add_done_callback(doing.discard)
    await phone.close()


if __name__ == "__main__":
    # The stack's own prints go to standard error: standard output carries only our lines.
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    wanted = json.loads(sys.argv[1])
    if wanted["trace"]:
        logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(main(wanted, lines))
