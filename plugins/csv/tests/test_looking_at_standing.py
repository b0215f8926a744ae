"""What `init` says of columns that may tell who has left: asked where they say it plainly, told of where they might."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dayzero.plugin import Looking, Proposal
from dayzero_csv.looking.propose import look

STATUS, EXIT_DATE = "enrollments.status", "calendar_codes.exit_date"
HEAD = "Student ID,Last Name,First Name,Grade,Email"


def looked_at(folder: Path, answers: dict[str, str] | None = None, **texts: str) -> Proposal:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    proposal = look(Looking(str(folder), date(2026, 11, 26), answers or {}))
    assert proposal is not None
    return proposal


def with_column(header: str, *cells: str, beside: str = "", under: str = "") -> str:
    rows = [f"{n},Ito{n},Al,9,al{n}@p.example,{cell}{under}" for n, cell in enumerate(cells, 1)]
    return "\n".join([f"{HEAD},{header}{beside}", *rows, ""])


def asked(proposal: Proposal) -> dict[str, bool]:
    return {q.key: q.needed for q in proposal.questions}


def told_of(proposal: Proposal, header: str) -> bool:
    return any(note.startswith("Not read of ") and header in note for note in proposal.notes)


@pytest.mark.parametrize(
    ("header", "cells", "key"),
    [
        ("Active", ("Y", "N"), STATUS),
        ("Is Active", ("1", "0"), STATUS),
        ("Active", ("Y", "Y"), STATUS),
        ("Withdrawn", ("", "Y"), STATUS),
        ("Withdrawn?", ("No", "Yes"), STATUS),
        ("Enrolled?", ("Yes", "No"), STATUS),
        ("Student Inactive", ("N", "Y"), STATUS),
        ("Estatus", ("Activo", "Baja"), STATUS),
        ("Situación", ("Activo", "Baja"), STATUS),
        ("Zustand", ("aktiv", "inaktiv"), STATUS),
        ("Left", ("", "10/14/2026"), EXIT_DATE),
        ("Date Graduated", ("", "2026-10-14"), EXIT_DATE),
    ],
)
def test_a_column_that_says_plainly_who_has_left_is_asked(
    tmp_path: Path, header: str, cells: tuple[str, ...], key: str
) -> None:
    text = with_column(header, *cells)
    proposal = looked_at(tmp_path, s=text)
    assert asked(proposal)[key]
    table, _, column = key.partition(".")
    answered = looked_at(tmp_path, {key: header}, s=text)
    assert answered.mapping[table][column] == header
    assert key not in asked(answered)
    declined = looked_at(tmp_path, {key: "none"}, s=text)
    assert key not in asked(declined)
    assert header not in str(declined.mapping)


@pytest.mark.parametrize(
    ("header", "means"),
    [
        ("Active", {"Y": "active", "N": "inactive"}),
        ("Withdrawn?", {"Y": "inactive", "N": "active"}),
        ("No Longer", {}),
    ],
)
def test_a_yes_means_what_stands_above_it(tmp_path: Path, header: str, means: dict[str, str]) -> None:
    proposal = looked_at(tmp_path, {STATUS: header}, s=with_column(header, "Y", "N"))
    assert proposal.values.get("enrollments", {}).get("status", {}) == means
    assert {key for key in asked(proposal) if key.startswith("status:")} == (
        set() if means else {"status:Y", "status:N"}
    )


def test_a_students_active_is_no_parents_portal_access(tmp_path: Path) -> None:
    text = with_column("Active", "Y", "N", beside=",Mother Name,Mother Email", under=",Eva Ito,eva@h.example")
    options = {q.key: q.options for q in looked_at(tmp_path, s=text).questions}
    assert options[STATUS] == ("Active", "none")
    assert options["portal_access"] == ("yes", "no")
    custody = looked_at(tmp_path, s=text.replace("Active", "Custody"))
    assert {q.key: q.options for q in custody.questions}["portal_access"] == ("Custody", "yes", "no")


@pytest.mark.parametrize(
    ("header", "cells", "key"),
    [
        ("Situación", ("Alta", "Retirado", "Alta", "Alta"), STATUS),
        ("Zustand", ("aktiv", "abgemeldet"), STATUS),
        ("On Roll?", ("Yes", "No"), STATUS),
        ("Leaver", ("", "x"), STATUS),
        ("Withdrawn", ("", ""), STATUS),
        ("Last Day of Enrollment", ("", "10/14/2026"), EXIT_DATE),
        ("Fecha de retiro", ("14.10.2026", "", ""), EXIT_DATE),
    ],
)
def test_a_column_that_may_say_it_is_told_of(tmp_path: Path, header: str, cells: tuple[str, ...], key: str) -> None:
    text = with_column(header, *cells)
    proposal = looked_at(tmp_path, s=text)
    assert told_of(proposal, header)
    assert any(f"--set {key}=COLUMN" in note for note in proposal.notes)
    assert not any(asked(proposal).values())
    table, _, column = key.partition(".")
    answered = looked_at(tmp_path, {key: header}, s=text)
    assert answered.mapping[table][column] == header
    assert not told_of(answered, header)
    assert not told_of(looked_at(tmp_path, {key: "none"}, s=text), header)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Gender", ("F", "M")),
        ("Homeroom", ("9A", "9B")),
        ("DOB", ("2011-01-02", "")),
        ("Bus", ("4", "")),
        ("Lunch Status", ("Free", "Paid")),
        ("Lives With", ("Both", "Mother")),
        ("Mother Deceased", ("N", "Y")),
        ("Graduation Year", ("2029", "2030")),
        ("Seen On", ("2026-09-01", "2026-09-01")),
        ("Locker Key", ("A1", "A2")),
        ("Remark Of Anybody", ("likes long walks on the beach and Latin", "")),
    ],
)
def test_another_column_is_not_told_of(tmp_path: Path, header: str, cells: tuple[str, ...]) -> None:
    proposal = looked_at(tmp_path, s=with_column(header, *cells))
    assert not told_of(proposal, header)
    assert not {STATUS, EXIT_DATE} & set(asked(proposal))


def test_beside_a_status_only_what_says_it_as_plainly_is_told_of(tmp_path: Path) -> None:
    text = with_column("Status,Withdrawn,Insured?", "active,N,Y", "active,Y,N")
    proposal = looked_at(tmp_path, s=text)
    assert proposal.mapping["enrollments"]["status"] == "Status"
    assert "Withdrawn of s.csv is not read: Status says who has left." in proposal.notes
    assert "Insured?" not in str(proposal.notes)
    dated = looked_at(tmp_path, s=with_column("Exit Date,Active", ",Y", "2026-10-14,N"))
    assert asked(dated)[STATUS] is False


ENROLLED = "Student ID,School Year,Grade{more}\n1,2026-27,9{first}\n2,2026-27,9{second}\n"


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [("Insured?", "Yes", "No"), ("Exit Date", "", "2026-10-14"), ("Left", "", "2026-10-14")],
)
def test_a_file_of_enrollments_has_to_have_it_as_a_status(tmp_path: Path, header: str, first: str, second: str) -> None:
    enrollments = ENROLLED.format(more=f",{header}", first=f",{first}", second=f",{second}")
    students = f"{HEAD.replace(',Grade', '')}\n1,Ito,Al,al@p.example\n2,Li,Cy,cy@p.example\n"
    proposal = looked_at(tmp_path, students=students, enrollments=enrollments)
    [note] = [note for note in proposal.notes if header in note]
    assert note.startswith("Not read of enrollments.csv, ")
    assert "--set enrollments.status=COLUMN" in note


def test_beside_enrollments_a_column_of_the_students_is_told_of(tmp_path: Path) -> None:
    students = f"{HEAD.replace('Grade', 'Active')}\n1,Ito,Al,Y,al@p.example\n2,Li,Cy,N,cy@p.example\n"
    proposal = looked_at(tmp_path, students=students, enrollments=ENROLLED.format(more="", first="", second=""))
    [note] = [note for note in proposal.notes if "Active" in note]
    assert note.endswith("it has to stand in the file of the enrollments, as their status.")


def test_beside_our_own_tables_so_is_one(tmp_path: Path) -> None:
    students = "student_id,given_name,family_name,Active\n1,Al,Ito,Y\n2,Cy,Li,N\n"
    bare = looked_at(tmp_path, students=students, enrollments="student_id,year_id,grade_level\n1,2027,9\n2,2027,9\n")
    assert told_of(bare, "Active")
    said = "student_id,year_id,grade_level,status\n1,2027,9,active\n2,2027,9,inactive\n"
    proposal = looked_at(tmp_path, students=students, enrollments=said)
    assert "Active of students.csv is not read: the status of the enrollments says who has left." in proposal.notes
