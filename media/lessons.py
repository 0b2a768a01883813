"""Sounds that the pump learns while it runs: read and cut on a thread, so that no tick waits."""

from __future__ import annotations

import logging
import queue
import threading

from media.control import Learn
from media.sources import Frames, more

logger = logging.getLogger(__name__)


class Lessons:
    """`frames` are all sounds that are known by now; the thread begins with the first lesson."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        self._lessons: queue.SimpleQueue[Learn] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def learn(self, lesson: Learn) -> None:
        """Know these sounds in a moment; what cannot be read is told in the log."""
        self._lessons.put(lesson)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lessons", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            lesson = self._lessons.get()
            try:
                self.frames = more(self.frames, lesson.prompts, lesson.music)
            except Exception:
                logger.exception("could not learn %s", [*lesson.prompts, *lesson.music])
