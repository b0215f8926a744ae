"""The plan document, its file and its id, exit codes."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool


def canonical(document: Any) -> bytes:
    """Return canonical JSON: UTF-8, sorted keys, no spaces."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def some_people(school: TinySchool) -> TinySchool:
    """Put a few people into the school, one of each sort."""
    school.student("s1", given_name="Zoë", **PROMOTED).student("s2", **NEWCOMER).student("s10", "")
    school.contact("c1", children=["s2", "s10", "s1"], family_name="O'Neil")
    school.row("courses", course_id="ENG1", year_id=SCHEDULING, title="English", credits="1.5", grade_levels="9|10")
    return school


def test_plan_id_is_the_hash_of_the_canonical_lines(tiny_school: TinySchool) -> None:
    file = tiny_school.folder / "tonight.plan"
    planned = some_people(tiny_school).plan("--out", str(file), yes=True)
    header, *operations = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    plan_id = header.pop("plan_id")
    digest = hashlib.sha256(b"".join(canonical(line) + b"\n" for line in [header, *operations])).hexdigest()
    assert plan_id == planned.doc["plan_id"] == digest
    assert [(o["kind"], o["id"]) for o in operations] == sorted((o["kind"], o["id"]) for o in operations)
    assert len(operations) == len(planned.doc["operations"])


def test_the_plan_file_is_applied_exactly(tiny_school: TinySchool) -> None:
    file = tiny_school.folder / "tonight.plan"
    planned = some_people(tiny_school).plan("--out", str(file), yes=True)
    synced = tiny_school.run("sync", "--plan", str(file), "--expect", planned.doc["plan_id"])
    assert synced.exit_code == 0
    assert synced.doc["plan_id"] == planned.doc["plan_id"]
    assert tiny_school.working("student") == {"s0", "s1", "s2"}


def test_a_plan_is_refused_when_the_portal_has_moved_on(tiny_school: TinySchool) -> None:
    file = tiny_school.folder / "tonight.plan"
    some_people(tiny_school).plan("--out", str(file))
    tiny_school.student("late").sync()
    before = tiny_school.accounts()
    refused = tiny_school.run("sync", "--plan", str(file))
    assert refused.exit_code == 3
    assert "revision" in refused.stderr
    assert tiny_school.accounts() == before


def test_a_plan_is_refused_under_another_setting(tiny_school: TinySchool) -> None:
    file = tiny_school.folder / "tonight.plan"
    some_people(tiny_school).plan("--out", str(file))
    tiny_school.write(yes=True)
    assert tiny_school.run("sync", "--plan", str(file)).exit_code == 3
    assert tiny_school.accounts() == {}


def test_another_plan_than_expected_is_refused(tiny_school: TinySchool) -> None:
    file = tiny_school.folder / "tonight.plan"
    some_people(tiny_school).plan("--out", str(file))
    assert tiny_school.run("sync", "--plan", str(file), "--expect", "0" * 64).exit_code == 3
    assert tiny_school.accounts() == {}


def test_row_order_is_irrelevant(tiny_school: TinySchool) -> None:
    first = some_people(tiny_school).plan(yes=True)
    for rows in tiny_school.rows.values():
        random.Random(7).shuffle(rows)
    second = tiny_school.plan(yes=True)
    assert second.doc["plan_id"] == first.doc["plan_id"]
    assert second.doc["operations"] == first.doc["operations"]
    assert second.doc["withheld"] == first.doc["withheld"]


def test_a_create_starts_from_nothing(tiny_school: TinySchool) -> None:
    operation = some_people(tiny_school).plan(yes=True).operation("student", "s2")
    assert operation["op"] == "create"
    assert {
        f: after for f, (before, after) in operation["changes"].items() if before is None and after is not None
    } == {
        "login": "s2@pupils.example",
        "given_name": "Given s2",
        "family_name": "Family s2",
        "grade_level": "9",
        "next_grade_level": "9",
        "years": ["scheduling"],
        "new": True,
    }


