"""The plugins' commands are remembered between calls, and never wrongly."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HELP = "import sys\nfrom dayzero.cli import main\nmain(['--help'], standalone_mode=False)\nprint('looked' if 'dayzero.plugins' in sys.modules else 'remembered')"


@pytest.fixture
def helped(tmp_path: Path) -> Callable[[], str]:
    """Return what prints ``--help`` in a process of its own, with a cache and a site folder of its own."""
    (tmp_path / "site").mkdir()
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path / "site")}

    def run() -> str:
        program = [sys.executable, "-c", HELP]
        return subprocess.run(program, env=environ, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    return run


def install(site: Path, summary: str) -> None:
    info = site / "dayzero_attend-1.dist-info"
    info.mkdir(exist_ok=True)
    command = f"Command('attend', {summary!r}, 'dayzero_attend:run')"
    text = f"from dayzero.plugin import Command, hookimpl\n@hookimpl\ndef dayzero_commands(): return [{command}]\n"
    (site / "dayzero_attend.py").write_text(text, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dayzero-attend\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[dayzero]\nattend = dayzero_attend\n", encoding="utf-8")


def test_the_second_call_looks_for_no_plugins(helped: Callable[[], str]) -> None:
    first, second = helped(), helped()
    assert first.splitlines()[-1] == "looked"
    assert second.splitlines()[-1] == "remembered"
    assert first.splitlines()[:-1] == second.splitlines()[:-1]
    assert "simulator" in second


def test_a_plugin_that_comes_changes_or_goes_is_seen(helped: Callable[[], str], tmp_path: Path) -> None:
    assert "attend" not in helped()
    site = tmp_path / "site"
    install(site, "Takes attendance.")
    assert "Takes attendance." in helped()
    install(site, "Takes the register.")
    os.utime(site / "dayzero_attend.py", ns=(1, 1))
    assert "Takes the register." in helped()
    for file in [*site.rglob("*")][::-1]:
        file.rmdir() if file.is_dir() else file.unlink()
    assert "attend" not in helped()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 1}', "null"])
def test_a_damaged_cache_is_made_anew(helped: Callable[[], str], tmp_path: Path, damage: str) -> None:
    helped()
    [cache] = (tmp_path / "cache" / "dayzero").iterdir()
    cache.write_text(damage, encoding="utf-8")
    assert helped().splitlines()[-1] == "looked"
    assert helped().splitlines()[-1] == "remembered"


def test_a_cache_out_of_reach_is_no_error(helped: Callable[[], str], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    assert "simulator" in helped()
