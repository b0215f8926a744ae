"""Two machines, one school: who has not the other's journal plans only, until somebody says to go on from here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from lying_portal import lying
from tiny_school import TinySchool

pytestmark = pytest.mark.slow


def other_machine(school: TinySchool, name: str = "elsewhere") -> TinySchool:
    """Return the same school on another machine: its own state folder, the same export and portal."""
    other = TinySchool(school.folder.parent / name, school.cloud)
    other.rows = {table: [dict(row) for row in rows] for table, rows in school.rows.items()}
    return other


def doubts(outcome: Any) -> list[str]:
    return [d["doubt"] for d in outcome.doc.get("doubts", [])]


def test_who_has_not_the_others_journal_plans_only(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    other = other_machine(tiny_school).student("s2")
    before = tiny_school.everything()
    plan = other.plan()
    assert (plan.exit_code, doubts(plan), plan.op("student", "s2")) == (3, ["other-journal"], "create")
    for refused in (
        other.sync(),
        other.run("settings", "send-scheduling-year", "yes", "--yes"),
        other.sync("--plan", planned(other)),
    ):
        assert refused.exit_code == 3
        assert refused.doc["error"]["doubts"][0]["doubt"] == "other-journal"
        assert "--take-over" in refused.doc["error"]["remedy"]
    assert tiny_school.everything() == before
    assert "send_scheduling_year = false" in (other.folder / "dayzero.toml").read_text(encoding="utf-8")


def planned(school: TinySchool) -> str:
    file = str(school.folder / "tonight.plan")
    school.plan("--out", file)
    return file


def test_taking_over_holds_and_the_first_machine_is_the_other_then(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    other = other_machine(tiny_school)
    taken = other.sync("--take-over")
    assert (taken.exit_code, taken.doc["operations"]) == (0, []), (
        "nothing was to be sent, and it is remembered all the same"
    )
    assert other.sync().exit_code == 0
    assert other.student("s2").sync().exit_code == 0
    assert tiny_school.student("s2").sync().exit_code == 3
    assert tiny_school.sync("--take-over").exit_code == 0
    assert other.student("s3").sync().exit_code == 0, "who was taken over from has sent nothing since"
    assert tiny_school.student("s3").sync("--take-over").exit_code == 0


def test_the_first_sync_ever_and_whoever_only_looks_are_free(tiny_school: TinySchool) -> None:
    assert tiny_school.plan().exit_code == 0
    assert tiny_school.sync().exit_code == 0
    other = other_machine(tiny_school)
    other.write()
    for command in (["check"], ["explain", "s0"], ["history"], ["receive", "--out", str(other.folder / "r.csv")]):
        assert other.run(*command).exit_code == 0, command


def test_a_journal_that_was_lost_at_its_place_is_not_anothers(tiny_school: TinySchool) -> None:
    """A lost journal protects no less: limits are judged by the portal."""
    tiny_school.student("s1").sync()
    shutil.rmtree(tiny_school.folder / ".dayzero")
    plan = tiny_school.student("s2").plan()
    assert (plan.exit_code, doubts(plan)) == (0, [])
    assert tiny_school.sync().exit_code == 0


IDS = "kind,old_id,new_id\nstudent,s1,900\n"


@pytest.fixture
def renumbered(tiny_school: TinySchool, tmp_path: Path) -> TinySchool:
    """Return a school that has accepted that s1 is 900 now, and has sent something since."""
    tiny_school.student("s1", "one@pupils.example").sync()
    (tmp_path / "ids.csv").write_text(IDS, encoding="utf-8")
    for row in (r for rows in tiny_school.rows.values() for r in rows):
        row.update({"student_id": "900"} if row.get("student_id") == "s1" else {})
    assert tiny_school.student("s2").sync("--accept-rekey", str(tmp_path / "ids.csv")).exit_code == 0
    assert tiny_school.get()["id_map_digest"]
    return tiny_school


def test_but_ids_that_were_accepted_are_missed(renumbered: TinySchool, tmp_path: Path) -> None:
    shutil.move(renumbered.folder / ".dayzero", tmp_path / "lost")
    before = renumbered.everything()
    lost = renumbered.sync()
    assert (lost.exit_code, lost.doc["error"]["doubt"]) == (3, "other-journal")
    assert renumbered.everything() == before
    shutil.rmtree(renumbered.folder / ".dayzero", ignore_errors=True)
    shutil.move(tmp_path / "lost", renumbered.folder / ".dayzero")
    assert renumbered.sync().exit_code == 0


def test_a_back_up_from_before_they_were_accepted_is_another_journal(tiny_school: TinySchool, tmp_path: Path) -> None:
    tiny_school.student("s1", "one@pupils.example").sync()
    shutil.copytree(tiny_school.folder / ".dayzero", tmp_path / "backup")
    (tmp_path / "ids.csv").write_text(IDS, encoding="utf-8")
    for row in (r for rows in tiny_school.rows.values() for r in rows):
        row.update({"student_id": "900"} if row.get("student_id") == "s1" else {})
    tiny_school.student("s2").sync("--accept-rekey", str(tmp_path / "ids.csv"))
    shutil.rmtree(tiny_school.folder / ".dayzero")
    shutil.copytree(tmp_path / "backup", tiny_school.folder / ".dayzero")
    assert tiny_school.sync().exit_code == 3


def test_ids_that_were_accepted_in_a_run_that_failed_are_our_own(renumbered: TinySchool, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("kind,old_id,new_id\nstudent,s2,901\n", encoding="utf-8")
    for row in (r for rows in renumbered.rows.values() for r in rows):
        row.update({"student_id": "901"} if row.get("student_id") == "s2" else {})
    renumbered.cloud.fault(operation="openSync", effect="status", status=503, times=None)
    assert renumbered.student("s3").sync("--accept-rekey", str(tmp_path / "more.csv")).exit_code == 5
    renumbered.cloud.clear_faults()
    assert renumbered.sync().exit_code == 0


def test_a_state_folder_that_moves_stays_the_same_journal(tiny_school: TinySchool, tmp_path: Path) -> None:
    tiny_school.sync()
    shutil.move(tiny_school.folder / ".dayzero", tmp_path / "state")
    tiny_school.sections["state"] = {"path": str(tmp_path / "state")}
    assert tiny_school.student("s1").sync().exit_code == 0


@pytest.mark.parametrize("keys", [("last_client",), ("id_map_digest",), ("last_client", "id_map_digest")])
def test_a_portal_that_does_not_say_who_synced_last_is_an_older_one(
    tiny_school: TinySchool, keys: tuple[str, ...]
) -> None:
    lying(tiny_school.cloud, "GET", "/schools/tiny", lambda doc: {k: v for k, v in doc.items() if k not in keys})
    tiny_school.sync()
    assert tiny_school.student("s1").sync().exit_code == 0
    other = other_machine(tiny_school).sync()
    assert other.exit_code == (0 if "last_client" in keys else 3)


def test_the_portal_is_told_no_path_and_no_host(tiny_school: TinySchool) -> None:
    import platform

    tiny_school.sync()
    said = tiny_school.get()["last_client"]
    assert said.startswith("dayzero-")
    assert platform.node() not in said
    assert "school" not in said
