"""Bundles as they come, with the real commands: nobody loses an account by a calendar, and what to do is said in OneRoster's words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from bundles import BUNDLE, write
from click.testing import CliRunner

from dayzero.cli import main

SESSIONS = BUNDLE["academicSessions"]
HEADER = SESSIONS.splitlines()[0] + "\n"


def only(file: str, *beginnings: str) -> str:
    """Return a file's header and the rows that begin so."""
    header, *rows = BUNDLE[file].splitlines()
    return "\n".join([header, *(row for row in rows if row.startswith(beginnings))]) + "\n"


class School:
    """A bundle on disk, synced by the real commands."""

    def __init__(self, folder: Path, cloud: Any) -> None:
        self.folder, self._cloud = folder, cloud
        self.today, self.yes = "2027-02-01", False
        self.source: dict[str, Any] = {}

    def run(self, *command: str, **files: str | None) -> tuple[int, dict[str, Any]]:
        write(self.folder / "bundle", **files)
        document = {
            "school": {"id": "north"},
            "source": {"plugin": "oneroster", "path": "bundle", **self.source},
            "portal": {"url": self._cloud.url, "token": {"env": "DAYZERO_TOKEN"}},
            "sync": {"send_scheduling_year": self.yes},
            "limits": {"disable": "none", "year": "none"},
        }
        text = tomlkit.dumps(document).replace("[limits]", f"today = {self.today}\n\n[limits]")
        config = self.folder / "dayzero.toml"
        config.write_text(text, encoding="utf-8")
        environ = {"DAYZERO_TOKEN": self._cloud.token}
        result = CliRunner().invoke(main, [*command, "--json", "--config", str(config)], env=environ)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, json.loads(result.stdout)

    def accounts(self) -> list[tuple[str, str, str, Any]]:
        return sorted((a["kind"], a["person_id"], a["status"], a["grade_level"]) for a in self._cloud.accounts("north"))

    def working(self) -> set[tuple[str, str]]:
        return {(kind, person) for kind, person, status, _ in self.accounts() if status != "disabled"}


@pytest.fixture
def school(tmp_path: Path, gradebook_cloud: Any) -> School:
    return School(tmp_path, gradebook_cloud)


@pytest.mark.parametrize(
    ("day", "files"),
    [
        ("2027-05-02", {"academicSessions": only("academicSessions", "SY28", "T28")}),
        ("2027-05-02", {"academicSessions": only("academicSessions", "T28")}),
        (
            "2027-07-31",
            {
                "academicSessions": only("academicSessions", "SY28", "T28"),
                "classes": only("classes", "H28"),
                "enrollments": only("enrollments", "e2", "e3"),
            },
        ),
    ],
)
def test_e1_a_bundle_of_next_year_alone_changes_nobody(school: School, day: str, files: dict[str, str]) -> None:
    school.run("sync", "--yes")
    before = school.accounts()
    school.today = day
    for yes in (False, True):
        school.yes = yes
        code, document = school.run("sync", "--yes", **files)
        assert code == 4
        assert "academicSessions of this year" in document["error"]["remedy"]
    assert school.accounts() == before


@pytest.mark.parametrize(("today", "active"), [("2027-07-31", "2027"), ("2027-08-01", "2028")])
def test_the_day_is_the_schools(school: School, today: str, active: str) -> None:
    school.today = today
    _, document = school.run("plan")
    years = {o["id"]: o["changes"]["role"][1] for o in document["operations"] if o["kind"] == "school-year"}
    assert years[active] == "active"


@pytest.mark.parametrize("begins", ["2027-10-01", "2028-01-10", "2027-09-03"])
def test_e4_what_to_do_about_day_0_is_said_in_onerosters_words(school: School, begins: str) -> None:
    school.yes = True
    files = {"enrollments": BUNDLE["enrollments"].replace("bob,student,2027-08-19", f"bob,student,{begins}")}
    _, plan = school.run("plan", **files)
    (bob,) = [w for w in plan["withheld"] if w["person_id"] == "bob"]
    _, explained = school.run("explain", "bob", **files)
    for remedy in (bob["remedy"], explained["remedy"]):
        assert "beginDate" in remedy
        assert "first_day" in remedy
        assert "E code" not in remedy
    assert bob["reason"] == "no-entry-on-day-0"


