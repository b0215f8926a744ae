"""Read a service into a roster: which collections, in which order, and what their filters say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from dayzero.errors import SourceError
from dayzero.plugin import Finding
from dayzero_oneroster.columns import in_specification
from dayzero_oneroster.damage import damaged_files
from dayzero_oneroster.findings import odd
from dayzero_oneroster.rest.client import NotOfferedError, OneRosterClient
from dayzero_oneroster.rest.paging import Walked, walk
from dayzero_oneroster.rest.repeats import each_once
from dayzero_oneroster.roster import Mode, Roster, empty_file
from dayzero_oneroster.settings import OneRosterSettings
from dayzero_oneroster.values import instant

__all__ = ["read_service"]

_COLLECTIONS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")
_OPTIONAL = ("courses", "demographics")
_OVERLAP = timedelta(days=1)
"""How much of what is known is asked for again: stamps are equal, in other zones, or of a day alone."""
_STAMP = "%Y-%m-%dT%H:%M:%S.000Z"


@dataclass
class _Found:
    """What has been read so far."""

    files: dict[str, pl.DataFrame] = field(default_factory=dict)
    modes: dict[str, Mode] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    stamps: dict[str, str] = field(default_factory=dict)

    @property
    def roster(self) -> Roster:
        """All of it as a roster: what came with the users goes with them."""
        findings, stamps = tuple(self.findings), self.stamps
        with_users = frozenset(("roles", "relationships"))
        return Roster(self.files, self.modes, frozenset(self.damaged), findings, stamps, with_users)


def read_service(client: OneRosterClient, settings: OneRosterSettings, stamps: Mapping[str, str]) -> Roster:
    """Return all collections; of one with a stamp only what was modified since, as a delta.

    A collection that ended early counts as a delta: it may add to what is known, never replace it, and its stamp stays. Where
    what may be read changed on the way, all is read once more. Raises SourceError, also where the sessions ended early: without
    all of them nobody can be put into a year.
    """
    found = _read(client, settings, stamps)
    if len(client.revisions) > 1:
        client.revisions.clear()
        found = _read(client, settings, stamps)
        if len(client.revisions) > 1:
            found.findings.append(odd("permissions-moved", "users"))
    return found.roster


def _read(client: OneRosterClient, settings: OneRosterSettings, stamps: Mapping[str, str]) -> _Found:
    found = _Found()
    for collection in _COLLECTIONS:
        since = _since(stamps.get(collection, ""))
        try:
            walked, changes = _walked(client, collection, settings.page_size, since, found.findings)
        except NotOfferedError:
            if collection not in _OPTIONAL:
                raise
            found.findings.append(odd("collection-not-offered", collection))
            continue
        found.findings += walked.findings
        if collection == "academicSessions" and (walked.end == "cut" or walked.malformed):
            raise SourceError(
                f"{client.url}/{collection} gave not all sessions, and without them nobody can be put into a year.",
                remedy="Try again later, or ask the provider.",
                collection=collection,
            )
        columns = walked.columns or {collection: empty_file(collection)}
        # A school that has looked at it may say that the service announces wrongly.
        whole = walked.whole or (walked.end == "short" and "fewer-than-announced" in settings.accept)
        if whole and not walked.malformed:
            found.stamps[collection] = _newest(columns[collection], stamps.get(collection, "") if changes else "")
        for file, frame in each_once(collection, columns).items():
            tidy, odd_about_it = in_specification(file, frame)
            found.findings += odd_about_it
            if tidy is not None:
                found.files[file] = tidy
                found.modes[file] = "bulk" if whole and not changes else "delta"
                found.damaged |= damaged_files({file: frame}, {file: tidy}) | ({file} if walked.malformed else set())
    return found


def _walked(
    client: OneRosterClient, collection: str, page_size: int, since: datetime | None, findings: list[Finding]
) -> tuple[Walked, bool]:
    """Return what came of a collection, and whether it is changes only.

    A filter that gives what it should leave out is not trusted to give the rest: all is asked for again.
    """
    if since is None:
        return walk(client, collection, page_size), False
    walked = walk(client, collection, page_size, f"dateLastModified>'{since.strftime(_STAMP)}'")
    columns = walked.columns.get(collection)
    if client.manners.filters and (columns is None or not _ignores(columns, since)):
        return walked, True
    findings.append(odd("filter-ignored", collection))
    return walk(client, collection, page_size), False


def _since(stamp: str) -> datetime | None:
    """Return the moment from which on to ask: some time before the stamp."""
    moment = pl.DataFrame({"stamp": [stamp]}).select(instant("stamp")).item()
    return None if moment is None else moment - _OVERLAP


def _ignores(records: pl.DataFrame, since: datetime) -> bool:
    """Say whether records came that the filter excludes, by more than the day. Records without a date prove nothing."""
    if "dateLastModified" not in records.columns:
        return False
    day = since.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    return bool(records.select((instant("dateLastModified") < day).any()).item())


def _newest(records: pl.DataFrame, before: str) -> str:
    """Return the latest moment at which a record was modified, or that of ``before``; nothing where one has none."""
    if "dateLastModified" not in records.columns:
        return before if records.is_empty() else ""
    moments = pl.concat([records.select("dateLastModified"), pl.DataFrame({"dateLastModified": [before or None]})])
    moments = moments.with_columns(moment=instant("dateLastModified"))
    if moments.head(records.height)["moment"].null_count():
        return ""
    return moments.select(pl.col("moment").max().dt.strftime(_STAMP)).item() or ""
