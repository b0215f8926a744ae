"""The walk holds columns and one page: what Python itself holds, page by page, does not grow with their number.

Only Python's own memory is traced, and a decoded record is nothing else; columns live outside of it. How much the columns
take is for `python -m bench oneroster` to tell.
"""

from __future__ import annotations

import logging
import tracemalloc
from typing import Any

import pytest
from test_rest import Clock

from dayzero_fixtures.oneroster_provider import OneRosterProvider
from dayzero_oneroster import OneRosterSettings
from dayzero_oneroster.rest import OneRosterClient
from dayzero_oneroster.rest.paging import walk

pytestmark = pytest.mark.slow

PAGE = 200


class Crowd:
    """Users without end, each made when asked for."""

    def __init__(self, users: int) -> None:
        self._users = users

    def count(self, collection: str) -> int:
        return self._users

    def page(self, collection: str, indices: list[int]) -> list[dict[str, Any]]:
        return [{"sourcedId": f"{n:06}", "givenName": f"Given {n}", "agents": [{"sourcedId": str(n)}]} for n in indices]

    def since(self, collection: str, moment: str) -> Crowd:
        return self


class Held(logging.Handler):
    """Notes, as the walk reports each page, how many bytes Python holds: that page's records are among them."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes: list[int] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.bytes.append(tracemalloc.get_traced_memory()[0])


def most_held(pages: int) -> int:
    """Walk through so many pages and return the most bytes that Python held at one of them."""
    log, held = logging.getLogger("dayzero_oneroster"), Held()
    with OneRosterProvider(Crowd(pages * PAGE)) as provider:
        key, secret = provider.client_id, provider.client_secret
        settings = OneRosterSettings(url=provider.url, client_id=key, client_secret=secret, auth="oauth1")
        client = OneRosterClient(settings, clock=Clock())
        log.addHandler(held)
        log.setLevel(logging.INFO)
        tracemalloc.start()
        try:
            walked = walk(client, "users", PAGE)
        finally:
            tracemalloc.stop()
            log.setLevel(logging.NOTSET)
            log.removeHandler(held)
            client.close()
    assert walked.columns["users"].height == pages * PAGE
    return max(held.bytes)


def test_no_more_than_one_page_of_records_is_alive() -> None:
    most_held(2)  # what the first walk loads is no part of any roster
    assert most_held(40) < 3 * most_held(4)
