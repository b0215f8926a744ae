"""Never remove after a bad read (R39): shrunken tables, mass re-keys, add-only weeks, blackout windows."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, TinySchool

from dayzero.clock import SystemClock
from dayzero.config import Window, add_only
from dayzero.errors import ConfigurationError

pytestmark = pytest.mark.slow


def crowd(school: TinySchool, size: int, prefix: str = "p") -> TinySchool:
    """Put families in: a student with a parent each; names and logins stay when the prefix of the ids changes."""
    for n in range(size):
        names = {"given_name": f"Given {n}", "family_name": f"Family {n}"}
        school.student(f"{prefix}{n}", f"login{n}@pupils.example", **names)
        school.contact(f"{prefix}c{n}", f"home{n}@homes.example", children=[f"{prefix}{n}"], **names)
    return school


def today(monkeypatch: pytest.MonkeyPatch, *moment: int) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda self: datetime(*moment, tzinfo=UTC))  # type: ignore[arg-type]


# -- a read whose columns or years are not what they were


def csv_without(school: TinySchool, table: str, column: str, instead: str = "") -> None:
    """Export a table without one of its columns, or with it under another name."""
    school.write()
    with (school.folder / "export" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    place = header.index(column)
    cells = [[*header[:place], instead, *header[place + 1 :]], *rows]
    kept = cells if instead else [[*row[:place], *row[place + 1 :]] for row in cells]
    school.files[table] = "".join(",".join(row) + "\n" for row in kept)


@pytest.mark.parametrize(
    ("table", "column"), [("contacts", "portal_access"), ("relationships", "portal_access"), ("enrollments", "status")]
)
def test_a_column_that_decides_who_has_access_may_not_vanish(tiny_school: TinySchool, table: str, column: str) -> None:
    """Its default would speak for everybody: no parent may look, or the one who must not may."""
    tiny_school.student("s1").contact("c1", children=["s1"], access={"s1": "no"}).sync()
    before = tiny_school.accounts()
    csv_without(tiny_school, table, column)
    refused = tiny_school.sync()
    assert (refused.exit_code, refused.doc["error"]["columns"]) == (4, [column])
    assert tiny_school.accounts() == before
    tiny_school.limits["shrink"] = "none"
    assert tiny_school.sync().exit_code == 0, "it is gone for good, and the school says so"
    del tiny_school.limits["shrink"]
    assert tiny_school.sync().exit_code == 0


def test_a_column_that_was_never_there_is_no_loss(tiny_school: TinySchool) -> None:
    csv_without(tiny_school, "relationships", "portal_access")
    assert [tiny_school.sync().exit_code for _ in range(2)] == [0, 0]


def test_other_columns_may_go(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    csv_without(tiny_school, "contacts", "household_id")
    assert tiny_school.sync().exit_code == 0


@pytest.mark.parametrize("instead", ["portl_access", "Portal_Access", "portal access"])
def test_a_misspelt_column_that_decides_is_refused_at_once(tiny_school: TinySchool, instead: str) -> None:
    """Also on the first day, when there is nothing to compare with."""
    tiny_school.student("s1").contact("c1", children=["s1"], access={"s1": "no"})
    csv_without(tiny_school, "relationships", "portal_access", instead)
    refused = tiny_school.sync()
    assert (refused.exit_code, tiny_school.accounts()) == (4, {})
    assert instead in refused.doc["error"]["message"]


def test_an_active_year_under_another_id_is_not_everybody_leaving(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    before = tiny_school.accounts()
    tiny_school.edit("school_years", {"year_id": ACTIVE}, year_id="SY-2027")
    refused = tiny_school.sync()
    assert (refused.exit_code, refused.doc["error"]["rule"]) == (4, "active-year-without-enrollments")
    assert tiny_school.accounts() == before


# -- a read that shrank


def test_case_57_a_shrunken_read_disables_nobody_even_without_a_limit(tiny_school: TinySchool) -> None:
    tiny_school.limits.update(disable="none", update="none", from_accounts=10)
    crowd(tiny_school, 12).sync()
    for n in range(6):
        tiny_school.forget_student(f"p{n}")
    held = tiny_school.sync()
    assert held.exit_code == 3
    assert held.held()["disable", "student"]["limit"] == 0
    assert sorted(f["table"] for f in held.findings("table-shrank")) == ["contacts", "students"]
    assert len(tiny_school.working("student")) == 13


def test_a_shrunken_read_is_no_measure_for_the_next(tiny_school: TinySchool) -> None:
    tiny_school.limits.update(disable="none", from_accounts=10)
    crowd(tiny_school, 12).sync()
    for n in range(6):
        tiny_school.forget_student(f"p{n}")
    assert [tiny_school.sync().exit_code for _ in range(2)] == [3, 3]
    assert tiny_school.sync(allow="disable=12").exit_code == 0
    assert tiny_school.working("student") == {"s0", *(f"p{n}" for n in range(6, 12))}
    assert tiny_school.sync().exit_code == 0


def test_a_few_rows_less_are_nothing_unusual(tiny_school: TinySchool) -> None:
    tiny_school.limits["from_accounts"] = 10
    crowd(tiny_school, 12).sync()
    synced = tiny_school.forget_student("p0").sync()
    assert (synced.exit_code, synced.findings("table-shrank")) == (0, [])


def test_a_saved_plan_remembers_the_doubt(tiny_school: TinySchool) -> None:
    tiny_school.limits.update(disable="none", from_accounts=10)
    crowd(tiny_school, 12).sync()
    for n in range(6):
        tiny_school.forget_student(f"p{n}")
    file = tiny_school.folder / "tonight.plan"
    tiny_school.plan("--out", str(file))
    assert tiny_school.run("sync", "--plan", str(file)).exit_code == 3
    assert len(tiny_school.working("student")) == 13


# -- a mass re-key


def rekeyed(school: TinySchool) -> TinySchool:
    """Number everybody anew in the source."""
    crowd(school, 6).sync()
    school.sign_in("student", "p3")
    for n in range(6):
        school.forget_student(f"p{n}").remove("contacts", contact_id=f"pc{n}")
    return crowd(school, 6, prefix="x")


def test_a_mass_rekey_is_held_and_a_map_proposed(tiny_school: TinySchool) -> None:
    held = rekeyed(tiny_school).sync()
    assert held.exit_code == 3
    assert {key: h["count"] for key, h in held.held().items()} == {("rekey", "student"): 6, ("rekey", "parent"): 6}
    assert held.doc["rekeyed"]["student"]["p3"] == "x3"
    assert tiny_school.working("student") == {"s0", *(f"p{n}" for n in range(6))}


def test_an_accepted_map_keeps_accounts_with_password_and_history(tiny_school: TinySchool) -> None:
    rekeyed(tiny_school)
    file = tiny_school.folder / "ids.csv"
    tiny_school.plan("--rekey-out", str(file))
    assert ["student", "p3", "x3"] in list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
    assert tiny_school.run("plan", "--accept-rekey", str(file)).doc["operations"] == []
    assert tiny_school.sync("--accept-rekey", str(file)).exit_code == 0
    assert tiny_school.status("student", "p3") == "active"
    assert tiny_school.has_password("student", "p3", "Day0-secret")
    tiny_school.edit("students", {"student_id": "x3"}, given_name="Renamed")
    synced = tiny_school.sync()
    assert (synced.exit_code, synced.op("student", "p3")) == (0, "update")


def test_strangers_may_be_strangers(tiny_school: TinySchool) -> None:
    rekeyed(tiny_school)
    assert tiny_school.sync(allow="rekey=12").exit_code == 0
    assert tiny_school.sync().exit_code == 0
    assert tiny_school.working("student") == {"s0", *(f"x{n}" for n in range(6))}


def test_case_27_one_person_under_a_new_id_is_no_mass_rekey(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 3).sync()
    tiny_school.forget_student("p1").student(
        "x1", "login1@pupils.example", given_name="Given 1", family_name="Family 1"
    )
    assert tiny_school.sync().held() == {}


@pytest.mark.parametrize("text", ["", "kind,old,new\n", "kind,old_id,new_id\nteacher,a,b\n", "kind,old_id,new_id\nstudent,a\n",
                                  "kind,old_id,new_id\nstudent,a,b\nstudent,a,c\n"])  # fmt: skip
def test_a_wrong_map_is_refused_by_line(tiny_school: TinySchool, text: str) -> None:
    file = tiny_school.folder / "ids.csv"
    tiny_school.write()
    file.write_text(text, encoding="utf-8")
    refused = tiny_school.run("sync", "--yes", "--accept-rekey", str(file))
    assert (refused.exit_code, tiny_school.accounts()) == (2, {})
    assert "line" in refused.stderr


# -- add-only weeks and blackout windows


def test_add_only_disables_nobody_until_its_end(tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_school.student("s1").contact("c1", children=["s0", "s1"]).sync()
    tiny_school.sync_settings.update(mode="add-only", add_only_until=date(2027, 9, 3))
    tiny_school.student("s1", enrolled={}).student("n1", **NEWCOMER)
    today(monkeypatch, 2027, 9, 3, 23)
    assert tiny_school.sync(yes=True).exit_code == 0
    assert tiny_school.working("student") == {"s0", "s1", "n1"}
    assert tiny_school.account("parent", "c1")["children"] == ["s0", "s1"]
    today(monkeypatch, 2027, 9, 4)
    assert tiny_school.sync(yes=True).exit_code == 0
    assert tiny_school.working("student") == {"s0", "n1"}


def test_add_only_needs_an_end(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["mode"] = "add-only"
    refused = tiny_school.plan()
    assert refused.exit_code == 2
    assert "add_only_until" in refused.stderr


def test_the_last_day_is_the_school_s_own() -> None:
    last = date(2027, 9, 3)
    assert add_only(last, "America/New_York", datetime(2027, 9, 4, 3, 59, tzinfo=UTC))
    assert not add_only(last, "America/New_York", datetime(2027, 9, 4, 4, 0, tzinfo=UTC))


def test_nothing_is_sent_in_a_blackout_window(tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_school.sections["schedule"] = {"blackout": ["2027-08-20/2027-08-22"], "timezone": "America/New_York"}
    today(monkeypatch, 2027, 8, 23, 3)
    refused = tiny_school.sync()
    assert (refused.exit_code, tiny_school.accounts()) == (3, {})
    assert "2027-08-20/2027-08-22" in refused.stderr
    assert tiny_school.run("plan").exit_code == 0
    today(monkeypatch, 2027, 8, 23, 4)
    assert tiny_school.sync().exit_code == 0


@pytest.mark.parametrize(
    ("text", "moment", "inside"),
    [
        ("07:30/16:00", (2027, 8, 1, 7, 30), True),
        ("07:30/16:00", (2027, 8, 1, 16, 0), False),
        ("22:00/06:00", (2027, 8, 1, 5, 59), True),
        ("22:00/06:00", (2027, 8, 1, 12, 0), False),
        ("2027-08-01T10:00/2027-08-01T12:00", (2027, 8, 1, 12, 0), False),
        ("2027-08-01/2027-08-01", (2027, 8, 1, 23, 59), True),
    ],
)
def test_windows(text: str, moment: Any, inside: bool) -> None:
    assert Window.parse(text).covers(datetime(*moment, tzinfo=UTC)) is inside


@pytest.mark.parametrize("text", ["", "today", "2027-08-02/2027-08-01", "2027-02-30/2027-03-01", "25:00/26:00"])
def test_no_windows(text: str) -> None:
    with pytest.raises(ConfigurationError, match="no window"):
        Window.parse(text)


# -- what was reviewed


def test_a_saved_plan_is_shown_by_people_reason_and_grade(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").contact("c1", children=["s1"]).student("s2", enrolled={ACTIVE: "11"}).sync()
    tiny_school.student("s1", enrolled={}).student("s2", given_name="Renamed", enrolled={ACTIVE: "11"}).student("s3")
    file = tiny_school.folder / "tonight.plan"
    planned = tiny_school.plan("--out", str(file))
    shown = tiny_school.run("plan", str(file), "--people", "--by-reason")
    assert (shown.doc["plan_id"], shown.doc["operations"]) == (planned.doc["plan_id"], planned.doc["operations"])
    touched = {(p["kind"], p["id"]): p for p in shown.doc["people"]}
    assert touched["student", "s2"]["changes"] == {"given_name": ["Given s2", "Renamed"]}
    assert shown.doc["by_reason"] == {
        "disable": {"no-sent-student": ["parent c1"], "not-enrolled": ["student s1"]},
        "update": {"changed: given_name": ["student s2"]},
        "create": {"has no account yet": ["student s3"]},
    }
    grade = tiny_school.run("plan", str(file), "--grade", "9").doc["people"]
    assert [p["id"] for p in grade] == ["c1", "s1", "s3"]


def test_a_saved_plan_says_what_it_holds(tiny_school: TinySchool) -> None:
    tiny_school.limits["disable"] = 0
    tiny_school.student("s1").sync()
    file = tiny_school.folder / "tonight.plan"
    tiny_school.student("s1", enrolled={}).plan("--out", str(file))
    shown = tiny_school.run("plan", str(file))
    assert (shown.exit_code, [h["allow"] for h in shown.doc["held"]]) == (3, ["disable=1"])
