"""Look at the portal: list it, or know it already because nobody has touched it since this side last did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from dayzero.journal import Journal
from dayzero.portal import CommitResult, GradebookCloudClient, SchoolState
from dayzero.portal.copy import Drift, PortalView, after, decoded, drift, encoded, kept_after

__all__ = ["Seen", "look", "remember", "remembered"]


@dataclass(frozen=True)
class Seen:
    """The portal as a run sees it. ``drift``: what others changed since; ``kept``: what of that, ever, is left as it is."""

    view: PortalView
    drift: tuple[Drift, ...] = ()
    kept: tuple[Drift, ...] = ()
    listed: bool = True


def look(
    client: GradebookCloudClient,
    journal: Journal | None,
    school: str,
    portal: str,
    *,
    policy: Literal["repair", "keep"],
    listing: Callable[[GradebookCloudClient], PortalView],
) -> Seen:
    """Return what the portal has. Where its revision is the one this side knows, nothing is listed.

    After an interrupted run the differences may be our own: none is called drift then.
    """
    stored = journal.portal(school, portal) if journal else None
    if journal is None or stored is None:
        return Seen(listing(client))
    known, kept = decoded(*stored)
    kept = kept if policy == "keep" else []
    state = client.school()
    if state.revision == known.revision and _counts_agree(known, state):
        return Seen(known, kept=tuple(kept), listed=False)
    found = listing(client)
    if journal.unsettled(school, portal):
        return Seen(found)
    strange = drift(known, found)
    kept = kept_after(kept, strange) if policy == "keep" else []
    return Seen(found, tuple(kept_after((), strange) if policy == "keep" else strange), tuple(kept))


def _counts_agree(known: PortalView, state: SchoolState) -> bool:
    """Trust the copy only while it has as many working accounts as the portal says: limits are judged by the portal."""
    working = known.accounts.filter(pl.col("status") != "disabled")
    return all(
        working.filter(pl.col("kind") == kind).height == state.counts[kind]["pending"] + state.counts[kind]["active"]
        for kind in ("student", "parent")
    )


def remembered(journal: Journal, school: str, portal: str, revision: str) -> Seen | None:
    """Return the copy of the portal at a revision, None where there is none: a plan from a file was made from it."""
    stored = journal.portal(school, portal)
    if stored is None or stored[0] != revision:
        return None
    known, kept = decoded(*stored)
    return Seen(known, kept=tuple(kept), listed=False)


def remember(
    journal: Journal, school: str, portal: str, seen: Seen | None, operations: pl.DataFrame, result: CommitResult
) -> None:
    """Keep what the portal has now: what was seen, and what ``operations`` made of it; forget it where that is not known."""
    if seen is None:
        journal.forget_portal(school, portal)
        return
    if not result.sync_id and not seen.listed:
        return
    rejected = {(r["kind"], r["id"]) for r in result.rejected}
    view = after(seen.view, operations, rejected, result.revision) if result.sync_id else seen.view
    journal.keep_portal(school, portal, view.revision, encoded(view, seen.kept))
