"""``dayzero check``: rows, seconds and samples of every table, of any source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tiny_school import TinySchool

from dayzero.cli import main
from dayzero.schema import TABLES


@pytest.fixture
def school(tmp_path: Path, gradebook_cloud: Any) -> TinySchool:
    made = TinySchool(tmp_path, gradebook_cloud)
    made.write()
    return made


def test_every_table_has_its_rows_and_seconds(school: TinySchool) -> None:
    document = school.run("check").doc
    assert document["tables"].keys() == document["seconds"].keys() == TABLES.keys()
    assert document["tables"]["students"] == 1
    assert all(seconds >= 0 for seconds in document["seconds"].values())


def test_samples_show_rows_as_they_were_understood_and_only_when_asked_for(school: TinySchool) -> None:
    assert "samples" not in school.run("check").doc
    samples = school.run("check", "--samples", "2").doc["samples"]
    assert len(samples["school_years"]) == 2
    assert samples["students"] == [
        {"student_id": "s0", "given_name": "Given s0", "family_name": "Family s0", "email": "s0@pupils.example"}
    ]
    assert samples["courses"] == []


def test_text_that_goes_to_a_file_names_nobody(school: TinySchool) -> None:
    config = str(school.folder / "dayzero.toml")
    for options in ((), ("--samples", "1")):
        shown = CliRunner().invoke(main, ["check", *options, "--config", config], env={"DAYZERO_TOKEN": "t"})
        assert shown.exit_code == 0
        assert "students         1 row" in shown.stdout
        assert "s0@pupils.example" not in shown.stdout
    assert "student_id=s0" in shown.stdout, "rows that were asked for are shown, without who it is"


@pytest.mark.parametrize("command", [["check"], ["history"], ["forget", "s0"]])
def test_what_never_asks_the_portal_needs_no_token(school: TinySchool, command: list[str]) -> None:
    school.portal_token = {"env": "NO_SUCH_TOKEN"}
    school.write()
    assert school.run(*command).exit_code == 0
    assert school.run("plan").exit_code == 2
