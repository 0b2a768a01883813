"""Session descriptions: a sound one, those that the RFCs allow and few send, and broken ones."""

from __future__ import annotations

from tests.hostile.chance import Chance

_HEAD = b"v=0\r\no=- %d 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
_AUDIO = b"m=audio %d RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"

_UP_TO_C = b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\n"
_AFTER_C = b"t=0 0\r\nm=audio 9000 RTP/AVP 0\r\n"

ODD = (
    b"",
    b"v=0\r\n",
    b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\n",
    b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n",
    b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n",
    _UP_TO_C + b"c=IN IP4 0.0.0.0\r\n" + _AFTER_C,
    _UP_TO_C + b"c=IN IP6 ::1\r\n" + _AFTER_C,
    _UP_TO_C + b"c=IN IP4 nowhere.invalid\r\n" + _AFTER_C,
    _UP_TO_C + b"c=IN IP4 224.0.0.1/127\r\n" + _AFTER_C,
    _UP_TO_C + b"c=IN IP4 255.255.255.255\r\n" + _AFTER_C,
)

LINES = (
    b"m=audio 0 RTP/AVP 0\r\n",
    b"m=audio 17002 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
    b"m=audio 17002 UDP/TLS/RTP/SAVPF 111\r\na=fingerprint:sha-256 00\r\na=setup:actpass\r\n",
    b"m=video 17004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
    b"m=image 17006 udptl t38\r\n",
    b"m=text 17008 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n",
    b"m=application 9 TCP/BFCP *\r\n",
    b"m=audio 17002/4 RTP/AVP 0\r\n",
    b"m=audio 17002 RTP/AVP\r\n",
    b"m=audio 17002 RTP/AVP 0 0 0 8 8 8\r\n",
    b"a=rtpmap:0 PCMU\r\n",
    b"a=rtpmap:0\r\n",
    b"a=rtpmap:8 G729/8000\r\n",
    b"a=rtpmap:101 telephone-event/48000\r\n",
    b"a=rtpmap:101 PCMU/8000\r\n",
    b"a=ptime:0\r\n",
    b"a=ptime:-20\r\n",
    b"a=ptime:100000\r\n",
    b"a=maxptime:1\r\n",
    b"a=sendonly\r\n",
    b"a=inactive\r\na=sendrecv\r\n",
    b"a=rtcp:1 IN IP4 127.0.0.1\r\n",
    b"a=rtcp-mux\r\n",
    b"a=candidate:1 1 UDP 1 192.0.2.1 1 typ host\r\n",
    b"a=group:BUNDLE 0 1\r\na=mid:0\r\n",
    b"a=fmtp:101 " + b"0-15," * 300 + b"\r\n",
    b"a=" + b"x" * 3000 + b"\r\n",
    b"b=AS:99999999999\r\n",
    b"k=clear:x\r\n",
    b"z=0 -1h 0 0\r\n",
)


def sound(host: bytes, port: int) -> bytes:
    """Return what an honest phone says."""
    return _HEAD % (port, host, host) + _AUDIO % port


def odd(chance: Chance, host: bytes, port: int) -> bytes:
    """Return what a dishonest or a rare one says."""
    kind = chance.random()
    if kind < 0.15:
        return chance.one(ODD)
    if kind < 0.5:
        return sound(host, port) + b"".join(chance.sample(LINES, chance.randint(1, 5)))
    if kind < 0.6:
        return sound(host, port) + LINES[3] * chance.one((4, 16, 17, 33, 200))
    if kind < 0.65:
        return sound(host, port) + chance.one(LINES)[:150] * 300
    return chance.mangled(sound(host, port))
