"""What can go wrong, as one tree; each leaf says what the caller should do, and each message what the user should do.

DayzeroError
├── UsageError            the call is wrong: fix the command line
├── ConfigurationError    dayzero.toml is wrong: names file, key and value
│   └── JournalError      the journal cannot be written: no room, or no right
├── PluginError           a plugin is missing, broken or speaks another API version
├── SourceError           a source could not be read: nothing was sent
│   └── UntrustedSourceError   it was read, and a table of it must not be acted upon
├── InterruptedRunError   Ctrl-C: the part in hand was finished, the sync abandoned
├── RefusedError          a limit or a safety refused: nothing was sent
└── PortalError           the portal refused, failed or was out of reach
    ├── PortalUnavailableError   try again later
    ├── PortalConflictError      another sync is open, or the portal has moved on
    └── PortalUnsettledError     a commit's answer was lost: run again, and it is found out
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

__all__ = [
    "ConfigurationError",
    "DayzeroError",
    "ExitCode",
    "InterruptedRunError",
    "JournalError",
    "PluginError",
    "PortalConflictError",
    "PortalError",
    "PortalUnavailableError",
    "PortalUnsettledError",
    "RefusedError",
    "SourceError",
    "UntrustedSourceError",
    "UsageError",
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


class DayzeroError(Exception):
    """Anything dayzero reports to its user instead of a traceback.

    ``message`` says what is wrong (file, line, column, value); ``remedy`` what to do; ``facts`` carries the culprit for
    programs: it is printed as JSON beside the message.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE

    def __init__(self, message: str, *, remedy: str = "", **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class UsageError(DayzeroError):
    """The command line asks for something that cannot be done as asked."""


class ConfigurationError(DayzeroError):
    """``dayzero.toml`` is missing, unreadable or holds a wrong value."""


class JournalError(ConfigurationError):
    """The journal cannot be written. What is not recorded is not sent."""


class PluginError(DayzeroError):
    """A plugin that a configured source needs is missing, broken or made for another API version."""


class SourceError(DayzeroError):
    """The source could not be read. Nothing was sent."""

    exit_code = ExitCode.SOURCE


class UntrustedSourceError(SourceError):
    """A table was read but cannot be trusted as a whole. Nothing was sent."""


class RefusedError(DayzeroError):
    """A limit or a safety refused the run. Nothing was sent."""

    exit_code = ExitCode.HELD


class InterruptedRunError(DayzeroError):
    """The user stopped the run. What was sent was abandoned."""

    exit_code = ExitCode.INTERRUPTED


class PortalError(DayzeroError):
    """The portal refused or failed."""

    exit_code = ExitCode.PORTAL


class PortalUnavailableError(PortalError):
    """The portal is out of reach or overloaded; trying again later may help."""


class PortalConflictError(PortalError):
    """Another sync is open at this school, or the portal has moved on since the plan was made."""


class PortalUnsettledError(PortalError):
    """A commit was asked for and its answer never came; nobody knows yet whether it was done. The next run finds out."""
