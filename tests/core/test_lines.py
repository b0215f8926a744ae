"""Where a line is broken: between words, never within one, nor within a command."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from dayzero.cli import main
from dayzero.lines import columns, fitted

SAID = "Look at who is held with `dayzero plan --people --config 'a b.toml'`, then go on: Straßenbahnhaltestellenverzeichnis."


@pytest.mark.parametrize("width", range(20, 130, 7))
def test_a_line_is_broken_between_words_and_no_command_is(width: int) -> None:
    lines = fitted(SAID, width, hang=2)
    assert "".join(lines).replace(" ", "") == SAID.replace(" ", "")
    assert " ".join(line.strip() for line in lines) == SAID or width < len("Straßenbahnhaltestellenverzeichnis.") + 2
    assert all(line.count("`") in (0, 2) for line in lines), lines
    assert all(columns(line) <= width or " " not in line.strip().split("`")[0] for line in lines), lines
    assert all(line.startswith("  ") for line in lines[1:])


def test_gaps_within_a_line_and_ends_of_lines_stay() -> None:
    assert fitted("students         69 rows\n\nnext", 40) == ["students         69 rows", "", "next"]
    assert fitted("", 40) == [""]


def test_wide_letters_take_two_columns_and_accents_none() -> None:
    assert columns("山田") == 4
    assert columns("e\u0301") == 1
    assert fitted("山田 太郎", 8) == ["山田", "太郎"]


def commands(group: click.Group, *names: str) -> list[tuple[str, ...]]:
    """Return every command below a group, as it is typed."""
    context, found = click.Context(group), [names]
    for name in group.list_commands(context):
        one = group.get_command(context, name)
        found += commands(one, *names, name) if isinstance(one, click.Group) else [(*names, name)]
    return found


@pytest.mark.parametrize("typed", commands(main), ids=" ".join)
def test_help_breaks_no_word_option_or_command(typed: tuple[str, ...]) -> None:
    wide, narrow = (CliRunner().invoke(main, [*typed, "--help"], terminal_width=n).stdout for n in (300, 60))
    assert narrow.split() == wide.split(), "the same words"
    assert all(line.count("`") % 2 == 0 for line in narrow.splitlines())
    for line in narrow.splitlines():
        whole = line.strip().startswith(("dayzero ", "--"))  # an example, or an option with all its words
        assert len(line) <= 60 or whole or " " not in line.strip(), line
