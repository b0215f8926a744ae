"""What an answer of a service says besides its records: how many there are, and in its own words what is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

import requests

__all__ = ["announced", "own_words", "records_in"]

_TEXTS = ("imsx_description", "error_description", "detail", "message", "title", "error", "Message", "errorMessage")
_LONGEST = 200


def announced(answer: requests.Response, records: int) -> int | None:
    """Return how many records the service says there are, None where it says nothing plausible.

    ``x-count`` is all of them with some and the page's own with others: as many as came say nothing.
    """
    total = answer.headers.get("X-Total-Count", "").strip()
    if total.isdecimal():
        return int(total)
    count = answer.headers.get("X-Count", "").strip()
    return int(count) if count.isdecimal() and int(count) > records else None


def records_in(document: Any, collection: str) -> list[Any] | None:
    """Return the records of a page, None where it has none of this collection; one alone may stand without a list."""
    if not isinstance(document, dict):
        return None
    names = {str(key).casefold(): value for key, value in document.items()}
    records = document.get(collection, names.get(collection.casefold()))
    if isinstance(records, dict) and records:
        numbered = all(str(key).isdecimal() for key in records)
        records = list(records.values()) if numbered else [records] if "sourcedId" in records else None
    return records if isinstance(records, list) else None


def own_words(answer: requests.Response, secrets: Collection[str]) -> str:
    """Return what the service says is wrong, on one line and without ``secrets``; nothing where it says nothing."""
    try:
        said = next(_texts(answer.json()), "")
    except ValueError:
        plain = "html" not in answer.headers.get("Content-Type", "html")
        said = answer.text if plain else ""
    said = " ".join(re.sub(r"[^\S ]|\W*[\x00-\x1f]", " ", said).split())[:_LONGEST]
    for secret in filter(None, secrets):
        said = said.replace(secret, "***")
    return said


def _texts(document: Any) -> Iterator[str]:
    """Yield the texts of an error document, the most telling first."""
    if isinstance(document, dict):
        for name in _TEXTS:
            value = document.get(name)
            if isinstance(value, str) and value.strip():
                yield value
        for value in document.values():
            if isinstance(value, dict | list):
                yield from _texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value)
