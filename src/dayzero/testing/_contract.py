"""The requirements, one test each."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, get_args

import pytest

from dayzero.errors import SourceError
from dayzero.plugin import SourceType, State
from dayzero.schema import RESERVED_COLUMNS, TABLES

Row: TypeAlias = dict[str, str | None]
Tables: TypeAlias = dict[str, list[Row]]

HOSTILE = (
    "o'Brien",
    'say "hi"',
    "a,b;c\tc",
    "two\nlines",
    "=cmd()",
    "-1",
    "+1",
    "@x",
    "Łukasz 🎒",
    "<script>",
    "'); drop table students;--",
    "x" * 5_000,
    "NULL",
    "nan",
)


def sample() -> Tables:
    """Return a small school in the schema's own words."""
    return {
        "school_years": [
            {
                "year_id": "2027",
                "name": "2026-27",
                "starts_on": "2026-08-31",
                "ends_on": "2027-06-18",
                "role": "active",
            },
            {
                "year_id": "2028",
                "name": "2027-28",
                "starts_on": "2027-08-30",
                "ends_on": "2028-06-16",
                "role": "scheduling",
            },
        ],
        "students": [
            {
                "student_id": "00042",
                "given_name": "Ada",
                "family_name": "Byron",
                "email": "ada@school.example",
                "birth_date": "2011-12-10",
            },
            {"student_id": "7", "given_name": "Max", "family_name": "Moritz", "email": None, "birth_date": None},
        ],
        "enrollments": [
            {"student_id": "00042", "year_id": "2027", "grade_level": "09", "status": "active"},
            {"student_id": "7", "year_id": "2028", "grade_level": "10", "status": "active"},
        ],
        "calendar_codes": [{"student_id": "7", "year_id": "2028", "day": "0", "code": "E"}],
        "contacts": [
            {
                "contact_id": "0C1",
                "given_name": None,
                "family_name": "Byron",
                "primary_email": "b@home.example",
                "portal_access": "true",
            }
        ],
        "relationships": [{"student_id": "00042", "contact_id": "0C1", "relation": "mother", "portal_access": None}],
        "courses": [
            {"course_id": "ALG1", "year_id": "2028", "title": "Algebra 1", "credits": "1.0", "required": "true"}
        ],
    }


def as_rows(table: object) -> list[dict[str, Any]]:
    """Return what a source read as rows of text: empty is None, booleans and numbers as the schema would write them."""
    if hasattr(table, "__arrow_c_stream__"):
        import polars as pl

        table = pl.DataFrame(table).to_dicts()
    if not isinstance(table, Iterable):
        pytest.fail(f"`read` gave a {type(table).__name__}: neither a frame nor rows")
    return [{k: _text(v) for k, v in row.items() if k not in RESERVED_COLUMNS} for row in table]


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


