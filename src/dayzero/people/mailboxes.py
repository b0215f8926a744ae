"""Parents with one mailbox: one person under two ids, a family, strangers, or a placeholder that is nobody's.

People who have a child or a household in common are a family; the same names and the same address are one person. A family
name alone is nothing. Whoever has the account already goes on with it; only the others are withheld.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dayzero.conform import repeated
from dayzero.people.eligibility import PLACEHOLDER, SAME_PERSON, STRANGERS
from dayzero.people.logins import cleaned
from dayzero.people.names import name_words
from dayzero.people.population import Population

__all__ = ["Mailboxes", "shared_mailboxes"]

_NO_HOME = r"^(?i:0+|n/?a|\\n)$"
"""What is no household either, besides what is no login."""
FAMILIES = 5
"""So many families at one address are none: somebody wrote it where there was nothing."""


@dataclass(frozen=True)
class Mailboxes:
    """What is to be said of contacts who share a mailbox.

    ``links``: of the population, the children of one person's further ids also at the id that has the account. ``persons``: rows of
    contacts with such an id.
    ``withheld``: ``contact`` (their row), ``reason`` and ``detail``, of contacts whom every other rule would grant an account.
    """

    links: pl.DataFrame
    persons: pl.Series
    withheld: pl.DataFrame


_WITHHELD = {"contact": pl.UInt32, "reason": pl.String, "detail": pl.String}


def shared_mailboxes(
    population: Population,
    keys: pl.Series,
    *,
    free: pl.Series,
    perhaps: pl.Series,
    works: pl.Series,
    holds: pl.Series,
    stuck: pl.Series,
) -> Mailboxes:
    """Return what is to be said of parents who share a mailbox.

    By row of ``contacts``: ``keys`` their address as it is compared; ``free``: no other rule withholds their account;
    ``perhaps``: none may, once it is known who their child is: they are nobody's reason to think an address unshared;
    ``works``: they have one; ``holds``: with this very address; ``stuck``: and it stays as it is, whatever the rules say.
    """
    several = repeated(keys.hash()) & keys.is_not_null() & (free | perhaps | works)
    row = several.arg_true().cast(pl.UInt32)
    people = population.contacts[row].select(
        "contact_id", "household_id", contact=row, name=name_words("given_name", "family_name")
    )
    said = {"key": keys, "free": free, "perhaps": perhaps, "works": works, "holds": holds, "stuck": stuck}
    people = people.with_columns(s.gather(row).alias(n) for n, s in said.items()).filter(pl.len().over("key") > 1)
    if people.is_empty():
        return Mailboxes(population.links, row.clear(), pl.DataFrame(schema=_WITHHELD))
    at_home = _ties(people, population.links)
    people = people.with_columns(_joined(people["contact"], at_home))
    families = pl.when(pl.col("free") | pl.col("perhaps")).then("family").drop_nulls().n_unique().over("key")
    people = people.with_columns(families=families)
    nobodys, people = (
        people.filter(too_many) for too_many in (people["families"] >= FAMILIES, people["families"] < FAMILIES)
    )
    people = people.with_columns(_joined(people["contact"], pl.concat([at_home, _of_one_name(people)])))
    people = _persons(people)
    withheld = [
        nobodys.filter("free", ~pl.col("holds")).select(
            "contact", reason=pl.lit(PLACEHOLDER), detail=pl.format("{} families have this address", "families")
        ),
        _strangers(people, population.contacts["contact_id"]),
        _further(people, population.contacts["contact_id"]),
    ]
    one_reason = pl.concat(withheld).unique("contact", keep="first", maintain_order=True)
    further = people.filter(pl.col("contact") != pl.col("person")).select("contact", "person")
    persons = further["person"].unique().sort()
    return Mailboxes(_one_persons_children(population.links, further), persons, one_reason)


def _of_one_name(people: pl.DataFrame) -> pl.DataFrame:
    return people.filter(pl.col("name").is_not_null()).select("contact", tie=pl.struct("key", "name").hash(3))


def _strangers(people: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Return those whose address somebody has with whom they have nothing in common."""
    apart = people.filter(pl.col("free") | pl.col("perhaps") | pl.col("holds") & pl.col("stuck"))
    others = apart.group_by("key").agg(apart=pl.col("family").unique().sort()).filter(pl.col("apart").list.len() > 1)
    rows = apart.filter("free", ~pl.col("holds")).join(others, on="key", maintain_order="left")
    first, second = (pl.col("apart").list.get(n) for n in (0, 1))
    other = rows.select(pl.when(pl.col("family") == first).then(second).otherwise(first)).to_series()
    return rows.select("contact", reason=pl.lit(STRANGERS), other=ids.gather(other)).select(
        "contact", "reason", detail=pl.format("same address as {}", "other")
    )


