"""What a measurement is, as data: who runs, against whom, over schools of which sizes, and which bars the figures are held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bench.schools import School

__all__ = ["ANY", "CPU", "MB", "MS", "SECONDS", "SIZES", "US", "Bar", "Figures", "Line", "Measurement", "Run"]

Figures: TypeAlias = dict[str, float]
"""What one run cost, by name: ``cpu`` and ``wall`` in seconds, ``mb`` at its peak, and what a program says of itself."""
Run: TypeAlias = Callable[[School], Figures]

SIZES = (10_000, 100_000, 1_000_000)
"""Students in the active year of the schools that are measured."""
ANY = 0
"""The size of a measurement that needs no school."""
CPU, SECONDS, MS, US, MB = "CPU s", "s", "ms", "µs", "MB"


@dataclass(frozen=True)
class Bar:
    """One figure and what it is held to, by size. A size without a bar is measured all the same.

    ``against``: the reference's figure, of which ``most`` and ``least`` are multiples; None: they are in ``unit``.
    ``least`` says how many times cheaper than the reference a figure has to be.
    """

    what: str
    figure: str = "cpu"
    unit: str = CPU
    against: str | None = "cpu"
    most: Mapping[int, float] = field(default_factory=dict)
    least: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measurement:
    """A subject and its reference, run in turn. ``about``: what is run, and what is counted; ``reference_is``: against what."""

    name: str
    title: str
    about: str
    reference_is: str
    subject: Run
    reference: Run
    bars: tuple[Bar, ...]
    sizes: tuple[int, ...] = SIZES

    @property
    def group(self) -> str:
        """What stands before a dash: measurements of one thing are run by its name, too."""
        return self.name.partition("-")[0]


@dataclass(frozen=True)
class Line:
    """A figure over all sizes: a line of the chart, and its slope where it is held to one."""

    what: str
    measurement: str
    figure: str
    unit: str
    side: Literal["subject", "reference"] = "subject"
    steepest: float | None = None
