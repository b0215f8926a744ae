"""Every complaint in docs/why.md has a test of the name it gives."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_complaint_has_its_test() -> None:
    rows = (ROOT / "docs" / "why.md").read_text(encoding="utf-8").splitlines()
    named = [name for row in rows for name in re.findall(r"`(test_\w+)`", row)]
    tests = "".join(f.read_text(encoding="utf-8") for f in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) >= 8
    assert [name for name in named if f"def {name}(" not in tests] == []
