"""H12: the queries of docs/sources/other-systems.md on a school in Fedena's tables: one row a guardian, one class a student."""

from __future__ import annotations

import sqlite3
import tomllib
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from database_school import Commands, working

from dayzero.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "sources" / "other-systems.md"
SCHOOL = """
create table students (id integer primary key, admission_no, first_name, last_name, batch_id, date_of_birth date, email, is_deleted);
create table batches (id integer primary key, name, course_id, start_date date, end_date date, is_deleted);
create table courses (id integer primary key, course_name, code);
create table guardians (id integer primary key, ward_id, first_name, last_name, relation, email, user_id);
insert into courses values (1, '9', 'C9'), (2, '10', 'C10');
insert into batches values (10, 'A', 1, '2026-06-01', '2027-03-31', 0), (11, 'A', 2, '2026-06-01', '2027-03-31', 0),
    (20, 'A', 1, '2027-06-01', '2028-03-31', 0), (21, 'A', 2, '2027-06-01', '2028-03-31', 0);
insert into students values (1, 'F1', 'Ada', 'Rao', 10, '2012-01-02', null, 0), (2, 'F2', 'Ben', 'Rao', 11, '2011-01-02', null, 0),
    (3, 'F3', 'Cleo', 'Das', 10, '2012-03-02', null, 0), (4, 'F4', 'Gone', 'Das', 10, '2012-03-02', null, 1);
insert into guardians values (1, 1, 'Mira', 'Rao', 'mother', 'mira@homes.example', 7), (2, 2, 'Mira', 'Rao', 'mother', 'mira@homes.example', 7),
    (3, 3, 'Dev', 'Das', 'father', 'dev@homes.example', null), (4, 3, 'Isha', 'Das', 'mother', 'isha@homes.example', 9);
"""
WINTER, AFTER = date(2026, 12, 1), date(2027, 6, 2)


class Fedena:
    """The school, and syncs of it."""

    def __init__(self, commands: Commands, file: Path) -> None:
        document = tomllib.loads(PAGE.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0])
        self.commands, self.file = commands, file
        self.source = {"path": str(file), "queries": document["source"]["queries"]}
        self.logins = document["sync"]["student_login"]
        self.write(SCHOOL)

    def write(self, statements: str) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            database.executescript(statements)

    def sync(self, today: date, *, yes: bool = False, code: int = 0) -> dict[str, Any]:
        settings = {"today": today, "send_scheduling_year": yes, "student_login": self.logins}
        ended, document = self.commands(self.source, "sync", "--yes", **settings)
        assert ended == code, document
        return document


@pytest.fixture
def fedena(tmp_path: Path, gradebook_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Fedena:
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud.token)
    return Fedena(Commands(gradebook_cloud, tmp_path / "dayzero.toml"), tmp_path / "fedena.sqlite")


def test_h12_a_mother_of_two_rows_has_one_account(fedena: Fedena, gradebook_cloud: Any) -> None:
    document = fedena.sync(WINTER)
    assert working(gradebook_cloud) == {"students": ["1", "2", "3"], "parents": ["1: 1 2", "4: 3"]}
    reasons = {w["person_id"]: w["reason"] for w in document["withheld"] if w["kind"] == "parent"}
    assert reasons == {"2": "same-person-twice", "3": "no-portal-access"}
    assert {f["rule"] for f in document["findings"]} == {"not-our-table"}


def test_h12_her_account_follows_when_the_first_child_leaves(fedena: Fedena, gradebook_cloud: Any) -> None:
    fedena.sync(WINTER)
    fedena.write("delete from guardians where id = 1; update students set is_deleted = 1 where id = 1")
    fedena.sync(WINTER)
    [mira] = [a for a in gradebook_cloud.accounts("school") if a["login"] == "mira@homes.example"]
    assert (mira["status"], mira["children"]) == ("pending", ["2"])


def test_h12_newcomers_are_known_and_nothing_else_of_next_year(fedena: Fedena, gradebook_cloud: Any) -> None:
    fedena.sync(WINTER)
    fedena.write("insert into students values (5, 'F5', 'Eve', 'Nair', 20, '2013-01-02', 'eve@pupils.example', 0)")
    document = fedena.sync(WINTER, yes=True)
    [new] = [a for a in gradebook_cloud.accounts("school") if a["new"]]
    assert (new["person_id"], new["years"]) == ("5", ["scheduling"])
    told = {f["value"] for f in document["findings"] if f["rule"] == "in-active-not-in-scheduling"}
    assert told == {"1", "2", "3"}


def test_h12_moving_the_classes_is_the_change_of_year(fedena: Fedena, gradebook_cloud: Any) -> None:
    fedena.sync(WINTER)
    before = working(gradebook_cloud)
    fedena.write("update students set batch_id = case batch_id when 10 then 21 else 20 end where id < 4")
    fedena.sync(AFTER)
    assert working(gradebook_cloud) == before


def test_h12_moved_in_mid_year_everybody_would_have_left(fedena: Fedena, gradebook_cloud: Any) -> None:
    fedena.sync(WINTER)
    before = working(gradebook_cloud)
    fedena.write("update students set batch_id = 21 where id < 4")
    fedena.sync(WINTER, code=4)
    assert working(gradebook_cloud) == before


@pytest.mark.parametrize("looked_at", [(), ("--path", "fedena.sqlite"), ("--set", "url=sqlite:///fedena.sqlite")])
def test_h12_init_writes_queries_to_be_filled_in(
    fedena: Fedena, monkeypatch: pytest.MonkeyPatch, looked_at: tuple[str, ...]
) -> None:
    monkeypatch.chdir(fedena.file.parent)
    written = CliRunner().invoke(main, ["init", "--plugin", "sql", *looked_at, "--config", "made.toml"])
    assert written.exit_code == 0, written.output
    source = tomllib.loads(Path("made.toml").read_text(encoding="utf-8"))["source"]
    assert "FROM" not in source["queries"]["students"]
    assert source["queries"]["relationships"].endswith("from RELATIONSHIPS\n")
    assert ("guardians" in written.output) == bool(looked_at)
    printed = CliRunner().invoke(main, ["source", "--print-queries", "--config", "made.toml"])
    assert "STUDENT_ID as student_id" in printed.output
