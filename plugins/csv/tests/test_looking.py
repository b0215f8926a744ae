"""F4: what a header says, by its words; measured on headers of real exports where those are on the machine."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter, defaultdict
from pathlib import Path

import polars as pl
import pytest

from dayzero_csv.looking.columns import columns_of
from dayzero_csv.looking.headers import said_by
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.words import words_of

REAL = Path(os.environ.get("DAYZERO_REAL_CASES", Path(__file__).parents[4] / "shared" / "real")) / "headers"
ABOUT = {
    "students": "students", "enrollments": "students", "calendar_codes": "students", "flat": "students",
    "contacts": "contacts", "relationships": "contacts", "courses": "courses", "school_years": "school_years",
}  # fmt: skip
DATES = {"calendar_codes.entry_date", "calendar_codes.exit_date"}
ALIKE = {
    "calendar_codes.day": DATES,
    "calendar_codes.code": {"calendar_codes.exit_code"},
    "calendar_codes.student_id": {"students.student_id"},
    "enrollments.student_id": {"students.student_id"},
    "relationships.contact_id": {"contacts.contact_id"},
    "contacts.portal_access": {"relationships.portal_access"},
    "enrollments.grade_level": {"enrollments.next_grade_level"},
}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("02 Student Last Name", "student last name"),
        ("[13]Student_LastName", "student last name"),
        ("First Name [Required]", "first name"),
        ("S_NC_STUDENTDEMO.email_address", "s nc studentdemo email"),
        ("Email Address ID", "email address id"),
        ("D.O.B.", "dob"),
        ("AgentSourcedIDs", "agent sourced ids"),
        ("Parent1E-Mail", "parent 1 email"),
        ("Prénom élève", "prenom eleve"),
        ("Erziehungsberechtigter 1 – E-Mail", "erziehungsberechtigter 1 email"),
    ],
)
def test_a_header_is_its_words(header: str, words: str) -> None:
    assert " ".join(words_of(header)) == words


@pytest.mark.parametrize(
    ("header", "subject", "slot", "field", "sure"),
    [
        ("Student Number", "student", 0, "id", True),
        ("State Student ID", "student", 0, "id", False),
        ("Parent 2 E-Mail", "parent", 2, "email", True),
        ("Secondary Guardian First Name", "parent", 2, "given_name", True),
        ("Apellido del segundo tutor", "parent", 2, "family_name", True),
        ("Mother First", "parent", 1, "given_name", True),
        ("guardianemail", "parent", 0, "email", True),
        ("Relationship (Primary Contact's)", "parent", 1, "relation", True),
        ("Courriel du responsable 1", "parent", 1, "email", True),
        ("Web Access", "", 0, "portal_access", True),
        ("Contact Has Custody", "parent", 0, "tick", False),
        ("Lives With", "", 0, "tick", False),
        ("Next Year Grade", "", 0, "next_grade_level", True),
        ("Email?", "", 0, "tick", False),
        ("Home Phone", "", 0, "nothing", True),
        # a remark behind it says less than the rest, or turns it round
        ("Student ID (System)", "student", 0, "id", True),
        ("First Name (required)", "", 0, "given_name", True),
        ("Date of Birth (mm/dd/yyyy)", "", 0, "birth_date", True),
        ("Grade (Next Year)", "", 0, "next_grade_level", True),
        ("Email (Parent)", "parent", 0, "email", True),
        ("Student ID (State)", "student", 0, "id", False),
        ("Status (Next Year)", "", 0, "status", False),
        ("Old Student ID", "student", 0, "id", False),
        # a table's name before it says whose it is, if anything
        ("STUDENTCONTACTDETAILCOREFIELDS.legalGuardian", "parent", 0, "tick", False),
        ("S_NC_STUDENTDEMO.email_address", "student", 0, "email", True),
        ("STUDENTS.First_Name", "student", 0, "given_name", True),
        ("PARENTS.email", "parent", 0, "email", True),
        ("activeEnrollment.grade", "", 0, "grade_level", True),
        ("contactsGuardian.lastName", "parent", 0, "family_name", True),
        ("Demographics - Last Name", "", 0, "family_name", True),
        ("EMPLOYER.Name", "", 0, "name", False),
        # words in short
        ("Schl Email Addr", "", 0, "email", True),
        ("Stu Acces Login", "student", 0, "username", True),
        ("Student Lst Nm", "student", 0, "family_name", True),
        ("Stu Nbr", "student", 0, "id", True),
        ("Guard 1 Lname", "parent", 1, "family_name", True),
        ("Mthr Email", "parent", 1, "email", True),
        ("Birth Dt", "", 0, "birth_date", True),
        ("F1G2 Email", "parent", 2, "email", True),
        ("Family 2 Guardian 1 First Name", "parent", 3, "given_name", True),
        ("slname", "student", 0, "family_name", True),
        ("afname", "", 0, "given_name", False),
        ("STUEMAIL", "student", 0, "email", True),
        ("Con 1 Email", "parent", 1, "email", True),
        # a parent by a number behind, or by the relationship
        ("Parent Email 2", "parent", 2, "email", True),
        ("Relationship 1: First name", "parent", 1, "given_name", True),
        ("Relationship2 Email", "parent", 2, "email", True),
        # of another year, or not the name itself
        ("Grade Level 2026-27", "", 0, "grade_level", False),
        ("Last Name (Preferred)", "", 0, "family_name", False),
        ("Previous Grade", "", 0, "grade_level", False),
        # slips of the pen
        ("Guradian2_First", "parent", 2, "given_name", True),
        ("Gaurdian 1 Frist Name", "parent", 1, "given_name", True),
        ("Student Emial", "student", 0, "email", True),
        ("Prefered Name", "", 0, "preferred_name", True),
        ("Enrolment Staus", "", 0, "status", True),
        ("Reltionship", "", 0, "relation", True),
    ],
)
def test_a_header_says_whose_it_is_and_what(header: str, subject: str, slot: int, field: str, sure: bool) -> None:
    said = said_by(header)
    assert said.field is not None
    assert (said.subject, said.slot, said.field.name) == (subject, slot, field)
    assert said.field.sure or not sure
    if not sure:
        assert not said.field.sure


@pytest.mark.parametrize(
    "header",
    ["Contract Number", "Career Name", "Older ID", "Stage Name", "Admin Date", "Lease Date", "Graded", "Alumni"],
)
def test_another_word_is_no_slip_of_the_pen(header: str) -> None:
    assert said_by(header).field is None


@pytest.mark.parametrize(
    ("header", "meanings"),
    [
        ("Fother Email", {"father", "mother"}),
        ("Fother First Name", {"father", "mother"}),
        ("Fother Name", {"father", "mother"}),
    ],
)
def test_a_slip_that_may_be_either_is_both(header: str, meanings: set[str]) -> None:
    said = said_by(header)
    assert meanings <= {said.relation, *(other.relation for other in said.also)}
    assert said.field is not None
    assert not said.field.sure


@pytest.mark.parametrize("header", ["SCHOOLS.Name", "calendar.startDate", "COURSES.ID", "schedule.startDate"])
def test_what_another_table_has_is_none_of_ours(header: str) -> None:
    assert said_by(header).field is None or not said_by(header).field.sure  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "header", ["Emergency Contact E-Mail", "Class Teacher Email", "Klassenlehrer", "Counselor Name"]
)
def test_somebody_else_is_nobodys_parent(header: str) -> None:
    assert said_by(header).subject == "other" or said_by(header).field is None


@pytest.mark.skipif(not REAL.is_dir(), reason="real cases are not on this machine (DAYZERO_REAL_CASES)")
def test_nine_of_ten_real_headers_are_told_and_hardly_one_is_taken_for_another() -> None:
    """Told: mapped to what it means, left where it means none of ours, or asked where it may be several."""
    results = Counter(_judged())
    assert (results["told"] + results["asked"]) / results.total() > 0.96, results
    assert results["told"] / results.total() > 0.85, results
    assert results["wrong"] / results.total() < 0.015, results


def _judged() -> list[str]:
    files: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with (REAL / "headers.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["table"] in ABOUT:
                files[row["system"], "flat" if row["table"] == "flat" else ABOUT[row["table"]]].append(row)
    return [result for (_, about), rows in files.items() for result in _of_file(ABOUT[about], rows)]


def _of_file(about: str, rows: list[dict[str, str]]) -> list[str]:
    names = {row["header_as_written"] for row in rows if row["header_as_written"].strip()}
    columns = columns_of(Seen("x.csv", pl.DataFrame(schema=dict.fromkeys(sorted(names), pl.String))), about)
    sure, maybe = defaultdict(set), defaultdict(set)
    for target, candidates in columns.found.items():
        one = len(candidates.sure) == 1 and not (candidates.maybe and target.endswith("_id"))
        for header in candidates.sure:
            (sure if one else maybe)[header].add(target)
        for header in candidates.maybe:
            maybe[header].add(target)
    for group in columns.groups:
        for column, header in group.columns.items():
            sure[header].add(f"{'relationships' if column in ('relation', 'portal_access') else 'contacts'}.{column}")
    return [_result(row, sure[row["header_as_written"]], maybe[row["header_as_written"]]) for row in rows]


def _result(row: dict[str, str], sure: set[str], maybe: set[str]) -> str:
    column = re.sub(r"\[\w+\]", "", row["dayzero_column"])
    meant = column if row["table"] == "flat" else f"{row['table']}.{column}"
    good = {meant} | ALIKE.get(meant, set())
    open_one = "AMBIGUOUS" in row["note"]
    if column == "-" or (open_one and not sure):
        return "wrong" if sure else "told"
    if sure & good:
        return "told"
    if sure:
        return "wrong"
    return "asked" if maybe & good else "missed"
