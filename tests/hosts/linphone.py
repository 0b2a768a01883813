"""linphonec, linphone for the console, on a host of a lab: speaks from a file, hears into one."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import soundfile

from tests.hearing import RATE, Pcm, has_tone
from tests.hosts.host import Host
from tests.hosts.program import Program
from tests.server import eventually

SETTINGS = """[sip]
sip_port={port}
sip_tcp_port={port}
contact=sip:{user}@{address}
use_ipv6=0
use_info={info}
use_rfc2833={event}
[rtp]
audio_rtp_port={audio}
{account}[video]
automatically_initiate=0
automatically_accept=0
"""
ACCOUNT = """[proxy_0]
reg_proxy=<sip:{registrar}>
reg_identity=sip:{user}@{registrar}
reg_expires=600
reg_sendregister=1
publish=0
"""
WAV_HEADER = 44


class Linphone(Program):
    """One phone with one call at a time; digits go as `dtmf` says: rtpevent, info or both.

    With a `registrar`, a domain, it registers there, and does not say when it is done.
    """

    def __init__(  # noqa: PLR0913 - what its settings have
        self,
        folder: Path,
        host: Host,
        user: str,
        *,
        port: int,
        audio: int,
        dtmf: str = "rtpevent",
        registrar: str = "",
    ) -> None:
        self.user = user
        self._folder = folder / f"linphone-{user}"
        (self._folder / ".local/share/linphone").mkdir(parents=True)
        settings = self._folder / "linphonerc"
        settings.write_text(
            SETTINGS.format(
                user=user,
                address=host.address,
                port=port,
                audio=audio,
                info=int(dtmf != "rtpevent"),
                event=int(dtmf != "info"),
                account=ACCOUNT.format(registrar=registrar, user=user) if registrar else "",
            )
        )
        self._heard = self._folder / "heard.wav"
        self._seen = 0
        super().__init__(
            host, "env", f"HOME={self._folder}", "linphonec", "-c", str(settings), speaks=True
        )

    def __enter__(self) -> Self:
        super().__enter__()
        self.do("soundcard use files")
        self.wait_line("wav files instead")
        self.do(f"record {self._heard}")
        return self

    # -- what it does

    def dial(self, uri: str) -> None:
        """Call somebody and be answered."""
        self._seen = len(self.lines)
        self.do(f"call {uri}")
        self.wait_up()

    def wait_ring(self) -> None:
        """Wait for a call."""
        self.wait_line("Receiving new incoming call", since=self._seen)

    def answer(self) -> None:
        """Pick up."""
        self.do("answer")
        self.wait_up()

    def press(self, digits: str) -> None:
        """Press keys, one after another."""
        for digit in digits:
            self.do(digit)

    def hold(self) -> None:
        """Put the other side on hold."""
        self.do("pause")
        self.wait_line(r"Call \d+ .*paused", since=self._seen)

    def resume(self) -> None:
        """Take the other side off hold."""
        mark = len(self.lines)
        self.do("resume")
        self.wait_line("Media streams established", since=mark)

    def hang_up(self) -> None:
        """End the call, or refuse it."""
        self.do("terminate")
        self.wait_over()

    def say_tone(self, hertz: int) -> None:
        """Speak a steady tone from now on."""
        at = np.arange(RATE) * (2 * np.pi * hertz / RATE)
        file = self._folder / f"{hertz}.wav"
        soundfile.write(file, (np.sin(at) * 8000).astype(np.int16), RATE)
        self.do(f"play {file}")

    # -- what it sees and hears

    def wait_up(self) -> None:
        """Wait until a call has its audio."""
        self.wait_line("Media streams established", since=self._seen)

    def wait_over(self) -> None:
        """Wait for the end of its call."""
        self.wait_line(r"Call \d+ .*ended", since=self._seen)
        self._seen = len(self.lines)

    def hears_tone(self, hertz: int) -> None:
        """Wait until a tone and nothing else is heard."""
        eventually(lambda: has_tone(self._last(0.2), hertz), f"{hertz} Hz at {self.user}")

    def _last(self, seconds: float) -> Pcm:
        if not self._heard.exists():
            return np.zeros(0, np.int16)
        count = round(seconds * RATE) * 2
        data = self._heard.read_bytes()[WAV_HEADER:]
        whole = data[: len(data) // 2 * 2]
        return np.frombuffer(whole[-count:], "<i2").astype(np.int16)
