"""The progress display, on a terminal only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dayzero.cli._streams import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

TITLE = "Syncing with the Gradebook Cloud Server"
"""What the dialog of the real product is called (R4)."""


class Display:
    """Draws one line a stage on stderr. Implements ``dayzero.service.Progress``."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._stage: TaskID | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        """Finish the stage before and begin the next."""
        if self._bars is None:
            self._bars = _bars()
            self._bars.console.print(f"[bold]{TITLE}[/bold]")
            self._bars.start()
        self._finish_stage()
        self._stage = self._bars.add_task(name, total=total)

    def advance(self, steps: int) -> None:
        """Move the bar of the present stage."""
        if self._bars is not None and self._stage is not None:
            self._bars.advance(self._stage, steps)

    def close(self) -> None:
        """Leave the finished lines on the screen."""
        if self._bars is not None:
            self._finish_stage()
            self._bars.stop()
            self._bars = None

    def _finish_stage(self) -> None:
        if self._bars is not None and self._stage is not None:
            total = self._bars.tasks[self._stage].total or 1
            self._bars.update(self._stage, total=total, completed=total)
            self._stage = None


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("  {task.description:<34}"),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


class _Silent(Display):
    def stage(self, name: str, total: int | None = None) -> None:
        """Nobody looks."""

    def advance(self, steps: int) -> None:
        """Nobody looks."""


def watched() -> Display:
    """Return a display that draws on a terminal and is silent elsewhere."""
    return Display() if is_terminal(sys.stderr) else _Silent()
