"""What a source may be set, read off its dataclass: names, types, defaults, meanings."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from dayzero.plugin import SourceType

__all__ = ["about_source", "as_markdown", "as_text"]

_WORDS: Mapping[Any, str] = {
    str: "text", bool: "true or false", int: "whole number", float: "number", Path: "path", dict: "table", list: "list",
    type(None): "none",
}  # fmt: skip


def about_source(source: SourceType) -> dict[str, Any]:
    """Return a source's name, summary, page and settings, as they stand in its code."""
    return {
        "name": source.name,
        "summary": source.summary,
        "about": _doc(source.settings),
        "settings": [*_settings(source.settings, "")],
    }


def as_text(document: Mapping[str, Any]) -> str:
    """Return what there is to say for a terminal."""
    about = "\n\n".join(" ".join(paragraph.split()) for paragraph in document["about"].split("\n\n"))
    lines = [f"{document['name']}: {document['summary']}", "", about, ""]
    for one in document["settings"]:
        lines.append(f"  {one['name']} ({one['type']}, {_default(one)})")
        if one["meaning"]:
            lines.append(f"      {one['meaning']}")
    return "\n".join(lines)


def as_markdown(document: Mapping[str, Any]) -> str:
    """Return what there is to say as a page."""
    rows = [
        f"| `{one['name']}` | {one['type'].replace('|', chr(92) + '|')} | {_default(one)} | {one['meaning']} |"
        for one in document["settings"]
    ]
    about = document["about"].replace("``", "`")
    return "\n".join(
        [
            f"# `{document['name']}`",
            "",
            document["summary"],
            "",
            about,
            "",
            "| setting | value | default | meaning |",
            "| --- | --- | --- | --- |",
            *rows,
        ]
    )


def _default(one: Mapping[str, Any]) -> str:
    return "needed" if one["needed"] else f"default {one['default']!r}"


def _settings(cls: type[Any], above: str) -> Iterator[dict[str, Any]]:
    """Yield each setting, those of a table within the table behind it."""
    hints = typing.get_type_hints(cls, include_extras=True)
    for field in dataclasses.fields(cls):
        hint = hints[field.name]
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        default = None if needed else field.default if field.default is not dataclasses.MISSING else _made(field)
        yield {
            "name": f"{above}{field.name}",
            "type": _type(hint) + (", secret" if not field.repr else ""),
            "needed": needed,
            "default": _plain(default),
            "meaning": _meaning(hint) or str(field.metadata.get("meaning", "")),
        }
        inner = next((o for o in _options(hint) if isinstance(o, type) and dataclasses.is_dataclass(o)), None)
        if inner is not None:
            yield from _settings(inner, f"{above}{field.name}.")


def _made(field: dataclasses.Field[Any]) -> Any:
    return field.default_factory() if callable(field.default_factory) else None


def _plain(default: Any) -> Any:
    """Return a default as a document has it."""
    if isinstance(default, enum.Enum):
        return default.value
    return str(default) if isinstance(default, Path) else default


def _options(hint: Any) -> Iterator[Any]:
    """Yield a hint and all that is in it."""
    yield hint
    for inner in typing.get_args(hint):
        yield from _options(inner)


def _type(hint: Any) -> str:
    """Say in words what a setting may be."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _type(inner[0])
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(option) for option in inner if option is not type(None))
    if origin in (list, tuple):
        return f"list of {_type(inner[0])}" if inner else "list"
    if origin is dict:
        return f"table of {_type(inner[1])}"
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return "table"
    return _WORDS.get(hint, getattr(hint, "__name__", str(hint)))


def _meaning(hint: Any) -> str:
    """Return the description of an annotated setting."""
    if typing.get_origin(hint) is not Annotated:
        return ""
    said = (
        getattr(extra, "description", extra if isinstance(extra, str) else None) for extra in typing.get_args(hint)[1:]
    )
    return next((str(s) for s in said if s), "")


def _doc(cls: type[Any]) -> str:
    """Return the docstring, unless it is the one that ``@dataclass`` makes."""
    said = inspect.cleandoc(cls.__doc__ or "")
    return "" if said.startswith(f"{cls.__name__}(") else said
