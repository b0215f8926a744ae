"""Can a read, as a whole, be what the school is? What is doubted, what is kept back for it, and what releases it. Pure.

A doubt about one person is another matter: here something is wrong with a table, or a column of it, for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from dayzero.gradebook import PortalView, working_counts
from dayzero.people import ANOTHER_PERSON, Doubt
from dayzero.plan.cascade import ROLES, Kept
from dayzero.plugin import State

__all__ = ["READ_RULES", "Read", "ReadDoubt", "ReadRule", "doubted"]

SHOWN = 20
"""How many ids a doubt names as evidence."""


@dataclass(frozen=True)
class Read:
    """What a doubt looks at: how far each table was read (``states``), the years and courses the portal should have by it
    (``records``), what the portal has, everything that would be done, and what is doubtful about persons."""

    states: Mapping[str, State]
    records: Mapping[str, pl.DataFrame]
    portal: PortalView
    operations: pl.DataFrame
    persons: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class ReadDoubt:
    """A doubt about a read as a whole: what it would do to ``count`` of ``of``. ``evidence``: ids, at most ``SHOWN``."""

    doubt: str
    table: str
    column: str | None
    count: int
    of: int
    evidence: tuple[str, ...]

    @property
    def op(self) -> str:
        """Return what ``--allow`` calls it."""
        return self.doubt

    @property
    def allow(self) -> str:
        """Return what releases it."""
        return f"{self.doubt}={self.count}"

    @property
    def stops(self) -> bool:
        """Whether nothing is sent while it stands."""
        return _rule_of(self.doubt).stops

    @property
    def said(self) -> str:
        """Return what was seen, as a sentence."""
        return _rule_of(self.doubt).message.format(table=self.table, column=self.column, count=self.count, of=self.of)

    def document(self) -> dict[str, Any]:
        """Return it as documents have it, with what to do."""
        found = {**asdict(self), "evidence": list(self.evidence)}
        return {**found, "remedy": _rule_of(self.doubt).remedy, "allow": self.allow}


@dataclass(frozen=True)
class ReadRule:
    """A reason to doubt a read. ``seen`` returns each doubt with what is kept back for it. ``stops``: nothing at all is sent.

    ``message`` may name ``{table}``, ``{column}``, ``{count}`` and ``{of}``.
    """

    code: str
    message: str
    remedy: str
    seen: Callable[[Read], list[tuple[ReadDoubt, Kept]]]
    stops: bool = False


def doubted(read: Read, released: Collection[str] = ()) -> tuple[tuple[ReadDoubt, ...], Kept]:
    """Return every doubt about a read but the ``released`` ones, and what is kept back for them."""
    found = [pair for rule in READ_RULES if rule.code not in released for pair in rule.seen(read)]
    kept = Kept()
    for _, what in found:
        kept |= what
    return tuple(doubt for doubt, _ in found), kept


def _rule_of(code: str) -> ReadRule:
    return next(rule for rule in READ_RULES if rule.code == code)


def _emptied_courses(read: Read) -> list[tuple[ReadDoubt, Kept]]:
    """An empty table of courses, while the portal has some of a year that goes on: an export that failed looks the same."""
    there, wanted = read.portal.records["course"], read.records["course"]
    if read.states.get("courses") == "vouched-empty" or there.is_empty() or not wanted.is_empty():
        return []
    years = read.records["school-year"].filter(pl.col("role").is_in(ROLES))["id"]
    gone = read.operations.filter(pl.col("kind") == "course", pl.col("op") == "remove")["id"]
    gone = there.filter(pl.col("id").is_in(gone.implode()), pl.col("year_id").is_in(years.implode()))["id"].sort()
    if gone.is_empty():
        return []
    doubt = ReadDoubt("emptied-table", "courses", None, gone.len(), there.height, tuple(gone.head(SHOWN)))
    return [(doubt, Kept(courses=frozenset(gone)))]


def _another_school(read: Read) -> list[tuple[ReadDoubt, Kept]]:
    """Too many people who are somebody else all at once: these are another school's, or another year's numbers."""
    strange = [d for d in read.persons if d.doubt == ANOTHER_PERSON]
    known = sum(working_counts(read.portal.accounts).values())
    if len(strange) < _AT_LEAST or len(strange) * 100 <= _PERCENT * known:
        return []
    ids = sorted({d.person_id for d in strange})[:SHOWN]
    return [(ReadDoubt("another-school", "students", None, len(strange), known, tuple(ids)), Kept(everybody=True))]


_AT_LEAST, _PERCENT = 5, 2

READ_RULES: tuple[ReadRule, ...] = (
    ReadRule(
        "another-school",
        "{count} of {of} people are somebody else than they were: this may be another school's export. Nothing is sent.",
        "Look whether the source is this school's. If all of them did change, release it once; each is decided by itself then.",
        _another_school,
        stops=True,
    ),
    ReadRule(
        "emptied-table",
        "Table {table} has no usable row any more; {count} of {of} that the portal has would go.",
        "Export the table again. If it is truly empty, release it once.",
        _emptied_courses,
    ),
)
"""In the order in which they are told."""
