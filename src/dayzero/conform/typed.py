"""Read text by the schema: a broken row is left out, a broken optional value is nulled, each with its finding."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import polars as pl
import polars.selectors as cs

from dayzero.conform.findings import of_rows, shown
from dayzero.conform.raw import WRONG_TYPE
from dayzero.errors import UntrustedSourceError
from dayzero.plugin import Finding
from dayzero.schema import RESERVED_COLUMNS, Column, Table, Type

_TRUE = ("true", "yes", "y", "1")
_FALSE = ("false", "no", "n", "0")

EXPECTED = {
    Type.ID: "an id as text; a fraction or a yes/no value cannot be one",
    Type.TEXT: "text; a fraction or a yes/no value is none",
    Type.DATE: "a date such as 2026-08-31 (ISO 8601)",
    Type.BOOLEAN: "one of true, false, yes, no, y, n, 1, 0",
    Type.INTEGER: "a whole number, 0 or more",
    Type.NUMBER: "a number",
}
"""What a value of a type looks like, for messages and docs."""


@dataclass(frozen=True)
class _Read:
    """One column's reading: ``value`` typed or null, ``bad`` where text was there and did not fit.

    ``value`` None: the text itself, but for the bad ones.
    """

    column: Column
    value: pl.Expr | None
    bad: pl.Expr


def read_types(table: Table, text: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, list[Finding]]:
    """Return (typed rows, rows left out as text, findings); all frames carry ``source_row``."""
    _require_columns(table, text)
    _refuse_misspelt(table, text)
    findings = _unknown_columns(table, text)
    text = _trimmed(text)
    text, problems, found = _set_aside(table, text)
    findings += found
    reads = [_read(c, text[c.name].dtype) for c in table.columns if c.name in text.columns]
    parsed = text.select(
        *(r.value.alias(r.column.name) for r in reads if r.value is not None),
        *(r.bad.fill_null(value=False).alias(f"bad {r.column.name}") for r in reads),
        *(pl.col(r.column.name).is_null().alias(f"empty {r.column.name}") for r in reads if r.column.required),
    )
    flags = parsed.select(cs.starts_with("bad ", "empty "))
    raised = (
        [name for name, count in zip(flags.columns, flags.sum().row(0), strict=True) if count] if text.height else []
    )
    broken = pl.Series([False]).new_from_index(0, text.height) if text.height else pl.Series([], dtype=pl.Boolean)
    for name in raised:
        what, _, column_name = name.partition(" ")
        column = table[column_name]
        at_fault = text.filter(flags[name])
        if what == "empty":
            findings += of_rows(
                at_fault, "error", table.name, column_name, "required", f"`{column_name}` is empty; the row is left out"
            )
            broken |= flags[name]
        elif column.unreadable == "row":
            findings += of_rows(
                at_fault,
                "error",
                table.name,
                column_name,
                _rule(column),
                f"expected {_expected(column)}; the row is left out",
            )
            broken |= flags[name]
        else:
            taken = "read as no" if column.unreadable == "no" else "taken as empty"
            findings += of_rows(
                at_fault, "warning", table.name, column_name, _rule(column), f"expected {_expected(column)}; {taken}"
            )
    # A column of text that is all right is passed on as it is: views of a million texts are most of a school's memory.
    typed = text.with_columns(
        *(parsed[r.column.name] for r in reads if r.value is not None),
        *(
            pl.when(~flags[f"bad {r.column.name}"]).then(r.column.name).alias(r.column.name)
            for r in reads
            if r.value is None and f"bad {r.column.name}" in raised
        ),
        *(pl.lit(_absent(c), dtype=_DTYPES[c.type]).alias(c.name) for c in table.columns if c.name not in text.columns),
    )
    extra = [c for c in text.columns if c not in table.names and c != "source_row"] if table.name == "students" else []
    typed = typed.select(*table.names, *extra, "source_row")
    if not broken.any():
        return typed, problems, findings
    return typed.filter(~broken), pl.concat([problems, text.filter(broken)], how="diagonal_relaxed"), findings


_DTYPES: dict[Type, type[pl.DataType]] = {
    Type.ID: pl.String,
    Type.TEXT: pl.String,
    Type.DATE: pl.Date,
    Type.BOOLEAN: pl.Boolean,
    Type.INTEGER: pl.Int64,
    Type.NUMBER: pl.Float64,
}


def _absent(column: Column) -> str | None:
    """Return what stands for a value that is not there. Only closed sets have a default here: a tick's is "no opinion"
    until the years' copies were merged."""
    return column.default if column.choices and isinstance(column.default, str) else None


def _read(column: Column, dtype: pl.DataType) -> _Read:
    raw = pl.col(column.name)
    if column.type is Type.BOOLEAN:
        value, bad = _read_boolean(raw, dtype)
        value = pl.when(bad).then(pl.lit(value=False)).otherwise(value) if column.unreadable == "no" else value
        return _Read(column, value, bad)
    if column.type in (Type.ID, Type.TEXT):
        if not column.choices:
            return _Read(column, None, raw.str.starts_with(WRONG_TYPE))
        value, bad = raw.str.to_lowercase(), ~raw.str.to_lowercase().is_in(column.choices)
        return _Read(column, value.fill_null(_absent(column)) if _absent(column) else value, bad)
    if column.type is Type.DATE:
        value = raw.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$").str.to_date("%Y-%m-%d", strict=False)
    elif column.type is Type.INTEGER:
        value = raw.str.extract(r"^(\+?\d{1,18})$").cast(pl.Int64, strict=False)
    else:
        value = raw.cast(pl.Float64, strict=False)
        value = pl.when(value.is_finite()).then(value)
    return _Read(column, value, raw.is_not_null() & value.is_null())


