"""Output that always can be written: what is printed never changes what was done, nor the exit code that says so.

A stream may be closed, full, gone (``| head``), or unable to encode a name. A character that cannot be encoded is written as
its escape; where nothing can be written any more the rest is dropped, and what was lost is said on the other stream.
"""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

__all__ = ["is_terminal", "steady_streams"]


def is_terminal(stream: TextIO | None) -> bool:
    """Say whether a person sits at a stream; nobody does at one that is closed."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


@contextmanager
def steady_streams() -> Iterator[None]:
    """Let stdin, stdout and stderr stand for themselves meanwhile, whatever becomes of them outside."""
    before = sys.stdin, sys.stdout, sys.stderr
    outlets = [_Outlet(stream) for stream in before[1:]]
    if sys.stdin is None:
        sys.stdin = io.StringIO()
    sys.stdout, sys.stderr = (outlet.text for outlet in outlets)
    try:
        yield
    finally:
        for outlet in outlets:
            outlet.text.flush()
        lost = outlets[0].lost
        if lost is not None and lost.errno != errno.EPIPE:
            sys.stderr.write(f"dayzero: what was printed could not be written: {lost.strerror}.\n")
            sys.stderr.flush()
        sys.stdin, sys.stdout, sys.stderr = before


class _Outlet(io.RawIOBase):
    """Bytes on their way to a stream of the process, past its own buffer: that would fail once more when Python ends."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.lost: OSError | None = None
        buffer: Any = getattr(stream, "buffer", None)
        self._to: Any = getattr(buffer, "raw", buffer)
        self.text = io.TextIOWrapper(
            io.BufferedWriter(self),
            encoding=getattr(stream, "encoding", None) or "utf-8",
            errors="backslashreplace",
            line_buffering=True,
        )
        if stream is not None:
            try:
                stream.flush()
            except (OSError, ValueError):
                self._to = None

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return is_terminal(self._stream)

    def fileno(self) -> int:
        if self._stream is None:
            raise io.UnsupportedOperation("fileno")
        return self._stream.fileno()

    def write(self, data: Any) -> int:
        if self._to is not None:
            try:
                return int(self._to.write(data))
            except OSError as error:
                self.lost, self._to = error, None
            except ValueError:  # closed meanwhile
                self._to = None
        return len(data)
