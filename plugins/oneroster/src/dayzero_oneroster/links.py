"""Which parent belongs to which student: ``agentSourcedIds`` on either side, and ``relationships.csv``."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd, odd_rows
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.values import list_of

__all__ = ["links_of", "pairs_of"]


def links_of(roster: Roster, kinds: pl.DataFrame) -> tuple[pl.DataFrame, Findings]:
    """Return ``student_id``, ``contact_id``, ``relation``, ``source_row`` and the ``metadata.*`` of relationships.

    Every row that says something is there: where two of them differ, the core decides, and a refusal wins. Only links between
    a student and a parent count: a teacher is never somebody's parent because of a stray link. The others are findings.
    """
    pairs = pairs_of(roster)
    pairs = _with_kind(_with_kind(pairs, kinds, "one"), kinds, "other")
    forth = (pl.col("one_kind") == "student") & (pl.col("other_kind") == "parent")
    back = (pl.col("one_kind") == "parent") & (pl.col("other_kind") == "student")
    good = (forth | back).fill_null(value=False)
    links = pairs.filter(good).with_columns(
        student_id=pl.when(forth).then("one").otherwise("other"),
        contact_id=pl.when(forth).then("other").otherwise("one"),
    )
    pair, said = (
        ["student_id", "contact_id"],
        [c for c in links.columns if c == "relation" or c.startswith("metadata.")],
    )
    # An agent says no more than that there is a link: beside a relationship, or the same from the other side, it is no news.
    told, agents = (links.filter(pl.col("file") == file) for file in ("relationships", "users"))
    told = told.unique([*pair, *said], keep="first", maintain_order=True)
    agents = agents.join(told, on=pair, how="anti", maintain_order="left").unique(
        pair, keep="first", maintain_order=True
    )
    links = pl.concat([told, agents]).select(*pair, *said, "source_row")
    lonely = [odd("no-parents", "users")] if links.is_empty() and (kinds["kind"] == "student").any() else []
    return links, (*lonely, *_odd_links(pairs.filter(~good)))


def pairs_of(roster: Roster) -> pl.DataFrame:
    """Return who is linked to whom, in either order: ``one``, ``other``, ``relation``, ``source_row``, ``file``, ``metadata.*``."""
    users = roster["users"].filter(pl.col("status") == "active", pl.col("agentSourcedIds").is_not_null())
    agents = users.select("source_row", one="sourcedId", other=list_of("agentSourcedIds"), file=pl.lit("users"))
    agents = agents.explode("other", empty_as_null=True)
    told = roster["relationships"]
    extra = [c for c in told.columns if c.startswith("metadata.")]
    told = told.select(
        "source_row", *extra, one="userSourcedId", other="relationshipUserSourcedId", relation="relationshipRole",
        file=pl.lit("relationships"),
    )  # fmt: skip
    return pl.concat([told, agents], how="diagonal").drop_nulls(["one", "other"])


def _with_kind(pairs: pl.DataFrame, kinds: pl.DataFrame, side: str) -> pl.DataFrame:
    columns = kinds.select(pl.col("user").alias(side), pl.col("kind").alias(f"{side}_kind"), pl.lit(value=True).alias(f"{side}_there"))  # fmt: skip
    return pairs.join(columns, on=side, how="left", maintain_order="left")


def _odd_links(strays: pl.DataFrame) -> Iterator[Finding]:
    there = pl.col("one_there") & pl.col("other_there")
    one, other = pl.col("one_kind"), pl.col("other_kind")
    staff = ((one == "student") & (other == "staff")) | ((one == "staff") & (other == "student"))
    sort = (
        pl.when(~there.fill_null(value=False)).then(pl.lit("agent-missing"))
        .when(staff).then(pl.lit("staff-linked-as-parent"))
        .otherwise(pl.lit("agent-not-a-parent"))
    )  # fmt: skip
    columns = {"users": "agentSourcedIds", "relationships": "relationshipUserSourcedId"}
    sorted_out = strays.with_columns(sort.alias("sort"))
    for (code, file), rows in sorted_out.group_by("sort", "file", maintain_order=True):
        yield from odd_rows(str(code), str(file), rows.rename({"other": columns[str(file)]}), columns[str(file)])
