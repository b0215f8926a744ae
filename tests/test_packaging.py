"""What every distribution of this repository says of itself: licence, addresses, types, and one version in one place."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = [ROOT / path for path in re.findall(r"^-e (\S+)$", (ROOT / "workspace.txt").read_text(), re.MULTILINE)]
CORE, OTHERS = FOLDERS[0], FOLDERS[1:]
each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())


def metadata(folder: Path) -> dict[str, Any]:
    """Return a distribution's ``pyproject.toml``."""
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def literals(folder: Path) -> list[Any]:
    """Return the values that a distribution's own code gives to ``__version__``; one that is computed is a failure."""
    found = []
    for file in sorted((folder / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == "__version__" for t in node.targets
            ):
                assert isinstance(node.value, ast.Constant), file
                found.append(node.value.value)
    return found


def test_the_workspace_has_every_distribution() -> None:
    there = {file.parent for pattern in ("*", "plugins/*") for file in ROOT.glob(f"{pattern}/pyproject.toml")}
    assert {folder.resolve() for folder in FOLDERS} == {ROOT, *there}


@each
def test_the_licence_comes_with_every_distribution(folder: Path) -> None:
    """Each has a copy in its folder: a wheel takes its licence from beside its ``pyproject.toml``, never from above."""
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    project = metadata(folder)["project"]
    assert (project["license"], project["license-files"]) == ("MIT", ["LICENSE"])


@each
def test_typed_is_said_where_types_are_shipped(folder: Path) -> None:
    ships = bool(list((folder / "src").glob("*/py.typed")))
    assert ("Typing :: Typed" in metadata(folder)["project"]["classifiers"]) == ships


@each
def test_addresses_are_those_of_the_one_repository(folder: Path) -> None:
    urls = metadata(folder)["project"]["urls"]
    assert list(urls) == ["Documentation", "Source", "Changelog", "Issues"]
    assert urls == metadata(CORE)["project"]["urls"]


def test_the_core_states_its_version_in_its_code_and_nowhere_else() -> None:
    """A plain literal: ``dayzero --help`` asks no metadata for it."""
    document = metadata(CORE)
    assert "version" not in document["project"]
    assert document["project"]["dynamic"] == ["version"]
    assert document["tool"]["hatch"]["version"] == {"path": "src/dayzero/__init__.py"}
    assert len(literals(CORE)) == 1


@pytest.mark.parametrize("folder", OTHERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_the_others_state_it_in_their_metadata_and_it_is_the_same(folder: Path) -> None:
    assert metadata(folder)["project"]["version"] == literals(CORE)[0]
    assert literals(folder) == []
