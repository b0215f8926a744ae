"""The settings for people and for programs. What is secret is never shown."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dayzero.config import SECTIONS, Config, Limit, Window, as_toml, meanings
from dayzero.errors import PluginError
from dayzero.words import SETTING, yes_no

if TYPE_CHECKING:
    from dayzero.cli._page import Page
    from dayzero.service import Service

__all__ = ["settings_document", "show_settings"]

_ASIDE = 40
"""The column at which meanings stand."""
_LONGEST = 60
_HIDDEN = "(not shown)"


def settings_document(service: Service) -> dict[str, Any]:
    """Return every setting as it counts, by section."""
    config, secrets = service.config, _secrets(service)
    return {
        "config": str(config.path),
        "settings": {section: dict(_settings(config, section, secrets)) for section in SECTIONS},
    }


def show_settings(page: Page, service: Service) -> None:
    """Print every setting as it counts, with its meaning."""
    config, secrets = service.config, _secrets(service)
    page.line(f"{config.path}: {SETTING} = {yes_no(config.sync.send_scheduling_year)}", style="bold")
    for section in SECTIONS:
        page.heading(f"[{section}]")
        said = {} if section == "source" else meanings(section)
        for name, value in _settings(config, section, secrets):
            page.beside(f"{name} = {_shown(value)}", said.get(name, ""), at=_ASIDE)


def _settings(config: Config, section: str, secrets: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the settings of a section as a document has them."""
    values = getattr(config, section)
    if section == "source":
        yield "plugin", values.plugin
        yield from _plain(values.raw, secrets).items()
        return
    for field in dataclasses.fields(values):
        value = getattr(values, field.name)
        # A secret is not at hand where nothing asks for it; one that is not needed may not be set.
        hidden = not field.repr and (value or field.default is dataclasses.MISSING)
        yield field.name, _HIDDEN if hidden else _plain(value, ())


def _secrets(service: Service) -> Collection[str]:
    """Return which settings of the source are secret, by the plugin's own word."""
    from dayzero.cli._about import about_source

    config = service.config
    try:
        source = service.plugins.source_type(config.source.plugin, config.path.parent)
    except PluginError:  # whoever knows is not here
        return config.source.raw.keys()
    told = about_source(source)["settings"]
    return {one["name"].rpartition(".")[2] for one in told if one["type"].endswith(", secret")}


def _plain(value: Any, secrets: Collection[str]) -> Any:
    """Return a setting as a document has it; where a secret is to be found is none."""
    if isinstance(value, Limit):
        return str(value) if value.count is None else value.count
    if isinstance(value, Window):
        return value.text
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {
            str(name): _HIDDEN if name in secrets and not isinstance(one, Mapping) else _plain(one, secrets)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(one, secrets) for one in value]
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:...@", value) if isinstance(value, str) else value


def _shown(value: Any) -> str:
    """Return a setting on one line."""
    if value is None or value == "":
        return "not set"
    said = _HIDDEN if value == _HIDDEN else " ".join(as_toml(value).split())
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."
