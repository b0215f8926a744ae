"""Who is at the school: in the active year, in the scheduling year, new or returning, and who is therefore sent.

Pure: typed tables and settings in, frames and findings out.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from dayzero.config import SyncSettings
from dayzero.conform import Findings, remarks, repeated
from dayzero.errors import ConfigurationError, UntrustedSourceError
from dayzero.people.access import access_said
from dayzero.people.bridge import Bridge, bridged
from dayzero.people.codes import (
    classified,
    coded,
    enrolled,
    in_force,
    left_but_expected,
    of_year,
    transferred,
)
from dayzero.people.copies import merge_copies
from dayzero.people.courses import courses_and_grades
from dayzero.people.logins import cleaned
from dayzero.people.readiness import missing_people
from dayzero.people.years import Years
from dayzero.schema import PERSON_OF_COLUMN

__all__ = ["Population", "populate", "require_somebody"]


@dataclass(frozen=True)
class Population:
    """The people of the source. A person is a row: the numbers in ``links`` are rows of ``students`` and ``contacts``.

    ``students``: one row per id in ``students``, sorted: id, names, ``birth_date``, ``login``, and the facts the rules look at:
    ``active_enrolled``, ``active_withdrawn``, ``scheduling_enrolled``, ``scheduling_withdrawn``, ``entry_on_day_0``,
    ``entry_days`` (text), ``in_active``, ``in_scheduling``, ``sent``, ``new``, ``active_grade``, ``scheduling_grade``,
    ``homeroom`` (of the active year, of the scheduling year for who is not in it).
    Of a student who could not be read no fact is true. ``contacts``: one row per id in ``contacts``, sorted:
    id, names, ``primary_email``, ``household_id``.
    ``links``: ``contact``, ``student``, ``grants``, ``refuses`` (somebody said no, which is more than saying nothing), and
    ``next_year_only``: no row of the active year, or of all years, has it; sorted.
    """

    years: Years
    students: pl.DataFrame
    contacts: pl.DataFrame
    links: pl.DataFrame
    findings: Findings

    def with_people(self, students: pl.DataFrame, contacts: pl.DataFrame, links: pl.DataFrame) -> Population:
        """Return it with other people and links."""
        return replace(self, students=students, contacts=contacts, links=links)

    def without_facts_of(self, students: Collection[str]) -> Population:
        """Return it with no fact true of some students: nothing is to be decided about them."""
        if not students:
            return self
        these = self.students["student_id"].is_in(list(students)).arg_true()
        facts = [
            self.students[c].scatter(these, False) for c, dtype in self.students.schema.items() if dtype == pl.Boolean
        ]
        return replace(self, students=self.students.with_columns(facts))


def populate(
    tables: Mapping[str, pl.DataFrame],
    years: Years,
    settings: SyncSettings,
    *,
    unreadable: pl.DataFrame,
    today: date | None = None,
    bridge: Bridge | None = None,
    next_year_may_wait: bool = False,
    accounts: pl.DataFrame | None = None,
) -> Population:
    """Work out the population of numbered tables; ``unreadable`` (``kind``, ``person_id``): who could not be read.

    ``today``: the school's day; without it every code is in force. ``bridge``: the last weeks of the active year, in which a
    mass exit is a stamp. ``next_year_may_wait``: while the scheduling year is not ready, the active one alone is looked at.
    ``accounts``: the portal's, which tell of a link of which the source cannot be read.

    Raises UntrustedSourceError for a scheduling year nobody can be read from and that may not wait.
    """
    _require_login_columns(tables["students"], settings)
    findings: list[Findings] = []
    codes, found = classified(in_force(tables["calendar_codes"], today), settings)
    findings.append(found)
    own = _with_clean(tables["students"].drop("student"), settings.student_login)
    students, found = merge_copies(own, ("student_id",), years.both, logins=settings.student_login)
    findings.append(found)
    unread = unreadable.filter(pl.col("kind") == "student")["person_id"]
    read = ~students["student_id"].is_in(unread.implode())
    students = students.with_columns(pl.coalesce(settings.student_login).alias("login"))
    if settings.use_preferred_name:
        students = students.with_columns(given_name=pl.coalesce("preferred_name", "given_name"))
    for name, year in (("active", years.active), ("scheduling", years.scheduling)):
        students = students.with_columns(
            *enrolled(of_year(tables["enrollments"], year, read), students.height, name),
            *coded(of_year(codes, year, read), students.height, name),
        )
    students = students.with_columns(_IN_ACTIVE)
    if bridge is not None:
        students, found = bridged(students, tables["enrollments"], codes, years.active, bridge, read)
        findings.append(found)
    students = students.with_columns(_IN_SCHEDULING)
    students = students.with_columns(
        sent=pl.col("in_active") | pl.col("in_scheduling"),
        new=pl.col("in_scheduling") & ~pl.col("in_active"),
        homeroom=pl.when("in_active").then("active_homeroom").otherwise("scheduling_homeroom"),
    ).rename({"scheduling_entry_on_day_0": "entry_on_day_0", "scheduling_entry_days": "entry_days"})
    _require_active_people(tables, years.active)
    findings += [transferred(students), left_but_expected(students)]
    if years.scheduling is not None:
        missing = missing_people(tables["enrollments"], codes, students, years.scheduling, settings)
        if missing is not None and not next_year_may_wait:
            raise missing.refusal()
        if missing is not None:
            now = replace(years, scheduling=None)
            alone = populate(
                tables, now, settings, unreadable=unreadable, today=today, bridge=bridge, accounts=accounts
            )
            return replace(alone, findings=Findings.joined([[missing.warning(years.active)], alone.findings]))
        findings.append(_missing_next_year(students))
    contacts, found = merge_copies(
        _with_clean(tables["contacts"].drop("contact"), ["primary_email"]),
        ("contact_id",),
        years.both,
        logins=("primary_email",),
        refusing=("portal_access",),
    )
    findings.append(found)
    links, found = _links(tables["relationships"], contacts, years, accounts)
    findings += [
        found,
        courses_and_grades(tables["courses"], students, years),
        _likely_duplicates(students.filter(read) if unread.len() else students),
    ]
    return Population(years, students.select(_STUDENT), contacts.select(_CONTACT), links, Findings.joined(findings))


def _links(
    relationships: pl.DataFrame, contacts: pl.DataFrame, years: Years, accounts: pl.DataFrame | None
) -> tuple[pl.DataFrame, Findings]:
    """Return who belongs to whom, as ``Population.links``, sorted by both numbers."""
    key = ("student_id", "contact_id")
    links, findings = merge_copies(relationships, key, years.both, refusing=("portal_access",), only_in_scope=True)
    # Where nothing is said, access is not given, and not refused.
    said = access_said(links, contacts, accounts)
    grants, refuses = said.fill_null(value=False), ~said.fill_null(value=True)
    # One number sorts three times as fast as two columns.
    pair = _pair(links)
    packed = (
        pair * 8
        + _next_year_only(relationships, pair, years).cast(pl.UInt64) * 4
        + refuses.cast(pl.UInt64) * 2
        + grants.cast(pl.UInt64)
    )
    number = pl.col("packed")
    unpacked = (
        packed.sort()
        .to_frame("packed")
        .select(
            contact=(number // 2**35).cast(pl.UInt32).set_sorted(),
            student=(number // 8 % 2**32).cast(pl.UInt32),
            next_year_only=number // 4 % 2 == 1,
            refuses=number // 2 % 2 == 1,
            grants=number % 2 == 1,
        )
    )
    return unpacked, findings


def _pair(links: pl.DataFrame) -> pl.Series:
    """Return contact and student as one number."""
    return links["contact"].cast(pl.UInt64) * 2**32 + links["student"].cast(pl.UInt64)


def _next_year_only(relationships: pl.DataFrame, pair: pl.Series, years: Years) -> pl.Series:
    """Return which links only the scheduling year's copy has."""
    if years.scheduling is None or not (relationships["year_id"] == years.scheduling).any():
        return pl.repeat(value=False, n=pair.len(), eager=True)
    spoken = (relationships["year_id"] == years.active).fill_null(value=True)
    return ~pair.is_in(_pair(relationships.filter(spoken)).implode())


