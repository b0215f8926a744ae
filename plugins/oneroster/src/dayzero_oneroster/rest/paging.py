"""Walk a collection to its end, whatever the provider does about pages.

The next offset is what was received so far, never what was asked for: a provider may cut the limit in silence. The walk ends
on an empty page, never by a total or a ``Link``, which are missing or wrong too often. A record that came twice shows that
the order moved while it was read, and then another may have been missed: the collection is walked again until a walk brings
nothing new.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Literal

from dayzero.errors import SourceError
from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd
from dayzero_oneroster.rest.client import OneRosterClient
from dayzero_oneroster.rest.pages import Pages
from dayzero_oneroster.rest.records import Columns, columns_of, joined

__all__ = ["Walked", "walk"]

log = logging.getLogger(__name__)

MOST_PAGES = 100_000
MOST_WALKS = 5


End = Literal["whole", "cut", "unsettled"]


@dataclass(frozen=True)
class Walked:
    """What came of a collection: columns by file, how the walk ended, and what was odd on the way.

    ``whole``: on an empty page. ``cut``: the service stopped answering. ``unsettled``: it gave the same pages again and
    again, or in another order each time. ``total``: how many records the first page claims there are.
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
    columns: Columns = {}
    findings: list[Finding] = []
    known = 0
    for number in range(MOST_WALKS):
        again = _one_walk(client, collection, page_size, filter_by, first=number == 0)
        findings += again.findings
        doubled = _rows(again.columns, collection) != _distinct(again.columns, collection)
        columns = joined([columns, again.columns]) if number else again.columns
        distinct = _distinct(columns, collection)
        settled = number > 0 and distinct == known
        known = distinct
        if not again.whole or (number == 0 and not doubled) or settled:
            if again.whole and again.total not in (None, distinct):
                findings.append(odd("total-wrong", collection, value=again.total, more=f"{distinct} came"))
            return replace(again, columns=columns, findings=tuple(findings))
    return Walked(columns, "unsettled", None, (*findings, odd("paging-drift", collection)))


def _one_walk(client: OneRosterClient, collection: str, page_size: int, filter_by: str, *, first: bool) -> Walked:
    """Read a collection once. Raises SourceError where nothing came and it is the ``first`` walk."""
    pages = Pages(collection)
    findings: list[Finding] = []
    seen: set[int] = set()
    received, known, total = 0, 0, None
    params = {"limit": str(page_size), "sort": "sourcedId", "orderBy": "asc"} | (
        {"filter": filter_by} if filter_by else {}
    )
    for number in range(MOST_PAGES):
        try:
            page = client.page(collection, {**params, "offset": str(received)})
        except SourceError as error:
            if first and not received:
                raise
            early = odd("read-ended-early", collection, more=f"after {received:,} records: {error.message}")
            return Walked(pages.columns(), "cut", total, (*findings, early))
        total = page.total if number == 0 else total
        if not page.records:
            return Walked(pages.columns(), "whole", total, tuple(findings))
        part, malformed = columns_of(collection, page.records, received)
        findings += malformed
        mark = hash(tuple(part[collection]["sourcedId"]))
        received += len(page.records)
        log.info("%s: %d records", collection, received)
        circles = False
        if pages.add(part):  # every so many pages must have brought something new, or the walk turns in circles
            distinct = pages.distinct()
            circles, known = distinct == known, distinct
        if mark in seen or circles:
            break
        seen.add(mark)
    ignored = odd("paging-ignored", collection, more=f"after {received:,} records")
    return Walked(pages.columns(), "unsettled", total, (*findings, ignored))


def _rows(columns: Columns, collection: str) -> int:
    return columns[collection].height if collection in columns else 0


def _distinct(columns: Columns, collection: str) -> int:
    return columns[collection]["sourcedId"].n_unique() if collection in columns else 0
