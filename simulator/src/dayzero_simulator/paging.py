"""Pages of a listing. A cursor carries the revision it was given at, so that a page of another state is noticed."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec

from dayzero_simulator.problems import BadRequest, Gone

__all__ = ["page", "place_after"]

_LAST = 2**62
"""No sync has such a number; beyond 64 bits SQLite takes none."""


def page(items: list[dict[str, Any]], limit: int, revision: str, key: tuple[str, ...]) -> dict[str, Any]:
    """Return the first ``limit`` items as a page; one more than that says that there is a next one."""
    if len(items) <= limit:
        return {"items": items, "next": None}
    items = items[:limit]
    place = json.dumps([revision, *(items[-1][k] for k in key)])
    return {"items": items, "next": base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")}


def place_after(cursor: str, revision: str, types: tuple[type, ...]) -> list[Any]:
    """Return the place a cursor stands for, values of these types; raise Gone where the revision moved."""
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[Any])
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise BadRequest("that cursor is none of ours") from error
    if [type(value) for value in place] != [str, *types] or any(abs(v) > _LAST for v in place if isinstance(v, int)):
        raise BadRequest("that cursor is none of ours")
    if place[0] != revision:
        raise Gone("the revision moved while paging; begin anew")
    return place[1:]
