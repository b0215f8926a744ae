"""Answer for one person, rule by rule, with the values each rule looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from dayzero.errors import UsageError
from dayzero.gradebook import ACCOUNT_KINDS, lines
from dayzero.people import facts, remedy_of, rules_for
from dayzero.plan.decide import Decided
from dayzero.plan.document import doubt_document
from dayzero.plan.meant import nobody
from dayzero.plan.model import Plan
from dayzero.schema import PERSONS

__all__ = ["Answer", "Explanation", "explain"]


@dataclass(frozen=True)
class Answer:
    """What one rule says of a person. ``asked`` False: a rule before it had decided. ``looked_at``: the values it saw."""

    code: str
    asked: bool
    holds: bool | None
    decisive: bool
    looked_at: Mapping[str, Any]
    message: str
    remedy: str
    source: str


@dataclass(frozen=True)
class Explanation:
    """Everything there is to say about one person, in the order of ``explain --json``.

    ``given_name`` and ``family_name``: in the source, else on the portal. ``verdict``: ``granted``, ``unreadable``, the doubt or the reason to withhold. ``relations``: ``person_id``, names,
    ``grants``, ``student_sent``. ``unreadable``: ``table`` and ``row`` of the root cause. ``left_out``: rows that name them and say nothing
    here: ``table``, ``row``, ``values``. ``account``: as the portal has it.
    """

    person_id: str
    kind: str
    given_name: str | None
    family_name: str | None
    verdict: str
    detail: str | None
    remedy: str | None
    rules: tuple[Answer, ...]
    relations: tuple[Mapping[str, Any], ...]
    unreadable: tuple[Mapping[str, Any], ...]
    account: Mapping[str, Any] | None
    operations: tuple[Mapping[str, Any], ...]
    doubts: tuple[Mapping[str, str], ...] = ()
    left_out: tuple[Mapping[str, Any], ...] = ()


def explain(decision: Decided, person_id: str, kind: str | None = None) -> Explanation:
    """Return every rule in turn for a student or contact id, the verdict, and what to change in the SIS.

    Raises UsageError for an id nobody has, or that a student and a contact have.
    """
    kind = _kind_of(decision, person_id, kind)
    this_one = (pl.col("kind") == kind, pl.col("person_id") == person_id)
    reason, detail = next(
        decision.verdicts.withheld.filter(this_one).select("reason", "detail").iter_rows(), (None, None)
    )
    unread = decision.plan.unreadable.filter(this_one)
    account = decision.portal.accounts.filter(this_one)
    left_out = tuple(_left_out(decision, person_id, kind))
    nothing_known = left_out and not _is_known(decision, person_id, kind)
    doubts = tuple(
        doubt_document(d) for d in decision.plan.doubts if d.kind == kind and person_id in (d.person_id, d.now)
    )
    answers = _answers(decision, person_id, kind, reason, in_doubt=bool(doubts))
    return Explanation(
        person_id,
        kind,
        *_named(decision, person_id, kind),
        "unreadable" if unread.height or nothing_known else doubts[0]["doubt"] if doubts else reason or "granted",
        detail,
        doubts[0]["remedy"] if doubts else next((a.remedy for a in answers if a.decisive), None),
        answers,
        _relations(decision, person_id, kind),
        tuple(unread.select("table", "row").to_dicts()),
        account.row(0, named=True) if account.height else None,
        _operations(decision.plan, person_id, kind),
        doubts,
        left_out,
    )


def _named(decision: Decided, person_id: str, kind: str) -> tuple[str | None, str | None]:
    """Return given and family name, as far as the source or the portal has them."""
    return decision.plan.names.parts(kind, (person_id,)).get(person_id, (None, None))


def _kind_of(decision: Decided, person_id: str, kind: str | None) -> str:
    candidates = set(decision.verdicts.withheld.filter(pl.col("person_id") == person_id)["kind"])
    candidates |= {k for k, ids in _ids(decision).items() if (ids == person_id).any()}
    candidates |= {p.kind for p in PERSONS if next(_left_out(decision, person_id, p.kind), None) is not None}
    candidates |= set(decision.portal.accounts.filter(pl.col("person_id") == person_id)["kind"])
    kinds = [k for k in ACCOUNT_KINDS if k in candidates and kind in (None, k)]
    if not kinds:
        raise nobody(person_id, kind, decision.plan.names)
    if len(kinds) > 1:
        raise UsageError(
            f"Both a student and a contact have the id {person_id!r}.",
            remedy="Say which: --kind student or --kind parent.",
        )
    return kinds[0]


def _is_known(decision: Decided, person_id: str, kind: str) -> bool:
    """Whether anything was decided about an id: it is in the source, or has an account."""
    there = decision.portal.accounts.filter(pl.col("kind") == kind, pl.col("person_id") == person_id)
    return bool((_ids(decision)[kind] == person_id).any()) or not there.is_empty()


def _left_out(decision: Decided, person_id: str, kind: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows that name a person and were left out: ``table``, ``row`` and ``values``."""
    column = next(p.column for p in PERSONS if p.kind == kind)
    for table, rows in decision.left_out.items():
        if column not in rows.columns:
            continue
        for row in rows.filter(pl.col(column).str.strip_chars_start("\0") == person_id).iter_rows(named=True):
            values = {name: value for name, value in row.items() if name != "source_row" and value is not None}
            yield {"table": table, "row": row["source_row"], "values": values}


