"""Make typed tables of what a source gave: one pass, all findings, root causes first.

``raw`` turns anything table-like into columns of text, ``typed`` reads the text by the schema, ``repeats`` settles
rows that share a key, ``links`` says by number who is meant and looks at rows that name unknown people or years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import get_args

import polars as pl

from dayzero.conform.findings import Findings, remarks
from dayzero.conform.links import drop_unknown, gathered_at, numbered, places
from dayzero.conform.raw import to_text
from dayzero.conform.repeats import settle_repeats
from dayzero.conform.typed import read_types
from dayzero.errors import SourceError, UntrustedSourceError
from dayzero.plugin import ArrowStream, Finding, State, TableLike
from dayzero.schema import PEOPLE_TABLES, PERSONS, TABLES, Table

__all__ = [
    "UNREADABLE_SCHEMA",
    "Conformed",
    "Findings",
    "conform",
    "gathered_at",
    "numbered",
    "places",
    "remarks",
    "require_columns",
    "require_rows",
]

UNREADABLE_SCHEMA: dict[str, type[pl.DataType]] = {
    "kind": pl.String,
    "person_id": pl.String,
    "table": pl.String,
    "row": pl.Int64,
}


@dataclass(frozen=True)
class Conformed:
    """Typed tables, and what was remarked on the way.

    ``numbered``: every table of the schema, with its columns in its order, then further columns of ``students``, then who
    is meant by number (``links``).
    ``unreadable``: persons named in rows that were left out, columns of ``UNREADABLE_SCHEMA``.
    ``rows``: data rows read per table, before anything was left out; tables the source does not have are absent.
    ``columns``: those that decide (``Column.decides``) and were there, as ``table.column``.
    ``remedies``: what to do about a rule, in the source's own words.
    """

    numbered: Mapping[str, pl.DataFrame]
    findings: Findings
    unreadable: pl.DataFrame
    rows: Mapping[str, int]
    states: Mapping[str, State] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    remedies: Mapping[str, str] = field(default_factory=dict)

    @property
    def partial(self) -> tuple[str, ...]:
        """People tables of which only a part was read: nobody may be disabled."""
        return tuple(t for t in PEOPLE_TABLES if self.states.get(t) == "partial")

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables as people know them, without numbers."""
        return {name: table.drop((p.number for p in PERSONS), strict=False) for name, table in self.numbered.items()}

    @property
    def measure(self) -> dict[str, int]:
        """What the next read is measured by: rows per table, and the rows of each deciding ``table.column``."""
        return {**self.rows, **{name: self.rows[name.partition(".")[0]] for name in self.columns}}


def conform(
    read: Callable[[str], TableLike | None],
    state: Callable[[str], State] = lambda _: "complete",
    source_remarks: Callable[[], Iterable[Finding]] = tuple,
    remedies: Mapping[str, str] = MappingProxyType({}),
) -> Conformed:
    """Read and type every table and report all that does not fit.

    ``state`` and ``source_remarks`` (what the source itself found odd) are asked once all tables were read.

    Raises UntrustedSourceError where a required table or one of its required columns is missing.
    """
    _require_words(remedies)
    typed: dict[str, pl.DataFrame] = {}
    findings: list[Iterable[Finding]] = []
    left_out: dict[str, pl.DataFrame] = {}
    rows: dict[str, int] = {}
    columns: list[str] = []
    for table in TABLES.values():
        # In one expression, so that what was read is let go before the next table comes.
        typed[table.name], left_out[table.name], found, rows_read, deciding = _one(table, read(table.name))
        findings.append(found)
        columns += deciding
        if rows_read is not None:
            rows[table.name] = rows_read
    _require_tables(rows)
    unreadable = _persons_named(left_out)
    typed, strays = drop_unknown(numbered(typed), unreadable)
    return Conformed(
        numbered={name: frame.drop("source_row") for name, frame in typed.items()},
        findings=Findings.joined([source_remarks(), *findings, *strays]).ordered(),
        unreadable=unreadable,
        rows=rows,
        states={name: _state(name, state(name)) for name in TABLES},
        columns=tuple(columns),
        remedies=remedies,
    )


