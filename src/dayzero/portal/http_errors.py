"""What an unexpected answer means: each HTTP status (401, 403, 409, 410, 412, 429, 5xx) as the error that says what to do."""

from __future__ import annotations

from typing import Any

import requests

from dayzero.errors import (
    ListingMovedError,
    PortalConflictError,
    PortalError,
    PortalUnavailableError,
    RevisionMovedError,
    SyncOpenError,
)

__all__ = ["AGAIN", "ATTEMPTS", "error_of"]

ATTEMPTS = 5
AGAIN = (429, 502, 503, 504)
"""Answers worth asking again for. Every verb is safe to repeat: parts and commits are idempotent by contract, and an
opening that was lost is found again as our own open sync."""


def _problem_of(answer: requests.Response) -> dict[str, Any]:
    """Return the problem document (RFC 9457) of an answer, or an empty one."""
    try:
        document = answer.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def error_of(answer: requests.Response, url: str) -> PortalError:
    """Return the error that an unexpected answer is; its class says what the caller should do."""
    problem = _problem_of(answer)
    said = str(problem.get("detail") or problem.get("title") or "").strip()
    status = answer.status_code
    if status == 401:
        return PortalError(
            f"{url} answered, and does not accept the token: it is not the one of the portal there.",
            remedy="Give that portal's token in [portal] token; if another portal is meant, its address in [portal] url.",
            status=status,
        )
    if status == 403:
        return PortalError(
            f"{url} refuses this school to this token.", remedy="Check [school] id and the token.", status=status
        )
    if status in (409, 410, 412):
        return _conflict(status, said or f"{url} has moved on.", problem)
    if status in AGAIN or status >= 500:
        return PortalUnavailableError(
            f"{url} answers {status} after {ATTEMPTS} more tries. {said}".strip(),
            remedy="Try again later.",
            status=status,
        )
    if not problem:
        return PortalError(
            f"{url} answers {status}, and not as a Gradebook Cloud would.",
            remedy="Check [portal] url; a proxy may stand between.",
            status=status,
        )
    return PortalError(
        f"{url} answers {status}: {said}", remedy="Check the configuration of [school] and [portal].", status=status
    )


def _conflict(status: int, said: str, problem: dict[str, Any]) -> PortalConflictError:
    remedy = "Plan again: `dayzero plan`."
    there = problem.get("sync")
    if status == 409 and isinstance(there, dict):
        return SyncOpenError(said, remedy=remedy, open_sync=there, status=status)
    kinds = {410: ListingMovedError, 412: RevisionMovedError}
    return kinds.get(status, PortalConflictError)(said, remedy=remedy, status=status, problem=problem)