def _read_boolean(raw: pl.Expr, dtype: pl.DataType) -> tuple[pl.Expr, pl.Expr]:
    if dtype == pl.Boolean:
        return raw, pl.lit(value=False)
    word = raw.str.to_lowercase()
    value = pl.when(word.is_in(_TRUE)).then(pl.lit(value=True)).when(word.is_in(_FALSE)).then(pl.lit(value=False))
    return value, raw.is_not_null() & ~word.is_in(_TRUE + _FALSE)


def _trimmed(text: pl.DataFrame) -> pl.DataFrame:
    """Return the columns without white space around their values, and null for what is empty then."""
    strings = [name for name in text.columns if text[name].dtype == pl.String]
    stripped = {name: pl.col(name).str.strip_chars() for name in strings}
    odd = text.select(((s != pl.col(name)) | (s == "")).any().alias(name) for name, s in stripped.items())
    wanting = [name for name in strings if odd[name].item()]
    return text.with_columns(pl.when(stripped[n] != "").then(stripped[n]).alias(n) for n in wanting)


def _set_aside(table: Table, text: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, list[Finding]]:
    """Take out rows the source could not read, and tombstones with the rows whose key they take back."""
    findings: list[Finding] = []
    problems = text.clear()
    if "source_problem" in text.columns:
        problems = text.filter(pl.col("source_problem").is_not_null())
        text = text.filter(pl.col("source_problem").is_null()).drop("source_problem")
        findings += [
            Finding("error", table.name, row, None, None, "unreadable-row", f"{problem}; the row is left out")
            for row, problem in problems.select("source_row", "source_problem").iter_rows()
        ]
    if "removed" in text.columns:
        value, bad = _read_boolean(pl.col("removed"), text["removed"].dtype)
        doubtful = text.filter(bad)
        findings += of_rows(
            doubtful,
            "error",
            table.name,
            "removed",
            "boolean",
            f"expected {EXPECTED[Type.BOOLEAN]}; the row is left out",
        )
        problems = pl.concat([problems, doubtful], how="diagonal_relaxed")
        text = text.filter(~bad).with_columns(value.alias("removed"))
        gone = text.filter(pl.col("removed").fill_null(value=False))
        text = text.filter(~pl.col("removed").fill_null(value=False)).drop("removed")
        key = [k for k in table.key if k in text.columns]
        if key and not gone.is_empty():
            text = text.join(gone, on=key, how="anti", nulls_equal=True, maintain_order="left")
    return text, problems, findings


def _require_columns(table: Table, text: pl.DataFrame) -> None:
    missing = [c.name for c in table.columns if c.required and c.name not in text.columns]
    if missing:
        there = [c for c in text.columns if c != "source_row"]
        hints = {m: difflib.get_close_matches(m, [c for c in there if c not in table.names], n=1) for m in missing}
        near = "".join(f" Is {hint[0]!r} meant to be `{m}`?" for m, hint in hints.items() if hint)
        raise UntrustedSourceError(
            f"Table {table.name} has no column {', '.join(missing)}; it has: {', '.join(there) or 'none'}.{near}",
            remedy="Name the columns as in the schema, or map them in [source].",
            table=table.name,
            columns=missing,
        )


def _refuse_misspelt(table: Table, text: pl.DataFrame) -> None:
    """Refuse a table in which a deciding column stands under almost its name: ignored, it would speak for everybody."""
    strange = [c for c in text.columns if c not in table.names and c not in RESERVED_COLUMNS]
    for column in table.columns:
        if column.decides and column.name not in text.columns:
            near = difflib.get_close_matches(column.name, strange, n=1, cutoff=_ALMOST)
            if near:
                raise UntrustedSourceError(
                    f"Table {table.name} has a column {shown(near[0])!r} and no `{column.name}`, which decides who has access.",
                    remedy=f"Name it `{column.name}`, or map it in [source].",
                    table=table.name,
                    columns=[column.name],
                )


_ALMOST = 0.8
"""How alike two names are that differ by a slip: one or two letters of thirteen."""


def _unknown_columns(table: Table, text: pl.DataFrame) -> list[Finding]:
    """Report columns the schema does not know; those of ``students`` are demographics fields and welcome."""
    if table.name == "students":
        return []
    known = {*table.names, *RESERVED_COLUMNS}
    return [
        Finding(
            "notice",
            table.name,
            None,
            shown(c),
            None,
            "unknown-column",
            f"column {shown(c)!r} is not in the schema and is ignored",
        )
        for c in text.columns
        if c not in known
    ]


def _rule(column: Column) -> str:
    return "choice" if column.choices else column.type.value


def _expected(column: Column) -> str:
    return "one of " + ", ".join(column.choices) if column.choices else EXPECTED[column.type]
