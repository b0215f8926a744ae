"""The contract suite on a OneRoster bundle: the schema's sample school, written as a SIS would export it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from dayzero.testing import SourceContract, Tables
from dayzero_oneroster import OneRosterSettings, dayzero_sources

Rows = list[dict[str, str | None]]


class TestOneRosterBundle(SourceContract):
    source_type = dayzero_sources()[0]

    def make(self, tables: Tables) -> Any:
        folder = self.tmp_path / "bundle"
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.csv"):
            old.unlink()
        for name, rows in oneroster(tables).items():
            write(folder / f"{name}.csv", rows)
        return OneRosterSettings(path=folder, as_of="2027-01-15", portal_access="metadata.portalAccess")

    def break_after(self, table: str, n: int) -> None:
        """A copy that broke off in the middle of a row."""
        path = self.tmp_path / "bundle" / "users.csv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[: n + 1]) + lines[n + 1][:6] + '"half', encoding="utf-8")


def oneroster(tables: Tables) -> dict[str, Rows]:
    """Return the files of a bundle: one class per grade and year, and an E on Day 0 as the day an enrollment begins."""
    years = {y["year_id"]: y for y in tables["school_years"]}
    entries = {(c["student_id"], c["year_id"]) for c in tables["calendar_codes"]}
    enrollments, classes = [], {}
    for number, row in enumerate(tables["enrollments"]):
        year, key = years[row["year_id"]], f"{row['year_id']}-{row['grade_level']}"
        classes[key] = {"sourcedId": key, "grades": row["grade_level"], "termSourcedIds": f"S{row['year_id']}"}
        begins = year["starts_on"] if (row["student_id"], row["year_id"]) in entries else year["ends_on"]
        link = {"classSourcedId": key, "userSourcedId": row["student_id"]}
        enrollments.append({"sourcedId": f"e{number}", **link, "role": "student", "beginDate": begins})
    files = {
        "academicSessions": [
            {"sourcedId": f"S{key}", "title": y["name"], "type": "schoolYear", "startDate": y["starts_on"]}
            | {"endDate": y["ends_on"], "schoolYear": key}
            for key, y in years.items()
        ],
        "users": [user(row, "student", row["student_id"], row.get("email")) for row in tables["students"]]
        + [user(row, "guardian", row["contact_id"], row["primary_email"]) for row in tables["contacts"]],
        "classes": list(classes.values()),
        "enrollments": enrollments,
        "demographics": [{"sourcedId": s["student_id"], "birthDate": s.get("birth_date")} for s in tables["students"]],
        "relationships": [
            {"userSourcedId": r["student_id"], "relationshipUserSourcedId": r["contact_id"]}
            | {"relationshipRole": r["relation"], "metadata.portalAccess": r["portal_access"]}
            for r in tables["relationships"]
        ],
    }
    if "courses" in tables:
        files["courses"] = [
            {"sourcedId": c["course_id"], "schoolYearSourcedId": f"S{c['year_id']}", "title": c["title"]}
            | {"metadata.credits": c["credits"], "metadata.required": c["required"]}
            for c in tables["courses"]
        ]
    return files


def user(row: dict[str, str | None], role: str, key: str | None, email: str | None) -> dict[str, str | None]:
    names = {"sourcedId": key, "role": role, "givenName": row["given_name"], "familyName": row["family_name"]}
    further = {k: v for k, v in row.items() if k == "locker"}
    return {**names, "email": email, "metadata.portalAccess": row.get("portal_access"), **further}


def write(path: Path, rows: Rows) -> None:
    columns = dict.fromkeys(key for row in rows for key in row)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(columns) or ["sourcedId"])
        writer.writeheader()
        writer.writerows(rows)
