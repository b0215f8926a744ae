"""Send a plan as one sync: open, parts, commit; abandon it where that fails, and find out where its reply was lost.

What is not recorded is not sent: the journal has the operations before the sync is opened, and the sync's id before its
first part goes. After a crash the next run therefore knows what to ask the portal about.
"""

from __future__ import annotations

from collections.abc import Callable

from dayzero.errors import DayzeroError, PortalError, PortalUnsettledError
from dayzero.journal.runs import Runs
from dayzero.portal import CommitResult, GradebookCloudClient, OpenSync

__all__ = ["Attempt"]


class Attempt:
    """One run's sync. ``settled``: whether it is known what the portal made of it."""

    def __init__(self, client: GradebookCloudClient, runs: Runs, run_id: str) -> None:
        self._client, self._runs, self._run_id = client, runs, run_id
        self.settled = True

    def send(
        self,
        plan_id: str,
        base_revision: str,
        operations: int,
        *,
        on_part: Callable[[int, int], None],
        before_part: Callable[[int, int], None],
    ) -> CommitResult:
        """Send what the journal has of this run, so many operations, and commit it; abandon the sync if that fails.

        ``before_part`` is called where the run may still stop, and stops it by raising.
        """
        before_part(0, operations)
        digests = self._runs.parts.digests(self._run_id)
        self.settled, committing = False, False
        sync = self._client.open(plan_id, base_revision, digests)
        try:
            self._runs.opened(self._run_id, sync.sync_id)
            sent = 0
            for part in self._runs.parts.of_run(self._run_id):
                before_part(sent, operations)
                if part.number not in sync.parts:
                    self._client.put(sync.sync_id, part)
                sent += part.operations
                on_part(sent, operations)
            before_part(operations, operations)
            committing = True
            result = self._client.commit(sync.sync_id, digests)
        except BaseException as error:
            # A commit whose reply was lost cannot be abandoned: it was done, and what it did can be read.
            done = self._close(sync, error, committing=committing)
            if done is None:
                raise
            result = done
        self.settled = True
        return result

    def _close(self, sync: OpenSync, error: BaseException, *, committing: bool) -> CommitResult | None:
        """Abandon a sync that failed; return its result where it turns out to be committed.

        Raises PortalUnsettledError where that cannot be found out now.
        """
        try:
            # A sync whose commit was asked for is not unknown to a portal that is in order.
            with self._client.tidying():
                done = self._client.abandon(sync.sync_id, may_be_gone=not committing)
        except PortalError as unreachable:
            if committing and isinstance(error, DayzeroError):
                raise PortalUnsettledError(
                    f"{error.message} Whether the sync {sync.sync_id} was applied is not known: {unreachable.message}",
                    remedy="Run again: the next run finds out, says which, and ends as one clean run.",
                    sync=sync.sync_id,
                ) from error
            error.add_note(f"The sync {sync.sync_id} stays open until the next run: {unreachable.message}")
            return None
        self.settled = True
        return done
