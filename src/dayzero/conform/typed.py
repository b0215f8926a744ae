"""Read text by the schema: a broken row is left out, a broken optional value is nulled, each with its finding."""

from __future__ import annotations

import difflib

import polars as pl

from dayzero.conform.findings import Findings, of_rows, remarks, shown
from dayzero.conform.values import DTYPES, EXPECTED, absent, few_words, misfits, trimmed, typed
from dayzero.errors import UntrustedSourceError
from dayzero.plugin import Finding, Severity, columns_told, is_plain
from dayzero.schema import PERSONS, RESERVED_COLUMNS, Column, Table, Type

UNREAD = "access_unread"
"""True where it cannot be read who has access; a column of tables in which that is so of a row."""


def read_types(table: Table, text: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, Findings]:
    """Return (typed rows, rows left out as text, findings); all frames carry ``source_row``."""
    _require_columns(table, text)
    _refuse_misspelt(table, text)
    findings = [Findings.of(_unknown_columns(table, text))]
    words = {column.name: few_words(column) for column in text}
    bare = [trimmed(column, words[column.name]) for column in text]
    words = {c.name: words[c.name] if b is c else few_words(b) for c, b in zip(text, bare, strict=True)}
    text = pl.DataFrame(bare)
    text, problems, found = _set_aside(table, text)
    findings += found
    values: list[pl.Series] = []
    broken: list[pl.Series] = []
    frozen: list[pl.Series] = []
    for column in table.columns:
        if column.name not in text.columns:
            nothing = pl.Series(column.name, [absent(column)], dtype=DTYPES[column.type])
            values.append(nothing.new_from_index(0, text.height))
            continue
        said = text[column.name]
        value = typed(column, said, words[column.name])
        if column.required and said.null_count():
            findings.append(_empty(table, column, text.filter(said.is_null())))
            broken.append(said.is_null())
        misfit = misfits(said, value)
        if misfit is not None:
            findings.append(_misfit(table, column, text.filter(misfit)))
            if column.unreadable == "row":
                broken.append(misfit)
            elif column.unreadable == "frozen":
                frozen = [misfit.set(~misfit, None).alias(UNREAD)]
        default = absent(column)
        values.append(value if default is None else value.fill_null(default))
    if table.any_of:
        nameless = pl.select(
            pl.all_horizontal(text[c].is_null() for c in table.any_of if c in text.columns)
        ).to_series()
        if nameless.any():
            findings.append(_all_empty(table, text.filter(nameless)))
            broken.append(nameless)
    extra = [c for c in text.columns if c not in table.names and c != "source_row"] if table.name == "students" else []
    read = pl.DataFrame([*values, *text.select(*extra, "source_row"), *frozen])
    if not broken:
        return read, problems, Findings.joined(findings)
    out = pl.select(pl.any_horizontal(broken)).to_series()
    left_out = pl.concat([problems, text.filter(out)], how="diagonal_relaxed")
    return read.filter(~out), left_out, Findings.joined(findings)


def _empty(table: Table, column: Column, rows: pl.DataFrame) -> Findings:
    message = f"`{column.name}` is empty; the row is left out"
    return of_rows(rows, "error", table.name, column.name, "required", message)


def _all_empty(table: Table, rows: pl.DataFrame) -> Findings:
    said = " and ".join(f"`{name}`" for name in table.any_of)
    return of_rows(rows, "error", table.name, table.any_of[-1], "required", f"{said} are empty; the row is left out")


def _misfit(table: Table, column: Column, rows: pl.DataFrame) -> Findings:
    becomes = {
        "row": "the row is left out",
        "frozen": "what it decides stays as it is on the portal",
        "empty": "taken as empty",
    }[column.unreadable]
    severity: Severity = "error" if column.unreadable == "row" else "warning"
    return of_rows(rows, severity, table.name, column.name, _rule(column), f"expected {_expected(column)}; {becomes}")


