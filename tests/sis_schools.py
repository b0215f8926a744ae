"""Two small schools in the schemas of RosarioSIS and openSIS Classic, and the rollovers those systems perform.

Only the columns that the presets read are there, with the types of the systems' own schema files.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa

__all__ = ["OpenSis", "RosarioSis", "Sis"]

YEAR = sa.Numeric(4, 0)
NUMBER = sa.Numeric(10, 0)
TEXT = sa.String(100)
FIRST, LAST = {2026: date(2026, 8, 24), 2027: date(2027, 8, 24)}, {2026: date(2027, 6, 11), 2027: date(2028, 6, 9)}
AUTUMN, WINTER, ROLLOVER_DAY = date(2026, 10, 5), date(2027, 1, 11), date(2027, 5, 20)


class Sis:
    """Tables of a system, on an open connection."""

    tables: ClassVar[dict[str, dict[str, Any]]]
    keys: ClassVar[dict[str, tuple[str, ...]]]

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.metadata = sa.MetaData()
        for name, columns in self.tables.items():
            key = self.keys.get(name, ())
            table = sa.Table(name, self.metadata, *(sa.Column(c, t, autoincrement=False) for c, t in columns.items()))
            table.append_constraint(sa.PrimaryKeyConstraint(*key))
        self.metadata.create_all(connection)

    def add(self, table: str, *rows: dict[str, Any]) -> None:
        """Insert rows; columns that are not named are null."""
        for row in rows:
            self.connection.execute(sa.insert(self.metadata.tables[table]).values(**row))

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """Return the rows that match."""
        found = self.connection.execute(sa.select(self.metadata.tables[table]).filter_by(**where))
        return [dict(row) for row in found.mappings()]

    def enroll(self, student: int, year: int, grade: int, **columns: Any) -> None:
        """Add a stay; without dates it begins with the year and is open."""
        ident = len(self.rows("student_enrollment")) + 1
        stay = {"id": ident, "student_id": student, "syear": year, "school_id": 1, "grade_id": grade}
        self.add("student_enrollment", {**stay, "start_date": FIRST.get(year), **columns})

    def change(self, table: str, where: dict[str, Any], **columns: Any) -> None:
        """Update the rows that match; there must be one."""
        changed = sa.update(self.metadata.tables[table]).filter_by(**where).values(**columns)
        assert self.connection.execute(changed).rowcount, where

    def remove(self, table: str, **where: Any) -> None:
        """Delete the rows that match; there must be one."""
        assert self.connection.execute(sa.delete(self.metadata.tables[table]).filter_by(**where)).rowcount, where

    def grades(self) -> None:
        self.add(
            "school_gradelevels",
            {"id": 1, "school_id": 1, "short_name": "09", "title": "Grade 9", "next_grade_id": 2},
            {"id": 2, "school_id": 1, "short_name": "10", "title": "Grade 10", "next_grade_id": 3},
            {"id": 3, "school_id": 1, "short_name": "12", "title": "Grade 12", "next_grade_id": None},
        )

    def students_enroll(self, drop_code: int) -> None:
        """Ada (1), Ben (2) and senior Cleo (3) stay; Dan (4) left; Eve (5) left and came back; Gus (7) is long gone."""
        self.enroll(1, 2026, 1)
        self.enroll(2, 2026, 2)
        self.enroll(3, 2026, 3)
        self.enroll(4, 2026, 1, end_date=AUTUMN, drop_code=drop_code)
        self.enroll(5, 2026, 1, end_date=AUTUMN, drop_code=drop_code)
        self.enroll(5, 2026, 1, start_date=WINTER)
        self.enroll(7, 2024, 3, start_date=date(2024, 8, 26), end_date=date(2025, 6, 13))


_ENROLLMENT = {
    "id": sa.Integer(),
    "syear": YEAR,
    "school_id": NUMBER,
    "student_id": NUMBER,
    "grade_id": NUMBER,
    "start_date": sa.Date(),
    "end_date": sa.Date(),
    "enrollment_code": NUMBER,
    "drop_code": NUMBER,
    "last_school": sa.Integer(),
}
_GRADES = {"id": sa.Integer(), "school_id": NUMBER, "short_name": TEXT, "title": TEXT, "next_grade_id": NUMBER}
_COURSES = {
    "courses": {
        "syear": YEAR,
        "course_id": sa.Integer(),
        "subject_id": NUMBER,
        "school_id": NUMBER,
        "title": TEXT,
        "credit_hours": sa.Numeric(6, 2),
    },
    "course_subjects": {"subject_id": sa.Integer(), "title": TEXT},
}


class RosarioSis(Sis):
    """Parents are rows of ``staff``: Ann (since 2025), Bob, Cem (cannot sign in), and a teacher who is nobody's parent."""

    keys: ClassVar = {
        "schools": ("id", "syear"),
        "students": ("student_id",),
        "staff": ("staff_id",),
        "students_join_users": ("student_id", "staff_id"),
        "school_gradelevels": ("id",),
        "student_enrollment": ("id",),
    }
    tables: ClassVar = {
        "schools": {"syear": YEAR, "id": sa.Integer(), "title": TEXT},
        "students": {
            "student_id": sa.Integer(),
            "last_name": TEXT,
            "first_name": TEXT,
            "middle_name": TEXT,
            "username": TEXT,
            "custom_200000004": sa.Date(),
        },
        "staff": {
            "syear": YEAR,
            "staff_id": sa.Integer(),
            "first_name": TEXT,
            "last_name": TEXT,
            "username": TEXT,
            "email": TEXT,
            "profile": TEXT,
            "rollover_id": sa.Integer(),
        },
        "students_join_users": {"student_id": sa.Integer(), "staff_id": sa.Integer()},
        "school_marking_periods": {
            "marking_period_id": sa.Integer(),
            "syear": YEAR,
            "mp": sa.String(3),
            "school_id": sa.Integer(),
            "start_date": sa.Date(),
            "end_date": sa.Date(),
        },
        "school_gradelevels": _GRADES,
        "student_enrollment": _ENROLLMENT,
        **_COURSES,
    }

    def open_school(self) -> None:
        """Write the school as it stands in autumn 2026."""
        self.grades()
        self.year(2026)
        names = {1: "Ada", 2: "Ben", 3: "Cleo", 4: "Dan", 5: "Eve", 6: "Finn", 7: "Gus"}
        self.add("students", *(
            {"student_id": i, "first_name": n, "last_name": "Novak", "username": f"{n.lower()}@pupils.example"}
            if n != "Ben" else {"student_id": i, "first_name": n, "last_name": "Novak", "username": "ben.novak"}
            for i, n in names.items()
        ))  # fmt: skip
        self.students_enroll(drop_code=2)
        self.staff(51, 2025, "Ann", email="ann@homes.example")
        self.staff(101, 2026, "Ann", email="ann@homes.example", rollover_id=51)
        self.staff(102, 2026, "Bob", username="bob@homes.example")
        self.staff(103, 2026, "Cem", email="cem@homes.example", username=None)
        self.staff(104, 2026, "Theo", email="theo@school.example", profile="teacher")
        for student, parent in ((1, 51), (1, 101), (2, 101), (3, 102), (5, 102), (1, 103), (1, 104)):
            self.add("students_join_users", {"student_id": student, "staff_id": parent})
        self.add("course_subjects", {"subject_id": 1, "title": "Science"})
        course = {"syear": 2026, "course_id": 9, "subject_id": 1, "school_id": 1}
        self.add("courses", {**course, "title": "Biology", "credit_hours": 1.5})

    def year(self, year: int) -> None:
        """Add a school year with its full-year marking period."""
        self.add("schools", {"syear": year, "id": 1, "title": "School"})
        period = {"marking_period_id": year, "syear": year, "mp": "FY", "school_id": 1}
        self.add("school_marking_periods", {**period, "start_date": FIRST[year], "end_date": LAST[year]})

    def staff(self, ident: int, year: int, name: str, **columns: Any) -> None:
        """Add a row of staff; a parent who can sign in, unless ``columns`` say otherwise."""
        row = {"staff_id": ident, "syear": year, "first_name": name, "last_name": "Novak", "profile": "parent"}
        self.add("staff", {**row, "username": name.lower(), **columns})

    def rollover(self, *, chained: bool = True) -> None:
        """Make 2027 of 2026 as RosarioSIS does: every row of staff gets a new id, students start on this very day."""
        self.year(2027)
        for row in self.rows("staff", syear=2026):
            old, new = row["staff_id"], row["staff_id"] + 1000
            self.add("staff", {**row, "syear": 2027, "staff_id": new, "rollover_id": old if chained else None})
            for link in self.rows("students_join_users", staff_id=old):
                self.add("students_join_users", {**link, "staff_id": new})
        next_grade = {row["id"]: row["next_grade_id"] for row in self.rows("school_gradelevels")}
        for stay in self.rows("student_enrollment", syear=2026, end_date=None):
            rolled = {
                "start_date": ROLLOVER_DAY,
                "last_school": int(stay["school_id"]),
                "school_id": int(stay["school_id"]),
            }
            if grade := next_grade[int(stay["grade_id"])]:
                self.enroll(int(stay["student_id"]), 2027, int(grade), **rolled, enrollment_code=11)

    def families(self, size: int) -> None:
        """Add so many students of 2026 (11, 12 ...), each with a parent (301, 302 ...) who signs in with an address."""
        for n in range(1, size + 1):
            name = {"first_name": f"Child{n}", "last_name": "Oakes", "username": f"child{n}@pupils.example"}
            self.add("students", {"student_id": 10 + n, **name})
            self.enroll(10 + n, 2026, 1)
            self.staff(300 + n, 2026, f"Parent{n}", username=f"parent{n}@homes.example")
            self.add("students_join_users", {"student_id": 10 + n, "staff_id": 300 + n})

    def rename_users(self, year: int) -> None:
        """Give the parents of a year who sign in other usernames; an address that stood there becomes their e-mail."""
        for row in self.rows("staff", syear=year, profile="parent"):
            if not row["username"]:
                continue
            address = row["email"] or row["username"]
            staff = self.metadata.tables["staff"]
            changed = sa.update(staff).where(staff.c.staff_id == row["staff_id"])
            self.connection.execute(changed.values(username=f"u{row['staff_id']}", email=address))

    def admit(self) -> None:
        """Admit Finn (6) for 2027, with his father Gil, who is in that year only."""
        self.enroll(6, 2027, 1, enrollment_code=11)
        self.staff(1200, 2027, "Gil", email="gil@homes.example")
        self.add("students_join_users", {"student_id": 6, "staff_id": 1200})


