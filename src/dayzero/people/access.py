"""What is said of a parent's access to a child: by the link, else by the contact; where that cannot be read, by the portal."""

from __future__ import annotations

import polars as pl

from dayzero.conform import UNREAD
from dayzero.gradebook import of_kind, working

__all__ = ["access_said"]


def access_said(links: pl.DataFrame, contacts: pl.DataFrame, accounts: pl.DataFrame | None) -> pl.Series:
    """Return yes, no or nothing for every link, merged. ``accounts``: those of the portal.

    A link's own word goes before the contact's. Where one of them cannot be read the link is frozen: given where the portal
    has it, and neither given nor refused where not. A no that can be read wins.
    """
    own, tick = links["portal_access"], contacts["portal_access"].gather(links["contact"])
    said = pl.select(pl.coalesce(own, tick).alias("said")).to_series()
    own_unread = links[UNREAD] if UNREAD in links.columns else None
    tick_unread = contacts[UNREAD].gather(links["contact"]) if UNREAD in contacts.columns else None
    if own_unread is None and tick_unread is None:
        return said
    nothing = pl.Series([None], dtype=pl.Boolean).new_from_index(0, links.height)
    by_link = (nothing if own_unread is None else own_unread).fill_null(value=False) & own.fill_null(value=True)
    by_tick = (nothing if tick_unread is None else tick_unread).fill_null(value=False) & tick.fill_null(value=True)
    frozen = by_link | (by_tick & own.is_null())
    given = _given(links, accounts)
    return pl.select(pl.when(frozen).then(pl.when(given).then(pl.lit(value=True))).otherwise(said)).to_series()


def _given(links: pl.DataFrame, accounts: pl.DataFrame | None) -> pl.Series:
    """Return which links the portal has."""
    if accounts is None:
        return pl.repeat(value=False, n=links.height, eager=True)
    there = working(of_kind(accounts, "parent")).select(contact_id="person_id", student_id="children")
    there = there.explode("student_id").drop_nulls().unique().with_columns(given=pl.lit(value=True))
    found = links.select("contact_id", "student_id").join(
        there, on=["contact_id", "student_id"], how="left", maintain_order="left"
    )
    return found["given"].fill_null(value=False)
