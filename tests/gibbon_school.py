"""A small school in Gibbon's tables, of the columns that its preset reads."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from sis_schools import FIRST, LAST, TEXT, Sis

__all__ = ["CURRENT", "UPCOMING", "Gibbon"]

CURRENT, UPCOMING = 25, 26
_ID = sa.Integer()


class Gibbon(Sis):
    """Ada (1) and Ben (2) are enrolled, and re-enrolled for the upcoming year; Ann (11) sees both, Cem (12) Ben alone."""

    keys: ClassVar = {"gibbonPerson": ("gibbonPersonID",), "gibbonSchoolYear": ("gibbonSchoolYearID",)}
    tables: ClassVar = {
        "gibbonPerson": {
            "gibbonPersonID": _ID,
            "surname": TEXT,
            "preferredName": TEXT,
            "username": TEXT,
            "status": TEXT,
            "dob": sa.Date(),
            "email": TEXT,
            "dateStart": sa.Date(),
            "dateEnd": sa.Date(),
        },
        "gibbonSchoolYear": {
            "gibbonSchoolYearID": _ID,
            "name": TEXT,
            "status": TEXT,
            "sequenceNumber": _ID,
            "firstDay": sa.Date(),
            "lastDay": sa.Date(),
        },
        "gibbonStudentEnrolment": {
            "gibbonPersonID": _ID,
            "gibbonSchoolYearID": _ID,
            "gibbonYearGroupID": _ID,
            "gibbonFormGroupID": _ID,
        },
        "gibbonYearGroup": {"gibbonYearGroupID": _ID, "name": TEXT},
        "gibbonFormGroup": {"gibbonFormGroupID": _ID, "nameShort": TEXT},
        "gibbonFamilyChild": {"gibbonFamilyID": _ID, "gibbonPersonID": _ID},
        "gibbonFamilyAdult": {"gibbonFamilyID": _ID, "gibbonPersonID": _ID, "childDataAccess": sa.String(1)},
        "gibbonCourse": {"gibbonCourseID": _ID, "gibbonSchoolYearID": _ID, "name": TEXT},
    }

    def open_school(self) -> None:
        """Write the school."""
        for year, status, sequence in ((CURRENT, "Current", 3), (UPCOMING, "Upcoming", 4)):
            days = {"firstDay": FIRST[2026 + year - CURRENT], "lastDay": LAST[2026 + year - CURRENT]}
            row = {"gibbonSchoolYearID": year, "name": str(year), "status": status, "sequenceNumber": sequence}
            self.add("gibbonSchoolYear", {**row, **days})
        for group in (1, 2):
            self.add("gibbonYearGroup", {"gibbonYearGroupID": group, "name": f"Year {group}"})
        self.add("gibbonFormGroup", {"gibbonFormGroupID": 1, "nameShort": "1A"})
        for ident, name in {1: "Ada", 2: "Ben"}.items():
            self.person(ident, name)
            self.enrol(ident, CURRENT).enrol(ident, UPCOMING)
        self.person(11, "Ann").person(12, "Cem")
        self.family(1, [1, 2], [11]).family(2, [2], [12])

    def person(self, ident: int, name: str, status: str = "Full", **columns: Any) -> Gibbon:
        """Add a person with an address."""
        row = {"gibbonPersonID": ident, "preferredName": name, "surname": "Novak", "status": status}
        self.add("gibbonPerson", {**row, "email": f"{name.lower()}@homes.example", "username": name.lower(), **columns})
        return self

    def enrol(self, ident: int, year: int) -> Gibbon:
        """Enrol a person in a year."""
        row = {"gibbonPersonID": ident, "gibbonSchoolYearID": year, "gibbonYearGroupID": 1 + year - CURRENT}
        self.add("gibbonStudentEnrolment", {**row, "gibbonFormGroupID": 1})
        return self

    def family(self, ident: int, children: list[int], adults: list[int]) -> Gibbon:
        """Add a family whose adults have access."""
        for child in children:
            self.add("gibbonFamilyChild", {"gibbonFamilyID": ident, "gibbonPersonID": child})
        for adult in adults:
            self.add("gibbonFamilyAdult", {"gibbonFamilyID": ident, "gibbonPersonID": adult, "childDataAccess": "Y"})
        return self
