"""The commented ``dayzero.toml`` that ``dayzero init`` writes: our settings at their defaults, each with its meaning."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from dayzero.config.settings import SECTIONS, Limit

__all__ = ["as_toml", "meanings", "starter_file"]

_ASIDE = 40
"""The column at which comments stand."""


def starter_file(
    plugin: str,
    settings: Mapping[str, Any],
    *,
    school_id: str,
    school_name: str,
    portal_url: str,
    send_scheduling_year: bool = False,
    sync: Mapping[str, Any] | None = None,
    remarks: Iterable[str] = (),
    comments: Mapping[str, str] | None = None,
    today: date | None = None,
) -> str:
    """Return a complete ``dayzero.toml`` for ``settings`` of a source ``plugin``.

    ``sync``: further settings of ``[sync]``. ``today``: of a rehearsal. ``remarks`` stand above the source's settings; ``comments`` above one of its
    tables, by the table's dotted name.
    """
    source = [*(f"# {remark}" for remark in remarks), f"plugin = {as_toml(plugin)}"]
    written: dict[str, list[str]] = {
        "school": _lines("school", {"id": school_id, "name": school_name}),
        "source": [*source, *_table("source", settings, comments or {})],
        "portal": [*_lines("portal", {"url": portal_url}, only=("url",)), _TOKEN],
        "sync": _lines("sync", {"send_scheduling_year": send_scheduling_year, **(sync or {}), "today": today}),
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
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(k)} = {as_toml(v)}' for k, v in value.items())} }}"
    return str(value) if isinstance(value, int | float | date) else _text(str(value))


def _quoted(text: str) -> str:
    """Return a basic string of TOML, which is one of JSON but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _text(text: str) -> str:
    """Return a text as a value, one of several lines as people read it."""
    if "\n" not in text:
        return _quoted(text)
    # The line break behind the opening marks is none of the text's.
    return '"""\n' + "\n".join(_quoted(line)[1:-1] for line in text.split("\n")) + '"""'


def _table(name: str, table: Mapping[str, Any], comments: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a plugin's table: its values, then the tables within it."""
    within = {k: v for k, v in table.items() if _is_table(v)}
    for key, value in table.items():
        if key not in within:
            yield f"{_key(key)} = {as_toml(value)}"
    for key, value in within.items():
        inner = f"{name}.{_key(key)}"
        said = comments.get(inner.removeprefix("source."))
        tables = value if isinstance(value, list) else [value]
        for number, one in enumerate(tables):
            if said and number == 0:
                yield from ("", f"# {said}")
            elif not said or number:
                yield ""
            yield f"[[{inner}]]" if isinstance(value, list) else f"[{inner}]"
            yield from _table(inner, one, comments)


def _is_table(value: Any) -> bool:
    """Say whether a value gets lines of its own; what names a secret stands on one line."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, Mapping) for one in value)
    return isinstance(value, Mapping) and not set(value) <= {"env", "file", "keyring"}


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _lines(section: str, values: Mapping[str, Any], *, only: tuple[str, ...] = ()) -> list[str]:
    """Return a line for each setting that has a value, given here or by default."""
    said = meanings(section)
    fields = [f for f in dataclasses.fields(SECTIONS[section]) if not only or f.name in only]
    valued = [(f.name, values.get(f.name, f.default)) for f in fields]
    return [_commented(f"{name} = {as_toml(value)}", said[name]) for name, value in valued if value is not None]


def _commented(line: str, comment: str) -> str:
    return f"{line:<{_ASIDE}} # {comment}"


_TOKEN = _commented('token = { env = "DAYZERO_TOKEN" }', 'or { file = "token.txt" }; never the token itself')
