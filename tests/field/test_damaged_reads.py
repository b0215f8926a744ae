"""Thousands of damaged reads of three schools: none takes what the undamaged read would not take, and none is silent.

Damage is what happens to files between a student information system and dayzero: some of them are of another night, one is
cut off, a column is empty or called otherwise, a table has its header only. Nothing is sent: what would be is in the plan.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, combinations
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from living_school import LivingSchool

from dayzero.errors import SourceError
from dayzero.plan import Plan
from dayzero_fixtures import School, new_school

pytestmark = pytest.mark.slow

SOAK = bool(os.environ.get("DAYZERO_SOAK"))
SCHOOLS = [("plain", 3), ("split-families", 4), ("plain", 5)]
STUDENTS = 50
STEP = 50 if SOAK else 1_999
"""After so many bytes a table is cut; the short form cuts seldom."""
LINES = 60 if SOAK else 4
"""Of so many lines at the end of a table, a cut is made behind each: such a file looks whole."""
FEW = None if SOAK else 9
"""Every how manieth of the other damages the short form does."""

OF_NOBODY = ("school-year", "course")
"""Records that are no verdict on anybody. Whether they go is looked at all the same."""

ENDS = ("disable", "remove", "renew")
"""Of whom the undamaged read takes all there is, less may be taken. A parent loses with the child."""

Files = dict[str, bytes]
Damage = tuple[str, Files]


@dataclass(frozen=True)
class Seen:
    """What a plan does and says. ``takes``: what it takes from whom; ``does``: all that it does; ``withheld``: who, for what;
    ``said``: everything that names damage."""

    takes: frozenset[tuple[str, ...]]
    does: frozenset[tuple[str, ...]]
    withheld: frozenset[tuple[str, ...]]
    said: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, plan: Plan) -> Seen:
        rows = [(o["kind"], o["id"], o["op"], json.loads(o["changes"])) for o in plan.going.iter_rows(named=True)]
        takes = frozenset(taken for row in rows for taken in _taken(*row))
        does = takes | {given for row in rows for given in _given(*row)}
        withheld = frozenset(plan.withheld.select("kind", "person_id", "reason").rows())
        findings = plan.findings.frame.select("rule", "table", "row", "column", "value")
        said = {("finding", *map(str, row)) for row in findings.rows()}
        said |= {("doubt", d.doubt, d.person_id) for d in plan.doubts}
        said |= {("read", d.doubt, d.table) for d in plan.reads} | {("held", b.op, b.kind) for b in plan.held}
        return cls(takes, does, withheld, frozenset(said))


def _taken(kind: str, ident: str, op: str, changes: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield what an operation takes: an account, a record, a year, a grade, a child, a login."""
    if op in ENDS:
        yield kind, ident, op
    for field, (before, after) in changes.items():
        if kind in OF_NOBODY:
            continue
        if isinstance(before, list):
            yield from ((kind, ident, field, one) for one in before if one not in (after or []))
        elif before is not None and after != before and field in ("login", "grade_level", "next_grade_level"):
            yield kind, ident, field, str(before)


