"""Make typed tables of what a source gave: one pass, all findings, root causes first.

``one_table`` reads one: ``raw`` turns anything table-like into columns of text, ``endings`` looks whether its last line was cut off,
``typed`` reads the text by the schema, ``repeats`` settles rows that share a key. ``last_rows`` looks whether lines are missing at its end. ``links`` says by number who is meant and looks at rows that name unknown people or years.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias, get_args

import polars as pl

from dayzero.conform.findings import Findings, remarks
from dayzero.conform.last_rows import digest, last_rows, lost_ends
from dayzero.conform.links import REFUSALS, drop_unknown, gathered_at, numbered, places, refused_to_nobody
from dayzero.conform.one_table import one_table
from dayzero.conform.repeats import repeated
from dayzero.conform.typed import UNREAD
from dayzero.conform.values import grade_key
from dayzero.errors import SourceError, UntrustedSourceError
from dayzero.plugin import Finding, State, TableLike
from dayzero.schema import PEOPLE_TABLES, PERSONS, TABLES

__all__ = [
    "ACTIVE_YEAR",
    "FILLED",
    "REFUSALS",
    "UNREAD",
    "UNREADABLE_SCHEMA",
    "WHOLE",
    "Conformed",
    "Findings",
    "Renaming",
    "conform",
    "gathered_at",
    "grade_key",
    "numbered",
    "places",
    "remarks",
    "repeated",
    "require_columns",
    "require_rows",
]

UNREADABLE_SCHEMA: dict[str, type[pl.DataType]] = {
    "kind": pl.String,
    "person_id": pl.String,
    "table": pl.String,
    "row": pl.Int64,
}


FILLED = "filled"
"""What a measure calls the rows in which a deciding column says something."""
ENDED = "ended"
"""What a measure calls it that the last line of a table had an end."""
WHOLE = "whole"
"""What a measure calls it that a table of people was read whole."""
ACTIVE_YEAR = "school_years#active"
"""What a measure calls the active year, as a number that stands for it."""
_NAMED = {"kind": pl.String, "person_id": pl.String}


@dataclass(frozen=True)
class Conformed:
    """Typed tables, and what was remarked on the way.

    ``numbered``: every table of the schema, with its columns in its order, then further columns of ``students``, then who
    is meant by number (``links``).
    ``unreadable``: persons named in rows that were left out, columns of ``UNREADABLE_SCHEMA``.
    ``headers``: the columns a table came with, where it came as columns. ``left_out``: rows that were left out, as text.
    ``ended``: by table that was read, whether its last line had an end (``source_unended``). ``cut``: by table, who is named in a
    last line without one, where the last read's had one or the row is broken. ``lost_ends``: by table that may be cut off behind a
    line, who is named in what is missing. ``last``: who is named in the last rows, for the next read (``last_rows``).
    ``taken_back``: by kind, ids of people whom a tombstone took out of their own table. ``strays``: numbered rows that name somebody who has no row, by table.
    ``refusals`` (``student_id``, ``contact_id``, ``year_id``): links that say no, of whom one or the other has no row that could be read.
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
    filled: Mapping[str, int] = field(default_factory=dict)
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    taken_back: Mapping[str, frozenset[str]] = field(default_factory=dict)
    strays: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    refusals: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REFUSALS))
    remedies: Mapping[str, str] = field(default_factory=dict)
    ended: Mapping[str, bool] = field(default_factory=dict)
    cut: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lost_ends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    last: Mapping[str, int] = field(default_factory=dict)

    @property
    def partial(self) -> tuple[str, ...]:
        """People tables of which only a part was read: nobody may be disabled."""
        return tuple(t for t in PEOPLE_TABLES if self.states.get(t) == "partial")

    @property
    def strangers(self) -> pl.DataFrame:
        """Ids that rows name and nobody has: ``kind`` and ``person_id``."""
        named = [
            rows.filter(pl.col(p.number).is_null()).select(kind=pl.lit(p.kind), person_id=p.column)
            for rows in self.strays.values()
            for p in PERSONS
            if p.column in rows.columns
        ]
        return pl.concat([pl.DataFrame(schema=_NAMED), *named]).unique(maintain_order=True)

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables as people know them, without numbers."""
        return {name: table.drop((p.number for p in PERSONS), strict=False) for name, table in self.numbered.items()}

    @property
    def measure(self) -> dict[str, int]:
        """What the next read is measured by: rows per table, the rows of each deciding ``table.column``, how many of them say
        something (``table.column#filled``), whether the last line of a table had an end (``table#ended``), whether a table of
        people was read whole (``table#whole``), who is named in its last row (``last_rows``), and which year is active."""
        columns = {name: self.rows[name.partition(".")[0]] for name in self.columns}
        filled = {f"{name}#{FILLED}": count for name, count in self.filled.items()}
        ends = {f"{name}#{ENDED}": int(end) for name, end in self.ended.items()}
        whole = {f"{name}#{WHOLE}": int(name not in self.partial) for name in PEOPLE_TABLES if name in self.rows}
        years = self.numbered["school_years"].filter(pl.col("role") == "active")["year_id"]
        active = {ACTIVE_YEAR: digest(years[0])} if years.len() else {}
        return {**self.rows, **columns, **filled, **ends, **whole, **self.last, **active}


Renaming: TypeAlias = Callable[
    [Mapping[str, pl.DataFrame], pl.DataFrame], tuple[Mapping[str, pl.DataFrame], pl.DataFrame, Iterable[Finding]]
]
"""Typed tables and the persons who could not be read, with other ids, and what is remarked on that."""


def _as_they_are(
    tables: Mapping[str, pl.DataFrame], unreadable: pl.DataFrame
) -> tuple[Mapping[str, pl.DataFrame], pl.DataFrame, Iterable[Finding]]:
    return tables, unreadable, ()


def conform(
    read: Callable[[str], TableLike | None],
    state: Callable[[str], State] = lambda _: "complete",
    source_remarks: Callable[[], Iterable[Finding]] = tuple,
    remedies: Mapping[str, str] = MappingProxyType({}),
    *,
    logins: Collection[str] = (),
    as_known: Renaming = _as_they_are,
    measure_before: Mapping[str, int] = MappingProxyType({}),
    as_it_ends: bool = False,
    ordered: bool = True,
) -> Conformed:
    """Read and type every table and report all that does not fit.

    ``as_known``: gives everybody the id they are known by, before it is asked who is meant. ``logins``: columns of students that serve as login: rows that share a key must agree in them as in the schema's.
    ``measure_before``: that of the last good read. A last line without an end, where that one's had one, may be cut off: its row is
    left out, unless somebody has said that it is to be read ``as_it_ends``.
    ``ordered``: a row is known by its place; otherwise what is remarked on it names its ids.
    ``state`` and ``source_remarks`` (what the source itself found odd) are asked once all tables were read.

    Raises UntrustedSourceError where a required table or one of its required columns is missing.
    """
    _require_words(remedies)
    # Each in one expression, so that what was read is let go before the next table comes.
    read_as = {
        table.name: one_table(
            table,
            read(table.name),
            logins,
            ended_before=measure_before.get(f"{table.name}#{ENDED}") == 1,
            as_it_ends=as_it_ends,
            ordered=ordered,
        )
        for table in TABLES.values()
    }
    rows = {name: one.rows for name, one in read_as.items() if one.rows is not None}
    _require_tables(rows)
    left_out = {name: one.left_out for name, one in read_as.items()}
    as_read, unreadable = {n: one.typed for n, one in read_as.items()}, _persons_named(left_out)
    placed = [
        n for n in (*PEOPLE_TABLES, "courses") if ordered and not read_as[n].told and read_as[n].ending.cut is None
    ]
    lost = lost_ends(as_read, placed, unreadable, measure_before)
    last = last_rows(as_read, placed)
    typed, unreadable, renamed = as_known(as_read, unreadable)
    findings = [one.findings for one in read_as.values()]
    headers = {name: one.header for name, one in read_as.items() if one.header}
    filled = {f"{name}.{c}": number for name, one in read_as.items() for c, number in one.filled.items()}
    taken_back = {p.kind: read_as[p.table].gone for p in PERSONS}
    ends = {name: read_as[name].ending for name in rows}
    del as_read, read_as  # half of a plan's memory
    everybody = numbered(typed)
    refusals = refused_to_nobody(everybody["relationships"])
    kept, dropped, strays = drop_unknown(everybody, unreadable)
    return Conformed(
        numbered={name: frame.drop("source_row") for name, frame in kept.items()},
        findings=Findings.joined([source_remarks(), *findings, renamed, *strays]).ordered(),
        unreadable=unreadable,
        headers=headers,
        left_out={name: rows for name, rows in left_out.items() if not rows.is_empty()},
        taken_back=taken_back,
        strays=dropped,
        refusals=refusals,
        rows=rows,
        states={name: _state(name, state(name)) for name in TABLES},
        columns=tuple(
            f"{t.name}.{c.name}"
            for t in TABLES.values()
            for c in t.columns
            if c.decides and c.name in headers.get(t.name, ())
        ),
        filled=filled,
        remedies=remedies,
        ended={name: ending.ended for name, ending in ends.items()},
        cut={name: ending.cut for name, ending in ends.items() if ending.cut is not None},
        lost_ends={name: ids for name, ids in lost.items() if state(name) != "partial"},
        last=last,
    )


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


def require_rows(conformed: Conformed, *, endangered: Collection[str]) -> None:
    """Refuse a table without usable rows on which something hangs that the portal has (``endangered``), unless the source
    vouches for it (R39).

    Rows that were all left out name nobody who could be told apart from a leaver, so they count as none.
    """
    for table in TABLES.values():
        empty = conformed.numbered[table.name].is_empty() and (conformed.unreadable["table"] != table.name).all()
        if table.name in endangered and empty and conformed.states.get(table.name) != "vouched-empty":
            raise UntrustedSourceError(
                f"Table {table.name} has no usable row while the portal has accounts that hang on it; acting on it would read as if "
                "everybody had left.",
                remedy="Export it again. A source that knows the table to be truly empty may vouch for it (state `vouched-empty`).",
                table=table.name,
                rule="empty-table",
            )


def require_columns(measure: Mapping[str, int], before: Mapping[str, int]) -> None:
    """Refuse a read that lost a deciding column since the last good one (R39): its default would speak for everybody."""
    columns = [name for name in before if "." in name and "#" not in name]
    gone = [name for name in columns if name not in measure and name.partition(".")[0] in measure]
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
