"""What a school may set about its OneRoster bundle or service."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Literal

from dayzero.errors import ConfigurationError

__all__ = ["OneRosterSettings", "day_of"]


@dataclass(frozen=True)
class OneRosterSettings:
    """``[source] plugin = "oneroster"``: either ``path`` (a bundle: folder or zip) or ``url`` (a REST service).

    What is read. ``school``: sourcedId or name of one school of a district. ``active_year``, ``scheduling_year``: a
    school year such as ``2027``; without them the year that holds ``as_of`` (ISO date, default the school's day) and the
    next one.

    Who is there. ``first_day``: of the year it lies in; without it each school's first term gives it. ``entry_grace_days``:
    how much later an enrollment may begin, and how much earlier than its term it may end. ``enabled_students``: whether a
    student whose ``enabledUser`` is false is stopped.

    How it is read. ``encoding``, ``date_format`` (as of ``strptime``; without it only ISO dates are dates, never guessed
    ones), ``columns``: by file, which header stands for a column of the specification, ``image``: a folder for the bulk that
    deltas apply to. ``accept``: rules of findings the school has looked at, so that they no longer make a read partial.

    Parents. ``parent_roles``: roles that make a linked user a contact. ``portal_access``: ``all``, ``none``,
    ``role:guardian,parent``, or the name of a yes/no column of users (and of relationships). ``staff_parents``: whether
    one user may be both staff and somebody's parent.

    REST. ``auth``: ``oauth2`` (``client_id``, ``client_secret``, ``token_url``, ``scopes``), ``oauth1`` (key and secret,
    ``signature``) or ``bearer`` (a ``token`` that never changes). ``delta``: ask for what changed since the ``image`` was made.
    """

    path: Path | None = None
    url: str = ""
    school: str | int = ""
    active_year: str | int = ""
    scheduling_year: str | int = ""
    as_of: date | None = None
    first_day: date | None = None
    entry_grace_days: int = 14
    enabled_students: bool = True
    encoding: str = "utf-8"
    delimiter: str = ","
    date_format: str = ""
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    image: Path | None = None
    accept: list[str] = field(default_factory=list)
    parent_roles: list[str] = field(default_factory=lambda: ["guardian", "parent", "relative"])
    portal_access: str = "all"
    staff_parents: bool = False
    version: Literal["", "1.1", "1.2"] = ""
    auth: Literal["oauth2", "oauth1", "bearer"] = "oauth2"
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    token_url: str = ""
    scopes: list[str] = field(default_factory=list)
    signature: Literal["HMAC-SHA1", "HMAC-SHA256"] = "HMAC-SHA256"
    page_size: int = 1000
    timeout_seconds: float = 60.0
    delta: bool = False

    @property
    def of_the_read(self) -> tuple[str, ...]:
        """All that a read depends on: settings that differ in nothing else see the same bundle or service."""
        return tuple(repr(getattr(self, f.name)) for f in fields(self) if f.name not in _OF_THE_MAPPING)


_OF_THE_MAPPING = frozenset(
    {
        "school", "active_year", "scheduling_year", "as_of", "first_day", "entry_grace_days", "enabled_students", "date_format",
        "parent_roles", "portal_access", "staff_parents",
    }
)  # fmt: skip
"""What is made of a roster once it was read."""


def day_of(said: date | str | None, setting: str) -> date | None:
    """Return the day a setting names, None where it names none. Raises ConfigurationError for what is no ISO date.

    From a file it comes as a date; whoever makes the settings themselves may give the text.
    """
    if isinstance(said, date) or not said:
        return said or None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise ConfigurationError(
            f"[source] {setting}: {said!r} is no ISO date.",
            remedy=f'For example {setting} = "2027-05-01".',
            key=f"source.{setting}",
        ) from None
