"""Queries for the schemas of known systems, as data: a folder per system, a ``.sql`` file per source table.

``preset.toml`` beside them names the system and its parameters.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable

from dayzero.errors import ConfigurationError
from dayzero_sql.statement import Statement

__all__ = ["Parameter", "Preset", "load_preset", "preset_names"]


@dataclass(frozen=True)
class Parameter:
    """A whole number that the queries take as ``:name``. Without a ``default`` it must be given."""

    meaning: str
    default: int | None = None


@dataclass(frozen=True)
class Preset:
    """The queries for one system, by source table, and their parameters by name."""

    title: str = ""
    queries: dict[str, Statement] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def filled(self, given: Mapping[str, int | str]) -> dict[str, int | str]:
        """Return ``given`` with the defaults of what was not given. Raises ConfigurationError naming what is missing."""
        values: dict[str, int | str] = dict(given)
        for name, parameter in self.parameters.items():
            value = given.get(name, parameter.default)
            if value is None:
                raise ConfigurationError(
                    f"The preset for {self.title} needs `{name}`: {parameter.meaning}",
                    remedy=f"Give it under [source.parameters]: {name} = ...",
                    parameter=name,
                )
            try:
                values[name] = int(value)
            except ValueError:
                raise ConfigurationError(
                    f"[source.parameters] {name}: {value!r} is no whole number.",
                    remedy=parameter.meaning,
                    parameter=name,
                ) from None
        return values


def preset_names() -> list[str]:
    """Return the presets there are."""
    return sorted(folder.name for folder in _folder().iterdir() if (folder / "preset.toml").is_file())


def load_preset(name: str) -> Preset:
    """Return a preset. Raises ConfigurationError that says which there are."""
    if name not in preset_names():
        raise ConfigurationError(
            f"[source] preset: there is no preset {name!r}.", remedy=f"There are: {', '.join(preset_names())}."
        )
    folder = _folder() / name
    about = tomllib.loads((folder / "preset.toml").read_text(encoding="utf-8"))
    parameters = {key: Parameter(**value) for key, value in about.get("parameters", {}).items()}
    sql = {file.name.removesuffix(".sql"): file for file in folder.iterdir() if file.name.endswith(".sql")}
    queries = {table: Statement.parse(file.read_text(encoding="utf-8")) for table, file in sql.items()}
    return Preset(about["title"], queries, parameters)


def _folder() -> Traversable:
    return files(__name__)
