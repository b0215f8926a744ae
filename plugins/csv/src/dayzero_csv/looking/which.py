"""Which file is about what: by its header, and where that leaves it open by its name."""

from __future__ import annotations

from pathlib import Path

from dayzero_csv.looking.columns import WHO, Columns, columns_of
from dayzero_csv.looking.headers import said_by
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.vocabulary import vocabulary
from dayzero_csv.looking.words import plain
from dayzero_csv.names import NAME

__all__ = ["COURSE_LIST", "is_pairs", "table_of"]

COURSE_LIST = "course list"
"""A file about who takes which course. None of our tables: its dates and marks are the course's, not the school's."""
_NAMES = ("given_name", "family_name", "preferred_name", NAME)
_OF_ENROLLMENT = ("status", "entry_date", "exit_date", "entry_code", "exit_code", "year_id")


def table_of(seen: Seen) -> str | None:
    """Return what a file is about: what its header says, and where that leaves it open, its name."""
    name = vocabulary().files.get(plain(seen.sheet or Path(seen.file).stem).replace("_", " ").replace("-", " "))
    as_students, as_contacts = columns_of(seen, "students"), columns_of(seen, "contacts")
    names = any(as_students.has(f"students.{n}") for n in _NAMES)
    is_students = names and as_students.has("students.student_id")
    grades = as_students.has("enrollments.grade_level") or as_students.has("enrollments.next_grade_level")
    if _is_course_list(seen, as_students, names=names, grades=grades):
        return COURSE_LIST
    if name == "relationships" and as_contacts.has("relationships.student_id") and not names:
        return "relationships"
    if _is_contacts(as_students, as_contacts, name, grades=grades):
        return "contacts"
    if name in ("enrollments",) and as_students.has("students.student_id") and grades and not names:
        return "enrollments"
    as_courses, as_years = columns_of(seen, "courses"), columns_of(seen, "school_years")
    if as_courses.has("courses.course_id", "courses.title") and not is_students:
        return "courses"
    about_child = as_contacts.has("relationships.student_id")
    if as_years.has("school_years.starts_on", "school_years.ends_on") and not names and not about_child:
        return "school_years"
    if names and (is_students or grades):
        return "students"
    linked = as_contacts.has("relationships.relation")
    if (
        as_students.has("students.student_id")
        and not (names or linked)
        and (grades or _says_enrolled(as_students, seen))
    ):
        return "enrollments"
    if as_contacts.has("contacts.contact_id", "relationships.student_id") and not names:
        return "relationships"
    return name if name in ("students", "contacts") and names else None


def is_pairs(seen: Seen) -> bool:
    """Say whether a file that names students has a row for each of them and each parent: one parent beside, without a number."""
    columns = columns_of(seen, "students")
    parents = [g for g in columns.groups if WHO & set(g.columns)]
    child = columns_of(seen, "contacts").has("relationships.student_id")
    return child and len(parents) == 1 and not parents[0].slot and not parents[0].relation


def _is_contacts(as_students: Columns, as_contacts: Columns, name: str | None, *, grades: bool) -> bool:
    """Say whether rows are parents: with an id of their own, or with the child's and what they are to it."""
    person = any(as_contacts.has(f"contacts.{n}") for n in (*_NAMES, "primary_email"))
    own_id, child = as_contacts.has("contacts.contact_id"), as_contacts.has("relationships.student_id")
    relation = as_contacts.has("relationships.relation")
    if not person or not (own_id or child):
        return False
    if name == "contacts":
        return own_id or not grades
    # One row a student may have parents beside it: they have numbers, or the child has a name, too.
    parents = [g for g in as_students.groups if WHO & set(g.columns)]
    named = any(as_students.has(f"students.{n}") for n in _NAMES)
    beside = any(g.slot or g.relation for g in parents) or (bool(parents) and named and not own_id)
    return (relation or (child and own_id)) and not grades and name != "students" and not beside


def _says_enrolled(columns: Columns, seen: Seen) -> bool:
    """Say whether at least two columns are about being enrolled, codes that are ids of codes among them."""
    targets = {t for t in columns.found if t.startswith(("enrollments.", "calendar_codes."))}
    return len(targets) > 1 and "students.birth_date" not in columns.found and len(seen.headers) > len(targets)


def _is_course_list(seen: Seen, as_students: Columns, *, names: bool, grades: bool) -> bool:
    """Say whether a student is named beside a course, and beside its section, term or credits."""
    what = [field.name for header in seen.headers if (field := said_by(header).field) is not None]
    course = {"course_id", "title"} & set(what)
    beside = {"of_course", "credits"} & set(what) or len(course) > 1
    who = [
        h for t in ("students.student_id", "students.email") if t in as_students.found for h in as_students.found[t].all
    ]
    given = [h for h in seen.headers if said_by(h).subject == "student"]
    if not (course and beside and ((who and names) or given)):
        return False
    several = any(seen.rows[h].n_unique() < seen.rows[h].drop_nulls().len() for h in (*who, *given))
    return several or not grades
