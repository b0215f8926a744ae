"""What real providers do against the specification, as data: each oddity a rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dayzero.errors import ConfigurationError
from dayzero.plugin import Severity

__all__ = ["RULES", "Rule", "require_rules"]


@dataclass(frozen=True)
class Rule:
    """One oddity and what is said of it.

    ``distrust``: the read contradicts itself or ended early, so it may add and update, never disable.
    """

    code: str
    severity: Severity
    message: str
    distrust: bool = False


_RULES = (
    Rule("no-manifest", "notice", "the bundle has no manifest.csv; every file is taken as bulk"),
    Rule("manifest-value", "warning", "is neither bulk, delta nor absent; the file is taken as it stands"),
    Rule("manifest-says-absent", "warning", "manifest.csv calls the file absent; it is not read", distrust=True),
    Rule("manifest-file-missing", "warning", "manifest.csv promises the file and it is not there", distrust=True),
    Rule("manifest-column", "error", "manifest.csv has no columns propertyName and value; it is not used", distrust=True),
    Rule("header-unknown", "notice", "the column is none of the specification and is ignored"),
    Rule("header-alias", "notice", "the column comes under another name than the specification's and is taken for"),
    Rule("header-typo", "warning", "the column is none of the specification and is ignored"),
    Rule("header-nameless", "warning", "the header has columns without a name; they are ignored"),
    Rule("header-missing", "warning", "the file lacks a column without which it means nothing; it is not used", distrust=True),
    Rule("row-blank", "notice", "rows without any value; they are passed over"),
    Rule("row-unreadable", "error", "the row could not be read; it is left out", distrust=True),
    Rule("status-inactive", "notice", "the row is inactive and does not count"),
    Rule("status-tobedeleted", "notice", "the row is to be deleted"),
    Rule("status-unknown", "warning", "is no status of the specification; the row does not count", distrust=True),
    Rule("date-format", "warning", "is no ISO date; set `date_format` under [source]"),
    Rule("date-unreadable", "error", "is no date; set `date_format` under [source] if the school writes dates its own way", distrust=True),
    Rule("session-type", "warning", "is no session type of the specification"),
    Rule("session-year-differs", "warning", "says another schoolYear than the session it belongs to; its parent's counts"),
    Rule("session-year-unknown", "warning", "the session belongs to no school year; it is not used"),
    Rule("session-parent-missing", "warning", "points at a session that does not exist; the schoolYear column decides"),
    Rule("school-year-below-term", "warning", "a school year is put below another session", distrust=True),
    Rule("term-outside-year", "warning", "the term does not lie in its school year", distrust=True),
    Rule("no-school-year-session", "notice", "the year has no session of type schoolYear; its terms give its dates"),
    Rule("no-year-begun", "warning", "no school year of the data has begun, so that none is the active one: this year's sessions are missing", distrust=True),
    Rule("between-years", "notice", "the year is over and the next has not begun; the one that ended stays the active one until then"),
    Rule("year-is-over", "warning", "the active year ended long ago: the data may be old, or `active_year` is wanted"),
    Rule("org-parent-missing", "notice", "points at an org that does not exist"),
    Rule("class-school-type", "notice", "the class belongs to an org that is no school"),
    Rule("several-schools", "notice", "the data holds several schools and `school` names none: all are read as one"),
    Rule("class-term-missing", "warning", "the class names a session that does not exist"),
    Rule("class-deleted-in-use", "warning", "enrolls in a class that is to be deleted; the enrollment does not count", distrust=True),
    Rule("enrollment-class-missing", "warning", "enrolls in a class that does not exist; its dates decide the year"),
    Rule("enrollment-user-missing", "warning", "enrolls a user who does not exist; ignored"),
    Rule("enrollment-outside-term", "warning", "the enrollment's dates do not touch the terms of its class"),
    Rule("enrollment-without-year", "notice", "neither terms nor dates give a year; taken for the active year"),
    Rule("enrollment-outside-years", "warning", "the enrollment's dates lie in no school year of the data, and the student has no other: in no year to dayzero"),
    Rule("grade-missing", "warning", "no grade is on record; UG (ungraded) stands for it"),
    Rule("grade-carried", "notice", "no class gives the grade of that year; the user's own grade stands for it"),
    Rule("grade-advanced", "notice", "no class gives next year's grade; the one after this year's stands for it"),
    Rule("role-unknown", "warning", "is no role of the specification; ignored"),
    Rule("role-over", "notice", "the role ended; it still tells what the person is"),
    Rule("user-without-role", "warning", "the user has no role and is no student by enrollment; ignored"),
    Rule("parent-by-link", "notice", "has no role and is linked to a student as family: a parent to dayzero"),
    Rule("user-not-enabled", "notice", "enabledUser is false: a student counts as not enrolled, a parent gets no portal access"),
    Rule("staff-enrolled-as-student", "warning", "works at the school and is enrolled as a student; no student to dayzero"),
    Rule("staff-linked-as-parent", "warning", "works at the school and is linked to a student; no parent unless `staff_parents` says so"),
    Rule("no-parents", "notice", "no user is linked to a student as a parent: the source has students alone"),
    Rule("agent-missing", "warning", "the link names a user who does not exist; ignored"),
    Rule("agent-not-a-parent", "warning", "the link is none between a student and a parent; ignored"),
    Rule("two-roles", "warning", "is both a student and a parent; a student to dayzero"),
    Rule("delta-without-image", "warning", "a delta came before any bulk; only what it holds is known"),
    Rule("image-damaged", "warning", "the kept image is damaged and not used; the next bulk renews it"),
    Rule("delta-older", "notice", "the delta's row is older than the image's; not applied"),
    Rule("read-ended-early", "error", "the service stopped answering before the end", distrust=True),
    Rule("collection-not-offered", "notice", "the service does not offer the collection to this client"),
    Rule("paging-ignored", "error", "the service gives the same page again and again", distrust=True),
    Rule("paging-drift", "warning", "the order moved while it was read, and reading again did not settle it", distrust=True),
    Rule("total-wrong", "notice", "more records came than the service announces"),
    Rule("fewer-than-announced", "error", "the service gave fewer records than it announces, time and again", distrust=True),
    Rule("permissions-moved", "warning", "what may be read changed while it was read, twice", distrust=True),
    Rule("filter-ignored", "notice", "the service does not keep to the filter on dateLastModified; all was asked for again"),
    Rule("record-malformed", "error", "is no record with a sourcedId; ignored", distrust=True),
)  # fmt: skip

RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in _RULES})


def require_rules(codes: Collection[str]) -> None:
    """Refuse codes of which one is no rule's. Raises ConfigurationError."""
    unknown = sorted(set(codes) - set(RULES))
    if unknown:
        raise ConfigurationError(
            f"[source] accept: there is no rule {unknown[0]!r}.",
            remedy=f"Rules: {', '.join(code for code, rule in RULES.items() if rule.distrust)}.",
        )
