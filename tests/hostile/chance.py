"""Seeded accidents: what may befall a message on its way through a stranger's hands.

Everything here is of this folder's own: a parser of the product's would hide its own mistakes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

MOST_BYTES = 60_000
"""No more than fits into a UDP packet."""

NUMBERS = (
    b"0", b"-1", b"1", b"255", b"256", b"65535", b"65536", b"2147483647", b"2147483648",
    b"4294967295", b"4294967296", b"9223372036854775808", b"99999999999999999999999999", b"1e9",
    b"0x10", b"00000000000000000001", b"", b" ", b"1.5", b"NaN", b"+5", b"\xd9\xa3",
)  # fmt: skip

TOKENS = (
    b"", b" ", b"\t", b"\x00", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\r\n ", b'"', b"<", b">",
    b"<>", b";", b";;;;", b"=", b",", b",,", b":", b"@", b"@@", b"%", b"%00", b"%zz", b"\\", b"/",
    b"?", b"&", b"[", b"]", b"[::1]", b"[::", b"sip:", b"sips:", b"tel:+1", b"sip:@", b"sip::@:",
    b"sip:a@b:99999", b"<sip:a@b", b'"unclosed', b";tag=", b";lr", b";transport=tls",
    b";transport=ws", b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\xf0\x9f\x93\x9e", b"M\xfcller",
    b"\xef\xbb\xbf", b"\x1b[2J", b"A" * 300, b"A" * 5000, b" " * 4000, b"\t " * 1500, b"(" * 2000,
    b'\\"' * 1000, b"a=b;" * 800, b"<" * 500, b"1" * 400, b"%n%s%x", b"${jndi:x}", b"'; --",
    b"localhost", b"0.0.0.0", b"255.255.255.255", b"127.0.0.1", b"nowhere.invalid", b"*",
)  # fmt: skip

_NUMBER = re.compile(rb"[0-9]+")
_WORD = re.compile(rb"[A-Za-z0-9.+-]+")

T = TypeVar("T")


class Chance(random.Random):
    """Dice of which the same seed throws the same."""

    def happens(self, share: float) -> bool:
        """Return True in this share of the cases."""
        return self.random() < share

    def one(self, choices: Sequence[T]) -> T:
        """Return one of them."""
        return choices[self.randrange(len(choices))]

    def number(self) -> bytes:
        """Return a number that is none, too large, or at an edge."""
        return self.one(NUMBERS)

    def token(self) -> bytes:
        """Return something that has a meaning where it should have none."""
        return self.one(TOKENS)

    def noise(self, most: int = 200) -> bytes:
        """Return up to so many bytes of anything."""
        return self.randbytes(self.randrange(most + 1))

    def word(self) -> bytes:
        """Return a word that nobody else has thrown."""
        return b"%016x" % self.getrandbits(64)

    def mangled(self, message: bytes, most: int = 4) -> bytes:
        """Return the message after one accident or some more."""
        for _ in range(self.randint(1, most)):
            message = self.one(ACCIDENTS)(self, message)[:MOST_BYTES]
        return message

    def part(self, message: bytes) -> slice:
        """Return a place in the message, most often a short one."""
        begin = self.randrange(len(message) + 1)
        return slice(begin, begin + int(self.expovariate(1 / 12)))


# ---- accidents: message in, message out --------------------------------------------------------


def _flip(chance: Chance, message: bytes) -> bytes:
    changed = bytearray(message)
    for _ in range(chance.randint(1, 4)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _lose(chance: Chance, message: bytes) -> bytes:
    part = chance.part(message)
    return message[: part.start] + message[part.stop :]


def _insert(chance: Chance, message: bytes) -> bytes:
    at = chance.part(message).start
    what = chance.token() if chance.happens(0.7) else chance.noise(40)
    return message[:at] + what + message[at:]


def _repeat(chance: Chance, message: bytes) -> bytes:
    part = chance.part(message)
    times = chance.one((2, 2, 3, 10, 100, 1000))
    return message[: part.start] + message[part] * times + message[part.stop :]


def _cut(chance: Chance, message: bytes) -> bytes:
    return message[: chance.randrange(len(message) + 1)]


def _other_number(chance: Chance, message: bytes) -> bytes:
    return _replace(chance, message, _NUMBER, chance.number())


def _other_word(chance: Chance, message: bytes) -> bytes:
    return _replace(chance, message, _WORD, chance.token())


def _replace(chance: Chance, message: bytes, wanted: re.Pattern[bytes], by: bytes) -> bytes:
    found = list(wanted.finditer(message))
    if not found:
        return message
    place = chance.one(found)
    return message[: place.start()] + by + message[place.end() :]


def _lines(change: Callable[[Chance, list[bytes], int], None]) -> Callable[[Chance, bytes], bytes]:
    def accident(chance: Chance, message: bytes) -> bytes:
        lines = message.split(b"\r\n")
        change(chance, lines, chance.randrange(len(lines)))
        return b"\r\n".join(lines)

    return accident


def _drop_line(_chance: Chance, lines: list[bytes], at: int) -> None:
    del lines[at]


def _double_line(chance: Chance, lines: list[bytes], at: int) -> None:
    lines[at:at] = [lines[at]] * chance.one((1, 1, 2, 60))


def _move_line(chance: Chance, lines: list[bytes], at: int) -> None:
    line = lines.pop(at)
    lines.insert(chance.randrange(len(lines) + 1), line)


def _other_value(chance: Chance, lines: list[bytes], at: int) -> None:
    name, colon, _ = lines[at].partition(b":")
    lines[at] = name + colon + chance.token()


def _fold_line(chance: Chance, lines: list[bytes], at: int) -> None:
    part = chance.part(lines[at]).start
    lines[at] = lines[at][:part] + b"\r\n " + lines[at][part:]


def _bare_feeds(_chance: Chance, message: bytes) -> bytes:
    return message.replace(b"\r\n", b"\n")


def _append(chance: Chance, message: bytes) -> bytes:
    return message + chance.one((b"\x00", b"\r\n", message, chance.noise(), b"x" * 2000))


ACCIDENTS: tuple[Callable[[Chance, bytes], bytes], ...] = (
    _flip,
    _lose,
    _insert,
    _insert,
    _repeat,
    _cut,
    _other_number,
    _other_number,
    _other_word,
    _other_word,
    _lines(_drop_line),
    _lines(_double_line),
    _lines(_move_line),
    _lines(_other_value),
    _lines(_fold_line),
    _bare_feeds,
    _append,
)
