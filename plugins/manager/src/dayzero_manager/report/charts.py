"""The report's charts as numbers to draw: made from the very rows of the table beside them. Across in per cent, down in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dayzero.report import STATES, Moment, Shares

__all__ = ["STEPS", "Bar", "Bars", "Curve", "Line", "Segment", "Tick", "curve", "reason_bars", "shares_bars"]

STEPS = dict(zip(STATES, ("c4", "c2", "c1", "c0"), strict=True))
"""The colour of each state, deep to pale."""
_DEEP = ("c3", "c4", "c5")
_BAR, _GAP, _WORDS = 18, 8, 18
"""Pixels: how high a bar is, what is between two, and what the line of words above one takes."""
_ROOM_FOR_LABEL = 5.0
"""Per cent of the width below which a number does not fit into its part."""


@dataclass(frozen=True)
class Segment:
    """A part of a bar. ``label``: empty where it does not fit."""

    colour: str
    x: float
    width: float
    label: str

    @property
    def ink(self) -> str:
        """The colour of the words on it."""
        return "deep" if self.colour in _DEEP else "pale"


@dataclass(frozen=True)
class Bar:
    """A bar under a line of words; ``y`` of the words, ``top`` of the bar."""

    words: str
    total: str
    y: int
    top: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Bars:
    """Bars one below the other, ``height`` pixels together."""

    rows: tuple[Bar, ...]
    height: int
    thick: int = _BAR


def shares_bars(rows: Sequence[tuple[str, Shares]]) -> Bars:
    """Return a whole bar for each group, parted by where its people stand."""
    return _below_each_other([(words, f"{shares.all:,}", _parted(shares)) for words, shares in rows])


def reason_bars(rows: Sequence[tuple[str, int]]) -> Bars:
    """Return a bar for each number; the longest one is as wide as there is room."""
    most = max((number for _, number in rows), default=0) or 1
    return _below_each_other(
        [(words, f"{n:,}", (Segment("c4", 0.0, round(100 * n / most, 2), ""),)) for words, n in rows]
    )


def _below_each_other(rows: Sequence[tuple[str, str, tuple[Segment, ...]]]) -> Bars:
    step = _WORDS + _BAR + _GAP
    made = tuple(
        Bar(words, total, n * step + _WORDS - 5, n * step + _WORDS, segments)
        for n, (words, total, segments) in enumerate(rows)
    )
    return Bars(made, max(0, len(made) * step - _GAP))


def _parted(shares: Shares) -> tuple[Segment, ...]:
    segments, before = [], 0
    for state, colour in STEPS.items():
        number = getattr(shares, state)
        if number:
            x, width = 100 * before / shares.all, 100 * number / shares.all
            shown = f"{number:,}" if width >= _ROOM_FOR_LABEL else ""
            segments.append(Segment(colour, round(x, 2), round(width, 2), shown))
        before += number
    return tuple(segments)


@dataclass(frozen=True)
class Tick:
    """A number at the side of a curve, or a day below it."""

    at: float
    words: str


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
    height: int = 170
    plot: tuple[float, float, int, int] = (9.0, 62.0, 12, 132)

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
    shown = sorted({0, last // 2, last})
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
