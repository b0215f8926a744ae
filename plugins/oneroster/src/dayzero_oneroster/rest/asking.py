"""How the pages of a collection are asked for, so that this service answers: what it refuses is left out from then on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dayzero.errors import SourceError
from dayzero_oneroster.rest.client import OneRosterClient, Page
from dayzero_oneroster.rest.manners import Manners

__all__ = ["Asking"]

_PAST_THE_END = (404, 416)
_PERHAPS_PAST_THE_END = (400, 422)
_REFUSED = (400, 405, 406, 413, 414, 422, 501)
"""Answers to a first page that other parameters may turn."""
_FAILED = (500, 502, 503, 504)


@dataclass(frozen=True)
class Asking:
    """One collection of one service, ``filter_by`` or whole. What is learned of the service is kept in the client's manners."""

    client: OneRosterClient
    collection: str
    page_size: int
    filter_by: str

    @property
    def limit(self) -> int:
        """How many records are asked for at once."""
        return self.client.manners.limit(self.page_size)

    def page(self, number: int, received: int) -> Page:
        """Return a page: its number, and how many records came before. Raises SourceError.

        A first page that is refused is asked for otherwise; one that fails time and again is asked for a smaller one, and
        a first one without a sort: some fail where they should refuse.
        """
        client = self.client
        try:
            return self._asked(number, received)
        except SourceError as error:
            refused, before = error, client.manners
        while refused.facts.get("busy") and (smaller := client.manners.smaller(self.page_size)):
            client.manners = smaller
            try:
                return self._asked(number, received)
            except SourceError as error:
                refused = error
        others: Iterable[Manners] = ()
        if not number:
            unsorted = [replace(before, sorts=False)] if before.sorts else []
            others = unsorted if refused.facts.get("busy") else before.simpler(self.page_size, self.filter_by)
        for client.manners in others:
            if refused.facts.get("status") not in (*_REFUSED, *_FAILED):
                break
            try:
                return self._asked(number, received)
            except SourceError as error:
                refused = error
        client.manners = before
        raise refused

    def ended_in_a_page(self) -> None:
        """Keep in mind that the service ends a collection with an empty page."""
        self.client.manners = replace(self.client.manners, ends_in_a_page=True)

    def is_past_the_end(self, error: SourceError, received: int, last: int, total: int | None) -> bool:
        """Say whether an error means that there is no more; ``last``: how many records the last page had.

        A service that has ended another collection with an empty page means something else by a 400: a window it does not
        go beyond, say. A filter that leaves nothing is a 404 with some.
        """
        status = error.facts.get("status")
        if not received:
            return bool(self.filter_by) and status == 404
        if status in _PAST_THE_END:
            return True
        if status not in _PERHAPS_PAST_THE_END:
            return False
        if total is not None:
            return received >= total
        return last < self.limit and not self.client.manners.ends_in_a_page

    def find_out_what_counts(self, first: tuple[str, ...]) -> None:
        """Find out once whether the service takes an offset for the number of a page, and keep it in mind.

        ``first``: the ids of the first page. One record further on, all but one of a page are those that came before; one
        page further on, none is.
        """
        manners = self.client.manners
        if manners.asked_pages or len(first) < 2:
            return
        for further in (1, 2):
            query = manners.parameters(self.page_size, self.filter_by, page=0, received=further)
            try:
                page = self.client.page(self.collection, query)
            except SourceError:
                return
            ids = [str(r.get("sourcedId")) for r in page.records if isinstance(r, dict)]
            if not ids:
                return  # one page is all there is: it is not known yet
            if not set(ids) & set(first):
                self.client.manners = replace(manners, asked_pages=True, first_page=further - 1)
                return
            if tuple(ids) != first:
                break
        self.client.manners = replace(manners, asked_pages=True)

    def _asked(self, number: int, received: int) -> Page:
        query = self.client.manners.parameters(self.page_size, self.filter_by, page=number, received=received)
        return self.client.page(self.collection, query)
