"""Cases 55-59, 62: syncing day by day. Cases 55, 57 are in rules/test_limits.py too, 56 in trust/test_crashes.py."""

from __future__ import annotations

import logging

import pytest
from tiny_school import ACTIVE, NEWCOMER, SCHEDULING, SCHOOL, TinySchool

pytestmark = pytest.mark.slow


def test_case_58_an_applicant_appears_once_approved_and_synced_again(tiny_school: TinySchool) -> None:
    """In the holding bin: known to Admissions, in no year of the SIS. Approving writes the enrollment and the code."""
    tiny_school.student("a1", enrolled={}).contact("c1", children=["a1"]).sync(yes=True)
    assert tiny_school.account("student", "a1") is None
    assert tiny_school.account("parent", "c1") is None
    tiny_school.student("a1", **NEWCOMER).contact("c1", children=["a1"]).sync(yes=True)
    assert tiny_school.status("student", "a1") == tiny_school.status("parent", "c1") == "pending"


def test_case_59_the_portal_is_called_in_batches(tiny_school: TinySchool) -> None:
    """3,000 students and 8,000 contacts: how long it takes is for the benchmarks; here, that no person costs a request."""
    for n in range(3_000):
        names = {"student_id": f"p{n}", "given_name": f"G{n}", "family_name": f"F{n}"}
        tiny_school.row("students", email=f"p{n}@pupils.example", **names)
        tiny_school.row("enrollments", student_id=f"p{n}", year_id=ACTIVE, grade_level="9")
    for n in range(8_000):
        mail = {"primary_email": f"q{n}@homes.example", "portal_access": True}
        tiny_school.row("contacts", contact_id=f"q{n}", given_name=f"G{n}", family_name=f"F{n}", **mail)
        tiny_school.row("relationships", student_id=f"p{n % 3_000}", contact_id=f"q{n}")
    synced = tiny_school.sync()
    assert (synced.exit_code, len(synced.doc["operations"])) == (0, 2 * 3_001 + 8_001 + 1)
    assert len(tiny_school.cloud.requests) < 50
    asked = len(tiny_school.cloud.requests)
    assert tiny_school.sync().doc["operations"] == []
    assert len(tiny_school.cloud.requests) - asked < 50


@pytest.fixture
def told(tiny_school: TinySchool, caplog: pytest.LogCaptureFixture) -> str:
    """Everything that is logged or said on stderr by syncs in which all sorts of things go wrong."""
    caplog.set_level(logging.DEBUG)
    tiny_school.limits["disable"] = 0
    names = {"given_name": "Quirina", "family_name": "Quill", "birth_date": "2011-03-04"}
    tiny_school.student("s1", "quill@pupils.example", **names).student("s2", "quill2@pupils.example", **names)
    tiny_school.contact("c1", "quill@homes.example", children=["s1"], given_name="Quentin", family_name="Quill")
    tiny_school.sync(yes=True)
    tiny_school.student("s1", "quill@pupils.example", enrolled={}, **names)
    tiny_school.student("s2", "quill3@pupils.example", enrolled={ACTIVE: ("9", "maybe")}, **names)
    tiny_school.student("n1", "quill@pupils.example", **NEWCOMER, **names)
    tiny_school.contact("c1", "quill@homes", children=["s1", "nobody"], given_name="Quentin", family_name="Quill")
    tiny_school.contact("c2", "", children=["s1"], given_name="Quentin", family_name="Quill", year_id=SCHEDULING)
    synced = tiny_school.sync(yes=True)
    assert synced.doc["held"]
    assert synced.doc["unreadable"]
    assert {w["reason"] for w in synced.doc["withheld"]} >= {"duplicate-login", "not-enrolled"}
    tiny_school.cloud.fault("openSync", "status", status=400, times=1)
    refused = tiny_school.student("n2", "quill4@pupils.example", **NEWCOMER, **names).sync(yes=True)
    tiny_school.files["students"] = 'student_id,given_name,family_name\ns1,"Quirina,Quill\n'
    broken = tiny_school.sync(yes=True)
    assert (refused.exit_code, broken.exit_code) == (5, 4)
    assert all(outcome.stderr for outcome in (refused, broken))
    return caplog.text + synced.stderr + refused.stderr + broken.stderr


def test_case_62_logs_and_errors_have_ids_and_counts_and_no_child(told: str) -> None:
    for word in ("Quirina", "Quentin", "Quill", "quill", "2011-03-04"):
        assert word not in told


def test_case_62_a_temporary_password_stays_on_the_portal(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    _, temporary = tiny_school.cloud.login_details(SCHOOL, "student", "s1")
    file = tiny_school.folder / "tonight.plan"
    tiny_school.student("s1", given_name="Renamed")
    outcomes = [tiny_school.plan("--out", str(file)), tiny_school.sync(), tiny_school.run("history", "--person", "s1")]
    said = "".join(f"{o.doc}{o.stderr}" for o in outcomes).encode()
    state = b"".join(f.read_bytes() for f in (tiny_school.folder / ".dayzero").rglob("*") if f.is_file())
    assert temporary
    assert temporary.encode() not in said + file.read_bytes() + state
    assert temporary not in str(tiny_school.accounts())
