"""What is taken from a person goes together or stays together: the account, the record, the place among a parent's
children, a year. Pure.

An operation *takes* where it ends an account, removes a record, a child or a year. Of whom a limit or a doubt keeps, it
takes nothing: what an operation adds besides goes on its own, and what only takes is held as a whole. A refusal (a `no` in a
row that is there) is never kept back by this. And a record stays while a parent whose account works goes on naming it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import polars as pl

from dayzero.gradebook import PortalView, canonical, working
from dayzero.people import Identity, Population

__all__ = [
    "ROLES",
    "Kept",
    "cut_children",
    "following",
    "lost_years",
    "refused_children",
    "together",
    "turned_years",
    "without_unmade",
    "years_by_role",
]

ROLES = ("active", "scheduling")
"""The years a person can be in, in the order of `years`."""

Changes = dict[str, list[Any]]


@dataclass(frozen=True)
class Kept:
    """From whom nothing is taken. ``students`` and ``parents``: ids of those who do not leave; ``years``: by role, ids of
    students who do not lose that year; ``courses``: ids of those that are not removed; ``everybody``: nobody loses anything.
    """

    students: frozenset[str] = frozenset()
    parents: frozenset[str] = frozenset()
    years: Mapping[str, frozenset[str]] = field(default_factory=dict)
    courses: frozenset[str] = frozenset()
    everybody: bool = False

    def __or__(self, other: Kept) -> Kept:
        years = {
            role: self.years.get(role, frozenset()) | other.years.get(role, frozenset())
            for role in {**self.years, **other.years}
        }
        return Kept(
            self.students | other.students,
            self.parents | other.parents,
            years,
            self.courses | other.courses,
            self.everybody or other.everybody,
        )

    @property
    def nobody(self) -> bool:
        """Whether everything may go."""
        return not (self.everybody or self.students or self.parents or self.courses or any(self.years.values()))

    def stays(self, student: str) -> bool:
        """Whether a student does not leave."""
        return self.everybody or student in self.students

    def stays_in(self, student: str, role: str) -> bool:
        """Whether a student keeps a year they have."""
        return self.stays(student) or student in self.years.get(role, ())


def years_by_role(portal: PortalView) -> dict[str, str]:
    """Return role -> id of the years the portal has."""
    years = portal.records["school-year"].filter(pl.col("role").is_in(ROLES))
    return dict(years.select("role", "id").iter_rows())


def turned_years(years: Sequence[str] | None) -> list[str]:
    """Return what somebody's years on the portal are once the year has changed: what was next is now, what was now is past."""
    return ["active"] if "scheduling" in (years or ()) else []


def refused_children(
    population: Population, accounts: pl.DataFrame, further: pl.DataFrame | None = None
) -> dict[str, frozenset[str]]:
    """Return parent -> children whom they have on the portal and whom a row that is there refuses them.

    ``further`` (``student_id``, ``contact_id``): such rows of people who are not in the population.
    """
    if accounts.is_empty():
        return {}
    links = population.links.filter("refuses")
    pairs = links.select(
        population.contacts["contact_id"].gather(links["contact"]).alias("person_id"),
        population.students["student_id"].gather(links["student"]).alias("children"),
    )
    if further is not None:
        pairs = pl.concat([pairs, further.select(person_id="contact_id", children="student_id")])
    parents = working(accounts).filter(
        pl.col("kind") == "parent", pl.col("person_id").is_in(pairs["person_id"].implode())
    )
    have = (
        parents.select("person_id", "children")
        .explode("children")
        .join(pairs, on=["person_id", "children"], how="semi")
    )
    return {p: frozenset(c) for p, c in have.group_by("person_id").agg("children").iter_rows()}


