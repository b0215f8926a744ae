"""Damaged files, values, settings and plans: a clear error or a right reading, and nobody is disabled by the damage.

An input is a whole file, database, configuration or plan. Each is drawn from its number alone: a failure names it.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
import os
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import pytest
from mutations import HOSTILE, damaged
from tiny_school import NEWCOMER, PROMOTED, SCHEDULING, TinySchool

from dayzero.config import load
from dayzero.errors import DayzeroError
from dayzero.gradebook import canonical
from dayzero.plan import plan_of_text
from dayzero.plugins import Plugins, load_plugins
from dayzero.schema import TABLES
from dayzero.service import Service

pytestmark = pytest.mark.slow

SOAK = bool(os.environ.get("DAYZERO_SOAK"))
T = TypeVar("T")
People = set[tuple[str, str]]


def inputs(many: int, few: int) -> Iterator[tuple[int, random.Random]]:
    """Yield numbered draws: ``many`` in a soak."""
    for number in range(many if SOAK else few):
        yield number, random.Random(number)


@pytest.fixture
def school(tiny_school: TinySchool) -> TinySchool:
    """Return a synced school with everybody in it that a sync knows."""
    for number in range(1, 4):
        tiny_school.student(f"s{number}", birth_date="2011-05-01", username=f"user{number}")
        tiny_school.contact(f"c{number}", children=[f"s{number}"], given_name='Zoë "Zed", O\'Neil')
    tiny_school.student("s4", **PROMOTED).student("s5", **NEWCOMER).contact("c5", children=["s4", "s5"])
    tiny_school.row("courses", course_id="M1", year_id=SCHEDULING, title="Algebra", credits="1.0", grade_levels="9|10")
    assert tiny_school.sync(yes=True).exit_code == 0
    return tiny_school


def attempted(call: Callable[[], T]) -> tuple[T | None, DayzeroError | None]:
    """Return what a call gave, or the error it ended with, which says what to do; anything else is a failure."""
    try:
        return call(), None
    except DayzeroError as error:
        return None, error


@functools.cache
def plugins() -> Plugins:
    """Return the installed plugins; looking for them takes longer than a small plan."""
    return load_plugins()


def ended(school: TinySchool) -> People:
    """Return whose accounts a plan of the school as it stands ends; nobody's where the source is refused, and clearly."""
    environ = {"DAYZERO_TOKEN": school.token}
    config = load(school.folder / "dayzero.toml", environ=environ)
    service = Service(config, plugins=plugins(), environ=environ)
    decision, error = attempted(service.plan)
    if decision is None:
        assert error
        assert error.message
        assert error.remedy, error.message
        return set()
    operations = decision.plan.operations
    return set(operations.filter(pl.col("op") == "disable", ~pl.col("held")).select("kind", "id").iter_rows())


def concerned(school: TinySchool, rows: Iterable[dict[str, Any]]) -> People:
    """Return whom rows are about, and the parents of these students: they may lose what the rows said."""
    about = list(rows)
    students = {r["student_id"] for r in about if "student_id" in r}
    contacts = {r["contact_id"] for r in about if "contact_id" in r}
    contacts |= {r["contact_id"] for r in school.rows["relationships"] if r["student_id"] in students}
    return {("student", s) for s in students} | {("parent", c) for c in contacts}


def touched(whole: bytes, spoiled: bytes) -> list[dict[str, str]]:
    """Return the rows of a file whose lines are no longer there as they were."""
    left = spoiled.split(b"\n")
    lines = whole.decode().split("\n")[:-1]
    rows = csv.DictReader(io.StringIO("\n".join(lines), newline=""))
    return [row for row, line in zip(rows, lines[1:], strict=True) if line.encode() not in left]


@pytest.mark.soak
def test_damaged_csv_files(school: TinySchool) -> None:
    export = school.folder / "export"
    whole = {t: (export / f"{t}.csv").read_bytes() for t in TABLES}
    for number, draw in inputs(60_000, 100):
        table = draw.choice(list(TABLES))
        spoiled = damaged(whole[table], draw)
        (export / f"{table}.csv").write_bytes(spoiled)
        gone = ended(school)
        (export / f"{table}.csv").write_bytes(whole[table])
        assert gone <= concerned(school, touched(whole[table], spoiled)), (number, table, spoiled)


VALUES: tuple[Any, ...] = (*HOSTILE, None, "", 0, -1, 2**62, 1.5, float("inf"), b"\xff\0", b"s1", "1", "x" * 100_000)


@pytest.mark.soak
def test_hostile_values_in_a_database(school: TinySchool) -> None:
    database = school.folder / "sis.sqlite"
    school.source = {"plugin": "sql", "path": str(database)}
    school.write(yes=True)
    with closing(sqlite3.connect(":memory:")) as whole:
        for table, rows in school.rows.items():
            columns = TABLES[table].names
            whole.execute(f"create table {table} ({', '.join(columns)})")
            marks = ", ".join("?" * len(columns))
            whole.executemany(f"insert into {table} values ({marks})", ([r.get(c) for c in columns] for r in rows))
        whole.commit()
        for number, draw in inputs(20_000, 60):
            with closing(sqlite3.connect(":memory:")) as spoiled:
                whole.backup(spoiled)
                about = [_spoil(spoiled, school, draw) for _ in range(draw.choice((1, 1, 2, 5)))]
                spoiled.commit()
                database.write_bytes(spoiled.serialize())
            assert ended(school) <= concerned(school, about), (number, about)


