"""Queries for the schemas of known systems, as data: a folder per system, a ``.sql`` file per source table.

``preset.toml`` beside them names the system, its parameters, and what to do in its words. What several queries begin with
stands once in ``parts``, of the system or of several: the line ``with -- parts: stays, persons`` becomes these files, one after
the other.
"""

from __future__ import annotations

import re
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
    """A whole number that the queries take as ``:name``. Without a ``default`` it must be given; ``of_run``: every run gives it."""

    meaning: str
    default: int | None = None
    of_run: bool = False


@dataclass(frozen=True)
class Preset:
    """The queries for one system, by source table, and their parameters by name. ``remedies``: what to do, by rule, in its words."""

    title: str = ""
    queries: dict[str, Statement] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    remedies: Mapping[str, str] = field(default_factory=dict)

    def filled(self, given: Mapping[str, int | str]) -> dict[str, int | str]:
        """Return ``given`` with the defaults of what was not given. Raises ConfigurationError naming what is missing."""
        values: dict[str, int | str] = dict(given)
        for name, parameter in self.parameters.items():
            if parameter.of_run:
                continue
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
    queries = {table: Statement.parse(_whole(file, folder)) for table, file in sql.items()}
    return Preset(about["title"], queries, parameters, about.get("remedies", {}))


_PARTS = re.compile(r"^(with|with recursive) -- parts: (.+)$", re.MULTILINE)


def _whole(file: Traversable, folder: Traversable) -> str:
    """Return a query with its parts in their place."""

    def part(name: str) -> str:
        own = folder / "parts" / f"{name}.sql"
        return (own if own.is_file() else _folder() / "parts" / f"{name}.sql").read_text(encoding="utf-8").strip()

    def put_in(line: re.Match[str]) -> str:
        return f"{line[1]}\n" + ",\n".join(part(name.strip()) for name in line[2].split(","))

    return _PARTS.sub(put_in, file.read_text(encoding="utf-8"))


def _folder() -> Traversable:
    return files(__name__)
