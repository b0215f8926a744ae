"""What can go wrong, as one tree: a leaf says what the caller should do, its message what the user should do.

DayzeroError
├── UsageError              the call is wrong: fix the command line
├── ConfigurationError      dayzero.toml is wrong: names file, key and value
│   └── JournalError        the journal cannot be written: no room, or no right
├── PluginError             a plugin is missing, broken or speaks another API version
├── SourceError             a source could not be read: nothing was sent
│   └── UntrustedSourceError    it was read, and a table of it must not be acted upon
├── InterruptedRunError     Ctrl-C: the part in hand was finished, the sync abandoned
├── RefusedError            a limit or a safety refused: nothing was sent
│   ├── HeldError           review what is held, then allow exactly that
│   ├── StalePlanError      plan and review again
│   └── LockedError         wait for the run that is under way
└── PortalError             the portal refused, failed or was out of reach
    ├── PortalUnavailableError  try again later
    ├── PortalConflictError     the portal does not stand where this side thinks
    │   ├── SyncOpenError       a sync is open: resume it if it is ours, else wait
    │   ├── ListingMovedError   list again: the portal moved between two pages
    │   └── RevisionMovedError  plan again: the portal moved since the plan was made
    └── PortalUnsettledError    a commit's answer was lost: run again, and it is found out
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, ClassVar

__all__ = [
    "ConfigurationError",
    "DayzeroError",
    "ExitCode",
    "HeldError",
    "InterruptedRunError",
    "JournalError",
    "ListingMovedError",
    "LockedError",
    "PluginError",
    "PortalConflictError",
    "PortalError",
    "PortalUnavailableError",
    "PortalUnsettledError",
    "RefusedError",
    "RevisionMovedError",
    "SourceError",
    "StalePlanError",
    "SyncOpenError",
    "UntrustedSourceError",
    "UsageError",
    "gravest",
]


class ExitCode(IntEnum):
    """How a command ended, for scripts."""

    DONE = 0
    INCOMPLETE = 1
    USAGE = 2
    HELD = 3
    SOURCE = 4
    PORTAL = 5
    INTERRUPTED = 130


def gravest(*codes: ExitCode) -> ExitCode:
    """Return which exit code wins: what ended the run, else held before incomplete before done."""
    order = (
        ExitCode.DONE,
        ExitCode.INCOMPLETE,
        ExitCode.HELD,
        ExitCode.USAGE,
        ExitCode.SOURCE,
        ExitCode.PORTAL,
        ExitCode.INTERRUPTED,
    )
    return max(codes, key=order.index, default=ExitCode.DONE)


class DayzeroError(Exception):
    """Anything dayzero reports to its user instead of a traceback.

    ``message`` says what is wrong (file, line, column, value); ``remedy`` what to do. Every further argument becomes an
    attribute: the culprit, for programs. Classes annotate those their catchers read; all are printed as JSON beside the
    message (``facts``). ``said``: what may name people, such as a header that is nobody's; it is printed at a person's terminal
    and in documents, and nowhere else.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE
    word: ClassVar[str] = ""
    """One word in the documents for a class and all below it: a leaf tells its catcher more than a script needs."""

    def __init__(self, message: str, *, remedy: str = "", **culprit: Any) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self._names = tuple(culprit)
        for name, value in culprit.items():
            setattr(self, name, value)

    @property
    def kind(self) -> str:
        """The error's name in documents."""
        return self.word or type(self).__name__.removesuffix("Error")

    @property
    def facts(self) -> dict[str, Any]:
        """What is known of the culprit, by name."""
        return {name: getattr(self, name) for name in self._names}

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class UsageError(DayzeroError):
    """The command line asks for something that cannot be done as asked."""


class ConfigurationError(DayzeroError):
    """``dayzero.toml`` is missing, unreadable or holds a wrong value."""

    key: str


class JournalError(ConfigurationError):
    """The journal cannot be written. What is not recorded is not sent."""


class PluginError(DayzeroError):
    """A plugin that a configured source needs is missing, broken or made for another API version."""

    plugin: str


class SourceError(DayzeroError):
    """The source could not be read. Nothing was sent."""

    exit_code = ExitCode.SOURCE


class SourceMovedError(SourceError):
    """The source changed while it was read, so that its tables may be of different moments. It is read again, a few times."""

    word = "Source"


class UntrustedSourceError(SourceError):
    """A table was read but cannot be trusted as a whole. Nothing was sent. ``findings``: what explains it, root causes first."""

    rule: str
    table: str
    columns: Sequence[str]
    findings: Sequence[Mapping[str, Any]]

    def because(self, findings: Sequence[Mapping[str, Any]], said: str, remedy: str) -> UntrustedSourceError:
        """Return the refusal with what explains it: ``said`` in a sentence, and the remedy for that, where there is one."""
        facts = {**self.facts, "findings": findings}
        message = f"{self.message} {said}" if said else self.message
        return type(self)(message, remedy=remedy or self.remedy, **facts)


class RefusedError(DayzeroError):
    """A limit or a safety refused the run. Nothing was sent."""

    exit_code = ExitCode.HELD
    word = "Refused"


class PortalError(DayzeroError):
    """The portal refused or failed. ``status``: its HTTP answer, where there was one."""

    exit_code = ExitCode.PORTAL
    status: int


class PortalConflictError(PortalError):
    """The portal does not stand where this side thinks it does."""

    word = "PortalConflict"


class HeldError(RefusedError):
    """A limit holds something, and it was not released as it must be: review it, then allow exactly that."""

    held: Any


class StalePlanError(RefusedError):
    """A saved plan is not the one that was reviewed, or does not fit the portal or the settings any more."""

    differs: Sequence[str]


class LockedError(RefusedError):
    """Another run of this school is under way on this machine. ``owner``: who, process, host and since when."""

    owner: Mapping[str, str]


class InterruptedRunError(DayzeroError):
    """The user stopped the run. What was sent was abandoned."""

    exit_code = ExitCode.INTERRUPTED


class PortalUnavailableError(PortalError):
    """The portal is out of reach or overloaded; trying again later may help."""


class SyncOpenError(PortalConflictError):
    """A sync of this school is open. ``open_sync``: its document, as the portal sent it."""

    def __init__(self, message: str, *, remedy: str = "", open_sync: Mapping[str, Any], **culprit: Any) -> None:
        super().__init__(message, remedy=remedy, sync=open_sync.get("sync_id"), **culprit)
        self.open_sync = open_sync


class ListingMovedError(PortalConflictError):
    """The portal moved between two pages of a listing."""


class RevisionMovedError(PortalConflictError):
    """The portal has moved on since the plan was made."""


class PortalUnsettledError(PortalError):
    """A commit was asked for and its answer never came; nobody knows yet whether it was done. The next run finds out."""
