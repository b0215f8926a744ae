"""The source tables (schema v1): the ONE place that says which tables and columns exist, of which type, meaning what.

Docs, CSV headers, conforming and the contract suite all read ``TABLES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Literal

__all__ = [
    "PEOPLE_TABLES",
    "PERSONS",
    "PERSON_OF_COLUMN",
    "RESERVED_COLUMNS",
    "SCHEMA_VERSION",
    "TABLES",
    "Column",
    "Person",
    "Table",
    "Type",
    "is_personal",
]

SCHEMA_VERSION = 1


class Type(Enum):
    """How a column's text is read. Ids, logins, codes and grades are text: ``00042`` is not ``42``."""

    ID = "id"
    TEXT = "text"
    DATE = "date"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"


@dataclass(frozen=True)
class Column:
    """One column of a source table. ``choices`` closes the set of values; ``default`` stands for an empty one.

    ``decides``: an optional column whose loss would open or end accounts without a word; it may not vanish unnoticed.
    ``refuses``: a no is one, and an unreadable value neither opens a door nor shuts one. ``personal``: it says who somebody is, or how to reach them. ``login``: it is a login, whatever the settings.
    ``empty_speaks``: where it is empty that says something, which a value that cannot be read does not.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str | bool | None = None
    decides: bool = False
    refuses: bool = False
    personal: bool = False
    login: bool = False
    empty_speaks: bool = False

    @property
    def unreadable(self) -> Literal["row", "frozen", "empty"]:
        """What a value that cannot be read means: the row is left out, all stays as the portal has it, or it is taken as empty."""
        if self.required or self.choices or self.empty_speaks:
            return "row"
        return "frozen" if self.refuses else "empty"


@dataclass(frozen=True)
class Person:
    """A kind of person, as the portal calls it: the table that describes them and the column that names them everywhere."""

    kind: str
    table: str
    column: str

    @property
    def number(self) -> str:
        """The column that says who is meant by number: ``student`` or ``contact`` (see ``conform.numbered``)."""
        return self.column.removesuffix("_id")


PERSONS = (Person("student", "students", "student_id"), Person("parent", "contacts", "contact_id"))
PERSON_OF_COLUMN: Mapping[str, Person] = MappingProxyType({p.column: p for p in PERSONS})


@dataclass(frozen=True)
class Table:
    """One source table. ``key`` is what makes a row unique; an empty key means that rows may repeat.

    ``any_of``: columns of which each row must say at least one; the others may be missing.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    required: bool = True
    any_of: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in the order of a CSV header."""
        return tuple(c.name for c in self.columns)


def _id(name: str, meaning: str, *, required: bool = True) -> Column:
    return Column(name, Type.ID, meaning, required)


def _text(name: str, meaning: str, *, required: bool = False, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, Type.TEXT, meaning, required, choices)


def _who(name: str, meaning: str, type_: Type = Type.TEXT, *, required: bool = False) -> Column:
    return Column(name, type_, meaning, required, personal=True)


_NAMES = ("given_name", "family_name")
_YEAR_COPY = _id("year_id", "The year this copy of the row belongs to; empty: all years.", required=False)

_TABLES = (
    Table(
        "school_years",
        "The school's years. Exactly one is active, at most one is the scheduling year.",
        (
            _id("year_id", "The year's id in the SIS."),
            _text("name", "As people call it, such as 2026-27."),
            Column("starts_on", Type.DATE, "First day.", required=True),
            Column("ends_on", Type.DATE, "Last day.", required=True),
            _text(
                "role",
                "What the SIS has set the year as.",
                required=True,
                choices=("past", "active", "scheduling", "future"),
            ),
        ),
        key=("year_id",),
    ),
    Table(
        "students",
        "Students, once or once per year. Further columns are demographics fields and may serve as the login field.",
        (
            _id("student_id", "The student's stable id in the SIS."),
            _who("given_name", "Given name; may be empty where there is a family name."),
            _who("family_name", "Family name; may be empty where there is a given name."),
            _who("middle_name", "Middle name."),
            _who("preferred_name", "Name the student goes by; shown if `use_preferred_name` says so."),
            _who("birth_date", "Date of birth.", Type.DATE),
            _who("email", "The student's e-mail address."),
            _who("username", "A user name, for a student without e-mail."),
            _YEAR_COPY,
        ),
        key=("student_id", "year_id"),
        any_of=_NAMES,
    ),
    Table(
        "enrollments",
        "Which student is enrolled in which year, in which grade.",
        (
            _id("student_id", "The student."),
            _id("year_id", "The year."),
            _text("grade_level", "Grade, as text.", required=True),
            Column(
                "status",
                Type.TEXT,
                "Whether the enrollment counts.",
                choices=("active", "inactive"),
                default="active",
                decides=True,
            ),
            _text("homeroom", "Homeroom."),
        ),
        key=("student_id", "year_id"),
    ),
    Table(
        "calendar_codes",
        "Entry and withdrawal codes on a student's calendar.",
        (
            _id("student_id", "The student."),
            _id("year_id", "The year."),
            Column("day", Type.INTEGER, "School day number; Day 0 comes before the first day.", required=True),
            _text("code", "The code's letters, such as E or W.", required=True),
            Column(
                "date",
                Type.DATE,
                "The day's date; while it is in the future the code is not in force yet. Without one it is.",
                empty_speaks=True,
            ),
            Column("code_number", Type.INTEGER, "The code's number; 201-250 are entry and withdrawal codes."),
        ),
    ),
    Table(
        "contacts",
        "Parents and other contacts, once or once per year.",
        (
            _id("contact_id", "The contact's stable id in the SIS."),
            _who("given_name", "Given name; may be empty where there is a family name."),
            _who("family_name", "Family name; may be empty where there is a given name."),
            Column("primary_email", Type.TEXT, "Primary E-Mail: the parent's login.", personal=True, login=True),
            Column(
                "portal_access", Type.BOOLEAN, "Enable Parent Portal Access.", default=False, decides=True, refuses=True
            ),
            _id("household_id", "The household.", required=False),
            _YEAR_COPY,
        ),
        key=("contact_id", "year_id"),
        any_of=_NAMES,
    ),
    Table(
        "relationships",
        "Which contact belongs to which student.",
        (
            _id("student_id", "The student."),
            _id("contact_id", "The contact."),
            _text("relation", "Mother, guardian, grandparent ..."),
            Column(
                "portal_access",
                Type.BOOLEAN,
                "Access to this student; empty: the contact's own tick.",
                decides=True,
                refuses=True,
            ),
            _YEAR_COPY,
        ),
        key=("student_id", "contact_id", "year_id"),
    ),
    Table(
        "courses",
        "Courses of a year, for Course Requests.",
        (
            _id("course_id", "The course."),
            _id("year_id", "The year."),
            _text("title", "Title.", required=True),
            _text("department", "Department."),
            Column("credits", Type.NUMBER, "Credits."),
            _text("grade_levels", "Grades that may ask for it, such as 9|10|11."),
            Column("required", Type.BOOLEAN, "Whether the course is required."),
            _text("code", "What the school calls the course, such as LAN110; shown to families."),
            _text("description", "A sentence or two for whoever chooses."),
            _text("prerequisite", "What one needs first, in words; the school checks it, the portal only says it."),
            _text("term", "When it is taught, such as all year or first semester."),
        ),
        key=("course_id", "year_id"),
        required=False,
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({t.name: t for t in _TABLES})

PEOPLE_TABLES = ("students", "enrollments", "calendar_codes", "contacts", "relationships")
"""Tables a person can vanish from; while one of them is partial nobody is disabled."""


def is_personal(table: str, column: str | None) -> bool:
    """Say whether a column's values say who somebody is; of a column nobody knows it is not known that they do not."""
    known = TABLES.get(table)
    if column is None or column in RESERVED_COLUMNS:
        return False
    return known is None or column not in known.names or known[column].personal


RESERVED_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "removed": "boolean; true: this row takes its key back (a tombstone)",
        "source_row": "integer; where the row stands in the source (the line of a file), for findings",
        "source_problem": "text; why the source could not read this row: it is left out with an error finding",
        "source_unended": "boolean; true: the line of this row has no end, as the last one of a file may; where the last read had one, it is taken for cut off",
    }
)
"""Columns any table may carry besides its own."""