def _further(people: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Return the further ids of persons who have several."""
    rows = people.filter("free", pl.col("contact") != pl.col("person"))
    return rows.select("contact", reason=pl.lit(SAME_PERSON), other=ids.gather(rows["person"])).select(
        "contact", "reason", detail=pl.format("same person as {}", "other")
    )


def _ties(people: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return what ties people of one mailbox together, as hashes (``tie``): a child, a household."""
    mine = links.filter(pl.col("contact").is_in(people["contact"].implode())).select("contact", "student")
    child = mine.join(people.select("contact", "key"), on="contact").select(
        "contact", tie=pl.struct("key", "student").hash(1)
    )
    homes = cleaned(people["household_id"])
    homes = homes.set(homes.str.contains(_NO_HOME), None)
    household = (
        people.with_columns(homes.alias("home"))
        .filter(pl.col("home").is_not_null())
        .select("contact", tie=pl.struct("key", "home").hash(2))
    )
    return pl.concat([child, household])


def _joined(contacts: pl.Series, ties: pl.DataFrame) -> pl.Series:
    """Return, for each contact, the lowest one they are tied to, over however many others."""
    labels = pl.DataFrame({"contact": contacts, "family": contacts})
    while True:
        lowest = ties.join(labels, on="contact").with_columns(pl.col("family").min().over("tie"))
        reached = lowest.group_by("contact").agg(reached=pl.col("family").min())
        nearer = labels.join(reached, on="contact", how="left", maintain_order="left").select(
            "contact", family=pl.min_horizontal("family", "reached")
        )
        if nearer["family"].equals(labels["family"]):
            return nearer["family"]
        labels = nearer


def _persons(people: pl.DataFrame) -> pl.DataFrame:
    """Return people with ``person``: of those with one name and address, who has the account, or the lowest who may have it."""
    first = (
        people.sort(~pl.col("holds"), ~pl.col("works"), ~pl.col("free"), "contact")
        .group_by("key", "name", maintain_order=True)
        .agg(person=pl.col("contact").first())
        .filter(pl.col("name").is_not_null())
    )
    return people.join(first, on=["key", "name"], how="left", maintain_order="left").with_columns(
        pl.coalesce("person", "contact")
    )


def _one_persons_children(links: pl.DataFrame, further: pl.DataFrame) -> pl.DataFrame:
    """Return links, with those of a person's further ids also at the id that has the account; a no of either id wins.

    ``further``: ``contact``, and the ``person`` whose account it is.
    """
    if further.is_empty():
        return links
    own = links.join(further, on="contact").with_columns(contact=pl.col("person")).drop("person")
    theirs = links["contact"].is_in(further["person"].unique().implode())
    merged = (
        pl.concat([links.filter(theirs), own.select(links.columns)])
        .group_by("contact", "student")
        .agg(
            refuses=pl.col("refuses").any(),
            grants=pl.col("grants").any() & ~pl.col("refuses").any(),
            next_year_only=pl.col("next_year_only").all(),
        )
        .select(links.columns)
        .sort("contact", "student")
    )
    # What is sorted says so: links are grouped by contact more than once.
    return links.filter(~theirs).merge_sorted(merged, key="contact").with_columns(pl.col("contact").set_sorted())
