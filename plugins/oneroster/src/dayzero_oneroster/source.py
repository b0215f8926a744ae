"""The source: read once, mapped once, and honest about how far the reading came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property

import polars as pl

from dayzero.errors import ConfigurationError
from dayzero.plugin import Clock, Finding, State, SystemClock
from dayzero.schema import PEOPLE_TABLES
from dayzero_oneroster.bundle import read_bundle
from dayzero_oneroster.image import load_image, settled
from dayzero_oneroster.mapping import source_tables
from dayzero_oneroster.oddities import Oddities
from dayzero_oneroster.rest import OneRosterClient, read_service
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.settings import OneRosterSettings

__all__ = ["OneRosterSource", "opened"]


class OneRosterSource:
    """The tables of one bundle or service. ``as_of``: the day the data is judged by."""

    def __init__(self, settings: OneRosterSettings, as_of: date, clock: Clock | None = None) -> None:
        self._settings = settings
        self._as_of = as_of
        self._clock = clock or SystemClock()
        self._oddities = Oddities(settings.accept)
        self._partial = False

    @cached_property
    def _tables(self) -> Mapping[str, pl.DataFrame | None]:
        roster = self._roster()
        self._partial = roster.is_delta
        tables, findings = source_tables(roster, self._settings, self._as_of)
        self._oddities.take(findings)
        return tables

    def _roster(self) -> Roster:
        settings, oddities = self._settings, self._oddities
        if settings.path:
            return settled(read_bundle(settings), settings.image)
        since = load_image(settings.image).since if settings.delta and settings.image else ""
        client = OneRosterClient(settings, clock=self._clock)
        try:
            return settled(read_service(client, settings, since, oddities), settings.image)
        finally:
            client.close()

    def read(self, table: str) -> pl.DataFrame | None:
        """Return the rows of ``table``, or None. Raises SourceError or ConfigurationError."""
        return self._tables[table]

    def state(self, table: str) -> State:
        """Say ``partial`` of people tables where a delta was read, a read ended early or the data contradicts itself."""
        return "partial" if table in PEOPLE_TABLES and (self._partial or self._oddities.distrusted) else "complete"

    def findings(self) -> tuple[Finding, ...]:
        """Return what was odd about the files, asked after reading."""
        return self._oddities.findings


@contextmanager
def opened(settings: OneRosterSettings) -> Iterator[OneRosterSource]:
    """Check the settings and open the source."""
    if bool(settings.path) == bool(settings.url):
        raise ConfigurationError(
            "[source] needs either `path` (a bundle) or `url` (a service).",
            remedy='For example path = "oneroster.zip".',
        )
    if settings.delta and not (settings.url and settings.image):
        raise ConfigurationError(
            "[source] delta needs `url` and an `image` to apply changes to.",
            remedy='For example image = ".dayzero/oneroster".',
        )
    yield OneRosterSource(settings, _day(settings.as_of))


def _day(text: str) -> date:
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            f"[source] as_of: {text!r} is no ISO date.", remedy='For example as_of = "2027-05-01".', key="source.as_of"
        ) from None
