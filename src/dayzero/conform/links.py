"""Who is meant, by number: rows that name a person carry that person's place among the sorted ids of their kind.

From here on people are gathered and counted by that number, and their ids are text again only where something is shown,
hashed or sent. Rows that name people or years nobody has heard of are found on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

import polars as pl

from dayzero.conform.findings import Findings, of_rows
from dayzero.schema import PERSONS, TABLES

__all__ = ["REFUSALS", "drop_unknown", "gathered_at", "numbered", "places", "refused_to_nobody"]

_YEARS = ("students", "enrollments", "calendar_codes", "contacts", "relationships", "courses")


def numbered(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables with ``student`` and ``contact``: the place of a person among the sorted ids of their own table.

    A person's own table is sorted by id; elsewhere the number is null where nobody has the id.
    """
    made = dict(tables)
    for person in PERSONS:
        own = made[person.table]
        if not _ascending(own[person.column]):
            own = own.sort(person.column, maintain_order=True)
        starts = (own[person.column] != own[person.column].shift(1)).fill_null(value=True)
        made[person.table] = own.with_columns((starts.cum_sum() - 1).cast(pl.UInt32).alias(person.number))
        ids = own[person.column].filter(starts)
        for name, table in made.items():
            if person.column in TABLES[name].names and name != person.table:
                made[name] = table.with_columns(places(ids, table[person.column]).alias(person.number))
    return made


def places(ids: pl.Series, text: pl.Series) -> pl.Series:
    """Return where each text stands among unique ids, as UInt32; null where it does not."""
    if ids.is_empty() or text.is_empty():
        return _nowhere(text.len())
    if text.len() * _FEW < ids.len():
        concerned = ids.is_in(text.implode()).arg_true()
        return concerned.gather(_joined(ids.gather(concerned), text))
    found = _counted_off(ids, text)
    return _joined(ids, text) if found is None else found


_FEW = 16
"""So many times fewer texts than ids are looked for in another way: a table of all ids costs more than one look at each."""


def _joined(ids: pl.Series, text: pl.Series) -> pl.Series:
    known = pl.DataFrame({"id": ids, "place": pl.int_range(ids.len(), dtype=pl.UInt32, eager=True)})
    return pl.DataFrame({"id": text}).join(known, on="id", how="left", maintain_order="left")["place"]


def _counted_off(ids: pl.Series, text: pl.Series) -> pl.Series | None:
    """Return the same for ids that count people off (C00017, C00018 ...), by that number; None for all others.

    Five times as fast as looking texts up. Exact: what a number leads to is compared as text.
    """
    ends = zip(str(ids.min()), str(ids.max()), strict=False)
    prefix = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    number = ids.str.strip_prefix(prefix).cast(pl.UInt32, strict=False)
    highest = number.max()
    if number.null_count() or not isinstance(highest, int) or highest > _DENSE * ids.len():
        return None
    place = gathered_at(number, highest + 1)
    if place.len() - place.null_count() < ids.len():
        return None  # 7 and 07
    said = text.str.strip_prefix(prefix).cast(pl.UInt32, strict=False)
    found = place.gather(said.set(said > highest, None))
    return found.set(ids.gather(found) != text, None)


_DENSE = 16
"""How many numbers there may be for each id that is one."""


def gathered_at(numbers: pl.Series, count: int) -> pl.Series:
    """Return, for each of ``count`` people, the row that has their number, as UInt32; null where none has.

    What a table without repeats says of people is one gather away: ``table["column"].gather(rows)``.
    """
    return _nowhere(count).scatter(numbers, pl.int_range(numbers.len(), dtype=pl.UInt32, eager=True))


def _nowhere(count: int) -> pl.Series:
    return pl.Series("place", [None], dtype=pl.UInt32).new_from_index(0, count)


def _ascending(ids: pl.Series) -> bool:
    return bool((ids.shift(1) <= ids).all())


REFUSALS = {"student_id": pl.String, "contact_id": pl.String, "year_id": pl.String}


def refused_to_nobody(relationships: pl.DataFrame) -> pl.DataFrame:
    """Return the links (``REFUSALS``) that say no and name somebody who has no row: a refusal is one all the same."""
    nobody = pl.any_horizontal(pl.col(p.number).is_null() for p in PERSONS)
    return relationships.filter(nobody, pl.col("portal_access").eq_missing(other=False)).select(*REFUSALS)


def drop_unknown(
    tables: Mapping[str, pl.DataFrame], unreadable: pl.DataFrame
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame], list[Findings]]:
    """Return numbered tables without rows that name nobody, these rows by table, and a warning for each; rows of unknown
    years stay.

    A person whose own row was left out is not unknown: that row is the root cause and has its finding.
    """
    kept, findings = dict(tables), list[Findings]()
    dropped: dict[str, pl.DataFrame] = {}
    for name, person in ((name, p) for name in tables for p in PERSONS if p.column in TABLES[name].names):
        frame, column = kept[name], person.column
        if not frame[person.number].null_count():
            continue
        strays = frame.filter(pl.col(person.number).is_null())
        kept[name] = frame.filter(pl.col(person.number).is_not_null())
        named = unreadable.filter(pl.col("kind") == person.kind)["person_id"]
        strays = strays.filter(~pl.col(column).is_in(named.implode()))
        dropped[name] = pl.concat([dropped[name], strays]) if name in dropped else strays
        findings.append(
            of_rows(
                strays, "warning", name, column, f"unknown-{person.kind}", f"no such row in {person.table}; ignored"
            )
        )
    years = tables["school_years"]["year_id"]
    for name in _YEARS:
        strange = kept[name]["year_id"].unique().drop_nulls()
        strange = strange.filter(~strange.is_in(years.implode()))
        if not strange.is_empty():
            strays = kept[name].filter(pl.col("year_id").is_in(strange.implode()))
            findings.append(
                of_rows(strays, "warning", name, "year_id", "unknown-year", "no such row in school_years; ignored")
            )
    return kept, dropped, findings
