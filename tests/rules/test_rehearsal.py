"""A rehearsal: `[sync] today` is another day than the clock's, and whoever looks is told so."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tiny_school import PROMOTED, TinySchool

from dayzero.cli import main
from dayzero.config import set_setting


def typed(school: TinySchool, *arguments: str) -> Result:
    config = ("--config", str(school.folder / "dayzero.toml"))
    return CliRunner().invoke(main, [*arguments, *config], env={"DAYZERO_TOKEN": school.token})


@pytest.mark.parametrize(
    "command", [("plan",), ("forecast",), ("sync", "--yes"), ("check",), ("history",), ("explain", "s1")]
)
def test_whoever_looks_is_told_that_the_day_is_simulated(tiny_school: TinySchool, command: tuple[str, ...]) -> None:
    tiny_school.student("s1", **PROMOTED).sync_settings["today"] = date(2027, 6, 1)
    tiny_school.sync(yes=True)
    first = typed(tiny_school, *command).stdout.splitlines()[0]
    assert re.fullmatch(r"It is 2027-06-01, simulated; the clock says \d{4}-\d\d-\d\d\.", first)
    assert isinstance(json.loads(typed(tiny_school, *command, "--json").stdout), dict)
    del tiny_school.sync_settings["today"]
    tiny_school.write(yes=True)
    assert "simulated" not in typed(tiny_school, *command).stdout


def test_init_writes_the_day_of_a_rehearsal(tmp_path: Path) -> None:
    def init(name: str, *options: str) -> int:
        return (
            CliRunner().invoke(main, ["init", "--plugin", "mock", "--config", str(tmp_path / name), *options]).exit_code
        )

    assert (init("one", "--today", "2027-02-01"), init("other"), init("third", "--today", "soon")) == (0, 0, 2)
    assert tomllib.loads((tmp_path / "one").read_text())["sync"]["today"] == date(2027, 2, 1)
    assert "today" not in tomllib.loads((tmp_path / "other").read_text())["sync"]
    assert not (tmp_path / "third").exists()


@pytest.mark.parametrize("text", ["[sync]\ntoday = 2027-02-01 # a day\n", "[sync]\n\n[limits]\n", "# nothing\n"])
def test_one_setting_is_changed_and_the_rest_stays(tmp_path: Path, text: str) -> None:
    file = tmp_path / "dayzero.toml"
    file.write_text(text)
    set_setting(file, "sync", "today", date(2027, 6, 13))
    became = file.read_text()
    assert tomllib.loads(became) == {**tomllib.loads(text), "sync": {"today": date(2027, 6, 13)}}
    assert all(line in became for line in text.splitlines() if "2027" not in line)
    assert ("# a day" in became) == ("# a day" in text)
