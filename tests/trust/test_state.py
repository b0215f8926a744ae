"""What this side knows is kept by school and portal: schools may share a state folder, and a look leaves no trace."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tiny_school import ACTIVE, TinySchool

from dayzero.clock import SystemClock
from dayzero.journal import Journal

pytestmark = pytest.mark.slow

IDS = "kind,old_id,new_id\nstudent,s1,900\n"


@pytest.fixture
def schools(tmp_path: Path, gradebook_cloud: Any) -> tuple[TinySchool, TinySchool]:
    """Return two schools on one portal whose configurations share a state folder; both have a student s1."""
    made = []
    for name in ("north", "south"):
        school = TinySchool(tmp_path / name, gradebook_cloud, school=name)
        school.sections["state"] = {"path": str(tmp_path / "state")}
        school.student("s1").contact("c1", children=["s1"]).sync()
        made.append(school)
    return made[0], made[1]


def journal(school: TinySchool, folder: Path | None = None) -> Journal:
    folder = folder or Path(school.sections["state"]["path"])
    return Journal(folder, school=school.id, portal_url=school.cloud.url, clock=SystemClock())


def test_an_id_map_of_one_school_says_nothing_of_another(
    schools: tuple[TinySchool, TinySchool], tmp_path: Path
) -> None:
    north, south = schools
    ids = tmp_path / "ids.csv"
    ids.write_text(IDS, encoding="utf-8")
    for row in (r for rows in north.rows.values() for r in rows):
        row.update({"student_id": "900"} if row.get("student_id") == "s1" else {})
    accepted = north.sync("--accept-rekey", str(ids))
    assert (accepted.exit_code, accepted.doc["operations"]) == (0, [])
    south.student("900", "other@pupils.example").sync()
    assert south.working("student") == {"s0", "s1", "900"}
    assert north.working("student") == {"s0", "s1"}
    assert north.sync().doc["operations"] == []


def test_history_lists_the_school_s_own_runs(schools: tuple[TinySchool, TinySchool]) -> None:
    north, _ = schools
    runs = {school.id: school.run("history").doc["runs"] for school in schools}
    assert {id_: {r["school"] for r in listed} for id_, listed in runs.items()} == {
        "north": {"north"},
        "south": {"south"},
    }
    changes = north.run("history", "--person", "s1").doc["changes"]
    assert {c["run_id"] for c in changes} == {runs["north"][0]["run_id"]}
    theirs = runs["south"][0]["run_id"]
    for command in (["history", theirs], ["undo", theirs, "--yes"]):
        refused = north.run(*command)
        assert refused.exit_code == 2
        assert "of the school south" in refused.doc["error"]["message"]


def test_forgetting_somebody_at_one_school_leaves_the_other_s_records(schools: tuple[TinySchool, TinySchool]) -> None:
    north, south = schools
    before = south.run("history", "--person", "s1").doc["changes"]
    assert before
    assert north.run("forget", "s1").doc["records"] > 0
    assert north.run("history", "--person", "s1").doc["changes"] == []
    assert south.run("history", "--person", "s1").doc["changes"] == before
    assert south.sync().doc["listed"] is False, "its copy of the portal is still there"


def test_one_school_s_run_does_not_wait_for_another_s(schools: tuple[TinySchool, TinySchool], tmp_path: Path) -> None:
    from dayzero.sync.lock import SchoolLock

    north, south = schools
    held = SchoolLock(tmp_path / "state", school="north", portal_url=north.cloud.url, clock=SystemClock(), who="night")
    with held.held():
        assert north.sync().exit_code == 3
        assert south.sync().exit_code == 0


def as_before_parts(folder: Path) -> None:
    """Make a journal what an earlier version left: a row for each operation sent."""
    with closing(sqlite3.connect(folder / "journal.sqlite", isolation_level=None)) as old:
        old.executescript(
            "create table operations (run_id text not null references runs, kind text not null, id text not null,"
            " line text not null); create index operations_of_person on operations (id, kind);"
            " create index operations_of_run on operations (run_id)"
        )
        for run_id, packed in old.execute("select run_id, packed from parts order by rowid").fetchall():
            for line in gzip.decompress(packed).decode().splitlines():
                o = json.loads(line)
                old.execute("insert into operations values (?, ?, ?, ?)", (run_id, o["kind"], o["id"], line))
        old.executescript(
            "drop table links; drop table former_students; drop table births; drop table decisions; drop table cut_links; drop table parts; drop table answers; alter table portal drop column seal; drop table taken_over;"
            " alter table runs drop column id_map_digest; alter table runs drop column looked_at; alter table runs drop column held; alter table runs drop column doubts; alter table runs drop column reads; alter table runs drop column lost_years; pragma user_version = 6"
        )


def as_before_id_maps(folder: Path, pairs: str) -> None:
    """Make a state folder what an earlier version left: an ``id-map.csv`` beside a journal without that table."""
    as_before_parts(folder)
    with closing(sqlite3.connect(folder / "journal.sqlite")) as old:
        old.executescript(
            "drop table id_map; drop index runs_of_school; drop index operations_of_run; pragma user_version = 5"
        )
    (folder / "id-map.csv").write_text(pairs, encoding="utf-8")


def test_an_older_state_folder_is_taken_over(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    state = tiny_school.folder / ".dayzero"
    as_before_id_maps(state, IDS + "student,s1,500\n")  # numbered anew twice
    tiny_school.forget_student("s1").student("900", "s1@pupils.example", given_name="Given s1", family_name="Family s1")
    again = tiny_school.sync()
    assert (again.exit_code, again.doc["operations"]) == (0, [])
    assert not (state / "id-map.csv").exists()
    assert not (state / "id-map-unclaimed.csv").exists()
    assert len(tiny_school.run("history").doc["runs"]) == 2


def test_an_older_id_map_of_several_schools_goes_to_whom_it_is_of(
    schools: tuple[TinySchool, TinySchool], caplog: pytest.LogCaptureFixture
) -> None:
    north, south = schools
    north.student("n1").sync()
    as_before_id_maps(Path(north.sections["state"]["path"]), "kind,old_id,new_id\nstudent,n1,700\nstudent,s1,900\n")
    with journal(south) as of_south, journal(north) as of_north:
        assert of_north.memory.id_map().new_to_old == {"student": {"700": "n1"}}
        assert of_south.memory.id_map().new_to_old == {}
    assert "1 of 2 pairs" in caplog.text, "both schools have an s1: nobody is guessed"
    left = Path(north.sections["state"]["path"]) / "id-map-unclaimed.csv"
    assert left.read_text(encoding="utf-8").split() == ["kind,old_id,new_id", "student,s1,900"]


def known_then(document: Any) -> Any:
    """Return a document without what that version did not record of a run."""
    if isinstance(document, dict):
        return {k: known_then(v) for k, v in document.items() if k not in ("held", "doubts", "reads")}
    return [known_then(one) for one in document] if isinstance(document, list) else document


def test_operations_kept_one_by_one_are_taken_over(tiny_school: TinySchool) -> None:
    first = tiny_school.student("s1").contact("c1", children=["s1"]).sync()
    second = tiny_school.student("s1", given_name="Renamed").sync()
    looks = (
        ["history", "--person", "s1"],
        ["history", "--person", "c1"],
        ["history"],
        ["history", first.doc["run_id"]],
    )
    before = [known_then(tiny_school.run(*look).doc) for look in looks]
    as_before_parts(tiny_school.folder / ".dayzero")
    assert [known_then(tiny_school.run(*look).doc) for look in looks] == before
    assert tiny_school.run("undo", second.doc["run_id"], "--yes").doc["applied"]["student"]["update"] == 1
    assert tiny_school.run("forget", "s1").doc["records"] == 7


def test_a_look_leaves_no_trace(tiny_school: TinySchool) -> None:
    tiny_school.write()
    before = sorted(p.relative_to(tiny_school.folder) for p in tiny_school.folder.rglob("*"))
    looks = (["check"], ["plan"], ["explain", "s0"], ["history"], ["history", "--person", "s0"], ["forget", "s0"])
    assert {tiny_school.run(*look).exit_code for look in looks} == {0}
    assert tiny_school.run("history", "a-run").exit_code == 2
    assert sorted(p.relative_to(tiny_school.folder) for p in tiny_school.folder.rglob("*")) == before


def test_records_that_go_are_known_and_not_listed_again(tiny_school: TinySchool) -> None:
    for title in ("Algebra", "Biology"):
        tiny_school.row("courses", course_id=title[0], year_id=ACTIVE, title=title)
    tiny_school.student("s1").sync()
    asked = len(tiny_school.cloud.requests)
    tiny_school.forget_student("s1").remove("courses", course_id="A")
    gone = tiny_school.sync()
    assert gone.doc["applied"]["records"]["remove"] == 2
    operations = [r["operation"] for r in list(tiny_school.cloud.requests)[asked:]]
    assert not {"listStudents", "listCourses", "listAccounts"} & set(operations), operations
    assert tiny_school.run("undo", gone.doc["run_id"], "--yes").doc["applied"]["records"]["create"] == 2
