"""Mass re-key: a school that numbers its people anew looks like everybody leaving and strangers coming.

Many ids gone, and the same people back under new ones: this is found, held, and proposed as an id map. The sync API
knows no renaming, so an accepted map lives on this side: from then on the source's new ids are read as the old ones, and
the accounts keep password and history.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from dayzero.errors import UsageError
from dayzero.files import plain_text, safe_cell
from dayzero.gradebook import ACCOUNT_KINDS
from dayzero.people import login_key
from dayzero.plugin import Finding
from dayzero.schema import PERSONS, TABLES, Table

__all__ = ["IdMap", "proposed"]

COLUMNS = ("kind", "old_id", "new_id")


@dataclass(frozen=True)
class IdMap:
    """Which of the source's ids are older ones on the portal: kind -> new id -> old id."""

    new_to_old: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def proposal(cls, rekeyed: Mapping[str, Mapping[str, str]]) -> IdMap:
        """Return the map of a plan's ``rekeyed`` (kind -> old id -> new id)."""
        return cls({kind: {new: old for old, new in pairs.items()} for kind, pairs in rekeyed.items()})

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[str, str, str]]) -> IdMap:
        """Return the map of rows of kind, new id and old id."""
        pairs: dict[str, dict[str, str]] = {}
        for kind, new, old in rows:
            pairs.setdefault(kind, {})[new] = old
        return cls(pairs)

    @classmethod
    def of_text(cls, text: str, name: str, *, grown: bool = False) -> IdMap:
        """Read ``kind,old_id,new_id``; raise UsageError naming the line that is wrong. ``name`` is what messages call it.

        ``grown``: it was written by us, after people were numbered anew more than once: several ids may lead to one.
        """
        pairs: dict[str, dict[str, str]] = {}
        reader = csv.reader(io.StringIO(text, newline=""))
        try:
            if tuple(next(reader, ())) != COLUMNS:
                raise UsageError(f"{name}, line 1: the header is not {','.join(COLUMNS)}.", remedy=_REMEDY)
            for cells in reader:
                row = [plain_text(cell) for cell in cells]
                if len(row) != 3 or row[0] not in ACCOUNT_KINDS or not row[1] or not row[2]:
                    raise UsageError(
                        f"{name}, line {reader.line_num}: what stands there is no kind,old_id,new_id.",
                        remedy=_REMEDY,
                        said=f"It is {','.join(row)!r}.",  # of a file that was given by mistake it may be anything
                    )
                known = pairs.setdefault(row[0], {})
                if row[2] in known or (row[1] in known.values() and not grown):
                    raise UsageError(f"{name}, line {reader.line_num}: that id is mapped twice.", remedy=_REMEDY)
                known[row[2]] = row[1]
        except csv.Error as error:
            raise UsageError(f"Cannot read the id map {name}: {error}.", remedy=_REMEDY) from error
        return cls(pairs)

    def text(self) -> str:
        """Return the map as ``kind,old_id,new_id``."""
        written = io.StringIO(newline="")
        writer = csv.writer(written)
        writer.writerow(COLUMNS)
        writer.writerows((kind, safe_cell(old), safe_cell(new)) for kind, new, old in self.rows())
        return written.getvalue()

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield kind, new id and old id."""
        for kind, pairs in self.new_to_old.items():
            for new, old in pairs.items():
                yield kind, new, old

    def grown(self, other: IdMap) -> IdMap:
        """Return both maps as one; where a person was numbered anew twice, the newest id leads to the oldest account."""
        merged: dict[str, dict[str, str]] = {}
        for kind in ACCOUNT_KINDS:
            known, more = self.new_to_old.get(kind, {}), other.new_to_old.get(kind, {})
            merged[kind] = {**known, **{new: known.get(old, old) for new, old in more.items()}}
        return IdMap(merged)

    def without(self, person_id: str) -> IdMap:
        """Return the map without a person."""
        kept = {
            kind: {new: old for new, old in pairs.items() if person_id not in (new, old)}
            for kind, pairs in self.new_to_old.items()
        }
        return IdMap(kept)

    def renamed(
        self, tables: Mapping[str, pl.DataFrame], unreadable: pl.DataFrame
    ) -> tuple[Mapping[str, pl.DataFrame], pl.DataFrame, list[Finding]]:
        """Return typed tables, and who could not be read, with the portal's ids.

        Where both ids have a row of their own they are two persons, each keeps to itself, with a finding.
        """
        findings: list[Finding] = []
        for person in PERSONS:
            kind, column = person.kind, person.column
            pairs = self.new_to_old.get(kind, {})
            if not pairs:
                continue
            own = _those_in(tables[person.table][column], {*pairs, *pairs.values()})
            came_back = {old for new, old in pairs.items() if {old, new} <= own}
            findings += [_came_back(person.table, column, old) for old in sorted(came_back)]
            usable = {new: old for new, old in pairs.items() if old not in came_back}
            together = _together(usable, own)
            findings += [_side_by_side(person.table, column, old, news) for old, news in together.items()]
            usable = {new: old for new, old in usable.items() if old not in together}
            if usable:
                tables = {name: _with_ids(TABLES[name], t, column, usable) for name, t in tables.items()}
                named = pl.col("person_id")
                unreadable = unreadable.with_columns(
                    pl.when(pl.col("kind") == kind).then(named.replace(usable)).otherwise(named).alias("person_id")
                )
        return tables, unreadable, findings


def _with_ids(table: Table, rows: pl.DataFrame, column: str, pairs: Mapping[str, str]) -> pl.DataFrame:
    """Return a table with other ids; a row that is there under both is one."""
    if column not in rows.columns or not rows[column].is_in(list(pairs)).any():
        return rows
    rows = rows.with_columns(pl.col(column).replace(pairs))
    return rows.unique(table.key, keep="first", maintain_order=True) if table.key else rows


_REMEDY = "`dayzero plan --rekey-out FILE` writes a proposal."


def _those_in(ids: pl.Series, some: Iterable[str]) -> set[str]:
    """Return which of some ids are among many."""
    return set(ids.filter(ids.is_in(list(some))))


def _together(pairs: Mapping[str, str], own: Collection[str]) -> dict[str, list[str]]:
    """Return old id -> new ids of it that have rows of their own side by side: they are not one person's."""
    news: dict[str, list[str]] = {}
    for new in sorted(set(pairs) & set(own)):
        news.setdefault(pairs[new], []).append(new)
    return {old: found for old, found in sorted(news.items()) if len(found) > 1}


