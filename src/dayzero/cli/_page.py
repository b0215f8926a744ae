"""What commands say to people: on a terminal fitted to its width, with names; in a pipe each line whole, and nobody named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from dayzero.cli._common import console
from dayzero.cli._discreet import for_eyes, told
from dayzero.cli._text import harmless, text
from dayzero.lines import columns, fitted
from dayzero.schema import RESERVED_COLUMNS, TABLES, is_personal
from dayzero.words import change, person, simulated, value

if TYPE_CHECKING:
    from dayzero.plan import Names
    from dayzero.service import Service

__all__ = ["NONE", "Page", "is_known", "say_simulated"]

FEW = 5
"""So many people are named where there may be many."""
_HANG = 2
_GAP = 2
_NARROWEST = 20


class Page:
    """Lines for a person. ``names``: what the people are called that it speaks of; ``seen``: whether somebody reads it."""

    def __init__(self, names: Names | None = None, *, stderr: bool = False) -> None:
        self._console = console(stderr=stderr)
        self._names = names
        self._called: dict[tuple[str, str], str | None] = {}
        self.seen = for_eyes(self._console)

    # -- lines

    def line(self, said: str = "", *, indent: int = 0, style: str = "") -> None:
        """Print a line; where it has to be broken, what follows hangs below it."""
        if not self.seen:
            self.whole(said, indent=indent, style=style)
            return
        room = max(self._console.width - indent, _NARROWEST)
        for part in fitted(harmless(said), room, hang=_HANG):
            self.whole(part, indent=indent, style=style)

    def whole(self, said: str, *, indent: int = 0, style: str = "") -> None:
        """Print a line that is never broken: to be copied, or for a pipe."""
        self._console.print(text(" " * indent + said, style), soft_wrap=True)

    def beside(self, said: str, meaning: str, *, at: int, indent: int = 2) -> None:
        """Print what something means beside it, from column ``at`` on; where that does not fit, below it."""
        both = f"{said:<{at}}  {meaning}".rstrip()
        if not self.seen or indent + columns(both) <= self._console.width:
            self.whole(both, indent=indent)
            return
        self.line(said, indent=indent)
        self.line(meaning, indent=indent + 4, style="dim")

    def offer(self, said: str, command: str, *, indent: int = 2) -> None:
        """Print what can be done, and the command for it on a line of its own."""
        self.line(said, indent=indent)
        self.whole(command, indent=indent + 2)

    def agreed(self, question: str, *, default: bool = False) -> bool:
        """Ask, apart from what stands before it, and say whether the answer is yes."""
        self.line()
        *before, last = (
            fitted(question, max(self._console.width - len(" [y/N]: y"), _NARROWEST)) if self.seen else [question]
        )
        for line in before:
            self.whole(line)
        return click.confirm(last, default=default, err=self._console.stderr)

    def heading(self, said: str, style: str = "bold") -> None:
        """Print a heading, apart from what stands before it."""
        self.line()
        self.line(said, style=style)

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]], *, indent: int = 2) -> None:
        """Print rows below their headers where they fit, else, and in a pipe, each as a line: the first cell, then what is in it."""
        widths = [max(map(columns, column)) for column in zip(headers, *rows, strict=True)]
        if self.seen and indent + sum(widths) + _GAP * (len(widths) - 1) <= self._console.width:
            for cells in (headers, *rows):
                first, *others = zip(cells, widths, strict=True)
                fitted = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
                self.whole((" " * _GAP).join(fitted).rstrip(), indent=indent)
            return
        for first_cell, *cells in rows:
            said = [
                f"{cell} {header}" for header, cell in zip(headers[1:], cells, strict=True) if cell not in ("", NONE)
            ]
            self.line(f"{first_cell}: {', '.join(said) or 'nothing'}", indent=indent)

    # -- people and values

    def people(self, kind: str, ids: Iterable[str]) -> list[str]:
        """Return people as a line names them. Whoever was asked for once is known: many are best asked for together."""
        every = list(ids)
        if self._names is not None and self.seen:
            new = {ident for ident in every if (kind, ident) not in self._called}
            found = self._names.of(kind, new) if new else {}
            self._called |= {(kind, ident): found.get(ident) for ident in new}
        return [person(kind, ident, self._called.get((kind, ident))) for ident in every]

    def few(self, kind: str, ids: Sequence[str]) -> str:
        """Return the first few of some people, and how many more there are."""
        more = len(ids) - FEW
        return ", ".join(self.people(kind, ids[:FEW])) + (f" and {more:,} more" if more > 0 else "")

    def person(self, kind: str, ident: str) -> str:
        """Return one person as a line names them."""
        return self.people(kind, [ident])[0]

    def value(self, name: str, found: Any, *, personal: bool) -> str:
        """Return a value in words, or that it is not for whoever reads along."""
        return told(found, personal=personal, seen=self.seen, form=lambda one: value(name, one))

    def cell(self, table: str, column: str, found: Any, *, sign: str = "=") -> str:
        """Return a column of a source table with its value; of one that nobody knows the name may be somebody's, too."""
        known = self.seen or is_known(table, column)
        value = self.value(column, found, personal=is_personal(table, column))
        return f"{column if known else ANOTHER}{sign}{value}"

    def change(self, name: str, before: Any, after: Any, *, personal: bool) -> str:
        """Return a change of a field in words."""
        was, becomes = (self.value(name, one, personal=personal) for one in (before, after))
        return change(name, None if before is None else was, becomes)


def is_known(table: str, column: str) -> bool:
    """Say whether a column is the schema's own: its name stands there for everybody to read."""
    return column in RESERVED_COLUMNS or (table in TABLES and column in TABLES[table].names)


ANOTHER = "(another column)"
"""Stands for the name of a column that nobody knows, where no person reads it."""
NONE = "-"
"""A cell with nothing to count in it."""


def say_simulated(page: Page, service: Service) -> None:
    """Say on which day a rehearsal takes place, and which one it is; nothing where they are the same clock's."""
    today, zone = service.config.sync.today, ZoneInfo(service.config.schedule.timezone)
    if today is not None:
        page.line(simulated(today, service.clock.now().astimezone(zone).date()))
