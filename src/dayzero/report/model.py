"""What a report says, as values: each number once, under the name by which the page, the JSON document and the docs know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from dayzero.gradebook import Drift, Rejection
from dayzero.people import Doubt, Rule

__all__ = [
    "FIX_SCHEMA",
    "STATES",
    "ChangeOfYear",
    "FindingGroup",
    "FixGroup",
    "GradeRow",
    "Moment",
    "People",
    "PlaceRow",
    "Read",
    "Report",
    "RunRow",
    "Shares",
    "Unread",
    "Waiting",
]

STATES = ("has", "comes", "waits", "left_out")
"""Where somebody stands who has, or should have, an account: has one that works; gets one at the next sync; waits for
somebody's decision; is left out until the data is corrected. In this order: of a family the best one counts."""


@dataclass(frozen=True)
class Shares:
    """How many of a group stand where (``STATES``). ``signed_in``: of those who have an account, who has used it;
    None of families."""

    has: int = 0
    comes: int = 0
    waits: int = 0
    left_out: int = 0
    signed_in: int | None = None

    @property
    def all(self) -> int:
        """The whole group."""
        return self.has + self.comes + self.waits + self.left_out

    @property
    def without(self) -> int:
        """Those who have no account today."""
        return self.all - self.has


@dataclass(frozen=True)
class GradeRow:
    """One grade's students: newcomers by the grade they come into, the others by the grade they are in (None: none is said)."""

    new: bool
    grade: str | None
    shares: Shares


@dataclass(frozen=True)
class People:
    """Who has an account.

    ``here``: students of the active year. ``newcomers``: those who come with the next year, with those who only lack the
    entry code on Day 0. ``parents``: contacts with access to a student who is sent. ``families_here`` and
    ``families_new``: the same students by the best of their parents.
    ``grades``: ``newcomers`` and ``here`` by grade. ``not_ticked``: contacts without a tick for portal access, who are in no group.
    """

    here: Shares
    newcomers: Shares
    parents: Shares
    families_here: Shares
    families_new: Shares
    grades: tuple[GradeRow, ...]
    not_ticked: int


@dataclass(frozen=True)
class ChangeOfYear:
    """When the year changes, and what that does. ``day``: the first one after the active year; ``days``: until then, negative once
    it is past. Who arrives, goes up and leaves is known where the scheduling year is looked at (``known``)."""

    day: date
    days: int
    known: bool
    arrive: int
    go_up: int
    leave: int


@dataclass(frozen=True)
class Moment:
    """What there was at the end of a run. ``students`` and ``parents``: accounts that worked, reckoned back from what the portal
    has today. ``to_fix``: people on the list of data to fix; None after a run that read nothing, as an undo."""

    at: datetime
    students: int
    parents: int
    to_fix: int | None


@dataclass(frozen=True)
class RunRow:
    """A run as history has it. ``seconds``: None of one that did not end. ``appear``, ``change``, ``leave``: accounts."""

    run_id: str
    at: datetime
    state: str
    send_scheduling_year: bool
    seconds: float | None
    appear: int
    change: int
    leave: int
    rejected: int
    exit_code: int | None


FIX_SCHEMA: dict[str, type[pl.DataType]] = {
    "place_kind": pl.String,
    "place": pl.String,
    "kind": pl.String,
    "person_id": pl.String,
    "given_name": pl.String,
    "family_name": pl.String,
    "students": pl.String,
    "student_ids": pl.String,
    "new": pl.Boolean,
    "reason": pl.String,
    "detail": pl.String,
    "account": pl.String,
}
"""Somebody whose data somebody should correct. ``place_kind``: ``homeroom``, ``grade`` where there is none, or neither.
``students`` and ``student_ids``: of a parent, whose parent; the first says where they stand. ``new``: a newcomer, or a parent of
newcomers alone. ``account``: what becomes of it, as ``plan --json`` says: none, kept or disable."""


@dataclass(frozen=True)
class FixGroup:
    """People with one thing to correct: ``people`` has ``FIX_SCHEMA``, sorted by place and name. ``remedy``: in the source's own
    words, where it has any."""

    rule: Rule
    remedy: str
    people: pl.DataFrame

    @property
    def count(self) -> int:
        """How many people."""
        return self.people.height


@dataclass(frozen=True)
class PlaceRow:
    """A homeroom, or a grade where there is none (``kind``), with how many there have something to correct; what may be meant is
    nothing to ask a family for."""

    kind: str | None
    place: str | None
    students: int
    parents: int


@dataclass(frozen=True)
class Waiting:
    """Something that is held until somebody has looked. ``allow``: what releases it."""

    said: str
    allow: str
    count: int


@dataclass(frozen=True)
class Unread:
    """Rows of a table that could not be read name ``count`` people with an account; these stay as they are. ``rows``: where, the
    first few."""

    table: str
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one rule on one column. ``message``: of the first; ``rows``: where, the first few."""

    severity: str
    table: str | None
    column: str | None
    rule: str
    count: int
    message: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Read:
    """A table as it was read: data rows, and the seconds that reading and typing it took."""

    table: str
    rows: int
    seconds: float | None


@dataclass(frozen=True)
class Report:
    """Everything a report says of a school on one day. ``made_at``: in the school's own zone. ``counts``: what the next sync does,
    as ``plan --json`` counts it. ``partial``: tables of which only a part was read."""

    school: str
    name: str
    today: date
    made_at: datetime
    send_scheduling_year: bool
    plan_id: str
    portal: str
    source: str
    revision: str
    counts: Mapping[str, Mapping[str, int]]
    people: People
    change_of_year: ChangeOfYear | None
    trend: tuple[Moment, ...]
    fix: tuple[FixGroup, ...]
    places: tuple[PlaceRow, ...]
    waiting: tuple[Waiting, ...]
    doubts: tuple[Doubt, ...]
    unread: tuple[Unread, ...]
    runs: tuple[RunRow, ...]
    reads: tuple[Read, ...]
    findings: tuple[FindingGroup, ...]
    drift: tuple[Drift, ...]
    rejected: tuple[Rejection, ...]
    partial: tuple[str, ...]
    estimated_seconds: float | None

    @property
    def to_fix(self) -> int:
        """People with something to correct, without what may be meant."""
        return sum(group.count for group in self.fix if not group.rule.may_be_meant)
