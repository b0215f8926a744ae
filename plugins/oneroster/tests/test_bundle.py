"""Bundles as vendors send them: what is read, what is refused, and what is never guessed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl
import pytest
from bundles import BUNDLE, Read, write

from dayzero.errors import ConfigurationError, SourceError

pytestmark = pytest.mark.slow

EVERYONE = {("ann", "2027", "09"), ("ann", "2028", "10"), ("bob", "2028", "10"), ("cy", "2027", "09")}


def changed(file: str, old: str, new: str) -> str:
    assert old in BUNDLE[file]
    return BUNDLE[file].replace(old, new)


def test_the_bundle_as_it_is(tmp_path: Path) -> None:
    read = Read(write(tmp_path))
    assert read.places() == EVERYONE
    assert read.entries() == {(s, y) for s, y, _ in EVERYONE}
    assert dict(read["school_years"].select("year_id", "role").iter_rows()) == {"2027": "active", "2028": "scheduling"}
    assert read.ids("contacts") == ["dad"]
    links = set(read["relationships"].select("student_id", "contact_id").iter_rows())
    assert links == {("ann", "dad"), ("bob", "dad")}
    assert set(read.states.values()) == {"complete"}
    assert read.rules == {"several-schools", "staff-linked-as-parent"}


def test_no_password_and_no_phone_number_leaves_the_bundle(tmp_path: Path) -> None:
    students = Read(write(tmp_path))["students"]
    assert not {"password", "sms", "phone", "agentSourcedIds"} & set(students.columns)
    assert students.filter(pl.col("student_id") == "ann").select("user_id_LDAP", "user_id_Fed").row(0) == ("a1", "7")


@pytest.mark.parametrize("form", ["bom", "crlf", "cp1252", "order", "case", "zip", "semicolon"])
def test_forms_of_a_csv_file(tmp_path: Path, form: str) -> None:
    users = BUNDLE["users"].replace("Ito", "Itó")
    settings = {}
    folder = tmp_path / "bundle"
    if form == "bom":
        write(folder, users="\ufeff" + users)
    elif form == "crlf":
        write(folder, users=users.replace("\n", "\r\n"))
    elif form == "cp1252":
        settings = {"encoding": "cp1252"}
        write(folder, "cp1252", users=users)
    elif form == "order":
        header, *rows = (line.split(",") for line in BUNDLE["orgs"].splitlines())
        turned = "\n".join(",".join(reversed(line)) for line in (header, *rows))
        write(folder, users=users, orgs=turned + "\n")
    elif form == "case":
        header, _, rows = users.partition("\n")
        write(folder, users=f"{header.upper()}\n{rows.replace('student', 'STUDENT').replace('active', 'Active')}")
    elif form == "semicolon":
        settings = {"delimiter": ";"}
        text = {
            name: body.replace(",", ";")
            for name, body in {**BUNDLE, "users": users.replace('"{LDAP:a1},{Fed:7}"', "")}.items()
        }
        write(folder, **text)
    else:
        write(folder, users=users)
        with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
            for path in folder.glob("*.csv"):
                archive.write(path, f"export/{path.name}")
        folder = tmp_path / "bundle.zip"
    read = Read(folder, **settings)
    assert read.places() == EVERYONE
    assert read["students"]["family_name"].to_list() == ["Itó", "Itó", "Oak"]


def test_a_further_column_never_stands_for_one_of_dayzeros(tmp_path: Path) -> None:
    header, *rows = BUNDLE["users"].splitlines()
    users = "\n".join([f"{header},kind,student_id,parent,removed", *(f"{row},x,x,x,yes" for row in rows)]) + "\n"
    read = Read(write(tmp_path, users=users))
    assert read.ids("students") == ["ann", "bob", "cy"]
    assert {"users.kind", "users.student_id", "parent"} <= set(read["students"].columns)


def test_undecodable_bytes_name_the_line_and_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"users\.csv, line 2") as caught:
        Read(write(tmp_path, "cp1252", users=BUNDLE["users"].replace("Ito", "Itó")))
    assert "encoding" in caught.value.remedy


def test_dates_are_never_guessed(tmp_path: Path) -> None:
    text = changed("enrollments", "bob,student,2027-08-19,2028-06-09", "bob,student,19/08/2027,09/06/2028")
    read = Read(write(tmp_path, enrollments=text))
    assert "date-unreadable" in read.rules
    assert any('date_format = "%d/%m/%Y"' in f.message for f in read.findings)
    assert set(read.states.values()) == {"partial", "complete"}
    problem = read["enrollments"].filter(pl.col("student_id") == "bob")["source_problem"].item()
    assert problem == "beginDate 19/08/2027 is no date"
    assert Read(tmp_path, date_format="%d/%m/%Y").places() == EVERYONE


def test_a_ragged_user_keeps_the_account_there_is(tmp_path: Path) -> None:
    read = Read(write(tmp_path, users=BUNDLE["users"] + "eve,active,2026-08-01,student\n"))
    for table in ("students", "contacts"):
        assert read[table].filter(pl.col("source_problem").is_not_null()).height == 1


def test_a_row_that_names_nobody_makes_the_read_doubtful(tmp_path: Path) -> None:
    """It may have been anybody's only enrollment."""
    for row in ("e9,active,2026-08-01", "e9,active,2026-08-01,H27,N,,student,2026-08-20,2027-06-10"):
        read = Read(write(tmp_path, enrollments=f"{BUNDLE['enrollments']}{row}\n"))
        assert "row-unreadable" in read.rules
        assert read.states["students"] == "partial"