def test_e4_a_section_that_begins_late_is_no_dead_end(school: School) -> None:
    school.yes = True
    rows = BUNDLE["enrollments"].replace("2027-08-19", "2027-08-29")
    code, _ = school.run("sync", "--yes", enrollments=rows)
    assert code == 0
    assert ("student", "bob") in school.working()


@pytest.mark.parametrize("ends", ["2027-06-08", "2027-06-01", "2027-05-28"])
def test_e4_a_school_whose_enrollments_end_before_its_term_is_not_gone(school: School, ends: str) -> None:
    school.run("sync", "--yes")
    before = school.accounts()
    school.today = "2027-06-09"
    code, _ = school.run("sync", "--yes", enrollments=BUNDLE["enrollments"].replace("2027-06-10", ends))
    assert (code, school.accounts()) == (0, before)


@pytest.mark.parametrize("word", ["false", "0", "FALSE"])
def test_e8_who_is_switched_off_in_the_sis_loses_the_account(school: School, word: str) -> None:
    school.run("sync", "--yes")
    assert ("student", "ann") in school.working()
    header, *rows = BUNDLE["users"].splitlines()
    users = (
        "\n".join([f"{header},enabledUser", *(f"{r},{word if r.startswith('ann') else 'true'}" for r in rows)]) + "\n"
    )
    code, document = school.run("sync", "--yes", users=users)
    assert code == 0
    assert ("student", "ann") not in school.working()
    (ann,) = [w for w in document["withheld"] if w["person_id"] == "ann"]
    assert (ann["reason"], "enabledUser" in ann["remedy"]) == ("not-enrolled", True)


@pytest.mark.parametrize("rows", [("true", "false"), ("false", "true"), ("", "no"), ("no", "")])
def test_d1_a_no_in_any_row_wins_whatever_the_order(school: School, rows: tuple[str, str]) -> None:
    school.source = {"portal_access": "metadata.portal"}
    one, other = rows
    links = (
        "userSourcedId,relationshipUserSourcedId,relationshipRole,metadata.portal\n"
        f"ann,dad,parent,{one}\ndad,ann,parent,{other}\n"
    )
    header, *users = BUNDLE["users"].replace("bob@school.example,,,dad,,", "bob@school.example,,,,,").splitlines()
    people = "\n".join([f"{header},metadata.portal", *(f"{row},yes" for row in users)]) + "\n"
    school.run("sync", "--yes", users=people, relationships=links)
    assert ("parent", "dad") not in school.working()
    school.run("sync", "--yes", users=people, relationships=links.replace("no", "yes").replace("false", "true"))
    assert ("parent", "dad") in school.working()


def test_d5_a_feed_without_parents_says_so(school: School) -> None:
    users = "\n".join(row for row in BUNDLE["users"].splitlines() if ",parent," not in row) + "\n"
    code, document = school.run("sync", "--yes", users=users)
    assert code == 0
    assert [f["rule"] for f in document["findings"] if f["rule"] == "no-parents"] == ["no-parents"]


@pytest.mark.parametrize(
    ("now", "word"),
    [("no-scheduling-year", "academicSessions of next year"), ("scheduling-year-without-day-0", "beginDate")],
)
def test_a_year_that_cannot_be_sent_is_told_in_onerosters_words(school: School, now: str, word: str) -> None:
    school.yes = True
    if now == "no-scheduling-year":
        files = {"academicSessions": only("academicSessions", "SY27", "T27")}
    else:
        files = {"enrollments": BUNDLE["enrollments"].replace("2027-08-19", "2027-12-19")}
    code, document = school.run("plan", **files)
    said = json.dumps(
        [document.get("error"), document.get("findings"), [w["remedy"] for w in document.get("withheld", [])]]
    )
    assert code in (0, 3, 4)
    assert word in said
    assert "E code" not in said
