"""What a newcomer reads of it: whom an undo is about and how it stays undone, which day it is, which commands belong to a preview."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from terminals import Read, in_a_pipe
from tiny_school import NEWCOMER, PROMOTED, TinySchool

from dayzero.cli import main
from dayzero.cli._common import titles_of
from dayzero.cli._progress import watched
from dayzero.words import LOOKING, SYNCING


@pytest.fixture
def undone(tiny_school: TinySchool) -> TinySchool:
    """A school whose last run made an account, changed one and ended one."""
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk").student("s2", given_name="Bo", family_name="Sy")
    tiny_school.sync()
    tiny_school.student("s1", given_name="Anna", family_name="Öztürk").student("s2", enrolled={})
    tiny_school.student("s3", given_name="Cy", family_name="Oz")
    tiny_school.sync()
    return tiny_school


def last_run(school: TinySchool) -> str:
    return str(school.run("history").doc["runs"][0]["run_id"])


def test_an_undo_names_all_whom_it_is_about_before_and_after(undone: TinySchool, read: Read) -> None:
    run = last_run(undone)
    asked = read("undo", run, answer="n\n", width=200).output.partition("[y/N]")[0]
    assert "1 student to update: Anna Öztürk (student s1)" in asked
    assert "1 student to enable: Bo Sy (student s2)" in asked
    assert "1 student to disable: Cy Oz (student s3)" in asked
    done = read("undo", run, "--yes", width=200).output
    assert "1 student updated: Anna Öztürk (student s1)" in done
    assert "1 student disabled: Cy Oz (student s3)" in done


def test_an_undo_in_a_pipe_has_ids_alone(undone: TinySchool) -> None:
    done = in_a_pipe(undone, "undo", last_run(undone), "--yes").output
    assert "1 student disabled: student s3" in done
    assert "Cy" not in done


def test_an_undo_says_that_the_next_sync_sends_it_again_and_how_not(undone: TinySchool, read: Read) -> None:
    run, config = last_run(undone), f"--config {undone.folder / 'dayzero.toml'}"
    for said in (
        read("undo", run, answer="n\n").output.partition("[y/N]")[0],
        in_a_pipe(undone, "undo", run, "--out", str(undone.folder / "back.plan")).output,
        in_a_pipe(undone, "undo", run, "--yes").output,
    ):
        told = " ".join(said.split())
        assert "The next sync follows the SIS and the setting again, and sends anew what is taken back." in told
        assert f"dayzero plan --people {config}" in said
        assert f"dayzero settings send-scheduling-year yes {config}" in said
    assert undone.plan().operation("student", "s3"), "that is true"
    assert "follows the SIS" not in in_a_pipe(undone, "plan").output


def test_who_is_held_of_an_undo_is_looked_at_in_its_own_plan(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk").sync()
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk", **PROMOTED).sync(yes=True)
    tiny_school.limits["year"] = 0
    tiny_school.write(yes=True)
    run = last_run(tiny_school)
    said = read("undo", run, "--yes", width=300).stdout
    assert "Ana Öztürk (student s1)" in said.partition("Held:")[2].partition("Next")[0]
    assert f"dayzero undo {run} --out undo.plan" in said
    assert "dayzero plan undo.plan --people" in said


def test_history_says_of_both_what_was_taken_back(undone: TinySchool) -> None:
    run = last_run(undone)
    in_a_pipe(undone, "undo", run, "--yes")
    undo = last_run(undone)
    listed = in_a_pipe(undone, "history").stdout
    assert f"took back run {run}" in listed
    assert f"taken back by run {undo}" in listed
    told = in_a_pipe(undone, "history", run).stdout
    assert f"It was taken back by run {undo}." in told
    assert "To take it back:" not in told
    assert "from csv" not in in_a_pipe(undone, "history", undo).stdout, "an undo is from no source"
    assert f"{undo}, by " in (whose := in_a_pipe(undone, "history", "--person", "s3").stdout)
    assert f"taking back {run}" in whose


def test_history_says_what_was_taken_back_in_part(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", given_name="Ana").sync()
    tiny_school.student("s1", given_name="Anna").student("s2").sync()
    run = last_run(tiny_school)
    tiny_school.cloud.edit(tiny_school.id, "student", "s1", given_name="Anne")
    in_a_pipe(tiny_school, "undo", run, "--yes")
    told = in_a_pipe(tiny_school, "history", run).stdout
    assert f"It was taken back in part by run {last_run(tiny_school)}." in told
    assert "To take back the rest of it:" in told


def test_an_undo_tells_no_numbers_of_a_read_that_it_did_not_make(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "").sync()
    tiny_school.student("s2").sync()
    in_a_pipe(tiny_school, "undo", last_run(tiny_school), "--yes")
    undo, read, _ = tiny_school.run("history").doc["runs"]
    assert undo["withheld"] is None
    assert read["withheld"] == {"no-login": 1}


@pytest.mark.parametrize("value", ["yes", "no"])
def test_the_commands_of_a_preview_show_the_plan_that_is_previewed(
    tiny_school: TinySchool, read: Read, value: str
) -> None:
    tiny_school.student("s0", **PROMOTED).student("s1", **PROMOTED).student("s9", **NEWCOMER).sync(yes=value == "no")
    tiny_school.limits["update"] = 0
    tiny_school.student("s1", given_name="Else", **PROMOTED).student("s3", "").write(yes=value == "no")
    said = read("settings", "send-scheduling-year", value, width=300, answer="n\n").output
    assert "Held: " in said
    looks = [line.strip() for line in said.splitlines() if line.strip().startswith("dayzero plan")]
    assert any("--people" in line for line in looks)
    assert any("--withheld" in line for line in looks)
    assert all(f"plan --send-scheduling-year {value} " in line for line in looks), looks


def test_a_command_that_asks_only_looks_until_somebody_agreed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dayzero.cli._progress.is_terminal", lambda _stream: True)
    display = watched(*titles_of(asks=True))
    display.stage("Reading students")
    display.close()
    assert (LOOKING in (seen := capsys.readouterr().err), SYNCING in seen) == (True, False)
    display.stage("Sending student operations", 1)
    display.close()
    display.stage("More")
    display.close()
    assert capsys.readouterr().err.count(SYNCING) == 1
    assert titles_of(asks=False) == (SYNCING,)


def test_what_is_done_once_somebody_agreed_is_no_looking(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An undo of a portal that is known has no stage before it asks."""
    monkeypatch.setattr("dayzero.cli._progress.is_terminal", lambda _stream: True)
    display = watched(*titles_of(asks=True))
    display.close()
    display.stage("Sending student operations", 1)
    display.close()
    assert LOOKING not in (seen := capsys.readouterr().err)
    assert SYNCING in seen


