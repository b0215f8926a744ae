"""B1-B3: an id is not a person. Who is in doubt is untouched until somebody answers; everybody else goes on."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, SCHEDULING, Outcome, TinySchool

pytestmark = pytest.mark.slow

OTTO: dict[str, Any] = {"given_name": "Otto", "family_name": "Old", "birth_date": "2008-03-09"}
NINA: dict[str, Any] = {"given_name": "Nina", "family_name": "New", "birth_date": "2012-11-01"}


def doubts(run: Outcome) -> list[tuple[str, str, str]]:
    return [(d["doubt"], d["kind"], d["person_id"]) for d in run.doc["doubts"]]


def decided(school: TinySchool, answer: str, *options: str, only: str | None = None, yes: bool = False) -> Outcome:
    """Answer every doubt, or those of one kind, and sync."""
    file = school.folder / "doubts.csv"
    school.plan("--doubts-out", str(file), yes=yes)
    with file.open(newline="") as doubtful:
        rows = list(csv.DictReader(doubtful))
    for row in rows:
        row["decision"] = answer if only in (None, row["doubt"]) else ""
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return school.sync("--decide", str(file), *options, yes=yes)


# -- B1: the id is somebody else's


@pytest.fixture
def reused(tiny_school: TinySchool) -> TinySchool:
    """Otto has left with an account of his own and a mother; his id is Nina's now."""
    tiny_school.student("1001", "otto@pupils.example", **OTTO).contact("m1", children=["1001"]).sync()
    tiny_school.sign_in("student", "1001", "Ottos-secret1")
    tiny_school.remove("enrollments", student_id="1001").sync()
    assert tiny_school.status("student", "1001") == "disabled"
    return tiny_school.student("1001", "nina@pupils.example", **NINA)


def test_b1_a_reused_id_is_in_doubt_and_untouched(reused: TinySchool) -> None:
    before = reused.everything()
    run = reused.sync()
    assert run.exit_code == 3
    assert doubts(run) == [("another-person", "student", "1001")]
    assert run.doc["doubts"][0]["was"] == "Otto Old, otto@pupils.example"
    assert run.doc["doubts"][0]["is"] == "Nina New, nina@pupils.example"
    assert reused.everything() == before
    assert run.withheld("student", "1001") is None
    assert run.doc["unreadable"] == []


def test_b1_everybody_else_goes_on(reused: TinySchool) -> None:
    assert reused.student("s2").sync().exit_code == 3
    assert reused.status("student", "s2") == "pending"
    assert reused.sync().exit_code == 3, "it is said every night"


def test_b1_same_lets_the_account_follow(reused: TinySchool) -> None:
    run = decided(reused, "same")
    assert (run.exit_code, run.op("student", "1001")) == (0, "enable")
    assert reused.account("student", "1001")["given_name"] == "Nina"
    assert reused.has_password("student", "1001", "Ottos-secret1")
    assert reused.sync().doc["operations"] == []


def test_b1_other_renews_it_and_cuts_the_mothers_link(reused: TinySchool) -> None:
    run = decided(reused, "other")
    assert run.op("student", "1001") == "renew"
    assert run.operation("student", "1001")["changes"]["given_name"] == ["Otto", "Nina"]
    assert run.doc["counts"]["student"]["renew"] == 1
    assert doubts(run) == [("link-of-another", "parent", "m1")]
    assert run.exit_code == 3
    assert reused.account("student", "1001")["given_name"] == "Nina"
    assert not reused.has_password("student", "1001")
    assert reused.status("parent", "m1") == "disabled"
    again = reused.sync()
    assert (again.exit_code, again.doc["operations"]) == (3, [])


def test_b1_a_stale_link_gives_nothing_until_it_is_said_to_be_right(reused: TinySchool) -> None:
    decided(reused, "other")
    run = decided(reused, "same")
    assert (run.exit_code, run.op("parent", "m1")) == (0, "enable")
    assert reused.account("parent", "m1")["children"] == ["1001"]


@pytest.mark.parametrize("answer", ["other", "leave"])
def test_b1_a_stale_link_that_is_known_is_not_said_again(reused: TinySchool, answer: str) -> None:
    decided(reused, "other")
    run = decided(reused, answer)
    assert (run.exit_code, doubts(run), run.doc["operations"]) == (0, [], [])
    assert reused.sync().exit_code == 0
    assert reused.status("parent", "m1") == "disabled"


