"""Users as dayzero's ``students`` and ``contacts``, and links as ``relationships``."""

from __future__ import annotations

import re

import polars as pl

from dayzero.errors import ConfigurationError
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.settings import OneRosterSettings
from dayzero_oneroster.specification import FILES
from dayzero_oneroster.values import is_false

__all__ = ["contacts_of", "relationships_of", "students_of"]

_KEPT = ("username", "identifier", "email")
_ID_TYPES = 20
"""More types of user ids than this are no types."""


def students_of(users: pl.DataFrame, roster: Roster) -> pl.DataFrame:
    """Return ``students``: further columns of users and ``user_id_<type>`` may serve as the login field.

    Passwords, phone numbers and the like are left where they are.
    """
    drop = [c for c in FILES["users"] if c not in _KEPT]
    extra = [c for c in users.columns if c not in FILES["users"] and not c.startswith("source_") and c not in _MADE]
    frame = users.with_columns(
        student_id="sourcedId", given_name="givenName", family_name="familyName", middle_name="middleName",
        preferred_name="preferredGivenName", removed=pl.col("status") == "tobedeleted",
    ).with_columns(_user_ids(users))  # fmt: skip
    births = roster["demographics"].select(student_id="sourcedId", birth_date="birthDate").drop_nulls()
    births = births.unique("student_id", keep="last")
    kept = [c for c in frame.columns if c in extra or c not in (*users.columns, *drop)]
    reserved = [c for c in ("source_row", "source_problem") if c in frame.columns]
    frame = frame.select(*kept, *_KEPT, *reserved)
    return frame.join(births, on="student_id", how="left", maintain_order="left")


_MADE = ("kind", "told", "role_over")
"""Columns added on the way, which are nobody's data."""


def _user_ids(users: pl.DataFrame) -> list[pl.Expr]:
    """Return ``{LDAP:12},{Fed:23}`` as one column per type: ``user_id_LDAP``, ``user_id_Fed``."""
    text = users["userIds"].drop_nulls()
    types = (
        text.str.extract_all(r"\{[^:{}]+:")
        .explode(empty_as_null=True)
        .drop_nulls()
        .str.strip_chars("{: ")
        .unique()
        .sort()
    )
    return [
        pl.col("userIds")
        .str.extract(r"\{\s*" + re.escape(kind) + r"\s*:([^}]*)\}")
        .str.strip_chars()
        .alias(f"user_id_{kind}")
        for kind in types.head(_ID_TYPES)
    ]


def contacts_of(users: pl.DataFrame, settings: OneRosterSettings) -> pl.DataFrame:
    """Return ``contacts`` with their portal access by setting; who is not enabled, or whose role is over, has none."""
    shut = is_false("enabledUser") | pl.col("role_over").fill_null(value=False)
    access = _access(users, settings, "told").cast(pl.String)
    reserved = [c for c in ("source_row", "source_problem") if c in users.columns]
    return users.select(
        contact_id="sourcedId", given_name="givenName", family_name="familyName", primary_email="email",
        portal_access=pl.when(shut).then(pl.lit("false")).otherwise(access),
        removed=pl.col("status") == "tobedeleted", **{c: pl.col(c) for c in reserved},
    )  # fmt: skip


def relationships_of(links: pl.DataFrame, kinds: pl.DataFrame, settings: OneRosterSettings) -> pl.DataFrame:
    """Return ``relationships``. The relation is what relationships.csv says, else the parent's role."""
    role = kinds.select(contact_id="user", told="role")
    links = links.join(role, on="contact_id", how="left", maintain_order="left")
    kind, _, _ = settings.portal_access.partition(":")
    access = pl.lit(None, pl.String)
    if kind == "role":
        access = pl.when(pl.col("relation").is_not_null()).then(_access(links, settings, "relation").cast(pl.String))
    elif settings.portal_access in links.columns:
        access = pl.col(settings.portal_access)
    relation = pl.coalesce("relation", "told")
    return links.select("student_id", "contact_id", "source_row", relation=relation, portal_access=access)


def _access(frame: pl.DataFrame, settings: OneRosterSettings, role: str) -> pl.Expr:
    kind, _, roles = settings.portal_access.partition(":")
    if kind in ("all", "none"):
        return pl.lit("true" if kind == "all" else "false")
    if kind == "role":
        return pl.col(role).str.to_lowercase().is_in([r.strip().lower() for r in roles.split(",")])
    if settings.portal_access in frame.columns:
        return pl.col(settings.portal_access)
    there = ", ".join(c for c in frame.columns if c.startswith("metadata.")) or "none"
    raise ConfigurationError(
        f"[source] portal_access: users have no column {settings.portal_access!r}; of metadata they have: {there}.",
        remedy='Give "all", "none", "role:guardian,parent" or a column of users.',
        key="source.portal_access",
    )
