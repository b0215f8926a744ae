"""Of every file that is not read: what it seems to be, and what to export or do instead."""

from __future__ import annotations

from collections.abc import Mapping

from dayzero_csv.looking.columns import WHO, Columns, columns_of
from dayzero_csv.looking.draft import Draft
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.which import COURSE_LIST

__all__ = ["HOLDS", "tell_unused"]

HOLDS = {
    "contacts": "contacts, and whose they are",
    "relationships": "whose contacts are whose",
    "enrollments": "enrollments, but no names",
    "courses": "the courses",
    "school_years": "the school years",
    COURSE_LIST: "who takes which course: no enrollments in the school, and its dates are the courses'",
}
"""What a file has that is about one thing and does not name the students."""


def tell_unused(draft: Draft, by_table: Mapping[str, Seen]) -> None:
    """Tell of each file that was looked at, is not read, and was not told of yet."""
    tables = {one.called: table for table, one in by_table.items()}
    students = by_table.get("students")
    beside = students.called if students is not None else "the students' file"
    for one in draft.seen:
        if one.called not in draft.used | draft.told_of:
            draft.left_out(one, _of_table(tables[one.called], beside) if one.called in tables else _seems(one, beside))


def _of_table(table: str, students: str) -> str:
    """Return why a file that is about one thing is not read."""
    instead = {
        "enrollments": f", and {students} is read with a row for each student and their grade",
        "relationships": f", and no file has the contacts; their parents are read from {students}",
    }
    return f"it has {HOLDS.get(table, f'the {table}')}{instead.get(table, '')}"


def _seems(one: Seen, students: str) -> str:
    """Return what a file that is none of our tables seems to have, and what would be read."""
    as_students = columns_of(one, "students")
    child = _student_id(as_students, columns_of(one, "contacts"))
    parents = any(WHO & set(group.columns) for group in as_students.groups) or bool(as_students.open_names)
    if parents and child:
        return (
            f"it seems to have a row for each student with the parents in columns, and such a file is read only with the "
            f"students in it. Join it to {students} by {child}, or export a row for each parent with the student's id"
        )
    if parents:
        return "it seems to have parents, but no column says whose. Export it with the student's id"
    if child:
        return (
            f"it has {child}, and seems to have neither names nor grades nor parents. "
            f"What is to be read of it has to stand in {students}"
        )
    return "no column says that it has students, their parents or their enrollments"


def _student_id(as_students: Columns, as_contacts: Columns) -> str | None:
    """Return the header that says about which student a row is."""
    found = (columns.found.get(target) for columns, target in (
        (as_contacts, "relationships.student_id"), (as_students, "students.student_id")))  # fmt: skip
    return next((candidates.all[0] for candidates in found if candidates and candidates.all), None)
