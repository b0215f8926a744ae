"""Who has an account, gets one, waits for one or is left out: students, newcomers, parents, families. Pure."""

from __future__ import annotations

import polars as pl

from dayzero.gradebook import of_kind, working
from dayzero.people import RULES
from dayzero.plan import Decided
from dayzero.report.model import STATES, GradeRow, People, Shares
from dayzero.report.order import natural

__all__ = ["people_of"]

HAS, COMES, WAITS, LEFT_OUT = range(len(STATES))
_MEANT = [r.code for r in RULES if r.may_be_meant]


def people_of(decided: Decided) -> People:
    """Return who has an account, of all who should."""
    facts = ("in_active", "active_grade", "scheduling_grade")
    students = decided.population.students.select(*facts, person_id="student_id", due="sent")
    students = _standing(decided, "student", students)
    parents = _standing(decided, "parent", _with_access(decided))
    students = students.with_columns(family=_reached(decided, parents["state"]))
    students = students.filter(pl.col("state").is_not_null())
    here, newcomers = students.filter("in_active"), students.filter(~pl.col("in_active"))
    meant = pl.col("reason").is_in(_MEANT)
    return People(
        here=_shares(here),
        newcomers=_shares(newcomers),
        parents=_shares(parents),
        families_here=_shares(here, "family"),
        families_new=_shares(newcomers, "family"),
        grades=_by_grade(students),
        not_ticked=decided.plan.withheld.filter(meant).height,
    )


def _with_access(decided: Decided) -> pl.DataFrame:
    """Return contacts, ``due`` where they may see a student who is sent."""
    population = decided.verdicts.population
    links = population.links.filter("grants")
    mine = links.filter(population.students["sent"].gather(links["student"]))["contact"]
    number = pl.int_range(pl.len(), dtype=pl.UInt32)
    return population.contacts.select(person_id="contact_id", due=number.is_in(mine.unique().implode()))


def _standing(decided: Decided, kind: str, candidates: pl.DataFrame) -> pl.DataFrame:
    """Return candidates (``person_id``, ``due``) with their ``state``, null for who should have no account, and ``signed_in``."""
    accounts = of_kind(working(decided.portal.accounts), kind)
    begins = decided.plan.going.filter(pl.col("kind") == kind, pl.col("op").is_in(["create", "enable"]))
    # Who keeps an account that is there is not without one, whatever is to be corrected.
    without = of_kind(decided.plan.withheld, kind).filter(pl.col("account") != "kept")
    to_fix = without["reason"].is_in([r.code for r in RULES if r.kind == kind and r.fixable and not r.may_be_meant])

    def among(ids: pl.Series) -> pl.Expr:
        return pl.col("person_id").is_in(ids.implode())

    state = (
        pl.when(among(without["person_id"].filter(to_fix))).then(LEFT_OUT)
        .when(among(without["person_id"]) | ~pl.col("due")).then(None)
        .when(among(accounts["person_id"])).then(HAS)
        .when(among(begins["id"])).then(COMES)
        .otherwise(WAITS)
    )  # fmt: skip
    signed_in = among(accounts.filter(pl.col("status") == "active")["person_id"])
    return candidates.with_columns(state=state, signed_in=signed_in)


def _reached(decided: Decided, parents: pl.Series) -> pl.Series:
    """Return for each student how far a parent is who may see them, the best of them; who has none is left out.

    ``parents``: where each contact stands. A child whom an account does not show is not reached by it: the next sync shows those
    who are sent, where the parent's operation goes.
    """
    population, plan = decided.verdicts.population, decided.plan
    links = population.links.filter("grants")
    links = links.with_columns(state=parents.gather(links["contact"])).filter(pl.col("state").is_not_null())
    links = links.with_columns(
        person_id=population.contacts["contact_id"].gather(links["contact"]),
        child=population.students["student_id"].gather(links["student"]),
        sent=population.students["sent"].gather(links["student"]),
    )
    shown = of_kind(working(decided.portal.accounts), "parent").select("person_id", child="children").explode("child")
    links = links.join(shown.unique().with_columns(shown=True), on=["person_id", "child"], how="left")
    goes = pl.col("person_id").is_in(plan.going.filter(pl.col("kind") == "parent")["id"].implode())
    state = (
        pl.when("shown").then("state")
        .when(~pl.col("sent")).then(LEFT_OUT)
        .otherwise(pl.max_horizontal("state", pl.when(goes).then(COMES).otherwise(WAITS)))
    )  # fmt: skip
    # Beside the links first: within a group, everybody who goes would be looked through once for each of them.
    best = links.select("student", best=state).group_by("student").agg(pl.col("best").min())
    number = population.students.select(student=pl.int_range(pl.len(), dtype=pl.UInt32))
    found = number.join(best, on="student", how="left", maintain_order="left")
    return found["best"].fill_null(LEFT_OUT)


def _shares(people: pl.DataFrame, by: str = "state") -> Shares:
    """Return how many stand where, by one of two columns: their own account, or their family's."""
    counts = people.group_by(by).agg(pl.len()).drop_nulls()
    used = people.filter(pl.col("signed_in"), pl.col("state") == HAS).height if by == "state" else None
    return Shares(**{STATES[state]: number for state, number in counts.iter_rows()}, signed_in=used)


def _by_grade(students: pl.DataFrame) -> tuple[GradeRow, ...]:
    """Return newcomers by the grade they come into, then the others by the grade they are in."""
    graded = students.with_columns(grade=pl.when("in_active").then("active_grade").otherwise("scheduling_grade"))
    ordered = graded.sort("in_active", natural(pl.col("grade")), nulls_last=True)
    parts = ordered.partition_by("in_active", "grade", maintain_order=True)
    return tuple(GradeRow(not part["in_active"][0], part["grade"][0], _shares(part)) for part in parts)
