"""A generated demo school as a live source. It is grown when the source is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dayzero.plugin import SourceType, hookimpl

__all__ = ["MockSettings", "open_mock"]


@dataclass(frozen=True)
class MockSettings:
    """``[source] plugin = "mock"``: the same arguments give the same school."""

    students: int = 600
    years: int = 3
    seed: int = 7
    scenario: str = "plain"


@contextmanager
def open_mock(settings: MockSettings) -> Iterator[Any]:
    """Grow the school and serve its tables from memory."""
    from dayzero_mock.source import MockSource

    yield MockSource(settings)


@hookimpl
def dayzero_sources() -> list[SourceType]:
    """Bring ``mock``."""
    return [SourceType("mock", MockSettings, open_mock, summary="A generated demo school, no files at all.")]
