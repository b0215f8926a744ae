"""H5: a link that was taken out of the active year does not live on by next year's copy, before somebody was asked."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from field.test_doubts import decided, doubts
from tiny_school import ACTIVE, PROMOTED, SCHEDULING, Outcome, TinySchool

LINK = ("link-only-next-year", "parent", "p1")


def linked(school: TinySchool, *years: str, child: str = "s1", parent: str = "p1", **columns: str) -> TinySchool:
    """Let a link stand in these years' copies, and in no other."""
    school.remove("relationships", student_id=child, contact_id=parent)
    for year in years:
        school.row("relationships", student_id=child, contact_id=parent, year_id=year, **columns)
    return school


def children(school: TinySchool, parent: str = "p1") -> list[str] | None:
    """Return whom a parent sees, None where they have no account that works."""
    account = school.account("parent", parent)
    return None if account is None or account["status"] == "disabled" else account["children"]


def rolled_over(school: TinySchool) -> TinySchool:
    """Let there be a child and a parent, whose link is in both years' copies; synced at Yes."""
    school.student("s1", entry={ACTIVE: 0}, **PROMOTED).contact("p1")
    linked(school, ACTIVE, SCHEDULING).sync(yes=True)
    assert children(school) == ["s1"]
    return school


@pytest.fixture
def rolled(tiny_school: TinySchool) -> TinySchool:
    return rolled_over(tiny_school)


def test_h5_what_the_active_year_removed_is_in_doubt_and_the_parent_keeps_the_child(rolled: TinySchool) -> None:
    before = rolled.everything()
    run = linked(rolled, SCHEDULING).sync(yes=True)
    assert (run.exit_code, doubts(run), rolled.everything()) == (3, [LINK], before)
    assert (run.doc["doubts"][0]["was"], run.doc["doubts"][0]["is"]) == ("s1", SCHEDULING)
    again = rolled.sync(yes=True)
    assert (again.exit_code, doubts(again), children(rolled)) == (3, [LINK], ["s1"]), "every night"


def test_h5_everything_else_of_the_parent_goes_on(rolled: TinySchool) -> None:
    rolled.edit("contacts", {"contact_id": "p1"}, primary_email="moved@homes.example")
    rolled.student("s2", **PROMOTED).row("relationships", student_id="s2", contact_id="p1")
    linked(rolled, SCHEDULING).sync(yes=True)
    account = rolled.account("parent", "p1")
    assert (account["login"], account["children"]) == ("moved@homes.example", ["s1", "s2"])


def test_h5_gone_takes_it_off(rolled: TinySchool) -> None:
    run = decided(linked(rolled, SCHEDULING), "gone", yes=True)
    assert (run.exit_code, run.op("parent", "p1"), children(rolled)) == (0, "disable", None)
    again = rolled.sync(yes=True)
    assert (again.exit_code, again.doc["operations"]) == (0, []), "and it stays off"


def test_h5_same_lets_it_be_and_is_remembered(rolled: TinySchool) -> None:
    run = decided(linked(rolled, SCHEDULING), "same", yes=True)
    assert (run.exit_code, run.doc["operations"], children(rolled)) == (0, [], ["s1"])
    assert rolled.sync(yes=True).exit_code == 0


def test_h5_leave_neither_gives_nor_takes(rolled: TinySchool) -> None:
    run = decided(linked(rolled, SCHEDULING), "leave", yes=True)
    assert (run.exit_code, run.doc["operations"], children(rolled)) == (0, [], ["s1"])
    assert [f["severity"] for f in run.findings("link-only-next-year")] == ["notice"]


def test_h5_other_is_no_answer_to_it(rolled: TinySchool) -> None:
    run = decided(linked(rolled, SCHEDULING), "other", yes=True)
    assert run.exit_code == 2
    assert "gone, same, leave" in run.stderr


def test_h5_a_removal_seen_at_no_is_not_given_back_at_yes(rolled: TinySchool) -> None:
    """At No the parent loses the child; next year's copy is no reason to give it back unasked."""
    run = linked(rolled, SCHEDULING).sync("--allow", "disable=1", "--allow", "year=2")
    rolled.sync()
    assert children(rolled) is None, run.doc["held"]
    again = rolled.sync(yes=True)
    assert (again.exit_code, doubts(again), children(rolled)) == (3, [LINK], None)
    decided(rolled, "same", yes=True)
    assert children(rolled) == ["s1"]


def test_h5_a_link_of_all_years_that_went_into_next_years_copy(rolled: TinySchool) -> None:
    linked(rolled, "").sync(yes=True)
    assert doubts(linked(rolled, SCHEDULING).sync(yes=True)) == [LINK]


