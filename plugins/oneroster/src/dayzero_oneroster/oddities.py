"""What real providers do against the specification: each oddity a rule, and one place that collects findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from dayzero.errors import ConfigurationError
from dayzero.plugin import Finding, Severity

__all__ = ["ODDITIES", "Oddities", "Oddity"]

_SHOWN = 20
"""Rows of one oddity that are named one by one; the rest is counted."""
_LONGEST_VALUE = 80


@dataclass(frozen=True)
class Oddity:
    """One rule. ``distrust``: the read contradicts itself or ended early, so it may add and update, never disable."""

    code: str
    severity: Severity
    message: str
    distrust: bool = False


_ODDITIES = (
    Oddity("no-manifest", "notice", "the bundle has no manifest.csv; every file is taken as bulk"),
    Oddity("manifest-value", "warning", "is neither bulk, delta nor absent; the file is taken as it stands"),
    Oddity("manifest-says-absent", "warning", "manifest.csv calls the file absent; it is not read", distrust=True),
    Oddity("manifest-file-missing", "warning", "manifest.csv promises the file and it is not there", distrust=True),
    Oddity("manifest-column", "error", "manifest.csv has no columns propertyName and value; it is not used", distrust=True),
    Oddity("header-unknown", "notice", "the column is none of the specification and is ignored"),
    Oddity("header-typo", "warning", "the column is none of the specification and is ignored"),
    Oddity("header-nameless", "warning", "the header has columns without a name; they are ignored"),
    Oddity("header-missing", "warning", "the file lacks a column without which it means nothing; it is not used", distrust=True),
    Oddity("row-unreadable", "error", "the row could not be read; it is left out", distrust=True),
    Oddity("status-inactive", "notice", "the row is inactive and does not count"),
    Oddity("status-tobedeleted", "notice", "the row is to be deleted"),
    Oddity("status-unknown", "warning", "is no status of the specification; the row does not count", distrust=True),
    Oddity("date-format", "warning", "is no ISO date; set `date_format` under [source]"),
    Oddity("date-unreadable", "error", "is no date; set `date_format` under [source] if the school writes dates its own way", distrust=True),
    Oddity("session-type", "warning", "is no session type of the specification"),
    Oddity("session-year-unknown", "warning", "the session belongs to no school year; it is not used"),
    Oddity("session-parent-missing", "warning", "points at a session that does not exist; the schoolYear column decides"),
    Oddity("school-year-below-term", "warning", "a school year is put below another session", distrust=True),
    Oddity("term-outside-year", "warning", "the term does not lie in its school year", distrust=True),
    Oddity("no-school-year-session", "notice", "the year has no session of type schoolYear; its terms give its dates"),
    Oddity("year-is-over", "warning", "the active year ended long ago: the data may be old, or `active_year` is wanted"),
    Oddity("org-parent-missing", "notice", "points at an org that does not exist"),
    Oddity("class-school-type", "notice", "the class belongs to an org that is no school"),
    Oddity("several-schools", "notice", "the data holds several schools and `school` names none: all are read as one"),
    Oddity("class-term-missing", "warning", "the class names a session that does not exist"),
    Oddity("class-deleted-in-use", "warning", "enrolls in a class that is to be deleted; the enrollment does not count", distrust=True),
    Oddity("enrollment-class-missing", "warning", "enrolls in a class that does not exist; its dates decide the year"),
    Oddity("enrollment-user-missing", "warning", "enrolls a user who does not exist; ignored"),
    Oddity("enrollment-outside-term", "warning", "the enrollment's dates do not touch the terms of its class"),
    Oddity("enrollment-without-year", "notice", "neither terms nor dates give a year; taken for the active year"),
    Oddity("grade-missing", "warning", "no grade is on record; UG (ungraded) stands for it"),
    Oddity("grade-carried", "notice", "no class gives the grade of that year; the user's own grade stands for it"),
    Oddity("role-unknown", "warning", "is no role of the specification; ignored"),
    Oddity("role-over", "notice", "the role ended; it still tells what the person is"),
    Oddity("user-without-role", "warning", "the user has no role and is no student by enrollment; ignored"),
    Oddity("user-not-enabled", "notice", "enabledUser is false; as a parent the user gets no portal access"),
    Oddity("staff-enrolled-as-student", "warning", "works at the school and is enrolled as a student; no student to dayzero"),
    Oddity("staff-linked-as-parent", "warning", "works at the school and is linked to a student; no parent unless `staff_parents` says so"),
    Oddity("agent-missing", "warning", "the link names a user who does not exist; ignored"),
    Oddity("agent-not-a-parent", "warning", "the link is none between a student and a parent; ignored"),
    Oddity("two-roles", "warning", "is both a student and a parent; a student to dayzero"),
    Oddity("delta-without-image", "warning", "a delta came before any bulk; only what it holds is known"),
    Oddity("image-damaged", "warning", "the kept image is damaged and not used; the next bulk renews it"),
    Oddity("delta-older", "notice", "the delta's row is older than the image's; not applied"),
    Oddity("read-ended-early", "error", "the service stopped answering before the end", distrust=True),
    Oddity("collection-not-offered", "notice", "the service does not offer the collection to this client"),
    Oddity("paging-ignored", "error", "the service gives the same page again and again", distrust=True),
    Oddity("paging-drift", "warning", "the order moved while it was read, and reading again did not settle it", distrust=True),
    Oddity("total-wrong", "notice", "X-Total-Count is not what came"),
    Oddity("filter-ignored", "notice", "the service ignores the filter on dateLastModified; its answer is taken as the whole"),
    Oddity("record-malformed", "error", "is no record with a sourcedId; ignored", distrust=True),
)  # fmt: skip

ODDITIES: Mapping[str, Oddity] = MappingProxyType({o.code: o for o in _ODDITIES})


class Oddities:
    """Findings of one read, and whether the read may be trusted to disable.

    ``accept``: codes the school has looked at; they are still reported, and no longer make the read partial.
    """

    def __init__(self, accept: Collection[str] = ()) -> None:
        unknown = sorted(set(accept) - set(ODDITIES))
        if unknown:
            raise ConfigurationError(
                f"[source] accept: there is no rule {unknown[0]!r}.",
                remedy=f"Rules: {', '.join(code for code, o in ODDITIES.items() if o.distrust)}.",
            )
        self._accept = frozenset(accept)
        self._findings: dict[Finding, None] = {}
        self.distrusted = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found so far, in order, each once."""
        return tuple(self._findings)

    def add(
        self, code: str, file: str, *, column: str | None = None, value: object = None, row: int | None = None,
        more: str = "",
    ) -> None:  # fmt: skip
        """Report one oddity. ``more`` is said behind the rule's message."""
        rule = ODDITIES[code]
        shown = None if value is None else str(value)[:_LONGEST_VALUE]
        self._findings[
            Finding(rule.severity, f"{file}.csv", row, column, shown, code, f"{rule.message}{more and f': {more}'}")
        ] = None
        self.distrusted |= rule.distrust and code not in self._accept

    def has(self, code: str, file: str) -> bool:
        """Whether an oddity of a file was found."""
        return any(f.rule == code and f.table == f"{file}.csv" for f in self._findings)

    def rows(self, code: str, file: str, rows: pl.DataFrame, column: str | None = None) -> None:
        """Report an oddity of every row (``source_row``, and the value of ``column``); many are counted, not named."""
        first = rows.head(_SHOWN)
        values: Iterable[object] = (
            first[column].to_list() if column and column in rows.columns else [None] * first.height
        )
        for row, value in zip(first["source_row"].to_list(), values, strict=True):
            self.add(code, file, column=column, value=value, row=row)
        if rows.height > _SHOWN:
            self.add(code, file, column=column, more=f"and {rows.height - _SHOWN:,} more rows")
