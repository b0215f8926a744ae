"""How fast does a cost grow with size? The slope of a line of least squares through the logarithms: 1 is in proportion."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from math import log

__all__ = ["slope"]


def slope(points: Mapping[int, float]) -> float | None:
    """Return the slope of costs by size, None of fewer than two."""
    if len(points) < 2 or min(points.values()) <= 0:
        return None
    sizes, costs = [log(size) for size in points], [log(cost) for cost in points.values()]
    return statistics.linear_regression(sizes, costs).slope
