"""One RTP line for each leg's whole life, looked at packet by packet from answer to BYE."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.centre import CallCentre, hears_tone
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.rtp_tap import RtpTap, breaks
from tests.server import eventually
from tests.sipp_peers import caller, desks, log_ons

pytestmark = pytest.mark.e2e


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


def test_a_callers_rtp_is_one_line_through_welcome_music_agent_and_hold(
    centre: CallCentre, tmp_path: Path
) -> None:
    phone = centre.phone("desk1")
    with RtpTap() as tap, caller(tmp_path, centre.uri("sales"), tap.port, 14.0) as sipp:
        tap.wait_packets(300, 10)  # welcome, music, announcement
        centre.log_on_at_once(phone, "2771")
        agent = phone.wait_ring()
        agent.answer()
        agent.say_tone(1000)
        agent.listen(1.0)
        agent.hold()
        agent.wait_for("up")
        tap.wait_packets(len(tap.packets) + 50)
        agent.resume()
        agent.say_tone(1000)
        sipp.wait(20)
        packets = list(tap.packets)

    assert len(packets) == pytest.approx(14 * 50, abs=25)
    assert breaks(packets) == []
    assert packets[0].marker
    assert {packet.payload_type for packet in packets} == {0}
    assert {len(packet.payload) for packet in packets} == {160}


def test_an_agents_rtp_is_one_line_from_answer_to_the_end(tmp_path: Path) -> None:
    agents = [{"id": "3001", "queues": ["sales"]}]
    desk_port = free_port()
    with CallCentre(tmp_path, {"agent": agents}) as centre, RtpTap() as tap:
        with log_ons(tmp_path, centre.uri("acdlogin"), ["3001"], desk_port) as logging_on:
            logging_on.wait(30)
        with desks(tmp_path, desk_port).with_audio_at(tap.port):
            call = centre.phone("caller").dial(centre.uri("sales"))
            call.wait_up()
            call.say_tone(600)
            tap.wait_packets(100)
            call.hold()
            tap.wait_packets(200)
            call.resume()
            tap.wait_packets(300)
            call.press("5")
            tap.wait_packets(400)
            call.hang_up()
            centre.server.wait_calls("sales")

    assert breaks(tap.packets) == []
    assert tap.packets[0].marker
    assert {packet.payload_type for packet in tap.packets} == {0, 101}


@pytest.mark.alone
def test_packets_leave_every_20_ms(centre: CallCentre, tmp_path: Path) -> None:
    with RtpTap() as tap, caller(tmp_path, centre.uri("sales"), tap.port, 5.0) as sipp:
        sipp.wait(PATIENCE)
        packets = list(tap.packets)

    # Whatever the machine does meanwhile, packets are late and never early: the most punctual ones
    # of the first and of the last second tell whether their clock stays.
    late = np.array([packet.at - number * 0.020 for number, packet in enumerate(packets)])
    assert late[-50:].min() - late[:50].min() == pytest.approx(0.0, abs=0.010)


def test_no_packet_comes_after_the_bye(centre: CallCentre, tmp_path: Path) -> None:
    with RtpTap() as tap:
        with caller(tmp_path, centre.uri("sales"), tap.port, 1.0) as sipp:
            tap.wait_packets(20)
            sipp.wait(PATIENCE)
        centre.server.wait_calls("sales")
        eventually(lambda: not centre.server.health()["media"]["sessions"], "the session's end")
        came = len(tap.packets)
        with RtpTap() as other, caller(tmp_path, centre.uri("sales"), other.port, 3.0) as sipp:
            other.wait_packets(50)
            sipp.wait(PATIENCE)

    # The tap may be late to take what had come by then; nothing comes of the second that followed.
    assert len(tap.packets) - came < 25


def test_what_the_caller_says_reaches_the_agent_from_the_port_in_the_sdp(
    centre: CallCentre, tmp_path: Path
) -> None:
    phone = centre.agent_phone("desk1", "2771")
    at = np.arange(8000) * (2 * np.pi * 1000 / 8000)
    with RtpTap() as tap, caller(tmp_path, centre.uri("sales"), tap.port, 6.0):
        source = tap.wait_source()
        tap.speak(source, ulaw(np.sin(at) * 8000))
        agent = phone.wait_ring()
        agent.answer()

        hears_tone(agent, 1000)


def ulaw(wave: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bytes:
    """Encode by the formula of G.711, independent of the server's tables."""
    magnitude = np.minimum(np.abs(wave).astype(int), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(int) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(wave < 0, 0x80, 0)
    return bytes((~(sign | exponent << 4 | mantissa) & 0xFF).astype(np.uint8))
