"""Run measurements: subject and reference in turn, so that whatever else the machine does meets both alike."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence

from bench.model import ANY, Measurement
from bench.process import FailedError
from bench.results import Measured
from bench.schools import School

__all__ = ["run", "runs_at", "wanted"]


def runs_at(size: int) -> int:
    """Return how often a measurement is repeated by itself: what is over in a second is the noisiest."""
    return 5 if size <= 10_000 else 3


def wanted(
    measurements: Sequence[Measurement], sizes: Sequence[int], *, only: bool
) -> Iterator[tuple[int, Measurement]]:
    """Yield what is to be measured, size by size. ``only``: at these sizes whatever a measurement's own are."""
    for size in (ANY, *sizes):
        for measurement in measurements:
            of_any = measurement.sizes == (ANY,)
            if size in measurement.sizes or (only and size != ANY and not of_any):
                yield size, measurement


def run(measurement: Measurement, school: School, runs: int) -> Measured:
    """Run subject and reference in turn; where one fails, what it said is all that is kept."""
    found = Measured()
    try:
        for _ in range(runs):
            found.subject.append(measurement.subject(school))
            found.reference.append(measurement.reference(school))
    except (FailedError, subprocess.SubprocessError, OSError) as error:
        print(error, file=sys.stderr)
        return Measured(failed=str(error).partition("\n")[0])
    return found
