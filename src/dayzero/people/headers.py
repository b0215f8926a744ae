"""Columns that decide who gets an account, and are not there at all: an absent column is not an empty one."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from dayzero.conform import Conformed
from dayzero.errors import UntrustedSourceError
from dayzero.people.population import Population
from dayzero.schema import TABLES

__all__ = ["require_headers"]


def require_headers(conformed: Conformed, population: Population, logins: Sequence[str]) -> None:
    """Refuse a table without the column by which its people would get an account, unless none of its rows matters.

    Only a source that hands over columns says which there are. Raises UntrustedSourceError naming the nearest header.
    """
    students, links = population.students, population.links
    if students["sent"].any():
        _require(conformed, "students", tuple(logins), "the field in which students' logins stand")
    if links.is_empty() or not students["sent"].gather(links["student"]).any():
        return
    _require(conformed, "contacts", ("primary_email",), "the parents' logins")
    if conformed.numbered["relationships"]["portal_access"].null_count() == conformed.numbered["relationships"].height:
        _require(conformed, "contacts", ("portal_access",), "which decides who has access")


def _require(conformed: Conformed, table: str, columns: tuple[str, ...], what: str) -> None:
    header = conformed.headers.get(table, columns)
    if set(columns) & set(header):
        return
    strange = [c for c in header if c not in TABLES[table].names]
    near = {c: hit for c in columns for hit in _nearest(c, strange)}
    hint = "".join(f" Is {hit!r} meant to be `{column}`?" for column, hit in near.items())
    raise UntrustedSourceError(
        f"Table {table} has no column {' or '.join(f'`{c}`' for c in columns)}, {what}; it has: {', '.join(header)}.{hint}",
        remedy="Name the column as in the schema, or map it in [source]; for students' logins, `student_login` under [sync] may name another.",
        rule="missing-column",
        table=table,
        columns=list(columns),
    )


def _nearest(column: str, names: Sequence[str]) -> list[str]:
    """Return the name that is most like a column's, whatever is put between its words."""
    plain = {"".join(ch for ch in name.lower() if ch.isalnum()): name for name in names}
    wanted = "".join(ch for ch in column if ch.isalnum())
    inside = [name for bare, name in plain.items() if wanted in bare or (bare and bare in wanted)]
    alike = [plain[hit] for hit in difflib.get_close_matches(wanted, list(plain), n=1)]
    return (inside or alike)[:1]
