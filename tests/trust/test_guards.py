"""Guards at the edges, each against one way to go wrong without a word: R38, R39, case 56."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from faults import EFFECTS
from tiny_school import SCHOOL, TinySchool

from dayzero.clock import SystemClock
from dayzero.config import PortalSettings
from dayzero.portal import GradebookCloudClient


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: None)


@pytest.fixture
def rival(tiny_school: TinySchool) -> Iterator[GradebookCloudClient]:
    """Another installation that syncs the same school."""
    settings = PortalSettings(tiny_school.cloud.url, tiny_school.token)
    with GradebookCloudClient(
        settings, SCHOOL, clock=SystemClock(), client="another machine", rng=random.Random(1)
    ) as client:
        yield client


def struck(school: TinySchool, **effects: str) -> None:
    """Let these operations of the portal fail from now on."""
    for operation, effect in effects.items():
        school.cloud.fault(operation, **{**EFFECTS[effect], "times": None})


def family(school: TinySchool) -> TinySchool:
    """Sync a parent of two; from then on no update that is counted may go."""
    school.student("s1").contact("c1", children=["s0", "s1"]).sync()
    school.limits["update"] = 0
    return school


def test_a_saved_plan_holds_a_lost_child_as_a_fresh_one_does(tiny_school: TinySchool) -> None:
    file = tiny_school.folder / "tonight.plan"
    assert family(tiny_school).contact("c1", children=["s0"]).plan("--out", str(file)).exit_code == 3
    applied = tiny_school.run("sync", "--plan", str(file))
    assert (applied.exit_code, applied.held().keys()) == (3, {("update", "parent")})
    assert tiny_school.account("parent", "c1")["children"] == ["s0", "s1"]


def test_an_undo_that_takes_a_child_away_is_held(tiny_school: TinySchool) -> None:
    grown = family(tiny_school).student("s2").contact("c1", children=["s0", "s1", "s2"]).sync()
    assert grown.exit_code == 0
    undone = tiny_school.run("undo", grown.doc["run_id"], "--yes")
    assert (undone.exit_code, undone.held().keys()) == (3, {("update", "parent")})
    assert tiny_school.account("parent", "c1")["children"] == ["s0", "s1", "s2"]


def test_the_copy_of_the_portal_is_not_trusted_where_the_portal_counts_otherwise(tiny_school: TinySchool) -> None:
    """A back-up was put back over there: the revision is the one this side knows, and an account works no more."""
    tiny_school.student("s1").sync()
    tiny_school.cloud.edit(SCHOOL, "student", "s1", status="disabled", silently=True)
    planned = tiny_school.plan()
    assert planned.doc["listed"] is True
    assert [(d["id"], d["field"], d["found"]) for d in planned.doc["drift"]] == [("s1", "status", "disabled")]
    assert planned.op("student", "s1") == "enable"


def test_r38_a_lost_commit_that_the_portal_then_denies_is_unknown_and_not_failed(tiny_school: TinySchool) -> None:
    struck(tiny_school.student("s1"), commitSync="cut", abandonSync="404")
    unsettled = tiny_school.sync()
    assert (unsettled.exit_code, unsettled.doc["error"]["kind"]) == (5, "PortalUnsettled")
    tiny_school.cloud.clear_faults()
    again = tiny_school.run("sync", "--yes")
    assert ([r["became"] for r in again.doc["recovered"]], again.exit_code) == (["committed"], 0)


def test_case_56_an_open_sync_of_somebody_else_is_left_to_them_when_a_run_is_settled(
    tiny_school: TinySchool, rival: GradebookCloudClient
) -> None:
    """Ours was opened, its id never came back, and by the time of the next run it is not the one that is open."""
    struck(tiny_school.student("s1"), openSync="lost-reply")
    assert tiny_school.sync().exit_code == 5
    tiny_school.cloud.clear_faults()
    (ours,) = tiny_school.syncs("open")
    rival.abandon(ours["sync_id"])
    theirs = rival.open("their plan", tiny_school.revision(), [])
    assert tiny_school.run("sync", "--yes").exit_code == 5
    assert [s["sync_id"] for s in tiny_school.syncs("open")] == [theirs.sync_id]


def test_case_56_an_open_sync_of_ours_that_was_cut_into_other_parts_is_begun_anew(tiny_school: TinySchool) -> None:
    tiny_school.portal_settings["part_size"] = 2
    struck(tiny_school.student("s1").student("s2"), commitSync="500", abandonSync="503")
    assert tiny_school.sync().exit_code == 5
    tiny_school.cloud.clear_faults()
    (interrupted,) = tiny_school.syncs("open")
    tiny_school.portal_settings["part_size"] = 3
    assert tiny_school.sync().exit_code == 0
    assert [s["sync_id"] for s in tiny_school.syncs("abandoned")] == [interrupted["sync_id"]]
    assert tiny_school.working("student") == {"s0", "s1", "s2"}


def test_an_id_map_that_a_spreadsheet_saved_is_read_with_its_byte_order_mark(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "one@pupils.example").sync()
    file = tiny_school.folder / "ids.csv"
    tiny_school.forget_student("s1").student("x1", "one@pupils.example", given_name="Given s1", family_name="Family s1")
    tiny_school.write()
    file.write_bytes(b"\xef\xbb\xbfkind,old_id,new_id\r\nstudent,s1,x1\r\n")
    synced = tiny_school.run("sync", "--yes", "--accept-rekey", str(file))
    assert (synced.exit_code, synced.doc["operations"]) == (0, [])
    assert tiny_school.working("student") == {"s0", "s1"}
