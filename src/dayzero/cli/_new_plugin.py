"""The files of a new plugin: a package that works from the start, with the tests that its author goes on with."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from dayzero.errors import UsageError

__all__ = ["made"]

_PYPROJECT = Template("""\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "dayzero-$dashed"
version = "0.1.0"
description = "$name as a source for dayzero."
requires-python = ">=3.11"
dependencies = ["dayzero>=0.1"]

[project.optional-dependencies]
test = ["dayzero[testing]>=0.1"]

[project.entry-points.dayzero]
$name = "dayzero_$name"

[tool.hatch.build.targets.wheel]
only-include = ["dayzero_$name.py"]

[tool.pytest.ini_options]
pythonpath = ["."]
""")

_MODULE = Template('''\
"""$name as a source for dayzero: a folder with a JSON file for each table, until you read something else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dayzero.errors import SourceError
from dayzero.plugin import SourceType, hookimpl


@dataclass(frozen=True)
class Settings:
    """What a school writes under ``[source] plugin = "$name"``.

    ``path``: the folder. A ``Path`` is relative to the configuration. ``password`` may be ``{ env = "NAME" }`` there.
    """

    path: Path
    password: str = field(default="", repr=False)


class Source:
    """An opened source."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self, table: str) -> Iterable[Mapping[str, Any]] | None:
        """Return the rows of a table of ``dayzero schema``, or None where there is no such table."""
        file = self._settings.path / f"{table}.json"
        if not file.exists():
            return None
        try:
            rows: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            # Half a table is worse than none: say so, and nobody is disabled.
            raise SourceError(f"{file} cannot be read: {error}", remedy="Export it again.", file=str(file)) from error
        return rows


@contextmanager
def open_source(settings: Settings) -> Iterator[Source]:
    """Open the source; close what you open behind the ``yield``."""
    yield Source(settings)


@hookimpl
def dayzero_sources() -> list[SourceType]:
    """Bring ``$name``."""
    return [SourceType("$name", Settings, open_source, summary="$name, as JSON files.")]
''')

_TEST = Template('''\
"""The contract suite: what every source must do. What this one does not implement is skipped by name."""

from __future__ import annotations

import json
from typing import Any

import dayzero_$name as plugin
from dayzero.testing import SourceContract, Tables


class Test$title(SourceContract):
    source_type = plugin.dayzero_sources()[0]

    def make(self, tables: Tables) -> Any:
        """Put the tables where the source finds them, and return its settings."""
        folder = self.tmp_path / "export"
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
        for name, rows in tables.items():
            (folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
        return plugin.Settings(folder)

    def break_after(self, table: str, n: int) -> None:
        """Break a table off in the middle, as a connection that is lost would."""
        file = self.tmp_path / "export" / f"{table}.json"
        text = file.read_text(encoding="utf-8")
        file.write_text(text[: len(text) // 2], encoding="utf-8")


def test_settings_do_not_show_the_password(tmp_path: Any) -> None:
    assert "secret" not in repr(plugin.Settings(tmp_path, password="secret"))
''')

_README = Template("""\
# dayzero-$dashed

$name as a source for [dayzero](https://dayzero.example/docs/).

    pip install -e ".[test]"
    python -m pytest

Then change `Settings` and `Source.read` in `dayzero_$name.py` to what your system has. `dayzero schema` says which tables and
columns there are, `dayzero plugins --about $name` what your settings look like to a school. In its `dayzero.toml`:

    [source]
    plugin = "$name"
    path = "export/"
""")


def made(name: str, parent: Path) -> Path:
    """Make the package of a plugin called ``name`` below ``parent``; return its folder. Raises UsageError: a bad name, a folder there."""
    module = name.replace("-", "_")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", module):
        raise UsageError(f"{name!r} is no name for a plugin.", remedy="Small letters, digits and _, such as our_sis.")
    folder = parent / f"dayzero-{module.replace('_', '-')}"
    if folder.exists():
        raise UsageError(f"{folder} is there already and is left alone.", remedy="Take another name, or --dir.")
    words = {"name": module, "dashed": module.replace("_", "-"), "title": module.title().replace("_", "")}
    files = {
        "pyproject.toml": _PYPROJECT,
        f"dayzero_{module}.py": _MODULE,
        f"tests/test_{module}.py": _TEST,
        "README.md": _README,
    }
    for file, template in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template.substitute(words), encoding="utf-8")
    return folder