def _set_aside(table: Table, text: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, list[Findings]]:
    """Take out rows the source could not read, and tombstones with the rows whose key they take back."""
    findings: list[Findings] = []
    problems = text.clear()
    if "source_problem" in text.columns:
        problems = text.filter(pl.col("source_problem").is_not_null())
        text = text.filter(pl.col("source_problem").is_null()).drop("source_problem")
        said = pl.format("{}; the row is left out", "source_problem")
        findings.append(remarks(problems, "error", table.name, None, "unreadable-row", said, row="source_row"))
    if "removed" in text.columns:
        removed = typed(_REMOVED, text["removed"])
        misfit = misfits(text["removed"], removed)
        if misfit is not None:
            findings.append(_misfit(table, _REMOVED, text.filter(misfit)))
            problems = pl.concat([problems, text.filter(misfit)], how="diagonal_relaxed")
            text, removed = text.filter(~misfit), removed.filter(~misfit)
        takes_back = removed.fill_null(value=False)
        gone, text = text.filter(takes_back), text.filter(~takes_back).drop("removed")
        key = [k for k in table.key if k in text.columns]
        if key and not gone.is_empty():
            text = text.join(gone, on=key, how="anti", nulls_equal=True, maintain_order="left")
    return text, problems, findings


def taken_back(table: Table, text: pl.DataFrame) -> list[str]:
    """Return the ids of people whose own rows a tombstone takes back: they are gone, and not missing."""
    person = next((p for p in PERSONS if p.table == table.name), None)
    if person is None or "removed" not in text.columns or person.column not in text.columns:
        return []
    gone = typed(_REMOVED, trimmed(text["removed"])).fill_null(value=False)
    return trimmed(text[person.column]).filter(gone).drop_nulls().to_list()


_REMOVED = Column("removed", Type.BOOLEAN, RESERVED_COLUMNS["removed"], required=True)
"""A tombstone that cannot be read leaves its row out."""


def _require_columns(table: Table, text: pl.DataFrame) -> None:
    missing = [c.name for c in table.columns if c.required and c.name not in text.columns]
    if table.any_of and not set(table.any_of) & set(text.columns):
        missing += table.any_of
    if missing:
        there = [c for c in text.columns if c not in RESERVED_COLUMNS]
        hints = {m: difflib.get_close_matches(m, [c for c in there if c not in table.names], n=1) for m in missing}
        near = {m: f" Is {hint[0]!r} meant to be `{m}`?" for m, hint in hints.items() if hint}
        plain = "".join(asked for m, asked in near.items() if is_plain(hints[m][0], table.names))
        told, said = columns_told(there, table.names)
        raise UntrustedSourceError(
            f"Table {table.name} has no column {', '.join(missing)}; {told}.{plain}",
            remedy="Name the columns as in the schema, or map them in [source]. A file begins with their names.",
            table=table.name,
            columns=missing,
            said=said + "".join(near.values()) if said else None,
        )


def _refuse_misspelt(table: Table, text: pl.DataFrame) -> None:
    """Refuse a table in which a deciding column stands under almost its name: ignored, it would speak for everybody."""
    strange = [c for c in text.columns if c not in table.names and c not in RESERVED_COLUMNS]
    for column in table.columns:
        if column.decides and column.name not in text.columns:
            near = difflib.get_close_matches(column.name, strange, n=1, cutoff=_ALMOST)
            if near:
                it = repr(shown(near[0])) if is_plain(near[0], table.names) else "that is almost called so"
                raise UntrustedSourceError(
                    f"Table {table.name} has no `{column.name}`, which decides who has access, and a column {it}.",
                    remedy=f"Name it `{column.name}`, or map it in [source].",
                    table=table.name,
                    columns=[column.name],
                    said=f"It is called {shown(near[0])!r}.",
                )


_ALMOST = 0.8
"""How alike two names are that differ by a slip: one or two letters of thirteen."""


def _unknown_columns(table: Table, text: pl.DataFrame) -> list[Finding]:
    """Report columns the schema does not know; those of ``students`` are demographics fields and welcome.

    The name is a value, too: that of a column which nobody knows may be anything.
    """
    if table.name == "students":
        return []
    known = {*table.names, *RESERVED_COLUMNS}
    return [
        Finding(
            "notice",
            table.name,
            None,
            shown(c),
            shown(c),
            "unknown-column",
            "the column is not in the schema and is ignored",
        )
        for c in text.columns
        if c not in known
    ]


def _rule(column: Column) -> str:
    return "choice" if column.choices else column.type.value


def _expected(column: Column) -> str:
    return "one of " + ", ".join(column.choices) if column.choices else EXPECTED[column.type]
