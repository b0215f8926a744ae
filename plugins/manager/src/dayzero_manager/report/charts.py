"""The report's charts as numbers to draw: made from the very rows of the table beside them. Across in per cent, down in pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dayzero.report import STATES, Moment, Shares

__all__ = ["STEPS", "Curve", "Line", "Segment", "Tick", "curve", "parted", "peopled", "portion"]

STEPS = dict(zip(STATES, ("c4", "c2", "c1", "c0"), strict=True))
"""The colour of each state, deep to pale."""


@dataclass(frozen=True)
class Segment:
    """A part of a bar, in per cent of its width."""

    colour: str
    x: float
    width: float


def parted(shares: Shares) -> list[Segment]:
    """Return a whole bar, parted by where the people of a group stand."""
    segments, before = [], 0
    for state, colour in STEPS.items():
        number = getattr(shares, state)
        if number:
            segments.append(Segment(colour, _percent(before, shares.all), _percent(number, shares.all)))
        before += number
    return segments


def peopled(rows: Iterable[tuple[str, Shares]]) -> set[str]:
    """Return the states in which anybody of some groups stands."""
    groups = [shares for _, shares in rows]
    return {state for state in STATES if any(getattr(shares, state) for shares in groups)}


def portion(number: int, most: int) -> list[Segment]:
    """Return a bar as long as ``number`` is beside the longest one."""
    return [Segment("c4", 0.0, _percent(number, most))]


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2)


@dataclass(frozen=True)
class Tick:
    """A number at the side of a curve, or a moment below it: the day, and the time on a line of its own."""

    at: float
    words: str

    @property
    def lines(self) -> list[str]:
        """Its lines: a day with its time is too wide for one on a phone."""
        return self.words.split(", ")


@dataclass(frozen=True)
class Line:
    """A line of a curve: its points in a square of 100, where it ends in the chart, and what stands there."""

    name: str
    points: str
    end: float
    words_at: float
    words: str


@dataclass(frozen=True)
class Curve:
    """Lines over the same moments. ``plot``: left, width, top and height of where they are drawn."""

    lines: tuple[Line, ...]
    levels: tuple[Tick, ...]
    days: tuple[Tick, ...]
    plot: tuple[float, float, int, int] = (13.0, 55.0, 12, 104)

    @property
    def height(self) -> int:
        """How high the whole is, with the lines of words below."""
        return self.plot[2] + self.plot[3] + 8 + _LINE * max(len(tick.lines) for tick in self.days)

    @property
    def right(self) -> float:
        """Where the plot ends, in per cent."""
        return self.plot[0] + self.plot[1]


def curve(moments: Sequence[Moment], days: Sequence[str]) -> Curve | None:
    """Return the accounts of students and parents over several moments, None where there are fewer than two."""
    if len(moments) < 2:
        return None
    series = {"student": [m.students for m in moments], "parent": [m.parents for m in moments]}
    step = _step(max(max(values) for values in series.values()))
    most = step * max(1, -(-max(max(values) for values in series.values()) // step))
    left, wide, top, high = Curve.plot

    def down(value: int) -> float:
        return round(top + high * (1 - value / most), 1)

    ends = {kind: down(values[-1]) for kind, values in series.items()}
    words_at = dict(ends)
    near = abs(ends["student"] - ends["parent"])
    if near < _LINE:  # or one would stand upon the other
        lower = max(ends, key=lambda kind: ends[kind])
        words_at[lower] += round(_LINE - near, 1)
    lines = tuple(
        Line(kind, _points(values, most), ends[kind], words_at[kind], f"{values[-1]:,} {kind}{'s' * (values[-1] != 1)}")
        for kind, values in series.items()
    )
    levels = tuple(Tick(down(value), f"{value:,}") for value in range(0, most + 1, step))
    last = len(moments) - 1
    shown = sorted({0, last} | ({last // 2} if last >= 4 else set()))
    return Curve(lines, levels, tuple(Tick(round(left + wide * n / last, 2), days[n]) for n in shown))


_LINE = 16
"""Pixels that a line of words takes."""


def _points(values: Sequence[int], most: int) -> str:
    last = len(values) - 1
    return " ".join(f"{round(100 * n / last, 2):g},{round(100 * (1 - v / most), 2):g}" for n, v in enumerate(values))


def _step(most: int) -> int:
    """Return a round step that reaches ``most`` in five at the most."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * 5 >= most:
                return step
        size *= 10
