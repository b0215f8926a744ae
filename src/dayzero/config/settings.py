"""The settings of ``dayzero.toml`` as values: the ONE place for what may be set, its type, its meaning and its default.

``file`` fills them, ``starter`` writes them, ``docs/configuration.md`` is made from them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from dayzero.config.schedule import Window
from dayzero.errors import ConfigurationError

__all__ = [
    "SECTIONS",
    "Config",
    "Limit",
    "LimitSettings",
    "NotifySettings",
    "PortalSettings",
    "ScheduleSettings",
    "SchoolSettings",
    "SourceSettings",
    "StateSettings",
    "SyncSettings",
    "shown",
]


LONGEST = 30 * 86_400.0
"""So many seconds are as good as for ever; more than that no clock need count."""


MOST = 1_000_000_000
"""So many people no school has: a count beyond it is a slip."""


@dataclass(frozen=True)
class SchoolSettings:
    """Which school this is."""

    id: Annotated[str, Meta(description="The school's id, also on the portal.")]
    name: Annotated[str, Meta(description="The school's name, for people.")] = ""


@dataclass(frozen=True)
class SourceSettings:
    """Where the people come from. Everything but ``plugin`` belongs to the plugin."""

    plugin: str
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class PortalSettings:
    """The Gradebook Cloud server."""

    url: Annotated[str, Meta(description="Its address, https://HOST.")]
    token: Annotated[
        str, Meta(description="By which it lets this school in: where it is to be found, never the token itself.")
    ] = field(repr=False)
    allow_plain_http: Annotated[
        bool, Meta(description="Allow http to another machine: children's data and the token travel unencrypted.")
    ] = False
    part_size: Annotated[int, Meta(ge=1, le=1_000_000, description="Operations per request.")] = 5000
    timeout_seconds: Annotated[
        float, Meta(gt=0, le=LONGEST, description="How long one answer may take, as a whole.")
    ] = 60.0
    ca_file: Annotated[
        Path | None,
        Meta(description="The certificates that are trusted (PEM), such as a school's own; without it the machine's."),
    ] = None
    proxy: Annotated[
        str,
        Meta(
            description="The way out, http://HOST:PORT, where there is no other; with a password: where that is found."
        ),
    ] = field(default="", repr=False)


@dataclass(frozen=True)
class SyncSettings:
    """Whom to send, how logins are found, and what becomes of what others change."""

    send_scheduling_year: Annotated[
        bool,
        Meta(description="Change it with `dayzero settings send-scheduling-year yes`"),
    ] = False
    student_login: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="A column of students; or a list, the first non-empty one wins."),
    ] = ("email",)
    entry_codes: Annotated[
        tuple[str, ...], Meta(description="On Day 0 of the scheduling year they mark newcomers.")
    ] = ("E",)
    withdrawal_codes: Annotated[tuple[str, ...], Meta(description="Who has one as the latest code has left.")] = ("W",)
    shared_parent_login: Annotated[
        Literal["first", "withhold"], Meta(description="Two parents, one mailbox: the lowest id has it, or neither.")
    ] = "first"
    use_preferred_name: Annotated[
        bool,
        Meta(description="Show students under the name they go by, where there is one, in place of the given name."),
    ] = False
    mode: Annotated[
        Literal["all", "add-only"], Meta(description="add-only: nobody is disabled until add_only_until is over.")
    ] = "all"
    add_only_until: Annotated[date | None, Meta(description="The last day of add-only, such as 2027-09-03.")] = None
    summer_bridge_days: Annotated[
        int,
        Meta(
            ge=0,
            le=366,
            description="So many days before the active year ends a mass exit is a stamp, and the year may change.",
        ),
    ] = 30
    today: Annotated[
        date | None, Meta(description="The school's day instead of the clock's, for rehearsals: simulated.")
    ] = None
    drift: Annotated[
        Literal["repair", "keep"], Meta(description="What others changed on the portal is set right, or left as it is.")
    ] = "repair"


def shown(value: object) -> str:
    """Return a value as a message shows it: on one line, and not as long as somebody may have written it."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets within brackets
        return f"a {type(value).__name__} without an end"
    return text if len(text) <= 80 else f"{text[:77]}..."


