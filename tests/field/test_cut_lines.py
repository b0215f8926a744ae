"""I7: a file that is cut off. The last line without its end is not believed, and what would come after it is not gone."""

from __future__ import annotations

import pytest
from tiny_school import ACTIVE, NEWCOMER, SCHEDULING, TinySchool

TABLES = ["students", "enrollments", "calendar_codes", "contacts", "relationships"]


def exported(school: TinySchool, table: str) -> bytes:
    """Return a table as the school exports it: line feeds, and one at the end."""
    school.files.pop(table, None)
    school.write()
    return (school.folder / "export" / f"{table}.csv").read_bytes().replace(b"\r\n", b"\n")


@pytest.fixture
def families(tiny_school: TinySchool) -> TinySchool:
    for n in range(1, 4):
        tiny_school.student(f"s{n}", **NEWCOMER).contact(f"c{n}", children=[f"s{n}"])
    for table in TABLES:
        tiny_school.files[table] = exported(tiny_school, table)
    assert tiny_school.sync(yes=True).exit_code == 0
    return tiny_school


def doubts(run: object) -> list[tuple[str, str]]:
    return [(d["doubt"], d["table"]) for d in run.doc["reads"]]  # type: ignore[attr-defined]


MAILS_LAST = (
    "contact_id,family_name,portal_access,primary_email\nc1,Family c1,yes,c1@homes.example\n"
    "c0,Family c0,yes,c0@homes.example\n"
)


@pytest.fixture
def mails_last(tiny_school: TinySchool) -> TinySchool:
    tiny_school.contact("c1", children=["s0"]).files["contacts"] = MAILS_LAST
    assert tiny_school.sync().exit_code == 0
    return tiny_school


def test_i7_a_login_that_was_cut_off_is_nobodys(mails_last: TinySchool) -> None:
    before = mails_last.everything()
    mails_last.files["contacts"] = MAILS_LAST[:-5]
    run = mails_last.sync()
    assert (run.exit_code, doubts(run)) == (3, [("cut-line", "contacts")])
    assert [(u["kind"], u["person_id"]) for u in run.doc["unreadable"]] == [("parent", "c0")]
    assert run.doc["reads"][0]["evidence"] == ["c0"]
    assert mails_last.everything() == before
    assert doubts(mails_last.sync()) == [("cut-line", "contacts")], "it is no less doubtful the next night"
    mails_last.files["contacts"] = MAILS_LAST
    assert mails_last.sync().exit_code == 0


def test_i7_a_table_that_has_no_last_line_end_any_more_is_released_once(mails_last: TinySchool) -> None:
    mails_last.files["contacts"] = MAILS_LAST.replace("c0@", "new@").rstrip("\n")
    assert mails_last.sync().doc["reads"][0]["allow"] == "cut-line=1"
    assert mails_last.sync(allow="cut-line=1").exit_code == 0
    assert mails_last.account("parent", "c0")["login"] == "new@homes.example"
    again = mails_last.sync()
    assert (again.exit_code, again.doc["reads"]) == (0, [])


