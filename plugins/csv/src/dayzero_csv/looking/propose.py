"""From what was seen to a proposal: our own tables, or a system's export put together from its files."""

from __future__ import annotations

from pathlib import Path

from dayzero.plugin import Looking, Proposal, Question
from dayzero.schema import TABLES
from dayzero_csv.files import comes_upon
from dayzero_csv.looking.columns import columns_of, groups_in_order
from dayzero_csv.looking.draft import Draft, own_name
from dayzero_csv.looking.leaving import offer_status, tell_of_standing
from dayzero_csv.looking.parents import open_names, place_links, place_parents
from dayzero_csv.looking.seen import Seen, all_seen
from dayzero_csv.looking.students import place_students, unread_codes, year_column
from dayzero_csv.looking.unused import HOLDS, tell_unused
from dayzero_csv.looking.which import is_pairs, table_of
from dayzero_csv.looking.years import this_and_next

__all__ = ["look"]

_OWN = 0.99
_IN_ENROLLMENTS = "it has to stand in the file of the enrollments, as their status"


def look(looking: Looking) -> Proposal | None:
    """Return how files below a path would be read, None where there are none."""
    path = Path(looking.path)
    if "://" in looking.path or not path.exists():
        return None
    unread: list[str] = []
    seen = list(all_seen(path, looking.answers.get("encoding"), unread))
    if not seen:
        return None
    draft = Draft(looking, path, seen)
    for name in unread:
        draft.note(f"{name} is left out: it is empty, or cannot be read as a table.")
    return _own_tables(draft) or _proposal(draft)


def _own_tables(draft: Draft) -> Proposal | None:
    """Return a proposal for files that have our tables and columns already."""
    rivals: dict[str, list[Seen]] = {}
    for one in draft.seen:
        if (table := own_name(one)) and _is_own(table, one):
            rivals.setdefault(table, []).append(one)
    if "students" not in rivals or "enrollments" not in rivals:
        return None
    named: dict[str, Seen] = {}
    for table, (first, *more) in rivals.items():
        found = next((s for s in (first, *more) if comes_upon(draft.path, table, s.file, s.sheet)), None)
        named[table] = one = found or first
        for other in (first, *more):
            if other is not one:
                draft.left_out(other, f"{one.called} is taken for the {table.replace('_', ' ')}")
        draft.used.add(one.called)
        draft.mapping[table] = {c: c for c in one.headers if c in TABLES[table].names}
        if found is None:
            draft.own_file(table, one)
        draft.dates += [
            one.rows[c.name] for c in TABLES[table].columns if c.type.value == "date" and c.name in one.headers
        ]
    says = (
        *(["the status of the enrollments"] if "status" in draft.mapping["enrollments"] else []),
        *(named.keys() & {"calendar_codes"}),
    )
    tell_of_standing(
        draft, named["enrollments"], "call it `status`, or map it under [source.columns.enrollments]", *says
    )
    tell_of_standing(draft, named["students"], _IN_ENROLLMENTS, *says)
    draft.settle_files()
    draft.settle_dates()
    tell_unused(draft, named)
    return draft.told("tables", _OWN)


def _is_own(table: str, seen: Seen) -> bool:
    return {c.name for c in TABLES[table].columns if c.required} <= set(seen.headers)


