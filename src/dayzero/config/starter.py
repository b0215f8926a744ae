"""The commented ``dayzero.toml`` that ``dayzero init`` writes: our settings at their defaults, each with its meaning."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Mapping
from datetime import date
from typing import Any

from dayzero.config.settings import SECTIONS, Limit

__all__ = ["as_toml", "meanings", "starter_file"]

_ASIDE = 40
"""The column at which comments stand."""


def starter_file(
    plugin: str,
    settings: Mapping[str, str],
    *,
    school_id: str,
    school_name: str,
    portal_url: str,
    send_scheduling_year: bool = False,
    today: date | None = None,
) -> str:
    """Return a complete ``dayzero.toml`` for ``settings`` of a source ``plugin``; ``today``: of a rehearsal."""
    written: dict[str, list[str]] = {
        "school": _lines("school", {"id": school_id, "name": school_name}),
        "source": [f"plugin = {as_toml(plugin)}", *(f"{key} = {_as_typed(value)}" for key, value in settings.items())],
        "portal": [*_lines("portal", {"url": portal_url}, only=("url",)), _TOKEN],
        "sync": _lines("sync", {"send_scheduling_year": send_scheduling_year, "today": today}),
        "limits": _lines("limits", {}),
        "state": _lines("state", {}),
    }
    return "\n\n".join("\n".join([f"[{name}]", *lines]) for name, lines in written.items()) + "\n"


def meanings(section: str) -> dict[str, str]:
    """Return what each setting of a section means, by name."""
    hints = typing.get_type_hints(SECTIONS[section], include_extras=True)
    return {name: hint.__metadata__[0].description for name, hint in hints.items() if hasattr(hint, "__metadata__")}


def as_toml(value: Any) -> str:
    """Return a setting's value as it stands in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Limit):
        return str(value.count) if value.count is not None else as_toml(str(value))
    if isinstance(value, tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    return str(value) if isinstance(value, int | float | date) else json.dumps(str(value), ensure_ascii=False)


def _lines(section: str, values: Mapping[str, Any], *, only: tuple[str, ...] = ()) -> list[str]:
    """Return a line for each setting that has a value, given here or by default."""
    said = meanings(section)
    fields = [f for f in dataclasses.fields(SECTIONS[section]) if not only or f.name in only]
    valued = [(f.name, values.get(f.name, f.default)) for f in fields]
    return [_commented(f"{name} = {as_toml(value)}", said[name]) for name, value in valued if value is not None]


def _commented(line: str, comment: str) -> str:
    return f"{line:<{_ASIDE}} # {comment}"


_TOKEN = _commented('token = { env = "DAYZERO_TOKEN" }', 'or { file = "token.txt" }; never the token itself')


def _as_typed(text: str) -> str:
    """Return a setting from the command line: a number or true and false as they are, else as text."""
    return text if text.isdecimal() or text in ("true", "false") else as_toml(text)
