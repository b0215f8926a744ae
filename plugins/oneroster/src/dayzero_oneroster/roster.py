"""The one shape both readers give: OneRoster files as frames of text, in the specification's own column names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from dayzero_oneroster.findings import Findings
from dayzero_oneroster.specification import DATE_COLUMNS, FILES

__all__ = ["Mode", "Roster", "empty_file"]

Mode = Literal["bulk", "delta"]


@dataclass(frozen=True)
class Roster:
    """What was read. ``files``: by file name, every column of ``FILES`` and ``source_row``; absent files are absent.

    Blank values are null, ``status`` is ``active``, ``inactive`` or ``tobedeleted``. ``users`` may carry further columns, any
    file ``metadata.*`` and ``source_problem``. ``modes``: a file read as ``delta`` holds changes only. ``damaged``: files of
    which rows could not be read. ``findings``: what was odd about them. ``stamps``: by collection of a service, the moment
    up to which it was read as a whole. ``with_users``: files whose rows came with their users, so that a user who came again
    has these rows and no others. ``unended``: users whom a last line names that has no end.
    """

    files: Mapping[str, pl.DataFrame]
    modes: Mapping[str, Mode] = field(default_factory=dict)
    damaged: frozenset[str] = frozenset()
    findings: Findings = ()
    stamps: Mapping[str, str] = field(default_factory=dict)
    with_users: frozenset[str] = frozenset()
    unended: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a file, without rows where it is absent."""
        return self.files[name] if name in self.files else _absent(name)

    def __contains__(self, name: str) -> bool:
        return name in self.files

    def may_lack(self, name: str) -> bool:
        """Whether a row of a file may exist that is not here: then what points at it says nothing."""
        return name in self.damaged or self.modes.get(name) == "delta"

    @property
    def is_delta(self) -> bool:
        """Whether any file holds changes only."""
        return "delta" in self.modes.values()


def _absent(name: str) -> pl.DataFrame:
    """Return a file without rows as the mapping sees it: dates are dates."""
    return empty_file(name).cast(dict.fromkeys(DATE_COLUMNS.get(name, ()), pl.Date))


def empty_file(name: str) -> pl.DataFrame:
    """Return a file without rows as a reader gives it: all columns are text."""
    return pl.DataFrame(schema={**dict.fromkeys(FILES[name], pl.String), "source_row": pl.Int64})