def test_a_disable_changes_no_field(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    operation = tiny_school.student("s1", enrolled={}).plan().operation("student", "s1")
    assert (operation["op"], operation["changes"]) == ("disable", {})


def test_an_enable_may_carry_changes(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    tiny_school.student("s1", enrolled={}).sync()
    operation = tiny_school.student("s1", given_name="Renamed").plan().operation("student", "s1")
    assert (operation["op"], operation["changes"]) == ("enable", {"given_name": ["Given s1", "Renamed"]})


def test_counts_are_those_of_the_operations(tiny_school: TinySchool) -> None:
    tiny_school.student("s3").sync()
    planned = some_people(tiny_school).student("s3", given_name="Renamed").plan(yes=True)
    for kind in ("student", "parent"):
        for op in ("create", "update", "disable", "enable"):
            made = [o for o in planned.doc["operations"] if (o["op"], o["kind"]) == (op, kind)]
            assert planned.doc["counts"][kind][op] == len(made), (kind, op)
    assert planned.doc["counts"]["student"]["create"] == 2


def test_parents_name_all_sent_children_and_records_name_them_too(tiny_school: TinySchool) -> None:
    some_people(tiny_school).sync(yes=True)
    account = tiny_school.account("parent", "c1")
    assert account["children"] == ["s1", "s10", "s2"]
    assert account["years"] == ["active", "scheduling"]
    records = {r["id"]: r for r in tiny_school.get("/students", limit=10_000)["items"]}
    assert set(records) == {"s0", "s1", "s2", "s10"}
    assert (records["s1"]["grade_level"], records["s1"]["next_grade_level"]) == ("9", "10")
    years = {y["id"]: y["role"] for y in tiny_school.get("/school-years")["items"]}
    assert (years[ACTIVE], years[SCHEDULING]) == ("active", "scheduling")


def test_the_record_of_a_leaver_goes(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    tiny_school.student("s1", enrolled={}).sync()
    assert {r["id"] for r in tiny_school.get("/students", limit=10_000)["items"]} == {"s0"}


def test_ids_are_text(tiny_school: TinySchool) -> None:
    tiny_school.student("00042", "0815").contact("007", children=["00042"]).sync()
    assert tiny_school.account("student", "00042")["login"] == "0815"
    assert tiny_school.account("parent", "007")["children"] == ["00042"]


def test_one_id_may_be_a_student_s_and_a_contact_s(tiny_school: TinySchool) -> None:
    tiny_school.student("7").contact("7", tick=False, children=["7"])
    assert tiny_school.explain("7", "--kind", "student").doc["verdict"] == "granted"
    assert tiny_school.explain("7", "--kind", "parent").doc["verdict"] == "no-portal-access"


def test_case_60_semicolons_a_bom_and_letters_of_all_kinds(tiny_school: TinySchool) -> None:
    text = (
        "student_id;given_name;family_name;email\ns0;Søren;Ünal;s0@pupils.example\ns1;Zoë;O'Neil;zoë@pupils.example\n"
    )
    tiny_school.source["delimiter"] = "auto"
    tiny_school.student("s1").files["students"] = b"\xef\xbb\xbf" + text.encode()
    tiny_school.sync()
    account = tiny_school.account("student", "s1")
    assert (account["given_name"], account["family_name"], account["login"]) == ("Zoë", "O'Neil", "zoë@pupils.example")


def test_exit_2_when_nobody_can_be_asked(tiny_school: TinySchool) -> None:
    tiny_school.write()
    assert tiny_school.run("sync").exit_code == 2
    assert tiny_school.accounts() == {}


def test_exit_2_for_a_misspelt_setting_names_the_nearest(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["entry_code"] = ["E"]
    refused = tiny_school.plan()
    assert refused.exit_code == 2
    assert "entry_codes" in refused.stderr


def test_exit_2_for_a_literal_token(tiny_school: TinySchool) -> None:
    tiny_school.portal_token = "a-secret"
    refused = tiny_school.plan()
    assert refused.exit_code == 2
    assert "env" in refused.stderr
    assert "a-secret" not in refused.stderr


def test_exit_5_when_the_portal_refuses(tiny_school: TinySchool) -> None:
    tiny_school.token = "wrong"
    assert tiny_school.sync().exit_code == 5


def test_an_enrollment_that_did_not_come_takes_no_year_away(halves: Callable[..., TinySchool]) -> None:
    """R39: of a table that was read in part a missing row says nothing; what is there counts."""
    school = halves(partial=["enrollments"])
    school.student("s1", **PROMOTED, entry={SCHEDULING: 0}).contact("c1", children=["s1"]).sync(yes=True)
    before = school.account("student", "s1"), school.account("parent", "c1"), school.get("/students")
    half = {"enrolled": {SCHEDULING: "10"}, "entry": {SCHEDULING: 0}}
    assert school.student("s1", **half).sync(yes=True).exit_code == 0
    assert (school.account("student", "s1"), school.account("parent", "c1"), school.get("/students")) == before
    school.student("s1", enrolled={ACTIVE: "9"}, given_name="Renamed").sync(yes=True)
    assert school.account("student", "s1") == {**before[0], "given_name": "Renamed"}
    school.source = {"plugin": "halves"}
    school.student("s1", enrolled={ACTIVE: "9"}).sync(yes=True)
    assert (school.account("student", "s1")["years"], school.account("student", "s1")["next_grade_level"]) == (
        ["active"],
        None,
    )
