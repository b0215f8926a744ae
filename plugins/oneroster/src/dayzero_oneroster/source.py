"""The source: read once, mapped once, and honest about how far the reading came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from dayzero.errors import ConfigurationError
from dayzero.plugin import Clock, State, SystemClock, read_once
from dayzero.schema import PEOPLE_TABLES
from dayzero_oneroster.bundle import read_bundle
from dayzero_oneroster.deltas import settled
from dayzero_oneroster.findings import Findings, distrusted
from dayzero_oneroster.image import load_image
from dayzero_oneroster.mapping import source_tables
from dayzero_oneroster.remedies import REMEDIES
from dayzero_oneroster.rest import OneRosterClient, read_service
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.rules import require_rules
from dayzero_oneroster.settings import OneRosterSettings, day_of

__all__ = ["OneRosterSource", "opened"]


@dataclass(frozen=True)
class Reading:
    """What one reading gave: ``tables`` by name, ``state`` of those of people, ``findings`` in order, each once."""

    tables: Mapping[str, pl.DataFrame | None]
    state: State
    findings: Findings


class OneRosterSource:
    """The tables of one bundle or service. ``as_of``: the day the data is judged by; without it the school's."""

    remedies = REMEDIES

    def __init__(self, settings: OneRosterSettings, as_of: date | None = None, clock: Clock | None = None) -> None:
        require_rules(settings.accept)
        self._settings = settings
        self._as_of = as_of
        self._clock = clock or SystemClock()

    def begin(self, day: date, clock: Clock) -> None:
        """Take the school's day, unless another one was set, and the clock to wait by."""
        self._as_of = self._as_of or day
        self._clock = clock

    def read(self, table: str) -> pl.DataFrame | None:
        """Return the rows of ``table``, or None. Raises SourceError or ConfigurationError."""
        return self._reading.tables[table]

    def state(self, table: str) -> State:
        """Say ``partial`` of people tables where a delta was read, a read ended early or the data contradicts itself."""
        return self._reading.state if table in PEOPLE_TABLES else "complete"

    def findings(self) -> Findings:
        """Return what was odd about the files, asked after reading."""
        return self._reading.findings

    @cached_property
    def _reading(self) -> Reading:
        roster = self._roster()
        tables, findings = source_tables(roster, self._settings, self._as_of or self._clock.now().date())
        doubtful = roster.is_delta or distrusted(findings, self._settings.accept)
        return Reading(tables, "partial" if doubtful else "complete", tuple(dict.fromkeys(findings)))

    def _roster(self) -> Roster:
        settings = self._settings
        if settings.image:
            return self._read()
        return read_once(("oneroster", *settings.of_the_read), self._read)

    def _read(self) -> Roster:
        settings = self._settings
        if settings.path:
            return settled(read_bundle(settings), settings.image)
        stamps = load_image(settings.image).stamps if settings.delta and settings.image else {}
        client = OneRosterClient(settings, clock=self._clock)
        try:
            return settled(read_service(client, settings, stamps), settings.image)
        finally:
            client.close()


@contextmanager
def opened(settings: OneRosterSettings) -> Iterator[OneRosterSource]:
    """Check the settings and open the source."""
    if bool(settings.path) == bool(settings.url):
        raise ConfigurationError(
            "[source] needs either `path` (a bundle) or `url` (a service).",
            remedy='For example path = "oneroster.zip".',
        )
    if settings.entry_grace_days < 0:
        raise ConfigurationError(
            "[source] entry_grace_days: there are no days less than none.",
            remedy="Give 0 for none, or leave it out for 14.",
            key="source.entry_grace_days",
        )
    if settings.delta and not (settings.url and settings.image):
        raise ConfigurationError(
            "[source] delta needs `url` and an `image` to apply changes to.",
            remedy='For example image = ".dayzero/oneroster".',
        )
    yield OneRosterSource(settings, day_of(settings.as_of, "as_of"))
