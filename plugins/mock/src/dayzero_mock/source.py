"""The tables of a demo school, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dayzero_fixtures import new_school

if TYPE_CHECKING:
    import polars as pl

    from dayzero_mock.settings import MockSettings


class MockSource:
    """A school grown from ``settings``."""

    def __init__(self, settings: MockSettings) -> None:
        self._tables: dict[str, pl.DataFrame] = new_school(
            students=settings.students, years=settings.years, seed=settings.seed, scenario=settings.scenario
        ).tables

    def read(self, table: str) -> pl.DataFrame | None:
        """Return the rows of ``table``, or None where the school has no such table."""
        return self._tables.get(table)