def test_who_is_in_a_class_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    text = changed("classes", "H28,Room 10,10,homeroom,N,T28", "H28,Room 10,10")
    unread = Read(write(tmp_path, classes=text))["enrollments"].filter(pl.col("source_problem").is_not_null())
    assert unread["student_id"].sort().to_list() == ["ann", "bob"]


def test_a_teacher_whose_role_cannot_be_read_is_no_parent_by_another(tmp_path: Path) -> None:
    roles = "sourcedId,userSourcedId,role,beginDate\nr1,tea,teacher\nr2,tea,guardian,\n"
    read = Read(write(tmp_path, roles=roles, users=changed("users", "2026-08-01,teacher,Tea", "2026-08-01,,Tea")))
    contacts = read["contacts"]
    assert contacts.filter(pl.col("source_problem").is_null())["contact_id"].to_list() == ["dad"]
    assert contacts.filter(pl.col("source_problem").is_not_null())["contact_id"].to_list() == ["tea"]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("users", "familyName", "surname", "lacks familyName"),
        ("users", "status", "staus", "no status"),
        ("enrollments", "endDate", "endate", "no endDate"),
        ("academicSessions", "2026-08-01,2027-07-31", "01/08/2026,31/07/2027", "no date"),
        ("academicSessions", "2026-08-01,2027-07-31,,2027", "2026-08-01", "fields"),
    ],
)
def test_what_would_read_as_something_else_is_refused(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    with pytest.raises(SourceError, match=rf"{file}\.csv.*{said}") as caught:
        Read(write(tmp_path, **{file: changed(file, old, new)}))
    assert caught.value.remedy


@pytest.mark.parametrize(("file", "who"), [("users", "tea"), ("enrollments", "cy")])
def test_a_last_line_without_an_end_is_told_of_whom_it_names(tmp_path: Path, file: str, who: str) -> None:
    read = Read(write(tmp_path, **{file: BUNDLE[file].rstrip("\n")}))
    for table in ("students", "enrollments", "contacts", "relationships"):
        said = read[table].filter(pl.col("source_unended"))
        assert {*said.get_column("student_id" if "student_id" in said.columns else "contact_id")} <= {who}
    if who == "cy":
        assert read["students"].filter(pl.col("source_unended"))["student_id"].to_list() == ["cy"]
    assert "source_unended" not in Read(write(tmp_path))["students"].columns


def test_a_file_that_ends_in_its_header_is_cut(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cut off"):
        Read(write(tmp_path, classes="sourcedId,ti"))


def test_years_without_a_school_year_session(tmp_path: Path) -> None:
    rows = [line for line in BUNDLE["academicSessions"].splitlines() if not line.startswith("SY")]
    read = Read(write(tmp_path, academicSessions="\n".join(rows) + "\n"))
    assert read.places() == EVERYONE
    assert {"no-school-year-session", "session-parent-missing"} <= read.rules
    assert read.states["students"] == "complete"


def test_a_session_without_a_year_takes_its_parents(tmp_path: Path) -> None:
    text = changed("academicSessions", "SY28,2028\n", "SY28,\n").replace("SY27,2027\n", "SY27,\n")
    assert Read(write(tmp_path, academicSessions=text)).places() == EVERYONE


@pytest.mark.parametrize("asked", ["2028", "SY28", "2027-28"])
def test_the_active_year_by_setting(tmp_path: Path, asked: str) -> None:
    roles = Read(write(tmp_path), active_year=asked)["school_years"]
    assert dict(roles.select("year_id", "role").iter_rows()) == {"2027": "past", "2028": "active"}


def test_an_unknown_year_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="2027, 2028"):
        Read(write(tmp_path), active_year="2031")


@pytest.mark.parametrize("school", ["N", "north"])
def test_one_school_of_a_district(tmp_path: Path, school: str) -> None:
    read = Read(write(tmp_path), school=school)
    assert read.ids("students") == ["ann", "bob"]
    assert read.places() == {p for p in EVERYONE if p[0] != "cy"}
    with pytest.raises(ConfigurationError, match="West"):
        Read(tmp_path, school="West")


@pytest.mark.parametrize(
    ("begins", "enters"),
    [("2027-08-19", True), ("2027-08-01", True), ("", True), ("2027-09-02", True), ("2027-09-03", False)],
)
def test_entry_on_day_0_is_an_enrollment_from_the_first_term_day_on(tmp_path: Path, begins: str, enters: bool) -> None:
    """R6: the year begins on 1 August, its first term on the 19th; a fortnight later still counts."""
    text = changed("enrollments", "bob,student,2027-08-19", f"bob,student,{begins}")
    read = Read(write(tmp_path, enrollments=text))
    assert (("bob", "2028") in read.entries()) is enters
    assert ("bob", "2028", "10") in read.places()


@pytest.mark.parametrize(
    ("row", "there"),
    [
        ("H27,N,ann,student,2026-08-20,2026-10-01", False),
        ("H27,N,ann,student,2026-08-20,2027-02-01", True),
        ("H27,N,ann,student,2026-08-20,", True),
        ("H27,N,ann,student,,", True),
        (",N,ann,student,2026-08-20,2027-06-10", True),
        (",N,ann,student,,", True),
    ],
)
def test_an_enrollment_that_ended_early_is_no_membership(tmp_path: Path, row: str, there: bool) -> None:
    text = changed("enrollments", "H27,N,ann,student,2026-08-20,2027-06-10", row)
    assert (("ann", "2027", "09") in Read(write(tmp_path, enrollments=text)).places()) is there


def test_who_finished_a_semester_has_not_left(tmp_path: Path) -> None:
    """In spring, before the second semester's classes are in the SIS, and after a class was dropped in November."""
    sessions = BUNDLE["academicSessions"] + "S1,active,,Fall,semester,2026-08-20,2027-01-15,SY27,2027\n"
    classes = BUNDLE["classes"] + "ALG,Algebra,09,scheduled,N,S1\n"
    rows = changed("enrollments", "ann,student,2026-08-20,2027-06-10", "ann,student,2026-08-20,2026-11-02")
    rows += "e9,active,,ALG,N,ann,student,2026-08-20,2027-01-15\n"
    read = Read(write(tmp_path, academicSessions=sessions, classes=classes, enrollments=rows))
    assert ("ann", "2027", "09") in read.places()


@pytest.mark.parametrize(
    ("setting", "granted"),
    [
        ("all", "true"),
        ("none", "false"),
        ("role:guardian", "false"),
        ("role:guardian, Parent", "true"),
        ("metadata.web", "yes"),
    ],
)
def test_portal_access_by_setting(tmp_path: Path, setting: str, granted: str) -> None:
    header, *rows = BUNDLE["users"].splitlines()
    users = "\n".join([f"{header},metadata.web", *(f"{row},{'yes' if row.startswith('dad') else ''}" for row in rows)])
    read = Read(write(tmp_path, users=users + "\n"), portal_access=setting)
    assert str(read["contacts"]["portal_access"].item()) == granted


def test_portal_access_by_an_unknown_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"metadata\.web"):
        Read(write(tmp_path), portal_access="metadata.web")