@dataclass(frozen=True)
class Limit:
    """A ceiling: a count, a percentage of the accounts there are, or none (both fields None)."""

    count: int | None = None
    percent: int | None = None

    @classmethod
    def parse(cls, value: int | str) -> Limit:
        """Read ``400``, ``"25%"`` or ``"none"``; raise ConfigurationError for anything else."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST:
            return cls(count=value)
        if isinstance(value, str) and value.strip().lower() == "none":
            return cls()
        if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d{1,3})\s*%\s*", value)) and int(match[1]) <= 100:
            return cls(percent=int(match[1]))
        raise ConfigurationError(
            f"{shown(value)} is not a limit.", remedy='Give a count such as 400, a percentage such as "25%", or "none".'
        )

    def __str__(self) -> str:
        return "none" if self == Limit() else str(self.count) if self.percent is None else f"{self.percent}%"

    def of(self, accounts: int, floor: int) -> int | None:
        """Return the ceiling for so many accounts, rounded down; below ``floor`` percentages are taken of ``floor``."""
        return self.count if self.percent is None else max(accounts, floor) * self.percent // 100


@dataclass(frozen=True)
class LimitSettings:
    """How much one sync may change, per operation and kind: a count, a percentage of the accounts there are, or "none"."""

    create: Annotated[
        Limit,
        Meta(description='A count, a percentage of the accounts there are, or "none". No limit below from_accounts.'),
    ] = Limit(percent=100)
    update: Annotated[Limit, Meta(description="Other logins and names, and children taken from parents.")] = Limit(
        percent=25
    )
    disable: Annotated[Limit, Meta(description="Accounts that end.")] = Limit(percent=10)
    enable: Annotated[
        Limit,
        Meta(
            description="Accounts that come back. Not counted when the setting is changed, at a change of year, in an undo."
        ),
    ] = Limit(percent=10)
    refuse: Annotated[Limit, Meta(description="Parents who lose a child because somebody said no.")] = Limit(percent=5)
    year: Annotated[
        Limit, Meta(description="Students who lose the active or the scheduling year and stay; each year by itself.")
    ] = Limit(percent=10)
    from_accounts: Annotated[
        int, Meta(ge=0, le=MOST, description="Below so many accounts percentages are taken of this number.")
    ] = 100
    on_breach: Annotated[
        Literal["hold", "stop"], Meta(description="hold: keep back what breaks the limit; stop: send nothing.")
    ] = "hold"
    shrink: Annotated[
        Limit, Meta(description="Where more people would leave, the read is in doubt: nothing is taken from anybody.")
    ] = Limit(percent=25)
    rekey: Annotated[
        Limit, Meta(description="More people than that under new ids: held, with an id map to accept.")
    ] = Limit(percent=2)

    @property
    def measures_reads(self) -> bool:
        """Whether a read is held against the one before; ``shrink = "none"`` takes every read as it is."""
        return self.shrink != Limit()


@dataclass(frozen=True)
class ScheduleSettings:
    """When nothing is sent, in the school's own time."""

    timezone: Annotated[str, Meta(description='Such as "America/New_York".')] = "UTC"
    blackout: Annotated[
        tuple[Window, ...],
        Meta(
            description='Windows in which no sync begins: "2027-06-07/2027-06-11", "2027-06-07T18:00/2027-06-08T06:00", or daily "07:30/16:00".'
        ),
    ] = ()
    max_seconds: Annotated[
        Annotated[float, Meta(gt=0, le=LONGEST)] | None,
        Meta(description="What takes longer is given up: a sync is abandoned, and nothing of it is applied."),
    ] = None


@dataclass(frozen=True)
class NotifySettings:
    """Whom to tell how a run ended: counts only, nobody's name."""

    urls: Annotated[str, Meta(description="apprise URLs, separated by blanks; they hold secrets.")] = field(
        default="", repr=False
    )
    on: Annotated[tuple[Literal["failure", "held", "newcomers"], ...], Meta(description="Of what.")] = (
        "failure",
        "held",
        "newcomers",
    )
    page: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^\s/?#]+/?)?$",
            description="Where the office opens the Sync Manager, such as https://sync.school.example: messages lead there.",
        ),
    ] = ""


@dataclass(frozen=True)
class StateSettings:
    """Where this side keeps what it knows: the journal of runs."""

    path: Annotated[Path, Meta(description="A folder; only its owner can read it.")] = Path(".dayzero")


SECTIONS: Mapping[str, type[Any]] = {
    "school": SchoolSettings,
    "source": SourceSettings,
    "portal": PortalSettings,
    "sync": SyncSettings,
    "limits": LimitSettings,
    "schedule": ScheduleSettings,
    "notify": NotifySettings,
    "state": StateSettings,
}
"""The sections of ``dayzero.toml``, in the order in which they are written."""


@dataclass(frozen=True)
class Config:
    """One configured school. ``path``: the file it was read from, absolute."""

    path: Path
    school: SchoolSettings
    source: SourceSettings
    portal: PortalSettings
    sync: SyncSettings
    limits: LimitSettings
    state: StateSettings
    schedule: ScheduleSettings = field(default_factory=ScheduleSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)

    def sending_scheduling_year(self, yes: bool) -> Config:
        """Return the same with Send Scheduling Year Student Data at ``yes``."""
        return dataclasses.replace(self, sync=dataclasses.replace(self.sync, send_scheduling_year=yes))
