"""What others changed on the portal and is kept (``drift = "keep"``): no operation sets it right. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

import polars as pl

from dayzero.gradebook import Drift, Key, canonical, of_keys

__all__ = ["keeping"]


def keeping(operations: pl.DataFrame, kept: Iterable[Drift]) -> pl.DataFrame:
    """Return the operations without those that would repair what is kept."""
    fields: dict[Key, set[str | None]] = {}
    for d in kept:
        fields.setdefault((d.kind, d.id), set()).add(d.field)
    if not fields:
        return operations
    concerned = of_keys(fields)
    others = operations.join(concerned, on=["kind", "id"], how="anti")
    rows = []
    for row in operations.join(concerned, on=["kind", "id"], how="semi").iter_rows(named=True):
        left_alone = fields[row["kind"], row["id"]]
        changes = {f: pair for f, pair in json.loads(row["changes"]).items() if f not in left_alone}
        whole = None in left_alone or ("status" in left_alone and row["op"] in ("enable", "disable"))
        if not whole and (changes or row["op"] != "update"):
            rows.append({**row, "changes": canonical(changes).decode()})
    return pl.concat([others, pl.DataFrame(rows, schema=operations.schema)]).sort("kind", "id")