@pytest.mark.parametrize("width", ["60", "200"])
def test_no_progress_line_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setattr("dayzero.cli._progress.is_terminal", lambda _stream: True)
    display = watched(LOOKING)
    display.stage("Listing the portal's accounts", 1_000_000)
    display.close()
    assert re.search(r"1000000/1000000 0:00:0\d", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("options", "elsewhere"),
    [(["--withheld"], ", or written with --csv FILE"), (["--people"], ""), (["--by-reason"], "")],
)
def test_a_pipe_says_why_it_names_nobody(
    tiny_school: TinySchool, read: Read, options: list[str], elsewhere: str
) -> None:
    tiny_school.student("s1", "").write()
    why = f"\nIds alone: names are shown on a terminal{elsewhere}.\nPlan "
    assert why in in_a_pipe(tiny_school, "plan", *options).stdout
    assert "Ids alone" not in read("plan", *options).stdout
    assert "Ids alone" not in in_a_pipe(tiny_school, "plan").stdout


def test_notices_are_counted_by_rule_and_shown_where_they_are_asked_for(tiny_school: TinySchool, read: Read) -> None:
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk").write(yes=True)
    notices = [f for f in tiny_school.run("check").doc["findings"] if f["severity"] == "notice"]
    few = in_a_pipe(tiny_school, "check").stdout
    assert f"{len(notices)} notice" in few
    assert all(rule in few for rule in {f["rule"] for f in notices})
    assert "dayzero check --all" in few
    assert not any(f["message"] in few for f in notices)
    every = in_a_pipe(tiny_school, "check", "--all").stdout
    assert all(f["message"] in every for f in notices)
    assert "--all" not in every
    assert "Ana Öztürk (student s1)" in read("check", "--all", "--samples", "0", width=300).stdout


