"""Prompts: their three ways to be written, their ids, and what login calls say by default."""

from __future__ import annotations

import hashlib
from pathlib import Path

from actors.ids import PromptId
from actors.settings import Prompt

LONGEST_TEXT = 2000
"""Characters: some two minutes of speech; more is a mistake."""

LARGEST_FILE = 100_000_000
"""Bytes: nearly ten minutes of stereo WAV at 48 kHz and 24 bits; more is not a prompt."""

LOGIN_PROMPTS = {
    "ask_id": "Please enter your agent number, followed by the hash key.",
    "ask_pin": "Please enter your PIN, followed by the hash key.",
    "wrong": "Sorry, that was not correct.",
    "accepted": "Thank you. You are logged on.",
    "agent_elsewhere": "Sorry, this agent is already logged on at another phone.",
    "phone_taken": "Sorry, another agent is already logged on at this phone.",
    "locked": "Sorry, there were too many attempts. Please try again later.",
    "goodbye": "Goodbye.",
    "logged_out": "You are logged off. Goodbye.",
    "nobody_here": "Sorry, nobody is logged on at this phone.",
    "paused": "You are on a break. You will receive no calls.",
    "ask_reason": "Why do you take a break?",
    "unpaused": "Welcome back. You will receive calls again.",
    "wrapup_ended": "Thank you. You will receive calls again.",
    "wrapup_extended": "You have more time before the next call.",
    "no_wrapup": "Sorry, there is no time after a call that could be changed.",
}
"""By purpose, as settings.Login.prompts has them."""

ACCEPT_TEXT = "To take the call, press {key}."
"""What an agent is asked who has picked up and is to accept the call."""

REASON_TEXT = "For {name}, press {key}."
"""How the reasons for a break are read to an agent."""


def spoken(text: str, model: str) -> Prompt:
    """Return the prompt that says `text` in the voice `model`."""
    return Prompt(_id(f"{model}\n{text}".encode()), text=text)


def recorded(file: Path) -> Prompt:
    """Return the prompt that plays the file; raise OSError where it cannot be read."""
    return Prompt(_id(file.read_bytes()), file=file)


def text_fault(text: str) -> str | None:
    """Return what would be right, where a text cannot be spoken."""
    if not any(letter.isalnum() for letter in text):
        return "must be a text to speak, is empty"
    if len(text) > LONGEST_TEXT:
        return f"must be at most {LONGEST_TEXT} characters, has {len(text)}"
    return None


def file_fault(file: Path) -> str | None:
    """Return what would be right, where a file cannot be an audio file."""
    if not file.exists():
        return f"there is no such file: {file.absolute()}"
    if not file.is_file():
        return f"must be a file: {file.absolute()}"
    size = file.stat().st_size
    if not 0 < size <= LARGEST_FILE:
        return f"must be an audio file of at most {LARGEST_FILE} bytes, has {size}: {file}"
    try:
        with file.open("rb"):
            return None
    except OSError as error:
        return f"cannot be read: {file.absolute()}: {error.strerror}"


def _id(content: bytes) -> PromptId:
    """Sixty-four bits: two of a million prompts share an id once in 37 million such servers."""
    return PromptId(hashlib.sha256(content).hexdigest()[:16])
