"""The pages of a walk, kept small: all but the latest are packed, so that a walk of any length needs about the same memory."""

from __future__ import annotations

import io

import polars as pl

from dayzero_oneroster.rest.records import Columns, joined

__all__ = ["Pages"]

TOGETHER = 32
"""Pages that are packed together."""


class Pages:
    """The pages of one collection, in the order they came.

    Columns take a fifth of what the JSON records take, packed ones a hundredth (`python -m bench oneroster`).
    """

    def __init__(self, collection: str) -> None:
        self._collection = collection
        self._latest: list[Columns] = []
        self._packed: list[dict[str, bytes]] = []
        self._ids: list[pl.Series] = []

    def add(self, page: Columns) -> bool:
        """Take a page; return whether that was the last of so many as are packed together."""
        self._latest.append(page)
        self._ids.append(page[self._collection]["sourcedId"].hash())
        if len(self._latest) < TOGETHER:
            return False
        self._packed.append({file: _packed(frame) for file, frame in joined(self._latest).items()})
        self._latest.clear()
        return True

    def distinct(self) -> int:
        """Return how many different records came."""
        return pl.concat(self._ids).n_unique() if self._ids else 0

    def columns(self) -> Columns:
        """Return all pages as one."""
        packed = [{file: pl.read_ipc(io.BytesIO(body)) for file, body in part.items()} for part in self._packed]
        return joined([*packed, *self._latest])


def _packed(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()
