"""I9: names, logins, addresses and birth dates are for a terminal, for files that were asked for, and for --json."""

from __future__ import annotations

import json
import logging
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tiny_school import ACTIVE, NEWCOMER, TinySchool

from dayzero.cli import main
from dayzero.schema import TABLES, is_personal

NAMES = (
    "Quirina",
    "Quentina",
    "Vandermeer",
    "Oyelaran",
    "qv@",
    "old-login",
    "new-login",
    "2011-04-05",
    "hidden",
    "secret-user",
)


@pytest.fixture
def talkative(tiny_school: TinySchool) -> TinySchool:
    """Return a school about which everything that names people is to be said: drift, findings, conflicts, changes, doubts."""
    return told_of(tiny_school)


def told_of(school: TinySchool) -> TinySchool:
    who = {"given_name": "Quirina", "family_name": "Vandermeer", "birth_date": "2011-04-05", "username": "secret-user"}
    school.student("s1", "old-login@pupils.example", **who)
    school.contact("c1", "hidden@homes.example", children=["s1"], given_name="Quirina", family_name="Oyelaran")
    school.sync()
    school.student("s1", "old-login@pupils.example", **{**who, "given_name": "Quentina"}).sync()
    school.cloud.edit(school.id, "student", "s1", given_name="Quirina-Oyelaran")
    school.student("s2", "qv@pupils.example", **{**who, "birth_date": "hidden-day"}, **NEWCOMER)
    school.student("s3", "old-login@pupils.example", given_name="Quentina", family_name="Vandermeer")
    school.student("s1", "new-login@pupils.example", **{**who, "given_name": "Quentina"}, enrolled={ACTIVE: "9"})
    school.row("students", student_id="s4", given_name="Quirina", family_name="Vandermeer", birth_date="2011-04-05",
               email="a hidden@@pupils.example", year_id="2027")  # fmt: skip
    school.row("students", student_id="s4", given_name="Quentina", family_name="Oyelaran", year_id="2028")
    school.row("enrollments", student_id="s4", year_id=ACTIVE, grade_level="9")
    school.contact("c2", "hidden@homes", children=["s1"], given_name="Quirina", portal_access="perhaps")
    school.row("contacts", contact_id="", given_name="Quirina", family_name="Vandermeer")
    school.cloud.edit(school.id, "parent", "c1", login="hidden2@homes.example", given_name="Quentina")
    school.write()
    return school


def commands(school: TinySchool) -> list[list[str]]:
    run_id = school.run("history").doc["runs"][0]["run_id"]
    return [
        ["check"], ["check", "--samples", "9"], ["plan"], ["plan", "--people"], ["plan", "--by-reason"],
        ["explain", "s1"], ["explain", "c1"], ["explain", "c2"], ["explain", "s3"], ["forecast"],
        ["plan", "--out", str(school.folder / "a.plan")], ["plan", str(school.folder / "a.plan"), "--people"],
        ["receive", "--out", str(school.folder / "r.csv")], ["history"], ["history", run_id],
        ["history", "--person", "s1"], ["undo", run_id, "--out", str(school.folder / "b.plan")],
        ["sync", "--yes"], ["history", "--person", "c1"], ["undo", run_id, "--yes", "--allow", "disable=9"],
        ["settings", "send-scheduling-year", "yes", "--yes"], ["forget", "s1"], ["plugins"],
    ]  # fmt: skip


