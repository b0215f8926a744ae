"""Can a read, as a whole, be what the school is? What is doubted, what is kept back for it, and what releases it. Pure.

A doubt about one person is another matter: here something is wrong with a table, or a column of it, for everybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Any

import polars as pl

from dayzero.conform import ACTIVE_YEAR, FILLED
from dayzero.gradebook import PortalView, of_kind, working, working_counts
from dayzero.people import ANOTHER_PERSON, Doubt
from dayzero.plan.cascade import ROLES, Kept
from dayzero.plugin import Finding, State

__all__ = [
    "CUT_LINE",
    "KEY",
    "PARTIAL",
    "READ_RULES",
    "Read",
    "ReadDoubt",
    "ReadRule",
    "doubted",
    "ending_earlier",
    "hardly_filled",
    "kept_from_leaving",
    "measured",
]

CUT_LINE = "cut-line"
PARTIAL = "partial"
KEY = ("kind", "person_id")
SHOWN = 20
"""How many ids a doubt names as evidence."""


@dataclass(frozen=True)
class Read:
    """What a doubt looks at: how far each table was read (``states``), the years and courses the portal should have by it
    (``records``), what the portal has, everything that would be done, and what is doubtful about persons.

    ``torn``: by table, ids that have no row of their own there, while another row needs them. ``measure``: of this read, and of the
    last good one (``measure_before``; empty where reads are not measured). ``lost``: accounts (``kind``, ``person_id``) that are
    gone from the portal, of so many that ``worked``, by kind; ``bearable``: how many of so many may be. ``cut``: tables whose last
    line may be cut off, and who is named in it. ``partial``: tables of people of which only a part was read; ``staying``: whose
    accounts (``kind``, ``person_id``) would end if it were the whole, which the last one was (``whole_before``). ``rekeyed``: ids of students
    who are back under another one.
    """

    states: Mapping[str, State]
    records: Mapping[str, pl.DataFrame]
    portal: PortalView
    operations: pl.DataFrame
    persons: tuple[Doubt, ...] = ()
    torn: Mapping[str, frozenset[str]] = field(default_factory=dict)
    measure: Mapping[str, int] = field(default_factory=dict)
    measure_before: Mapping[str, int] = field(default_factory=dict)
    lost: pl.DataFrame | None = None
    worked: Mapping[str, int] = field(default_factory=dict)
    bearable: Callable[[int], int | None] = lambda _: None
    cut: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    partial: tuple[str, ...] = ()
    staying: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict.fromkeys(KEY, pl.String)))
    whole_before: bool = False
    rekeyed: Collection[str] = ()

    @property
    def same_year(self) -> bool:
        """Whether the last good read had the year that is active now, as far as it is known: none is good that shrank."""
        return self.measure_before.get(ACTIVE_YEAR, 0) in (0, self.measure.get(ACTIVE_YEAR, 0))


@dataclass(frozen=True)
class ReadDoubt:
    """A doubt about a read as a whole: what it would do to ``count`` of ``of``. ``evidence``: ids, at most ``SHOWN``.

    ``together``: what all doubts of its name count, where it is not the only one: they are released as one.
    """

    doubt: str
    table: str
    column: str | None
    count: int
    of: int
    evidence: tuple[str, ...]
    together: int = 0

    @property
    def op(self) -> str:
        """Return what ``--allow`` calls it."""
        return self.doubt

    @property
    def waits(self) -> bool:
        """Whether somebody must look at it: not where it keeps nobody from leaving, and is only said."""
        return self.count > 0

    @property
    def allow(self) -> str:
        """Return what releases it."""
        return f"{self.doubt}={self.together or self.count}"

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
        del found["together"]
        return {**found, "remedy": _rule_of(self.doubt).remedy, "allow": self.allow if self.waits else None}


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
    found, kept = list[ReadDoubt](), Kept()
    for rule in READ_RULES:
        seen = [] if rule.code in released else rule.seen(read)
        together = sum(doubt.count for doubt, _ in seen) if len(seen) > 1 else 0
        found += [replace(doubt, together=together) for doubt, _ in seen]
        kept = reduce(or_, (what for _, what in seen), kept)
    return tuple(found), kept


def kept_from_leaving(withheld: pl.DataFrame, operations: pl.DataFrame, still: pl.DataFrame) -> pl.DataFrame:
    """Return whose accounts (``KEY``) would end by what was read, and do not; who stays ``still`` for another reason is none."""
    ends = withheld.filter("ends_account", "has_account").select(KEY)
    going = operations.filter(pl.col("op") == "disable").select("kind", person_id="id")
    return ends.join(pl.concat([going, still]), on=KEY, how="anti")


def measured(now: Mapping[str, int], before: Mapping[str, int], partial: Collection[str]) -> dict[str, int]:
    """Return what the next read is measured by: this one, but what a table that was read in part had before."""
    known = {name: count for name, count in before.items() if re.split("[.#]", name)[0] in partial}
    return {**now, **known}


def _rule_of(code: str) -> ReadRule:
    return next(rule for rule in READ_RULES if rule.code == code)


def _emptied_courses(read: Read) -> list[tuple[ReadDoubt, Kept]]:
    """No course at all, or hardly one of next year, while the portal has some: an export that failed looks the same.

    Of the active year none need be there: nobody asks for its courses any more. Next year's may have other ids; they are as many.
    """
    there, wanted = read.portal.records["course"], read.records["course"]
    if read.states.get("courses") == "vouched-empty" or there.is_empty():
        return []
    roles = ROLES if wanted.is_empty() else ROLES[1:]
    years = read.records["school-year"].filter(pl.col("role").is_in(roles))["id"]
    removed = read.operations.filter(pl.col("kind") == "course", pl.col("op") == "remove")["id"]
    gone: list[str] = []
    for year in years:
        was, left = (courses.filter(pl.col("year_id") == year) for courses in (there, wanted))
        going = was.filter(pl.col("id").is_in(removed.implode()))["id"].to_list()
        if left.is_empty() or (len(going) >= _AT_LEAST and left.height * 2 < was.height):
            gone += going
    if not gone:
        return []
    doubt = ReadDoubt("emptied-table", "courses", None, len(gone), there.height, tuple(sorted(gone)[:SHOWN]))
    return [(doubt, Kept(courses=frozenset(gone)))]


def _another_school(read: Read) -> list[tuple[ReadDoubt, Kept]]:
    """Too many people who are somebody else all at once, or strangers in everybody's place: another school's, or another year's numbers."""
    working_now = working_counts(read.portal.accounts)
    strange = [d.person_id for d in read.persons if d.doubt == ANOTHER_PERSON]
    known = sum(working_now.values())
    if len(strange) < _AT_LEAST or len(strange) * 100 <= _PERCENT * known:
        known = working_now.get("student", 0)
        strange = _strangers_in_place_of(known, read)
    if not strange:
        return []
    doubt = ReadDoubt("another-school", "students", None, len(strange), known, tuple(sorted(set(strange))[:SHOWN]))
    return [(doubt, Kept(everybody=True))]