def test_b1_a_link_that_is_new_is_the_new_persons(reused: TinySchool) -> None:
    decided(reused, "other")
    mother = reused.contact("m2", children=["1001"])
    assert mother.sync().op("parent", "m2") == "create"
    reused.remove("relationships", contact_id="m1")
    assert reused.sync().exit_code == 0, "the row has gone"
    reused.row("relationships", student_id="1001", contact_id="m1")
    assert reused.sync().op("parent", "m1") == "enable", "and comes anew"


def test_b1_nobody_new_sees_who_is_in_doubt(reused: TinySchool) -> None:
    run = reused.contact("m2", children=["1001"]).sync()
    assert run.op("parent", "m2") is None
    assert reused.account("parent", "m2") is None


def test_b1_an_id_that_changes_hands_while_in_use(tiny_school: TinySchool) -> None:
    tiny_school.student("1001", "otto@pupils.example", **OTTO).contact("m1", children=["1001"]).sync()
    tiny_school.sign_in("student", "1001", "Ottos-secret1")
    before = tiny_school.everything()
    run = tiny_school.student("1001", "nina@pupils.example", **NINA).sync()
    assert (run.exit_code, doubts(run), tiny_school.everything()) == (
        3,
        [("another-person", "student", "1001")],
        before,
    )
    decided(tiny_school, "other")
    assert tiny_school.status("student", "1001") == "pending"
    assert not tiny_school.has_password("student", "1001")
    assert tiny_school.status("parent", "m1") == "disabled"


def test_b1_with_a_login_made_of_the_id(tiny_school: TinySchool) -> None:
    tiny_school.student("1001", "1001@pupils.example", **OTTO).sync()
    tiny_school.sign_in("student", "1001", "Ottos-secret1")
    run = tiny_school.student("1001", "1001@pupils.example", **NINA).sync()
    assert doubts(run) == [("another-person", "student", "1001")]
    decided(tiny_school, "other")
    assert not tiny_school.has_password("student", "1001")


