"""Many schools in one night: each by its own limits and journal, and what befalls one is its own."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fleet.conftest import Fleet
from tiny_school import TinySchool

from dayzero.cli import main
from dayzero.errors import ConfigurationError, ExitCode
from dayzero.fleet import Errand, Sent, errands_of, schools_in
from dayzero.fleet.local import locally
from dayzero.fleet.work import run

pytestmark = pytest.mark.slow


def ran(*argv: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(main, ["fleet", *argv, "--json"])
    return result.exit_code, json.loads(result.stdout)


def schools_of(doc: dict[str, Any], key: str) -> dict[str, Any]:
    return {school["school"]: school[key] for school in doc["schools"]}


def test_each_school_is_synced_as_its_own_sync_would(fleet: Fleet, tmp_path: Path) -> None:
    schools, where = fleet("alpha", "beta", "gamma"), str(tmp_path / "schools")
    code, doc = ran("plan", where, "--workers", "2")
    assert (code, schools_of(doc, "newcomers")) == (0, {"alpha": 1, "beta": 1, "gamma": 1})
    assert not schools["alpha"].accounts()
    code, doc = ran("sync", where, "--yes", "--workers", "2")
    assert (code, doc["exit_code"], schools_of(doc, "error")) == (0, 0, dict.fromkeys(schools))
    for ident, school in schools.items():
        assert school.status("student", f"{ident}-new") == "pending"
        assert school.sync(yes=True).doc["operations"] == []
    code, again = ran("sync", where, "--yes", "--workers", "2")
    assert (code, set(schools_of(again, "operations").values())) == (0, {0})
    code, seen = ran("status", where)
    assert code == 0
    assert all(run.startswith("20") for run in schools_of(seen, "run_id").values())


def test_one_school_is_a_fleet_as_well(fleet: Fleet) -> None:
    schools = fleet("alpha")
    code, doc = ran("sync", "--yes", "--config", str(schools["alpha"].folder / "dayzero.toml"))
    assert (code, schools_of(doc, "newcomers")) == (0, {"alpha": 1})


def test_the_status_of_a_fleet_needs_no_token(fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet("alpha")["alpha"].sync(yes=True)
    monkeypatch.delenv("DAYZERO_TOKEN")
    code, doc = ran("status", str(tmp_path / "schools"))
    assert (code, schools_of(doc, "error"), schools_of(doc, "exit_code")) == (0, {"alpha": None}, {"alpha": 0})


def held(school: TinySchool) -> None:
    """Let a newcomer leave who has an account, at a school of which nobody may."""
    school.sync(yes=True)
    school.limits["disable"] = 0
    school.forget_student(f"{school.id}-new").write(yes=True)


def broken(schools: dict[str, TinySchool]) -> None:
    """Break schools in ways of their own."""
    (schools["beta"].folder / "dayzero.toml").write_text("nothing = [")
    (schools["gamma"].folder / "export" / "students.csv").unlink()
    held(schools["delta"])
    schools["eta"].rows["students"] = []
    schools["eta"].write(yes=True)


def test_one_bad_school_never_touches_another(fleet: Fleet, tmp_path: Path) -> None:
    schools, where = fleet("alpha", "beta", "gamma", "delta", "eta", "theta"), str(tmp_path / "schools")
    schools["eta"].sync(yes=True)
    broken(schools)
    code, doc = ran("sync", where, "--yes", "--workers", "2")
    assert (code, doc["exit_code"]) == (4, 4)
    codes = schools_of(doc, "exit_code")
    assert codes == {"alpha": 0, "beta": 2, "gamma": 4, "delta": 3, "eta": 4, "theta": 0}
    for ident in ("beta", "gamma", "eta"):
        error = schools_of(doc, "error")[ident]
        assert error["message"]
        assert error["remedy"]
    assert [h["op"] for h in schools_of(doc, "held")["delta"]] == ["disable"]
    assert schools["theta"].status("student", "theta-new") == "pending"
    alone = schools["gamma"].run("sync", "--yes")
    assert alone.exit_code == codes["gamma"]
    assert alone.doc["error"]["message"] == schools_of(doc, "error")["gamma"]["message"]


def test_one_school_is_released_by_its_name(fleet: Fleet, tmp_path: Path) -> None:
    schools, where = fleet("alpha", "beta"), str(tmp_path / "schools")
    for school in schools.values():
        held(school)
    assert ran("sync", where, "--yes")[0] == 3
    refused = CliRunner().invoke(main, ["fleet", "sync", where, "--yes", "--allow", "disable=1"])
    assert (refused.exit_code, "--only" in refused.output) == (2, True)
    _, doc = ran("sync", where, "--yes", "--only", "beta")
    allow = [word for held in schools_of(doc, "held")["beta"] for word in ("--allow", held["allow"])][:2]
    code, doc = ran("sync", where, "--yes", "--only", "beta", *allow)
    assert (code, list(schools_of(doc, "school"))) == (0, ["beta"])
    assert schools["beta"].status("student", "beta-new") == "disabled"
    assert schools["alpha"].status("student", "alpha-new") == "pending"


TEMPLATE = """
[template.source]
plugin = "csv"
path = "schools/{school}/export"
[template.portal]
url = "%s"
token = { env = "DAYZERO_TOKEN" }
[template.sync]
send_scheduling_year = true
today = 2027-02-01
student_login = ["email"]
"""
WAYS = {
    "tables": '[schools.alpha]\n[schools.beta.sync]\nsend_scheduling_year = false\n',
    "list": '[[schools]]\nid = "alpha"\n[[schools]]\nid = "beta"\nsync = { send_scheduling_year = false }\n',
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_template_and_what_a_school_has_otherwise(fleet: Fleet, tmp_path: Path, way: str) -> None:
    schools = fleet("alpha", "beta")
    where = tmp_path / "fleet.toml"
    where.write_text(TEMPLATE % schools["alpha"].cloud.url + WAYS[way])
    code, doc = ran("sync", str(where), "--yes")
    assert (code, schools_of(doc, "error")) == (0, {"alpha": None, "beta": None})
    assert schools["alpha"].status("student", "alpha-new") == "pending"
    assert ("student", "beta-new") not in schools["beta"].accounts()
    assert {p.name for p in (tmp_path / ".dayzero").iterdir()} == {"alpha", "beta"}, "a journal of its own"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no school"),
        ("[school.a]\n[schools.b]", "nothing of a fleet"),
        ("[[schools]]\nname = 'x'", "has no `id`"),
        ("schools = 3", "no table"),
        ("[schools.a]\nconfig = 'a.toml'\nsync = {}", "besides"),
    ],
)
def test_a_fleet_that_says_nothing_clear_is_refused(tmp_path: Path, text: str, said: str) -> None:
    where = tmp_path / "fleet.toml"
    where.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        schools_in(where)


def test_two_schools_of_one_id_are_refused(fleet: Fleet, tmp_path: Path) -> None:
    fleet("alpha", "beta")
    text = (tmp_path / "schools" / "beta" / "dayzero.toml").read_text()
    (tmp_path / "schools" / "beta" / "dayzero.toml").write_text(text.replace('"beta"', '"alpha"'))
    with pytest.raises(ConfigurationError, match="twice"):
        schools_in(tmp_path / "schools")


DEADLY = """
import os, signal
from pathlib import Path
from contextlib import nullcontext
from dataclasses import dataclass
from dayzero.plugin import SourceType, hookimpl

