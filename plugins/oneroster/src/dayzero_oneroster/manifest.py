"""``manifest.csv``: which file is in bulk, which a delta, which absent."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from dayzero_oneroster.oddities import Oddities
from dayzero_oneroster.specification import FILES, OTHER_FILES

__all__ = ["modes_of"]


def modes_of(manifest: pl.DataFrame | None, there: Collection[str], oddities: Oddities) -> dict[str, str]:
    """Return ``bulk`` or ``delta`` for each file of ``there`` that is to be read."""
    said = _said(manifest, oddities)
    for name, value in said.items():
        if name in FILES and value in ("bulk", "delta") and name not in there:
            oddities.add("manifest-file-missing", "manifest", column=f"file.{name}", value=value)
        if value not in ("bulk", "delta", "absent"):
            oddities.add("manifest-value", "manifest", column=f"file.{name}", value=value)
    modes = {}
    for name in there:
        value = said.get(name, "bulk")
        if value == "absent":
            oddities.add("manifest-says-absent", "manifest", column=f"file.{name}", value=value)
        else:
            modes[name] = "delta" if value == "delta" else "bulk"
    return modes


def _said(manifest: pl.DataFrame | None, oddities: Oddities) -> Mapping[str, str]:
    if manifest is None:
        oddities.add("no-manifest", "manifest")
        return {}
    columns = {c.casefold(): c for c in manifest.columns}
    if not {"propertyname", "value"} <= set(columns):
        oddities.add("manifest-column", "manifest", row=1)
        return {}
    names = {n.casefold(): n for n in (*FILES, *OTHER_FILES)}
    said = {}
    for key, value in manifest.select(columns["propertyname"], columns["value"]).iter_rows():
        prefix, _, file = (key or "").strip().partition(".")
        if prefix.casefold() == "file" and file:
            said[names.get(file.casefold(), file)] = (value or "").strip().casefold()
    return said
