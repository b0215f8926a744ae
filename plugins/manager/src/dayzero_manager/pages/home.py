"""Home: how things stand, whose turn it is, and how the last nights went. It is there when nothing else is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import render_template

from dayzero.errors import DayzeroError
from dayzero.gradebook import ACCOUNT_KINDS
from dayzero.journal import Run
from dayzero_manager.door import Door
from dayzero_manager.office import Office, StillLooking
from dayzero_manager.view import Shown, planned
from dayzero_manager.words import ending, many

__all__ = ["mount"]

NIGHTS = 7
LOOKED_AT = 200
"""Among so many runs those of the last nights are looked for."""


@dataclass(frozen=True)
class Night:
    """One day's runs in a word. ``tone``: the class of its box."""

    day: date
    said: str
    tone: str


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def home() -> str:
        runs = office.service().history(LOOKED_AT)
        shown, why, reading = _looked(office)
        return render_template(
            "home.html", shown=shown, why=why, reading=reading, config=office.config, today=office.today,
            last=runs[0] if runs else None, nights=list(_nights(runs, office.now.date(), office.zone)), runs=runs,
        )  # fmt: skip

    door.mount("/", "home", home)


def _looked(office: Office) -> tuple[Shown | None, DayzeroError | None, bool]:
    """Return the plan of now, why there is none, and whether it is being worked out."""
    try:
        return planned(office), None, False
    except StillLooking:
        return None, None, True
    except DayzeroError as error:
        return None, error, False


def _nights(runs: Sequence[Run], today: date, zone: ZoneInfo) -> Iterator[Night]:
    """Yield the last days, oldest first."""
    for back in range(NIGHTS - 1, -1, -1):
        day = today - timedelta(days=back)
        mine = [run for run in runs if datetime.fromisoformat(run.started_at).astimezone(zone).date() == day]
        yield Night(day, *_in_a_word(mine))


def _in_a_word(runs: list[Run]) -> tuple[str, str]:
    if not runs:
        return "no run", "none"
    ended = ending(runs[0].exit_code, runs[0].state)
    if ended.tone == "bad":
        return ended.short, "failed"
    counts = [n for run in runs for kind in ACCOUNT_KINDS for n in ((run.applied or {}).get(kind) or {}).values()]
    changes = sum(counts)
    said = many(changes, "change") if changes else "no change"
    held = runs[0].exit_code == 3
    return (f"{said}, held" if held else said), "held" if held else "" if changes else "none"
