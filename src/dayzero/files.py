"""Files of people: read as a whole; written as a whole or not at all, readable by their owner alone, and harmless in a spreadsheet."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dayzero.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["FORMULA", "plain_text", "safe_cell", "safe_csv", "whole_content", "whole_file"]

FORMULA = r"^'*[=+\-@\t\r]"
"""A cell that a spreadsheet would take for a formula, or one that was made safe before (case 61)."""


def safe_cell(text: str) -> str:
    """Return ``text`` as a cell that no spreadsheet computes: what looks like a formula begins with an apostrophe."""
    return f"'{text}" if re.match(FORMULA, text) else text


def safe_csv(rows: pl.DataFrame) -> bytes:
    """Return rows as CSV whose texts are ``safe_cell``s; the same rows give the same bytes."""
    import polars as pl

    text = pl.col(pl.String)
    safe = pl.when(text.str.contains(FORMULA)).then(pl.lit("'") + text).otherwise(text).name.keep()
    buffer = io.BytesIO()
    rows.with_columns(safe).write_csv(buffer)
    return buffer.getvalue()


def plain_text(cell: str) -> str:
    """Return the text that ``safe_cell`` was given."""
    return cell[1:] if cell.startswith("'") and re.match(FORMULA, cell) else cell


def whole_content(path: Path) -> bytes:
    """Return what a file holds. Raises OSError, also for a device, which may have no end, and a name that no file has."""
    if "\0" in str(path):
        raise OSError(None, "its name holds a NUL")
    mode = path.stat().st_mode
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise OSError(None, "it is no file")
    return path.read_bytes()


@contextmanager
def whole_file(path: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Yield a file to write; it takes the place of ``path`` once all is written. Raises UsageError where it cannot be.

    A symbolic link stays one, and the file it leads to keeps its owner.
    """
    part = None
    try:
        path = _followed(path)
        part = path.with_name(f".{path.name[:40]}.partial")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
        part.chmod(stat.S_IMODE(mode))
        _take_the_place(part, path)
    except OSError as error:
        if part is not None:
            with suppress(OSError):
                part.unlink()
        raise UsageError(
            f"{path} cannot be written: {error.strerror}.",
            remedy="Name a file in a folder with room that may be written to.",
        ) from error


def _followed(path: Path) -> Path:
    """Return where a path leads; raise OSError where no file can be written."""
    if "\0" in str(path):
        raise OSError(None, "its name holds a NUL")
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise IsADirectoryError(None, "it is no ordinary file")
    return path


def _take_the_place(part: Path, path: Path) -> None:
    """Put a file that is written into the place of another, whose owner it gets; where that may not be, its content."""
    there = path.stat() if path.exists() else None
    mine = part.stat()
    if there is not None and (there.st_uid, there.st_gid) != (mine.st_uid, mine.st_gid):
        try:
            os.chown(part, there.st_uid, there.st_gid)
        except PermissionError:
            # Another's file that we may write: it stays theirs. What is written lies beside it until it is there.
            with path.open("r+b") as file:
                file.write(part.read_bytes())
                file.truncate()
            part.unlink()
            return
    part.replace(path)
