"""Columns under other names: taken with a notice where they are known, mapped where the school says so, else all told at once."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from bundles import BUNDLE, Read, write

from dayzero.errors import ConfigurationError, SourceError

EVERYONE = {("ann", "2027", "09"), ("ann", "2028", "10"), ("bob", "2028", "10"), ("cy", "2027", "09")}
LINKS = {("ann", "dad"), ("bob", "dad")}


def renamed(file: str, **names: str) -> str:
    header, _, body = BUNDLE[file].partition("\n")
    columns = [names.get(c, c) for c in header.split(",")]
    assert header.split(",") != columns
    return ",".join(columns) + "\n" + body


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("users", {"grades": "grade", "userIds": "userId", "agentSourcedIds": "agents"}),
        ("users", {"agentSourcedIds": "agentSourcedId", "grades": "Grade"}),
        ("classes", {"termSourcedIds": "terms", "grades": "grade"}),
        ("classes", {"termSourcedIds": "sessionSourcedIds", "schoolSourcedId": "orgSourcedId"}),
        ("classes", {"termSourcedIds": "termSourcedId", "classType": "type"}),
        ("enrollments", {"userSourcedId": "user", "classSourcedId": "class", "schoolSourcedId": "school"}),
        ("enrollments", {"beginDate": "startDate", "userSourcedId": "userId"}),
        ("academicSessions", {"parentSourcedId": "parent"}),
    ],
)
def test_a_known_other_name_is_taken_with_a_notice(tmp_path: Path, file: str, names: dict[str, str]) -> None:
    read = Read(write(tmp_path, **{file: renamed(file, **names)}))
    assert read.places() == EVERYONE
    assert set(read["relationships"].select("student_id", "contact_id").iter_rows()) == LINKS
    said = {(f.table, f.column): f.message for f in read.findings if f.rule == "header-alias"}
    assert {column for _, column in said} == set(names.values())
    assert all(spelled in said[f"{file}.csv", header] for spelled, header in names.items())
    assert set(read.states.values()) == {"complete"}


def test_another_name_counts_only_where_the_own_one_is_not_there(tmp_path: Path) -> None:
    header, *rows = BUNDLE["classes"].splitlines()
    classes = "\n".join([f"{header},terms", *(f"{row},T27" for row in rows)]) + "\n"
    read = Read(write(tmp_path, classes=classes))
    assert read.places() == EVERYONE
    assert ("classes.csv", "terms") in {(f.table, f.column) for f in read.findings if f.rule == "header-unknown"}


def test_the_user_id_of_oneroster_1_0_is_no_list(tmp_path: Path) -> None:
    read = Read(write(tmp_path, users=renamed("users", userIds="userId")))
    assert "user_id_LDAP" in read["students"].columns


def test_the_school_maps_what_nobody_knows(tmp_path: Path) -> None:
    folder = write(
        tmp_path, users=renamed("users", sourcedId="Person No", familyName="Nachname", email="E-Mail"),
        enrollments=renamed("enrollments", userSourcedId="Person No"),
    )  # fmt: skip
    mapped = {
        "users": {"sourcedId": "Person No", "familyName": "Nachname", "email": "e-mail"},
        "enrollments": {"userSourcedId": "Person No"},
    }
    read = Read(folder, columns=mapped)
    assert read.places() == EVERYONE
    assert read["students"].filter(student_id="ann").select("family_name", "email").row(0) == (
        "Ito",
        "ann@school.example",
    )


def test_a_mapped_header_wins_over_the_columns_own_name(tmp_path: Path) -> None:
    header, *rows = BUNDLE["users"].splitlines()
    users = "\n".join([f"{header},login mail", *(f"{row},x{n}@mail.example" for n, row in enumerate(rows))]) + "\n"
    read = Read(write(tmp_path, users=users), columns={"users": {"email": "login mail"}})
    assert read["students"].filter(student_id="ann")["email"].to_list() == ["x0@mail.example"]
    assert read["contacts"]["primary_email"].to_list() == ["x3@mail.example"]


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        users=renamed("users", familyName="Nachname", status="staus", agentSourcedIds="agentSourcdIds"),
        enrollments=renamed("enrollments", endDate="enDate", userSourcedId="Wer"),
        classes="sourcedId,ti",
        orgs="<html>",
    )
    with pytest.raises(SourceError) as caught:
        Read(folder)
    said = caught.value.message
    for part in (
        "lacks familyName",
        "there is no status, and a column that is almost called so",
        "no agentSourcedIds",
        "lacks userSourcedId",
        "no endDate",
    ):
        assert part in said
    assert {"users.csv", "enrollments.csv", "classes.csv"} <= {line.split(",")[0] for line in said.splitlines()}
    assert "[source.columns.users]" in caught.value.remedy
    assert "[source.columns.enrollments]" in caught.value.remedy


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"people": {"email": "x"}}, "people"),
        ({"users": {"mail": "x"}}, "'mail'"),
    ],
)
def test_a_mapping_of_what_is_not_there_is_refused(
    tmp_path: Path, columns: dict[str, dict[str, str]], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Read(write(tmp_path), columns=columns)


def test_a_header_that_is_mapped_and_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"users\.csv.*'Mail 2'"):
        Read(write(tmp_path), columns={"users": {"email": "Mail 2"}})


SDS = {
    "orgs": "sourcedId,name,type,parentSourcedId\nN,North,school,\n",
    "academicSessions": (
        "sourcedId,title,type,schoolYear,startDate,endDate\n"
        "Y27,2026-27,schoolYear,2027,2026-08-20,2027-06-10\nY28,2027-28,schoolYear,2028,2027-08-19,2028-06-09\n"
    ),
    "users": (
        "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms\n"
        "ann,ann@school.example,Ann,Ito,,,ann@school.example,,\n"
        "bob,bob@school.example,Bob,Ito,,,bob@school.example,,\n"
        "cy,cy@school.example,Cy,Oak,,,cy@school.example,,\n"
        "tea,tea@school.example,Tea,Cher,,,tea@school.example,,\n"
        "mum,mum@home.example,Mia,Ito,,,mum@home.example,,\n"
        "dad,dad@home.example,Dan,Ito,,,dad@home.example,,\n"
        "doc,doc@home.example,Do,Ctor,,,doc@home.example,,\n"
    ),
    "roles": (
        "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate\n"
        "ann,N,student,Y27,09,true,2026-08-20,\nann,N,student,Y28,10,true,2027-08-19,\n"
        "bob,N,student,Y28,09,true,2027-08-19,\ncy,N,student,Y27,11,true,2026-08-20,2026-12-01\n"
        "tea,N,teacher,Y27,,true,,\n"
    ),
    "relationships": (
        "userSourcedId,relationshipUserSourcedId,relationshipRole\n"
        "ann,mum,parent\nann,dad,guardian\nbob,mum,parent\nann,doc,doctor\nbob,tea,parent\n"
    ),
    "classes": (
        "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,code\nM27,N,Maths,Y27,,M\nM28,N,Maths,Y28,,M\n"
    ),
    "enrollments": "classSourcedId,userSourcedId,role\nM27,ann,student\nM28,bob,student\nM27,tea,teacher\n",
    "manifest": None,
}
"""Microsoft School Data Sync v2.1: roles name sessions and grades, parents have none, classes say org and sessions."""


class TestE6:
    """School Data Sync v2.1, in the layout of Microsoft's own samples."""

    def test_adults_without_a_role_are_parents_by_their_links(self, tmp_path: Path) -> None:
        read = Read(write(tmp_path, **SDS))
        assert read.ids("contacts") == ["dad", "mum"]
        links = set(read["relationships"].select("student_id", "contact_id", "relation").iter_rows())
        assert links == {("ann", "mum", "parent"), ("ann", "dad", "guardian"), ("bob", "mum", "parent")}
        assert [f.value for f in read.findings if f.rule == "parent-by-link"] == ["mum", "dad"]

    def test_roles_say_year_school_and_grade(self, tmp_path: Path) -> None:
        read = Read(write(tmp_path, **SDS))
        assert read.places() == {("ann", "2027", "09"), ("ann", "2028", "10"), ("bob", "2028", "09")}
        assert {("ann", "2028"), ("bob", "2028")} <= read.entries()
        assert read.states["students"] == "complete"
        assert not {"header-unknown", "grade-missing"} & read.rules
        assert {f.column for f in read.findings if f.rule == "header-alias"} >= {"sessionSourcedIds", "orgSourcedId"}

    def test_roles_alone_make_a_roster(self, tmp_path: Path) -> None:
        without = dict.fromkeys(("classes", "enrollments"))
        read = Read(write(tmp_path, **{**SDS, **without}), school="North")
        assert read.places() == {("ann", "2027", "09"), ("ann", "2028", "10"), ("bob", "2028", "09")}
        assert read.ids("students") == ["ann", "bob", "cy"]

    @pytest.mark.parametrize(
        ("relation", "parent"), [("mother", True), ("", True), ("aide", False), ("emergencyContact", False)]
    )
    def test_only_family_is_a_parent(self, tmp_path: Path, relation: str, parent: bool) -> None:
        files = {**SDS, "relationships": str(SDS["relationships"]).replace("ann,doc,doctor", f"ann,doc,{relation}")}
        assert ("doc" in Read(write(tmp_path, **files)).ids("contacts")) is parent

    @pytest.mark.parametrize("role", ["doc,N,other,,,,,\n", "doc,N,alumni,,,,,\n", "doc,N,coach,,,,,\n"])
    def test_who_has_another_role_is_none_by_a_link(self, tmp_path: Path, role: str) -> None:
        files = {
            **SDS, "roles": f"{SDS['roles']}{role}",
            "relationships": str(SDS["relationships"]).replace("ann,doc,doctor", "ann,doc,parent"),
        }  # fmt: skip
        assert ("doc" in Read(write(tmp_path, **files)).ids("contacts")) is ("other" in role)

    def test_who_teaches_and_has_no_role_is_no_parent(self, tmp_path: Path) -> None:
        roles = str(SDS["roles"]).replace("tea,N,teacher,Y27,,true,,\n", "")
        assert "tea" not in Read(write(tmp_path, **{**SDS, "roles": roles})).ids("contacts")

    def test_where_a_role_cannot_be_read_nobody_is_a_parent_by_a_link(self, tmp_path: Path) -> None:
        roles = f"{SDS['roles']}doc,N,teacher\n"
        files = {**SDS, "roles": roles}
        contacts = Read(write(tmp_path, **files))["contacts"]
        assert contacts.filter(pl.col("source_problem").is_null()).is_empty()

    def test_birth_dates_come_with_the_users_id(self, tmp_path: Path) -> None:
        read = Read(write(tmp_path, **SDS, demographics="userSourcedId,birthDate\nann,2012-03-04\n"))
        assert read["students"].filter(student_id="ann")["birth_date"].to_list() == ["2012-03-04"]


