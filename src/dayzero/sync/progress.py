"""Whoever watches a run: the commands draw it on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import polars as pl

__all__ = ["Progress", "Unwatched", "stages_of"]


class Progress(Protocol):
    """Watches a run; the commands draw it on a terminal."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say that a stage begins; ``total`` is how many steps it has, where that is known."""

    def advance(self, steps: int) -> None:
        """Say that ``steps`` more steps of the stage are done."""

    def close(self) -> None:
        """Say that nothing more comes."""


class Unwatched:
    """Nobody is watching."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self, steps: int) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


def stages_of(progress: Progress, going: pl.DataFrame) -> Callable[[int, int], None]:
    """Turn "n of all operations are sent" into stages, one per kind in the order of the plan."""
    ends = list(going.group_by("kind", maintain_order=True).agg(pl.len()).iter_rows())
    totals = dict(ends)
    done = 0

    def on_part(sent: int, _total: int) -> None:
        nonlocal done
        while ends and done < sent:
            kind, left = ends[0]
            if done == 0 or left == totals[kind]:
                progress.stage(f"Sending {kind} operations", totals[kind])
            step = min(left, sent - done)
            progress.advance(step)
            done += step
            ends[0] = (kind, left - step)
            if ends[0][1] == 0:
                ends.pop(0)

    return on_part
