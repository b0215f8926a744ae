"""The one table of reasons to withhold an account: verdicts, ``explain``, the reports and the docs read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from dayzero.people.logins import ADDRESS, unusable

__all__ = [
    "DUPLICATE_LOGIN",
    "PLACEHOLDER",
    "RULES",
    "SAME_PERSON",
    "STRANGERS",
    "Rule",
    "by_importance",
    "ending",
    "remedy_of",
    "rule_of",
    "rules_for",
]


@dataclass(frozen=True)
class Rule:
    """A reason to withhold an account.

    ``holds`` is an expression over the facts of a candidate (``facts``), None for the rule that looks at everybody at
    once. ``detail`` says what was seen, ``looks_at`` names the facts ``explain`` shows. ``ends_account``: an existing
    account is disabled; otherwise it is kept, because a slip of the pen does not take a working account away.
    ``fixable``: somebody in the office can do something about it, so that it is worth proposing. ``may_be_meant``: it may be
    right as it is, and is looked at rather than corrected.
    """

    code: str
    kind: str
    message: str
    remedy: str
    looks_at: tuple[str, ...]
    ends_account: bool
    fixable: bool = True
    may_be_meant: bool = False
    holds: pl.Expr | None = None
    detail: pl.Expr | None = None
    source: str = ""


_SENT = pl.col("sent")
DUPLICATE_LOGIN = "duplicate-login"
PLACEHOLDER, STRANGERS, SAME_PERSON = "placeholder-email", "shared-by-strangers", "same-person-twice"

RULES: tuple[Rule, ...] = (
    Rule(
        "not-enrolled", "student",
        "has no active enrollment in a year that is sent",
        "Enroll the student in the SIS, or do nothing if the student has left.",
        ("active_enrolled", "scheduling_enrolled"), ends_account=True, fixable=False,
        holds=~_SENT & ~pl.col("active_enrolled") & ~pl.col("scheduling_enrolled"),
        source="R1, R2",
    ),
    Rule(
        "withdrawn", "student",
        "the latest calendar code is a withdrawal",
        "If the student is coming after all, correct the calendar codes in the SIS.",
        ("active_withdrawn", "scheduling_withdrawn"), ends_account=True, fixable=False,
        holds=~_SENT & (pl.col("active_enrolled") & pl.col("active_withdrawn")
                        | ~pl.col("active_enrolled") & pl.col("scheduling_enrolled") & pl.col("scheduling_withdrawn")),
        source="cases 12, 26",
    ),
    Rule(
        "no-entry-on-day-0", "student",
        "is enrolled in the scheduling year, is not in the active year and has no entry code on Day 0",
        "Enter an E code on Day 0 of the scheduling year's calendar in the SIS.",
        ("entry_on_day_0", "entry_days", "in_active"), ends_account=True,
        holds=~_SENT,
        detail=pl.when(pl.col("entry_days").is_not_null()).then(pl.format("calendar codes: {}", "entry_days")).otherwise(pl.lit("no calendar code at all")),
        source="R6, cases 9-11",
    ),
    Rule(
        "no-login", "student",
        "has no value in the configured login field",
        "Fill in the login field (an e-mail address or a user name) in the SIS.",
        ("login",), ends_account=False,
        holds=pl.col("login").is_null(),
        source="R8",
    ),
    Rule(
        "invalid-login", "student",
        "the login field holds something that nobody can sign in with",
        "Correct the login field in the SIS: one e-mail address without anything around it, or a user name.",
        ("login",), ends_account=False,
        holds=pl.col("login").map_batches(unusable, return_dtype=pl.Boolean),
        detail=pl.format("the login field says {}", "login"),
        source="R8, case 17",
    ),
    Rule(
        DUPLICATE_LOGIN, "student",
        "another student has the same login",
        "Give each student a login of their own in the SIS.",
        ("login",), ends_account=False,
        source="cases 18, 20",
    ),
    Rule(
        "no-sent-student", "parent",
        "no student of this contact is sent",
        "Nothing to do, unless a student of this contact should be at the school.",
        ("sent_students",), ends_account=True, fixable=False,
        holds=pl.col("sent_students") == 0,
        source="R11",
    ),
    Rule(
        "no-portal-access", "parent",
        "Enable Parent Portal Access is not ticked for any student who is sent",
        "Tick Enable Parent Portal Access in the Contact Database, if this contact may see the student.",
        ("sent_students", "granting_students"), ends_account=True, may_be_meant=True,
        holds=pl.col("granting_students") == 0,
        source="R9, cases 31, 36, 47",
    ),
    Rule(
        "no-email", "parent",
        "has no Primary E-Mail",
        "Fill in Primary E-Mail in the Contact Database.",
        ("login",), ends_account=False,
        holds=pl.col("login").is_null(),
        source="R9",
    ),
    Rule(
        "invalid-email", "parent",
        "Primary E-Mail is not an e-mail address",
        "Correct Primary E-Mail in the Contact Database: one @, a dot in the domain, nothing invisible and nothing around it.",
        ("login",), ends_account=False,
        holds=~pl.col("login").str.contains(ADDRESS),
        detail=pl.format("Primary E-Mail is {}", "login"),
        source="R9",
    ),
    Rule(
        PLACEHOLDER, "parent",
        "five families or more have this Primary E-Mail: it is nobody's",
        "Ask the family for an address and put it in place of this one; leave Primary E-Mail empty until then.",
        ("login",), ends_account=False,
        source="cases 37, 41",
    ),
    Rule(
        STRANGERS, "parent",
        "somebody with whom they have no child and no household in common has the same Primary E-Mail",
        "Ask both families whose address it is, and correct the other one. Nobody new gets an account until then: one family would read another's child.",
        ("login",), ends_account=False,
        source="case 37",
    ),
    Rule(
        SAME_PERSON, "parent",
        "is in the SIS under another id too, with the same names and Primary E-Mail; the children are shown under that id",
        "Nothing needs to be done: one account shows all the children. Merge the two contacts in the SIS when there is time.",
        ("login",), ends_account=False, fixable=False,
        source="case 37",
    ),
    Rule(
        DUPLICATE_LOGIN, "parent",
        "another parent of the family has the same Primary E-Mail",
        "Give each parent an address of their own, or let them share the one account.",
        ("login",), ends_account=False,
        source="case 37",
    ),
)  # fmt: skip
"""In the order in which they are tried; the first that holds is the verdict."""


def rules_for(kind: str) -> tuple[Rule, ...]:
    """Return the rules of one kind in their order."""
    return tuple(r for r in RULES if r.kind == kind)


def by_importance() -> tuple[Rule, ...]:
    """Return the rules as somebody should see to them: first what keeps people out who are expected, last what is as it should be."""
    return tuple(sorted(RULES, key=lambda rule: (not rule.fixable, rule.may_be_meant)))


def ending(kind: str) -> list[str]:
    """Return the reasons for which an account of one kind ends."""
    return [r.code for r in rules_for(kind) if r.ends_account]


def rule_of(kind: str, code: str) -> Rule:
    """Return the rule behind a reason."""
    return next(r for r in rules_for(kind) if r.code == code)


def remedy_of(rule: Rule, words: Mapping[str, str]) -> str:
    """Return what to do about a reason: in the source's own ``words``, by rule, where it has any."""
    return words.get(rule.code, rule.remedy)
