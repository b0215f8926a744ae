"""Read a service into a roster: which collections, in which order, and what their filters say."""

from __future__ import annotations

import polars as pl

from dayzero.errors import SourceError
from dayzero.plugin import Finding
from dayzero_oneroster.columns import in_specification
from dayzero_oneroster.damage import damaged_files
from dayzero_oneroster.findings import odd
from dayzero_oneroster.rest.client import NotOfferedError, OneRosterClient
from dayzero_oneroster.rest.paging import walk
from dayzero_oneroster.rest.repeats import each_once
from dayzero_oneroster.roster import Mode, Roster, empty_file
from dayzero_oneroster.settings import OneRosterSettings

__all__ = ["read_service"]

_COLLECTIONS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")
_OPTIONAL = ("courses", "demographics")


def read_service(client: OneRosterClient, settings: OneRosterSettings, since: str) -> Roster:
    """Return all collections; with ``since`` only what was modified after it, as deltas.

    A collection that ended early counts as a delta: it may add to what is known, never replace it. Raises SourceError, also
    where the sessions ended early: without all of them nobody can be put into a year.
    """
    files: dict[str, pl.DataFrame] = {}
    modes: dict[str, Mode] = {}
    damaged: set[str] = set()
    findings: list[Finding] = []
    filter_by = f"dateLastModified>'{since}'" if since else ""
    for collection in _COLLECTIONS:
        try:
            walked = walk(client, collection, settings.page_size, filter_by)
        except NotOfferedError:
            if collection not in _OPTIONAL:
                raise
            findings.append(odd("collection-not-offered", collection))
            continue
        findings += walked.findings
        if collection == "academicSessions" and (walked.end == "cut" or walked.malformed):
            raise SourceError(
                f"{client.url}/{collection} gave not all sessions, and without them nobody can be put into a year.",
                remedy="Try again later, or ask the provider.",
                collection=collection,
            )
        columns = walked.columns or {collection: empty_file(collection)}
        changes = bool(since) and not _ignores(columns[collection], since)
        if since and not changes:
            findings.append(odd("filter-ignored", collection))
        for file, frame in each_once(collection, columns).items():
            tidy, found = in_specification(file, frame)
            findings += found
            if tidy is not None:
                files[file] = tidy
                modes[file] = "bulk" if walked.whole and not changes else "delta"
                damaged |= damaged_files({file: frame}, {file: tidy}) | ({file} if walked.malformed else set())
    return Roster(files, modes, frozenset(damaged), tuple(findings))


def _ignores(records: pl.DataFrame, since: str) -> bool:
    """Say whether records came that the filter excludes. Records without a date prove nothing."""
    if "dateLastModified" not in records.columns:
        return False
    return bool((records["dateLastModified"] < since).any())
