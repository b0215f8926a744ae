"""A small bundle to bend: two years, three students, one of them new, and a parent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster import OneRosterSettings, open_oneroster

TABLES = ("school_years", "students", "enrollments", "calendar_codes", "contacts", "relationships", "courses")

BUNDLE = {
    "manifest": "propertyName,value\noneroster.version,1.1\n",
    "academicSessions": (
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
        "SY27,active,2026-07-01,2026-27,schoolYear,2026-08-01,2027-07-31,,2027\n"
        "SY28,active,2026-07-01,2027-28,schoolYear,2027-08-01,2028-07-31,,2028\n"
        "T27,active,2026-07-01,Year,term,2026-08-20,2027-06-10,SY27,2027\n"
        "T28,active,2026-07-01,Year,term,2027-08-19,2028-06-09,SY28,2028\n"
    ),
    "orgs": "sourcedId,name,type\nN,North,school\nS,South,school\n",
    "classes": (
        "sourcedId,title,grades,classType,schoolSourcedId,termSourcedIds\n"
        "H27,Room 9,09,homeroom,N,T27\nH28,Room 10,10,homeroom,N,T28\nS27,South 9,09,homeroom,S,T27\n"
    ),
    "users": (
        "sourcedId,status,dateLastModified,role,givenName,familyName,email,username,userIds,agentSourcedIds,grades,password\n"
        'ann,active,2026-08-01,student,Ann,Ito,ann@school.example,ann.i,"{LDAP:a1},{Fed:7}",,09,secret\n'
        "bob,active,2026-08-01,student,Bob,Ito,bob@school.example,,,dad,,\n"
        "cy,active,2026-08-01,student,Cy,Oak,cy@school.example,,,,09,\n"
        "dad,active,2026-08-01,parent,Dan,Ito,dan@home.example,,,ann,,\n"
        "tea,active,2026-08-01,teacher,Tea,Cher,tea@school.example,,,cy,,\n"
    ),
    "enrollments": (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate\n"
        "e1,active,2026-08-01,H27,N,ann,student,2026-08-20,2027-06-10\n"
        "e2,active,2026-08-01,H28,N,ann,student,2027-08-19,2028-06-09\n"
        "e3,active,2026-08-01,H28,N,bob,student,2027-08-19,2028-06-09\n"
        "e4,active,2026-08-01,S27,S,cy,student,2026-08-20,2027-06-10\n"
    ),
}


class Read:
    """What one opening of a bundle gave, judged on 1 February 2027."""

    def __init__(self, path: Path, **settings: Any) -> None:
        with open_oneroster(OneRosterSettings(path=path, **{"as_of": "2027-02-01", **settings})) as source:
            self.tables = {name: source.read(name) for name in TABLES}
            self.states = {name: source.state(name) for name in TABLES}
            self.findings: tuple[Finding, ...] = source.findings()

    def __getitem__(self, table: str) -> pl.DataFrame:
        frame = self.tables[table]
        assert frame is not None
        return frame

    @property
    def rules(self) -> set[str]:
        """Rules that found something."""
        return {f.rule for f in self.findings}

    def places(self) -> set[tuple[str, str, str]]:
        """Student, year and grade of everyone who is enrolled."""
        here = self["enrollments"].filter(pl.col("status") == "active")
        return set(here.select("student_id", "year_id", "grade_level").iter_rows())

    def entries(self) -> set[tuple[str, str]]:
        """Student and year of every E on Day 0."""
        return set(self["calendar_codes"].select("student_id", "year_id").iter_rows())

    def ids(self, table: str) -> list[str]:
        """Ids of the people in a table, but for tombstones."""
        frame = self[table].filter(~pl.col("removed"))
        return sorted(frame[{"students": "student_id", "contacts": "contact_id"}[table]])


def write(folder: Path, encoding: str = "utf-8", **changed: str | None) -> Path:
    """Write the bundle with some files changed, or left out."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    for name, text in {**BUNDLE, **changed}.items():
        if text is not None:
            (folder / f"{name}.csv").write_bytes(text.encode(encoding))
    return folder