def test_b1_a_contacts_id(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2")
    tiny_school.contact("m1", "olga@homes.example", given_name="Olga", family_name="Old", children=["s1"]).sync()
    tiny_school.sign_in("parent", "m1", "Olgas-secret1")
    before = tiny_school.everything()
    petra = {"given_name": "Petra", "family_name": "Neu"}
    run = tiny_school.contact("m1", "petra@homes.example", children=["s2"], **petra).sync()
    assert (run.exit_code, doubts(run), tiny_school.everything()) == (3, [("another-person", "parent", "m1")], before)
    decided(tiny_school, "other")
    account = tiny_school.account("parent", "m1")
    assert (account["given_name"], account["children"], account["status"]) == ("Petra", ["s2"], "pending")
    assert not tiny_school.has_password("parent", "m1")


def test_b1_a_contacts_former_child_is_cut(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2")
    tiny_school.contact("m1", given_name="Olga", family_name="Old", children=["s1"]).sync()
    tiny_school.contact("m1", given_name="Petra", family_name="Neu", children=["s1", "s2"])
    decided(tiny_school, "other")
    assert tiny_school.account("parent", "m1")["children"] == ["s2"]


def test_b1_a_renewal_cannot_be_undone(reused: TinySchool) -> None:
    run = decided(reused, "other")
    undone = reused.run("undo", run.doc["run_id"], "--yes")
    assert undone.exit_code == 3
    assert "another person" in undone.stderr


def test_b1_who_is_renewed_and_cannot_sign_in_keeps_nobodys_account(tiny_school: TinySchool) -> None:
    tiny_school.student("1001", "otto@pupils.example", **OTTO).sync()
    tiny_school.student("1001", "", **NINA)
    assert decided(tiny_school, "other").op("student", "1001") == "disable"


def test_b1_a_saved_plan_knows_its_doubts(reused: TinySchool) -> None:
    file = str(reused.folder / "tonight.plan")
    reused.student("s2").plan("--out", file)
    run = reused.run("sync", "--plan", file)
    assert (run.exit_code, reused.status("student", "s2")) == (3, "pending")
    assert reused.account("student", "1001")["given_name"] == "Otto"


def test_b1_who_was_left_is_left_however_many_nights(tiny_school: TinySchool) -> None:
    """Also where it is the birth date by which they are another: it is not remembered of somebody who is untouched."""
    tiny_school.student("s1", **OTTO).sync()
    tiny_school.student("s1", **{**OTTO, "given_name": "Nina", "birth_date": "2014-11-01"})
    before = tiny_school.everything()
    assert decided(tiny_school, "leave").exit_code == 0
    for _ in range(3):
        run = tiny_school.student("s2", given_name="Ada").sync()
        tiny_school.forget_student("s2").sync()
        assert (run.exit_code, run.op("student", "s1")) == (0, None)
    accounts, records = tiny_school.everything()
    assert [a for a in accounts if a["person_id"] == "s1"] == [a for a in before[0] if a["person_id"] == "s1"]
    assert [r for r in records[0] if r["id"] == "s1"] == [r for r in before[1][0] if r["id"] == "s1"]


def test_b1_a_stale_link_stays_cut_when_the_portal_was_lost_and_made_again(reused: TinySchool) -> None:
    decided(reused, "other")
    reused.cloud.world.reset(seed=3)
    lost = reused.sync()
    assert [d["doubt"] for d in lost.doc["reads"]] in ([], ["lost-portal"])
    release = [f"--allow={d['allow']}" for d in lost.doc["reads"]]
    reused.sync(*release)
    assert reused.account("student", "1001")["given_name"] == "Nina"
    assert reused.account("parent", "m1") is None


def test_b1_explain_says_it(reused: TinySchool) -> None:
    said = reused.explain("1001").doc
    assert said["verdict"] == "another-person"
    assert said["doubts"][0]["was"].startswith("Otto")
    assert "other" in said["remedy"]


def test_b1_birth_dates_are_remembered_as_marks_alone(reused: TinySchool) -> None:
    state = reused.folder / ".dayzero"
    assert (state / "births.key").stat().st_mode & 0o777 == 0o600
    kept = b"".join(f.read_bytes() for f in state.iterdir() if f.is_file())
    assert b"2008-03-09" not in kept


def test_b1_with_the_key_lost_nobody_is_taken_for_reborn(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **OTTO).student("s2", **NINA).sync()
    (tiny_school.folder / ".dayzero" / "births.key").unlink()
    tiny_school.forget_student("s2").student("s3").sync()
    again = tiny_school.student("s2", **{**NINA, "family_name": "Newer"}).sync()
    assert (again.exit_code, doubts(again), again.findings("birth-date-changed")) == (0, [], [])


# -- B2: ids that a spreadsheet wrote


IN_EVERY_FILE = ("students", "enrollments", "calendar_codes", "relationships")


def written_as(
    school: TinySchool, spelled: dict[str, str], tables: tuple[str, ...], column: str = "student_id"
) -> None:
    for table in tables:
        for row in school.rows[table]:
            row[column] = spelled.get(row[column], row[column])


@pytest.fixture
def padded(tiny_school: TinySchool) -> TinySchool:
    for n in (42, 43, 44):
        tiny_school.student(f"000{n}", entry={ACTIVE: 0}).contact(f"00{n}", children=[f"000{n}"])
    tiny_school.sync()
    return tiny_school


@pytest.mark.parametrize("tables", [IN_EVERY_FILE[1:], IN_EVERY_FILE, ("enrollments",), ("relationships",)])
@pytest.mark.parametrize("spelling", ["{0}", "{0}.0", "'000{0}", "000{0}\u200b"], ids=ascii)
def test_b2_ids_written_otherwise_take_nothing_from_anybody(
    padded: TinySchool, tables: tuple[str, ...], spelling: str
) -> None:
    before = padded.accounts()
    written_as(padded, {f"000{n}": spelling.format(n) for n in (42, 43)}, tables)
    run = padded.sync()
    assert run.exit_code == 3
    assert {d for d in doubts(run) if d[1] == "student"} == {("look-alike-id", "student", f"000{n}") for n in (42, 43)}
    assert padded.accounts() == before
    assert run.doc["doubts"][0]["is"] == spelling.format(42)


def test_b2_what_a_spreadsheet_put_around_a_cell_is_no_other_id(padded: TinySchool) -> None:
    written_as(padded, {f"000{n}": f'="000{n}"' for n in (42, 43)}, IN_EVERY_FILE)
    run = padded.sync()
    assert (run.exit_code, doubts(run), run.doc["operations"]) == (0, [], [])


@pytest.mark.parametrize("tables", [("relationships",), ("contacts", "relationships")])
def test_b2_a_contacts_id_as_well(padded: TinySchool, tables: tuple[str, ...]) -> None:
    before = padded.accounts()
    written_as(padded, {"0042": "42"}, tables, "contact_id")
    run = padded.sync()
    assert (run.exit_code, doubts(run), padded.accounts()) == (3, [("look-alike-id", "parent", "0042")], before)


def test_b2_a_rounded_number_is_known_again(tiny_school: TinySchool) -> None:
    tiny_school.student("123456789012").sync()
    before = tiny_school.accounts()
    written_as(tiny_school, {"123456789012": "1.23457E+11"}, IN_EVERY_FILE)
    run = tiny_school.sync()
    assert (doubts(run), tiny_school.accounts()) == ([("look-alike-id", "student", "123456789012")], before)


@pytest.mark.parametrize(
    ("own", "elsewhere"),
    [
        ("É17", "E\u030117"), ("1042", "1,042"), ("1042", "1'042"), ("1042", "1042.00"), ("1042", "+1042"), ("1042", "1 042"),
        ("0042", "\uff10\uff10\uff14\uff12"), ("S-17", "S\u201117"), ("S-17", "s\u201317"),
    ],
)  # fmt: skip
def test_b2_so_is_one_whose_marks_and_letters_were_written_otherwise(
    tiny_school: TinySchool, own: str, elsewhere: str
) -> None:
    tiny_school.student(own).contact("m1", children=[own]).sync()
    before = tiny_school.accounts()
    for table in ("enrollments", "relationships"):
        tiny_school.edit(table, {"student_id": own}, student_id=elsewhere)
    assert doubts(tiny_school.sync()) == [("look-alike-id", "student", own)]
    assert tiny_school.accounts() == before


@pytest.mark.parametrize("tables", [IN_EVERY_FILE[1:], IN_EVERY_FILE])
def test_b2_same_reads_the_new_spelling_as_the_old_id_from_now_on(padded: TinySchool, tables: tuple[str, ...]) -> None:
    written_as(padded, {f"000{n}": str(n) for n in (42, 43)}, tables)
    run = decided(padded, "same")
    assert (run.exit_code, run.doc["operations"]) == (0, [])
    assert padded.sync().exit_code == 0
    assert padded.working("student") == {"s0", "00042", "00043", "00044"}


def test_b2_other_says_they_are_two(padded: TinySchool) -> None:
    padded.remove("enrollments", student_id="00042").student("42", **NINA)
    assert doubts(padded.plan()) == [("look-alike-id", "student", "00042")]
    run = decided(padded, "other")
    assert (run.op("student", "00042"), run.op("student", "42")) == ("disable", "create")


def test_b2_leave_is_a_notice_until_something_changes(padded: TinySchool) -> None:
    before = padded.accounts()
    written_as(padded, {"00042": "42"}, IN_EVERY_FILE)
    run = decided(padded, "leave")
    assert (run.exit_code, doubts(run), padded.accounts()) == (0, [], before)
    assert [f["severity"] for f in run.findings("look-alike-id")] == ["notice"]
    written_as(padded, {"42": "042"}, IN_EVERY_FILE)
    assert padded.plan().exit_code == 3


def test_b2_the_corrected_export_is_no_doubt(padded: TinySchool) -> None:
    written_as(padded, {"00042": "42"}, IN_EVERY_FILE)
    assert padded.sync().exit_code == 3
    written_as(padded, {"42": "00042"}, IN_EVERY_FILE)
    run = padded.sync()
    assert (run.exit_code, run.doc["operations"]) == (0, [])


def test_b2_a_stranger_does_not_get_the_mailbox_meanwhile(padded: TinySchool) -> None:
    """Of two strangers with one mailbox neither gets it, though it is doubtful today who the child of one is."""
    padded.student("s1").contact("x1", "0043@homes.example", children=["s1"])
    padded.contact("0043", "new@homes.example", children=["00043"]).contact("y1", "new@homes.example", children=["s1"])
    padded.contact("z1", "z@homes.example", children=["00042"]).contact("z2", "z@homes.example", children=["s1"])
    assert {padded.plan().reason("parent", p) for p in ("z1", "z2")} == {"shared-by-strangers"}
    written_as(padded, {"00042": "42"}, ("enrollments",))
    run = padded.sync()
    assert run.reason("parent", "z2") == "shared-by-strangers"
    assert padded.account("parent", "z2") is None


def test_explain_asks_no_rule_about_somebody_in_doubt(padded: TinySchool) -> None:
    written_as(padded, {"00042": "42"}, ("enrollments",))
    said = padded.explain("00042").doc
    assert (said["verdict"], [r["code"] for r in said["rules"] if r["asked"] or r["decisive"]]) == ("look-alike-id", [])


# -- B3: new numbers


def test_b3_few_people_under_new_ids_keep_their_accounts(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").contact(
        "old-1", "m@homes.example", children=["s1"], given_name="Mia", family_name="May"
    ).sync()
    tiny_school.sign_in("parent", "old-1")
    tiny_school.remove("contacts", contact_id="old-1").remove("relationships", contact_id="old-1")
    run = tiny_school.contact("new-1", "m@homes.example", children=["s1"], given_name="Mia", family_name="May").sync()
    assert (run.exit_code, run.doc["operations"]) == (0, [])
    assert [f["value"] for f in run.findings("renumbered")] == ["old-1"]
    assert tiny_school.working("parent") == {"c0", "old-1"}
    again = tiny_school.sync()
    assert (again.exit_code, again.findings("renumbered")) == (0, []), "the id map has grown"
    tiny_school.remove("contacts", contact_id="new-1").remove("relationships", contact_id="new-1")
    run = tiny_school.contact("new-2", "m@homes.example", children=["s1"], given_name="Mia", family_name="May").sync()
    assert (run.doc["operations"], tiny_school.working("parent")) == ([], {"c0", "old-1"}), "and again"


def test_b3_a_student_too(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "ada@pupils.example", given_name="Ada", family_name="Day").contact(
        "c1", children=["s1"]
    ).sync()
    tiny_school.forget_student("s1").student("x1", "ada@pupils.example", given_name="Ada", family_name="Day")
    tiny_school.row("relationships", student_id="x1", contact_id="c1")
    run = tiny_school.sync()
    assert (run.exit_code, run.doc["operations"]) == (0, [])
    assert tiny_school.account("parent", "c1")["children"] == ["s1"]


@pytest.mark.parametrize("change", [{"given_name": "Eva"}, {"email": "other@homes.example"}, {"children": ["s2"]}])
def test_b3_not_without_login_names_and_a_child(tiny_school: TinySchool, change: dict[str, Any]) -> None:
    mia: dict[str, Any] = {"email": "m@homes.example", "children": ["s1"], "given_name": "Mia", "family_name": "May"}
    tiny_school.student("s1").student("s2").contact("old-1", **mia).sync()
    tiny_school.remove("contacts", contact_id="old-1").remove("relationships", contact_id="old-1")
    run = tiny_school.contact("new-1", **{**mia, **change}).plan()
    assert run.findings("renumbered") == []
    assert run.op("parent", "old-1") == "disable"


def test_b3_other_says_they_are_two(tiny_school: TinySchool) -> None:
    tiny_school.limits["rekey"] = 0
    tiny_school.student("s1", "ada@pupils.example", given_name="Ada", family_name="Day").sync()
    tiny_school.forget_student("s1").student("x1", "ada@pupils.example", given_name="Ada", family_name="Day")
    assert tiny_school.plan().exit_code == 3


# -- who is nobody else


SAME = {
    "names in each other's place": ({"given_name": "Day", "family_name": "Ada"}, {}),
    "a married name": ({"given_name": "Ada", "family_name": "Knight"}, {}),
    "a corrected birth date": ({}, {"birth_date": "2009-07-14"}),
    "day and month in each other's place": ({}, {"birth_date": "2010-04-03"}),
    "day and month and the address": ({"email": "a.day@pupils.example"}, {"birth_date": "2010-04-03"}),
    "an umlaut written out": ({"given_name": "Äda", "family_name": "Daey"}, {}),
    "another script": ({"given_name": "Ада", "family_name": "Дай"}, {}),
    "case": ({"given_name": "ADA", "family_name": "DAY"}, {}),
    "slips in both": ({"given_name": "Adda", "family_name": "Dayy"}, {}),
    "a new address": ({"email": "knight@pupils.example"}, {}),
}


@pytest.mark.parametrize(("changed", "further"), SAME.values(), ids=list(SAME))
def test_who_is_the_same_is_in_no_doubt(
    tiny_school: TinySchool, changed: dict[str, str], further: dict[str, str]
) -> None:
    ada: dict[str, Any] = {
        "email": "ada@pupils.example",
        "given_name": "Ada",
        "family_name": "Day",
        "birth_date": "2010-03-04",
    }
    tiny_school.student("s1", **ada).sync()
    run = tiny_school.student("s1", **{**ada, **changed, **further}).sync()
    assert (run.exit_code, doubts(run)) == (0, [])
    said = run.findings("birth-date-changed")
    assert bool(said) == (further == {"birth_date": "2009-07-14"})


OTHER = {
    "both names": {"given_name": "Nina", "family_name": "New"},
    "both names and the address": {"given_name": "Nina", "family_name": "New", "email": "nina@pupils.example"},
    "birth date and given name": {"given_name": "Nina", "birth_date": "2012-11-01"},
    "birth date and family name": {"family_name": "New", "birth_date": "2012-11-01"},
    "birth date and address": {"email": "nina@pupils.example", "birth_date": "2012-11-01"},
}


@pytest.mark.parametrize("changed", OTHER.values(), ids=list(OTHER))
def test_who_is_another_is_in_doubt(tiny_school: TinySchool, changed: dict[str, str]) -> None:
    ada: dict[str, Any] = {
        "email": "ada@pupils.example",
        "given_name": "Ada",
        "family_name": "Day",
        "birth_date": "2010-03-04",
    }
    tiny_school.student("s1", **ada).sync()
    run = tiny_school.student("s1", **{**ada, **changed}).sync()
    assert (run.exit_code, doubts(run)) == (3, [("another-person", "student", "s1")])


def test_a_newcomer_in_doubt_at_yes(tiny_school: TinySchool) -> None:
    tiny_school.student("1001", "otto@pupils.example", **OTTO).sync(yes=True)
    run = tiny_school.student("1001", "nina@pupils.example", **NEWCOMER, **NINA).sync(yes=True)
    assert doubts(run) == [("another-person", "student", "1001")]
    assert tiny_school.account("student", "1001")["years"] == ["active"]
    assert SCHEDULING not in str(run.operation("student-record", "1001"))


# -- the file of decisions


@pytest.mark.parametrize(("text", "said"), [
    ("kind,person_id\n", "no column"), ("kind,person_id,doubt,was,is,decision\nstudent,1,another-person,a,b,maybe\n", "line 2"),
    ("kind,person_id,doubt,was,is,decision\nstudent,1,some-doubt,a,b,same\n", "line 2"), (None, "Cannot read"),
])  # fmt: skip
def test_a_file_that_says_no_decision_is_refused(tiny_school: TinySchool, text: str | None, said: str) -> None:
    file = Path(tiny_school.folder / "doubts.csv")
    if text is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    run = tiny_school.plan("--decide", str(file))
    assert run.exit_code == 2
    assert said in run.stderr


def test_b2_two_persons_are_two_families(padded: TinySchool) -> None:
    """The look-alike is somebody else: the link under its id was the other one's, and gives nothing before it is said to."""
    padded.remove("enrollments", student_id="00042")
    padded.student("42", **NINA).row("relationships", student_id="42", contact_id="0042")
    run = decided(padded, "other")
    assert (run.op("student", "42"), doubts(run)) == ("create", [("link-of-another", "parent", "0042")])
    assert padded.status("parent", "0042") == "disabled"
    assert decided(padded, "same").exit_code == 0
    assert padded.account("parent", "0042")["children"] == ["42"]
