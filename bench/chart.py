"""Draw cost against size as an SVG: both axes logarithmic, a panel for each unit, a line with its slope for each figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10
from typing import NamedTuple

from bench.slope import slope

__all__ = ["Curve", "chart"]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 490, 330, 60, 36, 34, 118
COLOURS = ("#5f6b7a", "#0b6e8f", "#b4531a", "#5b3e96")
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#24292f}.grid{stroke:#d6dbe0}.title{font-weight:600}"
    "@media(prefers-color-scheme:dark){text{fill:#d7dde3}.grid{stroke:#3a424b}}"
)


class Curve(NamedTuple):
    """Costs by size, and what they are of."""

    title: str
    unit: str
    points: Mapping[int, float]


def chart(curves: Sequence[Curve]) -> str:
    """Return an SVG of curves that have points, a panel beside the other for each unit."""
    drawn = [curve for curve in curves if curve.points]
    units = list(dict.fromkeys(curve.unit for curve in drawn))
    panels = "".join(
        f'<g transform="translate({WIDTH * place} 0)">{_panel(unit, [c for c in drawn if c.unit == unit])}</g>\n'
        for place, unit in enumerate(units)
    )
    size = f'width="{WIDTH * len(units)}" height="{HEIGHT + BOTTOM}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH * len(units)} {HEIGHT + BOTTOM}" role="img">\n'
        f"<title>Cost against the number of students</title><style>{_STYLE}</style>\n{panels}</svg>\n"
    )


class _Axis(NamedTuple):
    """From a value to a place: whole powers of ten at both ends."""

    low: int
    high: int
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return round(self.start + (log10(value) - self.low) / (self.high - self.low) * (self.end - self.start), 1)

    @property
    def ticks(self) -> list[int]:
        return list(range(self.low, self.high + 1))


def _axis(values: Sequence[float], start: float, end: float) -> _Axis:
    low = floor(log10(min(values)))
    return _Axis(low, max(-floor(-log10(max(values))), low + 1), start, end)


def _panel(unit: str, curves: Sequence[Curve]) -> str:
    x = _axis([size for curve in curves for size in curve.points], LEFT, WIDTH - RIGHT)
    y = _axis([cost for curve in curves for cost in curve.points.values()], HEIGHT, TOP)
    parts = [f'<text class="title" x="{LEFT}" y="18">{escape(unit)} against students</text>']
    for tick in x.ticks:
        at = x(10**tick)
        parts.append(f'<path class="grid" d="M{at} {TOP}V{HEIGHT}"/>')
        parts.append(f'<text x="{at}" y="{HEIGHT + 18}" text-anchor="middle">{10**tick:,}</text>')
    for tick in y.ticks:
        at = y(10**tick)
        parts.append(f'<path class="grid" d="M{LEFT} {at}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4}" text-anchor="end">{10.0**tick:,g}</text>')
    for place, (curve, colour) in enumerate(zip(curves, COLOURS, strict=False)):
        parts.append(_line(curve, colour, x, y))
        parts.append(_legend(curve, colour, HEIGHT + 44 + place * 20))
    return "\n".join(parts)


def _line(curve: Curve, colour: str, x: _Axis, y: _Axis) -> str:
    places = [(x(size), y(cost)) for size, cost in sorted(curve.points.items())]
    path = "L".join(f"{across} {up}" for across, up in places)
    dots = "".join(f'<circle cx="{across}" cy="{up}" r="3.5" fill="{colour}"/>' for across, up in places)
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def _legend(curve: Curve, colour: str, at: int) -> str:
    steep = slope(curve.points)
    said = curve.title if steep is None else f"{curve.title}: slope {steep:.2f}"
    dash = f'<path d="M{LEFT} {at - 4}h22" stroke="{colour}" stroke-width="3"/>'
    return f'{dash}<text x="{LEFT + 30}" y="{at}">{escape(said)}</text>'