def _people(decision: Decided) -> dict[str, pl.DataFrame]:
    return {"student": decision.population.students, "parent": decision.population.contacts}


def _ids(decision: Decided) -> dict[str, pl.Series]:
    return {p.kind: _people(decision)[p.kind][p.column] for p in PERSONS}


def _answers(decision: Decided, person_id: str, kind: str, reason: str | None, *, in_doubt: bool) -> tuple[Answer, ...]:
    """Return what each rule says; while it is doubtful who somebody is, none is asked."""
    people = facts(decision.population, kind).filter(pl.col("person_id") == person_id)
    answers: list[Answer] = []
    for rule in rules_for(kind):
        # A person gone from the tables has no facts: the first rule of their kind is their verdict. Nor has the rule that
        # looks at everybody at once anything to look at but its own answer.
        alone = people.height and rule.holds is not None
        looked_at = people.select(c for c in rule.looks_at if c in people.columns)
        answers.append(
            Answer(
                rule.code,
                asked=not in_doubt and not any(a.decisive for a in answers),
                holds=bool(people.select(rule.holds).item()) if alone else rule.code == reason,
                decisive=not in_doubt and rule.code == reason,
                looked_at=looked_at.row(0, named=True) if people.height else {},
                message=rule.message,
                remedy=remedy_of(rule, decision.plan.remedies),
                source=rule.source,
            )
        )
    return tuple(answers)


def _relations(decision: Decided, person_id: str, kind: str) -> tuple[Mapping[str, Any], ...]:
    people = decision.population
    ids = _ids(decision)
    own, other = sorted(PERSONS, key=lambda p: p.kind != kind)
    mine = people.links.filter(ids[kind].gather(people.links[own.number]) == person_id)
    theirs = _people(decision)[other.kind][mine[other.number]]
    shown = mine.select(
        theirs[other.column].alias("person_id"),
        theirs["given_name"],
        theirs["family_name"],
        "grants",
        people.students["sent"].gather(mine["student"]).alias("student_sent"),
    )
    return tuple(shown.sort("person_id").to_dicts())


def _operations(plan: Plan, person_id: str, kind: str) -> tuple[Mapping[str, Any], ...]:
    rows = plan.operations.filter(pl.col("id") == person_id, pl.col("kind") == kind)
    return tuple(msgspec.json.decode(line) for line in lines(rows, with_held=True))
