"""The version of this server."""

from __future__ import annotations

VERSION = "0.1.0"
