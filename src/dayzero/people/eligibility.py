"""One verdict per candidate: granted, or withheld with a reason and a remedy.

``RULES`` is the one table of reasons: verdicts, ``explain``, the reports and the docs read it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dayzero.config.settings import SyncSettings
from dayzero.people.population import Population
from dayzero.plugin import Finding

__all__ = [
    "DUPLICATE_LOGIN",
    "RULES",
    "VERDICT_SCHEMA",
    "Rule",
    "Verdicts",
    "facts",
    "judge",
    "login_key",
    "remedy_of",
    "rules_for",
]


@dataclass(frozen=True)
class Rule:
    """A reason to withhold an account.

    ``holds`` is an expression over the facts of a candidate (``facts``), None for the rule that looks at everybody at
    once. ``detail`` says what was seen, ``looks_at`` names the facts ``explain`` shows. ``ends_account``: an existing
    account is disabled; otherwise it is kept, because a slip of the pen does not take a working account away.
    """

    code: str
    kind: str
    message: str
    remedy: str
    looks_at: tuple[str, ...]
    ends_account: bool
    holds: pl.Expr | None = None
    detail: pl.Expr | None = None
    source: str = ""


_SENT = pl.col("sent")
_LOCAL_AND_DOMAIN = r"^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+\.[^@\s\p{Cc}]+$"
DUPLICATE_LOGIN = "duplicate-login"

RULES: tuple[Rule, ...] = (
    Rule(
        "not-enrolled", "student",
        "has no active enrollment in a year that is sent",
        "Enroll the student in the SIS, or do nothing if the student has left.",
        ("active_enrolled", "scheduling_enrolled"), ends_account=True,
        holds=~_SENT & ~pl.col("active_enrolled") & ~pl.col("scheduling_enrolled"),
        source="R1, R2",
    ),
    Rule(
        "withdrawn", "student",
        "the latest calendar code is a withdrawal",
        "If the student is coming after all, correct the calendar codes in the SIS.",
        ("active_withdrawn", "scheduling_withdrawn"), ends_account=True,
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
        ("sent_students",), ends_account=True,
        holds=pl.col("sent_students") == 0,
        source="R11",
    ),
    Rule(
        "no-portal-access", "parent",
        "Enable Parent Portal Access is not ticked for any student who is sent",
        "Tick Enable Parent Portal Access in the Contact Database, if this contact may see the student.",
        ("sent_students", "granting_students"), ends_account=True,
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
        "Correct Primary E-Mail in the Contact Database: one @, no blanks, a dot in the domain.",
        ("login",), ends_account=False,
        holds=~pl.col("login").str.contains(_LOCAL_AND_DOMAIN),
        detail=pl.format("Primary E-Mail is {}", "login"),
        source="R9",
    ),
    Rule(
        DUPLICATE_LOGIN, "parent",
        "another parent has the same Primary E-Mail",
        "Give each parent an address of their own, or let them share the one account.",
        ("login",), ends_account=False,
        source="case 37",
    ),
)  # fmt: skip
"""In the order in which they are tried; the first that holds is the verdict (DESIGN 4)."""


def rules_for(kind: str) -> tuple[Rule, ...]:
    """Return the rules of one kind in their order."""
    return tuple(r for r in RULES if r.kind == kind)


def remedy_of(kind: str, code: str) -> str:
    """Return what to do about a reason."""
    return next(r.remedy for r in rules_for(kind) if r.code == code)


VERDICT_SCHEMA: dict[str, type[pl.DataType]] = {
    "kind": pl.String,
    "person_id": pl.String,
    "reason": pl.String,
    "detail": pl.String,
    "ends_account": pl.Boolean,
}
"""``reason`` is null where the account is granted."""


@dataclass(frozen=True)
class Verdicts:
    """``verdicts``: one row per candidate, ``VERDICT_SCHEMA``. ``wanted``: accounts of ``ACCOUNT_SCHEMA`` without status.

    ``wanted`` holds everybody the rules grant, also persons whose account is frozen; the plan decides what becomes of them.
    """

    verdicts: pl.DataFrame
    wanted: pl.DataFrame
    findings: tuple[Finding, ...]


def facts(population: Population, kind: str) -> pl.DataFrame:
    """Return the facts of every candidate of ``kind`` in the source: ``person_id``, ``login`` and what the rules look at."""
    return _student_facts(population) if kind == "student" else _parent_facts(population)


def judge(
    population: Population,
    known: pl.DataFrame,
    settings: SyncSettings,
    *,
    frozen: pl.DataFrame,
    staying: pl.DataFrame,
    may_disable: bool = True,
) -> Verdicts:
    """Judge every candidate.

    ``known``: accounts on the portal. ``frozen`` (``kind``, ``person_id``): accounts that stay as they are because
    their people could not be read. ``staying``: the same, because a limit holds them. Both keep the login they have.
    """
    verdicts, wanted = [], []
    for kind, make in (("student", _wanted_students), ("parent", _wanted_parents)):
        there = known.filter(pl.col("kind") == kind)
        people = facts(population, kind)
        seen = _first_reasons(_candidates(people, there, kind), kind)
        stuck = pl.concat([f.filter(pl.col("kind") == kind).select("person_id") for f in (frozen, staying)]).unique()
        yielding = _settle_logins(seen, there, stuck, kind, settings, may_disable=may_disable)
        seen = seen.join(yielding, on="person_id", how="left", maintain_order="left").with_columns(
            reason=pl.coalesce("reason", pl.when(pl.col("other").is_not_null()).then(pl.lit(DUPLICATE_LOGIN))),
            detail=pl.coalesce("detail", pl.format("same login as {}", "other")),
        )
        ends = [r.code for r in rules_for(kind) if r.ends_account]
        verdicts.append(
            seen.select(
                pl.lit(kind).alias("kind"),
                "person_id",
                "reason",
                "detail",
                pl.col("reason").is_in(ends).fill_null(value=False).alias("ends_account"),
            )
        )
        granted = seen.filter(pl.col("reason").is_null()).select("person_id")
        wanted.append(make(population, people.join(granted, on="person_id", how="semi", maintain_order="left")))
    accounts = pl.concat(wanted)
    return Verdicts(pl.concat(verdicts), accounts, tuple(_shared_with_child(accounts)))


def _student_facts(population: Population) -> pl.DataFrame:
    return population.students.rename({"student_id": "person_id"})


def _parent_facts(population: Population) -> pl.DataFrame:
    links = population.links.join(population.students.filter("sent").select("student_id"), on="student_id", how="semi")
    counts = links.group_by("contact_id").agg(
        sent_students=pl.len().cast(pl.Int64), granting_students=pl.col("grants").sum().cast(pl.Int64)
    )
    return (
        population.contacts.join(counts, on="contact_id", how="left", maintain_order="left")
        .with_columns(pl.col("sent_students", "granting_students").fill_null(0))
        .rename({"contact_id": "person_id", "primary_email": "login"})
    )


def _candidates(people: pl.DataFrame, there: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Add accounts whose people are gone from the tables: nothing is true of them any more."""
    gone = there.select("person_id").join(people.select("person_id"), on="person_id", how="anti")
    if gone.is_empty():
        return people
    looked_at = {c for r in rules_for(kind) for c in r.looks_at} | {"sent"}
    nothing = [
        pl.lit(value=False if dtype == pl.Boolean else 0, dtype=dtype).alias(name)
        for name, dtype in people.schema.items()
        if name in looked_at | {"active_enrolled", "scheduling_enrolled"}
        and (dtype == pl.Boolean or dtype.is_integer())
    ]
    return pl.concat([people, gone.with_columns(nothing)], how="diagonal")


