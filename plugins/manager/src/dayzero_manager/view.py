"""What pages need of a plan: names beside ids, before and after, the rare first. Columns; a page takes the few rows it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import polars as pl
from flask import request

from dayzero.gradebook import ACCOUNT_KINDS, of_kind, working, working_counts
from dayzero.plan import Decided, Plan
from dayzero.plan.affected import table
from dayzero.report import RUNS_REPORTED, Report, report_of
from dayzero.report.order import alphabetical
from dayzero.service import Service
from dayzero_manager.held import DOES, KEY, Group, groups_of, held_people
from dayzero_manager.office import Office
from dayzero_manager.report import page

__all__ = ["Counts", "Paged", "Shown", "asked_for", "folded", "forecast", "planned"]

ALIKE = 4
"""So many people with the very same change stand in one line."""
ROWS = 50
"""Rows a page."""


@dataclass(frozen=True)
class Counts:
    """Accounts of one kind, before and after a plan. ``held``: people who wait, whose change is in no other number."""

    now: int
    appear: int
    back: int
    leave: int
    change: int
    held: int

    @property
    def after(self) -> int:
        """How many can sign in then."""
        return self.now + self.appear + self.back - self.leave


@dataclass(frozen=True)
class Paged:
    """Some rows of many. ``number`` counts from 1."""

    rows: list[dict[str, Any]]
    number: int
    of: int
    total: int

    @classmethod
    def of_frame(cls, frame: pl.DataFrame, number: int, size: int = ROWS) -> Paged:
        """Return one page of a frame; the nearest there is."""
        pages = max(1, -(-frame.height // size))
        number = min(max(number, 1), pages)
        return cls(frame.slice((number - 1) * size, size).to_dicts(), number, pages, frame.height)

    @classmethod
    def found(cls, people: pl.DataFrame, looked_for: str, number: int) -> Paged:
        """Return one page of those whose ``key`` has every word; only the rows that are shown are put together."""
        key, mask = people["key"], pl.repeat(value=True, n=people.height, eager=True)
        for word in folded(looked_for):
            mask &= key.str.contains(word, literal=True)
        rows = mask.arg_true()
        found = cls.of_frame(rows.to_frame("row"), number)
        shown = people[[row["row"] for row in found.rows]]
        return cls(shown.to_dicts(), found.number, found.of, found.total)


@dataclass(frozen=True)
class Shown:
    """A decided plan with what pages show of it. ``made_at``: in the school's zone."""

    decided: Decided
    report: Report
    made_at: datetime

    @property
    def plan(self) -> Plan:
        """The plan itself."""
        return self.decided.plan

    @cached_property
    def people(self) -> pl.DataFrame:
        """Everybody in the source or on the portal, by the alphabet: ``kind``, ``person_id``, names, ``login``, ``grade``, ``new``,
        ``status`` of an account, ``reason`` for having none, and what is searched (``key``)."""
        students = self.decided.population.students.select(
            "given_name", "family_name", "login", "new", person_id="student_id", kind=pl.lit("student"),
            grade=pl.coalesce("active_grade", "scheduling_grade"),
        )  # fmt: skip
        contacts = self.decided.population.contacts.select(
            "given_name", "family_name", person_id="contact_id", kind=pl.lit("parent"), login="primary_email",
            new=pl.lit(None, pl.Boolean), grade=pl.lit(None, pl.String),
        )  # fmt: skip
        there = self.decided.portal.accounts.select(
            "kind", "person_id", "status", had_given="given_name", had_family="family_name", had_login="login",
            had_grade=pl.coalesce("grade_level", "next_grade_level"),
        )  # fmt: skip
        withheld = self.plan.withheld.select("kind", "person_id", "reason", "account")
        found = pl.concat([students, contacts.select(students.columns)])
        everybody = found.join(there, on=["kind", "person_id"], how="full", coalesce=True)
        nameless = pl.col("given_name").is_null() & pl.col("family_name").is_null()
        everybody = everybody.with_columns(
            given_name=pl.when(nameless).then("had_given").otherwise("given_name"),
            family_name=pl.when(nameless).then("had_family").otherwise("family_name"),
            login=pl.coalesce("login", "had_login"),
            grade=pl.coalesce("grade", "had_grade"),
        ).select(*found.columns, "status")
        everybody = everybody.join(withheld, on=["kind", "person_id"], how="left")
        who = pl.concat_str("given_name", "family_name", "person_id", "login", separator=" ", ignore_nulls=True)
        by = [alphabetical(pl.col("family_name")), alphabetical(pl.col("given_name")), pl.col("person_id")]
        return everybody.sort(by).with_columns(key=alphabetical(who))

    @cached_property
    def changes(self) -> pl.DataFrame:
        """What goes and what waits, the rare first: ``does``, names, ``reason``, ``changes`` (JSON), ``held``, and a ``group`` for
        those with the very same change that comes with the calendar. Who is held may have another row, for what goes all the same."""
        going = table(self.plan).filter(~pl.col("held"))
        rows = pl.concat([going, self.decided.concerned.operations.select(going.columns)]).rename({"id": "person_id"})
        about = self.people.with_row_index("place").drop("reason", "account")
        rows = rows.join(about, on=KEY, how="left")
        rows = rows.with_columns(does=pl.col("op").replace_strict(DOES, default="change"), rank=_rank())
        same = pl.concat_str("kind", "op", "changes", pl.col("held").cast(pl.String)).hash().cast(pl.String)
        group = pl.when(pl.col("rank") == _CALENDAR).then(same)
        return rows.with_columns(group=group).sort("rank", "place", nulls_last=True)

    @cached_property
    def counts(self) -> Mapping[str, Counts]:
        """What is sent and who is held, by kind, in numbers."""
        now = working_counts(self.decided.portal.accounts)
        going = self.changes.filter(~pl.col("held")).group_by("kind", "does").agg(pl.len())
        found = {(kind, does): n for kind, does, n in going.iter_rows()}
        waits = dict(self.held.group_by("kind").agg(pl.len()).iter_rows())
        done = ("appear", "back", "leave", "change")
        return {
            kind: Counts(
                now.get(kind, 0), **{does: found.get((kind, does), 0) for does in done}, held=waits.get(kind, 0)
            )
            for kind in ACCOUNT_KINDS
        }

    def total(self, what: str) -> int:
        """Return a count over both kinds."""
        return sum(getattr(c, what) for c in self.counts.values())

    @property
    def tally(self) -> dict[str, int]:
        """How many appear, change, come back and leave by this plan, without who is held."""
        return {what: self.total(what) for what in ("appear", "change", "back", "leave")}

    @property
    def sent(self) -> int:
        """How many people the plan changes."""
        return sum(self.tally.values())

    @cached_property
    def held(self) -> pl.DataFrame:
        """Whoever is held, each once, and what becomes of them if they are released: rows of ``changes``."""
        return held_people(self.changes.filter("held"), self.plan)

    @cached_property
    def kept_out(self) -> int:
        """How many are held who should have an account that works, and have none."""
        return int(self.held["does"].is_in(["appear", "back"]).sum())

    @cached_property
    def waits_for(self) -> dict[str, pl.DataFrame]:
        """Who waits for which decision (``KEY``)."""
        return dict(self.decided.concerned.by)

    @cached_property
    def groups(self) -> list[Group]:
        """What is held, by what releases it."""
        return groups_of(self.plan, self.held, self.waits_for, self.people)

    @cached_property
    def newcomers(self) -> int:
        """How many of the students who can sign in are newcomers."""
        return int(of_kind(working(self.decided.portal.accounts), "student")["new"].sum())

    @cached_property
    def unused(self) -> Mapping[str, int]:
        """How many of those who can sign in have never done so: students, parents, and newcomers among the students."""
        accounts = self.decided.portal.accounts.filter(pl.col("status") == "pending")
        by_kind = {kind: of_kind(accounts, kind) for kind in ACCOUNT_KINDS}
        return {
            **{kind: rows.height for kind, rows in by_kind.items()},
            "newcomer": int(by_kind["student"]["new"].sum()),
        }

    @cached_property
    def report_page(self) -> str:
        """The report as a page of the Sync Manager."""
        return page(self.report, back="/")

    @property
    def decisions(self) -> int:
        """How many decisions wait for the office: what is held, by what releases it, and questions about persons."""
        return len(self.groups) + len(self.plan.doubts)

    def who(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return some people of one kind by id."""
        rows = self.people.filter(pl.col("kind") == kind, pl.col("person_id").is_in(list(ids))).to_dicts()
        return {row["person_id"]: row for row in rows}


_CALENDAR = 5
"""The rank of changes that come with the calendar: many are alike."""


def _rank() -> pl.Expr:
    """Return in which order changes are told: who leaves, whose account goes to another, then login, children, name, the calendar."""

    def changed(*fields: str) -> pl.Expr:
        return pl.any_horizontal(pl.col("changes").str.contains(f'"{field}":[', literal=True) for field in fields)

    return (
        pl.when(pl.col("op") == "disable").then(0)
        .when(pl.col("op") == "renew").then(1)
        .when(pl.col("op") == "create").then(7)
        .when(pl.col("op") == "enable").then(6)
        .when(changed("login")).then(2)
        .when(changed("children")).then(3)
        .when(changed("given_name", "family_name")).then(4)
        .otherwise(_CALENDAR)
    )  # fmt: skip


def planned(office: Office, yes: bool | None = None, *, wait: bool = False) -> Shown:
    """Return the plan of now, or as it would be with Send Scheduling Year Student Data at ``yes``."""
    if yes == office.config.sync.send_scheduling_year:
        yes = None
    key = "plan" if yes is None else f"plan:{'yes' if yes else 'no'}"
    return office.looked(  # type: ignore[no-any-return]
        key,
        "Working out the plan" if yes is None else f"Working out what {'Yes' if yes else 'No'} would do",
        lambda service: _shown(office, service, service.plan(send_scheduling_year=yes, weigh=True)),
        wait=wait,
    )


def asked_for(office: Office) -> Shown:
    """Return the plan that the address asks for: of now, or ``?setting=yes`` or ``no``."""
    said = request.args.get("setting")
    return planned(office, None if said not in ("yes", "no") else said == "yes")


def forecast(office: Office) -> Shown:
    """Return the plan of the day on which the year changes."""
    return office.looked(  # type: ignore[no-any-return]
        "forecast",
        "Working out the change of year",
        lambda service: _shown(office, service, service.forecast(weigh=True)),
    )


def _shown(office: Office, service: Service, decided: Decided) -> Shown:
    runs = service.history(RUNS_REPORTED)
    report = report_of(decided, runs, office.config, today=office.today, now=office.now, seconds={})
    shown = Shown(decided, report, office.now)
    _ = shown.counts  # made here, where nobody waits for a page
    return shown


def folded(text: str) -> list[str]:
    """Return the words somebody looks for, as ``key`` has them."""
    plain = pl.select(alphabetical(pl.lit(text))).item()
    return [word for word in str(plain).split() if word]