class OpenSis(Sis):
    """Parents are ``people``: Ann (201), Bob (202, no login), Cem (203, disabled); a teacher's login has Ada's number."""

    keys: ClassVar = {
        "students": ("student_id",),
        "people": ("staff_id",),
        "login_authentication": ("user_id", "profile_id"),
        "school_gradelevels": ("id",),
        "student_enrollment": ("id",),
        "student_enrollment_codes": ("id",),
    }
    tables: ClassVar = {
        "school_years": {
            "marking_period_id": sa.Integer(),
            "syear": YEAR,
            "school_id": NUMBER,
            "title": TEXT,
            "start_date": sa.Date(),
            "end_date": sa.Date(),
        },
        "students": {
            "student_id": sa.Integer(),
            "last_name": TEXT,
            "first_name": TEXT,
            "middle_name": TEXT,
            "common_name": TEXT,
            "birthdate": TEXT,
            "email": TEXT,
        },
        "people": {
            "staff_id": sa.Integer(),
            "first_name": TEXT,
            "last_name": TEXT,
            "email": TEXT,
            "is_disable": sa.String(10),
        },
        "students_join_people": {"student_id": NUMBER, "person_id": NUMBER, "relationship": TEXT},
        "login_authentication": {"user_id": sa.Integer(), "profile_id": sa.Integer(), "username": TEXT},
        "student_enrollment_codes": {"id": sa.Integer(), "syear": YEAR, "type": sa.String(4)},
        "school_gradelevels": _GRADES,
        "student_enrollment": _ENROLLMENT,
        **_COURSES,
    }

    def open_school(self) -> None:
        """Write the school as it stands in autumn 2026."""
        self.grades()
        self.year(2026, first_code=1)
        for ident, name in {1: "Ada", 2: "Ben", 3: "Cleo", 4: "Dan", 5: "Eve", 6: "Finn", 7: "Gus"}.items():
            student = {"student_id": ident, "first_name": name, "last_name": "Novak", "birthdate": "2011-12-10"}
            self.add("students", student)
            self.add("login_authentication", {"user_id": ident, "profile_id": 3, "username": name.lower()})
        self.students_enroll(drop_code=2)
        self.add("login_authentication", {"user_id": 1, "profile_id": 2, "username": "theo"})
        for ident, name in {201: "Ann", 202: "Bob", 203: "Cem", 204: "Gil"}.items():
            person = {"staff_id": ident, "first_name": name, "last_name": "Novak"}
            disabled = "Y" if name == "Cem" else None
            self.add("people", {**person, "email": f"{name.lower()}@homes.example", "is_disable": disabled})
            if name != "Bob":
                self.add("login_authentication", {"user_id": ident, "profile_id": 4, "username": name.lower()})
        for student, parent in ((1, 201), (2, 201), (3, 202), (5, 203), (7, 203), (6, 204)):
            link = {"student_id": student, "person_id": parent, "relationship": "Parent"}
            self.add("students_join_people", link)
        self.add("course_subjects", {"subject_id": 1, "title": "Science"})
        self.add("courses", {"syear": 2026, "course_id": 9, "subject_id": 1, "school_id": 1, "title": "Biology"})

    def year(self, year: int, *, first_code: int) -> None:
        """Add a school year and its enrollment codes, whose ids are the year's own."""
        row = {"marking_period_id": year, "syear": year, "school_id": 1, "title": f"{year}-{year % 100 + 1}"}
        self.add("school_years", {**row, "start_date": FIRST[year], "end_date": LAST[year]})
        for offset, kind in enumerate(("Add", "Drop", "Roll")):
            self.add("student_enrollment_codes", {"id": first_code + offset, "syear": year, "type": kind})

    def rollover(self) -> None:
        """Make 2027 of 2026 as openSIS does: open stays of the old year are closed with a code of type Roll."""
        self.year(2027, first_code=11)
        next_grade = {row["id"]: row["next_grade_id"] for row in self.rows("school_gradelevels")}
        enrollment = self.metadata.tables["student_enrollment"]
        for stay in self.rows("student_enrollment", syear=2026, end_date=None):
            closed = sa.update(enrollment).where(enrollment.c.id == stay["id"])
            self.connection.execute(closed.values(end_date=ROLLOVER_DAY, drop_code=3))
            rolled = {
                "start_date": ROLLOVER_DAY,
                "last_school": int(stay["school_id"]),
                "school_id": int(stay["school_id"]),
            }
            if grade := next_grade[int(stay["grade_id"])]:
                self.enroll(int(stay["student_id"]), 2027, int(grade), **rolled, enrollment_code=13)

    def admit(self) -> None:
        """Admit Finn (6) for 2027."""
        self.enroll(6, 2027, 1, enrollment_code=11)
