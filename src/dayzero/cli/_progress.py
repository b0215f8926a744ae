"""The progress display, on a terminal only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dayzero.cli._streams import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_STAGE, _BAR, _SHORTEST_BAR = 34, 24, 8
_BESIDE_BAR = 2 + _STAGE + len("  1000000/1000000 0:00:00")
"""What stands beside the bar; where it leaves no room, there is none: nothing is cut off."""


class Display:
    """Draws one line a stage on stderr, below the first of its ``titles``; the next one stands above what is done once somebody
    was asked. Implements ``dayzero.service.Progress``."""

    def __init__(self, *titles: str) -> None:
        self._titles = list(titles)
        self._bars: Bars | None = None
        self._stage: TaskID | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        """Finish the stage before and begin the next."""
        if self._bars is None:
            self._bars = _bars()
            if self._titles[0]:
                self._bars.console.print(self._titles[0], style="bold", markup=False)
            self._titles[0] = ""  # each is said once, however often somebody is asked meanwhile
            self._bars.start()
        self._finish_stage()
        self._stage = self._bars.add_task(name, total=total)

    def advance(self, steps: int) -> None:
        """Move the bar of the present stage."""
        if self._bars is not None and self._stage is not None:
            self._bars.advance(self._stage, steps)

    def close(self) -> None:
        """Leave the finished lines on the screen; the stage in which something failed does not look done."""
        if self._bars is not None:
            if sys.exc_info()[0] is None:
                self._finish_stage()
            self._stage = None
            self._bars.stop()
            self._bars = None
        if len(self._titles) > 1:
            del self._titles[0]

    def _finish_stage(self) -> None:
        if self._bars is not None and self._stage is not None:
            total = self._bars.tasks[self._stage].total or 1
            self._bars.update(self._stage, total=total, completed=total)
            self._stage = None


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    bar = min(_BAR, console.width - _BESIDE_BAR)
    return Progress(
        TextColumn(f"  {{task.description:<{_STAGE}}}"),
        *([BarColumn(bar)] if bar >= _SHORTEST_BAR else []),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


class _Silent(Display):
    def stage(self, name: str, total: int | None = None) -> None:
        """Nobody looks."""

    def advance(self, steps: int) -> None:
        """Nobody looks."""


def watched(*titles: str) -> Display:
    """Return a display that draws on a terminal and is silent elsewhere."""
    return Display(*titles) if is_terminal(sys.stderr) else _Silent(*titles)
