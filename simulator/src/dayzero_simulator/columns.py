"""An account's fields as the state keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from dayzero_simulator.operations import LISTS

__all__ = ["kept", "login_key", "stored"]


def login_key(login: object) -> str | None:
    """Return the form in which logins are compared: trimmed and case-folded."""
    return login.strip().casefold() or None if isinstance(login, str) else None


def stored(name: str, value: Any) -> Any:
    """Return a field's value as its column has it: lists are JSON, and there are no years rather than none known."""
    if name == "years":
        value = value or []
    return msgspec.json.encode(value).decode() if name in LISTS and value is not None else value


def kept(fields: Mapping[str, object]) -> dict[str, object]:
    """Return fields of an account as the state keeps them: with a login goes the form in which logins are compared."""
    columns = {name: stored(name, value) for name, value in fields.items()}
    if "login" in fields:
        columns["login_key"] = login_key(fields["login"])
    return columns
