"""Answer for one person, rule by rule, with the values each rule looked at."""

from __future__ import annotations

from typing import Any

import polars as pl

from dayzero.errors import UsageError
from dayzero.people.eligibility import DUPLICATE_LOGIN, facts, rules_for
from dayzero.plan.decide import Decision
from dayzero.plan.model import operations_of

__all__ = ["explain"]

KINDS = ("student", "parent")


def explain(decision: Decision, person_id: str, kind: str | None = None) -> dict[str, Any]:
    """Return every rule in turn for a student or contact id, the verdict, and what to change in the SIS."""
    kind = _kind_of(decision, person_id, kind)
    verdict = decision.verdicts.verdicts.filter(pl.col("kind") == kind, pl.col("person_id") == person_id).to_dicts()[0]
    account = decision.portal.accounts.filter(pl.col("kind") == kind, pl.col("person_id") == person_id)
    unread = decision.plan.unreadable.filter(pl.col("kind") == kind, pl.col("person_id") == person_id)
    rules = _answers(decision, person_id, kind, verdict["reason"])
    return {
        "person_id": person_id,
        "kind": kind,
        "verdict": "unreadable" if unread.height else verdict["reason"] or "granted",
        "detail": verdict["detail"],
        "remedy": next((r["remedy"] for r in rules if r["decisive"]), None),
        "rules": rules,
        "relations": _relations(decision, person_id, kind),
        "unreadable": unread.select("table", "row").to_dicts(),
        "account": account.to_dicts()[0] if account.height else None,
        "operations": [o for o in operations_of(decision.plan, person_id) if o["kind"] == kind],
    }


def _kind_of(decision: Decision, person_id: str, kind: str | None) -> str:
    candidates = decision.verdicts.verdicts.filter(pl.col("person_id") == person_id)["kind"].to_list()
    kinds = [k for k in KINDS if k in candidates and kind in (None, k)]
    if not kinds:
        raise UsageError(
            f"No {kind or 'student or contact'} has the id {person_id!r}, in the source or on the portal.",
            remedy="Ids are text: 00042 is not 42. Use the id of the SIS, not a name or login.",
        )
    if len(kinds) > 1:
        raise UsageError(
            f"Both a student and a contact have the id {person_id!r}.",
            remedy="Say which: --kind student or --kind parent.",
        )
    return kinds[0]


def _answers(decision: Decision, person_id: str, kind: str, reason: str | None) -> list[dict[str, Any]]:
    """Return each rule's answer; after the decisive one the others were not asked."""
    people = facts(decision.population, kind).filter(pl.col("person_id") == person_id)
    answers: list[dict[str, Any]] = []
    decided = False
    for rule in rules_for(kind):
        if rule.code == DUPLICATE_LOGIN:
            holds: bool | None = reason == DUPLICATE_LOGIN
        else:
            # A person gone from the tables has no facts: the first rule of their kind is their verdict.
            holds = (
                bool(people.select(rule.holds).item())
                if people.height and rule.holds is not None
                else rule.code == reason
            )
        decisive = rule.code == reason
        answers.append(
            {
                "code": rule.code,
                "asked": not decided,
                "holds": holds,
                "decisive": decisive,
                "looked_at": people.select(c for c in rule.looks_at if c in people.columns).to_dicts()[0]
                if people.height
                else {},
                "message": rule.message,
                "remedy": rule.remedy,
                "source": rule.source,
            }
        )
        decided |= decisive
    return answers


def _relations(decision: Decision, person_id: str, kind: str) -> list[dict[str, Any]]:
    own, other = ("student_id", "contact_id") if kind == "student" else ("contact_id", "student_id")
    sent = decision.population.students.select("student_id", "sent")
    return (
        decision.population.links.filter(pl.col(own) == person_id)
        .join(sent, on="student_id", how="left")
        .select(pl.col(other).alias("person_id"), "grants", student_sent=pl.col("sent").fill_null(value=False))
        .sort("person_id")
        .to_dicts()
    )
