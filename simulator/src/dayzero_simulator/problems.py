"""What the server refuses: an exception IS the problem document (RFC 9457)."""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = [
    "BadRequest",
    "Conflict",
    "Gone",
    "NotFound",
    "Problem",
    "Stale",
    "Unauthorized",
    "Unprocessable",
    "Unsupported",
]


class Problem(Exception):  # noqa: N818 - the standard's own word
    """A refusal. ``detail`` is for people; ``extra`` are further members of the document."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra

    def document(self) -> dict[str, Any]:
        """Return the body."""
        return {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail, **self.extra}


class BadRequest(Problem):
    """A parameter or body has the wrong form."""

    status, title = 400, "Bad request"


class Unauthorized(Problem):
    """No bearer token, or the wrong one."""

    status, title = 401, "Unauthorized"


class NotFound(Problem):
    """There is no such thing."""

    status, title = 404, "Not found"


class Conflict(Problem):
    """The state does not allow it: another sync is open, this one is closed, a part differs."""

    status, title = 409, "Conflict"


class Gone(Problem):
    """The revision moved while paging."""

    status, title = 410, "The revision moved"


class Stale(Problem):
    """The base revision is not the current one."""

    status, title = 412, "The base revision is old"


class TooLarge(Problem):
    """A body is larger than the server takes."""

    status, title = 413, "Too large"


class Unsupported(Problem):
    """A content type or encoding the server does not know."""

    status, title = 415, "Unsupported media"


class Unprocessable(Problem):
    """The body is well-formed and means nothing the server can do."""

    status, title = 422, "Unprocessable"
