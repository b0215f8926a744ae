"""Which column may be an id: what its header says, and whether its cells look like one and tell rows apart."""

from __future__ import annotations

import polars as pl

from dayzero_csv.looking.columns import Candidates, Columns
from dayzero_csv.looking.headers import said_by
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.values import are_dates, are_emails, has_blanks, words_in

__all__ = ["best_first", "likely_ids", "lone_id", "telling"]

_LIKE_AN_ID = r"^\s*[\w.#-]*\d[\w.#-]*\s*$"
_SIGNS = ("email", "username")
"""What tells people apart where there is no id: the best that such a file has."""


def telling(candidates: Candidates, seen: Seen) -> Candidates:
    """Return the candidates for an id that tell rows apart about as well as the best of them: a school's number does not."""
    apart = {header: seen.rows[header].n_unique() for header in candidates.all}
    best = max(apart.values(), default=0)
    good = [header for header, count in apart.items() if count * 2 > best or best < 2]
    return Candidates([h for h in candidates.sure if h in good], [h for h in candidates.maybe if h in good])


def lone_id(candidates: Candidates, seen: Seen) -> str | None:
    """Return the one header that is an id where the file has no other, and every row has it: `Host ID`."""
    if candidates.sure or len(candidates.maybe) != 1:
        return None
    [header] = candidates.maybe
    said = said_by(header).field
    return header if said is not None and said.alone and not has_blanks(seen.rows[header]) else None


def best_first(candidates: Candidates, seen: Seen) -> tuple[str, ...]:
    """Return candidates for an id: those that are sure, and of these first what every row has and what tells most apart.

    A column in which nothing stands is no id of anybody.
    """
    parts = (sorted(part, key=lambda h: _blur(h, seen)) for part in (candidates.sure, candidates.maybe))
    return tuple(h for part in parts for h in part if not seen.rows.height or words_in(seen.rows[h]))


def likely_ids(columns: Columns, *, contacts: bool = False) -> tuple[str, ...]:
    """Return the headers of columns that look like ids, where no header says so: best first, and last what people sign in with.

    ``contacts``: of a file with a row for each parent and child, where the same parent may stand on several rows.
    """
    seen, whose = columns.seen, ("", "parent") if contacts else ("", "student")
    said = {header: said_by(header).field for header in seen.headers}
    unknown = [h for h in seen.headers if said[h] is None and not said_by(h).code and _looks_like_ids(seen.rows[h])]
    known = [
        h
        for h in seen.headers
        if (field := said[h]) is not None
        and field.name in _SIGNS
        and said_by(h).subject in whose
        and (_tells_all(seen.rows[h]) or (contacts and field.name == "email" and words_in(seen.rows[h])))
    ]
    return (*sorted(unknown, key=lambda h: _blur(h, seen)), *known)


def _blur(header: str, seen: Seen) -> tuple[bool, int]:
    column = seen.rows[header]
    return has_blanks(column), -column.n_unique()


def _tells_all(column: pl.Series) -> bool:
    return bool(column.len()) and not has_blanks(column) and column.n_unique() == column.len()


def _looks_like_ids(column: pl.Series) -> bool:
    return (
        _tells_all(column)
        and bool(column.str.contains(_LIKE_AN_ID).all())
        and not (are_dates(column) or are_emails(column))
    )