class SourceContract:
    """Subclass it, name the ``source_type``, implement ``make``, and where possible ``break_after``."""

    source_type: SourceType
    tmp_path: Path

    def make(self, tables: Tables) -> Any:  # noqa: ARG002 - for the author to implement
        """Write ``tables`` where the source will look and return its settings. A table that is absent must not exist."""
        pytest.skip("not implemented: make(tables)")

    def break_after(self, table: str, n: int) -> None:  # noqa: ARG002 - for the author to implement
        """Let the source made last break off after ``n`` rows of ``table``."""
        pytest.skip("not implemented: break_after(table, n)")

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.tmp_path = tmp_path

    def _read(self, tables: Tables) -> dict[str, list[dict[str, Any]] | None]:
        settings = self.make(copy.deepcopy(tables))
        return self._read_with(settings)

    def _read_with(self, settings: Any) -> dict[str, list[dict[str, Any]] | None]:
        with self.source_type.open(settings) as source:
            return {name: None if (t := source.read(name)) is None else as_rows(t) for name in TABLES}

    @staticmethod
    def _same(read: list[dict[str, Any]] | None, given: list[Row], *, columns: Iterable[str]) -> None:
        """Compare rows as text, by the columns given; booleans and numbers may come typed or as written."""
        assert read is not None, "the table was not found"
        names = list(columns)
        plain = [tuple(_loose(row.get(n)) for n in names) for row in read]
        assert sorted(plain, key=repr) == sorted((tuple(_loose(row.get(n)) for n in names) for row in given), key=repr)

    def test_every_table_comes_back_as_it_was(self) -> None:
        """All rows and columns arrive, none is invented."""
        tables = sample()
        read = self._read(tables)
        for name, given in tables.items():
            self._same(read[name], given, columns=given[0])

    def test_ids_are_text(self) -> None:
        """``00042`` is not ``42``."""
        read = self._read(sample())["students"] or []
        assert {row["student_id"] for row in read} == {"00042", "7"}

    @pytest.mark.parametrize("value", HOSTILE, ids=lambda v: repr(v[:12]))
    def test_hostile_values_arrive_unchanged(self, value: str) -> None:
        """Quotes, separators, line breaks, formulas and long texts are values like others."""
        tables = sample()
        tables["students"][0]["family_name"] = value
        self._same(self._read(tables)["students"], tables["students"], columns=("student_id", "family_name"))

    def test_unknown_columns_of_students_arrive(self) -> None:
        """They are demographics fields and may serve as the login field."""
        tables = sample()
        for number, row in enumerate(tables["students"]):
            row["locker"] = f"L{number}"
        self._same(self._read(tables)["students"], tables["students"], columns=("student_id", "locker"))

    def test_a_deleted_row_is_gone(self) -> None:
        """A later read does not remember, or says so with a ``removed`` row."""
        tables = sample()
        self._read(tables)
        del tables["students"][1]
        settings = self.make(copy.deepcopy(tables))
        with self.source_type.open(settings) as source:
            read = source.read("students")
            rows = [] if read is None else _with_reserved(read)
        assert [r["student_id"] for r in rows if not r.get("removed")] == ["00042"]

    def test_an_empty_table_has_no_rows(self) -> None:
        """Zero rows, no table, or a refusal: never rows of something else."""
        tables = sample()
        tables["calendar_codes"] = []
        try:
            read = self._read(tables)["calendar_codes"]
        except SourceError:
            return
        assert not read

    def test_a_missing_optional_table_is_none(self) -> None:
        """A school without courses is no error."""
        tables = sample()
        del tables["courses"]
        assert self._read(tables)["courses"] is None

    def test_reading_again_gives_the_same(self) -> None:
        """Within one opening, and in a second one."""
        settings = self.make(sample())
        with self.source_type.open(settings) as source:
            first, second = as_rows(source.read("students")), as_rows(source.read("students"))
        third = self._read_with(settings)["students"]
        assert sorted(map(repr, first)) == sorted(map(repr, second)) == sorted(map(repr, third or []))

    def test_state_says_one_of_the_three_words(self) -> None:
        """Of every table, after reading; any other word stops the run: taken as complete, it would disable people."""
        settings = self.make(sample())
        with self.source_type.open(settings) as source:
            if not hasattr(source, "state"):
                pytest.skip("not implemented: state(table)")
            for name in TABLES:
                source.read(name)
            said = {name: source.state(name) for name in TABLES}
        assert {name: word for name, word in said.items() if word not in get_args(State)} == {}

    def test_half_a_read_is_never_called_complete(self) -> None:
        """A read that ended early raises SourceError or says ``partial``: it must not look as if people had left."""
        tables = sample()
        tables["students"] += [{**tables["students"][1], "student_id": f"x{n}"} for n in range(20)]
        settings = self.make(copy.deepcopy(tables))
        self.break_after("students", 5)
        try:
            with self.source_type.open(settings) as source:
                rows = as_rows(source.read("students"))
                state = source.state("students") if hasattr(source, "state") else "complete"
        except SourceError:
            return
        assert state == "partial" or len(rows) == len(tables["students"])


def _with_reserved(table: object) -> list[Mapping[str, Any]]:
    if hasattr(table, "__arrow_c_stream__"):
        import polars as pl

        return list(pl.DataFrame(table).to_dicts())
    return list(table)  # type: ignore[call-overload,no-any-return]


def _loose(value: object) -> str | None:
    text = _text(value)
    if text is None:
        return None
    return {"1": "true", "0": "false"}.get(text, text.removesuffix(".0"))
