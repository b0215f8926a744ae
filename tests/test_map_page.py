"""docs/map.md has every room of the core and every file in it, in the order in which they may import each other."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "src" / "dayzero"
PAGE = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| room | takes | gives | may touch |\n| --- | --- | --- | --- |\n")[2].partition("\n\n")[0]
ROWS = {row.split("`")[1]: row.rstrip(" |").rpartition("|")[2] for row in TABLE.splitlines()}
"""Room -> what it may touch, in the order of the page."""
ROOMS = sorted(p.stem for p in CORE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists())
WHERE = re.findall(r"^\| ([^|]+) \| ((?:`[\w./]+`(?:, )?)+) \| ((?:`\w+`(?:, )?)+) \|$", PAGE, re.MULTILINE)


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def files() -> Iterator[str]:
    """Yield every file that has something to say, as the page names it; an ``__init__`` that only passes names on has not."""
    for file in sorted(CORE.rglob("*.py")):
        defines = any(isinstance(node, ast.ClassDef | ast.FunctionDef) for node in tree(file).body)
        if file.name != "__init__.py" or defines:
            yield file.relative_to(CORE).as_posix()


def of_room(room: str) -> list[Path]:
    return [*CORE.glob(f"{room}.py"), *CORE.glob(f"{room}/**/*.py")]


def imported(file: Path) -> Iterator[str]:
    """Yield the modules that a file imports, those for annotations alone left out."""
    asked: list[ast.AST] = [tree(file)]
    for node in asked:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            asked += ast.iter_child_nodes(node)


def layers() -> list[set[str]] | None:
    """Return the rooms of the import contract, the lowest layer first; None where no contract names those there are."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    for contract in linter["contracts"]:
        if contract["type"] == "layers":
            found = [re.findall(r"[\w.]+", layer) for layer in reversed(contract["layers"])]
            found = [{name.removeprefix("dayzero.") for name in layer} for layer in found]
            if "dayzero" in contract.get("containers", ()) or set().union(*found) <= set(ROOMS):
                return found
    return None


def test_every_room_is_a_row_and_every_row_a_room() -> None:
    assert sorted(ROWS) == [room for room in ROOMS if room != "__init__"]


def test_the_rows_stand_in_the_order_of_the_layers() -> None:
    found = layers()
    if found is None:
        pytest.skip("no contract on the layers of these rooms")
    height = {room: number for number, layer in enumerate(found) for room in layer}
    heights = [height[room] for room in ROWS if room in height]
    assert heights == sorted(heights)


@pytest.mark.parametrize("room", ROWS)
def test_a_room_imports_only_rooms_above_it(room: str) -> None:
    above = [*list(ROWS)[: list(ROWS).index(room) + 1], "__version__"]
    for file in of_room(room):
        ours = {module.split(".")[1] for module in imported(file) if module.startswith("dayzero.")}
        assert sorted(ours - set(above)) == [], file


@pytest.mark.parametrize("room", ROWS)
def test_what_a_room_may_touch_is_said(room: str) -> None:
    """Other distributions, and what of the standard library reads files of its own."""
    usual = {*sys.stdlib_module_names, "dayzero"} - {"sqlite3", "tomllib"}
    for file in of_room(room):
        touched = {module.partition(".")[0] for module in imported(file)} - usual
        assert sorted(m for m in touched if f"`{m}`" not in ROWS[room]) == [], file


def test_every_file_is_named() -> None:
    assert [file for file in files() if f"`{file}`" not in PAGE] == []


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`([\w/]+\.py)`", PAGE.partition("## The other distributions")[0]))
    named |= {file for _, those, _ in WHERE for file in re.findall(r"`([^`]+)`", those)}
    assert sorted(name for name in named if not (CORE / name).exists()) == []


def test_every_distribution_is_named_and_what_is_to_be_read_there() -> None:
    text = PAGE.partition("## The other distributions")[2].partition("\n## ")[0]
    found = dict(re.findall(r"^\| `([\w/]+)` \| .+ \| (.+) \|$", text, re.MULTILINE))
    workspace = re.findall(r"^-e \./(\S+)$", (ROOT / "workspace.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(found) == sorted(workspace)
    for folder, begin in found.items():
        there = {p.name for p in (ROOT / folder).rglob("*") if "tests" not in p.parts}
        assert set(re.findall(r"`([\w.]+)`", begin)) <= there


@pytest.mark.parametrize(("what", "those", "names"), WHERE, ids=[what for what, _, _ in WHERE])
def test_what_is_to_be_looked_for_is_there(what: str, those: str, names: str) -> None:
    text = "".join((CORE / file).read_text(encoding="utf-8") for file in re.findall(r"`([^`]+)`", those))
    assert [name for name in re.findall(r"`(\w+)`", names) if not re.search(rf"\b{name}\b", text)] == []
