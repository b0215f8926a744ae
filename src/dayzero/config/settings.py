"""The settings that shape a plan, as values; ``config`` reads them from ``dayzero.toml``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from dayzero.config.schedule import Window
from dayzero.errors import ConfigurationError

__all__ = ["Limit", "LimitSettings", "NotifySettings", "PortalSettings", "ScheduleSettings", "SyncSettings"]


@dataclass(frozen=True)
class SyncSettings:
    """``[sync]``: whom to send and how logins are found (DESIGN 4 and 5)."""

    send_scheduling_year: bool = False
    student_login: tuple[str, ...] = ("email",)
    entry_codes: tuple[str, ...] = ("E",)
    withdrawal_codes: tuple[str, ...] = ("W",)
    shared_parent_login: Literal["first", "withhold"] = "first"
    mode: Literal["all", "add-only"] = "all"
    add_only_until: date | None = None
    drift: Literal["repair", "keep"] = "repair"


@dataclass(frozen=True)
class Limit:
    """A ceiling: a count, a percentage of the accounts there are, or none (both fields None)."""

    count: int | None = None
    percent: int | None = None

    @classmethod
    def parse(cls, value: int | str) -> Limit:
        """Read ``400``, ``"25%"`` or ``"none"``; raise ConfigurationError for anything else."""
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return cls(count=value)
        if isinstance(value, str) and value.strip().lower() == "none":
            return cls()
        if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d{1,3})\s*%\s*", value)) and int(match[1]) <= 100:
            return cls(percent=int(match[1]))
        raise ConfigurationError(
            f"{value!r} is not a limit.", remedy='Give a count such as 400, a percentage such as "25%", or "none".'
        )

    def of(self, accounts: int, floor: int) -> int | None:
        """Return the ceiling for so many accounts, rounded down; below ``floor`` percentages are taken of ``floor``."""
        return self.count if self.percent is None else max(accounts, floor) * self.percent // 100


@dataclass(frozen=True)
class LimitSettings:
    """``[limits]``: per operation and kind."""

    create: Limit = Limit(percent=100)
    update: Limit = Limit(percent=25)
    disable: Limit = Limit(percent=10)
    from_accounts: int = 100
    on_breach: Literal["hold", "stop"] = "hold"
    shrink: Limit = Limit(percent=25)
    rekey: Limit = Limit(percent=2)

    @property
    def measures_reads(self) -> bool:
        """Whether a read is held against the one before; ``shrink = "none"`` takes every read as it is."""
        return self.shrink != Limit()


@dataclass(frozen=True)
class ScheduleSettings:
    """``[schedule]``: when nothing is sent, in the school's own time."""

    timezone: str = "UTC"
    blackout: tuple[Window, ...] = ()
    max_seconds: float | None = None


@dataclass(frozen=True)
class NotifySettings:
    """``[notify]``: whom to tell (``apprise`` URLs, separated by blanks; they hold secrets) and of what."""

    urls: str = field(default="", repr=False)
    on: tuple[Literal["failure", "held", "newcomers"], ...] = ("failure", "held", "newcomers")


@dataclass(frozen=True)
class PortalSettings:
    """``[portal]``. ``part_size``: operations per request."""

    url: str
    token: str = field(repr=False)
    allow_plain_http: bool = False
    part_size: int = 5000
    timeout_seconds: float = 60.0