_AT_LEAST, _PERCENT = 5, 2


def _strangers_in_place_of(known: int, read: Read) -> list[str]:
    """Return the students with an account who are gone, where that is nearly all and others have come: no school changes so
    within a year. Who is back under another id is not gone."""
    students = read.operations.filter(pl.col("kind") == "student")
    gone = students.filter(pl.col("op") == "disable", ~pl.col("id").is_in(list(read.rekeyed)))["id"].to_list()
    come = (students["op"] == "create").sum()
    all_others = come >= _AT_LEAST and len(gone) >= _AT_LEAST and len(gone) * 100 >= _NEARLY_ALL * known
    return gone if all_others and read.same_year else []


_NEARLY_ALL = 90


def _torn(read: Read) -> list[tuple[ReadDoubt, Kept]]:
    """Files of different nights, or a year that is written otherwise: somebody has lost their row, has an account, and other rows need them."""
    found = []
    for table, needed in read.torn.items():
        kind = "parent" if table == "contacts" else "student"
        there = working(of_kind(read.portal.accounts, kind))["person_id"]
        ids = there.filter(there.is_in(list(needed))).sort()
        if ids.is_empty():
            continue
        doubt = ReadDoubt("torn-read", table, None, ids.len(), there.len(), tuple(ids.head(SHOWN)))
        who = frozenset(ids)
        found.append((doubt, Kept(students=who) if kind == "student" else Kept(parents=who)))
    return found


def _emptied_columns(read: Read) -> list[tuple[ReadDoubt, Kept]]:
    """A column that decides who has access is there and says nothing any more: its default would speak for everybody."""
    return [
        (ReadDoubt("emptied-column", table, column, before, rows, ()), Kept(everybody=True))
        for table, column, before, rows in _no_longer_filled(read.measure, read.measure_before)
        if before * 100 >= _FILLED_PERCENT * rows
    ]


_FILLED_PERCENT = 5


def hardly_filled(measure: Mapping[str, int], before: Mapping[str, int]) -> list[Finding]:
    """Return a warning for each such column that too few had filled for it to be a doubt."""
    said = "column {} says nothing any more; it was filled in {} of {} rows"
    return [
        Finding("warning", table, None, column, None, "column-emptied", said.format(column, filled, rows))
        for table, column, filled, rows in _no_longer_filled(measure, before)
        if filled * 100 < _FILLED_PERCENT * rows
    ]


