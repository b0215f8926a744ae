"""The benchmarks say what they measured, and nothing else: medians, ratios, bars, slopes. How long things take is theirs to tell."""

from __future__ import annotations

import math
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench.chart import Curve, chart
from bench.measurements import LINES, MEASUREMENTS
from bench.model import ANY, SIZES, Bar, Line, Measurement
from bench.process import FailedError, spent
from bench.report import figures, rows, write
from bench.results import Measured, Results, held, load, save
from bench.runner import run, wanted
from bench.schools import School
from bench.slope import slope

ROOT = Path(__file__).parents[1]
NAMES = [measurement.name for measurement in MEASUREMENTS]


def measurement(*bars: Bar, **changed: object) -> Measurement:
    values = {
        "name": "plan", "title": "Planning", "about": "A plan.", "reference_is": "a read", "subject": lambda _: {"cpu": 6.0},
        "reference": lambda _: {"cpu": 2.0}, "bars": bars or (Bar("plan", most={100: 4}),), "sizes": (100, 1000),
    }  # fmt: skip
    return Measurement(**{**values, **changed})


def school(tmp_path: Path) -> School:
    return School(100, tmp_path, tmp_path)


def test_costs_in_proportion_have_slope_one() -> None:
    assert slope({10: 2.0, 100: 20.0, 1000: 200.0}) == pytest.approx(1)
    assert slope({10: 1.0, 1000: 100.0**1.5}) == pytest.approx(1.5)
    assert slope({10: 1.0}) is None


def test_subject_and_reference_run_in_turn(tmp_path: Path) -> None:
    ran: list[str] = []
    one = measurement(
        subject=lambda _: ran.append("subject") or {"cpu": 1.0},
        reference=lambda _: ran.append("reference") or {"cpu": 1.0},
    )
    run(one, school(tmp_path), 3)
    assert ran == ["subject", "reference"] * 3


def test_a_figure_is_the_median_of_its_runs_and_a_ratio_that_of_the_medians() -> None:
    measured = Measured([{"cpu": 9.0}, {"cpu": 6.0}, {"cpu": 1.0}], [{"cpu": 2.0}, {"cpu": 2.0}, {"cpu": 70.0}])
    found = held(Bar("plan", most={100: 3}), 100, measured)
    assert found is not None
    assert (found.measured, found.reference, found.ratio, found.met) == (6.0, 2.0, 3.0, True)


@pytest.mark.parametrize(
    ("bar", "met"),
    [
        (Bar("at most so many times the reference", most={100: 2}), False),
        (Bar("at most so many times the reference", most={100: 3}), True),
        (Bar("so many times cheaper than the reference", least={100: 0.4}), False),
        (Bar("so many times cheaper than the reference", least={100: 0.3}), True),
        (Bar("a figure by itself", against=None, most={100: 5}), False),
        (Bar("of another size", most={1000: 1}), None),
    ],
)
def test_a_bar_is_met_or_missed_or_not_there(bar: Bar, met: bool | None) -> None:
    found = held(bar, 100, Measured([{"cpu": 6.0}], [{"cpu": 2.0}]))
    assert found is not None
    assert found.met is met


def test_what_was_not_measured_says_so() -> None:
    assert list(rows(measurement(), 1000, Results())) == [("1,000", "", "", "not measured", "", "")]


def test_what_failed_says_so_and_names_no_path(tmp_path: Path) -> None:
    def fails(_: School) -> dict[str, float]:
        raise FailedError(f"{tmp_path}/program ended with 1")

    failed = run(measurement(subject=fails), school(tmp_path), 2)
    results = Results(measured={"plan": {100: failed}})
    assert failed.failed
    assert "it failed" in figures([measurement()], (), results)
    assert str(tmp_path) not in figures([measurement()], (), results)


def test_results_are_kept_and_those_of_other_versions_are_not(tmp_path: Path) -> None:
    results = load(tmp_path)
    results.put("plan", 100, Measured([{"cpu": 1.0}], [{"cpu": 2.0}]))
    save(tmp_path, results)
    assert load(tmp_path).at("plan", 100) == Measured([{"cpu": 1.0}], [{"cpu": 2.0}])
    results.machine["polars"] = "0.1"
    save(tmp_path, results)
    assert load(tmp_path).at("plan", 100) is None


def test_what_is_written_by_hand_stays_on_the_page(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("before\n<!-- measured -->\nold\n<!-- measured -->\nafter\n", encoding="utf-8")
    write(tmp_path, [measurement()], (), Results(measured={"plan": {100: Measured([{"cpu": 6.0}], [{"cpu": 2.0}])}}))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- measured -->\n")
    assert text.endswith("<!-- measured -->\nafter\n")
    assert "old" not in text
    assert "| 100 | plan (one run) | at most 4 times | 6.00 CPU s | 2.00 CPU s | 3.00, met |" in text


def test_a_slope_is_held_to_its_bar_where_every_size_was_measured() -> None:
    line = Line("plan", "plan", "cpu", "CPU s", steepest=1.03)
    runs = {size: Measured([{"cpu": size / 1000}]) for size in SIZES}
    assert "| plan | at most 1.03 |" in figures([], [line], Results(measured={"plan": runs}))
    assert "10.00 times; 10.00 times | 1.000, met |" in figures([], [line], Results(measured={"plan": runs}))
    del runs[SIZES[-1]]
    assert "10.00 times | 1.000 |" in figures([], [line], Results(measured={"plan": runs}))


def test_the_chart_has_a_line_with_its_slope_for_each_figure() -> None:
    svg = chart([Curve("plan & send", "CPU s", {10: 0.1, 1000: 10.0}), Curve("memory", "MB", {10: 90.0, 1000: 9000.0})])
    drawn = ET.fromstring(svg)
    said = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"plan & send: slope 1.00", "memory: slope 1.00", "1,000"} <= set(said)
    assert len(list(drawn.iter("{http://www.w3.org/2000/svg}circle"))) == 4
    assert chart([]).endswith("</svg>\n")


def test_what_a_child_spends_is_counted_with_its_parent() -> None:
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    cost, _ = spent([sys.executable, "-c", parent])
    assert cost["cpu"] >= 0.2


def test_the_small_run_leaves_nothing_out() -> None:
    assert {m.name for _, m in wanted(MEASUREMENTS, [400], only=True)} == set(NAMES)
    assert {size for size, m in wanted(MEASUREMENTS, [10_000], only=False) if m.name == "plan"} == {10_000}
    assert [size for size, m in wanted(MEASUREMENTS, [10_000, 100_000], only=False) if m.name == "help"] == [ANY]


def test_every_measurement_is_told_apart_and_every_line_is_of_one() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert {line.measurement for line in LINES} <= set(NAMES)
    assert all(
        math.isfinite(limit)
        for m in MEASUREMENTS
        for bar in m.bars
        for limit in (*bar.most.values(), *bar.least.values())
    )


@pytest.mark.parametrize("one", MEASUREMENTS, ids=NAMES)
def test_the_page_has_every_measurement(one: Measurement) -> None:
    """Whoever adds one measures it: `python -m bench NAME`."""
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert f"## {one.title}\n\n{one.about}" in page
    assert f"`{one.name}`" in (ROOT / "bench" / "README.md").read_text(encoding="utf-8")