def _side_by_side(table: str, column: str, old: str, news: list[str]) -> Finding:
    message = f"ids {', '.join(news)} were mapped to it at different times, and are in the source together: all are taken as they are"
    return Finding("warning", table, None, column, old, "id-came-back", message)


def _came_back(table: str, column: str, old: str) -> Finding:
    message = "was mapped to a new id, and is in the source again beside it: both are taken as they are"
    return Finding("warning", table, None, column, old, "id-came-back", message)


def proposed(
    operations: pl.DataFrame,
    known: pl.DataFrame,
    wanted: Callable[[str], pl.DataFrame],
    present: Mapping[str, pl.Series],
) -> dict[str, dict[str, str]]:
    """Return kind -> old id -> new id of accounts that would end because their id is gone from the source, while the
    same login, or the same name and no other of it, is about to be created under another id.

    ``known``: accounts on the portal. ``wanted``: gives the accounts of a kind there should be. ``present``: ids in the source, by kind.
    """
    pairs: dict[str, dict[str, str]] = {}
    if not (operations["op"] == "disable").any():
        return pairs
    for kind in ACCOUNT_KINDS:
        mine = operations.filter(pl.col("kind") == kind).select("op", person_id="id")
        gone = known.filter(pl.col("kind") == kind).join(
            mine.filter(pl.col("op") == "disable"), on="person_id", how="semi"
        )
        gone = gone.filter(~pl.col("person_id").is_in(present[kind].implode()))
        coming = mine.filter(pl.col("op") == "create")
        if not gone.is_empty() and not coming.is_empty():
            fresh = wanted(kind).join(coming, on="person_id", how="semi")
            pairs[kind] = _pairs(_recognised(gone), _recognised(fresh))
    return {kind: found for kind, found in pairs.items() if found}


def _recognised(people: pl.DataFrame) -> pl.DataFrame:
    name = pl.concat_str(
        pl.col("given_name").fill_null("").str.to_lowercase(), pl.lit("\n"), pl.col("family_name").str.to_lowercase()
    )
    return people.select("person_id", login=login_key("login"), name=name)


def _pairs(gone: pl.DataFrame, fresh: pl.DataFrame) -> dict[str, str]:
    """Match by login, then the rest by a name that only one has on either side."""
    pairs: dict[str, str] = {}
    for by in ("login", "name"):
        left = gone.filter(~pl.col("person_id").is_in(list(pairs)), pl.col(by).is_unique())
        right = fresh.filter(~pl.col("person_id").is_in(list(pairs.values())), pl.col(by).is_unique())
        matched = left.join(right, on=by, suffix="_new").sort("person_id")
        pairs.update(matched.select("person_id", "person_id_new").iter_rows())
    return pairs
