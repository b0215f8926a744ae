"""The core with no plugin installed: it starts, says so, and says what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import distribution

import pytest
from click.testing import CliRunner

from dayzero.cli import main
from dayzero.plugins import load_plugins

alone = pytest.mark.skipif(bool(load_plugins().loaded), reason="plugins are installed; tox -e core-alone runs this")


@alone
def test_plugins_says_what_to_install() -> None:
    result = CliRunner().invoke(main, ["plugins"])
    assert result.exit_code == 0
    assert "pip install dayzero-csv" in result.output


@alone
def test_init_names_the_missing_plugin(tmp_path: object) -> None:
    result = CliRunner().invoke(main, ["init", "--config", f"{tmp_path}/dayzero.toml"])
    assert result.exit_code == 2
    assert "pip install dayzero-csv" in result.output


def test_help_imports_nothing_heavy() -> None:
    program = "import sys\nfrom dayzero.cli import main\nmain(['--help'], standalone_mode=False)\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert loaded.isdisjoint({"polars", "requests", "rich", "flask", "sqlalchemy", "numpy", "faker"})


def test_the_installed_core_is_this_checkout() -> None:
    """pip must not have found some dayzero on an index."""
    url = json.loads(distribution("dayzero").read_text("direct_url.json") or "{}")["url"]
    assert url.startswith("file://")
