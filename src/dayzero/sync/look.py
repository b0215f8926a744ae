"""Look at the portal: list it, or know it already because nobody has touched it since this side last did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from dayzero.gradebook import ACCOUNT_KINDS, Drift, PortalView, empty_portal, working_counts
from dayzero.journal import Journal
from dayzero.plan import still_kept
from dayzero.portal import CommitResult, GradebookCloudClient, SchoolState
from dayzero.portal.copy import after, decoded, drift, encoded, kept_after, lost_accounts
from dayzero.sync.progress import Progress

__all__ = ["Seen", "last_seen", "look", "remember", "remembered"]


@dataclass(frozen=True)
class Seen:
    """The portal as a run sees it. ``drift``: what others changed since; ``kept``: what of that, ever, is left as it is.

    ``lost``: accounts (``kind``, ``person_id``) that worked and are gone; ``worked``: how many worked, by kind.
    """

    view: PortalView
    drift: tuple[Drift, ...] = ()
    kept: tuple[Drift, ...] = ()
    listed: bool = True
    lost: pl.DataFrame | None = None
    worked: Mapping[str, int] = field(default_factory=dict)


def look(
    client: GradebookCloudClient,
    journal: Journal | None,
    progress: Progress,
    *,
    policy: Literal["repair", "keep"],
    list_anyway: bool = False,
) -> Seen:
    """Return what the portal has. Where its revision is the one this side knows, nothing is listed, unless it is to be
    ``list_anyway``: who signed in moves no revision.

    After an interrupted run the differences may be our own: none is called drift then.
    """
    stored = journal.memory.portal() if journal else None
    if journal is None or stored is None:
        return Seen(_listed(client, progress))
    known, kept = decoded(*stored)
    kept = [d for d in kept if d.field is not None]  # an earlier version kept absences too
    kept = kept if policy == "keep" else []
    state = client.school()
    if state.revision == known.revision and _counts_agree(known, state):
        return Seen(_listed(client, progress) if list_anyway else known, kept=tuple(kept), listed=list_anyway)
    found = _listed(client, progress)
    if journal.runs.unsettled():
        return Seen(found)
    strange = drift(known, found)
    seen = Seen(found, tuple(strange), lost=lost_accounts(known, found), worked=working_counts(known.accounts))
    if policy == "repair":
        return seen
    # An account that is gone, or one that came, is nobody's opinion: only what somebody wrote is kept.
    written, others = ([d for d in strange if (d.field is None) == whole] for whole in (False, True))
    kept = kept_after(kept, written)
    return replace(seen, drift=(*kept_after((), written), *others), kept=tuple(kept))


def _listed(client: GradebookCloudClient, progress: Progress) -> PortalView:
    progress.stage("Listing the portal's accounts")
    return client.view()


def _counts_agree(known: PortalView, state: SchoolState) -> bool:
    """Trust the copy only while it has as many working accounts as the portal says: limits are judged by the portal."""
    ours = working_counts(known.accounts)
    return all(ours.get(kind, 0) == state.working[kind] for kind in ACCOUNT_KINDS)


def remembered(journal: Journal, revision: str) -> Seen | None:
    """Return the copy of the portal at a revision, None where there is none: a plan from a file was made from it."""
    stored = journal.memory.portal()
    if stored is None or stored[0] != revision:
        return None
    known, kept = decoded(*stored)
    return Seen(known, kept=tuple(kept), listed=False)


def last_seen(journal: Journal | None) -> PortalView:
    """Return the portal as this side last knew it, without asking; one that has nothing where it never did."""
    stored = journal.memory.portal() if journal else None
    return empty_portal() if stored is None else decoded(*stored)[0]


def remember(
    journal: Journal,
    seen: Seen | None,
    operations: pl.DataFrame,
    result: CommitResult,
    made: Callable[[str], pl.DataFrame] | None = None,
    *,
    at: str | None = None,
) -> None:
    """Keep what the portal has now: what was seen, and what ``operations`` made of it; forget it where that is not known.

    ``made``: gives by kind what was wanted, where that is at hand. ``at``: when it was sent.
    """
    if seen is None:
        journal.memory.forget_portal()
        return
    if not result.sync_id and not seen.listed:
        return
    rejected = {(r["kind"], r["id"]) for r in result.rejected}
    view = after(seen.view, operations, rejected, result.revision, made, at=at) if result.sync_id else seen.view
    journal.memory.keep_portal(view.revision, encoded(view, still_kept(seen.kept, operations)))
