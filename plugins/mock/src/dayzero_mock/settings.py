"""What may be asked of the demo school."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MockSettings"]


@dataclass(frozen=True)
class MockSettings:
    """``[source] plugin = "mock"``: the same arguments give the same school."""

    students: int = 600
    years: int = 3
    seed: int = 7
    scenario: str = "plain"
