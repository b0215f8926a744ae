"""The import contracts hold what they say: each wrong module is found by the contract it breaks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SOURCES = (
    "src",
    *(f"plugins/{name}/src" for name in ("csv", "sql", "mock", "oneroster", "manager")),
    "simulator/src",
    "fixtures/src",
)
PLANTED = {
    "a plugin that plans": ("plugins/csv/src/dayzero_csv/wrong.py", "import dayzero.plan", "What others may import"),
    "a plugin that goes deeper": (
        "plugins/sql/src/dayzero_sql/wrong.py",
        "from dayzero.conform.raw import to_text",
        "What others may import",
    ),
    "a simulator with the portal's nouns of the core": (
        "simulator/src/dayzero_simulator/wrong.py",
        "from dayzero.gradebook import working",
        "What others may import",
    ),
    "people who keep a database": ("src/dayzero/people/wrong.py", "import sqlite3", "all is pure"),
    "a plan that asks the portal's library": (
        "src/dayzero/plan/wrong.py",
        "from dayzero.people.wrong import x",
        "all is pure",
        "src/dayzero/people/wrong.py",
        "import requests",
    ),
    "a plan that looks at the clock": (
        "src/dayzero/plan/wrong.py",
        "from dayzero.clock import SystemClock",
        "nobody looks at a clock",
    ),
    "a room without a place": ("src/dayzero/helpers.py", "", "every room of the core has its place"),
    "an arrow upward": ("src/dayzero/schema.py", "import dayzero.conform", "The data flows one way"),
    "a core that knows a plugin": ("src/dayzero/service.py", "import dayzero_csv", "The core knows no plugin"),
    "a room entered in a circle": (
        "src/dayzero/people/years.py",
        "import dayzero.people.population",
        "No room is entered in a circle",
    ),
}


def broken(root: Path) -> str:
    """Return the names of the contracts that the sources below ``root`` break."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(str(root / s) for s in SOURCES), "COLUMNS": "200"}
    lint = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True, is_debug_mode=True))"
    ran = subprocess.run(
        [sys.executable, "-c", lint], cwd=root, env=environ, capture_output=True, text=True, check=False
    )
    said = " ".join(ran.stdout.split())
    assert "Contracts" in said, ran.stderr
    return said if ran.returncode else ""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sources")
    for source in SOURCES:
        shutil.copytree(ROOT / source, root / source, ignore=shutil.ignore_patterns("__pycache__", "*.html", "*.sql"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_the_sources_as_they_are_keep_every_contract(sources: Path) -> None:
    assert broken(sources) == ""


@pytest.mark.parametrize("what", PLANTED)
def test_a_wrong_module_is_found(sources: Path, what: str) -> None:
    file, line, contract, *more = PLANTED[what]
    before = {name: (sources / name).read_text() if (sources / name).exists() else None for name in (file, *more[::2])}
    for name, wrong in ((file, line), *zip(more[::2], more[1::2], strict=True)):
        (sources / name).write_text((before[name] or "") + f"\n{wrong}\n")
    try:
        said = broken(sources)
    finally:
        for name, text in before.items():
            if text is None:
                (sources / name).unlink()
            else:
                (sources / name).write_text(text)
    kept = said.partition("Broken contracts")[2]
    assert contract in kept, said


@pytest.mark.parametrize("room", ["dayzero.plan", "dayzero.people", "dayzero.conform"])
def test_the_pure_middle_loads_nothing_that_asks_or_writes(room: str) -> None:
    program = f"import sys, {room}; print(*sorted({{'sqlite3', 'requests', 'urllib3', 'filelock', 'dayzero.journal', 'dayzero.portal'}} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


def test_who_hands_out_a_fleet_begins_without_what_its_workers_load() -> None:
    program = "import sys, dayzero.fleet.local, dayzero.fleet.cluster, dayzero.plugins as p; p.load_plugins(); print(*sorted({'polars', 'requests', 'dayzero.service'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
