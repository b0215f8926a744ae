"""Operations as the parts that a sync of them has: each is written, hashed and packed once, then recorded and sent so."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from dayzero.gradebook import Key, lines, of_keys

__all__ = ["Part", "part_of_lines", "parts_of"]


@dataclass(frozen=True)
class Part:
    """A part of a sync.

    ``operations``: how many it has. ``first``, ``last``: the least and the greatest of their keys. ``digest``: the SHA-256
    of the NDJSON, a part's identity. ``packed``: the NDJSON, gzip.
    """

    number: int
    operations: int
    first: Key
    last: Key
    digest: str
    packed: bytes

    @property
    def ndjson(self) -> bytes:
        """The operations, one line of canonical JSON each."""
        return gzip.decompress(self.packed)


def parts_of(operations: pl.DataFrame, size: int) -> Iterator[Part]:
    """Yield the parts of a sync of ``operations`` (``OPERATION_SCHEMA``), one at a time: all at once are a lot of memory."""
    for number, rows in enumerate(operations.iter_slices(size), start=1):
        ndjson = io.BytesIO()
        lines(rows, with_held=False).to_frame().write_csv(ndjson, include_header=False, quote_style="never")
        yield _part(number, rows.select("kind", "id"), ndjson.getvalue())


def part_of_lines(number: int, keyed: Sequence[tuple[Key, bytes]]) -> Part:
    """Return a part of lines that are there, each with its key."""
    return _part(number, of_keys(key for key, _ in keyed), b"".join(line + b"\n" for _, line in keyed))


def _part(number: int, keys: pl.DataFrame, ndjson: bytes) -> Part:
    keys = keys.sort("kind", "id")
    digest = hashlib.sha256(ndjson).hexdigest()
    packed = gzip.compress(ndjson, compresslevel=1, mtime=0)
    return Part(number, keys.height, keys.row(0), keys.row(-1), digest, packed)
