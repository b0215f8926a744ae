"""Walk a collection to its end, whatever the provider does about pages.

The next offset is what was received so far, never what was asked for: a provider may cut the limit in silence. The walk ends
on an empty page, or where the service says that there is nothing past the end; ``Link`` headers are missing or wrong too often
to follow. A record that came twice shows that the order moved while it was read, and fewer records than the service itself
announces that some are missing: then the collection is walked again, until a walk brings nothing new. What is still missing
then makes the read a partial one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from dayzero.errors import SourceError
from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd
from dayzero_oneroster.rest.client import NotOfferedError, OneRosterClient, Page
from dayzero_oneroster.rest.manners import Manners
from dayzero_oneroster.rest.pages import Pages
from dayzero_oneroster.rest.records import Columns, columns_of, joined

__all__ = ["Walked", "walk"]

log = logging.getLogger(__name__)

MOST_PAGES = 100_000
MOST_WALKS = 8

_PAST_THE_END = (404, 416)
_PERHAPS_PAST_THE_END = (400, 422)
_REFUSED = (400, 405, 406, 413, 414, 422, 501)
"""Answers to a first page that other parameters may turn."""
_FAILED = (500, 502, 503, 504)


End = Literal["whole", "short", "cut", "unsettled"]


@dataclass(frozen=True)
class Walked:
    """What came of a collection: columns by file, how the walk ended, and what was odd on the way.

    ``whole``: at its end. ``short``: there, but with fewer records than were announced. ``cut``: the service stopped
    answering. ``unsettled``: it gave the same pages again and again, or in another order each time. ``total``: how many
    records the service announces. ``first``: the ids of the first page.
    """

    columns: Columns
    end: End
    total: int | None
    findings: Findings
    first: tuple[str, ...] = ()

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
        if not again.whole:
            return replace(again, columns=columns, findings=tuple(findings))
        missing = again.total is not None and distinct < again.total
        if missing and _counts_pages(client, collection, page_size, filter_by, again.first):
            continue  # as it wants to be asked
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


def _one_walk(client: OneRosterClient, collection: str, page_size: int, filter_by: str, *, first: bool) -> Walked:
    """Read a collection once. Raises SourceError where nothing came and it is the ``first`` walk."""
    pages = Pages(collection)
    findings: list[Finding] = []
    seen: set[int] = set()
    received, known, full = 0, 0, 0
    total: int | None = None
    opening: tuple[str, ...] = ()

    def ended(end: End, *more: Finding) -> Walked:
        return Walked(pages.columns(), end, total, (*findings, *more), opening)

    for number in range(MOST_PAGES):
        try:
            page = _page(client, collection, page_size, filter_by, number, received)
        except SourceError as error:
            if received and _past_the_end(client, error, received, total, short=full < client.manners.limit(page_size)):
                return ended("whole")
            if filter_by and not received and isinstance(error, NotOfferedError) and error.facts.get("status") == 404:
                return ended("whole")  # nothing has changed, as some say it
            if first and not received:
                raise
            more = f"after {received:,} records: {error.message}"
            return ended("cut", odd("read-ended-early", collection, more=more))
        total = page.total if total is None else total
        if not page.records:
            client.manners = replace(client.manners, ends_in_a_page=True)
            return ended("whole")
        part, malformed = columns_of(collection, page.records, received)
        findings += malformed
        ids = tuple(part[collection]["sourcedId"])
        if number == 0:
            opening = ids
            if total is None and _counts_pages(client, collection, page_size, filter_by, opening):
                log.debug("%s: the offset is the number of a page", collection)
        received += len(page.records)
        full = len(page.records)
        log.info("%s: %d records", collection, received)
        circles = False
        if pages.add(part):  # every so many pages must have brought something new, or the walk turns in circles
            distinct = pages.distinct()
            circles, known = distinct == known, distinct
        if hash(ids) in seen or circles:
            break
        seen.add(hash(ids))
    return ended("unsettled", odd("paging-ignored", collection, more=f"after {received:,} records"))


def _page(client: OneRosterClient, collection: str, page_size: int, filter_by: str, number: int, received: int) -> Page:
    """Return a page, asked for as the service wants it: what it refuses at first is left out from then on.

    One that fails at a big page, time and again, is asked for a smaller one.
    """

    def asked() -> Page:
        query = client.manners.parameters(page_size, filter_by, page=number, received=received)
        return client.page(collection, query)

    try:
        return asked()
    except SourceError as error:
        refused, before = error, client.manners
    while refused.facts.get("busy") and (smaller := client.manners.smaller(page_size)):
        client.manners = smaller
        try:
            return asked()
        except SourceError as error:
            refused = error
    if not number and before.sorts and refused.facts.get("busy"):  # some fail where they should refuse
        others: Iterable[Manners] = [replace(before, sorts=False)]
    else:
        others = () if number else before.simpler(page_size, filter_by)
    for client.manners in others:
        if refused.facts.get("status") not in (*_REFUSED, *_FAILED):
            break
        try:
            return asked()
        except SourceError as error:
            refused = error
    client.manners = before
    raise refused


def _past_the_end(
    client: OneRosterClient, error: SourceError, received: int, total: int | None, *, short: bool
) -> bool:
    """Say whether an error after some records means that these were all; ``short``: the last page was not a full one.

    A service that has ended another collection with an empty page means something else by a 400: a window it does not go
    beyond, say.
    """
    status = error.facts.get("status")
    if status not in _PERHAPS_PAST_THE_END or total is not None:
        return status in _PAST_THE_END or (status in _PERHAPS_PAST_THE_END and received >= (total or 0))
    return short and not client.manners.ends_in_a_page


def _counts_pages(
    client: OneRosterClient, collection: str, page_size: int, filter_by: str, first: tuple[str, ...]
) -> bool:
    """Find out once whether the service takes an offset for the number of a page, and keep it in mind; say if it is news.

    One record further on, all but one of a page are those that came before; one page further on, none is.
    """
    manners = client.manners
    if manners.asked_pages or len(first) < 2:
        return False
    for further in (1, 2):
        query = manners.parameters(page_size, filter_by, page=0, received=further)
        try:
            page = client.page(collection, query)
        except SourceError:
            return False
        ids = [str(r.get("sourcedId")) for r in page.records if isinstance(r, dict)]
        if not ids:
            return False  # one page is all there is: it is not known yet
        if not set(ids) & set(first):
            client.manners = replace(manners, asked_pages=True, first_page=further - 1)
            return True
        if tuple(ids) != first:
            break
    client.manners = replace(manners, asked_pages=True)
    return False


def _rows(columns: Columns, collection: str) -> int:
    return columns[collection].height if collection in columns else 0


def _distinct(columns: Columns, collection: str) -> int:
    return columns[collection]["sourcedId"].n_unique() if collection in columns else 0
