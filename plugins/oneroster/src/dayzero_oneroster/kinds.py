"""What each user is: student, parent, staff. In 1.1 ``users.role`` says it, in 1.2 ``roles.csv``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd_rows
from dayzero_oneroster.links import pairs_of
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.settings import OneRosterSettings
from dayzero_oneroster.specification import FAMILY, NO_ROLES, STAFF_ROLES
from dayzero_oneroster.values import is_false, word

__all__ = ["kinds_of_users"]


def kinds_of_users(roster: Roster, settings: OneRosterSettings, as_of: date) -> tuple[pl.DataFrame, Findings]:
    """Return ``user``, ``kind`` (``student``, ``parent``, ``staff`` or null), ``role`` and ``role_over``, once per user.

    Roles that ended count only for who has no other. Beside them stands what is odd about users and their roles.
    """
    role, parents = pl.col("role"), [r.lower() for r in settings.parent_roles]
    named = _roles(roster, as_of)
    known = role.is_in([*STAFF_ROLES, "student", "guardian", "parent", "relative", *parents])
    roles = named.filter(known, ~pl.col("over") | pl.col("over").all().over("user"))
    marked = roles.with_columns(
        student=role == "student",
        staff=role.is_in(STAFF_ROLES),
        parent=role.is_in(parents),
        as_parent=pl.when(role.is_in(parents)).then(role),
    )
    told = marked.group_by("user", maintain_order=True).agg(
        pl.col("student", "staff", "parent").any(),
        role=pl.coalesce(pl.col("as_parent").min(), role.first()),
        role_over=pl.col("over").all(),
    )
    users = roster["users"].select(user="sourcedId").drop_nulls().unique(maintain_order=True)
    enrolled = _enrolled_as_student(roster)
    users = users.join(told, on="user", how="left", maintain_order="left").with_columns(
        enrolled=pl.col("user").is_in(enrolled.implode()), known=pl.col("role").is_not_null()
    )
    users = users.with_columns(pl.col("student", "staff", "parent", "role_over").fill_null(value=False))
    staff = pl.col("staff") & ~(pl.col("parent") & pl.lit(settings.staff_parents))
    users = users.with_columns(
        kind=pl.when(pl.col("student") | (~pl.col("known") & pl.col("enrolled"))).then(pl.lit("student"))
        .when(staff).then(pl.lit("staff"))
        .when("parent").then(pl.lit("parent"))
    )  # fmt: skip
    users = _with_family(roster, users, named.filter(~known), parents)
    findings = (*_odd_roles(roster, named.filter(~known), as_of), *_odd_users(roster, users))
    return users.select("user", "kind", "role", "role_over"), findings


def _with_family(roster: Roster, users: pl.DataFrame, strange: pl.DataFrame, parent_roles: list[str]) -> pl.DataFrame:
    """Make parents of users without any role who are linked to a student as family; ``by_link`` says who they are.

    School Data Sync has no role for them. Who has a role that nobody knows, or teaches, is none; nor is anybody where a role
    may be among what was not read.
    """
    if roster.may_lack("roles") or roster.may_lack("enrollments"):
        return users.with_columns(by_link=pl.lit(value=False))
    pairs = pairs_of(roster).select("one", "other", relation=word("relation"))
    both = pl.concat([pairs, pairs.select(one="other", other="one", relation="relation")])
    students = users.filter(pl.col("kind") == "student").select(one="user")
    families = pl.col("relation").is_in([*FAMILY, *parent_roles]) | pl.col("relation").is_null()
    family = both.join(students, on="one", how="semi").group_by(user="other").agg(
        family=families.all(), relation=pl.col("relation").min()
    )  # fmt: skip
    something = strange.filter(~pl.col("role").is_in(NO_ROLES))["user"]
    enrollments = roster["enrollments"].filter(word("role") != "student")["userSourcedId"]
    aside = pl.concat([something, enrollments]).drop_nulls().unique().implode()
    users = users.join(family, on="user", how="left", maintain_order="left")
    by_link = pl.col("kind").is_null() & ~pl.col("known") & pl.col("family").fill_null(value=False)
    users = users.with_columns(by_link=by_link & ~pl.col("user").is_in(aside))
    return users.with_columns(
        kind=pl.when("by_link").then(pl.lit("parent")).otherwise("kind"),
        role=pl.when("by_link").then("relation").otherwise("role"),
    )


def _roles(roster: Roster, as_of: date) -> pl.DataFrame:
    """Return ``user``, ``role``, ``over``, ``file``, ``source_row`` of every role that is named anywhere."""
    users, roles = roster["users"], roster["roles"].filter(pl.col("status") == "active")
    own = users.select(
        "source_row", user="sourcedId", role=word("role"), over=pl.lit(value=False), file=pl.lit("users")
    )
    more = roles.select(
        "source_row", user="userSourcedId", role=word("role"), over=_is_over(as_of), file=pl.lit("roles")
    )
    return pl.concat([own, more]).drop_nulls(["user", "role"])


def _is_over(as_of: date) -> pl.Expr:
    return (pl.col("endDate") < as_of).fill_null(value=False)


def _enrolled_as_student(roster: Roster) -> pl.Series:
    enrollments = roster["enrollments"].filter(pl.col("status") == "active", word("role") == "student")
    return enrollments["userSourcedId"].drop_nulls().unique()


def _odd_roles(roster: Roster, strange: pl.DataFrame, as_of: date) -> Iterator[Finding]:
    for file in ("users", "roles"):
        yield from odd_rows("role-unknown", file, strange.filter(pl.col("file") == file), "role")
    over = roster["roles"].filter(pl.col("status") == "active").filter(_is_over(as_of))
    yield from odd_rows("role-over", "roles", over, "role")


def _odd_users(roster: Roster, users: pl.DataFrame) -> Iterator[Finding]:
    rows = roster["users"].filter(pl.col("status") == "active").select("sourcedId", "enabledUser", "source_row")
    rows = rows.join(users.rename({"role": "told"}), left_on="sourcedId", right_on="user", maintain_order="left")
    kind = pl.col("kind")
    yield from odd_rows("user-without-role", "users", rows.filter(~pl.col("known"), kind.is_null()), "sourcedId")
    yield from odd_rows("parent-by-link", "users", rows.filter("by_link"), "sourcedId")
    yield from odd_rows("staff-enrolled-as-student", "users", rows.filter(kind == "staff", "enrolled"), "sourcedId")
    yield from odd_rows("two-roles", "users", rows.filter(kind == "student", "parent"), "sourcedId")
    yield from odd_rows("user-not-enabled", "users", rows.filter(is_false("enabledUser")), "sourcedId")
