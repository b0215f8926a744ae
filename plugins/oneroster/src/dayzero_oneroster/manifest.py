"""``manifest.csv``: which file is in bulk, which a delta, which absent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd
from dayzero_oneroster.roster import Mode
from dayzero_oneroster.specification import FILES, OTHER_FILES

__all__ = ["modes_of"]


def modes_of(manifest: pl.DataFrame | None, there: Collection[str]) -> tuple[dict[str, Mode], Findings]:
    """Return ``bulk`` or ``delta`` for each file of ``there`` that is to be read, and what the manifest says amiss."""
    said, unused = _said(manifest)
    modes: dict[str, Mode] = {
        name: "delta" if said.get(name) == "delta" else "bulk" for name in there if said.get(name) != "absent"
    }
    return modes, (*unused, *_odd_values(said, there))


def _said(manifest: pl.DataFrame | None) -> tuple[Mapping[str, str], Findings]:
    """Return the manifest's word on each file it names; nothing where it is missing or no manifest."""
    if manifest is None:
        return {}, (odd("no-manifest", "manifest"),)
    columns = {c.casefold(): c for c in manifest.columns}
    if not {"propertyname", "value"} <= set(columns):
        return {}, (odd("manifest-column", "manifest", row=1),)
    names = {n.casefold(): n for n in (*FILES, *OTHER_FILES)}
    said = {}
    for key, value in manifest.select(columns["propertyname"], columns["value"]).iter_rows():
        prefix, _, file = (key or "").strip().partition(".")
        if prefix.casefold() == "file" and file:
            said[names.get(file.casefold(), file)] = (value or "").strip().casefold()
    return said, ()


def _odd_values(said: Mapping[str, str], there: Collection[str]) -> Iterator[Finding]:
    for name, value in said.items():
        if name in FILES and value in ("bulk", "delta") and name not in there:
            yield odd("manifest-file-missing", "manifest", column=f"file.{name}", value=value)
        if value not in ("bulk", "delta", "absent"):
            yield odd("manifest-value", "manifest", column=f"file.{name}", value=value)
    for name in there:
        if said.get(name) == "absent":
            yield odd("manifest-says-absent", "manifest", column=f"file.{name}", value="absent")
