"""A refusal a person reads: why something is not done, and what would help."""

from __future__ import annotations

from datetime import timedelta

__all__ = ["RefusedAction"]


class RefusedAction(Exception):  # noqa: N818 - not an error of the program
    """``reason`` is shown as it is. ``status`` is the HTTP status that fits. ``wait``: when to try again."""

    def __init__(self, reason: str, *, status: int = 409, wait: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.wait = wait
