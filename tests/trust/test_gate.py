"""Nothing changed costs nothing: a run is repeated without reading while nothing that decides has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tiny_school import SCHOOL, TinySchool

pytestmark = pytest.mark.slow


@pytest.fixture
def stamped(halves: Callable[..., TinySchool]) -> TinySchool:
    """Return a school over a source that has a stamp, synced once."""
    school = halves().student("s1").contact("c1", children=["s1"]).student("s2", "")
    stamp(school, "one")
    assert school.sync().exit_code == 0
    reads(school)
    return school


def stamp(school: TinySchool, text: str) -> None:
    (school.folder / "export").mkdir(parents=True, exist_ok=True)
    (school.folder / "export" / "stamp").write_text(text, encoding="utf-8")


def reads(school: TinySchool) -> list[str]:
    """Return which tables were read since the last call."""
    log = school.folder / "export" / "reads"
    tables = log.read_text(encoding="utf-8").split() if log.exists() else []
    log.unlink(missing_ok=True)
    return tables


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two runs said the same, but for their names."""
    return {**one, "run_id": ""} == {**other, "run_id": ""}


def test_nothing_is_read_while_nothing_changes(stamped: TinySchool) -> None:
    stamped.cloud.requests.clear()
    repeated = stamped.sync()
    assert reads(stamped) == []
    assert [r["operation"] for r in stamped.cloud.requests] == ["getSchool"]
    stamp(stamped, "two")
    in_full = stamped.sync()
    assert "students" in reads(stamped)
    assert same(repeated.doc, in_full.doc)
    assert same(stamped.sync().doc, in_full.doc)
    assert repeated.doc["withheld"]
    assert repeated.exit_code == 0


def test_it_is_a_run_like_any_other(stamped: TinySchool) -> None:
    repeated = stamped.sync()
    run = stamped.run("history").doc["runs"][0]
    assert (run["run_id"], run["state"], run["exit_code"]) == (repeated.doc["run_id"], "nothing-to-do", 0)


def test_after_leavers_the_answer_is_what_a_run_in_full_would_say(stamped: TinySchool) -> None:
    stamped.student("s1", enrolled={})
    stamp(stamped, "left")
    assert stamped.sync().op("student", "s1") == "disable"
    reads(stamped)
    repeated = stamped.sync()
    assert reads(stamped) == []
    stamp(stamped, "left, once more")
    assert same(repeated.doc, stamped.sync().doc)


CHANGES: dict[str, Callable[[TinySchool], Any]] = {
    "the source": lambda school: stamp(school, "two"),
    "a setting": lambda school: school.sync_settings.update(shared_parent_login="withhold"),
    "a limit": lambda school: school.limits.update(disable="5%"),
    "whom to tell": lambda school: school.sections.update(notify={"on": ["failure"]}),
    "the portal": lambda school: school.cloud.edit(SCHOOL, "student", "s1", given_name="Somebody"),
    "the journal": lambda school: school.run("forget", "s1"),
    "the day": lambda school: school.sync_settings.update(mode="add-only", add_only_until="2099-01-01"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_decides_is_asked_for(stamped: TinySchool, what: str) -> None:
    assert stamped.sync().exit_code == 0
    assert reads(stamped) == []
    CHANGES[what](stamped)
    stamped.sync()
    assert "students" in reads(stamped)


def test_drift_still_shows(stamped: TinySchool) -> None:
    stamped.cloud.edit(SCHOOL, "student", "s1", given_name="Somebody")
    assert [d["field"] for d in stamped.sync().doc["drift"]] == ["given_name"]
    assert stamped.account("student", "s1")["given_name"] == "Given s1"


def test_what_is_held_is_held_again(stamped: TinySchool) -> None:
    for n in range(3, 12):
        stamped.student(f"s{n}")
    stamp(stamped, "many")
    assert stamped.sync().exit_code == 0
    stamped.limits.update(disable=2)
    for n in range(3, 12):
        stamped.forget_student(f"s{n}")
    stamp(stamped, "few")
    answers = [stamped.sync() for _ in range(3)]
    reads(stamped)
    answers.append(stamped.sync())
    assert reads(stamped) == []
    assert [a.exit_code for a in answers] == [3] * 4
    assert answers[-1].doc["held"] == answers[0].doc["held"] != []
    assert answers[-1].doc["operations"] == answers[-2].doc["operations"] != []
    assert stamped.sync(allow="disable=9").exit_code == 0, "what is said beside the configuration is worked out"


def test_a_source_that_changes_while_it_is_read_is_read_again(stamped: TinySchool) -> None:
    stamp(stamped, "moves")
    for read_again in (True, True, False):
        assert stamped.sync().exit_code == 0
        assert ("students" in reads(stamped)) == read_again


def test_a_source_without_a_stamp_is_read_every_night(stamped: TinySchool) -> None:
    (stamped.folder / "export" / "stamp").unlink()
    for _ in range(3):
        reads(stamped)
        assert stamped.sync().exit_code == 0
        assert "students" in reads(stamped)


def test_files_are_known_by_their_content(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    for _ in range(2):
        assert tiny_school.sync().doc["operations"] == []
    tiny_school.student("s1", given_name="Another")
    assert [o["changes"] for o in tiny_school.sync().doc["operations"] if o["kind"] == "student"] == [
        {"given_name": ["Given s1", "Another"]}
    ]