def cut_children(identity: Identity, accounts: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Return parent -> children whom they have on the portal, whose id is somebody else's now, and whom nobody gives them anew."""
    cut = {(parent, child) for child, parent in identity.cut}
    renewed = [ident for kind, ident in identity.renewed if kind == "student"]
    if not cut and not renewed:
        return {}
    pairs = working(accounts).filter(pl.col("kind") == "parent").select("person_id", "children").explode("children")
    concerned = pl.col("children").is_in([*renewed, *(child for _, child in cut)])
    people, links = identity.population, identity.population.links.filter("grants")
    given = pl.DataFrame(
        {
            "person_id": people.contacts["contact_id"].gather(links["contact"]),
            "children": people.students["student_id"].gather(links["student"]),
        }
    ).filter(concerned)
    mine = pairs.filter(concerned).join(given, on=["person_id", "children"], how="anti")
    known = pl.Series([pair in cut for pair in mine.iter_rows()], dtype=pl.Boolean)
    mine = mine.filter(pl.col("children").is_in(renewed) | known)
    return {parent: frozenset(some) for parent, some in mine.group_by("person_id").agg("children").iter_rows()}


def together(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """Return the children of both, by parent."""
    none = frozenset[str]()
    return {parent: one.get(parent, none) | other.get(parent, none) for parent in {**one, **other}} if other else one


def lost_years(operations: pl.DataFrame) -> pl.DataFrame:
    """Return which students lose which year and stay at the school: ``id``, ``role``."""
    records = operations.filter(pl.col("kind") == "student-record", pl.col("op") == "update").select("id", "changes")
    records = records.filter(pl.col("changes").str.contains('"years":[[', literal=True))
    pairs = records["changes"].str.json_decode(pl.Struct({"years": pl.List(pl.List(pl.String))})).struct.field("years")
    before, after = (pairs.list.get(n).fill_null([]) for n in (0, 1))
    lost = records.select("id", role=before.list.set_difference(after)).explode("role")
    return lost.drop_nulls("role")


def following(
    operations: pl.DataFrame,
    portal: PortalView,
    kept: Kept,
    refused: Mapping[str, frozenset[str]],
    *,
    turns: bool = False,
) -> pl.DataFrame:
    """Return the operations (``OPERATION_SCHEMA`` with ``held``) with what is kept back bent or held.

    ``refused``: parent -> children whom somebody has refused them. ``turns``: the year changes, and who is kept goes on with it.
    """
    bent = operations if kept.nobody else _bent(operations, portal, kept, refused, turns=turns)
    return _with_records_named(bent, portal, turns=turns)


def _bent(
    operations: pl.DataFrame,
    portal: PortalView,
    kept: Kept,
    refused: Mapping[str, frozenset[str]],
    *,
    turns: bool,
) -> pl.DataFrame:
    families = _Families(portal, kept, turns=turns)
    concerned = operations.filter(families.concerns(operations))
    if concerned.is_empty():
        return operations
    held, bent, ops = [], [], []
    for row in concerned.iter_rows(named=True):
        changes = json.loads(row["changes"])
        left = families.without_taking(row, changes, refused.get(row["id"], frozenset()))
        going = left is not None and left.going
        instead = left is not None and left.going and left.op is not None
        held.append((row["held"] and not instead) or (left is not None and not left.going))
        bent.append(canonical(left.changes).decode() if left is not None and going else row["changes"])
        ops.append(left.op or row["op"] if left is not None and going else row["op"])
    stays = concerned.select("kind", "id").with_columns(
        pl.Series("new", bent, dtype=pl.String),
        pl.Series("as", ops, dtype=pl.String),
        pl.Series("stays", held, dtype=pl.Boolean),
    )
    rows = operations.join(stays, on=["kind", "id"], how="left", maintain_order="left")
    return rows.with_columns(
        op=pl.coalesce("as", "op"), changes=pl.coalesce("new", "changes"), held=pl.coalesce("stays", "held")
    ).select(operations.columns)


def without_unmade(
    operations: pl.DataFrame, *, rekeyed: bool, refused: Mapping[str, frozenset[str]] = MappingProxyType({})
) -> pl.DataFrame:
    """Return the operations without children whose record waits: nobody new is given one whose id is still somebody else's.

    A parent who would have no child left by it keeps those they have, but for the ``refused`` (parent -> children).

    What is held of an account that is renewed is held of the record. While a mass of new student ids is looked at (``rekeyed``)
    no record is made under any of them: under another id the child is there already.
    """
    record = pl.col("kind") == "student-record"
    renewed = operations.filter("held", pl.col("kind") == "student", pl.col("op") == "renew")["id"]
    if not renewed.is_empty():
        with_account = record & (pl.col("op") == "renew") & pl.col("id").is_in(renewed.implode())
        operations = operations.with_columns(held=pl.col("held") | with_account)
    waits = record & ((pl.col("op") == "renew") & pl.col("held") | (pl.col("op") == "create") & pl.lit(rekeyed))
    unmade = frozenset(operations.filter(waits)["id"])
    if not unmade:
        return operations
    operations = operations.filter(~waits | pl.col("held")).with_row_index("at")
    given = operations.filter(pl.col("kind") == "parent", pl.col("changes").str.contains('"children":[', literal=True))
    bent: dict[int, str] = {}
    nothing, taken = [], []
    for at, ident, op, text in given.select("at", "id", "op", "changes").iter_rows():
        changes = json.loads(text)
        before, after = changes["children"]
        changes["children"] = [before, [c for c in after if c not in unmade or c in (before or ())]]
        if changes["children"][1] == after:
            continue
        if not changes["children"][1]:
            others = [c for c in before or () if c not in refused.get(ident, ())]
            changes = {"children": [before, others]} if before and op in ("update", "renew") else {}
            taken.append(at)
        left = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        bent[at] = canonical(left).decode()
        if not left:
            nothing.append(at)
    takes = pl.col("at").is_in(taken)
    return (
        operations.with_columns(operations["changes"].scatter([*bent], [*bent.values()]))
        .with_columns(op=pl.when(takes).then(pl.lit("update")).otherwise("op"), held=pl.col("held") & ~takes)
        .filter(~pl.col("at").is_in(nothing))
        .drop("at")
    )


def _with_records_named(operations: pl.DataFrame, portal: PortalView, *, turns: bool) -> pl.DataFrame:
    """Return the operations without the removal of a record that a working parent goes on naming: no page names a child who is not
    there.

    With a parent who is held it is held, and so is what the record stands in, year and courses. Of a parent nothing is done about it
    is none yet. ``turns``: the year changes; the record waits, to go on with it as its parent does.
    """
    record = (pl.col("kind") == "student-record") & (pl.col("op") == "remove") & ~pl.col("held")
    removed = operations.filter(record)["id"]
    named = None if removed.is_empty() else _naming(operations, portal, removed)
    if named is None or named.is_empty():
        return operations
    waiting = named.join(operations.filter("held", pl.col("kind") == "parent"), on="id", how="semi")
    held = (named if turns else waiting)["child"].unique()
    never = named.filter(~pl.col("child").is_in(held.implode()))["child"].unique()

    def concerned(ids: pl.Series) -> pl.Expr:
        """Return which operations remove these records, or a year they are in."""
        stands_in = portal.records["student-record"].filter(pl.col("id").is_in(ids.implode()))["years"]
        roles = set() if turns else set(stands_in.explode().drop_nulls())
        years = [year for role, year in years_by_role(portal).items() if role in roles]
        of_year = pl.col("kind").is_in(["school-year", "course"]) & (pl.col("op") == "remove")
        of_year &= pl.col("id").str.split("/").list.first().is_in(years)
        return of_year | (record & pl.col("id").is_in(ids.implode()))

    marked = operations.with_columns(held=pl.col("held") | concerned(held))
    return marked.filter(pl.col("held") | ~concerned(never))


def _naming(operations: pl.DataFrame, portal: PortalView, students: pl.Series) -> pl.DataFrame:
    """Return which working parents name which of the students once the operations that are not held have gone: ``id``, ``child``."""
    parents = working(portal.accounts).filter(pl.col("kind") == "parent").select(id="person_id", child="children")
    named = parents.explode("child").filter(pl.col("child").is_in(students.implode()))
    theirs = operations.filter(~pl.col("held"), pl.col("kind") == "parent", pl.col("id").is_in(named["id"].implode()))
    left: dict[str, Collection[str]] = {}
    for ident, op, text in theirs.select("id", "op", "changes").iter_rows():
        changes = json.loads(text)
        if op == "disable" or "children" in changes:
            left[ident] = () if op == "disable" else changes["children"][1] or ()
    still = [child in left.get(parent, (child,)) for parent, child in named.iter_rows()]
    return named.filter(pl.Series(still, dtype=pl.Boolean))


@dataclass(frozen=True)
class _Left:
    """What is left of an operation once it takes nothing from whom is kept; ``going`` False: nothing. ``op``: where it
    becomes another."""

    changes: Changes
    going: bool
    op: str | None = None


class _Families:
    """Who hangs on whom is kept, as the portal has it."""

    def __init__(self, portal: PortalView, kept: Kept, *, turns: bool) -> None:
        self._kept, self._turns = kept, turns
        students = portal.records["student-record"].select("id", "years")
        concerned = pl.Series([*kept.students, *(i for ids in kept.years.values() for i in ids)], dtype=pl.String)
        if not kept.everybody:
            students = students.filter(pl.col("id").is_in(concerned.implode()))
        self._years: dict[str, list[str]] = dict(students.iter_rows())
        parents = working(portal.accounts).filter(pl.col("kind") == "parent").select("person_id", "children", "years")
        if not kept.everybody:
            own = parents.filter(pl.col("person_id").is_in(list(kept.parents)))
            theirs = parents.explode("children").filter(pl.col("children").is_in(concerned.implode()))
            ids = pl.concat([own["person_id"], theirs["person_id"]]).unique()
            parents = parents.filter(pl.col("person_id").is_in(ids.implode()))
        self._children: dict[str, list[str]] = {p: c or [] for p, c, _ in parents.iter_rows()}
        self._years_of_parents: dict[str, list[str]] = {p: y or [] for p, _, y in parents.iter_rows()}
        self._concerned = concerned
        self._role_of_year: dict[str, str] = dict(portal.records["school-year"].select("id", "role").iter_rows())
        # Where the year changes, who is kept goes on with it: what was the active year has nobody any more.
        roles = [role for role in ROLES if turned_years([role])] if turns else ROLES
        self._peopled = frozenset(role for role in roles if self._anybody_in(role))

    def _anybody_in(self, role: str) -> bool:
        kept = self._kept
        return (
            kept.everybody
            or bool(kept.years.get(role))
            or any(role in years for i, years in self._years.items() if i in kept.students)
        )

    def concerns(self, operations: pl.DataFrame) -> pl.Series:
        """Return which operations may take something from somebody who is kept."""
        takes = pl.col("op").is_in(["disable", "remove"]) | pl.col("changes").str.contains(r'"(years|children)":\[\[')
        takes &= pl.col("op") != "renew"  # what it takes was somebody else's
        student = pl.col("kind").is_in(["student", "student-record"])
        if not self._kept.everybody:
            student &= pl.col("id").is_in(self._concerned.implode())
        parent = (pl.col("kind") == "parent") & pl.col("id").is_in(list(self._children))
        of_year = pl.col("kind").is_in(["school-year", "course"])
        return operations.select((takes & (student | parent | of_year)).alias("takes")).to_series()

    def without_taking(self, row: Mapping[str, Any], changes: Changes, refused: frozenset[str]) -> _Left | None:
        """Return what is left of an operation; None where it takes nothing from anybody who is kept."""
        if row["kind"] in ("school-year", "course"):
            year = row["id"].partition("/")[0]
            stays = self._role_of_year.get(year) in self._peopled or row["id"] in self._kept.courses
            kept = row["op"] == "remove" and stays
            return _Left({}, going=False) if kept else None
        if row["kind"] == "parent":
            return self._of_parent(row, changes, refused)
        return self._of_student(row, changes)

    def _of_student(self, row: Mapping[str, Any], changes: Changes) -> _Left | None:
        if row["op"] in ("disable", "remove"):
            return _Left({}, going=False) if self._kept.stays(row["id"]) else None
        before, after = _pair(changes, "years")
        if self._turns:  # what was next year is the active one: nothing of a year that is past is taken
            kept = [r for r in turned_years(before) if r not in after and self._kept.stays_in(row["id"], "scheduling")]
        else:
            kept = [r for r in before if r not in after and self._kept.stays_in(row["id"], r)]
        return self._with_years(row, dict(changes), kept) if kept else None

    def _of_parent(self, row: Mapping[str, Any], changes: Changes, refused: frozenset[str]) -> _Left | None:
        own = self._kept.everybody or row["id"] in self._kept.parents
        if row["op"] == "disable":
            children = self._children[row["id"]]
            left = [c for c in children if c not in refused and (own or self._kept.stays(c))]
            if row["held"] and refused.intersection(children):  # they stay, and see none of these
                return _Left(
                    {"children": [children, [c for c in children if c not in refused]]}, going=True, op="update"
                )
            if not left:
                return _Left({}, going=False) if own and not refused else None
            if refused.intersection(children):
                return _Left({"children": [children, left]}, going=True, op="update")
            return _Left({}, going=False)
        before, after = _pair(changes, "children")
        back = [c for c in before if c not in after and c not in refused and (own or self._kept.stays(c))]
        bent = dict(changes)
        if back:
            bent["children"] = [before, sorted({*after, *back})]
        children = bent["children"][1] if "children" in bent else self._children[row["id"]]
        had, has = _pair(changes, "years")
        if self._turns:
            return (
                self._turned_parent(row, bent, children or ())
                if back or any(map(self._kept.stays, children or ()))
                else None
            )
        gone = [r for r in had if r not in has]
        kept = [r for r in gone if own or any(self._child_in(c, r) for c in children or ())]
        if not back and not kept:
            return None
        return self._with_years(row, bent, kept)

    def _turned_parent(self, row: Mapping[str, Any], changes: Changes, children: Iterable[str]) -> _Left:
        """Return changes with the years of children who are kept as these are once the year has changed."""
        theirs = [r for c in children if self._kept.stays(c) for r in turned_years(self._years.get(c))]
        had = self._years_of_parents[row["id"]]
        has = changes["years"][1] if "years" in changes else had
        years = [r for r in ROLES if r in has or r in theirs]
        changes["years"] = [had, years]
        if "active" in theirs and "new" in changes:
            changes["new"] = [changes["new"][0], False]
        left = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        return _Left(left, going=bool(left) or row["op"] == "enable")

    def _child_in(self, child: str, role: str) -> bool:
        return self._kept.stays_in(child, role) and role in self._years.get(child, ())

    def _with_years(self, row: Mapping[str, Any], changes: Changes, kept: list[str]) -> _Left:
        """Return changes that keep some of the years they would take, and what belongs to these."""
        if kept:
            before, after = _pair(changes, "years")
            years = [r for r in ROLES if r in after or r in kept]
            changes["years"] = [before, years]
            if "active" in kept:
                changes.pop("new", None)
            if "active" in kept or "active" not in years:
                changes.pop("grade_level", None)
            if "scheduling" in kept:
                changes.pop("next_grade_level", None)
        left = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        return _Left(left, going=bool(left) or row["op"] == "enable")


def _pair(changes: Changes, name: str) -> tuple[list[str], list[str]]:
    """Return what a list was and becomes; two empty lists where it does not change."""
    before, after = changes.get(name, ([], []))
    return before or [], after or []
