"""G3, G5, G6: a desk with any encoding, a preview before a setting is changed, and a history that tells what was done."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Any

import pytest
from terminals import Read, at_a_terminal, in_a_pipe, in_a_shell
from tiny_school import ACTIVE, NEWCOMER, SCHEDULING, TinySchool

SETTING = "Send Scheduling Year Student Data"


def last_run(school: TinySchool) -> str:
    return str(school.run("history").doc["runs"][0]["run_id"])


# -- G5: the setting


def test_g5_settings_shows_the_setting_and_no_secret(tiny_school: TinySchool, read: Read) -> None:
    for yes, word in ((False, "No"), (True, "Yes")):
        tiny_school.write(yes=yes)
        for said in (read("settings").stdout, in_a_pipe(tiny_school, "settings").stdout):
            assert f"{SETTING} = {word}" in said
            assert tiny_school.token not in said
            assert "[limits]" in said
        settings = tiny_school.run("settings").doc["settings"]
        assert settings["sync"]["send_scheduling_year"] is yes
        assert settings["portal"]["token"] == "(not shown)"


def test_g5_settings_needs_neither_token_nor_portal(tiny_school: TinySchool) -> None:
    tiny_school.portal_token = {"env": "NO_SUCH_TOKEN"}
    tiny_school.write()
    assert tiny_school.run("settings").exit_code == 0


def test_g5_a_password_of_the_source_is_not_shown(tiny_school: TinySchool) -> None:
    tiny_school.source = {"plugin": "sql", "url": "mysql://reader:hush@127.0.0.1/school", "password": {"env": "PW"}}
    tiny_school.write()
    said = in_a_pipe(tiny_school, "settings").stdout
    assert "hush" not in said
    assert "reader" in said


@pytest.mark.parametrize("value", ["yes", "no"])
def test_g5_without_a_terminal_and_without_yes_nothing_is_changed(tiny_school: TinySchool, value: str) -> None:
    config = tiny_school.student("s1", **NEWCOMER).write(yes=value == "no")
    before = config.read_bytes()
    refused = tiny_school.run("settings", "send-scheduling-year", value)
    assert refused.exit_code == 2
    assert "--yes" in refused.stderr
    assert config.read_bytes() == before
    assert tiny_school.accounts() == {}


@pytest.mark.parametrize(("answer", "code", "there"), [("n\n", 3, None), ("y\n", 0, "pending")])
def test_g5_at_a_terminal_yes_is_previewed_and_asked(
    tiny_school: TinySchool, read: Read, answer: str, code: int, there: str | None
) -> None:
    tiny_school.student("s1", given_name="Nina", family_name="New", **NEWCOMER).sync()
    ended = read("settings", "send-scheduling-year", "yes", answer=answer)
    assert ended.exit_code == code, ended.output
    asked = ended.output.index(f"Save {SETTING} = Yes")
    assert ended.output.index("Nina New (student s1)") < asked, "the preview comes first"
    assert tiny_school.status("student", "s1") == there
    saved = (tiny_school.folder / "dayzero.toml").read_text(encoding="utf-8")
    assert ("send_scheduling_year = true" in saved) is (code == 0)


def test_g5_a_preview_names_the_command_that_would_do_it(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.limits["disable"] = 0
    tiny_school.student("s1", **NEWCOMER).sync(yes=True)
    said = read("plan", "--send-scheduling-year", "no", width=300).stdout
    assert "settings send-scheduling-year no --yes --allow disable=1" in said


def test_g5_a_change_of_year_says_so_and_who_the_graduates_are(tiny_school: TinySchool, read: Read) -> None:
    for n in range(3):
        tiny_school.student(f"g{n}", enrolled={ACTIVE: "12"}, given_name=f"Gus{n}", family_name="Ott")
    tiny_school.limits["disable"] = 1
    tiny_school.sync(yes=True)
    tiny_school.activate().write(yes=True)
    ended = read("plan", width=200)
    assert ended.exit_code == 3
    assert f"The year has changed, from {ACTIVE} to {SCHEDULING}" in ended.stdout
    assert "These are the graduates: 3 students: Gus0 Ott (student g0)" in ended.stdout
    held = ended.stdout.partition("Held: 3 students would leave")[2]
    assert "They are the graduates." in held
    piped = in_a_pipe(tiny_school, "plan").stdout
    assert "These are the graduates: 3 students: student g0, student g1, student g2" in piped
    assert "Gus0" not in piped


def test_g5_a_forecast_releases_nothing_today(tiny_school: TinySchool, read: Read) -> None:
    for n in range(3):
        tiny_school.student(f"g{n}", enrolled={ACTIVE: "12"})
    tiny_school.limits["disable"] = 1
    tiny_school.sync(yes=True)
    said = read("forecast", width=300).stdout
    assert "Held: 3 students would leave" in said
    assert "Nothing is released today" in said
    assert "--allow" not in said


def test_g5_after_a_no_the_declined_setting_is_what_is_looked_at_again(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", **NEWCOMER).sync()
    ended = read("settings", "send-scheduling-year", "yes", answer="n\n", width=300)
    assert "dayzero plan --send-scheduling-year yes" in ended.output.rpartition("Not confirmed")[2]


# -- G6: the history


def test_g6_a_list_of_runs_says_what_is_held(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1").sync()
    tiny_school.limits["disable"] = 0
    tiny_school.forget_student("s1").student("s2").sync()
    assert "exit code 3, something is held" in read("history", width=200).stdout


def test_g6_a_run_tells_what_it_did(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk").student("s2", "").sync()
    said = read("history", last_run(tiny_school), width=100).stdout
    assert "2 students created: " in said
    assert "Ana Öztürk (student s1)" in said
    assert "no-login: 1" in said
    assert "exit code 0" in said
    piped = in_a_pipe(tiny_school, "history", last_run(tiny_school)).stdout
    assert "2 students created: student s0, student s1" in piped
    assert "Ana" not in piped


def test_g6_a_run_tells_what_it_held_doubted_and_was_refused(tiny_school: TinySchool, read: Read) -> None:
    who = {"given_name": "Otto", "family_name": "Old"}
    tiny_school.student("s1", **who).student("s2").student("s3").sync()
    tiny_school.limits["disable"] = 0
    tiny_school.student("s1", "nina@pupils.example", given_name="Nina", family_name="New").student("s2", enrolled={})
    tiny_school.sync()
    said = read("history", last_run(tiny_school), width=200).stdout
    assert "Held: 1 student would leave, more than the limit of 0." in said
    assert "In doubt, and untouched: Otto Old (student s1): another-person" in said
    document = tiny_school.run("history", last_run(tiny_school)).doc
    assert document["doubts"] == [{"doubt": "another-person", "kind": "student", "person_id": "s1"}]
    assert [h["op"] for h in document["held"]] == ["disable"]
    assert tiny_school.run("forget", "s1").exit_code == 0
    assert tiny_school.run("history", last_run(tiny_school)).doc["doubts"] == []


def test_g6_a_rejected_record_is_told_by_name(tiny_school: TinySchool, read: Read) -> None:
    import sqlite3
    from contextlib import closing

    tiny_school.student("taken").sync()
    with closing(sqlite3.connect(":memory:")) as state:
        state.deserialize(tiny_school.cloud.world.snapshot())
        login = "late@pupils.example"
        state.execute("update accounts set login = ?, login_key = ? where person_id = 'taken'", [login, login])
        state.commit()
        tiny_school.cloud.world.restore(state.serialize())
    tiny_school.student("late", given_name="Lea", family_name="Late").sync()
    assert "Rejected: Lea Late (student late): login-taken" in read("history", last_run(tiny_school), width=200).stdout


def test_g6_values_are_words(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", given_name="Văn", family_name="Nguyen", **NEWCOMER).sync(yes=True)
    tiny_school.student("s1", given_name="", family_name="Nguyễn", **NEWCOMER).sync(yes=True)
    said = read("history", "--person", "s1").stdout
    assert "None" not in said
    assert "[" not in said
    assert "family name: Nguyen\n" in said
    assert "family name: Nguyen -> Nguyễn" in said
    assert "given name: Văn -> empty" in said
    assert "newcomer: yes" in said
    assert "years: next year" in said


def test_g6_times_are_the_schools(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.sections["schedule"] = {"timezone": "Pacific/Kiritimati"}  # fourteen hours before London
    tiny_school.sync()
    run = tiny_school.run("history").doc["runs"][0]
    from datetime import datetime, timedelta

    there = datetime.fromisoformat(run["started_at"]) + timedelta(hours=14)
    for command in (["history"], ["history", run["run_id"]], ["history", "--person", "s0"]):
        assert f"{there:%a %Y-%m-%d %H:%M}" in read(*command).stdout


@pytest.mark.parametrize("variable", [None, "LOGNAME", "USERNAME"])
def test_g6_who_ran_it_is_known_without_user(
    tiny_school: TinySchool, read: Read, monkeypatch: pytest.MonkeyPatch, variable: str | None
) -> None:
    for name in ("USER", "LOGNAME", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "registrar")
    tiny_school.sync()
    who = tiny_school.run("history").doc["runs"][0]["who"]
    assert who == getpass.getuser()
    assert f"by {who}," in read("history").stdout


def test_g6_who_ran_it_is_a_number_where_nobody_has_a_name(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.delenv("USER", raising=False)
    monkeypatch.setattr(getpass, "getuser", nobody)
    tiny_school.sync()
    assert tiny_school.run("history").doc["runs"][0]["who"] == f"user {os.getuid()}"


# -- at any width, in any encoding


@pytest.mark.parametrize("width", [60, 80])
def test_g6_nothing_is_wider_than_the_terminal_but_what_is_to_be_typed(
    tiny_school: TinySchool, read: Read, width: int
) -> None:
    tiny_school.student("s1", "", given_name="Ana", family_name="Öztürk")
    tiny_school.contact("c1", "", children=["s0"]).sync()
    run_id = last_run(tiny_school)
    for command in (["plan"], ["plan", "--withheld"], ["plan", "--people"], ["history"], ["history", run_id], ["settings"],
                    ["history", "--person", "s0"], ["explain", "s1"], ["check"], ["sync", "--yes"]):  # fmt: skip
        for line in read(*command, width=width).stdout.splitlines():
            typed = "dayzero " in line or str(tiny_school.folder) in line or "simulated" in line or run_id in line
            assert len(line) <= width or typed, (command, line)


def test_g6_in_a_pipe_a_line_is_whole(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", tick=False, children=["s0"]).write()
    said = in_a_pipe(tiny_school, "plan", width=40).stdout
    reason = "no-portal-access (1 parent): Enable Parent Portal Access is not ticked for any student who is sent"
    assert reason in said
    assert all(line == line.rstrip() for line in said.splitlines())


@pytest.fixture
def served(gradebook_cloud_server: Any, tmp_path: Path) -> TinySchool:
    school = TinySchool(tmp_path / "school", gradebook_cloud_server)
    school.student("s1", "", given_name="Ánh", family_name="Đặng")
    school.student("s2", given_name="Zoë", family_name="Œuvre", **NEWCOMER)
    return school


def commands(school: TinySchool) -> list[list[str]]:
    run_id = last_run(school)
    return [["plan", "--withheld"], ["plan", "--people"], ["history", run_id], ["explain", "s1"], ["settings"]]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437:strict"])
def test_g3_a_desk_with_another_encoding_ends_as_every_other(served: TinySchool, encoding: str) -> None:
    served.sync()
    config = ["--config", str(served.folder / "dayzero.toml")]
    environ = {"DAYZERO_TOKEN": served.token, "PYTHONIOENCODING": encoding}
    for command in commands(served):
        seen = at_a_terminal(*command, *config, **environ)
        assert seen.exit_code == 0, seen.text
        assert "should not" not in seen.text
    served.write(yes=True)
    sent = at_a_terminal("sync", "--yes", *config, **environ)
    assert sent.exit_code == 0, sent.text
    assert served.status("student", "s2") == "pending"


@pytest.mark.slow
def test_g3_whoever_reads_only_the_beginning_changes_nothing(served: TinySchool) -> None:
    served.sync()
    config = ["--config", str(served.folder / "dayzero.toml")]
    for command in commands(served):
        ended = in_a_shell('"$@" | head -c 1', *command, *config, DAYZERO_TOKEN=served.token)
        assert (ended.returncode, ended.stderr) == (0, b""), (command, ended)


SYNCING = "Syncing with the Gradebook Cloud Server"


@pytest.mark.slow
def test_g4_titles_are_true_of_the_command(served: TinySchool) -> None:
    config = ["--config", str(served.write())]
    titles = {
        "check": "Reading the school's tables", "plan": "Looking at what a sync would do",
        "forecast": "Looking at what a sync would do", "explain s0": "Looking at what a sync would do", "sync --yes": SYNCING,
        "settings send-scheduling-year yes --yes": SYNCING,
    }  # fmt: skip
    for command, title in titles.items():
        seen = at_a_terminal(*command.split(), *config, DAYZERO_TOKEN=served.token)
        assert title in seen.text, command
        assert (SYNCING in seen.text) is (title == SYNCING), command


@pytest.mark.slow
def test_g4_an_error_has_a_line_of_its_own_and_what_failed_does_not_look_done(served: TinySchool) -> None:
    config = ["--config", str(served.write())]
    (served.folder / "export" / "enrollments.csv").unlink()
    for command in (["check"], ["plan"], ["sync", "--yes"]):
        seen = at_a_terminal(*command, *config, DAYZERO_TOKEN=served.token)
        assert seen.exit_code == 4
        [error] = [line for line in seen.text.split("\n") if "Error:" in line]
        assert error.startswith("Error: "), seen.text
        last = [line for line in seen.text.split("\n") if "Reading " in line][-1]
        assert "1/1" not in last, "the stage that failed is not done"