def _spoil(database: sqlite3.Connection, school: TinySchool, draw: random.Random) -> dict[str, Any]:
    """Put a value where another one was; return the row as it was."""
    table = draw.choice([t for t in school.rows if school.rows[t]])
    place = draw.randrange(len(school.rows[table]))
    column = draw.choice(TABLES[table].names)
    database.execute(f"update {table} set {column} = ? where rowid = ?", [draw.choice(VALUES), place + 1])
    return school.rows[table][place]


CONFIGURATION = """\
[school]
id = "tiny"
name = "Tiny School"
[source]
plugin = "csv"
path = "export/"
delimiter = ","
[source.columns.students]
student_id = "Number"
[portal]
url = "https://gradebook.example"
token = { env = "DAYZERO_TOKEN" }
part_size = 5000
[sync]
send_scheduling_year = true
student_login = ["email", "username"]
entry_codes = ["E", "R"]
withdrawal_codes = ["W"]
mode = "add-only"
add_only_until = 2027-09-03
[limits]
create = "100%"
disable = 12
on_breach = "hold"
[schedule]
timezone = "America/New_York"
blackout = ["2027-06-07/2027-06-11", "07:30/16:00"]
max_seconds = 1800
[notify]
urls = { env = "DAYZERO_NOTIFY" }
on = ["failure"]
[state]
path = ".dayzero"
"""


@pytest.mark.soak
def test_damaged_settings(tmp_path: Path) -> None:
    file, whole = tmp_path / "dayzero.toml", CONFIGURATION.encode()
    secret = "correct-horse-battery-staple"
    environ = {"DAYZERO_TOKEN": secret, "DAYZERO_NOTIFY": f"json://{secret}"}
    read = 0
    for number, draw in inputs(70_000, 300):
        file.write_bytes(damaged(whole, draw))
        config, error = attempted(lambda: load(file, environ=environ))
        if error:
            assert error.remedy, (number, error.message)
        said = repr(config) if error is None else f"{error.message} {error.remedy} {error.facts}"
        assert secret not in said, number
        read += error is None
    assert read, "some damage leaves a configuration that reads"


@pytest.mark.soak
def test_damaged_plan_files(school: TinySchool) -> None:
    file = school.folder / "saved.plan"
    school.student("s1", given_name="Renamed").student("s2", enrolled={}).plan("--out", str(file), yes=True)
    whole = file.read_bytes()
    saved = plan_of_text(whole, file.name)
    for number, draw in inputs(50_000, 300):
        text = damaged(whole, draw)
        read, error = attempted(functools.partial(plan_of_text, text, file.name))
        if read is None:
            assert error
            assert error.remedy, (number, error.message)
            continue
        assert (read.plan_id, read.header) == (saved.plan_id, saved.header), number
        assert read.operations.equals(saved.operations), number


@pytest.mark.soak
def test_forged_plans_that_hash_right(school: TinySchool) -> None:
    """Whoever can write a plan file can also reckon its hash: what it then says must still be a plan."""
    file = school.folder / "forged.plan"
    school.student("s1", given_name="Renamed").student("s2", enrolled={}).plan("--out", str(file), yes=True)
    header, *operations = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    del header["plan_id"]
    before = school.everything()
    for number, draw in inputs(2_000, 40):
        forged = [*operations, _forged(draw)]
        lines = [canonical(line) for line in (header, *sorted(forged, key=lambda o: (str(o["kind"]), str(o["id"]))))]
        named = hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()
        file.write_bytes(b"\n".join([canonical({**header, "plan_id": named}), *lines[1:], b""]))
        applied = school.run("sync", "--plan", str(file))
        assert "error" in applied.doc, (number, forged[-1], applied)
        assert applied.doc["error"]["remedy"], (number, applied)
        assert school.everything() == before, number


def _forged(draw: random.Random) -> dict[str, Any]:
    """Return an operation in which something is not as it can be."""
    operation: dict[str, Any] = {"op": "update", "kind": "student", "id": "s3", "changes": {}, "held": False}
    wrong: dict[str, tuple[Any, ...]] = {
        "op": ("delete", "remove", "", None, 7, "CREATE"),
        "kind": ("teacher", "admin", "", None, ["student"], "school_year"),
        "id": (None, 7, "", ["s3"]),
        "changes": (
            *(
                None,
                [],
                {"login": "x"},
                {"login": []},
                {"login": ["a"]},
                {"login": ["a", 7]},
                {"password": [None, "x"]},
            ),
            *(
                {"years": [None, "active"]},
                {"new": [None, "yes"]},
                {"children": [[], [7]]},
                {"status": ["pending", "active"]},
            ),
        ),
        "held": ("no", None, 1),
    }
    part = draw.choice(list(wrong))
    return {**operation, part: draw.choice(wrong[part])}
