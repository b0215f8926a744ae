"""A generated demo school as a live source. It is grown when the source is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dayzero.plugin import SourceType, hookimpl
from dayzero_mock.settings import MockSettings

__all__ = ["MockSettings", "open_mock"]


@contextmanager
def open_mock(settings: MockSettings) -> Iterator[Any]:
    """Grow the school and serve its tables from memory."""
    from dayzero_mock.source import MockSource

    yield MockSource(settings)


@hookimpl
def dayzero_sources() -> list[SourceType]:
    """Bring ``mock``."""
    return [SourceType("mock", MockSettings, open_mock, summary="A generated demo school, no files at all.")]
