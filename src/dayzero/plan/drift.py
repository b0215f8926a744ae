"""What others changed on the portal and is kept (``drift = "keep"``): no operation sets it right, as long as the SIS says what it
said when they changed it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import polars as pl

from dayzero.gradebook import Drift, Key, canonical, of_keys

__all__ = ["keeping", "still_kept"]


def keeping(operations: pl.DataFrame, kept: Iterable[Drift]) -> pl.DataFrame:
    """Return the operations without those that would repair what is kept."""
    fields: dict[Key, dict[str | None, Any]] = {}
    for d in kept:
        fields.setdefault((d.kind, d.id), {})[d.field] = d.expected
    if not fields:
        return operations
    concerned = of_keys(fields)
    others = operations.join(concerned, on=["kind", "id"], how="anti")
    rows = []
    for row in operations.join(concerned, on=["kind", "id"], how="semi").iter_rows(named=True):
        left_alone = fields[row["kind"], row["id"]]
        said = json.loads(row["changes"])
        changes = {f: pair for f, pair in said.items() if f not in left_alone or pair[1] != left_alone[f]}
        whole = "status" in left_alone and row["op"] in ("enable", "disable")
        if not whole and (changes or row["op"] != "update"):
            rows.append({**row, "changes": canonical(changes).decode()})
    return pl.concat([others, pl.DataFrame(rows, schema=operations.schema)]).sort("kind", "id")


def still_kept(kept: Iterable[Drift], sent: pl.DataFrame) -> list[Drift]:
    """Return what is kept once operations were sent: a field that one of them has set is no more somebody else's."""
    drifted = list(kept)
    keys = of_keys({(d.kind, d.id) for d in drifted})
    rows = sent.join(keys, on=["kind", "id"], how="semi") if drifted else sent.clear()
    written = {
        (kind, ident, name)
        for kind, ident, changes in rows.select("kind", "id", "changes").iter_rows()
        for name in json.loads(changes)
    }
    return [d for d in drifted if (d.kind, d.id, d.field) not in written]