def ending_earlier(tables: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Return a warning for each table that may be cut off behind a line (``conform.last_rows``), and who is named in what is missing.

    No doubt that keeps anything back: an office that takes the last ones off itself leaves the very same table.
    """
    said = "the last rows of the last read are gone, and who stood in them is still there ({}): the file may be cut off behind a line; if so, export it again"
    return [
        Finding(
            "warning", table, None, None, None, "table-ends-earlier", said.format(", ".join(ids[:SHOWN]) or "courses")
        )
        for table, ids in tables.items()
    ]


def _no_longer_filled(measure: Mapping[str, int], before: Mapping[str, int]) -> Iterator[tuple[str, str, int, int]]:
    """Yield table and column, in how many of so many rows it was filled, of those that are filled in none any more, or in a
    tenth of what it was where there were many.

    Of a login one row tells nothing: it may be one person's slip.
    """
    for name, filled in before.items():
        column, _, what = name.partition("#")
        table, _, short = column.partition(".")
        least = 1 if column in measure else _AT_LEAST
        now, rows = measure.get(name), measure.get(table, 0)
        if what != FILLED or filled < least or now is None or rows == 0:
            continue
        if now == 0 or (filled >= 2 * _AT_LEAST and now * before.get(table, 0) * 10 <= filled * rows):
            yield table, short, filled, before.get(table, 0)


def _cut_lines(read: Read) -> list[tuple[ReadDoubt, Kept]]:
    """The last line of a table has no end: what would come after it is missing, and nobody is gone for that."""
    return [
        (ReadDoubt(CUT_LINE, table, None, 1, read.measure.get(table, 0), ids[:SHOWN]), Kept(everybody=True))
        for table, ids in read.cut.items()
    ]


def _partial(read: Read) -> list[tuple[ReadDoubt, Kept]]:
    """Tables of which only a part was read. Nothing is planned that takes; who would leave is told."""
    if not read.partial:
        return []
    staying = read.staying if read.whole_before else read.staying.clear()
    ids, there = staying["person_id"].sort(), sum(working_counts(read.portal.accounts).values())
    return [(ReadDoubt(PARTIAL, ", ".join(read.partial), None, ids.len(), there, tuple(ids.head(SHOWN))), Kept())]


def _lost_portal(read: Read) -> list[tuple[ReadDoubt, Kept]]:
    """More accounts are gone from the portal than may leave it: it was reset, or restored, or is another."""
    if read.lost is None or read.lost.is_empty():
        return []
    gone = dict(read.lost.group_by("kind").agg(pl.len()).iter_rows())
    over = [
        kind for kind, n in gone.items() if (limit := read.bearable(read.worked.get(kind, 0))) is not None and n > limit
    ]
    if not over:
        return []
    ids = tuple(read.lost["person_id"].sort().head(SHOWN))
    doubt = ReadDoubt("lost-portal", "accounts", None, sum(gone.values()), sum(read.worked.values()), ids)
    return [(doubt, Kept(everybody=True))]


READ_RULES: tuple[ReadRule, ...] = (
    ReadRule(
        "lost-portal",
        "{count} of {of} accounts that worked are gone from the portal: it may have been reset, restored, or be another one. Nothing is sent.",
        "Ask whoever runs the portal. If the accounts are to be made again, release it once.",
        _lost_portal,
        stops=True,
    ),
    ReadRule(
        "another-school",
        "{count} of {of} people are somebody else than they were, or gone with strangers in their place: this may be another school's export. Nothing is sent.",
        "Look whether the source is this school's. If all of them did change, release it once; each is decided by itself then.",
        _another_school,
        stops=True,
    ),
    ReadRule(
        "emptied-column",
        "Column {column} of {table} says next to nothing any more; it was filled in {count} of {of} rows, and decides who has access. Nothing is sent.",
        "Export the table again. If the column is truly empty now, release it once.",
        _emptied_columns,
        stops=True,
    ),
    ReadRule(
        CUT_LINE,
        "The last line of {table} has no end: the file may be cut off. Its row is left out, and nothing is taken from anybody.",
        "Export or copy the table again, as a whole. If its last line is to have no end from now on, release it once.",
        _cut_lines,
    ),
    ReadRule(
        PARTIAL,
        "Only a part was read of {table}: nothing is taken from anybody. It keeps {count} of {of} people from leaving.",
        "See to it that the source is read as a whole. If who is missing is truly gone, release it once, with a new plan.",
        _partial,
    ),
    ReadRule(
        "torn-read",
        "Of {of} people {count} have lost their row in {table}, and other rows of the same read need them: the files may be of different nights, or a year be written in two ways.",
        "Export all tables again, at one time, with one id for each year. If they are truly gone, release it once.",
        _torn,
    ),
    ReadRule(
        "emptied-table",
        "Table {table} has no usable row any more, or of next year none or less than half as many; {count} of {of} that the portal has would go.",
        "Export the table again. If there are truly no more, release it once.",
        _emptied_courses,
    ),
)
"""In the order in which they are told."""
