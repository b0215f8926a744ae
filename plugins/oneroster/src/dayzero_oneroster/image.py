"""The image: the last bulk with every delta since, kept on disk so that a delta means something.

A folder with one Parquet file per OneRoster file, named after its content, and ``image.json`` that says which of them are
the image. The latter is replaced as a whole and last: a crash leaves the image of before. Nothing is kept that is not used.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from dayzero.errors import SourceError
from dayzero_oneroster.findings import Findings, odd

__all__ = ["Image", "load_image", "save_image"]

_INDEX = "image.json"
_VERSION = "files-v2"
"""The key under which this version keeps its files: an image of another one counts as damaged."""
_NEVER_KEPT = ("password", "sms", "phone", "pronouns")


@dataclass(frozen=True)
class Image:
    """``files`` by name. ``stamps``: up to which moment each collection was read as a whole. ``findings``: why there are none."""

    files: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    stamps: Mapping[str, str] = field(default_factory=dict)
    findings: Findings = ()


def load_image(folder: Path) -> Image:
    """Return the image, verified; an empty one where there is none or it is damaged."""
    index = folder / _INDEX
    if not index.exists():
        return Image()
    try:
        said: dict[str, Any] = json.loads(index.read_text(encoding="utf-8"))
        files = {
            name: _verified(folder / f"{name}-{digest}.parquet", digest) for name, digest in said[_VERSION].items()
        }
        stamps = {str(collection): str(moment) for collection, moment in said["stamps"].items()}
        return Image({n: f.with_columns(source_row=pl.lit(None, pl.Int64)) for n, f in files.items()}, stamps)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pl.exceptions.PolarsError) as error:
        return Image(findings=(odd("image-damaged", "image", more=type(error).__name__),))


def _verified(path: Path, digest: str) -> pl.DataFrame:
    data = path.read_bytes()
    if sha256(data).hexdigest() != digest:
        raise ValueError(path.name)
    return pl.read_parquet(io.BytesIO(data))


def save_image(folder: Path, image: Image) -> None:
    """Put an image in the place of the one there was. Raises SourceError where the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        digests = {name: _put(folder, name, frame) for name, frame in image.files.items()}
        index = {"stamps": dict(image.stamps), _VERSION: digests}
        _write(folder / _INDEX, json.dumps(index, indent=1).encode())
        current = {f"{name}-{digest}.parquet" for name, digest in digests.items()}
        for stale in folder.glob("*-*.parquet"):
            if stale.name not in current:
                stale.unlink()
    except OSError as error:
        raise SourceError(
            f"{folder}: the image for deltas cannot be kept ({error.strerror}).",
            remedy="`image` under [source] must name a folder that can be written, for example .dayzero/oneroster.",
        ) from error


def _put(folder: Path, name: str, frame: pl.DataFrame) -> str:
    out = io.BytesIO()
    frame.drop([c for c in _NEVER_KEPT if c in frame.columns]).write_parquet(out)
    digest = sha256(out.getvalue()).hexdigest()
    # Also over a file of that name: it may be the damaged one.
    _write(folder / f"{name}-{digest}.parquet", out.getvalue())
    return digest


def _write(path: Path, data: bytes) -> None:
    """Write beside the file and move it into place, readable by its owner alone: it names children."""
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_bytes(data)
    beside.replace(path)