def _proposal(draft: Draft) -> Proposal | None:
    """Return the proposal for exports of any system."""
    by_table = _by_table(draft)
    students = by_table.get("students")
    if students is None:
        return _unknown(draft, by_table)
    columns = columns_of(students, "students")
    draft.slips(columns, "students")
    open_names(draft, columns)
    parents = groups_in_order(columns)
    apart = {
        t: by_table[t] for t in ("contacts", "relationships", "enrollments", "courses", "school_years") if t in by_table
    }
    if "enrollments" in apart and not _has_grades(apart["enrollments"]):
        draft.left_out(apart.pop("enrollments"), "it has enrollments, but no column that is sure to be the grade")
    place_students(draft, columns, flat=bool(parents) or "enrollments" not in apart)
    parents = groups_in_order(columns)
    if parents and "contacts" not in apart:
        place_parents(draft, columns, parents)
    else:
        for table in ("contacts", "relationships"):
            if table in apart:
                place_links(draft, apart[table], table)
        if "contacts" in apart and "relationships" not in apart:
            place_links(draft, apart["contacts"], "relationships")
    for table in ("courses", "school_years"):
        if table in apart:
            _plain_table(draft, apart[table], table)
    if "enrollments" in apart and not parents:
        _plain_table(draft, apart["enrollments"], "enrollments")
        tell_of_standing(draft, students, _IN_ENROLLMENTS, draft.mapping.get("enrollments", {}).get("status"))
    if "school_years" not in draft.mapping:
        draft.years()
    if "flat" not in draft.settings:
        draft.name_missing()
    draft.settle_files(students)
    draft.settle_dates()
    tell_unused(draft, by_table)
    share = columns.known / max(1, len(students.headers))
    draft.name_system()
    return draft.told(
        "flat" if (parents and "contacts" not in apart) or len(draft.seen) == 1 else "files", 0.5 + 0.4 * share
    )


def _by_table(draft: Draft) -> dict[str, Seen]:
    """Return which file is about what: the students' as it was said, the others by name, else by header."""
    found: dict[str, Seen] = {}
    said = draft.said_students()
    for one in sorted(draft.seen, key=lambda s: (s is not said, not _has_grades(s), -len(s.headers))):
        table = "students" if one is said else table_of(one)
        if table == "students" and table in found and is_pairs(one):
            table = "contacts"
        if table is not None and found.setdefault(table, one) is not one:
            draft.left_out(one, f"{found[table].called} is taken for the {table.replace('_', ' ')}")
    return found


def _has_grades(seen: Seen) -> bool:
    columns = columns_of(seen, "students")
    return columns.has("enrollments.grade_level") or columns.has("enrollments.next_grade_level")


def _unknown(draft: Draft, by_table: dict[str, Seen]) -> Proposal:
    """Return what is there and what has to be exported beside it, where no file has the students."""
    for table, one in sorted(by_table.items()):
        draft.told_of.add(one.called)
        draft.note(f"{one.called} has {HOLDS[table]}.")
    tell_unused(draft, by_table)
    files = ", ".join(sorted({s.file for s in draft.seen}))
    wanted = "a row for each student, with the student's id, names, grade and e-mail address or user name"
    links = [table for table in ("contacts", "relationships", "enrollments") if table in by_table]
    same = f", and the same id as in {by_table[links[0]].file}" if links else ""
    asked = f"Which file has the students? None of these looks like it: {files}. Export one beside it: {wanted}{same}."
    options = tuple(s.called for s in draft.seen)
    draft.questions.append(Question("students", f"{asked} If one of them has these, name it.", options, needed=True))
    draft.name_system()
    return draft.told("unknown", 0.1)


def _plain_table(draft: Draft, seen: Seen, table: str) -> None:
    """Map a file that is one of our tables by its columns, if not by their names."""
    about = table if table in ("courses", "school_years") else "students"
    columns = columns_of(seen, about)
    names = [c.name for c in TABLES[table].columns]
    ours = {c: draft.one(columns, table, c) for c in names if (table, c) != ("enrollments", "status")}
    if table == "enrollments":
        ours["student_id"] = draft.identity(
            columns, "students.student_id", "enrollments.student_id", "the student's id in the enrollments"
        )
        ours["status"] = offer_status(draft, columns, dated=False)
        tell_of_standing(
            draft, seen, "it has to stand there as a status (--set enrollments.status=COLUMN)", ours["status"]
        )
        draft.status(seen, table, ours["status"])
        unread_codes(draft, columns)
        if "school_years" not in draft.mapping:
            ours["year_id"] = year_column(draft, columns)
        if ours["year_id"] is None:
            draft.constants.setdefault(table, {})["year_id"] = this_and_next(draft.looking.today)[0].year_id
    missing = [
        c.name
        for c in TABLES[table].columns
        if c.required and not ours.get(c.name) and c.name not in draft.constants.get(table, {})
    ]
    if missing and not TABLES[table].required:
        draft.left_out(seen, f"nothing in it is {', '.join(missing)}")
        return
    if missing and table == "school_years":
        return
    draft.put(table, ours)
    draft.own_file(table, seen)
