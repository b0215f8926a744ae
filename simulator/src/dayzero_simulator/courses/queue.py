"""The counsellor's list: the scheduling year's students with their requests, narrowed, ordered, and gone through one by one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from dayzero_simulator.courses.demand import DISAGREES, FORMS, PARENTS, STEP, STEPS, STUDENTS, counts
from dayzero_simulator.courses.rules import ACTIONS, NOTHING, refusal
from dayzero_simulator.names import full_name, sorted_as
from dayzero_simulator.portal import places

__all__ = [
    "CHIPS",
    "MOST",
    "SORTS",
    "Asked",
    "Matching",
    "Neighbours",
    "Requests",
    "chips",
    "matching",
    "neighbours",
    "requests_in",
    "those",
]

PAGE = 100
MOST = 500
"""So many requests are received, approved or returned at once; whoever has more does it again for the rest."""
CHIPS = {"": "All", **STEPS, "disagreement": "A parent does not agree"}
"""What the list may be narrowed to, besides the states of the rules themselves: older addresses have those."""
_GRADE = "iif(s.next_grade_level glob '[0-9]*', '0', '1') || printf('%8s', coalesce(s.next_grade_level, ''))"
SORTS = {
    "name": ("Name", ("s.name_key", "s.student_id"), "asc"),
    "grade": ("Grade", (_GRADE, "s.name_key", "s.student_id"), "asc"),
    "changed": ("Changed last", ("coalesce(f.updated_at, '')", "s.student_id"), "desc"),
    "waiting": ("Waiting longest", ("coalesce(f.updated_at, '9')", "s.student_id"), "asc"),
}
"""What the list may be ordered by: how it is said, the values, and which way."""


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed to and ordered by. ``state``: of ``CHIPS``. ``after``: where the page before ended."""

    state: str = ""
    grade: str = ""
    search: str = ""
    sort: str = "name"
    after: str = ""


@dataclass(frozen=True)
class Requests:
    """One page. ``next``: where the next page begins, or empty. ``total``: how many the filters leave."""

    rows: list[dict[str, Any]]
    next: str
    total: int


@dataclass(frozen=True)
class Matching:
    """Whom something can be done with, ``left_out`` who match and why not, and how many ``more`` than can be done at once."""

    rows: list[dict[str, Any]]
    left_out: dict[str, list[dict[str, Any]]]
    more: int


@dataclass(frozen=True)
class Neighbours:
    """Where a request stands in the list: the ones before and after it, its place, and of how many."""

    before: dict[str, Any] | None
    after: dict[str, Any] | None
    number: int
    total: int
    place: str


@dataclass(frozen=True)
class _Query:
    """The list as SQL: which rows of it, and the values."""

    where: str
    values: dict[str, Any]

    def select(self, columns: str, more: str = "") -> str:
        return f"{STUDENTS} select {columns} from students s {FORMS} where {self.where} {more}"  # noqa: S608 - our own words


def _query(school: str, year_id: str, by: Asked) -> _Query:
    values: dict[str, Any] = {"year": year_id, "school": school, "grade": by.grade, "state": by.state}
    where = "(:grade = '' or s.next_grade_level = :grade)"
    for n, word in enumerate(sorted_as(by.search).split()):
        # Every word begins a word of the name, or the id.
        where += f" and (instr(' ' || replace(s.name_key, char(31), ' '), ' ' || :word{n}) or instr(lower(s.student_id), :word{n}) = 1)"
        values[f"word{n}"] = word
    return _Query(where, values)


def _narrowed(school: str, year_id: str, by: Asked) -> _Query:
    query = _query(school, year_id, by)
    if by.state == "disagreement":
        narrow = DISAGREES
    elif by.state in STEPS:
        narrow = f"{STEP} = :state"
    elif by.state:
        narrow = "coalesce(f.state, 'not-started') = :state"
    else:
        return query
    return _Query(f"{query.where} and {narrow}", query.values)


def chips(db: sqlite3.Connection, school: str, year_id: str, by: Asked) -> dict[str, int]:
    """Return how many there are behind each chip, with the search and the grade that the list is narrowed to."""
    query = _query(school, year_id, by)
    return counts(db, school, year_id, query.where, query.values)


def requests_in(
    db: sqlite3.Connection,
    school: str,
    year_id: str,
    by: Asked,
    *,
    counted: Mapping[str, int] = MappingProxyType({}),
    limit: int = PAGE,
) -> Requests:
    """Return a page of the scheduling year's students with the state of their request. ``counted``: what ``chips`` says of it."""
    query = _narrowed(school, year_id, by)
    total = counted.get(by.state)
    if total is None:
        (total,) = db.execute(query.select("count(*)"), query.values).fetchone()
    _, keys, order = SORTS[by.sort]
    values, beyond = {**query.values, "limit": limit + 1}, ""
    if by.after:
        place = places.read(by.after, len(keys))
        beyond = f"and {_compared(keys, '>' if order == 'asc' else '<')}"
        values |= _placed(place)
    columns = _as_keys(keys)
    rows = db.execute(
        query.select(f"{_COLUMNS}, {columns}", f"{beyond} order by {_ordered(keys, order)} limit :limit"), values
    ).fetchall()
    shown = rows[:limit]
    place_after = places.written([shown[-1][f"key{n}"] for n in range(len(keys))]) if len(rows) > limit else ""
    return Requests([_named(r) for r in shown], place_after, total)


