"""Schools broken in twenty ways among whole ones: each ends as it would alone, and nobody else notices."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fleet.conftest import Fleet
from fleet.test_fleet import ran, schools_of
from tiny_school import ACTIVE, SCHEDULING, TinySchool

from dayzero.cli import main
from dayzero.errors import ExitCode, gravest
from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

WHOLE = 180 if os.environ.get("DAYZERO_SOAK") else 4
"""So many schools beside the broken ones are not broken."""
SAID = ("exit_code", "held", "doubts", "error", "newcomers", "operations")


def config(school: TinySchool) -> Path:
    return school.folder / "dayzero.toml"


def table(school: TinySchool, name: str) -> Path:
    return school.folder / "export" / f"{name}.csv"


def no_toml(school: TinySchool) -> None:
    config(school).write_text("nothing = [")


def unknown_setting(school: TinySchool) -> None:
    school.sync_settings["send_schedulling_year"] = True
    school.write(yes=True)


def no_token(school: TinySchool) -> None:
    school.portal_token = {"env": "DAYZERO_TOKEN_OF_NOBODY"}
    school.write(yes=True)


def wrong_token(school: TinySchool) -> None:
    school.portal_token = {"env": "DAYZERO_OTHER_TOKEN"}
    school.write(yes=True)


def no_portal_there(school: TinySchool) -> None:
    text = config(school).read_text()
    config(school).write_text(text.replace(school.cloud.url, f"{school.cloud.url}/elsewhere"))


def unknown_plugin(school: TinySchool) -> None:
    school.source["plugin"] = "papyrus"
    school.write(yes=True)


def table_missing(school: TinySchool) -> None:
    table(school, "students").unlink()


def table_emptied(school: TinySchool) -> None:
    school.rows["students"] = []
    school.write(yes=True)


def column_missing(school: TinySchool) -> None:
    text = table(school, "students").read_text()
    table(school, "students").write_text(text.replace("student_id", "number_of_pupil", 1))


def two_active_years(school: TinySchool) -> None:
    school.year(SCHEDULING, "active").write(yes=True)


def no_active_year(school: TinySchool) -> None:
    school.year(ACTIVE, "past").write(yes=True)


def over_the_limit(school: TinySchool) -> None:
    school.limits["disable"] = 0
    school.forget_student(f"{school.id}-new").write(yes=True)


def torn(school: TinySchool) -> None:
    school.remove("students", student_id=f"{school.id}-new").write(yes=True)


def cut_off(school: TinySchool) -> None:
    table(school, "contacts").write_bytes(table(school, "contacts").read_bytes()[:-8])


def emptied_column(school: TinySchool) -> None:
    for row in school.rows["contacts"]:
        row["portal_access"] = ""
    school.write(yes=True)


def broken_row(school: TinySchool) -> None:
    text = table(school, "enrollments").read_text()
    table(school, "enrollments").write_text(text + "s0,2027\n")


def another_person(school: TinySchool) -> None:
    who = {"student_id": f"{school.id}-new"}
    school.edit("students", who, given_name="Zacharias", family_name="Else", birth_date="2001-01-01")
    school.edit("students", who, email="zacharias@pupils.example").write(yes=True)


def no_day(school: TinySchool) -> None:
    school.edit("school_years", {"year_id": ACTIVE}, starts_on="the 25th").write(yes=True)


def not_text(school: TinySchool) -> None:
    table(school, "students").write_bytes(b"\x00\x01\xff\xfe" * 50)


def journal_damaged(school: TinySchool) -> None:
    (journal,) = (school.folder / ".dayzero").glob("*.sqlite")
    journal.write_bytes(b"no database" * 100)


WAYS: tuple[Callable[[TinySchool], None], ...] = (
    no_toml, unknown_setting, no_token, wrong_token, no_portal_there, unknown_plugin, table_missing, table_emptied,
    column_missing, two_active_years, no_active_year, over_the_limit, torn, cut_off, emptied_column, broken_row,
    another_person, no_day, not_text, journal_damaged,
)  # fmt: skip


def alone(school: TinySchool) -> dict[str, Any]:
    """Return how a school ends by itself, with the plan and its remarks."""
    result = CliRunner().invoke(main, ["sync", "--yes", "--json", "--config", str(config(school))])
    doc = json.loads(result.stdout)
    error = doc.get("error")
    return {
        "exit_code": result.exit_code,
        "held": [one["allow"] for one in doc.get("held", [])],
        "doubts": sorted({d["doubt"] for d in [*doc.get("doubts", []), *doc.get("reads", [])]}),
        "error": error and {key: error[key] for key in ("kind", "message", "remedy")},
    }


def in_fleet(one: dict[str, Any]) -> dict[str, Any]:
    """Return the same of a school of a fleet's document."""
    held, doubts = [h["allow"] for h in one["held"]], sorted(one["doubts"] or {})
    return {"exit_code": one["exit_code"], "held": held, "doubts": doubts, "error": one["error"]}


def test_each_of_twenty_broken_schools_ends_as_it_would_alone(
    fleet: Fleet, tmp_path: Path, cloud: GradebookCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAYZERO_OTHER_TOKEN", "another")
    folder = tmp_path / "schools"
    broken, whole = [way.__name__ for way in WAYS], [f"whole-{n}" for n in range(WHOLE)]
    assert len(broken) == 20
    schools = fleet(*broken, *whole)
    assert ran("sync", str(folder), "--yes")[0] == 0
    for way in WAYS:
        way(schools[way.__name__])
    for ident in whole:
        schools[ident].student(f"{ident}-next", enrolled={SCHEDULING: "9"}, entry={SCHEDULING: 0}).write(yes=True)
    portal = cloud.world.snapshot()
    shutil.copytree(folder, tmp_path / "kept")
    expected = {ident: alone(schools[ident]) for ident in broken}
    cloud.world.restore(portal)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "kept", folder)

    code, doc = ran("sync", str(folder), "--yes", "--workers", "2")
    found = {one["school"]: in_fleet(one) for one in doc["schools"]}
    assert {ident: found[ident] for ident in broken} == expected
    assert not [ident for ident in broken if found[ident]["exit_code"] == 0], "each of these is a way to break"
    assert all(found[i]["error"]["remedy"] for i in broken if found[i]["error"])
    assert {found[ident]["exit_code"] for ident in whole} == {0}
    assert all(schools[ident].status("student", f"{ident}-next") == "pending" for ident in whole)
    assert code == doc["exit_code"] == gravest(*(ExitCode(one["exit_code"]) for one in found.values()))
    told = CliRunner().invoke(main, ["fleet", "status", str(folder)]).output
    assert not [ident for ident in broken if schools_of(doc, "run_id")[ident] and f"  {ident}" not in told]
