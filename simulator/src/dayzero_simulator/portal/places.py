"""Where a page of a list ends, as the address of the next one carries it: the values the list is sorted by."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dayzero_simulator.portal.refusal import RefusedAction

__all__ = ["read", "written"]


def written(values: Sequence[object]) -> str:
    """Return a place; None counts as an empty text, as it does in the list."""
    return json.dumps([value or "" for value in values])


def read(place: str, length: int) -> list[str]:
    """Return the values of a place; raise RefusedAction for a text that is none."""
    try:
        values = json.loads(place)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != length or not all(isinstance(v, str) for v in values):
        raise RefusedAction("This page of the list is not there any more. Begin at the first one.", status=404)
    return values
