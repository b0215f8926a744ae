"""``dayzero receive``: approved course requests come back as a file, and the SIS is never written (R29, R40, case 61)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from tiny_school import NEWCOMER, SCHEDULING, SCHOOL, TinySchool


@pytest.fixture
def asked(tiny_school: TinySchool) -> TinySchool:
    """A school with two newcomers, one with an approved request, one with a submitted one."""
    for course in ("=ALG", "ART"):
        tiny_school.row("courses", course_id=course, year_id=SCHEDULING, title=course, credits="1")
    tiny_school.student("n1", **NEWCOMER).student("n2", **NEWCOMER)
    assert tiny_school.sync(yes=True).exit_code == 0
    tiny_school.cloud.change_settings(SCHOOL, min_credits="0")
    tiny_school.cloud.request_courses(SCHOOL, "n1", "=ALG", "ART", state="approved")
    tiny_school.cloud.request_courses(SCHOOL, "n2", "ART", state="submitted")
    return tiny_school


def rows(out: Path) -> list[dict[str, Any]]:
    return list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))


def test_approved_requests_come_back_and_asking_again_changes_nothing(asked: TinySchool, tmp_path: Path) -> None:
    out = tmp_path / "requests.csv"
    export = {p.name: p.read_bytes() for p in (asked.folder / "export").iterdir()}
    first = asked.run("receive", "--out", str(out))
    assert (first.exit_code, first.doc["changed"], first.doc["students"]) == (0, True, 1)
    assert [(r["student_id"], r["course_id"], r["status"]) for r in rows(out)] == [
        ("n1", "'=ALG", "approved"),
        ("n1", "ART", "approved"),
    ]
    assert [i["course_id"] for i in first.doc["items"] if i["rank"] == 1] == ["=ALG"]
    written = out.stat().st_mtime_ns
    again = asked.run("receive", "--out", str(out))
    assert again.doc["changed"] is False
    assert out.stat().st_mtime_ns == written
    assert out.stat().st_mode & 0o077 == 0
    assert {p.name: p.read_bytes() for p in (asked.folder / "export").iterdir()} == export


def test_a_lost_answer_in_the_middle_leaves_the_file_as_it_was(asked: TinySchool, tmp_path: Path) -> None:
    out = tmp_path / "requests.csv"
    out.write_text("kept", encoding="utf-8")
    asked.cloud.fault("listCourseRequests", "status", status=400, times=None)
    failed = asked.run("receive", "--out", str(out))
    assert failed.exit_code == 5
    assert out.read_text(encoding="utf-8") == "kept"
    assert [p.name for p in tmp_path.glob("*requests*")] == ["requests.csv"]


def test_a_reopened_request_is_not_in_the_next_file_and_is_again_once_approved(
    asked: TinySchool, tmp_path: Path
) -> None:
    out, school, family = tmp_path / "requests.csv", ("admin", "plusportaladmin"), ("student", "n1")
    asked.run("receive", "--out", str(out))
    asked.cloud.work_on_form(SCHOOL, school, "n1", "reopen", note="Art is full.")
    reopened = asked.run("receive", "--out", str(out))
    assert (reopened.exit_code, reopened.doc["changed"], reopened.doc["students"]) == (0, True, 0)
    assert rows(out) == []
    asked.cloud.work_on_form(SCHOOL, family, "n1", "submit", ["=ALG"])
    for action in ("receive", "approve"):
        asked.cloud.work_on_form(SCHOOL, school, "n1", action)
    asked.run("receive", "--out", str(out))
    assert [(r["student_id"], r["course_id"]) for r in rows(out)] == [("n1", "'=ALG")]


def test_other_states_may_be_asked_for_and_a_bad_place_is_said(asked: TinySchool, tmp_path: Path) -> None:
    out = tmp_path / "submitted.csv"
    asked.run("receive", "--out", str(out), "--status", "submitted")
    assert [r["student_id"] for r in rows(out)] == ["n2"]
    nowhere = asked.run("receive", "--out", str(tmp_path / "no" / "such" / "file.csv"))
    assert nowhere.exit_code == 2
    assert "cannot be written" in nowhere.stderr
