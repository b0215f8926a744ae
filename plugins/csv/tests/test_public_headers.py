"""F4: files with the headers of public documents, held out when the vocabulary was made: what is told, asked, missed and wrong."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dayzero.plugin import Looking, Proposal
from dayzero_csv.looking.propose import look

FILES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("public_headers.toml").read_text("utf-8"))["file"]
BY_KEY = {file["key"]: file for file in FILES}
HARMLESS = {"students.middle_name", "students.preferred_name", "enrollments.homeroom"}
"""What grants and takes nothing, and is not asked for by the documents' readers."""


def looked_at(folder: Path, *keys: str, **answers: str) -> Proposal:
    """Return what looking makes of some of the files in one folder."""
    for file in (BY_KEY[key] for key in keys):
        (folder / file["name"]).write_text(file["text"], encoding="utf-8")
    proposal = look(Looking(str(folder), date(2026, 11, 26), answers))
    assert proposal is not None
    return proposal


def mapped(proposal: Proposal) -> dict[str, set[str]]:
    """Return by header which columns of dayzero it is."""
    found: dict[str, set[str]] = {}
    for table, columns in proposal.mapping.items():
        for column, header in columns.items():
            found.setdefault(header, set()).add(re.sub(r"\[\d\]", "", f"{table}.{column}"))
    return found


def judged(proposal: Proposal, means: dict[str, str]) -> dict[str, str]:
    """Return by header that means something for sure: told, asked, missed or wrong."""
    found = mapped(proposal)
    options = {o for q in proposal.questions for o in q.options} | {q.key.partition(":")[2] for q in proposal.questions}
    results: dict[str, str] = {}
    for header, meaning in means.items():
        if meaning != "open":
            got = found.get(header, set())
            missing = "asked" if header in options else "missed"
            results[header] = "told" if meaning in got else "wrong" if got else missing
    return results


@pytest.mark.parametrize("key", BY_KEY)
def test_a_held_out_header_is_told_or_asked(tmp_path: Path, key: str) -> None:
    file = BY_KEY[key]
    proposal = looked_at(tmp_path, key)
    assert proposal.shape == file["shape"]
    if file["shape"] == "unknown":
        assert proposal.mapping == {}
        return
    results = judged(proposal, file["means"])
    assert {h: r for h, r in results.items() if r != "told"} == dict.fromkeys(file["asked"], "asked")
    others = {h: t for h, t in mapped(proposal).items() if h not in file["means"] and not t <= HARMLESS}
    assert others == {}
    noted = file.get("noted", [])
    assert [h for h in noted if any(note.startswith(f"{h} is not read") for note in proposal.notes)] == noted


def test_nine_of_ten_held_out_headers_are_told_and_none_is_wrong(tmp_path: Path) -> None:
    """In files that have students; what is asked is not counted as told."""
    results: Counter[str] = Counter()
    for file in FILES:
        folder = tmp_path / file["key"]
        folder.mkdir()
        if file["shape"] != "unknown":
            results.update(judged(looked_at(folder, file["key"]), file["means"]).values())
    assert results.total() > 230
    assert results["told"] / results.total() >= 0.9, results
    assert (results["wrong"], results["missed"]) == (0, 0), results


@pytest.mark.parametrize(
    ("students", "contacts", "open_ones"),
    [
        ("powerschool-students", "powerschool-contacts", {"New Contact Identifier"}),
        ("powerschool-students", "powerschool-contacts-import", {"New Contact Identifier"}),
        ("facts-students", "facts-family", set()),
        ("infinitecampus-students", "infinitecampus-contacts", set()),
        ("infinitecampus-students", "infinitecampus-family", set()),
        ("skyward-sms-students", "infinitecampus-contacts", set()),
        ("facts-students", "infinitecampus-family", set()),
    ],
)
def test_contacts_beside_students_are_contacts_and_relationships(
    tmp_path: Path, students: str, contacts: str, open_ones: set[str]
) -> None:
    proposal = looked_at(tmp_path, students, contacts)
    assert proposal.shape == "files"
    tables = ("contacts", "relationships")
    theirs = {t: {h: {f"{t}.{c}"} for c, h in proposal.mapping[t].items()} for t in tables}
    found = {
        h: theirs["contacts"].get(h, set()) | theirs["relationships"].get(h, set()) for t in tables for h in theirs[t]
    }
    options = {o for q in proposal.questions for o in q.options}
    means = {
        h: m.replace("students.student_id", "relationships.student_id")
        for h, m in BY_KEY[contacts]["means"].items()
        if m != "open"
    }
    assert {h for h, m in means.items() if m not in found.get(h, set())} == open_ones
    assert open_ones <= options
    assert "portal_access" in {q.key for q in proposal.questions}


@pytest.mark.parametrize("key", ["facts-family", "infinitecampus-family", "powerschool-contacts"])
def test_contacts_alone_say_what_they_are_and_what_is_missing(tmp_path: Path, key: str) -> None:
    proposal = looked_at(tmp_path, key)
    [question] = proposal.questions
    assert f"{BY_KEY[key]['name']} has contacts, and whose they are." in proposal.notes
    assert (question.key, question.needed) == ("students", True)
    assert f"the same id as in {BY_KEY[key]['name']}" in question.question


def test_parents_in_columns_of_a_file_of_their_own_are_told_of(tmp_path: Path) -> None:
    proposal = looked_at(tmp_path, "infinitecampus-student", "infinitecampus-guardian-email")
    [note] = [note for note in proposal.notes if note.startswith("guardian_email.csv is left out: ")]
    assert "Join it to student.csv by stateID, or export a row for each parent" in note


def test_enrollments_alone_say_what_they_are_and_what_is_missing(tmp_path: Path) -> None:
    proposal = looked_at(tmp_path, "skyward-qmlativ-enrollment")
    assert "Enrollment.csv has enrollments, but no names." in proposal.notes
    assert "the same id as in Enrollment.csv" in proposal.questions[0].question


def test_who_takes_which_course_is_no_enrollment(tmp_path: Path) -> None:
    proposal = looked_at(tmp_path, "blackbaud-course-enrollments")
    assert (proposal.shape, proposal.mapping) == ("unknown", {})
    assert any("who takes which course" in note for note in proposal.notes)


def test_a_course_list_beside_students_is_left_out(tmp_path: Path) -> None:
    proposal = looked_at(tmp_path, "blackbaud-advisor-list", "blackbaud-course-enrollments")
    assert "calendar_codes" not in proposal.mapping
    assert any(note.startswith("student-enrollments.csv is left out") for note in proposal.notes)
    assert proposal.mapping["students"]["student_id"] == "Host ID"


def test_enrollments_without_a_grade_are_left_out(tmp_path: Path) -> None:
    proposal = looked_at(tmp_path, "skyward-sms-students", "skyward-qmlativ-enrollment")
    assert any(note.startswith("Enrollment.csv is left out") for note in proposal.notes)
    assert "year_id" not in proposal.mapping["enrollments"]
    assert "flat" in proposal.settings


def test_of_two_files_with_students_the_one_with_grades_is_taken_and_it_is_told(tmp_path: Path) -> None:
    proposal = looked_at(tmp_path, "blackbaud-student-info", "veracross-parents")
    assert proposal.mapping["enrollments"] == {"grade_level": "Current Grade"}
    assert "parent_contacts.csv is left out: K-12 Student Info.CSV is taken for the students." in proposal.notes