@pytest.mark.parametrize(("typed", "called"), [("öztürk", 2), ("Ana Özt", 1), ("Öztürk, Ana", 1), ("ana", 1)])
def test_a_name_is_no_id_and_a_terminal_says_whose_it_is(
    tiny_school: TinySchool, read: Read, typed: str, called: int
) -> None:
    tiny_school.student("s1", given_name="Ana", family_name="Öztürk")
    tiny_school.contact("c1", children=["s1"], given_name="Di", family_name="Öztürk").write()
    told = read("explain", typed, width=300)
    assert told.exit_code == 2
    meant = told.stderr.partition("Did you mean ")[2].partition("?")[0].split(", or ")
    assert meant == ["Ana Öztürk (student s1)", "Di Öztürk (parent c1)"][:called]
    piped = in_a_pipe(tiny_school, "explain", typed).stderr
    assert "Use the id of the SIS, not a name." in piped
    assert typed not in piped
    assert "(student" not in piped


def test_an_id_that_differs_in_zeros_and_capitals_is_told_the_one_there_is(tiny_school: TinySchool) -> None:
    tiny_school.student("0042").student("A7").write()
    assert "Did you mean student 0042?" in in_a_pipe(tiny_school, "explain", "42").stderr
    assert "Did you mean student A7?" in in_a_pipe(tiny_school, "explain", "a7").stderr
    assert "Did you mean" not in in_a_pipe(tiny_school, "explain", "xyzzy").stderr


def test_a_token_of_another_portal_is_told_who_answered(tiny_school: TinySchool) -> None:
    tiny_school.write()
    tiny_school.token = "another-portals"
    said = in_a_pipe(tiny_school, "plan").stderr
    assert f"{tiny_school.cloud.url} answered, and does not accept the token" in said
    assert "[portal] url" in said


@pytest.mark.parametrize("width", [60, 80])
def test_an_error_breaks_no_word_and_no_command(tiny_school: TinySchool, read: Read, width: int) -> None:
    tiny_school.write()
    wide, narrow = (read("sync", "--plan", "nowhere.plan", "--decide", "x.csv", width=w).stderr for w in (400, width))
    assert narrow.split() == wide.split()
    assert all(line.count("`") % 2 == 0 for line in narrow.splitlines())


@pytest.mark.parametrize("given", [[], ["--portal", "https://portal.school.example"]])
def test_init_says_which_portal_it_wrote_and_where_to_change_it(tmp_path: Path, given: list[str]) -> None:
    (tmp_path / "students.csv").write_text("Student ID,Name,Grade,Status\n1,Ito Al,9,active\n", encoding="utf-8")
    config = tmp_path / "dayzero.toml"
    arguments = ["--path", str(tmp_path / "students.csv"), "--config", str(config), "--set", "portal_access=no", *given]
    said = CliRunner().invoke(main, ["init", *arguments]).stdout
    url = tomllib.loads(config.read_text(encoding="utf-8"))["portal"]["url"]
    assert f"It sends to the portal at {url}: change it under [portal] url, or with `--portal URL`." in said
    assert f"`dayzero check --config {config}`" in said
