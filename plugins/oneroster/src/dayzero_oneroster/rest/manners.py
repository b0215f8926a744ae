"""What a service does its own way, learned from its answers and kept for the whole read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

__all__ = ["Manners"]

_SMALLER = (100, 10)


@dataclass(frozen=True)
class Manners:
    """How to ask. ``most``: records at once, where it takes no more. ``sorts``, ``filters``: it knows these parameters.

    ``ends_in_a_page``: past the end it gives an empty one.

    ``first_page``: the number of the first page, of a service that takes an offset for the number of a page; ``asked_pages``:
    whether that is known.
    """

    most: int | None = None
    sorts: bool = True
    filters: bool = True
    first_page: int | None = None
    asked_pages: bool = False
    ends_in_a_page: bool = False

    def limit(self, page_size: int) -> int:
        """Return how many records to ask for."""
        return min(page_size, self.most or page_size)

    def parameters(self, page_size: int, filter_by: str, *, page: int, received: int) -> dict[str, str]:
        """Return the query of the next page: its number, and how many records came before."""
        offset = received if self.first_page is None else self.first_page + page
        query = {"limit": str(self.limit(page_size)), "offset": str(offset)}
        query |= {"sort": "sourcedId", "orderBy": "asc"} if self.sorts else {}
        return query | ({"filter": filter_by} if filter_by and self.filters else {})

    def simpler(self, page_size: int, filter_by: str) -> Iterator[Manners]:
        """Yield what else to try where a first page is refused: the least that is given up first."""
        sizes = [self.most, *(size for size in _SMALLER if size < self.limit(page_size))]
        for filters in (True, False) if filter_by and self.filters else (self.filters,):
            for most in sizes:
                for sorts in (True, False) if self.sorts else (False,):
                    other = replace(self, most=most, sorts=sorts, filters=filters)
                    if other != self:
                        yield other

    def smaller(self, page_size: int) -> Manners | None:
        """Return the next smaller page, for a service that fails at big ones; None where there is none."""
        if self.first_page is not None:
            return None
        return next((replace(self, most=size) for size in _SMALLER if size < self.limit(page_size)), None)