_STUDENT = (
    "student_id", "given_name", "family_name", "birth_date", "login",
    "active_enrolled", "active_withdrawn", "scheduling_enrolled", "scheduling_withdrawn", "entry_on_day_0", "entry_days",
    "in_active", "in_scheduling", "sent", "new", "active_grade", "scheduling_grade", "homeroom",
)  # fmt: skip
_CONTACT = ("contact_id", "given_name", "family_name", "primary_email", "household_id")
# Out and in again on one day, and still enrolled: a transfer, the student is there.
_IN_ACTIVE = (pl.col("active_enrolled") & (~pl.col("active_withdrawn") | pl.col("active_transferred"))).alias(
    "in_active"
)
# A returning student needs no entry code: membership of the active year stands for it.
_IN_SCHEDULING = (
    pl.col("scheduling_enrolled")
    & ~pl.col("scheduling_withdrawn")
    & (pl.col("scheduling_entry_on_day_0") | pl.col("in_active"))
).alias("in_scheduling")


def _with_clean(people: pl.DataFrame, logins: Sequence[str]) -> pl.DataFrame:
    """Return people with usable logins: what stands for nothing is nothing. An id that serves as login stays as it is."""
    mine = [c for c in logins if people.schema[c] == pl.String and c not in PERSON_OF_COLUMN]
    return people.with_columns(cleaned(people[c]) for c in mine)


