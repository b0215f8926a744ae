"""What ``--help`` looks like: as wide as the terminal, and no command, option or word broken by a line end."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from dayzero.lines import columns, fitted

__all__ = ["Context", "helped"]

_NARROWEST = 10
_LONGEST = 1_000
"""No first sentence of a command is longer: what a group says of it is not cut."""
_AS_IT_STANDS = "\b"
"""Is the first line of a paragraph whose lines are examples."""
_EXAMPLE = re.compile(r"(\s*\S.*?) {2,}(\S.*)")


class _Help(click.HelpFormatter):
    """Formats as click does, but for where lines are broken."""

    def write_text(self, text: str) -> None:
        """Write paragraphs; examples line by line."""
        paragraphs = re.split(r"\n\s*?\n", text.strip("\n"))
        self.write("\n\n".join("\n".join(self._paragraph(one)) for one in paragraphs) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms, and beside each what it means."""
        every = list(rows)
        aside = min(max((columns(term) for term, _ in every), default=0), col_max) + col_spacing
        before = " " * self.current_indent
        for term, meaning in every:
            lines = fitted(" ".join(meaning.split()), max(self.width - aside - self.current_indent, _NARROWEST))
            if columns(term) > aside - col_spacing:
                self.write(f"{before}{term}\n")
                term = ""
            for number, line in enumerate(lines):
                self.write(f"{before}{'' if number else term:<{aside}}{line}".rstrip() + "\n")

    def _paragraph(self, paragraph: str) -> list[str]:
        before, room = " " * self.current_indent, self.width - self.current_indent
        first, _, rest = paragraph.partition("\n")
        if first.strip() == _AS_IT_STANDS:
            return [before + line for example in rest.split("\n") for line in _example(example, room)]
        before += first[: len(first) - len(first.lstrip())]
        return [before + line for line in fitted(" ".join(paragraph.split()), self.width - len(before))]


def _example(example: str, room: int) -> list[str]:
    """Return a command to type, and beside it what it does; where that does not fit, below it."""
    found = _EXAMPLE.fullmatch(example)
    if found is None or columns(example) <= room:
        return [example]
    command, does = found.groups()
    below = " " * (len(command) - len(command.lstrip()) + 4)
    return [command, *(below + line for line in fitted(does, room - len(below)))]


class Context(click.Context):
    """What a command is called in."""

    formatter_class = _Help


def helped(command: click.Command) -> click.Command:
    """Let a command, and those below it, have its help formatted so."""
    command.context_class = Context
    for one in getattr(command, "commands", {}).values():
        helped(one).short_help = one.get_short_help_str(_LONGEST)
    return command
