"""Deliberately broken sources, one per requirement, prove that the contract suite fails."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dayzero.plugin import SourceType
from dayzero.testing import SourceContract, Tables

Spoil = Callable[[str, list[dict[str, Any]], int], list[dict[str, Any]] | None]


@dataclass
class Settings:
    tables: Tables = field(default_factory=dict)


def suite(spoil: Spoil, *, breaks: bool = False, state: object = None) -> SourceContract:
    """Return the contract of a source that keeps rows in memory, spoils them on reading and answers ``state``, if any."""
    reads = 0

    class Memory:
        def __init__(self, settings: Settings) -> None:
            self.tables = settings.tables

        def read(self, table: str) -> list[dict[str, Any]] | None:
            nonlocal reads
            reads += 1
            rows = self.tables.get(table)
            return (
                spoil(table, copy.deepcopy(rows) if rows is not None else [], reads)
                if rows is not None or table == "courses"
                else None
            )

    if state is not None:
        Memory.state = lambda self, table: state

    @contextmanager
    def open_memory(settings: Settings) -> Iterator[Memory]:
        yield Memory(settings)

    class Contract(SourceContract):
        source_type = SourceType("memory", Settings, open_memory)

        def make(self, tables: Tables) -> Settings:
            self.made = Settings(tables)
            return self.made

        if breaks:

            def break_after(self, table: str, n: int) -> None:
                self.made.tables[table] = self.made.tables[table][:n]

    return Contract()


def honest(table: str, rows: list[dict[str, Any]], _: int) -> list[dict[str, Any]] | None:
    return rows or (None if table == "courses" else rows)


def loses_a_row(table: str, rows: list[dict[str, Any]], n: int) -> list[dict[str, Any]] | None:
    return honest(table, rows[:-1] if table == "enrollments" else rows, n)


def reads_numbers(table: str, rows: list[dict[str, Any]], n: int) -> list[dict[str, Any]] | None:
    for row in rows:
        if (row.get("student_id") or "x").isdecimal():
            row["student_id"] = str(int(row["student_id"]))
    return honest(table, rows, n)


def strips_quotes(table: str, rows: list[dict[str, Any]], n: int) -> list[dict[str, Any]] | None:
    for row in rows:
        row.update({k: v.replace('"', "") for k, v in row.items() if v})
    return honest(table, rows, n)


def drops_unknown_columns(table: str, rows: list[dict[str, Any]], n: int) -> list[dict[str, Any]] | None:
    for row in rows:
        row.pop("locker", None)
    return honest(table, rows, n)


def never_forgets(table: str, rows: list[dict[str, Any]], n: int) -> list[dict[str, Any]] | None:
    if table == "students" and len(rows) < 2:
        rows.append({"student_id": "7"})
    return honest(table, rows, n)


def invents_rows(table: str, rows: list[dict[str, Any]], n: int) -> list[dict[str, Any]] | None:
    return honest(table, rows or [{"student_id": "ghost"}], n)


def changes_its_mind(table: str, rows: list[dict[str, Any]], n: int) -> list[dict[str, Any]] | None:
    return honest(table, rows[n % 2 :] if table == "students" else rows, n)


BROKEN: list[tuple[Spoil, str, tuple[Any, ...]]] = [
    (loses_a_row, "test_every_table_comes_back_as_it_was", ()),
    (reads_numbers, "test_ids_are_text", ()),
    (strips_quotes, "test_hostile_values_arrive_unchanged", ('say "hi"',)),
    (drops_unknown_columns, "test_unknown_columns_of_students_arrive", ()),
    (never_forgets, "test_a_deleted_row_is_gone", ()),
    (invents_rows, "test_an_empty_table_has_no_rows", ()),
    (invents_rows, "test_a_missing_optional_table_is_none", ()),
    (changes_its_mind, "test_reading_again_gives_the_same", ()),
]


@pytest.mark.parametrize(("spoil", "requirement", "arguments"), BROKEN, ids=[b[1] for b in BROKEN])
def test_the_suite_fails_a_broken_source_and_passes_an_honest_one(
    spoil: Spoil, requirement: str, arguments: tuple[Any, ...]
) -> None:
    getattr(suite(honest), requirement)(*arguments)
    with pytest.raises(AssertionError):
        getattr(suite(spoil), requirement)(*arguments)


def test_half_a_read_called_complete_fails() -> None:
    with pytest.raises(AssertionError):
        suite(honest, breaks=True).test_half_a_read_is_never_called_complete()


@pytest.mark.parametrize("word", ["Partial", "done", True, ["partial"]])
def test_another_word_than_the_three_fails(word: object) -> None:
    suite(honest, state="partial").test_state_says_one_of_the_three_words()
    with pytest.raises(AssertionError):
        suite(honest, state=word).test_state_says_one_of_the_three_words()


def test_what_is_not_implemented_is_skipped_by_name() -> None:
    with pytest.raises(pytest.skip.Exception, match="break_after"):
        suite(honest).test_half_a_read_is_never_called_complete()
    with pytest.raises(pytest.skip.Exception, match="state"):
        suite(honest).test_state_says_one_of_the_three_words()


def test_every_requirement_has_a_broken_source() -> None:
    requirements = {name for name in vars(SourceContract) if name.startswith("test_")}
    assert requirements == {b[1] for b in BROKEN} | {
        "test_half_a_read_is_never_called_complete",
        "test_state_says_one_of_the_three_words",
    }


def test_the_example_is_the_readme() -> None:
    root = Path(__file__).parents[2]
    module = (root / "examples" / "roster-in-twenty-lines" / "dayzero_roster.py").read_text(encoding="utf-8")
    assert module.strip() in (root / "README.md").read_text(encoding="utf-8")