def test_staff_is_a_parent_only_where_role_and_setting_say_so(tmp_path: Path) -> None:
    """Case 39: one record with both roles; a link alone never makes a teacher somebody's parent."""
    roles = "sourcedId,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\nr1,tea,secondary,guardian,,,N\n"
    assert Read(write(tmp_path, roles=roles)).ids("contacts") == ["dad"]
    assert Read(tmp_path, staff_parents=True).ids("contacts") == ["dad", "tea"]
    assert Read(write(tmp_path), staff_parents=True).ids("contacts") == ["dad"]


def test_relationships_of_school_data_sync(tmp_path: Path) -> None:
    text = "userSourcedId,relationshipUserSourcedId,relationshipRole\ncy,dad,grandparent\nann,dad,father\n"
    links = Read(write(tmp_path, relationships=text))["relationships"].select("student_id", "contact_id", "relation")
    assert set(links.iter_rows()) == {("cy", "dad", "grandparent"), ("ann", "dad", "father"), ("bob", "dad", "parent")}


def test_the_manifest_is_honoured(tmp_path: Path) -> None:
    said = BUNDLE["manifest"] + "file.orgs,absent\nfile.roles,bulk\nfile.users,Bulk\nfile.classes,later\n"
    read = Read(write(tmp_path, manifest=said))
    assert {"manifest-says-absent", "manifest-file-missing", "manifest-value"} <= read.rules
    assert read.states["students"] == "partial"
    accepted = Read(tmp_path, accept=["manifest-says-absent", "manifest-file-missing"])
    assert accepted.rules == read.rules
    assert accepted.states["students"] == "complete"


