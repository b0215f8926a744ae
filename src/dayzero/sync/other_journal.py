"""Two machines, one school: who has not the other's journal looks, and sends nothing until somebody says to go on from here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dayzero.errors import RefusedError
from dayzero.journal import Journal, is_here
from dayzero.portal import SchoolState

__all__ = ["DOUBT", "OtherJournal", "strange_to"]

DOUBT = "other-journal"
_REMEDY = (
    "Sync from where it was synced last, or with its [state] path. To go on from here for good: --take-over. "
    "Gone are the history, undo, kept drift and accepted ids that are there."
)


@dataclass(frozen=True)
class OtherJournal:
    """Who made the school's last sync, and the digest of the ids that were accepted there."""

    client: str
    digest: str | None

    def document(self) -> dict[str, Any]:
        """Return it as one of the doubts of ``plan --json``: it is about nobody in particular."""
        return {"doubt": DOUBT, "kind": None, "person_id": None, "was": self.client, "is": None, "remedy": _REMEDY}

    def refusal(self) -> RefusedError:
        """Return the error of a run that would send all the same."""
        return RefusedError(
            f"The school was last synced by {self.client}, whose runs and accepted ids this journal does not have "
            f"({DOUBT}). Nothing was sent.",
            remedy=_REMEDY,
            doubt=DOUBT,
            doubts=[self.document()],
        )


def strange_to(journal: Journal | None, folder: Path, portal: SchoolState) -> OtherJournal | None:
    """Return who synced last, where the journal (in ``folder``; None: there is none) has not what they had.

    A portal that was never synced, or does not say by whom, is strange to nobody. Nor is it to a journal that was lost and
    made anew at its place: limits are judged by the portal. Only ids that were accepted are missed.
    """
    client, digest = portal.last_client, portal.id_map_digest
    if client is None:
        return None
    known = journal.memory.knows(client, digest) if journal else digest is None and is_here(client, folder)
    return None if known else OtherJournal(client, digest)
