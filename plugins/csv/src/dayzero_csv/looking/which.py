"""Which file is about what: by its header, and where that leaves it open by its name."""

from __future__ import annotations

from pathlib import Path

from dayzero_csv.looking.columns import columns_of
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.vocabulary import vocabulary
from dayzero_csv.looking.words import plain
from dayzero_csv.names import NAME

__all__ = ["table_of"]


def table_of(seen: Seen) -> str | None:
    """Return what a file is about: what its header says, and where that leaves it open, its name."""
    name = vocabulary().files.get(plain(seen.sheet or Path(seen.file).stem).replace("_", " ").replace("-", " "))
    as_students = columns_of(seen, "students")
    names = any(as_students.has(f"students.{n}") for n in ("given_name", "family_name", NAME))
    is_students = names and as_students.has("students.student_id")
    grades = as_students.has("enrollments.grade_level") or as_students.has("enrollments.next_grade_level")
    as_contacts = columns_of(seen, "contacts")
    is_contacts = as_contacts.has("contacts.contact_id") and any(
        as_contacts.has(f"contacts.{n}") for n in ("given_name", "family_name", NAME, "primary_email")
    )
    linked = as_contacts.has("relationships.student_id") or as_contacts.has("relationships.relation")
    if name == "contacts" and is_contacts:
        return "contacts"
    if name == "relationships" and as_contacts.has("relationships.student_id") and not names:
        return "relationships"
    if is_contacts and linked and not grades and name != "students":
        return "contacts"
    if name in ("enrollments",) and as_students.has("students.student_id") and grades and not names:
        return "enrollments"
    as_courses, as_years = columns_of(seen, "courses"), columns_of(seen, "school_years")
    if as_courses.has("courses.course_id", "courses.title") and not is_students:
        return "courses"
    if as_years.has("school_years.starts_on", "school_years.ends_on") and not names:
        return "school_years"
    if names and (is_students or grades):
        return "students"
    if as_contacts.has("contacts.contact_id", "relationships.student_id") and not names:
        return "relationships"
    if as_students.has("students.student_id") and grades and not names:
        return "enrollments"
    return name if name in ("students", "contacts") and names else None