def test_i7_a_table_that_never_had_one_is_read_as_ever(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", children=["s0"]).files["contacts"] = MAILS_LAST.rstrip("\n")
    for _ in range(2):
        run = tiny_school.sync()
        assert (run.exit_code, run.doc["reads"]) == (0, [])


def test_i7_a_row_that_is_too_short_is_cut_off_whatever_was_before(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", children=["s0"])
    tiny_school.files["contacts"] = exported(tiny_school, "contacts")[:-8]
    run = tiny_school.sync()
    assert (run.exit_code, doubts(run)) == (3, [("cut-line", "contacts")])
    assert (tiny_school.status("parent", "c0"), tiny_school.status("parent", "c1")) == ("pending", None)


def test_i7_two_tables_are_released_as_one(families: TinySchool) -> None:
    for table in ("students", "contacts"):
        families.files[table] = bytes(families.files[table] or b"")[:-1]
    run = families.plan(yes=True)
    assert [d["allow"] for d in run.doc["reads"]] == ["cut-line=2", "cut-line=2"]
    assert families.sync(yes=True, allow="cut-line=2").exit_code == 0


@pytest.mark.parametrize("table", TABLES)
def test_i7_wherever_a_table_is_cut_nothing_is_taken(families: TinySchool, table: str) -> None:
    whole, before, again = bytes(families.files[table] or b""), families.everything(), families.keep()
    lines = whole.splitlines(keepends=True)
    last = len(whole) - len(lines[-1])
    for length in (last - 7, last - 1, *range(last + 1, len(whole), 9)):
        families.files[table] = whole[:length]
        run = families.sync(yes=True)
        assert families.everything() == before, (table, whole[length - 20 : length])
        assert doubts(run)[0][0] in ("cut-line", "torn-read"), (table, whole[length - 20 : length])
        again()


BEHIND = ["enrollments", "calendar_codes", "relationships"]
"""Tables whose end takes from people who have a row of their own elsewhere."""


def ends_earlier(run: object) -> list[str]:
    return [f["table"] for f in run.doc["findings"] if f["rule"] == "table-ends-earlier"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("lines", [2, 3])
@pytest.mark.parametrize("table", BEHIND)
def test_i7_a_table_that_is_cut_behind_a_line_is_named(families: TinySchool, table: str, lines: int) -> None:
    whole = bytes(families.files[table] or b"")
    families.files[table] = b"".join(whole.splitlines(keepends=True)[:-lines])
    run = families.plan(yes=True)
    assert (ends_earlier(run), run.doc["reads"]) == ([table], [])
    assert "s3" in next(f["message"] for f in run.doc["findings"] if f["rule"] == "table-ends-earlier")
    families.files[table] = whole
    assert ends_earlier(families.plan(yes=True)) == []


@pytest.mark.parametrize("gone", [2, 3])
def test_i7_courses_that_are_cut_behind_a_line_are_named(families: TinySchool, gone: int) -> None:
    for year in (ACTIVE, SCHEDULING):
        for number in range(4):
            families.row("courses", course_id=f"k{number}-{year}", year_id=year, title=f"Course {number}")
    assert families.sync(yes=True).exit_code == 0
    for _ in range(gone):
        families.rows["courses"].pop()
    assert ends_earlier(families.sync(yes=True)) == ["courses"]
    families.files.clear()
    families.student("s9", **NEWCOMER)
    assert ends_earlier(families.sync(yes=True)) == [], "the next read is held against this one"


def test_i7_a_last_row_that_is_gone_is_what_an_office_does(families: TinySchool) -> None:
    """Rows of one, a row whose person has left, and rows that are corrected are not remarked on."""
    families.files.clear()

    def goes(kind: str, ident: str) -> None:
        run = families.sync(yes=True)
        assert (run.exit_code, ends_earlier(run), families.status(kind, ident)) == (0, [], "disabled")

    families.remove("relationships", contact_id="c3")
    goes("parent", "c3")
    families.code("s3", SCHEDULING, 3, "N").code("s3", SCHEDULING, 4, "N")
    assert families.sync(yes=True).exit_code == 0
    families.remove("calendar_codes", student_id="s3")
    goes("student", "s3")
    families.contact("both", children=["s1", "s2"])
    assert families.sync(yes=True).exit_code == 0
    families.remove("relationships", contact_id="both")
    goes("parent", "both")
    families.forget_student("s3").forget_student("s2").remove("contacts", contact_id="c2")
    goes("student", "s2")
    families.student("s1", enrolled={SCHEDULING: "10"}, entry={SCHEDULING: 0})
    families.student("s0", enrolled={ACTIVE: "10", SCHEDULING: "12"}, entry={ACTIVE: 0, SCHEDULING: 0})
    assert ends_earlier(families.sync(yes=True)) == []


def test_i7_a_year_that_is_gone_takes_its_rows_along(families: TinySchool) -> None:
    families.files.clear()
    for table in ("enrollments", "calendar_codes"):
        families.remove(table, year_id=SCHEDULING)
    families.remove("school_years", year_id=SCHEDULING)
    assert ends_earlier(families.plan()) == []
