"""Files for people: there as a whole or not at all, and readable by their owner alone, for they name children."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dayzero.errors import UsageError

__all__ = ["whole_file"]


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
