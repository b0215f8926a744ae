"""Columns that decide who gets an account, and are not there at all: an absent column is not an empty one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from dayzero.conform import Conformed
from dayzero.errors import UntrustedSourceError
from dayzero.people.population import Population
from dayzero.plugin import Finding, columns_told, is_plain
from dayzero.schema import TABLES

__all__ = ["as_warning", "missing_column"]


def missing_column(conformed: Conformed, population: Population, logins: Sequence[str]) -> UntrustedSourceError | None:
    """Return the refusal of a table without the column by which its people would get an account; None where none of its rows
    matters, or there is one.

    Only a source that hands over columns says which there are.
    """
    students, links = population.students, population.links
    looked_at: list[tuple[str, tuple[str, ...], str]] = []
    if students["sent"].any():
        looked_at.append(("students", tuple(logins), "the field in which students' logins stand"))
    if not links.is_empty() and students["sent"].gather(links["student"]).any():
        looked_at.append(("contacts", ("primary_email",), "the parents' logins"))
        own_words = conformed.numbered["relationships"]["portal_access"]
        if own_words.null_count() == own_words.len():
            looked_at.append(("contacts", ("portal_access",), "which decides who has access"))
    missing = (_missing(conformed, *one) for one in looked_at)
    return next((error for error in missing if error is not None), None)


def as_warning(error: UntrustedSourceError) -> Finding:
    """Return the refusal as what is said by who only looks."""
    column = " or ".join(error.columns)
    return Finding("warning", error.table, None, column, None, error.rule, f"{error.message} {error.remedy}")


def _missing(conformed: Conformed, table: str, columns: tuple[str, ...], what: str) -> UntrustedSourceError | None:
    header = conformed.headers.get(table, columns)
    if set(columns) & set(header):
        return None
    strange = [c for c in header if c not in TABLES[table].names]
    near = {c: hit for c in columns for hit in _nearest(c, strange)}
    asked = {hit: f" Is {hit!r} meant to be `{column}`?" for column, hit in near.items()}
    plain = "".join(text for hit, text in asked.items() if _names_a_column(hit, columns))
    told, said = columns_told(header, (*TABLES[table].names, *columns))
    return UntrustedSourceError(
        f"Table {table} has no column {' or '.join(f'`{c}`' for c in columns)}, {what}; {told}.{plain}",
        remedy="Name the column as in the schema, or map it in [source]; for students' logins, `student_login` under [sync] may name another.",
        rule="missing-column",
        table=table,
        columns=list(columns),
        said=said + "".join(asked.values()) if said else None,
    )


def _names_a_column(hit: str, columns: Sequence[str]) -> bool:
    """Say whether a header is surely one: it has a word of the column's own in it, and is no cell of a file that lost its header."""
    own = {word for column in columns for word in column.split("_")}
    has_one = not own.isdisjoint({_bare(hit), *map(_bare, re.split(r"[\W_]+", hit))})
    whole = has_one or any(_bare(column) in _bare(hit) for column in columns)
    return is_plain(hit, columns) or (whole and "@" not in hit)


def _nearest(column: str, names: Sequence[str]) -> list[str]:
    """Return the name that is most like a column's, whatever is put between its words."""
    plain = {_bare(name): name for name in names}
    wanted = _bare(column)
    inside = [name for bare, name in plain.items() if wanted in bare or (bare and bare in wanted)]
    alike = [plain[hit] for hit in difflib.get_close_matches(wanted, list(plain), n=1)]
    return (inside or alike)[:1]


def _bare(name: str) -> str:
    return "".join(ch for ch in name.lower() if ch.isalnum())
