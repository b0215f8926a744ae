"""What pages need of a plan: names beside ids, before and after, the rare first. Columns; a page takes the few rows it shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import polars as pl
from flask import request

from dayzero.gradebook import ACCOUNT_KINDS, of_kind, working, working_counts
from dayzero.people import RULES
from dayzero.plan import Decided, Plan
from dayzero.plan.affected import table
from dayzero.report import RUNS_REPORTED, Report, report_of
from dayzero.report.order import alphabetical
from dayzero.service import Service
from dayzero_manager.office import Office
from dayzero_manager.report import page

__all__ = ["DOES", "Counts", "Paged", "Shown", "asked_for", "folded", "forecast", "named", "planned", "with_names"]

DOES = {"disable": "leave", "update": "change", "renew": "change", "enable": "back", "create": "appear"}
"""What an operation is to whom it is about."""
ALIKE = 4
"""So many people with the very same change stand in one line."""
ROWS = 50
"""Rows a page."""


@dataclass(frozen=True)
class Counts:
    """Accounts of one kind, before and after a plan; what is held is not counted."""

    now: int
    appear: int
    back: int
    leave: int
    change: int

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
        """The operations on accounts, the rare first: ``does``, names, ``reason``, ``changes`` (JSON), ``held``, and a ``group`` for
        those with the very same change that comes with the calendar."""
        rows = table(self.plan).rename({"id": "person_id"})
        about = self.people.with_row_index("place").drop("reason", "account")
        rows = rows.join(about, on=["kind", "person_id"], how="left")
        rows = rows.with_columns(does=pl.col("op").replace_strict(DOES, default="change"), rank=_rank())
        same = pl.concat_str("kind", "op", "changes", pl.col("held").cast(pl.String)).hash().cast(pl.String)
        group = pl.when(pl.col("rank") == _CALENDAR).then(same)
        return rows.with_columns(group=group).sort("rank", "place", nulls_last=True)

    @cached_property
    def counts(self) -> Mapping[str, Counts]:
        """What is sent, by kind, in numbers."""
        now = working_counts(self.decided.portal.accounts)
        going = self.changes.filter(~pl.col("held")).group_by("kind", "does").agg(pl.len())
        found = {(kind, does): n for kind, does, n in going.iter_rows()}
        return {
            kind: Counts(
                now.get(kind, 0), *(found.get((kind, does), 0) for does in ("appear", "back", "leave", "change"))
            )
            for kind in ACCOUNT_KINDS
        }

    def total(self, what: str) -> int:
        """Return a count over both kinds."""
        return sum(getattr(c, what) for c in self.counts.values())

    @property
    def sent(self) -> int:
        """How many people the plan changes."""
        return sum(self.total(what) for what in ("appear", "back", "leave", "change"))

    @cached_property
    def held(self) -> pl.DataFrame:
        """The operations on accounts that wait for a decision."""
        return self.changes.filter("held")

    @cached_property
    def newcomers(self) -> int:
        """How many of the students who can sign in are newcomers."""
        return int(of_kind(working(self.decided.portal.accounts), "student")["new"].sum())

    @cached_property
    def report_page(self) -> str:
        """The report as a page of the Sync Manager."""
        return page(self.report, back="/")

    @property
    def kept_back(self) -> int:
        """How many changes are held: at a change of year the calendar moves on whoever is held, and no operation says so."""
        return sum(breach.count for breach in self.plan.held)

    @cached_property
    def held_leavers(self) -> pl.DataFrame:
        """Whose account would end and stays until somebody decides: rows of ``people``."""
        ends = [(rule.kind, rule.code) for rule in RULES if rule.ends_account]
        reasons = pl.DataFrame(ends, schema={"kind": pl.String, "reason": pl.String}, orient="row")
        kept = self.people.filter(pl.col("account") == "kept").join(reasons, on=["kind", "reason"], how="semi")
        held = self.held.filter(pl.col("op") == "disable").select("kind", "person_id")
        keys = pl.concat([held, kept.select("kind", "person_id")]).unique()
        return self.people.join(keys, on=["kind", "person_id"], how="semi", maintain_order="left")

    @property
    def waits(self) -> int:
        """How many decisions wait for the office: what is held, by what releases it, and questions about persons."""
        return (
            len({one.op for one in self.plan.waiting}) + len(self.plan.doubts) + (1 if self.plan.header.rekeyed else 0)
        )

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
        "Working out the plan",
        lambda service: _shown(office, service, service.plan(send_scheduling_year=yes)),
        wait=wait,
    )


def asked_for(office: Office) -> Shown:
    """Return the plan that the address asks for: of now, or ``?setting=yes`` or ``no``."""
    said = request.args.get("setting")
    return planned(office, None if said not in ("yes", "no") else said == "yes")


def forecast(office: Office) -> Shown:
    """Return the plan of the day on which the year changes."""
    return office.looked(  # type: ignore[no-any-return]
        "forecast", "Working out the change of year", lambda service: _shown(office, service, service.forecast())
    )


def _shown(office: Office, service: Service, decided: Decided) -> Shown:
    runs = service.history(RUNS_REPORTED)
    report = report_of(decided, runs, office.config, today=office.today, now=office.now, seconds={})
    shown = Shown(decided, report, office.now)
    _ = shown.counts  # made here, where nobody waits for a page
    return shown


def named(row: Mapping[str, Any]) -> str:
    """Return a person's name; where there is none, that there is none."""
    return " ".join(n for n in (row.get("given_name"), row.get("family_name")) if n) or "(no name)"


def folded(text: str) -> list[str]:
    """Return the words somebody looks for, as ``key`` has them."""
    plain = pl.select(alphabetical(pl.lit(text))).item()
    return [word for word in str(plain).split() if word]


def with_names(shown: Shown, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of ``changes``, each with its ``parts``: label, before and after, children by name."""
    decoded = [json.loads(row["changes"]) for row in rows]
    ids = {i for changes in decoded for values in (changes.get("children") or ((), ())) for i in values or ()}
    children = shown.who("student", ids) if ids else {}
    return [
        {**row, "name": named(row), "parts": _parts(row, changes, children)}
        for row, changes in zip(rows, decoded, strict=True)
    ]


LABELS = {
    "login": "Login", "given_name": "Given name", "family_name": "Family name", "grade_level": "Grade",
    "next_grade_level": "Grade next year", "years": "Years", "new": "Newcomer", "children": "Children",
}  # fmt: skip
_YEARS = {"active": "this year", "scheduling": "next year"}


def _parts(
    row: Mapping[str, Any], changes: Mapping[str, Any], children: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Return what becomes of one account: label, before, after."""
    if row["op"] == "create":
        return [("", "No account", str(changes["login"][1]))]
    parts = {
        "disable": [("", "Can sign in", "Cannot sign in")],
        "enable": [("", "Cannot sign in", "Can sign in")],
        "renew": [("", "The former holder's account", "A fresh account")],
    }.get(row["op"], [])
    told = [
        (LABELS[field], _said(field, before, children), _said(field, after, children))
        for field, (before, after) in changes.items()
        if field in LABELS
    ]
    return [*parts, *told]


def _said(field: str, value: Any, children: Mapping[str, Any]) -> str:
    if field == "children":
        return ", ".join(named(children[i]) if i in children else i for i in value or ()) or "none"
    if field == "years":
        return " and ".join(_YEARS.get(year, year) for year in value or ()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
