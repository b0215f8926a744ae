"""CONTRIBUTING.md names the environments, files and tests that there are."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FOLDERS = ("tests", "plugins", "simulator", "fixtures")
TESTS = "".join(f.read_text(encoding="utf-8") for folder in FOLDERS for f in (ROOT / folder).rglob("test_*.py"))


def test_every_environment_is_named() -> None:
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    expected = {name.strip() for name in tox["tox"]["env_list"].split(",")}
    table = PAGE.partition("| environment |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([\w-]+)`", re.sub(r"\| [^|]* \| [^|]* \|$", "", table, flags=re.MULTILINE))) == expected
    assert [e for e in re.findall(r"`tox -e ([\w-]+)`", PAGE) if f"testenv:{e}" not in tox] == []


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:src|tests|docs|fixtures|plugins|simulator)/[^`]+)`", PAGE)))
)
def test_every_file_is_there(path: str) -> None:
    """``NAME`` stands for the reader's own, ``*`` for any."""
    parent = re.split(r"/[^/]*(?:NAME|NNNN)", path)[0]
    assert list(ROOT.glob(parent)), path


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_[a-z_]+)(?:\[\w+\])?`", PAGE))))
def test_every_test_that_is_said_to_fail_is_there(name: str) -> None:
    assert f"def {name}(" in TESTS


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(_[a-z_]+|[A-Z_]{4,})`", PAGE)) - {"LICENSE", "NAME"}))
def test_every_name_is_there(name: str) -> None:
    assert any(re.search(rf"\b{name}\b", f.read_text(encoding="utf-8")) for f in (ROOT / "src").rglob("*.py"))
