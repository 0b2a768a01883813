"""One decorator for every method that PJSIP calls: nothing that is raised gets lost in C++."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

Method = TypeVar("Method", bound=Callable[..., Any])


def override(method: Method) -> Method:
    """Catch what the method raises, log it with who it is about, and tell `fault` of its object.

    SWIG would print the exception and go on as if nothing had been (docs/pjsua2.md). The
    object's `fault()` counts it and has the leg ended after the callback. Marks the method, so
    that a test can see that no director method lacks it.
    """

    @functools.wraps(method)
    def guarded(self: Any, *args: Any) -> Any:
        try:
            return method(self, *args)
        except Exception:
            logger.exception("%s: failed in %s", self.log_name, method.__name__)
            return self.fault()

    guarded.is_override = True  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]
