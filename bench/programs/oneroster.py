"""Read a district from a OneRoster service, and print how far above the first page's memory this process had to go.

``walk``: users to columns. ``read``: everything, mapped to dayzero's tables. ``records``: what a client needs that keeps the
JSON records of the users. ``walking``: in MB, until the last page, before anything is handed over; ``grown``: at the end.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
from datetime import date
from typing import Any

from dayzero.clock import SystemClock
from dayzero_oneroster import OneRosterSettings
from dayzero_oneroster.rest.client import OneRosterClient
from dayzero_oneroster.rest.paging import walk
from dayzero_oneroster.source import OneRosterSource

PAGE = 1000


def _peak() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class _Watch(logging.Handler):
    """Notes the peak as the walk reports its pages."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.peaks: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - the library's signature
        self.peaks.append(_peak())


def measure(way: str, url: str) -> dict[str, float]:
    """Read in this very process; return ``users``, and ``walking`` and ``grown`` in MB."""
    key, secret = "dayzero", "demo-secret"  # what the provider of demo schools knows
    settings = OneRosterSettings(url=url, client_id=key, client_secret=secret, auth="oauth1", page_size=PAGE)
    client = OneRosterClient(settings, clock=SystemClock())
    client.page("users", {"limit": str(PAGE), "offset": "0"})  # what the first page loads is no part of the roster
    watch = _Watch()
    log = logging.getLogger("dayzero_oneroster")
    log.addHandler(watch)
    log.setLevel(logging.INFO)
    start = _peak()
    if way == "records":
        records: list[Any] = []
        while page := client.page("users", {"limit": str(PAGE), "offset": str(len(records))}).records:
            records += page
        users = len(records)
    elif way == "walk":
        users = walk(client, "users", PAGE).columns["users"].height
    else:
        source = OneRosterSource(settings, date(2026, 11, 1))
        users = sum(table.height for name in ("students", "contacts") if (table := source.read(name)) is not None)
    walking = watch.peaks[-1] if watch.peaks else _peak()
    return {"users": users, "walking": walking - start, "grown": _peak() - start}


print(json.dumps(measure(*sys.argv[1:])))
