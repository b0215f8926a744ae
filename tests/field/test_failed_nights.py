"""A night that fails before anything is sent stands in the history: nobody was there to see it."""

from __future__ import annotations

from tiny_school import TinySchool


def test_a_source_that_cannot_be_read_is_a_run_that_failed(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    tiny_school.files["students"] = None
    assert tiny_school.sync().exit_code == 4
    run = tiny_school.run("history").doc["runs"][0]
    assert (run["state"], run["exit_code"], run["applied"]) == ("failed", 4, None)
    tiny_school.files.clear()
    assert tiny_school.sync().exit_code == 0


def test_a_plan_that_somebody_looks_at_and_a_refused_wish_are_no_runs(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    tiny_school.files["students"] = None
    tiny_school.plan()
    tiny_school.sync("--allow", "disable=3")
    assert len(tiny_school.run("history").doc["runs"]) == 1


def test_a_first_run_that_fails_leaves_no_trace(tiny_school: TinySchool) -> None:
    tiny_school.files["students"] = None
    assert tiny_school.sync().exit_code == 4
    assert tiny_school.run("history").doc["runs"] == []