def _one(table: Table, data: TableLike | None) -> tuple[pl.DataFrame, pl.DataFrame, Findings, int | None, list[str]]:
    """Return (typed rows with unique keys, rows left out as text, findings, rows read, deciding columns) of one table."""
    text = to_text(table, data)
    # Mappings may leave out what is empty: only a table of columns has a header that can lose one.
    there = text.columns if isinstance(data, ArrowStream) else ()
    deciding = [f"{table.name}.{c.name}" for c in table.columns if c.decides and c.name in there]
    frame, out, findings = read_types(table, text)
    frame, repeated, more = settle_repeats(table, frame)
    left_out = pl.concat([out, repeated], how="diagonal")
    return frame, left_out, Findings.joined([findings, more]), None if data is None else text.height, deciding


def _state(table: str, said: object) -> State:
    """Return how far a table was read; raise SourceError for any other word: taken as complete, it would disable people."""
    for known in get_args(State):
        if said == known:
            return known  # type: ignore[no-any-return]
    raise SourceError(
        f"The source says {said!r} of how far it read {table}.",
        remedy=f"`state` must answer one of {', '.join(get_args(State))}; tell the plugin's author.",
        table=table,
    )


def _require_words(remedies: object) -> None:
    """Refuse remedies that are no texts by rule: somebody would look for what to do and find nothing."""
    if isinstance(remedies, Mapping) and all(isinstance(t, str) and t for pair in remedies.items() for t in pair):
        return
    raise SourceError(
        "The source's `remedies` are no texts by rule.",
        remedy="They must be a mapping from rule to remedy; tell the plugin's author.",
    )


def _require_tables(rows: Mapping[str, int]) -> None:
    required = [t.name for t in TABLES.values() if t.required]
    missing = [name for name in required if name not in rows]
    if missing:
        raise UntrustedSourceError(
            f"The source has no table {', '.join(missing)}.",
            remedy=f"Export or map every required table: {', '.join(required)}.",
            tables=missing,
        )


def require_rows(conformed: Conformed, *, portal_has_accounts: bool) -> None:
    """Refuse a required table without usable rows while the portal has accounts, unless the source vouches for it (R39).

    Rows that were all left out name nobody who could be told apart from a leaver, so they count as none.
    """
    if not portal_has_accounts:
        return
    for table in TABLES.values():
        empty = conformed.numbered[table.name].is_empty() and (conformed.unreadable["table"] != table.name).all()
        if table.required and empty and conformed.states.get(table.name) != "vouched-empty":
            raise UntrustedSourceError(
                f"Table {table.name} has no usable row while the portal has accounts; acting on it would read as if everybody had left.",
                remedy="Export it again. A source that knows the table to be truly empty may vouch for it (state `vouched-empty`).",
                table=table.name,
                rule="empty-table",
            )


def require_columns(measure: Mapping[str, int], before: Mapping[str, int]) -> None:
    """Refuse a read that lost a deciding column since the last good one (R39): its default would speak for everybody."""
    gone = [name for name in before if "." in name and name not in measure and name.partition(".")[0] in measure]
    if gone:
        table, _, column = gone[0].partition(".")
        raise UntrustedSourceError(
            f"Table {table} has lost its column {column}, which decides who has access; it was there at the last sync.",
            remedy='Export it again, or map its new name. If it is gone for good, set `shrink = "none"` under [limits] for one run.',
            table=table,
            columns=[column],
            rule="missing-column",
        )


def _persons_named(left_out: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return who is named in rows that were left out; a number where text belongs still names the person it spells."""
    named = [
        frame.select(
            kind=pl.lit(person.kind),
            person_id=pl.col(person.column).str.strip_chars_start("\0").str.replace(r"^(\d+)\.0$", "$1"),
            table=pl.lit(name),
            row=pl.col("source_row"),
        )
        for name, frame in left_out.items()
        for person in PERSONS
        if person.column in frame.columns
    ]
    return (
        pl.concat([pl.DataFrame(schema=UNREADABLE_SCHEMA), *named])
        .drop_nulls("person_id")
        .sort("kind", "person_id", "table", "row")
        .unique(["kind", "person_id"], keep="first", maintain_order=True)
    )