@dataclass
class Settings:
    path: Path
    times: int = 1

class Deadly:
    def __init__(self, settings):
        self.settings = settings
    def read(self, table):
        deaths = self.settings.path / "deaths"
        before = len(deaths.read_text()) if deaths.exists() else 0
        if before < self.settings.times:
            deaths.write_text("x" * (before + 1))
            os.kill(os.getpid(), signal.SIGKILL)
        import csv
        with (self.settings.path / f"{table}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

@hookimpl
def dayzero_sources():
    return [SourceType("deadly", Settings, lambda settings: nullcontext(Deadly(settings)))]
"""


@pytest.mark.parametrize(("times", "code"), [(1, 0), (1_000, 2)])
def test_a_worker_that_is_killed_costs_the_school_that_kills_it_and_no_other(
    fleet: Fleet, tmp_path: Path, times: int, code: int
) -> None:
    schools, where = fleet("alpha", "beta", "gamma"), tmp_path / "schools"
    (schools["beta"].folder / "deadly.py").write_text(DEADLY)
    schools["beta"].source = {"plugin": "./deadly.py", "times": times}
    schools["beta"].write(yes=True)
    ended, doc = ran("sync", str(where), "--yes", "--workers", "2")
    assert (ended, schools_of(doc, "exit_code")) == (code, {"alpha": 0, "beta": code, "gamma": 0})
    assert schools["gamma"].status("student", "gamma-new") == "pending"
    if code:
        assert "--only ID" in schools_of(doc, "error")["beta"]["remedy"]


HEARS = """
@hookimpl
def dayzero_sync_finished(report):
    from pathlib import Path
    heard = Path(__file__).with_name("heard")
    heard.write_text((heard.read_text() if heard.exists() else "") + report["run_id"] + " ")
"""


def test_a_plugin_in_a_file_hears_of_its_own_school_alone(fleet: Fleet, tmp_path: Path) -> None:
    """Those that are installed are loaded once for all schools of a worker; this one is not."""
    schools, where = fleet("alpha", "beta", "gamma"), tmp_path / "schools"
    plugin = schools["beta"].folder / "hears.py"
    plugin.write_text(DEADLY + HEARS)
    schools["beta"].source = {"plugin": "./hears.py", "times": 0}
    schools["beta"].write(yes=True)
    results = run(Errand(Sent("sync"), str(where), tuple(schools)))
    assert [result.exit_code for result in results] == [0, 0, 0]
    assert plugin.with_name("heard").read_text().split() == [r.run_id for r in results if r.school == "beta"]


def test_ctrl_c_ends_between_schools(fleet: Fleet, tmp_path: Path) -> None:
    schools, where = fleet(*(f"s{n}" for n in range(6))), tmp_path / "schools"
    found = schools_in(where)
    errands = [Errand(Sent("sync"), str(where), tuple(schools))]
    results, asked = [], Future[None]()
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it comes while results do
        for some in locally([*errands[0].alone()], found, workers=1, asked=asked):
            results += some
            if not asked.done():
                asked.set_result(None)
    done = {result.school for result in results}
    assert done
    assert done < set(schools)
    for ident, school in schools.items():
        states = [sync["state"] for sync in school.get("/syncs")["items"]] if ident in done else []
        assert set(states) <= {"committed"}


def test_errands_are_as_many_as_there_is_work_for(fleet: Fleet, tmp_path: Path) -> None:
    fleet("a", "b", "c")
    schools = schools_in(tmp_path / "schools")
    assert [e.schools for e in errands_of(Sent("plan"), tmp_path, schools, workers=8)] == [("a",), ("b",), ("c",)]
    assert ExitCode.DONE == 0
