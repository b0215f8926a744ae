"""The page of figures: a table for each measurement, the slopes, the chart. What stands around them is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from bench.chart import Curve, chart
from bench.model import ANY, SIZES, Bar, Line, Measurement
from bench.results import Held, Measured, Results, held
from bench.slope import slope

__all__ = ["curves", "figures", "rows", "write"]

PAGE, CHART = "performance.md", "pictures/cost-against-size.svg"
_BLOCK = re.compile(r"(<!-- measured -->\n).*(<!-- measured -->)", re.DOTALL)
_HEAD = ("students", "what", "bar", "measured", "reference", "ratio")


def write(docs: Path, measurements: Sequence[Measurement], lines: Sequence[Line], results: Results) -> None:
    """Write the page's measured part and the chart into a folder of documentation."""
    page = docs / PAGE
    before = page.read_text(encoding="utf-8") if page.is_file() else "<!-- measured -->\n<!-- measured -->\n"
    made = figures(measurements, lines, results)
    page.write_text(_BLOCK.sub(lambda m: f"{m[1]}\n{made}\n{m[2]}", before), encoding="utf-8")
    (docs / CHART).parent.mkdir(parents=True, exist_ok=True)
    (docs / CHART).write_text(chart(curves(lines, results)), encoding="utf-8")


def figures(measurements: Sequence[Measurement], lines: Sequence[Line], results: Results) -> str:
    """Return the measured part of the page."""
    stood_on = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    sections = [f"Measured with: {stood_on}.", _slopes(lines, results)]
    sections += [_section(measurement, results) for measurement in measurements]
    return "\n\n".join(sections) + "\n"


def _section(measurement: Measurement, results: Results) -> str:
    sizes = sorted(results.measured.get(measurement.name, {}).keys() | set(measurement.sizes))
    said = f"{measurement.about}\nReference: {measurement.reference_is}."
    table = _table(_HEAD, (row for size in sizes for row in rows(measurement, size, results)))
    return f"## {measurement.title}\n\n{said}\n\n{table}"


def rows(measurement: Measurement, size: int, results: Results) -> Iterator[tuple[str, ...]]:
    """Yield a row for each bar at a size; what was not measured says so."""
    students = "" if size == ANY else f"{size:,}"
    measured = results.at(measurement.name, size)
    if measured is None or measured.failed:
        yield students, "", _of_all(measurement.bars, size), "not measured" if measured is None else "it failed", "", ""
        return
    for bar in measurement.bars:
        found = held(bar, size, measured)
        if found is not None:
            yield students, f"{bar.what}{_median(measured)}", _bar(bar, size), *_cells(bar, found)


def _median(measured: Measured) -> str:
    return "" if len(measured.subject) > 1 else " (one run)"


def _of_all(bars: Iterable[Bar], size: int) -> str:
    return "; ".join(dict.fromkeys(said for bar in bars if (said := _bar(bar, size))))


def _bar(bar: Bar, size: int) -> str:
    unit = " times" if bar.against else f" {bar.unit}"
    for word, limits in (("at most", bar.most), ("at least", bar.least)):
        if size in limits:
            return f"{word} {limits[size]:,g}{unit}"
    return ""


def _cells(bar: Bar, found: Held) -> tuple[str, str, str]:
    verdict = "" if found.met is None else _verdict(found.met)
    ratio = "" if found.ratio is None else f"{found.ratio:.2f}"
    reference = "" if found.reference is None else amount(found.reference, bar.unit)
    return amount(found.measured, bar.unit), reference, f"{ratio}{verdict}".removeprefix(", ")


def _verdict(met: bool) -> str:
    return ", met" if met else ", **missed**"


def amount(value: float, unit: str) -> str:
    """Return a figure with three digits that count."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f} {unit}"


def curves(lines: Sequence[Line], results: Results) -> list[Curve]:
    """Return the lines of the chart."""
    return [Curve(line.what, line.unit, _points(line, results)) for line in lines]


def _points(line: Line, results: Results) -> dict[int, float]:
    found = {size: m.median(line.side, line.figure) for size, m in results.measured.get(line.measurement, {}).items()}
    return {size: cost for size, cost in sorted(found.items()) if cost}


def _slopes(lines: Sequence[Line], results: Results) -> str:
    head = ("what", "bar", "cost by students", "from size to size", "slope")
    made = [_line(line, _points(line, results)) for line in lines]
    return f"## Cost against size\n\n![Cost against size]({CHART})\n\n{_table(head, made)}"


def _line(line: Line, points: Mapping[int, float]) -> tuple[str, ...]:
    """Return the row of a line. It is held to its bar only where every size was measured: the smallest ones are flat."""
    bar = "" if line.steepest is None else f"at most {line.steepest:g}"
    costs = "; ".join(f"{size:,}: {amount(cost, line.unit)}" for size, cost in points.items()) or "not measured"
    steps = "; ".join(f"{after / before:.2f} times" for before, after in pairwise(points.values()))
    steep = slope(points)
    if steep is None:
        return line.what, bar, costs, steps, ""
    judged = line.steepest is not None and set(SIZES) <= points.keys()
    verdict = _verdict(steep <= (line.steepest or 0)) if judged else ""
    return line.what, bar, costs, steps, f"{steep:.3f}{verdict}"


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
