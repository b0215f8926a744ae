"""OneRoster 1.1 and 1.2 as a source: a CSV bundle or a REST service. The work is imported when a source is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dayzero.plugin import SourceType, hookimpl
from dayzero_oneroster.settings import OneRosterSettings

__all__ = ["OneRosterSettings", "open_oneroster"]


@contextmanager
def open_oneroster(settings: OneRosterSettings) -> Iterator[Any]:
    """Open a bundle or a service; nothing in it is ever written."""
    from dayzero_oneroster.source import opened

    with opened(settings) as source:
        yield source


@hookimpl
def dayzero_sources() -> list[SourceType]:
    """Bring ``oneroster``."""
    summary = "OneRoster 1.1 or 1.2: a CSV bundle (folder or zip) or a REST service."
    return [
        SourceType(
            "oneroster",
            OneRosterSettings,
            open_oneroster,
            summary=summary,
            look="dayzero_oneroster.look:look",
            shares_reads=True,
        )
    ]
