"""A phone by Perl's Net::SIP on a host of a lab (net_sip.pl): bare, and of the third make."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Self

import numpy as np
import soundfile

from tests.hearing import RATE, Pcm, has_tone
from tests.hosts.host import Host
from tests.hosts.program import Program
from tests.server import eventually

MU_LAW = {"format": "RAW", "subtype": "ULAW"}
SCRIPT = Path(__file__).with_suffix(".pl")


class NetSip(Program):
    """One phone with one call at a time, which answers every call at once."""

    def __init__(self, folder: Path, host: Host, user: str, *, port: int) -> None:
        self.user = user
        self._folder = folder
        self._heard = folder / f"net-sip-{user}.ulaw"
        self._seen = 0
        place = f"{host.address}:{port}"
        super().__init__(
            host,
            *("perl", str(SCRIPT), f"sip:{user}@{place}", place, str(self._heard)),
            speaks=True,
        )

    def __enter__(self) -> Self:
        super().__enter__()
        self.wait_line("^ready$")
        return self

    def dial(self, uri: str, *, late: bool = False) -> None:
        """Call somebody and be answered; `late`: the offer is left to the other side."""
        self._seen = len(self.lines)
        self.do(f"{'late' if late else 'call'} {uri}")
        self.wait_up()

    def press(self, digits: str, method: str = "rfc2833") -> None:
        """Press keys: by RFC 4733 (rfc2833) or as tones in the audio (audio)."""
        self.do(f"keys {digits} {method}")

    def hold(self) -> None:
        """Put the other side on hold in the old way, by 0.0.0.0 (RFC 2543)."""
        self._told("hold", "^held$")

    def resume(self) -> None:
        """Take the other side off hold."""
        self._told("resume", "^resumed$")

    def hang_up(self) -> None:
        """End the call."""
        self._told("bye", "^over$")
        self._seen = len(self.lines)

    def say_tone(self, hertz: int) -> None:
        """Speak a steady tone from now on."""
        at = np.arange(RATE) * (2 * np.pi * hertz / RATE)
        file = self._folder / f"{hertz}.ulaw"
        soundfile.write(file, np.sin(at) / 4, RATE, **MU_LAW)
        self.do(f"say {file}")

    def wait_up(self) -> None:
        """Wait until a call is up."""
        self.wait_line("^up$", since=self._seen)

    def wait_over(self) -> None:
        """Wait for the end of its call."""
        self.wait_line("^over$", since=self._seen)
        self._seen = len(self.lines)

    def hears_tone(self, hertz: int) -> None:
        """Wait until a tone and nothing else is heard."""
        eventually(lambda: has_tone(self._last(0.2), hertz), f"{hertz} Hz at {self.user}")

    def _last(self, seconds: float) -> Pcm:
        data = self._heard.read_bytes()[-round(seconds * RATE) :]
        if not data:
            return np.zeros(0, np.int16)
        pcm, _ = soundfile.read(
            io.BytesIO(data), dtype="int16", samplerate=RATE, channels=1, **MU_LAW
        )
        return np.asarray(pcm, np.int16)

    def _told(self, command: str, pattern: str) -> None:
        mark = len(self.lines)
        self.do(command)
        self.wait_line(pattern, since=mark)