_REVIEWS = (
    "(select count(*) from reviews r where r.school = :school and r.student_id = s.student_id and r.year_id = :year"
    " and r.parent_id not like 'former:%'"
)
_FEW = f"s.*, f.state, f.version, f.updated_at, f.withdrawn, {DISAGREES} as disagrees"
_COLUMNS = (
    f"{_FEW}, {STEP} as step,"
    f" {_REVIEWS} and r.agrees) as agreed, {_REVIEWS} and not r.agrees) as disagreed, {PARENTS} as parents"
)


def _as_keys(keys: tuple[str, ...]) -> str:
    return ", ".join(f"{key} as key{n}" for n, key in enumerate(keys))


def _compared(keys: tuple[str, ...], sign: str) -> str:
    return f"({', '.join(keys)}) {sign} ({', '.join(f':place{n}' for n in range(len(keys)))})"


def _placed(place: list[str]) -> dict[str, str]:
    return {f"place{n}": value for n, value in enumerate(place)}


def _ordered(keys: tuple[str, ...], order: str) -> str:
    return ", ".join(f"{key} {order}" for key in keys)


def _named(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "name": full_name(row["given_name"], row["family_name"]) or row["student_id"]}


def neighbours(
    db: sqlite3.Connection, school: str, year_id: str, by: Asked, student_id: str, *, place: str = ""
) -> Neighbours | None:
    """Return where a student stands in the list; None for one who is in none.

    ``place``: where they stood when they were opened: what is done with a request may move it in the list, or out of it.
    """
    _, keys, order = SORTS[by.sort]
    if not place:
        own = _query(school, year_id, Asked())
        row = db.execute(
            own.select(_as_keys(keys), "and s.student_id = :own"), {**own.values, "own": student_id}
        ).fetchone()
        if row is None:
            return None
        place = places.written(list(row))
    query = _narrowed(school, year_id, by)
    values = {**query.values, **_placed(places.read(place, len(keys))), "own": student_id}
    (earlier, later), back = (("<", ">"), "desc") if order == "asc" else ((">", "<"), "asc")

    def beside(sign: str, way: str) -> dict[str, Any] | None:
        others = f"and s.student_id != :own and {_compared(keys, sign)} order by {_ordered(keys, way)} limit 1"
        row = db.execute(query.select("s.*", others), values).fetchone()
        return _named(row) if row else None

    passed, total, is_in = db.execute(
        query.select(
            f"coalesce(sum(s.student_id != :own and {_compared(keys, earlier)}), 0), count(*),"
            " coalesce(max(s.student_id = :own), 0)"
        ),
        values,
    ).fetchone()
    return Neighbours(beside(earlier, back), beside(later, order), passed + 1 if is_in else 0, total, place)


def matching(db: sqlite3.Connection, school: str, year_id: str, by: Asked, action: str) -> Matching:
    """Return with whom of those that the filters leave something can be done, in the list's order, ``MOST`` at once."""
    query = _narrowed(school, year_id, by)
    _, keys, order = SORTS[by.sort]
    rows = [_named(r) for r in db.execute(query.select(_FEW, f"order by {_ordered(keys, order)}"), query.values)]
    return _sorted_out(rows, action)


def those(db: sqlite3.Connection, school: str, year_id: str, ticked: list[str], action: str) -> Matching:
    """Return with whom of those ticked, as ``id:version``, something can be done; in the order of names."""
    asked = dict(t.rpartition(":")[::2] for t in ticked)
    query = _query(school, year_id, Asked())
    wanted = "and s.student_id in (select value from json_each(:ids)) order by s.name_key, s.student_id"
    rows = db.execute(query.select(_FEW, wanted), {**query.values, "ids": json.dumps(list(asked))})
    return _sorted_out([{**_named(r), "version": asked[r["student_id"]]} for r in rows], action)


def _sorted_out(rows: list[dict[str, Any]], action: str) -> Matching:
    able: list[dict[str, Any]] = []
    left_out: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if why := _why_not(row, action):
            left_out.setdefault(why, []).append(row)
        else:
            able.append(row)
    return Matching(able[:MOST], left_out, max(0, len(able) - MOST))


def _why_not(row: dict[str, Any], action: str) -> str | None:
    if action == "approve" and row["disagrees"] and row["state"] in ACTIONS[action].of:
        return "A parent does not agree: settle it on the request's own page, with a note."
    return refusal(ACTIONS[action], "admin", row["state"] or NOTHING, withdrawn=bool(row["withdrawn"]))
