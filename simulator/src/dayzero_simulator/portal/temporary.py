"""Temporary passwords: what they look like, how long they last, and who gets to see them (R22, R23)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from dayzero_simulator.portal.settings import Settings

__all__ = ["drawn", "is_hidden", "is_over", "seen_by_school"]


def drawn(rng: random.Random) -> str:
    """Return a password that meets the rule and reads well on paper: nothing in it looks like another letter."""
    letters = "".join(rng.choice("abcdefghjkmnpqrstuvwxyz") for _ in range(6))
    digits = "".join(rng.choice("23456789") for _ in range(4))
    return f"{rng.choice('ABCDEFGHJKMNPQRSTUVWXYZ')}{letters}-{digits}"


def is_over(given_at: str | None, settings: Settings, now: datetime) -> bool:
    """Say whether a password given at that time is too old to be used. None: it was handed to nobody, and lasts."""
    return (
        given_at is not None
        and datetime.fromisoformat(given_at) + timedelta(days=int(settings["temporary_days"])) <= now
    )


def is_hidden(kind: str, login: str | None, settings: Settings) -> bool:
    """Say whether the school has hidden such an account's temporary password; those of user-name-only students stay."""
    return settings["hide_temporary_passwords"] == "yes" and not (kind == "student" and "@" not in (login or ""))


def seen_by_school(person: Mapping[str, Any], settings: Settings, now: datetime) -> dict[str, Any]:
    """Return an account as the school may see it: without a hidden ``temporary``, and whether it is ``over``."""
    over = person["temporary"] is not None and is_over(person["temporary_at"], settings, now)
    hidden = over or is_hidden(person["kind"], person["login"], settings)
    return {**person, "temporary": None if hidden else person["temporary"], "over": over}
