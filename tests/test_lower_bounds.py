"""The lower bounds that the distributions declare are the versions that ``tox -e lowest`` installs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_declared_lower_bound_is_one_that_is_tested() -> None:
    declared = {}
    for file in [ROOT / "pyproject.toml", *ROOT.glob("*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]:
        for dependency in tomllib.loads(file.read_text(encoding="utf-8"))["project"]["dependencies"]:
            name, bound = re.fullmatch(r"([\w-]+)>=([\d.]+)(?:; .+)?", dependency).groups()
            declared.setdefault(name, set()).add(bound)
    pinned = dict(re.findall(r"^([\w-]+)==([\d.]+)$", (ROOT / "requirements-lowest.txt").read_text(), re.MULTILINE))
    others = {name: bounds for name, bounds in declared.items() if not name.startswith("dayzero")}
    assert others == {name: {bound} for name, bound in pinned.items()}