def test_i9_no_command_names_anybody_in_a_pipe_or_a_log(
    talkative: TinySchool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    hid = 0
    for command in commands(talkative):
        arguments = [*command, "--config", str(talkative.folder / "dayzero.toml")]
        ended = CliRunner().invoke(main, arguments, env={"DAYZERO_TOKEN": talkative.token})
        said = ended.output + caplog.text
        assert [name for name in NAMES if name in said] == [], (command, said)
        assert "should not" not in said, (command, said)
        hid += "(personal" in said
    assert hid > 5, "there was something to hide"


def test_i9_json_and_files_that_were_asked_for_have_all(talkative: TinySchool) -> None:
    plan = talkative.run("plan", "--people", "--out", str(talkative.folder / "a.plan"))
    for text in (json.dumps(plan.doc), (talkative.folder / "a.plan").read_text(encoding="utf-8")):
        assert "new-login@pupils.example" in text
    assert "hidden2@homes.example" in json.dumps(plan.doc["drift"])


@pytest.mark.slow
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_i9_a_person_at_a_terminal_sees_who_it_is(gradebook_cloud_server: Any, tmp_path: Path, stream: str) -> None:
    school = told_of(TinySchool(tmp_path / "school", gradebook_cloud_server))
    run_id = school.run("history").doc["runs"][0]["run_id"]
    looks = [["plan", "--people"], ["explain", "s1"]]
    back = [["undo", run_id, "--out", str(school.folder / "b.plan")]]
    for command in looks if stream == "stdout" else back:
        seen = at_a_terminal(school, stream, command)
        assert [name for name in NAMES if name in seen], (command, seen)


def at_a_terminal(school: TinySchool, stream: str, command: list[str]) -> str:
    """Run a command whose stdout or stderr is a terminal; return what is seen there."""
    ours, theirs = pty.openpty()
    arguments = [sys.executable, "-c", "from dayzero.cli import main; main()", *command]
    found = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environ = {**found, "HOME": str(school.folder), "DAYZERO_TOKEN": school.token, "COLUMNS": "200"}
    streams: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    config = ["--config", str(school.folder / "dayzero.toml")]
    with subprocess.Popen([*arguments, *config], env=environ, stdin=subprocess.DEVNULL, **streams) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                read = os.read(ours, 65_536)
            except OSError:  # the other end is closed
                break
            if not read:
                break
            seen += read
        process.wait()
    os.close(ours)
    return seen.decode("utf-8", "replace")


def test_i9_the_schema_says_which_columns_are_personal() -> None:
    marked = {f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns if c.personal}
    assert marked == {
        *(f"students.{c}" for c in ("given_name", "family_name", "middle_name", "preferred_name", "birth_date", "email", "username")),
        *(f"contacts.{c}" for c in ("given_name", "family_name", "primary_email")),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "column", "personal"),
    [
        ("students", "email", True),
        ("students", "student_id", False),
        ("students", "shoe_size", True),
        ("contacts", "primary_email", True),
        ("contacts", "phone", True),
        ("contacts", "portal_access", False),
        ("users.csv", "givenName", True),
        ("enrollments", "grade_level", False),
        ("students", None, False),
        ("students", "source_problem", False),
    ],
)
def test_i9_a_column_that_nobody_knows_may_name_somebody(table: str, column: str | None, *, personal: bool) -> None:
    assert is_personal(table, column) is personal


def test_i9_a_sources_own_words_may_name_somebody(tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch) -> None:
    from dayzero_csv.source import CsvSource

    def broken(*_: Any) -> Any:
        raise ValueError("cannot understand 'Quirina Vandermeer'")

    monkeypatch.setattr(CsvSource, "read", broken)
    ended = tiny_school.plan()
    assert ended.exit_code == 4
    assert "Quirina" not in ended.stderr
    assert "Quirina" in ended.doc["error"]["said"]


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--accept-rekey", "kind,old_id,new_id\nQuirina,Vandermeer,qv@homes.example\n"),
        ("--accept-rekey", "kind,old_id,new_id\nstudent,1,2,Quirina\n"),
        ("--decide", "kind,person_id,doubt,was,is,decision\nstudent,1,another-person,a,b,Quirina\n"),
        ("--decide", "kind,person_id,doubt,was,is,decision\nstudent,1,Quirina,a,b,same\n"),
        ("--decide", "decision,kind,person_id,doubt,was,is\nQuirina\n"),
    ],
)
def test_i9_a_file_that_was_given_by_mistake_is_not_read_out(tiny_school: TinySchool, option: str, text: str) -> None:
    tiny_school.write()
    given = tiny_school.folder / "given.csv"
    given.write_text(text)
    ended = tiny_school.plan(option, str(given))
    assert ended.exit_code == 2
    assert "line 2" in ended.stderr
    assert "uirina" not in ended.stderr
    assert ended.doc["error"]["said"].startswith("It ")