def test_without_users_or_any_file(tmp_path: Path) -> None:
    assert Read(write(tmp_path, users=None)).tables["students"] is None
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="no OneRoster file"):
        Read(tmp_path / "empty")


@pytest.mark.parametrize(
    ("date_format", "day", "read"),
    [
        ("%m/%d/%Y", "8/19/27", False),
        ("%m/%d/%y", "8/19/27", True),
        ("%m/%d/%Y", "8/19/2027", True),
        ("", "0027-08-19", False),
        ("", "2027-08-19T00:00:00Z", True),
    ],
)
def test_c2_a_year_of_two_digits_is_no_year(tmp_path: Path, date_format: str, day: str, read: bool) -> None:
    rows = changed("enrollments", "bob,student,2027-08-19", f"bob,student,{day}")
    found = Read(write(tmp_path, enrollments=rows), date_format=date_format)
    assert (("bob", "2028", "10") in found.places()) is read
    assert ("date-unreadable" in found.rules) is not read


@pytest.mark.parametrize("file", ["users", "enrollments", "classes", "academicSessions"])
@pytest.mark.parametrize("rows", [1, 3])
def test_rows_without_any_value_are_passed_over(tmp_path: Path, file: str, rows: int) -> None:
    blank = "," * BUNDLE[file].partition("\n")[0].count(",") + "\n"
    read = Read(write(tmp_path, **{file: BUNDLE[file] + blank * rows}))
    assert read.places() == EVERYONE
    assert set(read.states.values()) == {"complete"}
    assert [(f.table, f.value) for f in read.findings if f.rule == "row-blank"] == [(f"{file}.csv", str(rows))]
    strays = BUNDLE["enrollments"] + "e9,active,,GONE,N,cy,student,2026-08-20,2027-06-10\n"
    if file != "enrollments":  # nothing of the file is missing for a blank row
        read = Read(write(tmp_path, **{file: BUNDLE[file] + blank * rows, "enrollments": strays}))
        assert "source_problem" not in read["enrollments"].columns


def test_days_of_grace_are_not_negative(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="entry_grace_days"):
        Read(write(tmp_path), entry_grace_days=-1)