class TestD1:
    """A plugin settles no repeats: every row that says something is handed on, and the core lets a no win."""

    @pytest.mark.parametrize(
        "words", [("true", "false"), ("false", "true"), ("no", ""), ("", "no"), ("false", "false")]
    )
    def test_every_row_of_a_link_is_handed_on(self, tmp_path: Path, words: tuple[str, str]) -> None:
        one, other = words
        links = (
            "userSourcedId,relationshipUserSourcedId,relationshipRole,metadata.portal\n"
            f"ann,dad,father,{one}\ndad,ann,child,{other}\n"
        )
        users = BUNDLE["users"].replace("password", "metadata.portal").replace("secret", "yes")
        read = Read(write(tmp_path, relationships=links, users=users), portal_access="metadata.portal")
        given = read["relationships"].filter(student_id="ann")["portal_access"].to_list()
        assert sorted(given, key=repr) == sorted([w or None for w in words], key=repr)

    def test_an_agent_beside_a_relationship_is_no_row_of_its_own(self, tmp_path: Path) -> None:
        links = "userSourcedId,relationshipUserSourcedId,relationshipRole\nann,dad,father\nann,dad,father\n"
        read = Read(write(tmp_path, relationships=links))
        assert read["relationships"].select("student_id", "contact_id", "relation").rows() == [
            ("ann", "dad", "father"), ("bob", "dad", "parent"),
        ]  # fmt: skip
        assert read["relationships"]["portal_access"].to_list() == [None, None]

    def test_a_relation_that_must_not_look_wins_too(self, tmp_path: Path) -> None:
        links = "userSourcedId,relationshipUserSourcedId,relationshipRole\nann,dad,father\nann,dad,stranger\n"
        read = Read(write(tmp_path, relationships=links), portal_access="role:father,parent")
        assert set(read["relationships"].filter(student_id="ann")["portal_access"]) == {"true", "false"}
        assert read["contacts"].filter(pl.col("contact_id") == "dad")["portal_access"].to_list() == ["true"]


@pytest.mark.parametrize("file", ["users", "enrollments", "classes"])
def test_i9_a_header_that_may_be_a_row_is_not_quoted(tmp_path: Path, file: str) -> None:
    rows = {
        "users": "tea,teacher,Tea,Cher\n",
        "enrollments": "e4,S27,cy,student\n",
        "classes": "S27,South 9,09,homeroom\n",
    }
    with pytest.raises(SourceError, match="have no name that is known; the header line may be missing") as refused:
        Read(write(tmp_path, **{file: rows[file] * 2}))
    cells = rows[file].strip().split(",")
    assert [cell for cell in cells if f"{cell}," in refused.value.message] == []
    assert ", ".join(cells) in refused.value.facts["said"]


def test_i9_an_unknown_column_is_a_value_too(tmp_path: Path) -> None:
    born = "sourcedId,birthDate,Quirina,birthdat\nann,2011-04-05,x,y\n"
    read = Read(write(tmp_path, demographics=born))
    said = {(f.column, f.value) for f in read.findings if f.rule in ("header-unknown", "header-typo")}
    assert ("Quirina", "Quirina") in said
