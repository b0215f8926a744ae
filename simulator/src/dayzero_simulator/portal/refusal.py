"""A refusal a person reads: why something is not done, and what would help."""

from __future__ import annotations

__all__ = ["RefusedAction"]


class RefusedAction(Exception):  # noqa: N818 - not an error of the program
    """``reason`` is shown as it is. ``status`` is the HTTP status that fits."""

    def __init__(self, reason: str, *, status: int = 409) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