def _require_login_columns(students: pl.DataFrame, settings: SyncSettings) -> None:
    for column in settings.student_login:
        if column not in students.columns:
            near = difflib.get_close_matches(column, students.columns, n=1)
            raise ConfigurationError(
                f"`student_login` names {column!r}, but the table students has no such column"
                + (f"; did you mean {near[0]!r}?" if near else "."),
                remedy=f"Choose from: {', '.join(students.columns)}.",
                key="sync.student_login",
            )


def _require_active_people(tables: Mapping[str, pl.DataFrame], year: str) -> None:
    """Refuse an active year whose enrollments stand under an id that school_years does not know (R39)."""
    enrolled = tables["enrollments"]["year_id"]
    if (enrolled == year).any():
        return
    strange = enrolled.filter(~enrolled.is_in(tables["school_years"]["year_id"].implode()))
    if not strange.is_empty():
        raise UntrustedSourceError(
            f"No row of enrollments is in the active year {year}, and {strange.len():,} are in years that school_years does not "
            f"have, such as {strange[0]!r}; acting on it would read as if everybody had left.",
            remedy="Make the year ids of school_years and enrollments the same, and export again.",
            rule="active-year-without-enrollments",
        )


def require_somebody(population: Population) -> None:
    """Refuse an active year in which nobody is enrolled, at a school that has accounts: everybody would leave (A5)."""
    students, year = population.students, population.years.active
    if not (students["active_enrolled"].any() or students["in_active"].any()):
        raise UntrustedSourceError(
            f"Nobody has an active enrollment in the active year {year}; acting on it would read as if everybody had left.",
            remedy="Set the active year in the SIS to the one the students are enrolled in, or enroll them, and export again.",
            rule="active-year-without-enrollments",
        )


def _missing_next_year(students: pl.DataFrame) -> Findings:
    """Case 23: a retained student of the top grade may have been forgotten, and looks like a graduate."""
    rows = students.select("student_id", "active_grade").filter(students["in_active"] & ~students["in_scheduling"])
    said = pl.format(
        "student {} (grade {}) is in the active year and not in the scheduling year: "
        "a graduate or leaver, or retained and forgotten",
        "student_id", "active_grade",
    )  # fmt: skip
    student = pl.col("student_id")
    return remarks(rows, "notice", "enrollments", "student_id", "in-active-not-in-scheduling", said, value=student)


def _likely_duplicates(students: pl.DataFrame) -> Findings:
    """Case 27: the same name and birth date under two ids; reported, never merged."""
    dated = students.filter(pl.col("birth_date").is_not_null(), pl.col("given_name").is_not_null()).select(
        "student_id", "sent", "birth_date", *(pl.col(c).str.to_lowercase() for c in _NAME)
    )
    # Equal people have equal numbers: of a whole school few are left to be looked at as text.
    number = dated.select(
        pl.col(_NAME[0]).hash(1) ^ pl.col(_NAME[1]).hash(2) ^ pl.col("birth_date").hash(3)
    ).to_series()
    dated = dated.filter(repeated(number))
    groups = (
        dated.filter(pl.struct(*_NAME, "birth_date").is_duplicated())
        .group_by(*_NAME, "birth_date")
        .agg(ids=pl.col("student_id").sort(), sent=pl.col("sent").any())
        .filter("sent")
        .sort(pl.col("ids").list.first())
    )
    said = pl.format(
        "students {} share name and birth date; if they are one person, keep one id in the SIS",
        pl.col("ids").list.join(", "),
    )
    first = pl.col("ids").list.first()
    return remarks(groups, "warning", "students", "student_id", "likely-duplicate-person", said, value=first)


_NAME = ("given_name", "family_name")
