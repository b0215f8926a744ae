"""Walk a collection to its end, whatever the provider does about pages.

The next offset is what was received so far, never what was asked for: a provider may cut the limit in silence. The walk ends
on an empty page, or where the service says that there is nothing past the end; ``Link`` headers are missing or wrong too often
to follow. A record that came twice shows that the order moved while it was read, and fewer records than the service itself
announces that some are missing: then the collection is walked again, until a walk brings nothing new. What is still missing
then makes the read a partial one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Literal

from dayzero.errors import SourceError
from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd
from dayzero_oneroster.rest.asking import Asking
from dayzero_oneroster.rest.client import OneRosterClient
from dayzero_oneroster.rest.pages import Pages
from dayzero_oneroster.rest.records import Columns, columns_of, joined

__all__ = ["Walked", "walk"]

log = logging.getLogger(__name__)

MOST_PAGES = 100_000
MOST_WALKS = 8

End = Literal["whole", "short", "cut", "unsettled"]


@dataclass(frozen=True)
class Walked:
    """What came of a collection: columns by file, how the walk ended, and what was odd on the way.

    ``whole``: at its end. ``short``: there, but with fewer records than were announced. ``cut``: the service stopped
    answering. ``unsettled``: it gave the same pages again and again, or in another order each time. ``total``: how many
    records the service announces.
    """

    columns: Columns
    end: End
    total: int | None
    findings: Findings

    @property
    def whole(self) -> bool:
        """Whether that is all of it."""
        return self.end == "whole"

    @property
    def malformed(self) -> bool:
        """Whether a record came that is none."""
        return any(f.rule == "record-malformed" for f in self.findings)


def walk(client: OneRosterClient, collection: str, page_size: int, filter_by: str = "") -> Walked:
    """Read a collection. Raises SourceError where not even the first page came.

    A walk that ends early gives what came, and says so.
    """
    asking = Asking(client, collection, page_size, filter_by)
    columns: Columns = {}
    findings: list[Finding] = []
    known = 0
    for number in range(MOST_WALKS):
        again = _one_walk(asking, first=number == 0)
        findings += again.findings
        doubled = _rows(again.columns, collection) != _distinct(again.columns, collection)
        columns = joined([columns, again.columns]) if number else again.columns
        distinct = _distinct(columns, collection)
        settled = number > 0 and distinct == known
        known = distinct
        if not again.whole:
            return replace(again, columns=columns, findings=tuple(findings))
        missing = again.total is not None and distinct < again.total
        told = number > 0 and distinct == again.total  # all that the service says there are
        if (number == 0 and not doubled and not missing) or settled or told:
            findings += _odd_total(collection, again.total, distinct)
            end: End = "short" if missing else "whole"
            return replace(again, end=end, columns=columns, findings=tuple(dict.fromkeys(findings)))
    return Walked(columns, "unsettled", None, (*findings, odd("paging-drift", collection)))


def _odd_total(collection: str, total: int | None, came: int) -> Findings:
    if total is None or total == came:
        return ()
    code = "fewer-than-announced" if came < total else "total-wrong"
    return (odd(code, collection, value=total, more=f"{came:,} of {total:,} came"),)


def _one_walk(asking: Asking, *, first: bool) -> Walked:
    """Read a collection once. Raises SourceError where nothing came and it is the ``first`` walk."""
    collection = asking.collection
    pages = Pages(collection)
    findings: list[Finding] = []
    seen: set[int] = set()
    received, last, known = 0, 0, 0
    total: int | None = None

    def ended(end: End, *more: Finding) -> Walked:
        return Walked(pages.columns(), end, total, (*findings, *more))

    for number in range(MOST_PAGES):
        try:
            page = asking.page(number, received)
        except SourceError as error:
            if asking.is_past_the_end(error, received, last, total):
                return ended("whole")
            if first and not received:
                raise
            more = f"after {received:,} records: {error.message}"
            return ended("cut", odd("read-ended-early", collection, more=more))
        total = page.total if total is None else total
        if not page.records:
            asking.ended_in_a_page()
            return ended("whole")
        part, malformed = columns_of(collection, page.records, received)
        findings += malformed
        ids = tuple(part[collection]["sourcedId"])
        if number == 0:
            asking.find_out_what_counts(ids)  # nothing else would show that pages are passed over
        last = len(page.records)
        received += last
        log.info("%s: %d records", collection, received)
        circles = False
        if pages.add(part):  # every so many pages must have brought something new, or the walk turns in circles
            distinct = pages.distinct()
            circles, known = distinct == known, distinct
        if hash(ids) in seen or circles:
            break
        seen.add(hash(ids))
    return ended("unsettled", odd("paging-ignored", collection, more=f"after {received:,} records"))


def _rows(columns: Columns, collection: str) -> int:
    return columns[collection].height if collection in columns else 0


def _distinct(columns: Columns, collection: str) -> int:
    return columns[collection]["sourcedId"].n_unique() if collection in columns else 0