def _given(kind: str, ident: str, op: str, changes: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield what an operation on a person gives: an account, a year, a child, anything else that is new."""
    if kind in OF_NOBODY:
        return
    if op != "update":
        yield kind, ident, op
    for field, (before, after) in changes.items():
        if isinstance(after, list):
            yield from ((kind, ident, field, f"+{one}") for one in after if one not in (before or []))
        else:
            yield kind, ident, field, f"={after}"


def tonight(school: School, number: int) -> School:
    """Return a school a night later: two have left, two are to come."""
    school = school.night(school.today + timedelta(days=1))
    here = school.ledger.present(school.ledger.active)["number"].sort()
    places = (number * 7 + 3) % len(here), (number * 11 + 5) % len(here)
    who = school.ledger.students.filter(pl.col("number").is_in([here[place] for place in places]))["student_id"]
    return school.withdraw(*who).admit(2)


class Evening:
    """A school whose portal was synced yesterday, and tonight's export, in which somebody left and somebody came."""

    def __init__(self, living: LivingSchool) -> None:
        self.living, self.folder = living, living.folder / "school"
        outcome = self.living.sync()
        assert int(outcome.exit_code) == 0, outcome.plan.findings.frame
        self.yesterday = self._files()
        self.living.become(tonight(self.living.school, 0))
        self.tonight = self._files()
        self.whole = self.plan()
        assert isinstance(self.whole, Seen)

    def _files(self) -> Files:
        return {file.stem: file.read_bytes() for file in sorted(self.folder.glob("*.csv"))}

    def plan(self) -> Seen | SourceError:
        try:
            return Seen.of(self.living.service().plan().plan)
        except SourceError as error:
            return error

    def read(self, damaged: Files) -> Seen | SourceError:
        """Return what is seen of tonight's files with some of them damaged."""
        try:
            for table, content in damaged.items():
                (self.folder / f"{table}.csv").write_bytes(content)
            return self.plan()
        finally:
            for table in damaged:
                (self.folder / f"{table}.csv").write_bytes(self.tonight[table])

    def faults(self, name: str, damaged: Files) -> list[str]:
        """Return what is wrong about how a damaged read is taken."""
        whole_nights = all(content == self.yesterday.get(table) for table, content in damaged.items())
        seen = self.read(damaged)
        if isinstance(seen, SourceError):
            return [] if seen.remedy else [f"{name}: refused without a remedy"]
        assert isinstance(self.whole, Seen)
        ends = {(kind, ident) for kind, ident, what, *_ in self.whole.takes if kind == "parent" or what in ENDS}
        found = [f"{name}: takes {t}" for t in sorted(seen.takes - self.whole.takes) if t[:2] not in ends]
        said = bool(seen.said - self.whole.said)
        other = seen.does - self.whole.does
        if (
            not whole_nights
        ):  # a table of yesterday may be what the school says, of whom it names: it changes nothing yet
            other |= (seen.does ^ self.whole.does) | (seen.withheld ^ self.whole.withheld)
        return found if said or not other else [*found, f"{name}: changes in silence: {sorted(other)[:4]}"]

    def _lost(self, table: str, content: bytes) -> set[bytes]:
        """Return of whom lines are gone that yesterday's read had: of students, or of contacts where those are fewer."""
        gone = {*self.tonight[table][len(content) :].splitlines()} & {*self.yesterday[table].splitlines()}
        cells = [line.split(b",") for line in gone]
        named = [{row[place] for row in cells} for place in range(1 + (table == "relationships"))]
        return min(named, key=len)

    # -- damages

    def two_nights(self) -> Iterator[Damage]:
        """Yield every one and two tables of yesterday among tonight's, and every two of tonight's among yesterday's."""
        tables = [t for t in self.tonight if self.tonight[t] != self.yesterday[t]]
        for chosen in [*((t,) for t in tables), *combinations(tables, 2)]:
            yield f"yesterday's {'+'.join(chosen)}", {t: self.yesterday[t] for t in chosen}
            yield f"tonight's {'+'.join(chosen)}", {t: self.yesterday[t] for t in tables if t not in chosen}

    def cuts(self, step: int) -> Iterator[Damage]:
        """Yield every table cut off, but for exactly behind a line: such a file is whole to every eye."""
        for table, content in self.tonight.items():
            for length in range(step // 2, len(content), step):
                if content[length - 1 : length] != b"\n":
                    yield f"{table} cut at {length} of {len(content)}", {table: content[:length]}

    def cuts_behind_lines(self) -> Iterator[Damage]:
        """Yield tables cut off behind a line, where lines of two or more are gone that yesterday's read had."""
        for table, content in self.tonight.items():
            for length in list(accumulate(map(len, content.splitlines(keepends=True))))[-1 - LINES : -1]:
                if len(self._lost(table, content[:length])) > 1:
                    yield f"{table} cut at {length} of {len(content)}", {table: content[:length]}

    def holes(self, step: int) -> Iterator[Damage]:
        """Yield every table with bytes cut out of its middle, where that leaves a row of another length than its header."""
        for table, content in self.tonight.items():
            for number, start in enumerate(range(content.index(b"\n") + step // 3, len(content) - 2, step)):
                damaged = content[:start] + content[min(start + 1 + number * 37 % 90, len(content) - 1) :]
                if not _is_even(damaged):
                    yield f"{table} without bytes from {start}, number {number}", {table: damaged}

    def columns(self) -> Iterator[Damage]:
        """Yield every column emptied, renamed, and gone."""
        for table, content in self.tonight.items():
            frame = pl.read_csv(content, infer_schema=False).fill_null("")
            for column in frame.columns:
                for how, damaged in (
                    ("emptied", frame.with_columns(pl.lit("").alias(column))),
                    ("renamed", frame.rename({column: f"{column}_x"})),
                    ("gone", frame.drop(column)),
                ):
                    yield f"{table}.{column} {how}", {table: damaged.write_csv().encode()}

    def tables(self) -> Iterator[Damage]:
        for table, content in self.tonight.items():
            yield f"{table} emptied", {table: content.splitlines(keepends=True)[0]}
            yield f"{table} of no bytes", {table: b""}


def _is_even(content: bytes) -> bool:
    rows = list(csv.reader(io.StringIO(content.decode(errors="replace"), newline="")))
    return all(len(row) == len(rows[0]) for row in rows if row)


@pytest.mark.soak
@pytest.mark.parametrize(("scenario", "seed"), SCHOOLS if SOAK else SCHOOLS[:1])
def test_no_damaged_read_takes_anything_or_is_silent(tmp_path: Path, scenario: str, seed: int) -> None:
    living = LivingSchool(tmp_path, new_school(STUDENTS, 3, seed, scenario))
    with living.cloud:
        evening = Evening(living)
        others = [*evening.two_nights(), *evening.columns(), *evening.tables()]
        damages = [*others[::FEW], *evening.cuts(STEP), *evening.holes(STEP)]
        faults = [fault for name, damaged in damages for fault in evening.faults(name, damaged)]
    assert not faults, "\n".join([f"{len(damages)} reads", *faults[:40]])


@pytest.mark.soak
@pytest.mark.parametrize(("scenario", "seed"), SCHOOLS if SOAK else SCHOOLS[:1])
def test_a_table_that_is_cut_behind_a_line_is_never_silent(tmp_path: Path, scenario: str, seed: int) -> None:
    """What it takes within the limits is taken, and named: nobody can tell it from what an office does."""
    living = LivingSchool(tmp_path, new_school(STUDENTS, 3, seed, scenario))
    with living.cloud:
        evening = Evening(living)
        silent = []
        for name, damaged in evening.cuts_behind_lines():
            seen = evening.read(damaged)
            if isinstance(seen, Seen) and seen.does != evening.whole.does and not seen.said - evening.whole.said:
                silent.append(name)
    assert not silent


@pytest.mark.soak
@pytest.mark.parametrize(("scenario", "seed"), SCHOOLS if SOAK else SCHOOLS[:1])
def test_undamaged_nights_are_done_without_a_doubt(tmp_path: Path, scenario: str, seed: int) -> None:
    living = LivingSchool(tmp_path, new_school(600, 3, seed, scenario))
    with living.cloud:
        living.sync()
        for number in range(30 if SOAK else 5):
            living.become(tonight(living.school, number))
            outcome = living.sync()
            plan = outcome.plan
            assert (int(outcome.exit_code), plan.reads, plan.doubts, plan.held) == (0, (), (), ()), number
            assert living.differences(plan) == [], number
