"""Both names in one cell: "Family, Given", or words of which the last (or the first) is the family name."""

from __future__ import annotations

import polars as pl

__all__ = ["NAME", "ORDERS", "split_name"]

NAME = "given_name+family_name"
"""What a column with both is called where columns are mapped."""
ORDERS = ("given family", "family given")


def split_name(name: pl.Expr, order: str) -> tuple[pl.Expr, pl.Expr]:
    """Return given and family name of a cell. A comma says that the family name comes first, whatever ``order`` is."""
    name = name.str.strip_chars().str.replace_all(r"\s+", " ")
    comma = name.str.contains(",", literal=True)
    before, after = (name.str.extract(r"^([^,]*),(.*)$", group).str.strip_chars() for group in (1, 2))
    if order == "family given":
        given, family = name.str.extract(r"^\S+ (.+)$"), name.str.extract(r"^(\S+)")
    else:
        given, family = name.str.extract(r"^(.+) \S+$"), name.str.extract(r"(\S+)$")
    given, family = pl.when(comma).then(after).otherwise(given), pl.when(comma).then(before).otherwise(family)
    return pl.when(given != "").then(given), pl.when(family != "").then(family)
