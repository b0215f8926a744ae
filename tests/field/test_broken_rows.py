"""A row that is broken may have swallowed the next: whoever is missing from its table may be in it, and loses nothing."""

from __future__ import annotations

import pytest
from tiny_school import PROMOTED, TinySchool


def exported(school: TinySchool, table: str) -> list[str]:
    """Return the lines of a table as the school would export it."""
    school.files.pop(table, None)
    school.write()
    return (school.folder / "export" / f"{table}.csv").read_text(encoding="utf-8").splitlines()


def glued(line: str, after: str, first: int, last: int) -> str:
    """Return two lines as one: the first cells of one, and what is left of the other from a cell on."""
    return ",".join([*line.split(",")[:first], *after.split(",")[last:]])


def swallowed(school: TinySchool, table: str, first: int, last: int) -> None:
    """Cut the end of s1's (c1's) row out, with the line end and the beginning of the next."""
    lines = exported(school, table)
    at = next(n for n, line in enumerate(lines) if line.split(",")[0] in ("s1", "c1"))
    lines[at : at + 2] = [glued(lines[at], lines[at + 1], first, last)]
    school.files[table] = "\n".join(lines) + "\n"


@pytest.fixture
def families(tiny_school: TinySchool) -> TinySchool:
    for n in range(1, 5):
        tiny_school.student(f"s{n}", **PROMOTED).contact(f"c{n}", children=[f"s{n}"])
    assert tiny_school.sync(yes=True).exit_code == 0
    return tiny_school


TABLES = ["students", "enrollments", "contacts", "relationships"]


@pytest.mark.parametrize("table", TABLES)
def test_nobody_is_gone_by_a_row_that_was_swallowed(families: TinySchool, table: str) -> None:
    before, again = families.accounts(), families.keep()
    for first, last in [(3, 0), (3, 1), (3, 4), (4, 1), (2, 3)]:
        swallowed(families, table, first, last)
        run = families.sync(yes=True)
        for key in [("student", "s2"), ("parent", "c2"), ("student", "s1"), ("parent", "c1")]:
            now, then = families.account(*key), before[key]
            assert (now["status"], now["children"]) == (then["status"], then["children"]), (first, last)
        assert run.exit_code in (0, 1, 3)
        assert run.doc["partial"] or run.doc["reads"] or run.doc["doubts"], (first, last)
        again()


@pytest.mark.parametrize("table", TABLES)
def test_empty_cells_too_many_or_too_few_in_every_row_are_no_damage(families: TinySchool, table: str) -> None:
    for written in (lambda row: f"{row},,", lambda row: row.rstrip(",")):
        header, *rows = exported(families, table)
        families.files[table] = "\n".join([header, *map(written, rows)]) + "\n"
        run = families.plan(yes=True)
        assert (run.exit_code, run.doc["partial"], run.doc["operations"]) == (0, [], [])


def test_who_is_added_beside_a_broken_row_gets_an_account(families: TinySchool) -> None:
    families.student("s9")
    lines = exported(families, "students")
    families.files["students"] = "\n".join([*lines, "s8,Given,Family,,,,,,,more"]) + "\n"
    run = families.sync(yes=True)
    assert run.op("student", "s9") == "create"
    assert run.doc["partial"] == ["students"]
