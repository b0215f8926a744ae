"""Walk a collection to its end, whatever the provider does about pages.

The next offset is what was received so far, never what was asked for: a provider may cut the limit in silence. The walk ends
on an empty page, never by a total or a ``Link``, which are missing or wrong too often. A record that came twice shows that
the order moved while it was read, and then another may have been missed: the collection is walked again until a walk brings
nothing new.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

import polars as pl

from dayzero.errors import SourceError
from dayzero_oneroster.oddities import Oddities
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
    """What came of a collection: columns by file, and how the walk ended.

    ``whole``: on an empty page. ``cut``: the service stopped answering. ``unsettled``: it gave the same pages again and
    again, or in another order each time.
    """

    columns: Columns
    end: End

    @property
    def whole(self) -> bool:
        """Whether that is all of it."""
        return self.end == "whole"


def walk(client: OneRosterClient, collection: str, page_size: int, oddities: Oddities, filter_by: str = "") -> Walked:
    """Read a collection. Raises SourceError where not even the first page came.

    A walk that ends early gives what came, and says so.
    """
    columns: Columns = {}
    known = 0
    for number in range(MOST_WALKS):
        again, end, total = _once(client, collection, page_size, oddities, filter_by, first=number == 0)
        doubled = _rows(again, collection) != _distinct(again, collection)
        columns = joined([columns, again]) if number else again
        distinct = _distinct(columns, collection)
        settled = number > 0 and distinct == known
        known = distinct
        if end != "whole" or (number == 0 and not doubled) or settled:
            if end == "whole" and total is not None and total != distinct:
                oddities.add("total-wrong", collection, value=total, more=f"{distinct} came")
            return Walked(columns, end)
    oddities.add("paging-drift", collection)
    return Walked(columns, "unsettled")


def _once(
    client: OneRosterClient, collection: str, page_size: int, oddities: Oddities, filter_by: str, *, first: bool
) -> tuple[Columns, End, int | None]:
    """Return columns, how the walk ended, and the total the first page claims."""
    pages = Pages(collection)
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
            oddities.add("read-ended-early", collection, more=f"after {received:,} records: {error.message}")
            return pages.columns(), "cut", total
        total = page.total if number == 0 else total
        if not page.records:
            return pages.columns(), "whole", total
        part = columns_of(collection, page.records, received, oddities)
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
    oddities.add("paging-ignored", collection, more=f"after {received:,} records")
    return pages.columns(), "unsettled", total


def _rows(columns: Columns, collection: str) -> int:
    return columns[collection].height if collection in columns else 0


def _distinct(columns: Columns, collection: str) -> int:
    return columns[collection]["sourcedId"].n_unique() if collection in columns else 0


def latest(columns: pl.DataFrame) -> pl.DataFrame:
    """Return each record once, as it was last modified."""
    if columns["sourcedId"].n_unique() == columns.height:
        return columns  # as nearly always: sorting would hold the roster twice
    if "dateLastModified" in columns.columns:
        columns = columns.sort("dateLastModified", nulls_last=False, maintain_order=True)
    return columns.unique("sourcedId", keep="last", maintain_order=True).sort("source_row")
