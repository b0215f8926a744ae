"""Files for people: there as a whole or not at all, readable by their owner alone, and harmless in a spreadsheet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dayzero.errors import UsageError

__all__ = ["FORMULA", "plain_text", "safe_cell", "whole_file"]

FORMULA = r"^'*[=+\-@\t\r]"
"""A cell that a spreadsheet would take for a formula, or one that was made safe before (case 61)."""


def safe_cell(text: str) -> str:
    """Return ``text`` as a cell that no spreadsheet computes: what looks like a formula begins with an apostrophe."""
    return f"'{text}" if re.match(FORMULA, text) else text


def plain_text(cell: str) -> str:
    """Return the text that ``safe_cell`` was given."""
    return cell[1:] if cell.startswith("'") and re.match(FORMULA, cell) else cell


@contextmanager
def whole_file(path: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Yield a file to write; it takes the place of ``path`` once all is written. Raises UsageError where it cannot be."""
    part = path.with_name(f".{path.name}.partial")
    try:
        if path.exists() and not path.is_file():
            raise IsADirectoryError(None, "it is no ordinary file")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
        part.chmod(mode)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise UsageError(
            f"{path} cannot be written: {error.strerror}.",
            remedy="Name a file in a folder with room that may be written to.",
        ) from error
