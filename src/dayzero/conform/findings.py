"""Findings as columns: how they are worded, kept and ordered. A school may have a million of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import overload

import polars as pl

from dayzero.plugin import Finding, Severity
from dayzero.schema import TABLES, Type

__all__ = ["Findings", "of_rows", "remarks", "shown"]

_SEVERITIES = ("error", "warning", "notice")
_LONGEST_VALUE = 80
_SCHEMA = {f.name: pl.Int64 if f.name == "row" else pl.String for f in fields(Finding)}


@dataclass(frozen=True, eq=False)
class Findings(Sequence[Finding]):
    """A sequence of findings that is columns underneath, one per field of ``Finding``."""

    frame: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_SCHEMA))

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Findings:
        """Return findings that were made one by one."""
        if isinstance(findings, Findings):
            return findings
        rows = [tuple(getattr(f, name) for name in _SCHEMA) for f in findings]
        return cls(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))

    @classmethod
    def joined(cls, groups: Iterable[Iterable[Finding]]) -> Findings:
        """Return several groups of findings as one, one after the other."""
        frames = [cls.of(group).frame for group in groups]
        return cls(pl.concat(frames)) if frames else cls()

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Findings: ...
    def __getitem__(self, index: int | slice) -> Finding | Findings:
        if isinstance(index, slice):
            return Findings(self.frame[index])
        return Finding(*self.frame.row(index))

    def __len__(self) -> int:
        return self.frame.height

    def __iter__(self) -> Iterator[Finding]:
        return (Finding(*row) for row in self.frame.iter_rows())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def any_error(self, table: str | None = None) -> bool:
        """Say whether rows were left out by an error, of one table where it is named."""
        errors = self.frame["severity"] == "error"
        return bool((errors if table is None else errors & (self.frame["table"] == table)).any())

    def with_remedies(self, remedies: Mapping[str, str]) -> Findings:
        """Return the findings, each with what the source says is to be done about its rule behind its message."""
        known = pl.col("rule").is_in(list(remedies))
        if not remedies or not self.frame.select(known.any()).item():
            return self
        what = pl.col("rule").replace_strict(dict(remedies), default=None, return_dtype=pl.String)
        said = pl.when(known).then(pl.format("{}. {}", "message", what)).otherwise("message")
        return Findings(self.frame.with_columns(said.alias("message")))

    def ordered(self) -> Findings:
        """Return findings with root causes first: errors, then by the order of the tables, then by row; those without by what they say."""
        # Plugins may name tables and severities that nobody knows.
        place = [
            pl.col(name).replace_strict(list(known), range(len(known)), default=len(known), return_dtype=pl.UInt32)
            for name, known in (("severity", _SEVERITIES), ("table", TABLES))
        ]
        place += [pl.col("row").fill_null(0), pl.col("column").fill_null(""), pl.col("rule"), pl.col("message")]
        return Findings(self.frame.sort(place, maintain_order=True))


def of_rows(
    rows: pl.DataFrame, severity: Severity, table: str, column: str | None, rule: str, message: str
) -> Findings:
    """Return one finding per row. ``rows`` carries ``source_row`` and, where a value is at fault, ``column`` as text.

    A row without a place is named by its ids.
    """
    value = _shown(pl.col(column).cast(pl.String)) if column and column in rows.columns else pl.lit(None, pl.String)
    said = (
        pl.format("{}{}", pl.lit(message), _whose(table, rows)) if rows["source_row"].null_count() else pl.lit(message)
    )
    return remarks(rows, severity, table, column, rule, said, row="source_row", value=value)


def _whose(table: str, rows: pl.DataFrame) -> pl.Expr:
    """Return, for rows without a place, `` (student_id 7, year_id 2026)``: what they say of their key; else nothing."""
    known = TABLES[table]
    key = known.key or tuple(c.name for c in known.columns if c.required and c.type is Type.ID)
    told = [pl.format(f"{name} {{}}", _shown(pl.col(name).cast(pl.String))) for name in key if name in rows.columns]
    ids = pl.concat_str(told, separator=", ", ignore_nulls=True) if told else pl.lit("")
    return pl.when(pl.col("source_row").is_null(), ids != "").then(pl.format(" ({})", ids)).otherwise(pl.lit(""))


def remarks(
    rows: pl.DataFrame,
    severity: Severity,
    table: str,
    column: str | None,
    rule: str,
    message: pl.Expr,
    *,
    row: str | None = None,
    value: pl.Expr | None = None,
) -> Findings:
    """Return one finding per row, worded by an expression. ``row``: the column that says where it stands in the source."""
    constant = {"severity": severity, "table": table, "column": column, "rule": rule}
    said = {name: pl.lit(word, dtype=pl.String) for name, word in constant.items()}
    said |= {"message": message, "value": pl.lit(None, dtype=pl.String) if value is None else value}
    said["row"] = pl.lit(None, dtype=pl.Int64) if row is None else pl.col(row).cast(pl.Int64)
    # Beside the rows, so that constants are as long as these are.
    made = rows.with_columns(**{f"\0{name}": expression for name, expression in said.items()})
    return Findings(made.select(pl.col(f"\0{name}").alias(name) for name in _SCHEMA))


def shown(value: object) -> str | None:
    """Return a value as a finding shows it: text, without the mark of a wrong type, and not without end."""
    if value is None:
        return None
    return pl.select(_shown(pl.lit(str(value)))).item()  # type: ignore[no-any-return]


def _shown(text: pl.Expr) -> pl.Expr:
    bare = text.str.strip_prefix("\0")
    long = bare.str.len_chars() > _LONGEST_VALUE
    return pl.when(long).then(bare.str.head(_LONGEST_VALUE - 1) + pl.lit("…")).otherwise(bare)