def test_h5_a_link_that_is_new_for_next_year_is_no_doubt(rolled: TinySchool) -> None:
    rolled.contact("p2", tick=True)
    run = linked(rolled, SCHEDULING, parent="p2").sync(yes=True)
    assert (run.exit_code, doubts(run), children(rolled, "p2")) == (0, [], ["s1"])


def test_h5_a_link_that_is_gone_everywhere_goes_and_comes_anew(rolled: TinySchool) -> None:
    assert linked(rolled).sync(yes=True).op("parent", "p1") == "disable"
    run = linked(rolled, SCHEDULING).sync(yes=True)
    assert (run.exit_code, doubts(run), children(rolled)) == (0, [], ["s1"])


def test_h5_back_in_the_active_year_it_counts_again(rolled: TinySchool) -> None:
    decided(linked(rolled, SCHEDULING), "gone", yes=True)
    run = linked(rolled, ACTIVE, SCHEDULING).sync(yes=True)
    assert (run.exit_code, doubts(run), children(rolled)) == (0, [], ["s1"])


def test_h5_a_no_of_next_year_is_carried_out_and_no_doubt(rolled: TinySchool) -> None:
    run = linked(rolled, SCHEDULING, portal_access="no").sync(yes=True)
    assert (doubts(run), children(rolled)) == ([], None)


@pytest.mark.parametrize("answer", [None, "gone"])
def test_h5_the_change_of_year_brings_nothing_back(rolled: TinySchool, answer: str | None) -> None:
    """Next year's copy is the active year's now, and is the same row as before."""
    linked(rolled, SCHEDULING)
    run = rolled.sync(yes=True) if answer is None else decided(rolled, answer, yes=True)
    rolled.activate()
    for _ in range(2):
        run = rolled.sync(yes=True)
        assert doubts(run) == ([LINK] if answer is None else [])
        assert children(rolled) == (["s1"] if answer is None else None)
    linked(rolled).sync(yes=True)
    assert doubts(linked(rolled, SCHEDULING).sync(yes=True)) == [], "a row that comes anew is new"
    assert children(rolled) == ["s1"]


def test_h5_a_lost_portal_gives_it_back_to_nobody(rolled: TinySchool) -> None:
    linked(rolled, SCHEDULING).sync(yes=True)
    rolled.cloud.world.reset(seed=3)
    lost = rolled.sync(yes=True)
    run = rolled.sync(*(f"--allow={d['allow']}" for d in lost.doc["reads"]), yes=True)
    assert (doubts(run), children(rolled)) == ([LINK], None)


def test_h5_explain_and_a_saved_plan_say_it(rolled: TinySchool) -> None:
    file = rolled.folder / "tonight.plan"
    linked(rolled, SCHEDULING).plan("--out", str(file), yes=True)
    assert json.loads(file.read_text().splitlines()[0])["doubts"] == [[LINK[0], "parent", "p1"]]
    assert rolled.run("sync", "--plan", str(file)).exit_code == 3
    said = rolled.explain("p1", yes=True).doc
    assert [d["doubt"] for d in said["doubts"]] == [LINK[0]]
    assert "gone" in said["remedy"]


def test_h5_undo_gives_the_child_back_and_the_answer_stands(rolled: TinySchool) -> None:
    run = decided(linked(rolled, SCHEDULING), "gone", yes=True)
    assert rolled.run("undo", run.doc["run_id"], "--yes").exit_code == 0
    assert children(rolled) == ["s1"]
    assert rolled.sync(yes=True).op("parent", "p1") == "disable"


def test_h5_of_who_is_forgotten_no_link_is_known(rolled: TinySchool) -> None:
    assert rolled.run("forget", "p1").exit_code == 0
    assert doubts(linked(rolled, SCHEDULING).sync(yes=True)) == []


def test_h5_a_read_in_part_asks_nobody_and_changes_no_link(halves: Callable[..., TinySchool]) -> None:
    school = halves().student("s1", entry={ACTIVE: 0}, **PROMOTED).contact("p1")
    linked(school, ACTIVE, SCHEDULING).sync(yes=True)
    run = linked(halves(partial=["relationships"]), SCHEDULING).sync(yes=True)
    assert (run.exit_code, doubts(run), children(school)) == (0, [], ["s1"])
    assert doubts(halves().sync(yes=True)) == [LINK], "what was not read is not forgotten"


def test_h5_what_was_not_read_is_not_asked_about(rolled: TinySchool) -> None:
    """A row that could not be read is remembered: the link is neither new nor removed when it can be read again."""
    rolled.edit("contacts", {"contact_id": "p1"}, given_name="", family_name="")
    assert doubts(rolled.sync(yes=True)) == []
    rolled.edit("contacts", {"contact_id": "p1"}, given_name="Given p1", family_name="Family p1")
    run: Outcome = linked(rolled, SCHEDULING).sync(yes=True)
    assert doubts(run) == [LINK]
