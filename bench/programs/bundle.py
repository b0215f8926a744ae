"""Write a district as a OneRoster bundle: of 100 people 55 are students, each in seven classes this year and seven the next."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

GRADES, TO_A_CLASS = 4, 27
_BASE = {"status": pl.lit("active"), "dateLastModified": pl.lit("2026-08-01T06:00:00.000Z")}
_SESSIONS = """\
sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
SY27,active,2026-08-01,2026-27,schoolYear,2026-08-01,2027-07-31,,2027
SY28,active,2026-08-01,2027-28,schoolYear,2027-08-01,2028-07-31,,2028
T27,active,2026-08-01,Year,term,2026-08-20,2027-06-10,SY27,2027
T28,active,2026-08-01,Year,term,2027-08-19,2028-06-09,SY28,2028
"""


def numbered(count: int) -> pl.DataFrame:
    return pl.DataFrame({"n": pl.int_range(count, eager=True)})


def grade() -> pl.Expr:
    return (pl.col("n") % GRADES + 9).cast(pl.String).str.zfill(2)


def users(students: int, parents: int, schools: int) -> pl.DataFrame:
    both = {
        "enabledUser": pl.lit("true"),
        "orgSourcedIds": pl.format("N{}", pl.col("n") % schools),
        "phone": pl.lit("555"),
    }
    names = {"familyName": pl.format("Family{}", pl.col("n") % 9_000)}
    young = numbered(students).select(
        pl.format("S{}", "n").alias("sourcedId"), **_BASE, **both, **names, role=pl.lit("student"),
        username=pl.format("user.{}", "n"), givenName=pl.format("Given{}", pl.col("n") % 5_000),
        email=pl.format("s{}@pupils.example", "n"), agentSourcedIds=pl.format("P{}", pl.col("n") % parents), grades=grade(),
    )  # fmt: skip
    old = numbered(parents).select(
        pl.format("P{}", "n").alias("sourcedId"), **_BASE, **both, **names, role=pl.lit("guardian"),
        givenName=pl.format("Parent{}", pl.col("n") % 5_000), email=pl.format("p{}@homes.example", "n"),
    )  # fmt: skip
    return pl.concat([young, old], how="diagonal")


def classes(count: int, schools: int) -> pl.DataFrame:
    homeroom = pl.when(pl.col("n") % 7 == 0).then(pl.lit("homeroom")).otherwise(pl.lit("scheduled"))
    year = pl.when(pl.col("n") < count // 2).then(pl.lit("T27")).otherwise(pl.lit("T28"))
    school = pl.format("N{}", pl.col("n") % schools)
    return numbered(count).select(
        pl.format("C{}", "n").alias("sourcedId"), **_BASE, title=pl.format("Class {}", "n"), grades=grade(),
        courseSourcedId=pl.format("K{}", pl.col("n") % 500), classType=homeroom, schoolSourcedId=school, termSourcedIds=year,
    )  # fmt: skip


def enrollments(count: int, students: int, rooms: int, schools: int) -> pl.DataFrame:
    student, place = pl.col("n") % students, pl.col("n") // students
    later, half = place >= 7, rooms // 2
    room = (student * 7 + place * 13) % half + pl.when(later).then(half).otherwise(0)
    return numbered(count).select(
        pl.format("E{}", "n").alias("sourcedId"), **_BASE, classSourcedId=pl.format("C{}", room),
        schoolSourcedId=pl.format("N{}", student % schools), userSourcedId=pl.format("S{}", student), role=pl.lit("student"),
        primary=pl.lit("false"),
        beginDate=pl.when(later).then(pl.lit("2027-08-19")).otherwise(pl.lit("2026-08-20")),
        endDate=pl.when(later).then(pl.lit("2028-06-09")).otherwise(pl.lit("2027-06-10")),
    )  # fmt: skip


def write(people: int, enrolled: int, folder: Path, schools: int = 40) -> None:
    """Write so many users and enrollments."""
    folder.mkdir(parents=True)
    students = people * 55 // 100
    rooms = max(enrolled // TO_A_CLASS // 2 * 2, 2)
    (folder / "manifest.csv").write_text("propertyName,value\noneroster.version,1.1\n", encoding="utf-8")
    (folder / "academicSessions.csv").write_text(_SESSIONS, encoding="utf-8")
    orgs = numbered(schools).select(
        pl.format("N{}", "n").alias("sourcedId"), **_BASE, name=pl.format("School {}", "n"), type=pl.lit("school")
    )
    courses = numbered(500).select(
        pl.format("K{}", "n").alias("sourcedId"), **_BASE, title=pl.format("Course {}", "n"), grades=pl.lit("09,10")
    )
    orgs.write_csv(folder / "orgs.csv")
    courses.write_csv(folder / "courses.csv")
    classes(rooms, schools).write_csv(folder / "classes.csv")
    users(students, people - students, schools).write_csv(folder / "users.csv")
    enrollments(enrolled, students, rooms, schools).write_csv(folder / "enrollments.csv")


write(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), *map(int, sys.argv[4:]))