def _first_reasons(people: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return ``person_id``, ``login``, ``reason`` and ``detail`` by the rules that look at one candidate alone."""
    rules = rules_for(kind)
    reason = pl.coalesce(*(pl.when(r.holds).then(pl.lit(r.code)) for r in rules if r.holds is not None))
    detail = pl.coalesce(
        pl.lit(None, dtype=pl.String),
        *(pl.when(pl.col("reason") == r.code).then(r.detail) for r in rules if r.detail is not None),
    )
    return people.with_columns(reason=reason).select("person_id", "login", "reason", detail=detail)


def login_key(login: str) -> pl.Expr:
    """Return the form in which logins are compared: trimmed and case-folded (case 40)."""
    text = pl.col(login).str.strip_chars()
    # Polars lower-cases; the few logins beyond ASCII are folded by Python, where ß and SS are one.
    plain = text.str.len_bytes() == text.str.len_chars()
    folded = pl.when(~plain).then(text).map_batches(_casefolded, return_dtype=pl.String)
    return pl.when(plain).then(text.str.to_lowercase()).otherwise(folded)


def _casefolded(texts: pl.Series) -> pl.Series:
    if texts.null_count() == texts.len():
        return texts
    return pl.Series(texts.name, [None if t is None else t.casefold() for t in texts], dtype=pl.String)


def _settle_logins(
    seen: pl.DataFrame,
    there: pl.DataFrame,
    stuck: pl.DataFrame,
    kind: str,
    settings: SyncSettings,
    *,
    may_disable: bool,
) -> pl.DataFrame:
    """Return who must yield a login: ``person_id`` and the ``other`` who has it.

    Whoever holds a login on the portal and stays with it keeps it. Among the rest, students yield both, parents by
    ``shared_parent_login``. One who yields stays with the old login, which may take that from a third: repeat until
    nothing changes. People only ever join the yielding, so this ends.
    """
    seen = seen.with_columns(key=login_key("login"))
    holders = (
        there.filter(pl.col("status") != "disabled")
        .select("person_id", held=login_key("login"))
        .join(seen.select("person_id", "key", "reason"), on="person_id", how="left")
        .join(stuck.with_columns(stuck=pl.lit(value=True)), on="person_id", how="left")
    )
    ends = [r.code for r in rules_for(kind) if r.ends_account]
    stays = pl.col("stuck").fill_null(value=False) | pl.col("reason").is_not_null()
    leaves = pl.col("reason").is_in(ends).fill_null(value=False) & ~pl.col("stuck").fill_null(value=False)
    holders = holders.filter(~leaves) if may_disable else holders
    moving = ~stays & (pl.col("key") != pl.col("held")).fill_null(value=True)
    movers = holders.filter(moving)
    keeping = holders.filter(~moving).select(other="person_id", key="held")
    wants = (
        seen.filter(pl.col("reason").is_null())
        .join(stuck, on="person_id", how="anti")
        .join(holders.filter(~moving).select("person_id"), on="person_id", how="anti")
        .select("person_id", "key")
    )
    yielding = pl.DataFrame(schema={"person_id": pl.String, "other": pl.String})
    while not wants.is_empty():
        lost = _losers(wants, keeping, kind, settings)
        if lost.is_empty():
            break
        yielding = pl.concat([yielding, lost])
        wants = wants.join(lost, on="person_id", how="anti")
        back = movers.join(lost, on="person_id", how="semi").select(other="person_id", key="held")
        keeping = pl.concat([keeping, back])
    return yielding


def _losers(wants: pl.DataFrame, keeping: pl.DataFrame, kind: str, settings: SyncSettings) -> pl.DataFrame:
    """Return who loses the login they want in one round, and to whom."""
    taken = wants.join(keeping.unique("key"), on="key", how="inner").select("person_id", "other")
    free = wants.join(taken, on="person_id", how="anti")
    rivals = free.filter(pl.col("key").is_duplicated()).sort("key", "person_id")
    if rivals.is_empty():
        return taken
    first = pl.col("person_id").first().over("key")
    second = pl.col("person_id").get(1).over("key")
    rivals = rivals.with_columns(
        other=pl.when(pl.col("person_id") == first).then(second).otherwise(first), first=pl.col("person_id") == first
    )
    if kind == "parent" and settings.shared_parent_login == "first":
        rivals = rivals.filter(~pl.col("first"))
    return pl.concat([taken, rivals.select("person_id", "other")])


_YEAR_LISTS = pl.Series([[], ["active"], ["scheduling"], ["active", "scheduling"]], dtype=pl.List(pl.String))
# Looked up among the four there are: a list made anew for every person takes fifty times as long.
_YEARS = pl.lit(_YEAR_LISTS).gather(
    pl.col("in_active").fill_null(value=False).cast(pl.Int64)
    + 2 * pl.col("in_scheduling").fill_null(value=False).cast(pl.Int64)
)


def student_fields() -> list[pl.Expr]:
    """Return the columns of a sent student's account and record (DESIGN 4)."""
    next_grade = pl.when("in_scheduling").then("scheduling_grade")
    return [
        pl.col("given_name"),
        pl.col("family_name"),
        pl.when("in_active").then("active_grade").otherwise(next_grade).alias("grade_level"),
        next_grade.alias("next_grade_level"),
        _YEARS.alias("years"),
    ]


def _wanted_students(_population: Population, granted: pl.DataFrame) -> pl.DataFrame:
    return granted.select(
        pl.lit("student").alias("kind"),
        "person_id",
        "login",
        *student_fields(),
        "new",
        pl.lit(None, dtype=pl.List(pl.String)).alias("children"),
    )


def _wanted_parents(population: Population, granted: pl.DataFrame) -> pl.DataFrame:
    """A parent's years are the union over the children who grant access; new: no such child in the active year."""
    families = (
        population.links.filter("grants")
        .join(population.students.filter("sent").select("student_id", "in_active", "in_scheduling"), on="student_id")
        .sort("contact_id", "student_id")
        .group_by("contact_id", maintain_order=True)
        .agg(pl.col("in_active", "in_scheduling").any(), children=pl.col("student_id"))
    )
    return (
        granted.join(families, left_on="person_id", right_on="contact_id")
        .sort("person_id")
        .select(
            pl.lit("parent").alias("kind"),
            "person_id",
            "login",
            "given_name",
            "family_name",
            pl.lit(None, dtype=pl.String).alias("grade_level"),
            pl.lit(None, dtype=pl.String).alias("next_grade_level"),
            _YEARS.alias("years"),
            (~pl.col("in_active")).alias("new"),
            "children",
        )
    )


def _shared_with_child(wanted: pl.DataFrame) -> list[Finding]:
    """R16, case 38: allowed between kinds, but then the child would hold the parent's login: say it loudly."""
    keyed = wanted.select("kind", "person_id", "children", key=login_key("login"))
    parents = keyed.filter(pl.col("kind") == "parent").join(
        keyed.filter(pl.col("kind") == "student").select("key", child="person_id"), on="key"
    )
    rows = parents.filter(pl.col("children").list.contains(pl.col("child"))).sort("person_id", "child")
    return [
        Finding(
            "warning", "contacts", None, "primary_email", None, "login-shared-with-child",
            f"contact {parent} and their own child {child} have the same login; the child could enter the parent's account",
        )
        for parent, child in rows.select("person_id", "child").iter_rows()
    ]  # fmt: skip
